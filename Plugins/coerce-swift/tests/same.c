/*
 * coerce-swift and coerce-c take the same records, good and hostile ones, and must tell the same to
 * the byte: outputs, what is passed on, and events in their order.
 *
 *   same coerce-swift.so [ROUNDS [SEED]]      coerce-c.so is looked for beside it
 */
#include <math.h>

#include "kit.h"

enum { batch = 500, record_room = 1 << 14 };

static uint64_t state;

static uint32_t chance(uint32_t below) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t mixed = (state ^ state >> 30) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((mixed ^ mixed >> 31) >> 32) % below;
}

#define PICK(list) (list)[chance(sizeof(list) / sizeof *(list))]

/* --- contracts --- */

#define LOOSE_NUMBER                                                                               \
    "\"x-coerce\":{\"trim\":true,\"empty_as_null\":true,\"leading_zeros\":true,"                   \
    "\"boolean_as_integer\":true,\"allow\":[\"precision\",\"truncation\"],\"round\":\"half-even\"" \
    "}"

static const char *const contracts[] = {
    /* All targets, strict. */
    "{\"additionalProperties\":false,\"properties\":{"
    "\"i8\":{\"type\":\"integer\",\"format\":\"int8\"},\"i\":{\"type\":\"integer\"},"
    "\"u\":{\"type\":\"integer\",\"format\":\"uint64\"},\"d\":{\"type\":\"number\"},"
    "\"f\":{\"type\":\"number\",\"format\":\"float\"},"
    "\"m\":{\"type\":\"string\",\"format\":\"decimal\",\"x-precision\":12,\"x-scale\":3},"
    "\"b\":{\"type\":\"boolean\"},\"s\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":12},"
    "\"y\":{\"type\":\"string\",\"format\":\"date\"},"
    "\"t\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
    "\"e\":{\"enum\":[\"DE\",\"\\u00e4\",1,2.50,true,null]},\"n\":{\"type\":\"null\"},"
    "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"}},"
    "\"o\":{\"properties\":{\"i\":{\"type\":\"integer\"}}},\"x\":true}}",

    /* All targets, everything allowed. */
    "{\"additionalProperties\":false,\"properties\":{"
    "\"i8\":{\"type\":[\"integer\",\"null\"],\"format\":\"int8\"," LOOSE_NUMBER "},"
    "\"i\":{\"type\":[\"integer\",\"null\"]," LOOSE_NUMBER "},"
    "\"u\":{\"type\":[\"integer\",\"null\"],\"format\":\"uint64\"," LOOSE_NUMBER "},"
    "\"d\":{\"type\":[\"number\",\"null\"]," LOOSE_NUMBER "},"
    "\"f\":{\"type\":[\"number\",\"null\"],\"format\":\"float\"," LOOSE_NUMBER "},"
    "\"m\":{\"type\":[\"string\",\"null\"],\"format\":\"decimal\",\"x-precision\":12,"
    "\"x-scale\":3," LOOSE_NUMBER "},"
    "\"b\":{\"type\":\"boolean\",\"x-coerce\":{\"trim\":true,\"integer_as_boolean\":true,"
    "\"true\":[\"yes\",\"1\"],\"false\":[\"no\",\"\"]}},"
    "\"s\":{\"type\":\"string\",\"maxLength\":5,\"x-coerce\":{\"trim\":true,\"json_as_text\":true,"
    "\"allow\":[\"truncation\"]}},"
    "\"y\":{\"type\":\"string\",\"format\":\"date\",\"x-coerce\":{\"trim\":true,"
    "\"allow\":[\"truncation\"],\"formats\":[\"DD/MM/YYYY\",\"MM/DD/YYYY\",\"YYYYMMDD\"]}},"
    "\"t\":{\"type\":\"string\",\"format\":\"date-time\",\"x-time-precision\":\"ms\",\"x-coerce\":{"
    "\"trim\":true,\"allow\":[\"truncation\"],\"zone\":\"-02:30\",\"to_utc\":true,"
    "\"epoch\":\"ms\",\"leading_zeros\":true,\"formats\":[\"DD.MM.YYYY HH:mm\",\"YYYYMMDDHHmmss\"]}"
    "},"
    "\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"x-coerce\":{\"trim\":true}},"
    "\"e\":{\"enum\":[\"DE\",\"\\u00e4\",1,2.50,true,null],\"x-coerce\":{\"trim\":true}},"
    "\"n\":{\"type\":[\"null\"],\"x-coerce\":{\"trim\":true,\"empty_as_null\":true}},"
    "\"a\":{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"x-coerce\":{\"trim\":true,"
    "\"split\":\",\",\"wrap\":true}},"
    "\"o\":{\"properties\":{\"i\":{\"type\":\"integer\"}}},\"x\":true}}",

    /* Nested, wrapped and split. */
    "{\"properties\":{\"i\":{\"type\":\"integer\"},"
    "\"a\":{\"type\":\"array\",\"x-coerce\":{\"wrap\":true,\"trim\":true},\"items\":{\"type\":"
    "\"array\",\"x-coerce\":{\"split\":\", \",\"wrap\":true},\"items\":{\"type\":[\"number\","
    "\"null\"],\"x-coerce\":{\"trim\":true,\"empty_as_null\":true}}}},"
    "\"o\":{\"type\":[\"object\",\"null\"],\"additionalProperties\":false,\"required\":[\"t\"],"
    "\"properties\":{\"t\":{\"type\":\"string\",\"format\":\"date-time\",\"x-time-precision\":"
    "\"ns\",\"x-coerce\":{\"to_utc\":true,\"epoch\":\"ns\",\"zone\":\"Z\"}},"
    "\"o\":{\"$ref\":\"#/$defs/inner\"},\"a~/\":{\"$ref\":\"#/$defs/list\"}}},"
    "\"x\":{\"$ref\":\"#/$defs/list\"},\"s\":{\"type\":\"string\",\"x-coerce\":{\"trim\":true}}},"
    "\"$defs\":{\"inner\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
    "\"d\":{\"type\":\"number\",\"format\":\"float\",\"x-coerce\":{\"allow\":[\"precision\"]}},"
    "\"e\":{\"type\":\"string\",\"enum\":[\"a\",\"b\"],\"x-coerce\":{\"trim\":true}},"
    "\"x\":true}},"
    "\"list\":{\"type\":\"array\",\"x-coerce\":{\"wrap\":true,\"split\":\";\"},\"items\":{"
    "\"$ref\":\"#/$defs/inner\"}}}}",

    /* Keys, and objects that need members. */
    "{\"required\":[\"s\"],\"properties\":{\"i\":{\"type\":\"integer\",\"x-key\":true,"
    "\"x-coerce\":{\"trim\":true,\"allow\":[\"truncation\"]}},\"s\":{\"type\":\"string\"},"
    "\"a\":{\"type\":\"array\",\"items\":{\"required\":[\"d\"],\"properties\":{\"d\":{"
    "\"type\":\"number\",\"x-coerce\":{\"allow\":[\"precision\"]}}},"
    "\"additionalProperties\":false},\"x-coerce\":{\"wrap\":true}},"
    "\"o\":{\"required\":[\"i\",\"z\"],\"properties\":{\"i\":true}}}}",
};

static const char *const names[] = {
    "i8", "i", "u", "d", "f", "m", "b",   "s",       "y",       "t",     "id",       "e",
    "n",  "a", "o", "x", "",  "z", "a~/", "\\u0069", "\\ud800", "a~\\/", "\xC3\xA4", "i\\u0038"};

/* --- records --- */

typedef struct draft {
    char *text; /* record_room */
    size_t used;
} draft;

static void put_bytes(draft *draft, const char *text, size_t size) {
    if (size > record_room - draft->used) {
        size = record_room - draft->used; /* cut off: a hostile record */
    }
    memcpy(draft->text + draft->used, text, size);
    draft->used += size;
}

static void put(draft *draft, const char *text) {
    put_bytes(draft, text, strlen(text));
}

static void put_space(draft *draft) {
    static const char *const spaces[] = {"", "", "", "", "", "", " ", "\n", "\t \r"};
    put(draft, PICK(spaces));
}

/* A double by its bits, and the middle between it and the next, in all their digits or fewer. */
static void put_binary(draft *draft) {
    static const int digits[] = {1, 6, 9, 15, 16, 17, 18, 25, 800};
    char text[2048];
    if (chance(2)) {
        uint64_t bits = (uint64_t)chance(UINT32_MAX) << 32 | chance(UINT32_MAX);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value) || chance(2)) {
            value = ldexp((double)(bits >> 11), (int)chance(140) - 90);
        }
        if (chance(4) == 0) {
            value = ldexp(1, (int)chance(2098) - 1074); /* its neighbours lie at two distances */
        }
        long double between = ((long double)value + nextafter(value, INFINITY)) / 2;
        snprintf(text, sizeof text, "%.*Le", PICK(digits) - 1,
                 chance(3) ? (long double)value : between);
    } else {
        float value = ldexpf((float)chance(1 << 24), (int)chance(270) - 160);
        double between = ((double)value + nextafterf(value, INFINITY)) / 2;
        snprintf(text, sizeof text, "%.*e", PICK(digits) - 1, chance(3) ? (double)value : between);
    }
    put(draft, strstr(text, "inf") || strstr(text, "nan") ? "1e309" : text);
}

static void put_digits(draft *draft, uint32_t most) {
    uint32_t kind = chance(4);
    for (uint32_t i = 1 + chance(most); i > 0; i--) {
        uint32_t digit = kind == 0 ? 9 : kind == 1 ? (chance(5) ? 0 : 5) : chance(10);
        char text[2] = {(char)('0' + digit), 0};
        put(draft, text);
    }
}

static void put_decimal(draft *draft, bool text) {
    static const uint32_t lengths[] = {1, 2, 3, 5, 9, 17, 20, 40, 1200};
    put(draft, chance(3) ? "" : "-");
    if (text && chance(5) == 0) {
        put(draft, "00");
    }
    if (chance(4) == 0) {
        put(draft, "0");
    } else {
        put(draft, "1");
        if (chance(4)) {
            put_digits(draft, PICK(lengths));
        }
    }
    if (chance(2)) {
        put(draft, ".");
        put_digits(draft, PICK(lengths));
    }
    if (chance(4) == 0) {
        static const char *const exponents[] = {"e0",
                                                "E5",
                                                "e-3",
                                                "e+18",
                                                "e20",
                                                "e-20",
                                                "e308",
                                                "e309",
                                                "e-330",
                                                "E-45",
                                                "e38",
                                                "e999999999999999999999",
                                                "e-9223372036854775808",
                                                "e-99999999999999999999999",
                                                "e0000000000000000000000000001"};
        put(draft, PICK(exponents));
    }
}

static void put_number(draft *draft, bool text) {
    static const char *const edges[] = {"0",
                                        "-0",
                                        "-0.0",
                                        "1",
                                        "1.0",
                                        "127",
                                        "128",
                                        "-128",
                                        "-129",
                                        "128.5",
                                        "-128.9",
                                        "255.0",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "-9223372036854775808",
                                        "-9223372036854775809",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "9007199254740993",
                                        "9007199254740993.0",
                                        "9007199254740992.5",
                                        "16777217",
                                        "16777217.0",
                                        "1.7976931348623157e308",
                                        "1.7976931348623159e308",
                                        "179769313486231580000e288",
                                        "4.9e-324",
                                        "2.4e-324",
                                        "2.5e-324",
                                        "3.4028235e38",
                                        "3.4028236e38",
                                        "1.4e-45",
                                        "7e-46",
                                        "1e23",
                                        "8.41e21",
                                        "2e-44",
                                        "5e-324",
                                        "0.1",
                                        "0.3000000000000000166",
                                        "1e-6",
                                        "9.99e-7",
                                        "999999999.9995",
                                        "999999999.9994999",
                                        "999999999.9985",
                                        "0.0005",
                                        "0.00050001",
                                        "0.0015",
                                        "253402300799",
                                        "253402300799999",
                                        "253402300800000",
                                        "-62135596800000",
                                        "-62135596800001",
                                        "1755172800000",
                                        "-1",
                                        "2.50",
                                        "25e-1"};
    uint32_t kind = chance(4);
    if (kind == 0) {
        put(draft, PICK(edges));
    } else if (kind == 1) {
        put_binary(draft);
    } else {
        put_decimal(draft, text);
    }
}

static void put_time(draft *draft) {
    static const unsigned years[] = {0, 1, 1677, 1970, 2000, 2016, 2023, 2024, 2262, 9999};
    static const char *const zones[] = {"Z",      "z",      "",       "+00:00", "-00:00", "+01:00",
                                        "-23:59", "+23:59", "+24:00", "+1:00",  "+01:60", "Zx"};
    static const char *const leaps[] = {
        "2016-12-31T23:59:60", "2015-07-01T00:59:60", "0001-01-01T00:00:60", "9999-12-31T23:59:60",
        "2016-06-30 21:29:60", "1677-09-21T00:12:43", "2262-04-11t23:47:15", "2262-04-11T23:47:16"};
    static const char *const forms[] = {"%04u-%02u-%02u", "%3$02u/%2$02u/%1$04u",
                                        "%2$02u/%3$02u/%1$04u", "%04u%02u%02u"};
    char text[80];
    unsigned year = PICK(years), month = chance(20) ? 1 + chance(12) : chance(14),
             day = chance(20) ? 1 + chance(31) : chance(33);
    uint32_t kind = chance(6);
    if (kind == 0) {
        snprintf(text, sizeof text, PICK(forms), year, month, day);
        put(draft, text);
        return;
    }
    if (kind == 1) {
        snprintf(text, sizeof text,
                 chance(2) ? "%02u.%02u.%04u %02u:%02u"
                           : "%3$04u%2$02u%1$02u"
                             "%4$02u%5$02u00",
                 day, month, year, chance(25), chance(61));
        put(draft, text);
        return;
    }
    snprintf(text, sizeof text, "%04u-%02u-%02u%c%02u:%02u:%02u", year, month, day,
             "TTTTt _"[chance(7)], chance(10) ? chance(24) : 24, chance(10) ? chance(60) : 60,
             chance(10) ? chance(60) : 60);
    put(draft, chance(4) ? text : PICK(leaps));
    if (chance(3) == 0) {
        put(draft, ".");
        if (chance(8)) {
            put_digits(draft, chance(6) ? 12 : 400);
        }
        put(draft, chance(2) ? "" : "000");
    }
    put(draft, PICK(zones));
}

static void put_text(draft *draft) {
    static const char *const texts[] = {"",
                                        " ",
                                        "abc",
                                        "true",
                                        "false",
                                        "yes",
                                        "no",
                                        "DE",
                                        " DE",
                                        "a",
                                        "b ",
                                        "\\u00e4",
                                        "\xC3\xA4",
                                        "a,b",
                                        "1,2,,3",
                                        "1, 2",
                                        ",",
                                        ";",
                                        "x;y",
                                        "\\ud83d",
                                        "\\udc00\\ud83d",
                                        "\\ud83d\\ude00 long text",
                                        "\\u00a0\\ufeff5\\n",
                                        "\xC2\xA0",
                                        "\xEF\xBB\xBF"
                                        "7",
                                        "\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80xyz",
                                        "\\\"\\\\\\/\\b\\f\\u001f\\u007f",
                                        "123E4567-E89B-12D3-A456-426614174000",
                                        "123e4567e89b12d3a456426614174000",
                                        "123e4567-e89b-12d3-a456-42661417400g",
                                        "123e4567e89b-12d3-a456-4266141740000",
                                        "null",
                                        "2024-02-29",
                                        "2023-02-29",
                                        "\xE2\x82",
                                        "\xC0\x80",
                                        "\xED\xA0\x80",
                                        "\xF4\x90\x80\x80"};
    put(draft, "\"");
    put(draft, chance(6) ? "" : PICK(((const char *const[]){" ", "\\t", "\xC2\xA0"})));
    switch (chance(8)) {
    case 0:
    case 1:
        put_time(draft);
        break;
    case 2:
    case 3:
    case 4:
        put_number(draft, true);
        break;
    default: /* those at the end are not UTF-8 */
        put(draft, texts[chance(40) ? chance(sizeof texts / sizeof *texts - 4)
                                    : chance(sizeof texts / sizeof *texts)]);
    }
    put(draft, chance(6) ? "" : PICK(((const char *const[]){" ", "\\r", "\\u0020"})));
    put(draft, "\"");
}

static void put_value(draft *draft, int depth);
static void put_object(draft *draft, int depth);

static void put_array(draft *draft, int depth) {
    put(draft, "[");
    for (uint32_t i = 0, count = chance(4); i < count; i++) {
        put(draft, i ? "," : "");
        put_space(draft);
        put_value(draft, depth + 1);
        put_space(draft);
    }
    put(draft, "]");
}

/* A value of about the kind that the contracts want under this name. */
static void put_value_for(draft *draft, const char *name, int depth) {
    if (strchr("iudfm", *name) && *name && chance(2)) {
        put(draft, chance(2) ? "\"" : "");
        bool text = draft->used && draft->text[draft->used - 1] == '"';
        put_number(draft, text);
        put(draft, text ? "\"" : "");
    } else if (strchr("ty", *name) && *name && chance(2)) {
        put(draft, "\"");
        put_time(draft);
        put(draft, "\"");
    } else if (*name == 'o' && chance(2)) {
        put_object(draft, depth);
    } else if (*name == 'a' && chance(2)) {
        put_array(draft, depth);
    } else {
        put_value(draft, depth);
    }
}

static void put_member(draft *draft, const char *name, int depth) {
    put_space(draft);
    put(draft, "\"");
    put(draft, name);
    put(draft, "\"");
    put_space(draft);
    put(draft, ":");
    put_space(draft);
    put_value_for(draft, name, depth + 1);
    put_space(draft);
}

static void put_object(draft *draft, int depth) {
    uint32_t count = 0, first = chance(16), step = 1 + chance(5);
    put(draft, "{");
    if (chance(2)) { /* what a contract requires */
        put(draft, chance(2) ? "\"i\":1,\"s\":\"x\"" : "\"s\":\" \",\"i\":-2.5e1");
        count++;
    }
    for (uint32_t i = first; i < first + 24 && chance(depth ? 4 : 12); i += step) {
        put(draft, count++ ? "," : "");
        bool hostile = i % 24 < 2 || i % 24 == 7 || i % 24 >= 19; /* twice, or no UTF-8 */
        char other[16];
        snprintf(other, sizeof other, "w%u", i);
        put_member(draft, hostile && chance(12) ? other : names[i % 24], depth);
    }
    if (chance(40) == 0) { /* many names that the contract does not have */
        for (uint32_t i = 0; i < 60; i++) {
            char name[32];
            snprintf(name, sizeof name, i % 7 ? "k%u" : "\\u006b%u", chance(200) ? i : chance(60));
            put(draft, count++ ? "," : "");
            put_member(draft, name, 9);
        }
    }
    put(draft, "}");
}

static void put_value(draft *draft, int depth) {
    uint32_t kind = chance(depth > 4 ? 12 : 18);
    if (kind < 5) {
        put_text(draft);
    } else if (kind < 9) {
        put_number(draft, false);
    } else if (kind < 12) {
        put(draft, PICK(((const char *const[]){"null", "true", "false"})));
    } else if (kind < 15) {
        put_array(draft, depth);
    } else {
        put_object(draft, depth);
    }
}

/* About 1024 levels, some of them too deep. */
static void put_deep(draft *draft) {
    uint32_t levels = 1020 + chance(8);
    bool arrays = chance(2);
    put(draft, chance(2) ? "{\"x\":" : "{\"a\":");
    for (uint32_t i = 0; i < levels; i++) {
        put(draft, arrays ? "[" : "{\"o\":");
    }
    put(draft, "1");
    for (uint32_t i = 0; i < levels; i++) {
        put(draft, arrays ? "]" : "}");
    }
    put(draft, "}");
}

/* Bytes changed, cut off, taken out or doubled. */
static void spoil(draft *draft) {
    for (uint32_t i = 1 + chance(3); i > 0 && draft->used > 2; i--) {
        size_t at = chance((uint32_t)draft->used);
        switch (chance(5)) {
        case 0:
            draft->text[at] = (char)chance(256);
            break;
        case 1:
            draft->used = at;
            break;
        case 2:
            memmove(draft->text + at, draft->text + at + 1, --draft->used - at);
            break;
        case 3:
            draft->text[at] = "{}[]\",:\\ue0-+.\0\n"[chance(17)];
            break;
        default:
            put_bytes(draft, draft->text + at / 2, at - at / 2);
        }
    }
}

static void put_record(draft *draft) {
    put(draft, chance(20) ? "" : " \n");
    if (chance(300) == 0) {
        put_deep(draft);
    } else if (chance(60) == 0) {
        put_value(draft, 0);
    } else {
        put_object(draft, 0);
    }
    put(draft, chance(20) ? "" : " ");
    if (chance(8) == 0) {
        spoil(draft);
    }
}

/* --- comparing --- */

typedef struct count {
    uint32_t passed, changed, events[8];
} count;

static void check_view(spw_str swift, spw_str c, const char *what, const char *record,
                       size_t size) {
    CHECK(swift.size == c.size && (!c.size || memcmp(swift.data, c.data, c.size) == 0),
          "%s: Swift '%.*s', C '%.*s', of:\n%.*s", what, (int)swift.size, swift.data, (int)c.size,
          c.data, (int)size, record);
}

static void check_events(const kit_instance *swift, const kit_instance *c, const spw_input *input,
                         count *count) {
    size_t swift_count, c_count;
    const spw_event *ours = spw_frame_events(swift->frame, &swift_count);
    const spw_event *theirs = spw_frame_events(c->frame, &c_count);
    for (size_t i = 0; i < swift_count && i < c_count; i++) {
        const spw_record *record = &input->records[theirs[i].index];
        const char *text = (const char *)input->bytes.data + record->offset;
        int size = (int)record->length;
        CHECK(ours[i].index == theirs[i].index && ours[i].kind == theirs[i].kind &&
                  ours[i].signal == theirs[i].signal && ours[i].loss == theirs[i].loss,
              "Swift: record %u, kind %d, signal %d, loss %d; C: %u, %d, %d, %d, of:\n%.*s",
              ours[i].index, ours[i].kind, ours[i].signal, ours[i].loss, theirs[i].index,
              theirs[i].kind, theirs[i].signal, theirs[i].loss, size, text);
        check_view(ours[i].pointer, theirs[i].pointer, "pointer", text, record->length);
        check_view(ours[i].before, theirs[i].before, "before", text, record->length);
        check_view(ours[i].after, theirs[i].after, "after", text, record->length);
        check_view(ours[i].reason, theirs[i].reason, "reason", text, record->length);
        count->events[theirs[i].kind]++;
    }
    CHECK(swift_count == c_count, "%zu events, C %zu", swift_count, c_count);
}

static void check_results(const kit_instance *swift, const kit_instance *c, count *count) {
    size_t swift_count, c_count;
    const spw_result *ours = spw_frame_results(swift->frame, &swift_count);
    const spw_result *theirs = spw_frame_results(c->frame, &c_count);
    spw_bytes swift_bytes = spw_frame_bytes(swift->frame), c_bytes = spw_frame_bytes(c->frame);
    CHECK(swift_count == c_count, "%zu results, C %zu", swift_count, c_count);
    for (size_t i = 0; i < c_count; i++) {
        CHECK(ours[i].index == theirs[i].index && ours[i].passed == theirs[i].passed &&
                  ours[i].operation == theirs[i].operation && ours[i].length == theirs[i].length,
              "result %zu: record %u, C %u", i, ours[i].index, theirs[i].index);
        CHECK(theirs[i].passed || memcmp(swift_bytes.data + ours[i].offset,
                                         c_bytes.data + theirs[i].offset, theirs[i].length) == 0,
              "Swift '%.*s', C '%.*s'", (int)ours[i].length, swift_bytes.data + ours[i].offset,
              (int)theirs[i].length, c_bytes.data + theirs[i].offset);
        *(theirs[i].passed ? &count->passed : &count->changed) += 1;
    }
}

static spw_status handle(kit_instance *instance, const spw_input *input) {
    const spw_handler *table = instance->table;
    return table->handle(instance->instance, kit_begin(instance, input->record_count), input,
                         spw_frame_output(instance->frame));
}

static void run_batch(kit_instance *swift, kit_instance *c, char *room, count *count) {
    spw_record records[batch];
    size_t used = 0;
    for (uint32_t i = 0; i < batch; i++) {
        draft draft = {.text = room + used};
        put_record(&draft);
        records[i] = (spw_record){.offset = used,
                                  .length = draft.used,
                                  .sequence = i + 1,
                                  .key = kit_str("test/0:0"),
                                  .ordinal = i,
                                  .operation = chance(9) ? SPW_UPSERT : SPW_DELETE};
        used += draft.used;
    }
    spw_input input = {.size = sizeof input,
                       .record_count = batch,
                       .records = records,
                       .bytes = kit_bytes(room, used),
                       .total_size = used,
                       .media_type = kit_str("application/json")};
    CHECK(handle(swift, &input) == SPW_OK && handle(c, &input) == SPW_OK);
    CHECK(spw_frame_violation(swift->frame).size == 0);
    check_events(swift, c, &input, count);
    check_results(swift, c, count);
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    uint32_t rounds = argc > 2 ? (uint32_t)atoi(argv[2]) : 30;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    char beside[4096];
    const char *slash = strrchr(argv[1], '/');
    snprintf(beside, sizeof beside, "%.*scoerce-c.so", slash ? (int)(slash + 1 - argv[1]) : 0,
             argv[1]);
    kit_plugin swift_plugin = kit_load(argv[1]), c_plugin = kit_load(beside);
    CHECK(kit_equal(swift_plugin.plugin.name, "spillway/coerce-swift"));
    CHECK(kit_equal(c_plugin.plugin.name, "spillway/coerce-c"));
    char *room = malloc((size_t)batch * record_room);
    for (size_t i = 0; i < sizeof contracts / sizeof *contracts; i++) {
        count count = {0};
        state = seed * 1000 + i;
        kit_instance swift =
            kit_open(&swift_plugin, SPW_HANDLER, "coerce", NULL, contracts[i], NULL);
        kit_instance c = kit_open(&c_plugin, SPW_HANDLER, "coerce", NULL, contracts[i], NULL);
        for (uint32_t round = 0; round < rounds; round++) {
            run_batch(&swift, &c, room, &count);
        }
        kit_close(&swift);
        kit_close(&c);
        printf("contract %zu: %u records: %u passed, %u changed, %u rejected; %u coerced, "
               "%u stripped, %u rescued\n",
               i + 1, rounds * batch, count.passed, count.changed, count.events[SPW_EVENT_REJECTED],
               count.events[SPW_EVENT_COERCED], count.events[SPW_EVENT_STRIPPED],
               count.events[SPW_EVENT_RESCUED]);
        CHECK(count.passed && count.changed && count.events[SPW_EVENT_REJECTED] &&
                  count.events[SPW_EVENT_COERCED] && count.events[SPW_EVENT_STRIPPED] &&
                  count.events[SPW_EVENT_RESCUED],
              "a contract under which something never happened");
    }
    free(room);
    return 0;
}
