#include "csv_header.h"

#include <stdlib.h>
#include <string.h>

#include "../common/json.h"

bool csv_header_add(csv_header *header, const char *name, size_t size) {
    if (header->count + 2 > header->room) {
        size_t room = header->room ? header->room * 2 : 32;
        size_t *grown = realloc(header->starts, room * sizeof *grown);
        if (!grown) {
            return false;
        }
        header->starts = grown;
        header->room = room;
    }
    if (!byte_buffer_reserve(&header->text, JS_ESCAPED_MAX(size))) {
        return false;
    }
    header->starts[header->count++] = header->text.size;
    header->text.size += js_escape(name, size, (char *)header->text.data + header->text.size);
    header->starts[header->count] = header->text.size;
    return true;
}

typedef struct named {
    spw_str name;
    size_t index;
} named;

static int by_name(const void *left, const void *right) {
    const named *a = left, *b = right;
    size_t size = a->name.size < b->name.size ? a->name.size : b->name.size;
    int order = memcmp(a->name.data, b->name.data, size);
    if (!order) {
        order = (a->name.size > b->name.size) - (a->name.size < b->name.size);
    }
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

size_t csv_header_duplicate(const csv_header *header) {
    named *sorted = malloc((header->count ? header->count : 1) * sizeof *sorted);
    if (!sorted) {
        return SIZE_MAX;
    }
    for (size_t i = 0; i < header->count; i++) {
        sorted[i] = (named){csv_header_name(header, i), i};
    }
    qsort(sorted, header->count, sizeof *sorted, by_name);
    size_t first = header->count;
    for (size_t i = 1; i < header->count; i++) {
        spw_str a = sorted[i - 1].name, b = sorted[i].name;
        if (a.size == b.size && memcmp(a.data, b.data, a.size) == 0 && sorted[i].index < first) {
            first = sorted[i].index;
        }
    }
    free(sorted);
    return first;
}

void csv_header_free(csv_header *header) {
    free(header->text.data);
    free(header->starts);
    *header = (csv_header){0};
}
