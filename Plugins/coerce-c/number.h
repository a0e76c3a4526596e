/*
 * A number by its digits, never through a double: 0.d1 d2 d3 ... times ten to the power of `point`.
 */
#ifndef COERCE_NUMBER_H
#define COERCE_NUMBER_H

#include "convert.h"

typedef struct number {
    bool negative;
    bool has_point, has_exponent;
    bool leading_zeros;  /* needless ones in the integer part */
    js_span whole;       /* the digits before the point, as written */
    js_span fraction;    /* behind it */
    size_t first, count; /* the significant digits among both: none for zero */
    int64_t point;
} number;

/* Whether the text has the form of a number, with an exponent where allowed. */
bool number_read(js_span text, bool exponent, number *number);
/* Reads a source that is a JSON number or, by the rules for texts, a text. MISFIT or KEPT. */
outcome number_of(const field *field, const source *source, bool exponent, number *number);

/* The i-th significant digit; '0' beyond the last. */
static inline char number_digit(const number *number, size_t i) {
    if (i >= number->count) {
        return '0';
    }
    i += number->first;
    return i < number->whole.size ? number->whole.data[i]
                                  : number->fraction.data[i - number->whole.size];
}
static inline bool number_is_whole(const number *number) {
    return !number->count || number->point >= (int64_t)number->count;
}
/* Exactly the same value. */
bool number_equal(const number *a, const number *b);
/* The integer part into *magnitude; false when it needs more than 64 bits. */
bool number_magnitude(const number *number, uint64_t *magnitude);

#endif
