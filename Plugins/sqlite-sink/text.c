#include "text.h"

#include <stdlib.h>
#include <string.h>

static void add(text *text, const char *more, size_t size) {
    if (text->room - text->size < size + 1) {
        size_t room = (text->size + size + 1) * 2;
        char *data = text->no_memory ? NULL : realloc(text->data, room);
        if (!data) {
            text->no_memory = true;
            return;
        }
        text->data = data;
        text->room = room;
    }
    memcpy(text->data + text->size, more, size);
    text->size += size;
    text->data[text->size] = 0;
}

void text_add(text *text, const char *more) {
    add(text, more, strlen(more));
}

void text_add_name(text *text, const char *name) {
    add(text, "\"", 1);
    for (const char *at = name; *at; at++) {
        add(text, at, 1);
        if (*at == '"') {
            add(text, "\"", 1);
        }
    }
    add(text, "\"", 1);
}

void text_free(text *text) {
    free(text->data);
    *text = (struct text){0};
}
