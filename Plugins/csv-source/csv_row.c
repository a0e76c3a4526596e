#include "csv_row.h"

#include <string.h>

enum { CELL, PLAIN, QUOTED, QUOTE };

/* The state after one byte that ends no row. */
static uint8_t next_state(uint8_t state, const csv_dialect *dialect, uint8_t byte) {
    switch (state) {
    case QUOTED:
        return byte == dialect->quote ? QUOTE : QUOTED;
    case QUOTE:
        if (byte == dialect->quote) {
            return QUOTED;
        }
        break;
    case CELL:
        if (byte == dialect->quote) {
            return QUOTED;
        }
        break;
    default:
        break;
    }
    return byte == dialect->delimiter ? CELL : PLAIN;
}

bool csv_scan_row(csv_scan *scan, const csv_dialect *dialect, const uint8_t *bytes, size_t size,
                  bool whole, size_t *row, size_t *with_end) {
    while (scan->at < size) {
        uint8_t byte = bytes[scan->at];
        if (scan->state == QUOTED && byte != dialect->quote) {
            const uint8_t *quote = memchr(bytes + scan->at, dialect->quote, size - scan->at);
            scan->at = quote ? (size_t)(quote - bytes) : size;
            continue;
        }
        if (scan->state != QUOTED && (byte == '\n' || byte == '\r')) {
            if (byte == '\r' && scan->at + 1 == size && !whole) {
                return false; /* is there an LF? */
            }
            bool pair = byte == '\r' && scan->at + 1 < size && bytes[scan->at + 1] == '\n';
            *row = scan->at;
            *with_end = scan->at + 1 + pair;
            return true;
        }
        scan->state = next_state(scan->state, dialect, byte);
        scan->at++;
    }
    *row = *with_end = size;
    return whole;
}

csv_cells csv_cells_of(const csv_dialect *dialect, const uint8_t *row, size_t size) {
    return (csv_cells){.dialect = dialect, .at = row, .end = row + size};
}

static bool stop(csv_cells *cells, const char *fault) {
    cells->fault = fault;
    cells->done = true;
    return false;
}

/* Past the delimiter, or to the end. */
static bool end_cell(csv_cells *cells) {
    if (cells->at == cells->end) {
        cells->done = true;
    } else if (*cells->at++ != cells->dialect->delimiter) {
        return stop(cells, "something follows the quote that ends a cell");
    }
    return true;
}

static bool quoted_cell(csv_cells *cells, char *room, size_t *size) {
    size_t used = 0;
    uint8_t quote = cells->dialect->quote;
    cells->at++;
    for (;;) {
        const uint8_t *found = memchr(cells->at, quote, (size_t)(cells->end - cells->at));
        if (!found) {
            return stop(cells, "a quote that is not closed before the end of the file");
        }
        size_t run = (size_t)(found - cells->at);
        memcpy(room + used, cells->at, run);
        used += run;
        cells->at = found + 1;
        if (cells->at == cells->end || *cells->at != quote) {
            *size = used;
            return end_cell(cells);
        }
        room[used++] = (char)quote;
        cells->at++;
    }
}

bool csv_next_cell(csv_cells *cells, char *room, size_t *size) {
    if (cells->done) {
        return false;
    }
    if (cells->at < cells->end && *cells->at == cells->dialect->quote) {
        return quoted_cell(cells, room, size);
    }
    size_t left = (size_t)(cells->end - cells->at);
    const uint8_t *found = left ? memchr(cells->at, cells->dialect->delimiter, left) : NULL;
    size_t run = found ? (size_t)(found - cells->at) : left;
    if (run && memchr(cells->at, cells->dialect->quote, run)) {
        return stop(cells, "a quote inside a cell that does not start with one");
    }
    if (run) {
        memcpy(room, cells->at, run);
    }
    cells->at += run;
    *size = run;
    return end_cell(cells);
}

uint64_t csv_count_lines(const uint8_t *bytes, size_t size, bool *after_cr) {
    uint64_t lines = 0;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\r' || (bytes[i] == '\n' && !*after_cr)) {
            lines++;
        }
        *after_cr = bytes[i] == '\r';
    }
    return lines;
}
