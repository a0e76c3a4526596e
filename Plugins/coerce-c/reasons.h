/*
 * The closed list of reasons in docs/coercion.md.
 */
#ifndef COERCE_REASONS_H
#define COERCE_REASONS_H

#include <spillway/abi.h>

typedef enum reason {
    REASON_WRONG_TYPE,
    REASON_NULL_NOT_ALLOWED,
    REASON_LONE_SURROGATE,
    REASON_NOT_A_NUMBER,
    REASON_LEADING_ZEROS,
    REASON_FRACTION_LOSS,
    REASON_PRECISION_LOSS,
    REASON_SCALE_LOSS,
    REASON_OUT_OF_RANGE,
    REASON_NOT_A_BOOLEAN,
    REASON_TOO_LONG,
    REASON_TOO_SHORT,
    REASON_NOT_A_DATE,
    REASON_TIME_LOSS,
    REASON_NOT_A_DATE_TIME,
    REASON_ZONE_UNKNOWN,
    REASON_UNIT_UNKNOWN,
    REASON_NOT_A_UUID,
    REASON_NOT_IN_ENUM,
    REASON_MISSING,
    REASON_DUPLICATE_MEMBER,
    REASON_NOT_JSON,
    REASON_NOT_AN_OBJECT,
    REASON_COUNT
} reason;

/* The word, for a rescue. */
spw_str reason_word(reason reason);
/* The word and its sentence, for a reject. */
spw_str reason_sentence(reason reason);

#endif
