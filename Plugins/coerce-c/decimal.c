/*
 * decimal(p,s): digits with a fixed scale, carried as a text.
 */
#include "number.h"

#define MOST_DIGITS 1000

typedef struct digits {
    char of[MOST_DIGITS + 1]; /* one more for the carry of a rounding */
    size_t whole, count;      /* before the point; all */
} digits;

/* What lies beyond the scale, seen from the middle of the last place: below -1, on it 0, above 1.
 */
static int beyond_half(const number *number, int64_t kept_digits) {
    if (kept_digits < 0) {
        return -1;
    }
    char next = number_digit(number, (size_t)kept_digits);
    if (next != '5') {
        return next < '5' ? -1 : 1;
    }
    return (int64_t)number->count > kept_digits + 1 ? 1 : 0;
}

/* The digits before the point and `scale` behind it, the rest cut off; false when they are more
 * than the target has. */
static bool lay_out(const number *number, const field *field, digits *digits) {
    int64_t point = number->count ? number->point : 0;
    if (point > (int64_t)(field->precision - field->scale)) {
        return false;
    }
    digits->whole = point > 0 ? (size_t)point : 0;
    digits->count = digits->whole + field->scale;
    for (size_t i = 0; i < digits->count; i++) {
        int64_t from = (int64_t)i - (int64_t)digits->whole + point;
        digits->of[i] = from < 0 ? '0' : number_digit(number, (size_t)from);
    }
    return true;
}

/* One more in the last place. */
static void round_up(digits *digits) {
    size_t at = digits->count;
    while (at && digits->of[at - 1] == '9') {
        digits->of[--at] = '0';
    }
    if (at) {
        digits->of[at - 1]++;
        return;
    }
    memmove(digits->of + 1, digits->of, digits->count);
    digits->of[0] = '1';
    digits->whole++;
    digits->count++;
}

static bool is_zero(const digits *digits) {
    for (size_t i = 0; i < digits->count; i++) {
        if (digits->of[i] != '0') {
            return false;
        }
    }
    return true;
}

static void put(const digits *digits, bool negative, buffer *out) {
    buffer_put(out, '"');
    if (negative && !is_zero(digits)) {
        buffer_put(out, '-');
    }
    if (!digits->whole) {
        buffer_put(out, '0');
    }
    buffer_append(out, digits->of, digits->whole);
    if (digits->count > digits->whole) {
        buffer_put(out, '.');
        buffer_append(out, digits->of + digits->whole, digits->count - digits->whole);
    }
    buffer_put(out, '"');
}

outcome decimal_convert(const field *field, const source *source, buffer *out) {
    number number;
    outcome read = number_of(field, source, false, &number);
    if (read.verdict == MISFIT) {
        return read;
    }
    int64_t kept_digits = number.point + field->scale;
    bool surplus = number.count && (int64_t)number.count > kept_digits;
    bool round = field->allow_precision && field->round_half_even;
    if (surplus && !round && !field->allow_truncation) {
        return misfit(REASON_SCALE_LOSS);
    }
    digits digits;
    if (!lay_out(&number, field, &digits)) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    if (surplus && round) {
        int half = beyond_half(&number, kept_digits);
        bool odd = digits.count && (digits.of[digits.count - 1] & 1);
        if (half > 0 || (half == 0 && odd)) {
            round_up(&digits);
        }
    }
    if (digits.whole > field->precision - field->scale) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    size_t mark = out->used;
    put(&digits, number.negative, out);
    int32_t loss = !surplus ? SPW_LOSS_REPRESENTATION
                   : round  ? SPW_LOSS_PRECISION
                            : SPW_LOSS_TRUNCATION;
    return text_result(source, out, mark, loss);
}
