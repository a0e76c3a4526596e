#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 sequence at `at`, 0 when there is none. Overlong forms and surrogates, too,
 * are no UTF-8. */
static size_t sequence(const unsigned char *at, size_t left) {
    size_t size = at[0] < 0x80                    ? 1
                  : at[0] >= 0xC2 && at[0] < 0xE0 ? 2
                  : at[0] >= 0xE0 && at[0] < 0xF0 ? 3
                  : at[0] >= 0xF0 && at[0] < 0xF5 ? 4
                                                  : 0;
    if (!size || size > left) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool wrong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) ||
                 (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F);
    return wrong ? 0 : size;
}

static spw_str clean(char *room, size_t size) {
    for (size_t i = 0; i < size;) {
        size_t step = sequence((const unsigned char *)room + i, size - i);
        if (!step) {
            room[i] = '?';
            step = 1;
        }
        i += step;
    }
    return (spw_str){room, size};
}

spw_str say_text(char room[SAY_LIMIT], const char *text) {
    size_t size = strnlen(text, SAY_LIMIT);
    memcpy(room, text, size);
    return clean(room, size);
}

static spw_str format_text(char room[SAY_LIMIT], const char *format, va_list arguments) {
    int written = vsnprintf(room, SAY_LIMIT, format, arguments);
    return clean(room, written < 0 ? 0 : strlen(room));
}

spw_status say_fail(spw_call *call, int32_t signal, const char *format, ...) {
    char room[SAY_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    spw_str text = format_text(room, format, arguments);
    va_end(arguments);
    call->fail(call, signal, 0, text);
    return SPW_FAILED;
}

spw_status say_invalid(spw_call *call, const char *format, ...) {
    char room[SAY_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    spw_str text = format_text(room, format, arguments);
    va_end(arguments);
    call->fail(call, SPW_SIGNAL_DENIED, 0, text);
    return SPW_INVALID;
}

int32_t say_signal(int error) {
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
        return SPW_SIGNAL_DENIED;
    case EIO:
    case EINTR:
        return SPW_SIGNAL_TRANSIENT;
    case EAGAIN:
        return SPW_SIGNAL_BACKPRESSURE;
    case ENOMEM:
        return SPW_SIGNAL_OVER_BUDGET;
    case ETIMEDOUT:
        return SPW_SIGNAL_TIMEOUT;
    default:
        return SPW_SIGNAL_UNAVAILABLE;
    }
}

spw_status say_errno(spw_call *call, int error, const char *what) {
    char room[256];
    const char *why = strerror_r(error, room, sizeof room);
    return say_fail(call, say_signal(error), "%s: %s", what, why);
}

void say_log(const spw_call *call, int32_t level, const char *format, ...) {
    char room[SAY_LIMIT];
    va_list arguments;
    va_start(arguments, format);
    spw_str text = format_text(room, format, arguments);
    va_end(arguments);
    call->log(call, level, text);
}
