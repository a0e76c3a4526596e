#include "decimal.hpp"

namespace contract {
namespace {

constexpr int64_t magnitudeLimit = 1'000'000'000'000'000;

int64_t bounded(int64_t value) {
    return value > magnitudeLimit    ? magnitudeLimit
           : value < -magnitudeLimit ? -magnitudeLimit
                                     : value;
}

int64_t exponentOf(std::string_view text) {
    bool negative = text.front() == '-';
    if (text.front() == '-' || text.front() == '+') {
        text.remove_prefix(1);
    }
    int64_t value = 0;
    for (char c : text) {
        value = bounded(value * 10 + (c - '0'));
    }
    return negative ? -value : value;
}

// The digits of a decimal one after another, then zeros for ever.
class Digits {
  public:
    explicit Digits(const Decimal &number) : at(number.first), end(number.end) {
    }
    bool done() const {
        return at == end;
    }
    int next() {
        if (at != end && *at == '.') {
            at++;
        }
        return at == end ? 0 : *at++ - '0';
    }

  private:
    const char *at, *end;
};

uint64_t multiply(uint64_t a, uint64_t b, uint64_t modulus) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b % modulus);
}

uint64_t powerOfTen(int64_t exponent, uint64_t modulus) {
    uint64_t result = 1 % modulus, base = 10 % modulus;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) {
            result = multiply(result, base, modulus);
        }
        base = multiply(base, base, modulus);
    }
    return result;
}

} // namespace

Decimal Decimal::of(std::string_view lexeme) {
    Decimal number;
    if (lexeme.front() == '-') {
        number.negative = true;
        lexeme.remove_prefix(1);
    }
    int64_t exponent = 0;
    if (size_t e = lexeme.find_first_of("eE"); e != lexeme.npos) {
        exponent = exponentOf(lexeme.substr(e + 1));
        lexeme = lexeme.substr(0, e);
    }
    size_t point = lexeme.find('.');
    size_t whole = point == lexeme.npos ? lexeme.size() : point;
    size_t first = lexeme.find_first_not_of("0.");
    if (first == lexeme.npos) {
        number.negative = false; // -0 is 0
        return number;
    }
    size_t last = lexeme.find_last_not_of("0.");
    bool crosses = point != lexeme.npos && first < point && point < last;
    number.first = lexeme.data() + first;
    number.end = lexeme.data() + last + 1;
    number.digits = static_cast<int64_t>(last + 1 - first) - (crosses ? 1 : 0);
    int64_t place = first < whole ? static_cast<int64_t>(whole - first)
                                  : -static_cast<int64_t>(first - whole - 1);
    number.magnitude = bounded(place + exponent);
    return number;
}

std::optional<uint64_t> Decimal::asCount() const {
    if (negative || !isInteger() || magnitude > 18) {
        return std::nullopt;
    }
    uint64_t value = 0;
    Digits rest(*this);
    for (int64_t i = 0; i < magnitude; i++) {
        value = value * 10 + static_cast<uint64_t>(rest.next());
    }
    return value;
}

int compare(const Decimal &a, const Decimal &b) {
    int signA = a.digits == 0 ? 0 : a.negative ? -1 : 1;
    int signB = b.digits == 0 ? 0 : b.negative ? -1 : 1;
    if (signA != signB || signA == 0) {
        return signA - signB;
    }
    if (a.magnitude != b.magnitude) {
        return (a.magnitude < b.magnitude ? -1 : 1) * signA;
    }
    Digits digitsA(a), digitsB(b);
    while (!digitsA.done() || !digitsB.done()) {
        int difference = digitsA.next() - digitsB.next();
        if (difference) {
            return difference * signA;
        }
    }
    return 0;
}

std::optional<Divisor> Divisor::of(const Decimal &number) {
    if (number.negative || number.digits == 0 || number.digits > 18) {
        return std::nullopt;
    }
    uint64_t digits = 0;
    for (Digits rest(number); !rest.done();) {
        digits = digits * 10 + static_cast<uint64_t>(rest.next());
    }
    return Divisor{digits, number.magnitude - number.digits};
}

bool Divisor::divides(const Decimal &number) const {
    if (number.digits == 0) {
        return true;
    }
    int64_t shift = number.magnitude - number.digits - exponent;
    if (shift < 0) {
        return false; // its last digit is not 0, so no power of ten divides it
    }
    uint64_t remainder = 0;
    for (Digits rest(number); !rest.done();) {
        remainder = (multiply(remainder, 10, digits) + static_cast<uint64_t>(rest.next())) % digits;
    }
    return multiply(remainder, powerOfTen(shift, digits), digits) == 0;
}

} // namespace contract
