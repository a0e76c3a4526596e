/*
 * Rows of CSV (RFC 4180): where one ends, and what is in its cells.
 *
 * A row ends with LF, CRLF or a lone CR outside of quotes, or with the text. In quotes, a quote is
 * written twice.
 */
#ifndef SPILLWAY_CSV_ROW_H
#define SPILLWAY_CSV_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct csv_dialect {
    uint8_t delimiter, quote;
} csv_dialect;

/* A search for the end of a row, which goes on when more of the text has come. All zero at first.
 */
typedef struct csv_scan {
    size_t at; /* bytes looked at */
    uint8_t state;
} csv_scan;

/* Whether the row's end is in [0, size); `row` its bytes without the line end, `with_end` with it.
 * `whole`: nothing follows these bytes. */
bool csv_scan_row(csv_scan *scan, const csv_dialect *dialect, const uint8_t *bytes, size_t size,
                  bool whole, size_t *row, size_t *with_end);

/* A walk over the cells of one row, its line end left off. */
typedef struct csv_cells {
    const csv_dialect *dialect;
    const uint8_t *at, *end;
    bool done;
    const char *fault; /* static text */
} csv_cells;

csv_cells csv_cells_of(const csv_dialect *dialect, const uint8_t *row, size_t size);
/* The text of the next cell into room (as large as the row). False: no more, or a fault. */
bool csv_next_cell(csv_cells *cells, char *room, size_t *size);

/* Line ends in bytes that may be cut anywhere; `after_cr` is kept from one piece to the next. */
uint64_t csv_count_lines(const uint8_t *bytes, size_t size, bool *after_cr);

#endif
