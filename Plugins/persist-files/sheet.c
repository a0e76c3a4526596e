#include "sheet.h"

#include <stdio.h>
#include <string.h>

#define HEAD "spillway-object 1\nsha256 "
#define MEDIA "media-type "

bool sheet_is_media_type(spw_str media_type) {
    if (media_type.size > media_type_limit) {
        return false;
    }
    for (size_t i = 0; i < media_type.size; i++) {
        if ((uint8_t)media_type.data[i] < 0x20 || media_type.data[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

bool sheet_is_needed(const sheet *sheet, spw_str name) {
    uint8_t named[digest_size];
    return sheet->media_type[0] || !digest_read(name, named) ||
           memcmp(named, sheet->sha256, digest_size) != 0;
}

size_t sheet_write(const sheet *sheet, char text[sheet_limit]) {
    char digest[digest_text_size + 1];
    digest_write(sheet->sha256, digest);
    int size = sheet->media_type[0] ? snprintf(text, sheet_limit, HEAD "%s\n" MEDIA "%s\n", digest,
                                               sheet->media_type)
                                    : snprintf(text, sheet_limit, HEAD "%s\n", digest);
    return (size_t)size;
}

/* Steps over `word` when the text goes on with it. */
static bool take(const char **at, const char *end, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(end - *at) < size || memcmp(*at, word, size) != 0) {
        return false;
    }
    *at += size;
    return true;
}

bool sheet_read(const char *text, size_t size, sheet *sheet) {
    const char *at = text, *end = text + size;
    if (!take(&at, end, HEAD) || end - at < digest_text_size + 1 ||
        !digest_read((spw_str){at, digest_text_size}, sheet->sha256)) {
        return false;
    }
    at += digest_text_size;
    sheet->media_type[0] = 0;
    if (!take(&at, end, "\n")) {
        return false;
    }
    if (at == end) {
        return true;
    }
    if (!take(&at, end, MEDIA)) {
        return false;
    }
    spw_str media_type = {at, (size_t)(end - at) - 1};
    if (end[-1] != '\n' || !sheet_is_media_type(media_type)) {
        return false;
    }
    memcpy(sheet->media_type, media_type.data, media_type.size);
    sheet->media_type[media_type.size] = 0;
    return true;
}
