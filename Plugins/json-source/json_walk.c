#include "json_walk.h"

#include <string.h>

enum state {
    VALUE,        /* a value has to come */
    VALUE_OR_END, /* after '[' */
    NAME_OR_END,  /* after '{' */
    NAME,         /* after ',' in an object */
    COLON,
    AFTER, /* after a value: ',', a closing bracket, or the text's end */
    STRING,
    ESCAPE,
    HEX,
    SEQUENCE,
    WORD,
    NUMBER
};

/* --- the path --- */

static bool is_object(const json_walk *walk) {
    unsigned top = walk->depth - 1;
    return walk->objects[top / 8] >> (top % 8) & 1;
}

static bool fault(json_walk *walk, const char *what) {
    if (!walk->fault) {
        walk->fault = what;
    }
    return false;
}

/* The container around what comes next lies on the path, so that it could be the next step. */
static bool on_path(const json_walk *walk) {
    return walk->path == walk->depth && walk->depth <= walk->pointer->count;
}

/* A value starts: is it the next step of the path? */
static bool is_step(json_walk *walk) {
    if (!walk->depth) {
        return true;
    }
    if (!on_path(walk)) {
        return false;
    }
    return is_object(walk) ? walk->matches
                           : walk_token_is_index(walk->pointer, walk->depth - 1,
                                                 walk->index[walk->depth - 1]++);
}

static void begin_element(json_walk *walk) {
    walk->element = walk->offset;
    walk->in_element = true;
}

/* What the pointer names starts with this byte. */
static bool reach_target(json_walk *walk, uint8_t first) {
    if (walk->found) {
        return fault(walk, "the pointer names two values: a name stands twice in an object");
    }
    if (first != '[' && first != '{') {
        return fault(walk, "the pointer names a value that is no array and no object");
    }
    walk->found = true;
    walk->is_single = first == '{';
    walk->target_depth = walk->depth + !walk->is_single;
    walk->in_target = true;
    if (walk->is_single) {
        begin_element(walk);
    }
    return true;
}

static bool value_starts(json_walk *walk, uint8_t first) {
    if (walk->in_target) {
        if (walk->depth == walk->target_depth && !walk->is_single) {
            begin_element(walk);
        }
        return true;
    }
    bool step = is_step(walk);
    if (step && walk->depth == walk->pointer->count) {
        return reach_target(walk, first);
    }
    if (step && (first == '[' || first == '{')) {
        walk->index[walk->depth] = 0;
        walk->path = walk->depth + 1;
    }
    return true;
}

/* After the last byte of a value; true: it was an element. */
static bool value_ends(json_walk *walk) {
    walk->state = AFTER;
    if (!walk->in_target) {
        return false;
    }
    if (walk->in_element && walk->depth == walk->target_depth) {
        walk->in_element = false;
        walk->in_target = !walk->is_single;
        return true;
    }
    if (walk->depth < walk->target_depth) {
        walk->in_target = false;
    }
    return false;
}

/* --- containers --- */

static bool open_container(json_walk *walk, bool object) {
    if (walk->depth >= JS_MAX_DEPTH) {
        return fault(walk, "nested deeper than 1024 levels");
    }
    uint8_t bit = (uint8_t)(1u << (walk->depth % 8));
    uint8_t *byte = &walk->objects[walk->depth / 8];
    *byte = object ? *byte | bit : *byte & (uint8_t)~bit;
    walk->depth++;
    walk->state = object ? NAME_OR_END : VALUE_OR_END;
    return true;
}

static bool close_container(json_walk *walk) {
    walk->depth--;
    if (walk->path > walk->depth) {
        walk->path = walk->depth;
    }
    return value_ends(walk);
}

/* --- strings --- */

static void string_starts(json_walk *walk, uint8_t after) {
    walk->state = STRING;
    walk->after_string = after;
    walk->naming = after == COLON && !walk->in_target && on_path(walk);
    walk->name_size = 0;
    if (walk->naming) {
        walk->name[walk->name_size++] = '"';
    }
}

static void keep_name(json_walk *walk, uint8_t byte) {
    if (walk->name_size < sizeof walk->name) {
        walk->name[walk->name_size++] = (char)byte;
    } else {
        walk->naming = false; /* longer than any token */
        walk->name_size = 0;
    }
}

static bool name_matches(const json_walk *walk) {
    char text[sizeof walk->name];
    js_span written = {walk->name, walk->name_size};
    unsigned at = walk->depth - 1;
    return walk->naming && js_unescape(written, text) == walk->pointer->sizes[at] &&
           memcmp(text, walk->pointer->tokens[at], walk->pointer->sizes[at]) == 0;
}

static bool string_ends(json_walk *walk) {
    if (walk->after_string != COLON) {
        return value_ends(walk);
    }
    walk->matches = name_matches(walk);
    walk->naming = false;
    walk->state = COLON;
    return false;
}

static bool sequence_starts(json_walk *walk, uint8_t byte) {
    walk->low = 0x80;
    walk->high = 0xBF;
    if (byte >= 0xC2 && byte <= 0xDF) {
        walk->left = 1;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        walk->left = 2;
        walk->low = byte == 0xE0 ? 0xA0 : 0x80;
        walk->high = byte == 0xED ? 0x9F : 0xBF;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        walk->left = 3;
        walk->low = byte == 0xF0 ? 0x90 : 0x80;
        walk->high = byte == 0xF4 ? 0x8F : 0xBF;
    } else {
        return fault(walk, "bytes that are not UTF-8");
    }
    walk->state = SEQUENCE;
    return true;
}

static bool is_hex(uint8_t byte) {
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

/* One byte inside a string; true: an element ended with it. */
static bool string_byte(json_walk *walk, uint8_t byte) {
    if (walk->naming) {
        keep_name(walk, byte);
    }
    switch (walk->state) {
    case ESCAPE:
        if (byte == 'u') {
            walk->left = 4;
            walk->state = HEX;
        } else if (byte && strchr("\"\\/bfnrt", byte)) {
            walk->state = STRING;
        } else {
            fault(walk, "an escape that JSON does not have");
        }
        return false;
    case HEX:
        if (!is_hex(byte)) {
            fault(walk, "a \\u escape without four hexadecimal digits");
        } else if (--walk->left == 0) {
            walk->state = STRING;
        }
        return false;
    case SEQUENCE:
        if (byte < walk->low || byte > walk->high) {
            fault(walk, "bytes that are not UTF-8");
        } else if (--walk->left == 0) {
            walk->state = STRING;
        }
        walk->low = 0x80;
        walk->high = 0xBF;
        return false;
    default:
        if (byte == '\\') {
            walk->state = ESCAPE;
        } else if (byte < 0x20) {
            fault(walk, "a control character inside a string");
        } else if (byte >= 0x80) {
            sequence_starts(walk, byte);
        }
        return false;
    }
}

/* --- structure --- */

static void scalar_starts(json_walk *walk, uint8_t byte) {
    switch (byte) {
    case '"':
        string_starts(walk, AFTER);
        return;
    case 't':
        walk->word = "rue";
        break;
    case 'f':
        walk->word = "alse";
        break;
    case 'n':
        walk->word = "ull";
        break;
    default:
        walk->number = walk_number_start(byte);
        walk->state = NUMBER;
        return;
    }
    walk->state = WORD;
}

static void start_value(json_walk *walk, uint8_t byte) {
    if (!byte || (!strchr("[{\"tfn", byte) && !walk_number_start(byte))) {
        fault(walk, "a character that starts no value");
    } else if (value_starts(walk, byte)) {
        if (byte == '[' || byte == '{') {
            open_container(walk, byte == '{');
        } else {
            scalar_starts(walk, byte);
        }
    }
}

/* A byte after a value; true: an element ended with it. */
static bool after_value(json_walk *walk, uint8_t byte) {
    if (!walk->depth) {
        return fault(walk, "something follows the value");
    }
    bool object = is_object(walk);
    if (byte == ',') {
        walk->state = object ? NAME : VALUE;
        return false;
    }
    if (byte == (object ? '}' : ']')) {
        return close_container(walk);
    }
    return fault(walk, object ? "neither ',' nor '}' after a member"
                              : "neither ',' nor ']' after an element");
}

/* A byte between values that is no white space; true: an element ended with it. */
static bool structure_byte(json_walk *walk, uint8_t byte) {
    switch (walk->state) {
    case VALUE_OR_END:
        if (byte == ']') {
            return close_container(walk);
        }
        start_value(walk, byte);
        return false;
    case NAME_OR_END:
        if (byte == '}') {
            return close_container(walk);
        }
        /* fall through */
    case NAME:
        if (byte != '"') {
            return fault(walk, "a member without its name");
        }
        string_starts(walk, COLON);
        return false;
    case COLON:
        walk->state = VALUE;
        return byte == ':' ? false : fault(walk, "a name without its colon");
    case AFTER:
        return after_value(walk, byte);
    default:
        start_value(walk, byte);
        return false;
    }
}

static bool is_space(uint8_t byte) {
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* --- the way through --- */

void json_walk_start(json_walk *walk, const walk_pointer *pointer) {
    memset(walk, 0, sizeof *walk);
    walk->pointer = pointer;
    walk->line = 1;
}

/* Bytes of a string that need no look at each state. */
static size_t plain_run(const uint8_t *data, size_t size) {
    size_t i = 0;
    while (i < size && data[i] >= 0x20 && data[i] < 0x80 && data[i] != '"' && data[i] != '\\') {
        i++;
    }
    return i;
}

/* One byte; true: an element ended at walk->offset, of which this byte is the last one. */
static bool take(json_walk *walk, uint8_t byte) {
    if (walk->state == STRING && byte == '"') {
        if (walk->naming) {
            keep_name(walk, byte);
        }
        return string_ends(walk);
    }
    if (walk->state >= STRING && walk->state <= SEQUENCE) {
        return string_byte(walk, byte);
    }
    if (walk->state == WORD) {
        if (byte != (uint8_t)*walk->word) {
            return fault(walk, "a word that is not true, false or null");
        }
        return *++walk->word ? false : value_ends(walk);
    }
    if (walk->state == NUMBER) {
        walk->number = walk_number_next(walk->number, byte);
        return false;
    }
    if (is_space(byte)) {
        if (byte == '\n') {
            walk->line++;
            walk->line_start = walk->offset + 1;
        }
        return false;
    }
    return structure_byte(walk, byte);
}

/* A number ends with the byte after it; true: it was an element. */
static bool number_ends(json_walk *walk, uint8_t byte) {
    const char *wrong = walk_number_fault(walk->number, byte);
    return wrong ? fault(walk, wrong) : value_ends(walk);
}

walk_event json_walk_feed(json_walk *walk, const uint8_t *data, size_t size, size_t *used) {
    size_t i = 0;
    bool element = false;
    while (i < size && !element && !walk->fault) {
        if (walk->state == STRING && !walk->naming) {
            size_t run = plain_run(data + i, size - i);
            i += run;
            walk->offset += run;
            if (i == size) {
                break;
            }
        }
        if (walk->state == NUMBER && !walk_number_next(walk->number, data[i])) {
            element = number_ends(walk, data[i]);
            continue;
        }
        element = take(walk, data[i]);
        if (!walk->fault) {
            i++;
            walk->offset++;
        }
    }
    *used = i;
    return walk->fault ? WALK_FAULT : element ? WALK_ELEMENT : WALK_MORE;
}

walk_event json_walk_end(json_walk *walk) {
    if (walk->fault) {
        return WALK_FAULT;
    }
    if (walk->state == NUMBER && number_ends(walk, 0)) {
        return WALK_ELEMENT;
    }
    if (walk->fault) {
        return WALK_FAULT;
    }
    if (walk->state >= STRING && walk->state <= SEQUENCE) {
        fault(walk, "a string without its end");
    } else if (walk->state == WORD) {
        fault(walk, "a word that is not true, false or null");
    } else if (walk->depth) {
        fault(walk, "the end inside an object or array");
    } else if (walk->state != AFTER) {
        fault(walk, "the end where a value should be");
    } else if (!walk->found) {
        fault(walk, "the pointer names nothing in this document");
    }
    return walk->fault ? WALK_FAULT : WALK_MORE;
}
