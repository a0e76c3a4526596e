#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "say.h"

enum { option_limit = 32 };

static spw_status take_text(js_span value, spw_call *call, const option_spec *spec) {
    char *text = malloc(value.size);
    if (!text) {
        return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory to read option '%s'", spec->name);
    }
    size_t size = js_unescape(value, text);
    bool is_fine = size != SIZE_MAX && size && !memchr(text, 0, size);
    if (!is_fine) {
        free(text);
        return say_invalid(call, "option '%s' must be a text that is not empty", spec->name);
    }
    text[size] = 0;
    *(char **)spec->into = text;
    return SPW_OK;
}

static spw_status take_count(js_span value, spw_call *call, const option_spec *spec) {
    uint64_t number = 0;
    bool is_fine = true;
    for (size_t i = 0; i < value.size && is_fine; i++) {
        uint64_t digit = (uint64_t)(value.data[i] - '0');
        is_fine = digit <= 9 && number <= (UINT64_MAX - digit) / 10;
        number = number * 10 + digit;
    }
    if (!is_fine || number < spec->least || number > spec->most) {
        return say_invalid(call, "option '%s' must be a whole number from %llu to %llu", spec->name,
                           (unsigned long long)spec->least, (unsigned long long)spec->most);
    }
    *(uint64_t *)spec->into = number;
    return SPW_OK;
}

static spw_status take(js_type type, js_span value, spw_call *call, const option_spec *spec) {
    switch (spec->kind) {
    case OPTION_TEXT:
        return type == JS_STRING ? take_text(value, call, spec)
                                 : say_invalid(call, "option '%s' must be a text", spec->name);
    case OPTION_COUNT:
        return take_count(value, call, spec);
    case OPTION_FLAG:
        if (type != JS_TRUE && type != JS_FALSE) {
            return say_invalid(call, "option '%s' must be true or false", spec->name);
        }
        *(bool *)spec->into = type == JS_TRUE;
        return SPW_OK;
    }
    return SPW_INVALID;
}

static size_t find(js_span name, const option_spec *specs, size_t count) {
    size_t at = 0;
    while (at < count && !js_string_is(name, specs[at].name, strlen(specs[at].name))) {
        at++;
    }
    return at;
}

spw_status options_read(spw_str options, spw_call *call, const option_spec *specs, size_t count) {
    bool given[option_limit] = {false};
    js_reader reader = js_open(options.data, options.size);
    js_span name, value;
    if (js_peek(&reader) != JS_OBJECT || !js_enter(&reader)) {
        return say_invalid(call, "the options are not a JSON object");
    }
    while (js_member(&reader, &name)) {
        js_type type = js_value(&reader, &value);
        if (type == JS_ERROR) {
            break;
        }
        size_t at = find(name, specs, count);
        if (at == count) {
            return say_invalid(call, "unknown option %.*s", (int)name.size, name.data);
        }
        if (given[at]) {
            return say_invalid(call, "option '%s' is given twice", specs[at].name);
        }
        given[at] = true;
        spw_status status = take(type, value, call, &specs[at]);
        if (status != SPW_OK) {
            return status;
        }
    }
    if (!js_at_end(&reader)) {
        return say_invalid(call, "the options are no valid JSON: %s at byte %zu",
                           reader.error ? reader.error : "more text after the object",
                           js_offset(&reader));
    }
    for (size_t i = 0; i < count; i++) {
        if (specs[i].required && !given[i]) {
            return say_invalid(call, "option '%s' is missing", specs[i].name);
        }
    }
    return SPW_OK;
}
