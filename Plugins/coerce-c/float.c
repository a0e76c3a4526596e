/*
 * double and float32: whether a decimal lexeme is exactly one of them, and the nearest one in its
 * published form (docs/coercion.md).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

#define MOST_DIGITS 17

typedef struct rendering {
    char digits[MOST_DIGITS + 1]; /* d.ddd without the point */
    int exponent;                 /* of the first digit */
} rendering;

/* The value rounded to `digits` significant digits. The radix character of the locale is skipped.
 */
static rendering render(double value, int digits) {
    char text[64];
    rendering made = {.exponent = 0};
    snprintf(text, sizeof text, "%.*e", digits - 1, value);
    int used = 0;
    const char *at = text;
    for (; *at && *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9' && used < MOST_DIGITS) {
            made.digits[used++] = *at;
        }
    }
    made.exponent = *at ? atoi(at + 1) : 0;
    return made;
}

/* Every lexeme with so few digits, far from the ends of the range, comes back the same. */
static bool is_plainly_exact(const number *number, bool single) {
    if (!number->has_point && !number->has_exponent) {
        return number->whole.size <= (single ? 7 : 15);
    }
    return single ? number->count <= 6 && number->point > -30 && number->point < 38
                  : number->count <= 15 && number->point > -290 && number->point < 300;
}

static bool is_this_integer(const number *number, double value) {
    char digits[400];
    int size = snprintf(digits, sizeof digits, "%.0f", value);
    if (number->point != size) {
        return false;
    }
    for (int i = 0; i < size; i++) {
        if (digits[i] != number_digit(number, (size_t)i)) {
            return false;
        }
    }
    return true;
}

static bool comes_back(const number *number, double value, bool single) {
    if (number->count > (single ? 9u : 17u)) {
        return false;
    }
    rendering back = render(value, (int)number->count);
    for (size_t i = 0; i < number->count; i++) {
        if (back.digits[i] != number_digit(number, i)) {
            return false;
        }
    }
    return back.exponent == number->point - 1;
}

static bool is_exact(const number *number, double value, bool single) {
    if (number_is_whole(number) && is_this_integer(number, value)) {
        return true;
    }
    return (number->has_point || number->has_exponent) && comes_back(number, value, single);
}

static double nearest(const char *text, bool single, locale_t c) {
    return single ? (double)strtof_l(text, NULL, c) : strtod_l(text, NULL, c);
}

static bool reads_back(const rendering *rendering, int digits, double value, bool single,
                       locale_t c) {
    char text[64];
    snprintf(text, sizeof text, "%.*se%d", digits, rendering->digits,
             rendering->exponent - digits + 1);
    return nearest(text, single, c) == value;
}

static void put_plain(const char *digits, int count, int exponent, buffer *out) {
    if (exponent < 0) {
        buffer_append(out, "0.", 2);
        for (int i = exponent + 1; i < 0; i++) {
            buffer_put(out, '0');
        }
        buffer_append(out, digits, (size_t)count);
        return;
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (i == exponent + 1) {
            buffer_put(out, '.');
        }
        buffer_put(out, i < count ? digits[i] : '0');
    }
}

static void put_scientific(const char *digits, int count, int exponent, buffer *out) {
    buffer_put(out, digits[0]);
    if (count > 1) {
        buffer_put(out, '.');
        buffer_append(out, digits + 1, (size_t)count - 1);
    }
    char power[16];
    buffer_append(out, power, (size_t)snprintf(power, sizeof power, "e%d", exponent));
}

/* The published form of a value that is not negative. */
static void put_value(double value, bool single, locale_t c, buffer *out) {
    double integers_end = single ? 16777216.0 : 9007199254740992.0;
    if (value <= integers_end && value == floor(value)) {
        char digits[32];
        buffer_append(out, digits, (size_t)snprintf(digits, sizeof digits, "%.0f", value));
        return;
    }
    int count = 1;
    rendering least = render(value, count);
    while (count < MOST_DIGITS && !reads_back(&least, count, value, single, c)) {
        least = render(value, ++count);
    }
    if (value >= 1e-6 && value < integers_end) {
        put_plain(least.digits, count, least.exponent, out);
    } else {
        put_scientific(least.digits, count, least.exponent, out);
    }
}

/* A text that is a number, as JSON writes it: without the leading zeros that were declared. */
static outcome put_lexeme(const source *source, const number *number, buffer *out) {
    if (source->type == JS_NUMBER) {
        return kept();
    }
    js_span text = source->text;
    size_t start = number->negative, end = start + number->whole.size;
    while (start + 1 < end && text.data[start] == '0') {
        start++;
    }
    if (number->negative) {
        buffer_put(out, '-');
    }
    buffer_append(out, text.data + start, text.size - start);
    return changed(SPW_LOSS_REPRESENTATION);
}

outcome float_convert(const field *field, const source *source, buffer *out, buffer *scratch,
                      locale_t c) {
    number number;
    outcome read = number_of(field, source, true, &number);
    if (read.verdict == MISFIT) {
        return read;
    }
    bool single = field->target == TARGET_FLOAT;
    if (!number.count || is_plainly_exact(&number, single)) {
        return put_lexeme(source, &number, out);
    }
    js_span lexeme = source->type == JS_NUMBER ? source->raw : source->text;
    scratch->used = 0;
    buffer_append(scratch, lexeme.data, lexeme.size);
    buffer_put(scratch, 0);
    if (scratch->spent) {
        return misfit(REASON_PRECISION_LOSS); /* the walk sees that memory is spent */
    }
    double value = fabs(nearest(scratch->data, single, c));
    if (isinf(value)) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    if (value != 0 && is_exact(&number, value, single)) {
        return put_lexeme(source, &number, out);
    }
    if (!field->allow_precision) {
        return misfit(REASON_PRECISION_LOSS);
    }
    if (number.negative && value != 0) {
        buffer_put(out, '-');
    }
    put_value(value, single, c, out);
    return changed(SPW_LOSS_PRECISION);
}
