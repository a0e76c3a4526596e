/*
 * Bringing one single value to its target: what the conversions share. Each reads a source, appends
 * the JSON text of the result to `out` when it changed, and says how it went.
 */
#ifndef COERCE_CONVERT_H
#define COERCE_CONVERT_H

#include <locale.h>

#include "buffer.h"
#include "plan.h"
#include "reasons.h"

typedef enum verdict {
    KEPT,    /* as it is; nothing was appended */
    CHANGED, /* the result was appended */
    MISFIT,  /* it does not go there: see the reason; what was appended is to be dropped */
    ABORTED  /* the record as a whole ends here; from the walk alone */
} verdict;

typedef struct source {
    js_type type;
    js_span raw;  /* as written; empty: a part of a split text */
    js_span text; /* JS_STRING: decoded, trimmed */
    bool trimmed; /* the text is not what was written */
} source;

typedef struct outcome {
    verdict verdict;
    int32_t loss;
    reason reason;
} outcome;

static inline outcome kept(void) {
    return (outcome){.verdict = KEPT};
}
static inline outcome changed(int32_t loss) {
    return (outcome){.verdict = CHANGED, .loss = loss};
}
static inline outcome misfit(reason reason) {
    return (outcome){.verdict = MISFIT, .reason = reason};
}
static inline bool span_is(js_span span, const char *text) {
    return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}
static inline bool spans_equal(js_span a, js_span b) {
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

/* `out` has the result behind `mark`, a JSON string without escapes: KEPT, and taken back, when the
 * source has that text already. */
outcome text_result(const source *source, buffer *out, size_t mark, int32_t loss);

outcome integer_convert(const field *field, const source *source, buffer *out);
/* scratch: room for a lexeme with its NUL. `c` is the C locale. */
outcome float_convert(const field *field, const source *source, buffer *out, buffer *scratch,
                      locale_t c);
outcome decimal_convert(const field *field, const source *source, buffer *out);
outcome boolean_convert(const field *field, const source *source, buffer *out);
outcome string_convert(const field *field, const source *source, buffer *out);
outcome uuid_convert(const source *source, buffer *out);
outcome date_convert(const field *field, const source *source, buffer *out);
outcome date_time_convert(const field *field, const source *source, buffer *out);

/* A text without the white space that `trim` takes, docs/coercion.md section 3. */
js_span text_trim(js_span text);
js_span text_trim_end(js_span text);

#endif
