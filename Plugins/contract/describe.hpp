// Faults in words, for the person who reads why a record was refused.
#ifndef CONTRACT_DESCRIBE_HPP
#define CONTRACT_DESCRIBE_HPP

#include "judge.hpp"

#include <string>

namespace contract {

// What was expected and what was found, into `text` (cleared first, its room is kept).
void describe(const Fault &fault, const Plan &plan, std::string &text);

// Where: the value's JSON Pointer; of a missing member the one that it should have.
void locate(const Fault &fault, const jt_tree &record, std::string &pointer);

} // namespace contract

#endif
