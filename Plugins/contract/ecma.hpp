// ECMA-262 regular expressions, as JSON Schema has them, in the words of PCRE2.
#ifndef CONTRACT_ECMA_HPP
#define CONTRACT_ECMA_HPP

#include <string>
#include <string_view>

namespace contract {

// Where the two say different things with the same characters, the PCRE2 text that means what
// ECMA-262 means: \s and \S know Unicode's spaces, long names of general categories are shortened.
std::string fromEcma(std::string_view pattern);

// What PCRE2 would take and ECMA-262 does not have, or nullptr.
const char *notEcma(std::string_view pattern);

} // namespace contract

#endif
