/*
 * The interface spillway.source/1 over files, for a plugin that knows one format.
 *
 * The plugin says how records are found (file_format); here is the rest: which files, in which
 * order, their ordinals, positions, what became of a file since it was read, batches.
 */
#ifndef SPILLWAY_PLUGINS_FILE_SOURCE_H
#define SPILLWAY_PLUGINS_FILE_SOURCE_H

#include "file_reader.h"
#include "json.h"
#include "source_batch.h"

/* Where a format is in one file: its cursor, room for it zeroed at the file's start. */
typedef struct file_format {
    const char *raw_media_type;
    /* What is appended to a file are further records; else a file that changed is another one. */
    bool grows;
    /* The bytes before a position have to be seen, hashed or not. */
    bool observes;
    size_t options_size, cursor_size;

    /* Fills defaults, then takes one member of the options (its value is next in `json`): SPW_OK,
     * SPW_END for a name that it does not know, or SPW_INVALID by say_invalid. */
    void (*defaults)(void *options);
    spw_status (*option)(void *options, js_span name, js_reader *json, spw_call *call);
    /* Checks the options as a whole; may be NULL. */
    spw_status (*ready)(const void *options, spw_call *call);
    void (*end_options)(void *options);

    /* At the file's first byte: reads what comes before the records. SPW_PENDING: called again. */
    spw_status (*start)(const void *options, void *cursor, file_reader *reader, spw_call *call);
    /* After start: on to `target`, where an earlier read stopped. SPW_END: the file ends before, or
     * is none that could have been read up to there; SPW_PENDING: called again. */
    spw_status (*skip)(const void *options, void *cursor, file_reader *reader, spw_call *call,
                       uint64_t target);
    /* Adds one record to the batch and takes its bytes. SPW_END: no more in this file; BATCH_FULL:
     * nothing was taken. */
    spw_status (*read)(const void *options, void *cursor, file_reader *reader, spw_call *call,
                       source_batch *batch);
    void (*end_cursor)(void *cursor);

    /* Adds the records of raw bytes, those of one record or of a whole file. NULL: as a file. */
    spw_status (*parse)(const void *options, spw_call *call, spw_str key, spw_bytes raw,
                        source_batch *batch);
} file_format;

/* The properties that all have, for options_schema. */
#define FILE_SOURCE_SCHEMA                                                                         \
    "\"files\":{\"description\":\"A path or a glob, or an array of them, relative to the "         \
    "configuration's folder.\",\"anyOf\":[{\"type\":\"string\",\"minLength\":1},"                  \
    "{\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\",\"minLength\":1}}]},"       \
    "\"sort\":{\"description\":\"The order of files that are first seen together.\","              \
    "\"enum\":[\"name\",\"mtime\"],\"default\":\"name\"},"                                         \
    "\"hash_prefix\":{\"description\":\"Whether what was read of a file is hashed again before "   \
    "reading goes on in it.\",\"type\":\"boolean\",\"default\":true}"

/* For the plugin's create and interface_table; destroy as it is. */
spw_status file_source_create(const file_format *format, const spw_create *create, spw_call *call,
                              void **instance);
void file_source_destroy(void *instance);
const void *file_source_table(spw_str id);
/* Fills a plugin's description, what is the same for all. */
spw_status file_source_describe(spw_plugin *plugin, const char *name, const char *summary,
                                const char *options_schema,
                                spw_status (*create)(const spw_create *, spw_call *, void **));

/* Reads raw bytes as a file would be, all of it. */
spw_status file_source_parse_as_file(const file_format *format, const void *options, spw_call *call,
                                     spw_bytes raw, source_batch *batch);
/* Adds what is left of the file as one rejected record that starts here, and seals the reader. */
spw_status file_source_reject_rest(file_reader *reader, spw_call *call, source_batch *batch,
                                   const char *reason);

/* Option values, as formats need them; SPW_INVALID names the option. */
spw_status file_option_text(js_reader *json, spw_call *call, const char *name, char **text);
spw_status file_option_boolean(js_reader *json, spw_call *call, const char *name, bool *value);

#endif
