#include "minify.h"

#include <string.h>

/* The end of the string that starts at `at`, both quotes included. */
static const char *string_end(const char *at, const char *end) {
    for (at++; at < end;) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote) {
            return end;
        }
        const char *slash = quote;
        while (slash > at && slash[-1] == '\\') {
            slash--;
        }
        if ((quote - slash) % 2 == 0) {
            return quote + 1;
        }
        at = quote + 1;
    }
    return end;
}

size_t js_minify(js_span value, char *room) {
    const char *at = value.data, *end = value.data + value.size;
    char *to = room;
    while (at < end) {
        const char *from = at;
        while (at < end && (uint8_t)*at > ' ') {
            at = *at == '"' ? string_end(at, end) : at + 1;
        }
        memcpy(to, from, (size_t)(at - from));
        to += at - from;
        while (at < end && (uint8_t)*at <= ' ') {
            at++;
        }
    }
    return (size_t)(to - room);
}
