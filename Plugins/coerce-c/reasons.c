#include "reasons.h"

typedef struct entry {
    size_t word_size; /* the start of the sentence that is the word */
    spw_str sentence;
} entry;

#define ENTRY(word, text)                                                                          \
    {                                                                                              \
        sizeof(word) - 1, {                                                                        \
            word ": " text, sizeof(word ": " text) - 1                                             \
        }                                                                                          \
    }

static const entry entries[REASON_COUNT] = {
    [REASON_WRONG_TYPE] =
        ENTRY("wrong_type", "no rule brings a value of this JSON type to the declared type"),
    [REASON_NULL_NOT_ALLOWED] = ENTRY("null_not_allowed", "null is not declared"),
    [REASON_LONE_SURROGATE] =
        ENTRY("lone_surrogate", "the text holds a lone surrogate, which UTF-8 can't say"),
    [REASON_NOT_A_NUMBER] = ENTRY("not_a_number", "the text is not a number in the accepted form"),
    [REASON_LEADING_ZEROS] =
        ENTRY("leading_zeros", "leading zeros mean a label, and are not declared"),
    [REASON_FRACTION_LOSS] = ENTRY("fraction_loss", "a fraction would be cut off"),
    [REASON_PRECISION_LOSS] = ENTRY("precision_loss", "digits would be lost"),
    [REASON_SCALE_LOSS] = ENTRY("scale_loss", "digits beyond the scale would be lost"),
    [REASON_OUT_OF_RANGE] = ENTRY("out_of_range", "the value is outside the range of the type"),
    [REASON_NOT_A_BOOLEAN] = ENTRY("not_a_boolean", "the value means neither true nor false"),
    [REASON_TOO_LONG] = ENTRY("too_long", "the text is longer than maxLength"),
    [REASON_TOO_SHORT] = ENTRY("too_short", "the text is shorter than minLength"),
    [REASON_NOT_A_DATE] = ENTRY("not_a_date", "the text is not a day in an accepted form"),
    [REASON_TIME_LOSS] = ENTRY("time_loss", "the time of day would be cut off"),
    [REASON_NOT_A_DATE_TIME] =
        ENTRY("not_a_date_time", "the text is not a time in an accepted form"),
    [REASON_ZONE_UNKNOWN] = ENTRY("zone_unknown", "the time has no zone, and none is declared"),
    [REASON_UNIT_UNKNOWN] = ENTRY("unit_unknown", "the unit of a number as a time is not declared"),
    [REASON_NOT_A_UUID] = ENTRY("not_a_uuid", "the text is not a UUID"),
    [REASON_NOT_IN_ENUM] = ENTRY("not_in_enum", "the value is not a member of enum"),
    [REASON_MISSING] = ENTRY("missing", "a required member is missing"),
    [REASON_DUPLICATE_MEMBER] = ENTRY("duplicate_member", "the object has this name twice"),
    [REASON_NOT_JSON] =
        ENTRY("not_json", "the bytes are not one JSON text in UTF-8, at most 1024 levels deep"),
    [REASON_NOT_AN_OBJECT] = ENTRY("not_an_object", "the record is not a JSON object"),
};

spw_str reason_word(reason reason) {
    return (spw_str){entries[reason].sentence.data, entries[reason].word_size};
}

spw_str reason_sentence(reason reason) {
    return entries[reason].sentence;
}
