// The values of "format" that are asserted; each other one is an annotation.
#ifndef CONTRACT_FORMATS_HPP
#define CONTRACT_FORMATS_HPP

#include <string_view>

namespace contract {

struct Format {
    std::string_view name;
    std::string_view form; // for people
    bool (*holds)(std::string_view text);
};

// The format of this name, or nullptr when it is an annotation. "decimal" is one of them; its
// precision and scale are looked at by fitsDecimal.
const Format *formatNamed(std::string_view name);

bool isDecimal(std::string_view text);
// Whether the value of a decimal text fits in decimal(precision, scale).
bool fitsDecimal(std::string_view text, unsigned precision, unsigned scale);

bool isIPv4(std::string_view text);
bool isIPv6(std::string_view text);
bool isEmail(std::string_view text);
bool isURI(std::string_view text);

} // namespace contract

#endif
