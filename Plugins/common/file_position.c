#include "file_position.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_digest(const char *text) {
    return strcmp(text, "-") == 0 || (strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64);
}

bool file_position_read(spw_bytes text, file_position *position) {
    *position = (file_position){.digest = "-"};
    if (!text.size) {
        return true;
    }
    char room[160];
    if (text.size >= sizeof room || memchr(text.data, 0, text.size)) {
        return false;
    }
    memcpy(room, text.data, text.size);
    room[text.size] = 0;
    int used = 0;
    if (sscanf(room, "%" SCNu64 ":%" SCNu64 ":%64[0-9a-f-]%n", &position->ordinal,
               &position->offset, position->digest, &used) != 3) {
        return false;
    }
    if (room[used] == '/') {
        int more = 0;
        position->whole = sscanf(room + used, "/%" SCNu64 "%n", &position->whole_size, &more) == 1;
        used += more;
    }
    return room[used] == 0 && position->ordinal && is_digest(position->digest);
}

bool file_position_write(const file_position *position, byte_buffer *text) {
    char room[160];
    int size = snprintf(room, sizeof room, "%" PRIu64 ":%" PRIu64 ":%s", position->ordinal,
                        position->offset, position->digest);
    if (position->whole) {
        size +=
            snprintf(room + size, sizeof room - (size_t)size, "/%" PRIu64, position->whole_size);
    }
    text->size = 0;
    return byte_buffer_append(text, room, (size_t)size);
}

file_position file_position_of(const file_reader *reader, uint64_t ordinal) {
    file_position position = {.ordinal = ordinal,
                              .offset = reader->offset,
                              .whole = reader->whole,
                              .whole_size = reader->whole_size};
    if (reader->whole) {
        memcpy(position.digest, reader->whole_digest, DIGEST_TEXT);
    } else {
        file_reader_digest(reader, position.digest);
    }
    return position;
}
