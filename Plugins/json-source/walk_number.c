#include "walk_number.h"

#include <stdbool.h>
#include <stddef.h>

static bool is_digit(uint8_t byte) {
    return byte >= '0' && byte <= '9';
}

walk_number walk_number_start(uint8_t byte) {
    return byte == '-'      ? NUMBER_MINUS
           : byte == '0'    ? NUMBER_ZERO
           : is_digit(byte) ? NUMBER_DIGITS
                            : NUMBER_NONE;
}

walk_number walk_number_next(walk_number number, uint8_t byte) {
    bool digit = is_digit(byte), exponent = byte == 'e' || byte == 'E';
    switch (number) {
    case NUMBER_NONE:
        return NUMBER_NONE;
    case NUMBER_MINUS:
        return byte == '0' ? NUMBER_ZERO : digit ? NUMBER_DIGITS : NUMBER_NONE;
    case NUMBER_DIGITS:
        if (digit) {
            return NUMBER_DIGITS;
        }
        /* fall through */
    case NUMBER_ZERO:
        return byte == '.' ? NUMBER_POINT : exponent ? NUMBER_EXPONENT : NUMBER_NONE;
    case NUMBER_FRACTION:
        if (exponent) {
            return NUMBER_EXPONENT;
        }
        /* fall through */
    case NUMBER_POINT:
        return digit ? NUMBER_FRACTION : NUMBER_NONE;
    case NUMBER_EXPONENT:
        if (byte == '+' || byte == '-') {
            return NUMBER_EXPONENT_SIGN;
        }
        /* fall through */
    case NUMBER_EXPONENT_SIGN:
    case NUMBER_EXPONENT_DIGITS:
        return digit ? NUMBER_EXPONENT_DIGITS : NUMBER_NONE;
    }
    return NUMBER_NONE;
}

const char *walk_number_fault(walk_number number, uint8_t next) {
    switch (number) {
    case NUMBER_ZERO:
        return is_digit(next) ? "a number with a leading zero" : NULL;
    case NUMBER_POINT:
        return "a number without digits after its point";
    case NUMBER_EXPONENT:
    case NUMBER_EXPONENT_SIGN:
        return "a number without digits in its exponent";
    case NUMBER_NONE:
    case NUMBER_MINUS:
        return "a number without digits";
    default:
        return NULL;
    }
}
