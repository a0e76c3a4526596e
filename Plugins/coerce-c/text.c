/*
 * Texts: strings, booleans, UUIDs.
 */
#include "number.h"

/* Bytes of the white space at the start or end of a text, 0 when there is none. */
static size_t space_at_start(js_span text) {
    const unsigned char *at = (const unsigned char *)text.data;
    if (text.size && (at[0] == ' ' || at[0] == '\t' || at[0] == '\r' || at[0] == '\n')) {
        return 1;
    }
    if (text.size >= 2 && at[0] == 0xC2 && at[1] == 0xA0) {
        return 2;
    }
    return text.size >= 3 && at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF ? 3 : 0;
}

static size_t space_at_end(js_span text) {
    for (size_t size = 1; size <= 3 && size <= text.size; size++) {
        if (space_at_start((js_span){text.data + text.size - size, size}) == size) {
            return size;
        }
    }
    return 0;
}

js_span text_trim_end(js_span text) {
    size_t space;
    while ((space = space_at_end(text))) {
        text.size -= space;
    }
    return text;
}

js_span text_trim(js_span text) {
    size_t space;
    while ((space = space_at_start(text))) {
        text.data += space;
        text.size -= space;
    }
    return text_trim_end(text);
}

outcome text_result(const source *source, buffer *out, size_t mark, int32_t loss) {
    if (out->spent) {
        return changed(loss);
    }
    js_span made = {out->data + mark + 1, out->used - mark - 2};
    if (source->type == JS_STRING && spans_equal(made, source->text)) {
        out->used = mark;
        return kept();
    }
    return changed(loss);
}

/* --- string --- */

/* Bytes of the first `most` code points; *counted says how many there are. */
static size_t first_points(js_span text, uint64_t most, uint64_t *counted) {
    size_t at = 0;
    uint64_t points = 0;
    while (at < text.size) {
        if (((unsigned char)text.data[at] & 0xC0) != 0x80 && points++ == most) {
            points = most;
            break;
        }
        at++;
    }
    *counted = points;
    return at;
}

static outcome put_string(const field *field, const source *source, js_span text, buffer *out) {
    int32_t loss = SPW_LOSS_REPRESENTATION;
    bool limited = text.size > field->max_length || field->min_length;
    if (limited) {
        uint64_t points;
        size_t fits = first_points(text, field->max_length, &points);
        if (fits < text.size) {
            if (!field->allow_truncation) {
                return misfit(REASON_TOO_LONG);
            }
            text.size = fits;
            text = field->trim ? text_trim_end(text) : text;
            first_points(text, PLAN_NO_LIMIT, &points);
            loss = SPW_LOSS_TRUNCATION;
        }
        if (points < field->min_length) {
            return misfit(REASON_TOO_SHORT);
        }
    }
    if (source->type == JS_STRING && loss == SPW_LOSS_REPRESENTATION) {
        return kept();
    }
    buffer_put_text(out, text.data, text.size);
    return changed(loss);
}

outcome string_convert(const field *field, const source *source, buffer *out) {
    switch (source->type) {
    case JS_STRING:
        return put_string(field, source, source->text, out);
    case JS_OBJECT:
    case JS_ARRAY:
        if (!field->json_as_text) {
            return misfit(REASON_WRONG_TYPE);
        }
        return put_string(field, source, source->raw, out);
    default:
        return put_string(field, source, source->raw, out);
    }
}

/* --- boolean --- */

static bool is_among(js_span text, texts texts) {
    for (size_t i = 0; i < texts.count; i++) {
        if (spans_equal(text, texts.items[i])) {
            return true;
        }
    }
    return false;
}

static outcome put_boolean(bool value, buffer *out) {
    buffer_append(out, value ? "true" : "false", value ? 4 : 5);
    return changed(SPW_LOSS_REPRESENTATION);
}

static outcome boolean_of_number(const field *field, const source *source, buffer *out) {
    number number;
    uint64_t magnitude;
    if (!field->integer_as_boolean) {
        return misfit(REASON_WRONG_TYPE);
    }
    number_read(source->raw, true, &number);
    if (!number_is_whole(&number) || !number_magnitude(&number, &magnitude) || magnitude > 1 ||
        (magnitude && number.negative)) {
        return misfit(REASON_NOT_A_BOOLEAN);
    }
    return put_boolean(magnitude, out);
}

outcome boolean_convert(const field *field, const source *source, buffer *out) {
    switch (source->type) {
    case JS_TRUE:
    case JS_FALSE:
        return kept();
    case JS_NUMBER:
        return boolean_of_number(field, source, out);
    case JS_STRING:
        if (span_is(source->text, "true") || is_among(source->text, field->true_texts)) {
            return put_boolean(true, out);
        }
        if (span_is(source->text, "false") || is_among(source->text, field->false_texts)) {
            return put_boolean(false, out);
        }
        return misfit(REASON_NOT_A_BOOLEAN);
    default:
        return misfit(REASON_WRONG_TYPE);
    }
}

/* --- uuid --- */

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Where a hyphen stands in 8-4-4-4-12. */
static bool is_hyphen_place(size_t at) {
    return at == 8 || at == 13 || at == 18 || at == 23;
}

outcome uuid_convert(const source *source, buffer *out) {
    if (source->type != JS_STRING) {
        return misfit(REASON_WRONG_TYPE);
    }
    js_span text = source->text;
    bool hyphens = text.size == 36;
    if (!hyphens && text.size != 32) {
        return misfit(REASON_NOT_A_UUID);
    }
    char made[38];
    size_t from = 0;
    made[0] = made[37] = '"';
    for (size_t at = 0; at < 36; at++) {
        if (is_hyphen_place(at)) {
            if (hyphens && text.data[from++] != '-') {
                return misfit(REASON_NOT_A_UUID);
            }
            made[at + 1] = '-';
            continue;
        }
        char c = text.data[from++];
        if (!is_hex(c)) {
            return misfit(REASON_NOT_A_UUID);
        }
        made[at + 1] = c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
    }
    size_t mark = out->used;
    buffer_append(out, made, sizeof made);
    return text_result(source, out, mark, SPW_LOSS_REPRESENTATION);
}
