/*
 * The contract as a plan: a tree of fields, each with its target and what is allowed on the way
 * there (docs/coercion.md, section 1). Made once at create, read only afterwards.
 */
#ifndef COERCE_PLAN_H
#define COERCE_PLAN_H

#include <spillway/abi.h>
#include <stdbool.h>

#include "../common/tree.h"

#define PLAN_MAX_DEPTH 64
#define PLAN_MAX_FIELDS 65536
#define PLAN_NO_LIMIT UINT64_MAX
#define PLAN_ANY_DIGITS UINT32_MAX
#define PLAN_NO_MEMBER UINT32_MAX

typedef enum target {
    TARGET_ANY,
    TARGET_NULL,
    TARGET_INT8, /* the eight integers stand together, in the order of number.c's limits */
    TARGET_INT16,
    TARGET_INT32,
    TARGET_INT64,
    TARGET_UINT8,
    TARGET_UINT16,
    TARGET_UINT32,
    TARGET_UINT64,
    TARGET_FLOAT,
    TARGET_DOUBLE,
    TARGET_DECIMAL,
    TARGET_BOOLEAN,
    TARGET_STRING,
    TARGET_DATE,
    TARGET_DATE_TIME,
    TARGET_UUID,
    TARGET_ENUM,
    TARGET_ARRAY,
    TARGET_OBJECT
} target;

/* A scalar of `enum`: a text decoded, the others as written. */
typedef struct constant {
    js_type type;
    js_span text;
} constant;

typedef struct texts {
    const js_span *items;
    size_t count;
} texts;

typedef struct member member;

typedef struct field {
    target target;
    bool nullable;
    bool trim, empty_as_null, leading_zeros;
    bool boolean_as_integer, integer_as_boolean;
    bool json_as_text, to_utc, wrap;
    bool allow_precision, allow_truncation, round_half_even;
    bool has_epoch;
    uint32_t epoch_digits; /* of the unit: 0, 3, 6, 9 */
    uint32_t time_digits;  /* of a fraction at most, or PLAN_ANY_DIGITS */
    uint32_t precision, scale;
    uint64_t min_length, max_length; /* code points; PLAN_NO_LIMIT */
    js_span zone, split;             /* empty: not declared */
    texts true_texts, false_texts, formats;
    const constant *constants; /* enum; NULL: not declared */
    size_t constant_count;
    const struct field *items; /* array */
    /* object */
    const member *members;
    uint32_t member_count;
    const uint32_t *slots; /* hash table: number of a member, or PLAN_NO_MEMBER */
    uint32_t slot_mask;
    const uint32_t *essential; /* in the order in which a missing one is looked for */
    uint32_t essential_count;
    uint32_t level; /* number of objects around it */
    bool strip;     /* undeclared members are removed */
} field;

struct member {
    js_span name; /* decoded */
    const field *field;
    bool essential;
};

typedef struct plan plan;

/* SPW_INVALID with the reason said through the call. */
spw_status plan_make(const spw_create *create, spw_call *call, plan **made);
void plan_free(plan *plan);
const field *plan_root(const plan *plan);
/* Number of objects that can be inside one another. */
uint32_t plan_levels(const plan *plan);

uint64_t plan_hash(uint64_t seed, const char *text, size_t size);
/* The number of the member with this decoded name, or PLAN_NO_MEMBER. */
uint32_t plan_find(const field *object, const char *name, size_t size);

#endif
