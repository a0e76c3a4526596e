#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_digits = 770, exact_digits = 15, far_exponent = 100000 };

/* A number as ±0.digits × 10^exponent, without zeros at either end; zero has no digits. */
typedef struct decimal {
    bool is_negative;
    int exponent;
    size_t count;
    char digits[most_digits + 1];
} decimal;

static int read_exponent(const char *at, const char *end) {
    bool is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    int exponent = 0;
    for (; at < end && exponent < far_exponent; at++) {
        exponent = exponent * 10 + (*at - '0');
    }
    return is_negative ? -exponent : exponent;
}

/* False: more digits than any double has. */
static bool read_decimal(js_span number, decimal *decimal) {
    const char *at = number.data, *end = at + number.size;
    decimal->is_negative = *at == '-';
    at += decimal->is_negative;
    decimal->exponent = 0;
    decimal->count = 0;
    size_t zeros = 0; /* seen since the last other digit */
    bool is_fraction = false;
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            is_fraction = true;
            continue;
        }
        bool is_leading = decimal->count == 0 && *at == '0';
        decimal->exponent += is_leading ? -is_fraction : !is_fraction;
        if (is_leading) {
            continue;
        }
        if (*at == '0') {
            zeros++;
            continue;
        }
        if (zeros + 1 > most_digits - decimal->count) {
            return false;
        }
        memset(decimal->digits + decimal->count, '0', zeros);
        decimal->count += zeros;
        zeros = 0;
        decimal->digits[decimal->count++] = *at;
    }
    decimal->exponent += at < end ? read_exponent(at + 1, end) : 0;
    decimal->digits[decimal->count] = 0;
    return true;
}

static bool is_short_integer(js_span number) {
    if (number.size > 18) {
        return false;
    }
    for (size_t i = number.data[0] == '-'; i < number.size; i++) {
        if (number.data[i] < '0' || number.data[i] > '9') {
            return false;
        }
    }
    return true;
}

static int64_t read_short_integer(js_span number) {
    bool is_negative = number.data[0] == '-';
    int64_t result = 0;
    for (size_t i = is_negative; i < number.size; i++) {
        result = result * 10 + (number.data[i] - '0');
    }
    return is_negative ? -result : result;
}

number_fit number_to_integer(js_span number, int64_t *integer, uint64_t *large) {
    if (is_short_integer(number)) {
        *integer = read_short_integer(number);
        return NUMBER_FITS;
    }
    decimal decimal;
    if (!read_decimal(number, &decimal)) {
        return NUMBER_IS_OUTSIDE;
    }
    if (decimal.count && decimal.exponent < (int)decimal.count) {
        return NUMBER_IS_NO_INTEGER;
    }
    if (decimal.count && decimal.exponent > 20) {
        return NUMBER_IS_OUTSIDE;
    }
    uint64_t size = 0;
    for (int i = 0; i < decimal.exponent && decimal.count; i++) {
        uint64_t digit = (size_t)i < decimal.count ? (uint64_t)(decimal.digits[i] - '0') : 0;
        if (size > (UINT64_MAX - digit) / 10) {
            return NUMBER_IS_OUTSIDE;
        }
        size = size * 10 + digit;
    }
    if (size > (uint64_t)INT64_MAX + decimal.is_negative) {
        *large = size;
        return decimal.is_negative ? NUMBER_IS_OUTSIDE : NUMBER_IS_LARGE;
    }
    *integer = decimal.is_negative ? (int64_t)(0 - size) : (int64_t)size;
    return NUMBER_FITS;
}

bool number_to_double(js_span number, locale_t c, double *result) {
    if (number.size <= exact_digits && is_short_integer(number) &&
        !(number.data[0] == '-' && number.data[1] == '0')) {
        *result = (double)read_short_integer(number);
        return true;
    }
    decimal decimal;
    *result = strtod_l(number.data, NULL, c);
    if (!isfinite(*result) || !read_decimal(number, &decimal)) {
        return false;
    }
    if (decimal.count == 0) {
        return true;
    }
    bool is_normal = fabs(*result) >= 2.2250738585072014e-308;
    if (decimal.count <= exact_digits && is_normal) {
        return true;
    }
    char printed[most_digits + 32];
    snprintf(printed, sizeof printed, "%.*e", (int)decimal.count - 1, fabs(*result));
    struct decimal again;
    return read_decimal((js_span){printed, strlen(printed)}, &again) &&
           again.count == decimal.count && again.exponent == decimal.exponent &&
           memcmp(again.digits, decimal.digits, decimal.count) == 0;
}
