#include <stdlib.h>
#include <string.h>

#include "file_source_parts.h"
#include "say.h"

spw_status file_option_text(js_reader *json, spw_call *call, const char *name, char **text) {
    js_span span;
    if (js_peek(json) != JS_STRING || !js_value(json, &span)) {
        return say_invalid(call, "option %s: a text is wanted", name);
    }
    char *room = malloc(span.size);
    if (!room) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for option %s", name);
    }
    size_t size = js_unescape(span, room);
    if (size == SIZE_MAX || memchr(room, 0, size)) {
        free(room);
        return say_invalid(call, "option %s: a text without NUL and lone surrogates is wanted",
                           name);
    }
    room[size] = 0; /* the quotes left room for it */
    free(*text);
    *text = room;
    return SPW_OK;
}

spw_status file_option_boolean(js_reader *json, spw_call *call, const char *name, bool *value) {
    js_type type = js_value(json, NULL);
    if (type != JS_TRUE && type != JS_FALSE) {
        return say_invalid(call, "option %s: true or false is wanted", name);
    }
    *value = type == JS_TRUE;
    return SPW_OK;
}

static spw_status add_pattern(file_source *source, spw_call *call, js_reader *json) {
    char *pattern = NULL;
    spw_status status = file_option_text(json, call, "files", &pattern);
    if (status == SPW_OK && !*pattern) {
        status = say_invalid(call, "option files: a path is empty");
    }
    if (status == SPW_OK && !files_add_pattern(&source->query, pattern, strlen(pattern))) {
        status = say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory for option files");
    }
    free(pattern);
    return status;
}

static spw_status read_files(file_source *source, spw_call *call, js_reader *json) {
    if (js_peek(json) == JS_STRING) {
        return add_pattern(source, call, json);
    }
    if (js_peek(json) != JS_ARRAY) {
        return say_invalid(call, "option files: a path, a glob or an array of them is wanted");
    }
    js_enter(json);
    while (js_element(json)) {
        spw_status status = add_pattern(source, call, json);
        if (status != SPW_OK) {
            return status;
        }
    }
    return SPW_OK;
}

static spw_status read_sort(file_source *source, spw_call *call, js_reader *json) {
    char *word = NULL;
    spw_status status = file_option_text(json, call, "sort", &word);
    if (status == SPW_OK) {
        source->query.by_time = strcmp(word, "mtime") == 0;
        if (!source->query.by_time && strcmp(word, "name") != 0) {
            status =
                say_invalid(call, "option sort: \"name\" or \"mtime\" is wanted, not \"%s\"", word);
        }
    }
    free(word);
    return status;
}

static spw_status read_option(file_source *source, spw_call *call, js_span name, js_reader *json) {
    if (js_string_is(name, "files", 5)) {
        return read_files(source, call, json);
    }
    if (js_string_is(name, "sort", 4)) {
        return read_sort(source, call, json);
    }
    if (js_string_is(name, "hash_prefix", 11)) {
        return file_option_boolean(json, call, "hash_prefix", &source->hashed);
    }
    spw_status status = source->format->option(source->options, name, json, call);
    return status == SPW_END
               ? say_invalid(call, "unknown option %.*s; `plugin inspect` lists those there are",
                             (int)name.size, name.data)
               : status;
}

spw_status file_options_read(file_source *source, spw_call *call, spw_str options) {
    js_reader json = js_open(options.data, options.size);
    if (js_peek(&json) != JS_OBJECT || !js_enter(&json)) {
        return say_invalid(call, "the options are no JSON object");
    }
    js_span name;
    while (js_member(&json, &name)) {
        spw_status status = read_option(source, call, name, &json);
        if (status != SPW_OK) {
            return status;
        }
    }
    if (!js_at_end(&json)) {
        return say_invalid(call, "the options are no JSON object: %s",
                           json.error ? json.error : "something follows it");
    }
    if (!source->query.pattern_count) {
        return say_invalid(call, "option files: at least one path or glob is wanted");
    }
    return source->format->ready ? source->format->ready(source->options, call) : SPW_OK;
}
