/* Files of others: csv-spectrum's pairs, and the catalogue as CSV against the same as NDJSON. */
#include <dirent.h>

#include "../../common/source_test.h"

#define FIXTURES "../../Tests/Fixtures/sources/"

static seen read_fixture(const char *path) {
    char options[256];
    kit_state_clear();
    snprintf(options, sizeof options, "{\"files\":\"%s\"}", path);
    seen all = read_all(options, NULL, 3, 1 << 20);
    CHECK(all.status == SPW_END, "%s: %s", path, all.message);
    return all;
}

/* The expected JSON without the white space between values. */
static char *without_space(const char *text) {
    char *compact = malloc(strlen(text) + 1), *to = compact;
    bool quoted = false;
    for (const char *at = text; *at; at++) {
        if (*at == '"' && (at == text || at[-1] != '\\')) {
            quoted = !quoted;
        }
        if (quoted || !strchr(" \t\r\n", *at)) {
            *to++ = *at;
        }
    }
    *to = 0;
    return compact;
}

static char *as_array(const seen *all) {
    char *array = calloc(1, 1 << 16);
    strcat(array, "[");
    for (size_t i = 0; i < all->count; i++) {
        CHECK(!all->records[i].reason, "%s", all->records[i].reason);
        strcat(strcat(array, i ? "," : ""), all->records[i].bytes);
    }
    return strcat(array, "]");
}

/* The fixture's lines with CRLF: the copy at hand of the files named so lost it. */
static const char *with_crlf(const char *path) {
    char *text = kit_read_file(path, NULL);
    CHECK(!strchr(text, '\r'));
    empty_folder();
    FILE *file = fopen(place("crlf.csv"), "wb");
    for (const char *at = text; *at; at++) {
        fputs(*at == '\n' ? "\r\n" : (char[]){*at, 0}, file);
    }
    fclose(file);
    free(text);
    return place("crlf.csv");
}

static void spectrum_pair(const char *name) {
    char path[256];
    snprintf(path, sizeof path, FIXTURES "csv-spectrum/%s.csv", name);
    seen all = read_fixture(strstr(name, "crlf") ? with_crlf(path) : path);
    snprintf(path, sizeof path, FIXTURES "csv-spectrum/%s.json", name);
    char *json = kit_read_file(path, NULL), *wanted = without_space(json), *got = as_array(&all);
    CHECK(!strcmp(got, wanted), "%s: %s, not %s", name, got, wanted);
    free(json);
    free(wanted);
    free(got);
    seen_free(&all);
}

/* A quote inside an unquoted cell, which readers that guess let pass: no RFC 4180, rejected. */
static void stray_quote(void) {
    seen all = read_fixture(FIXTURES "csv-spectrum/location_coordinates.csv");
    CHECK(all.count == 1 && all.records[0].signal == SPW_SIGNAL_UNRECOVERABLE);
    CHECK(strstr(all.records[0].reason, "line 2: a quote inside a cell"));
    seen_free(&all);
}

static void spectrum(void) {
    DIR *pairs = opendir(FIXTURES "csv-spectrum");
    CHECK(pairs);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(pairs));) {
        const char *dot = strstr(entry->d_name, ".csv");
        if (dot && strncmp(entry->d_name, "location", 8) != 0) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)(dot - entry->d_name), entry->d_name);
            spectrum_pair(name);
            count++;
        }
    }
    closedir(pairs);
    CHECK(count == 11, "%zu pairs", count);
}

/* All columns but the last, which is an array in the JSON. */
static void catalogue(void) {
    seen all = read_fixture(FIXTURES "cisa-kev/kev.csv");
    char *lines = kit_read_file(FIXTURES "cisa-kev/kev.ndjson", NULL), *line = lines;
    CHECK(all.count == 10, "%zu", all.count);
    for (size_t i = 0; i < all.count; i++) {
        const char *cwes = strstr(line, ",\"cwes\":");
        CHECK(cwes && !strncmp(all.records[i].bytes, line, (size_t)(cwes - line)), "%s",
              all.records[i].bytes);
        CHECK(!strncmp(all.records[i].bytes + (cwes - line), ",\"cwes\":\"", 9));
        line = strchr(line, '\n') + 1;
    }
    CHECK(!*line);
    free(lines);
    seen_free(&all);
    check_restarts("{\"files\":\"" FIXTURES "cisa-kev/kev.csv\"}", 1);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    spectrum();
    stray_quote();
    catalogue();
    end_tests();
    return 0;
}
