/*
 * The names of a CSV file's columns, ready as JSON strings.
 */
#ifndef SPILLWAY_CSV_HEADER_H
#define SPILLWAY_CSV_HEADER_H

#include <spillway/abi.h>

#include "../common/source_batch.h"
#include "csv_row.h"

typedef struct csv_header {
    byte_buffer text; /* name after name, quotes included */
    size_t *starts;   /* of each name; one more than there are */
    size_t count, room;
} csv_header;

/* Adds one name, UTF-8; false: no memory. */
bool csv_header_add(csv_header *header, const char *name, size_t size);
static inline spw_str csv_header_name(const csv_header *header, size_t index) {
    return (spw_str){(const char *)header->text.data + header->starts[index],
                     header->starts[index + 1] - header->starts[index]};
}
/* The first name that another column has already, or count. SIZE_MAX: no memory. */
size_t csv_header_duplicate(const csv_header *header);
void csv_header_free(csv_header *header);

#endif
