// Numbers as they are written, compared and divided exactly, whatever their size.
#ifndef CONTRACT_DECIMAL_HPP
#define CONTRACT_DECIMAL_HPP

#include <cstdint>
#include <optional>
#include <string_view>

namespace contract {

// 0.d1d2d3... * 10^magnitude, where d1 and the last digit are not 0. It is a view of its lexeme.
struct Decimal {
    const char *first = nullptr; // d1 in the lexeme; a point may lie among the digits
    const char *end = nullptr;   // one past the last digit that is not 0
    int64_t digits = 0;          // 0: the number is zero
    int64_t magnitude = 0;       // held within +-10^15: no text writes such a number out
    bool negative = false;

    static Decimal of(std::string_view lexeme);
    bool isInteger() const {
        return magnitude >= digits;
    }
    // Of a non-negative integer.
    std::optional<uint64_t> asCount() const;
};

// Below, at or above 0, as a is to b.
int compare(const Decimal &a, const Decimal &b);

// What multipleOf divides by.
struct Divisor {
    uint64_t digits;
    int64_t exponent;

    // Nothing when it is not above 0 or has more than 18 significant digits.
    static std::optional<Divisor> of(const Decimal &number);
    bool divides(const Decimal &number) const;
};

} // namespace contract

#endif
