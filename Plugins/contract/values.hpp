// JSON values compared as JSON Schema compares them: numbers by value, members in any order.
#ifndef CONTRACT_VALUES_HPP
#define CONTRACT_VALUES_HPP

#include "tree.hpp"

namespace contract {

// Below, at or above 0: a total order that is 0 just for equal values. Objects have no name twice.
int compareValues(const jt_tree &treeA, const jt_node &a, const jt_tree &treeB, const jt_node &b);

} // namespace contract

#endif
