/*
 * A point in time by its parts, as RFC 3339 writes it, and the calendar behind it.
 */
#ifndef COERCE_MOMENT_H
#define COERCE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/json.h"

typedef struct moment {
    int year, month, day, hour, minute, second;
    js_span fraction; /* digits */
    js_span zone;     /* as written: empty, "Z", "z", "+01:00" */
} moment;

typedef enum moment_reading {
    MOMENT_OTHER, /* the text has another form */
    MOMENT_WRONG, /* the form, but no such time */
    MOMENT_READ
} moment_reading;

/* YYYY-MM-DD and nothing else. */
moment_reading moment_read_date(js_span text, moment *moment);
/* RFC 3339, a space for T and no zone allowed; `zone` is that of a text that has none, or empty. */
moment_reading moment_read(js_span text, js_span zone, moment *moment);
/* By a declared form; what the form lacks is zero. */
moment_reading moment_read_format(js_span text, js_span format, moment *moment);

/* "Z", "+HH:MM" or "-HH:MM". */
bool moment_is_zone(js_span zone);
bool moment_is_format(js_span format, bool with_time);
/* Minutes east of UTC. */
int moment_offset(js_span zone);
/* Moves by minutes; the second stays. False: out of the years 1 to 9999. */
bool moment_shift(moment *moment, int minutes);
/* Whole seconds since 1970, the zone taken into account. */
int64_t moment_seconds(const moment *moment);
/* The other way, in UTC without a zone. False: out of the years 1 to 9999. */
bool moment_from_seconds(int64_t seconds, moment *moment);

#endif
