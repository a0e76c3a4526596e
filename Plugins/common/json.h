/*
 * A strict pull reader for JSON (RFC 8259), for plugins in C.
 *
 * It works on bytes in memory, allocates nothing, keeps numbers and strings as they are written
 * (views into the input), checks UTF-8, and bounds depth without recursion. Values are read one at
 * a time: js_value takes a whole value; js_enter/js_member/js_element walk into one.
 */
#ifndef SPILLWAY_PLUGINS_JSON_H
#define SPILLWAY_PLUGINS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JS_MAX_DEPTH 1024

typedef enum js_type {
    JS_ERROR = 0,
    JS_NULL,
    JS_TRUE,
    JS_FALSE,
    JS_NUMBER,
    JS_STRING,
    JS_OBJECT,
    JS_ARRAY
} js_type;

/* A value or a string as written, quotes and escapes included. */
typedef struct js_span {
    const char *data;
    size_t size;
} js_span;

typedef struct js_reader {
    const char *start, *at, *end;
    const char *error; /* NULL, or what is wrong at `at` (static text) */
    unsigned depth;    /* of js_enter */
    bool first;        /* inside a container that nothing was read from yet */
} js_reader;

js_reader js_open(const char *data, size_t size);
/* Where the reader is, in bytes from the start. */
size_t js_offset(const js_reader *reader);

/* The type of the next value, without taking it; JS_ERROR at the end of the input. */
js_type js_peek(js_reader *reader);
/* Takes the next value whole, however deep (up to JS_MAX_DEPTH). */
js_type js_value(js_reader *reader, js_span *span);
/* Nothing but white space is left. */
bool js_at_end(js_reader *reader);

/* Goes into the object or array that is next. */
bool js_enter(js_reader *reader);
/* The next member's name (as written, quotes included); its value is next. False: the object is
 * ended and left, or an error (see reader->error). */
bool js_member(js_reader *reader, js_span *name);
/* There is another element, which is next. False: the array is ended and left, or an error. */
bool js_element(js_reader *reader);

/* Whether a string as written equals text. */
bool js_string_is(js_span string, const char *text, size_t size);
/* The text of a string as written into room of at least string.size bytes; returns its size, or
 * SIZE_MAX when it holds a lone surrogate, which no UTF-8 can say. */
size_t js_unescape(js_span string, char *room);
/* The most room that js_escape can need for `size` bytes of text. */
#define JS_ESCAPED_MAX(size) ((size)*6 + 2)
/* Text as a JSON string, quotes included, with the fewest escapes; returns its size. */
size_t js_escape(const char *text, size_t size, char *room);

#endif
