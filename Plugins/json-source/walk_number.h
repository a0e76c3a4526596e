/*
 * A JSON number, byte by byte.
 */
#ifndef SPILLWAY_WALK_NUMBER_H
#define SPILLWAY_WALK_NUMBER_H

#include <stdint.h>

/* What came last; 0: not in a number. */
typedef enum walk_number {
    NUMBER_NONE,
    NUMBER_MINUS,
    NUMBER_ZERO,
    NUMBER_DIGITS,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_EXPONENT,
    NUMBER_EXPONENT_SIGN,
    NUMBER_EXPONENT_DIGITS
} walk_number;

/* After the first byte; NUMBER_NONE: it starts no number. */
walk_number walk_number_start(uint8_t byte);
/* After one more byte; NUMBER_NONE: it is none of the number's. */
walk_number walk_number_next(walk_number number, uint8_t byte);
/* NULL when the number may end here, ahead of `next` (0: the end of the text), else what is wrong.
 */
const char *walk_number_fault(walk_number number, uint8_t next);

#endif
