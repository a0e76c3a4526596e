/*
 * JSON numbers as SQLite keeps them, exactly or not at all.
 */
#ifndef SQLITE_SINK_NUMBER_H
#define SQLITE_SINK_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stdint.h>

#include "../common/json.h"

typedef enum number_fit {
    NUMBER_FITS,
    NUMBER_IS_LARGE, /* an integer from 2^63 to 2^64 - 1; its digits are the result */
    NUMBER_IS_NO_INTEGER,
    NUMBER_IS_OUTSIDE
} number_fit;

/* 1.0 and 1e2 are integers too. */
number_fit number_to_integer(js_span number, int64_t *integer, uint64_t *large);
/* False: the number written is not this double's, but lies between two. The byte after the number
 * must be there, and no digit; `c` is the C locale. */
bool number_to_double(js_span number, locale_t c, double *result);

#endif
