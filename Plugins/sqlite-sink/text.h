/*
 * Text that grows, for statements and messages. When memory runs out it stays short, and says so.
 */
#ifndef SQLITE_SINK_TEXT_H
#define SQLITE_SINK_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text {
    char *data; /* NUL-terminated, or NULL when nothing was added */
    size_t size, room;
    bool no_memory;
} text;

void text_add(text *text, const char *more);
/* As an SQL identifier, in double quotes. */
void text_add_name(text *text, const char *name);
void text_free(text *text);

#endif
