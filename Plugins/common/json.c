#include "json.h"

#include <string.h>

js_reader js_open(const char *data, size_t size) {
    return (js_reader){.start = data, .at = data, .end = data + size};
}

size_t js_offset(const js_reader *reader) {
    return (size_t)(reader->at - reader->start);
}

static js_type fail(js_reader *reader, const char *why) {
    if (!reader->error) {
        reader->error = why;
    }
    return JS_ERROR;
}

static void skip_space(js_reader *reader) {
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

/* Length of the UTF-8 sequence at `at`, or 0 when it is not well-formed (RFC 3629). */
static size_t utf8_length(const char *at, const char *end) {
    const uint8_t *b = (const uint8_t *)at;
    size_t left = (size_t)(end - at);
    if (b[0] < 0x80) {
        return 1;
    }
    if (b[0] >= 0xC2 && b[0] <= 0xDF) {
        return left >= 2 && (b[1] & 0xC0) == 0x80 ? 2 : 0;
    }
    if (b[0] >= 0xE0 && b[0] <= 0xEF) {
        if (left < 3 || (b[1] & 0xC0) != 0x80 || (b[2] & 0xC0) != 0x80) {
            return 0;
        }
        bool overlong = b[0] == 0xE0 && b[1] < 0xA0;
        bool surrogate = b[0] == 0xED && b[1] > 0x9F;
        return overlong || surrogate ? 0 : 3;
    }
    if (b[0] >= 0xF0 && b[0] <= 0xF4) {
        if (left < 4 || (b[1] & 0xC0) != 0x80 || (b[2] & 0xC0) != 0x80 || (b[3] & 0xC0) != 0x80) {
            return 0;
        }
        bool overlong = b[0] == 0xF0 && b[1] < 0x90;
        bool beyond = b[0] == 0xF4 && b[1] > 0x8F;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

static int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_string(js_reader *reader) {
    const char *at = reader->at + 1;
    for (;;) {
        if (at >= reader->end) {
            reader->at = at;
            return fail(reader, "a string without its end"), false;
        }
        uint8_t c = (uint8_t)*at;
        if (c == '"') {
            reader->at = at + 1;
            return true;
        }
        if (c == '\\') {
            if (at + 1 >= reader->end) {
                reader->at = at;
                return fail(reader, "a string without its end"), false;
            }
            char escaped = at[1];
            if (escaped == 'u') {
                for (int i = 2; i < 6; i++) {
                    if (at + i >= reader->end || hex_value(at[i]) < 0) {
                        reader->at = at;
                        return fail(reader, "a \\u escape without four hexadecimal digits"), false;
                    }
                }
                at += 6;
            } else if (strchr("\"\\/bfnrt", escaped) && escaped) {
                at += 2;
            } else {
                reader->at = at;
                return fail(reader, "an escape that JSON does not have"), false;
            }
        } else if (c < 0x20) {
            reader->at = at;
            return fail(reader, "a control character inside a string"), false;
        } else if (c < 0x80) {
            at++;
        } else {
            size_t length = utf8_length(at, reader->end);
            if (!length) {
                reader->at = at;
                return fail(reader, "bytes that are not UTF-8"), false;
            }
            at += length;
        }
    }
}

static bool is_digit(const js_reader *reader, const char *at) {
    return at < reader->end && *at >= '0' && *at <= '9';
}

static bool take_number(js_reader *reader) {
    const char *at = reader->at;
    if (*at == '-') {
        at++;
    }
    if (!is_digit(reader, at)) {
        return fail(reader, "a number without digits"), false;
    }
    if (*at == '0') {
        at++;
        if (is_digit(reader, at)) {
            return fail(reader, "a number with a leading zero"), false;
        }
    } else {
        while (is_digit(reader, at)) {
            at++;
        }
    }
    if (at < reader->end && *at == '.') {
        at++;
        if (!is_digit(reader, at)) {
            return fail(reader, "a number without digits after its point"), false;
        }
        while (is_digit(reader, at)) {
            at++;
        }
    }
    if (at < reader->end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < reader->end && (*at == '+' || *at == '-')) {
            at++;
        }
        if (!is_digit(reader, at)) {
            return fail(reader, "a number without digits in its exponent"), false;
        }
        while (is_digit(reader, at)) {
            at++;
        }
    }
    reader->at = at;
    return true;
}

static bool take_word(js_reader *reader, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) {
        return fail(reader, "a word that is not true, false or null"), false;
    }
    reader->at += size;
    return true;
}

static js_type type_of(char c) {
    switch (c) {
    case 'n':
        return JS_NULL;
    case 't':
        return JS_TRUE;
    case 'f':
        return JS_FALSE;
    case '"':
        return JS_STRING;
    case '{':
        return JS_OBJECT;
    case '[':
        return JS_ARRAY;
    default:
        return c == '-' || (c >= '0' && c <= '9') ? JS_NUMBER : JS_ERROR;
    }
}

js_type js_peek(js_reader *reader) {
    if (reader->error) {
        return JS_ERROR;
    }
    skip_space(reader);
    if (reader->at >= reader->end) {
        return fail(reader, "the end where a value should be");
    }
    js_type type = type_of(*reader->at);
    return type ? type : fail(reader, "a character that starts no value");
}

static js_type take_scalar(js_reader *reader, js_type type) {
    bool taken = type == JS_STRING   ? take_string(reader)
                 : type == JS_NUMBER ? take_number(reader)
                 : type == JS_NULL   ? take_word(reader, "null")
                 : type == JS_TRUE   ? take_word(reader, "true")
                                     : take_word(reader, "false");
    return taken ? type : JS_ERROR;
}

/* A member's name and its colon. */
static bool take_name(js_reader *reader, js_span *name) {
    skip_space(reader);
    if (reader->at >= reader->end || *reader->at != '"') {
        return fail(reader, "a member without its name"), false;
    }
    const char *start = reader->at;
    if (!take_string(reader)) {
        return false;
    }
    if (name) {
        *name = (js_span){start, (size_t)(reader->at - start)};
    }
    skip_space(reader);
    if (reader->at >= reader->end || *reader->at != ':') {
        return fail(reader, "a name without its colon"), false;
    }
    reader->at++;
    return true;
}

js_type js_value(js_reader *reader, js_span *span) {
    js_type outer = js_peek(reader);
    if (!outer) {
        return JS_ERROR;
    }
    const char *start = reader->at;
    uint8_t objects[JS_MAX_DEPTH / 8]; /* a bit a level: is it an object? */
    unsigned depth = 0;
    for (;;) {
        js_type type = js_peek(reader);
        if (!type) {
            return JS_ERROR;
        }
        bool opened = false;
        if (type == JS_OBJECT || type == JS_ARRAY) {
            if (reader->depth + depth >= JS_MAX_DEPTH) {
                return fail(reader, "nested deeper than 1024 levels");
            }
            if (type == JS_OBJECT) {
                objects[depth / 8] |= (uint8_t)(1u << (depth % 8));
            } else {
                objects[depth / 8] &= (uint8_t) ~(1u << (depth % 8));
            }
            depth++;
            reader->at++;
            skip_space(reader);
            bool empty = reader->at < reader->end && *reader->at == (type == JS_OBJECT ? '}' : ']');
            if (empty) {
                reader->at++;
                depth--;
            } else {
                opened = true;
                if (type == JS_OBJECT && !take_name(reader, NULL)) {
                    return JS_ERROR;
                }
            }
        } else if (!take_scalar(reader, type)) {
            return JS_ERROR;
        }
        while (!opened && depth) {
            bool object = objects[(depth - 1) / 8] >> ((depth - 1) % 8) & 1;
            skip_space(reader);
            if (reader->at >= reader->end) {
                return fail(reader, "the end inside an object or array");
            }
            char c = *reader->at;
            if (c == ',') {
                reader->at++;
                if (object && !take_name(reader, NULL)) {
                    return JS_ERROR;
                }
                break;
            }
            if (c != (object ? '}' : ']')) {
                return fail(reader, object ? "neither ',' nor '}' after a member"
                                           : "neither ',' nor ']' after an element");
            }
            reader->at++;
            depth--;
        }
        if (!depth) {
            if (span) {
                *span = (js_span){start, (size_t)(reader->at - start)};
            }
            return outer;
        }
    }
}

bool js_at_end(js_reader *reader) {
    skip_space(reader);
    return !reader->error && reader->at == reader->end;
}

bool js_enter(js_reader *reader) {
    js_type type = js_peek(reader);
    if (type != JS_OBJECT && type != JS_ARRAY) {
        return fail(reader, "neither an object nor an array"), false;
    }
    if (reader->depth >= JS_MAX_DEPTH) {
        return fail(reader, "nested deeper than 1024 levels"), false;
    }
    reader->at++;
    reader->depth++;
    reader->first = true;
    return true;
}

/* Past the comma, or out of the container at its end. */
static bool next_item(js_reader *reader, char closing) {
    if (reader->error) {
        return false;
    }
    skip_space(reader);
    if (reader->at >= reader->end) {
        return fail(reader, "the end inside an object or array"), false;
    }
    bool first = reader->first;
    reader->first = false;
    if (*reader->at == closing) {
        reader->at++;
        reader->depth--;
        return false;
    }
    if (!first) {
        if (*reader->at != ',') {
            return fail(reader, closing == '}' ? "neither ',' nor '}' after a member"
                                               : "neither ',' nor ']' after an element"),
                   false;
        }
        reader->at++;
    }
    return true;
}

bool js_member(js_reader *reader, js_span *name) {
    return next_item(reader, '}') && take_name(reader, name);
}

bool js_element(js_reader *reader) {
    return next_item(reader, ']') && js_peek(reader) != JS_ERROR;
}

/* The code unit of the \u escape at `at`. */
static uint32_t code_unit(const char *at) {
    return (uint32_t)(hex_value(at[2]) << 12 | hex_value(at[3]) << 8 | hex_value(at[4]) << 4 |
                      hex_value(at[5]));
}

static size_t put_utf8(uint32_t code, char *room) {
    if (code < 0x80) {
        room[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        room[0] = (char)(0xC0 | code >> 6);
        room[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        room[0] = (char)(0xE0 | code >> 12);
        room[1] = (char)(0x80 | (code >> 6 & 0x3F));
        room[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    room[0] = (char)(0xF0 | code >> 18);
    room[1] = (char)(0x80 | (code >> 12 & 0x3F));
    room[2] = (char)(0x80 | (code >> 6 & 0x3F));
    room[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t js_unescape(js_span string, char *room) {
    const char *at = string.data + 1, *end = string.data + string.size - 1;
    size_t used = 0;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape ? escape : end) - at);
        memcpy(room + used, at, plain);
        used += plain;
        at += plain;
        if (!escape) {
            break;
        }
        if (at[1] != 'u') {
            static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
            room[used++] = to[strchr(from, at[1]) - from];
            at += 2;
            continue;
        }
        uint32_t code = code_unit(at);
        at += 6;
        if (code >= 0xD800 && code <= 0xDFFF) {
            if (code > 0xDBFF || end - at < 6 || at[0] != '\\' || at[1] != 'u') {
                return SIZE_MAX;
            }
            uint32_t low = code_unit(at);
            if (low < 0xDC00 || low > 0xDFFF) {
                return SIZE_MAX;
            }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        used += put_utf8(code, room + used);
    }
    return used;
}

bool js_string_is(js_span string, const char *text, size_t size) {
    if (!memchr(string.data, '\\', string.size)) {
        return string.size == size + 2 && memcmp(string.data + 1, text, size) == 0;
    }
    if (string.size < size + 2 || string.size > JS_ESCAPED_MAX(size)) {
        return false;
    }
    char small[512];
    if (string.size > sizeof small) {
        return false; /* no name that is compared here is that long */
    }
    return js_unescape(string, small) == size && memcmp(small, text, size) == 0;
}

size_t js_escape(const char *text, size_t size, char *room) {
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;
    room[used++] = '"';
    for (size_t i = 0; i < size; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            room[used++] = (char)c;
            continue;
        }
        room[used++] = '\\';
        switch (c) {
        case '"':
        case '\\':
            room[used++] = (char)c;
            break;
        case '\b':
            room[used++] = 'b';
            break;
        case '\f':
            room[used++] = 'f';
            break;
        case '\n':
            room[used++] = 'n';
            break;
        case '\r':
            room[used++] = 'r';
            break;
        case '\t':
            room[used++] = 't';
            break;
        default:
            memcpy(room + used, "u00", 3);
            room[used + 3] = hex[c >> 4];
            room[used + 4] = hex[c & 15];
            used += 5;
        }
    }
    room[used++] = '"';
    return used;
}
