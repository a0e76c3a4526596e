#include "number.h"

#include <stdio.h>

#define EXPONENT_LIMIT ((int64_t)1000000000000000)

static size_t take_digits(js_span text, size_t at) {
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9') {
        at++;
    }
    return at;
}

/* An exponent beyond all sense stays far beyond every limit. */
static int64_t read_exponent(js_span digits, bool negative) {
    int64_t value = 0;
    for (size_t i = 0; i < digits.size && value < EXPONENT_LIMIT; i++) {
        value = value * 10 + (digits.data[i] - '0');
    }
    return negative ? -value : value;
}

static bool take_exponent(js_span text, size_t *at, int64_t *exponent) {
    if (*at >= text.size || (text.data[*at] | 0x20) != 'e') {
        return false;
    }
    size_t start = *at + 1;
    bool negative = start < text.size && text.data[start] == '-';
    if (start < text.size && (text.data[start] == '-' || text.data[start] == '+')) {
        start++;
    }
    size_t end = take_digits(text, start);
    if (end == start) {
        return false;
    }
    *exponent = read_exponent((js_span){text.data + start, end - start}, negative);
    *at = end;
    return true;
}

static char digit_as_written(const number *number, size_t i) {
    return i < number->whole.size ? number->whole.data[i]
                                  : number->fraction.data[i - number->whole.size];
}

static void find_significant(number *number, int64_t exponent) {
    size_t first = 0, end = number->whole.size + number->fraction.size;
    while (first < end && digit_as_written(number, first) == '0') {
        first++;
    }
    while (end > first && digit_as_written(number, end - 1) == '0') {
        end--;
    }
    number->first = first;
    number->count = end - first;
    number->point = (int64_t)number->whole.size - (int64_t)first + exponent;
}

bool number_read(js_span text, bool exponent, number *number) {
    *number = (struct number){0};
    size_t at = text.size && text.data[0] == '-';
    number->negative = at;
    size_t end = take_digits(text, at);
    if (end == at) {
        return false;
    }
    number->whole = (js_span){text.data + at, end - at};
    number->leading_zeros = number->whole.size > 1 && text.data[at] == '0';
    at = end;
    if (at < text.size && text.data[at] == '.') {
        end = take_digits(text, at + 1);
        number->fraction = (js_span){text.data + at + 1, end - at - 1};
        number->has_point = true;
        if (!number->fraction.size) {
            return false;
        }
        at = end;
    }
    int64_t power = 0;
    number->has_exponent = exponent && take_exponent(text, &at, &power);
    find_significant(number, power);
    return at == text.size;
}

outcome number_of(const field *field, const source *source, bool exponent, number *number) {
    if (source->type == JS_NUMBER) {
        number_read(source->raw, true, number);
        return kept();
    }
    if (source->type != JS_STRING) {
        return misfit(REASON_WRONG_TYPE);
    }
    if (!number_read(source->text, exponent, number)) {
        return misfit(REASON_NOT_A_NUMBER);
    }
    return number->leading_zeros && !field->leading_zeros ? misfit(REASON_LEADING_ZEROS) : kept();
}

bool number_equal(const number *a, const number *b) {
    if (a->count != b->count) {
        return false;
    }
    if (!a->count) {
        return true;
    }
    if (a->negative != b->negative || a->point != b->point) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (number_digit(a, i) != number_digit(b, i)) {
            return false;
        }
    }
    return true;
}

bool number_magnitude(const number *number, uint64_t *magnitude) {
    uint64_t value = 0;
    int64_t digits = number->count ? number->point : 0;
    if (digits > 20) {
        return false;
    }
    for (int64_t i = 0; i < digits; i++) {
        uint64_t digit = (uint64_t)(number_digit(number, (size_t)i) - '0');
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
    }
    *magnitude = value;
    return true;
}

/* --- integers --- */

static bool in_range(target target, bool negative, uint64_t magnitude) {
    static const uint64_t most[] = {INT8_MAX,  INT16_MAX,  INT32_MAX,  INT64_MAX,
                                    UINT8_MAX, UINT16_MAX, UINT32_MAX, UINT64_MAX};
    uint64_t limit = most[target - TARGET_INT8];
    if (!negative) {
        return magnitude <= limit;
    }
    return magnitude <= (target <= TARGET_INT64 ? limit + 1 : 0);
}

static outcome from_boolean(const field *field, const source *source, buffer *out) {
    if (!field->boolean_as_integer) {
        return misfit(REASON_WRONG_TYPE);
    }
    buffer_put(out, source->type == JS_TRUE ? '1' : '0');
    return changed(SPW_LOSS_REPRESENTATION);
}

outcome integer_convert(const field *field, const source *source, buffer *out) {
    if (source->type == JS_TRUE || source->type == JS_FALSE) {
        return from_boolean(field, source, out);
    }
    number number;
    outcome read = number_of(field, source, false, &number);
    if (read.verdict == MISFIT) {
        return read;
    }
    bool whole = number_is_whole(&number);
    if (!whole && !field->allow_truncation) {
        return misfit(REASON_FRACTION_LOSS);
    }
    uint64_t magnitude;
    if (!number_magnitude(&number, &magnitude) ||
        !in_range(field->target, number.negative, magnitude)) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    bool minus = number.negative && magnitude;
    if (source->type == JS_NUMBER && !number.has_point && !number.has_exponent &&
        minus == number.negative) {
        return kept();
    }
    char digits[24];
    int size =
        snprintf(digits, sizeof digits, "%s%llu", minus ? "-" : "", (unsigned long long)magnitude);
    buffer_append(out, digits, (size_t)size);
    return changed(whole ? SPW_LOSS_REPRESENTATION : SPW_LOSS_TRUNCATION);
}
