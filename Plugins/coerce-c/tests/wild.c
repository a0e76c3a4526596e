/*
 * Random contracts and random records: whatever comes, each record is accounted for once, what
 * comes out is JSON, and coercing it again changes nothing. Given a second plugin, both must tell
 * exactly the same:   wild ONE.so [OTHER.so [ROUNDS [SEED]]]
 */
#include "../../common/tree.h"
#include "harness.h"

#define PROPERTIES 6
#define RECORDS 60

static uint64_t state;

static uint32_t chance(uint32_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

#define PICK(list) (list)[chance(sizeof(list) / sizeof *(list))]

typedef struct draft {
    char text[16384];
    size_t used;
} draft;

static void put(draft *draft, const char *text) {
    size_t size = strlen(text);
    CHECK(draft->used + size < sizeof draft->text, "a draft that grew too long");
    memcpy(draft->text + draft->used, text, size + 1);
    draft->used += size;
}

/* --- contracts --- */

static void put_schema(draft *draft, int depth);

static void put_members(draft *draft, int depth) {
    static const char *const required[] = {"", "", ",\"required\":[\"a\"]",
                                           ",\"required\":[\"c\",\"a\",\"q\"]"};
    static const char *const names[] = {"a", "b", "c", "d", "e/~", "f\\u00e9"};
    put(draft, "\"properties\":{");
    for (uint32_t i = 0, count = 1 + chance(PROPERTIES); i < count; i++) {
        put(draft, i ? ",\"" : "\"");
        put(draft, names[i]);
        put(draft, "\":");
        put_schema(draft, depth + 1);
    }
    put(draft, "}");
    put(draft, PICK(required));
    put(draft, chance(2) ? ",\"additionalProperties\":false" : "");
}

static void put_annotations(draft *draft, bool nullable, bool dated) {
    static const char *const keys[] = {
        "\"leading_zeros\":true",
        "\"boolean_as_integer\":true",
        "\"integer_as_boolean\":true",
        "\"json_as_text\":true",
        "\"to_utc\":true",
        "\"wrap\":true",
        "\"allow\":[\"precision\"]",
        "\"allow\":[\"truncation\"]",
        "\"allow\":[\"precision\",\"truncation\"],\"round\":\"half-even\"",
        "\"true\":[\"yes\",\"\"],\"false\":[\"no\"]",
        "\"zone\":\"+01:00\"",
        "\"zone\":\"Z\"",
        "\"epoch\":\"s\"",
        "\"epoch\":\"ms\"",
        "\"epoch\":\"ns\"",
        "\"split\":\",\"",
        "\"split\":\", \""};
    put(draft, ",\"x-coerce\":{\"trim\":");
    put(draft, chance(2) ? "true" : "false");
    put(draft, nullable && chance(2) ? ",\"empty_as_null\":true" : "");
    put(draft, dated ? ",\"formats\":[\"DD/MM/YYYY\"]" : "");
    uint32_t first = chance(17), step = 1 + chance(9);
    /* Keys of one kind lie together: a step of at least 4 takes none of them twice. */
    for (uint32_t i = first; i < 17 && chance(4); i += step + 3) {
        put(draft, ",");
        put(draft, keys[i]);
    }
    put(draft, "}");
}

static void put_scalar(draft *draft, bool nullable) {
    static const char *const integers[] = {"int8",  "int16",  "int32",  "int64",
                                           "uint8", "uint16", "uint32", "uint64"};
    static const char *const strings[] = {
        "",
        ",\"maxLength\":3",
        ",\"minLength\":1,\"maxLength\":5",
        ",\"format\":\"date\"",
        ",\"format\":\"date-time\"",
        ",\"format\":\"date-time\",\"x-time-precision\":\"ms\"",
        ",\"format\":\"date-time\",\"x-time-precision\":\"ns\"",
        ",\"format\":\"uuid\"",
        ",\"format\":\"decimal\",\"x-precision\":6,\"x-scale\":2",
        ",\"format\":\"decimal\",\"x-precision\":38,\"x-scale\":18",
        ",\"format\":\"decimal\",\"x-precision\":3",
        ",\"enum\":[\"DE\",\"1\",\"x\",\"\",null]"};
    static const char *const types[] = {"integer", "number", "boolean", "string", "string"};
    const char *type = PICK(types);
    put(draft, nullable ? "{\"type\":[\"null\",\"" : "{\"type\":\"");
    put(draft, type);
    put(draft, nullable ? "\"]" : "\"");
    bool dated = false;
    if (*type == 'i') {
        put(draft, ",\"format\":\"");
        put(draft, PICK(integers));
        put(draft, "\"");
    } else if (*type == 'n') {
        put(draft, chance(2) ? ",\"format\":\"float\"" : "");
    } else if (*type == 's') {
        const char *kind = PICK(strings);
        put(draft, kind);
        dated = strstr(kind, "\"date\"") && chance(2);
    }
    put_annotations(draft, nullable, dated);
    put(draft, "}");
}

static void put_schema(draft *draft, int depth) {
    bool nullable = chance(3) == 0;
    uint32_t kind = chance(depth > 2 ? 7 : 10);
    if (kind < 6) {
        put_scalar(draft, nullable);
    } else if (kind == 6) {
        put(draft, chance(2) ? "true"
                             : "{\"enum\":[\"DE\",1,0.5,true,null],\"x-coerce\":{\"trim\":true}}");
    } else if (kind == 7) {
        put(draft, "{\"type\":\"object\",");
        put_members(draft, depth);
        put(draft, "}");
    } else {
        put(draft, nullable ? "{\"type\":[\"array\",\"null\"],\"items\":"
                            : "{\"type\":\"array\",\"items\":");
        put_schema(draft, depth + 1);
        put_annotations(draft, nullable, false);
        put(draft, "}");
    }
}

/* --- records --- */

static void put_space(draft *draft) {
    static const char *const spaces[] = {"", "", "", "", " ", "\n", "\t "};
    put(draft, PICK(spaces));
}

static void put_digits(draft *draft, uint32_t most) {
    char digit[2] = {0};
    uint32_t alphabet = chance(3) ? 10 : 2; /* often zeros and ones alone */
    for (uint32_t i = 1 + chance(most); i > 0; i--) {
        *digit = (char)('0' + (alphabet == 2 && chance(9) == 0 ? 5 : chance(alphabet)));
        put(draft, digit);
    }
}

static void put_number(draft *draft, bool text) {
    static const uint32_t lengths[] = {1, 3, 6, 17, 20, 40};
    put(draft, chance(4) ? "" : "-");
    if (text) {
        put(draft, chance(8) ? "" : "0");
        put_digits(draft, PICK(lengths));
    } else {
        put(draft, chance(5) ? "1" : "0");
        if (draft->text[draft->used - 1] == '1' && chance(4)) {
            put_digits(draft, PICK(lengths));
        }
    }
    if (chance(2)) {
        put(draft, ".");
        put_digits(draft, PICK(lengths));
    }
    if (chance(4) == 0) {
        static const char *const exponents[] = {"e", "E", "e+", "e-", "E-"};
        put(draft, PICK(exponents));
        put_digits(draft, PICK(((uint32_t[]){1, 2, 3, 25})));
    }
}

static void put_time(draft *draft) {
    char text[64];
    static const char *const zones[] = {"Z", "z", "", "+01:00", "-23:59", "-00:00", "+24:00", "X"};
    static const uint32_t years[] = {1, 1677, 1970, 2016, 2024, 2262, 9999};
    snprintf(text, sizeof text, "%04u-%02u-%02u%c%02u:%02u:%02u", PICK(years), chance(14),
             chance(33), "TTTt _"[chance(6)], chance(25), chance(61), chance(62));
    put(draft, chance(5) ? text : "2016-12-31T23:59:60");
    if (chance(3) == 0) {
        put(draft, ".");
        put_digits(draft, 12);
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
                                        "DE",
                                        " DE ",
                                        "\\u0044E",
                                        "a,b",
                                        "1, 2,3",
                                        "x",
                                        "\\ud83d",
                                        "\\ud83d\\ude00",
                                        "\xF0\x9F\x98\x80\xC3\xA4\xE2\x82\xAC",
                                        "\\u00a0y",
                                        "\\n\\t",
                                        "\xEF\xBB\xBFz",
                                        "\\\"\\\\\\/\\b\\u001f",
                                        "2024-02-29",
                                        "29/02/2024",
                                        "123E4567-E89B-12D3-A456-426614174000",
                                        "123e4567e89b12d3a456426614174000"};
    uint32_t kind = chance(6);
    put(draft, "\"");
    put(draft, chance(6) ? "" : " ");
    if (kind == 0) {
        put_time(draft);
    } else if (kind < 3) {
        put_number(draft, true);
    } else {
        put(draft, PICK(texts));
    }
    put(draft, chance(6) ? "\"" : "\\u0020\"");
}

static void put_value(draft *draft, int depth);

static void put_object(draft *draft, int depth) {
    static const char *const names[] = {"a",         "b",       "c", "d",   "e/~", "f\\u00e9",
                                        "f\xC3\xA9", "\\u0061", "x", "y~/", "z"};
    uint32_t first = chance(4) ? 0 : chance(11);
    put(draft, "{");
    put_space(draft);
    for (uint32_t i = first, count = 0; i < 11 && chance(10); i++) {
        if (chance(3) == 0 || (i > 4 && chance(3))) {
            continue; /* names that are equal decoded are rare */
        }
        put(draft, count++ ? ",\"" : "\"");
        put(draft, names[i]);
        put(draft, "\"");
        put_space(draft);
        put(draft, ":");
        put_space(draft);
        put_value(draft, depth + 1);
        put_space(draft);
    }
    put(draft, "}");
}

static void put_value(draft *draft, int depth) {
    uint32_t kind = chance(depth > 3 ? 9 : 12);
    if (kind < 4) {
        put_text(draft);
    } else if (kind < 7) {
        put_number(draft, false);
    } else if (kind < 9) {
        static const char *const words[] = {"true", "false", "null"};
        put(draft, PICK(words));
    } else if (kind == 9) {
        put_object(draft, depth);
    } else {
        put(draft, "[");
        for (uint32_t i = 0, count = chance(4); i < count; i++) {
            put(draft, i ? "," : "");
            put_space(draft);
            put_value(draft, depth + 1);
        }
        put(draft, "]");
    }
}

/* Now and then a byte is another. */
static void spoil(draft *draft) {
    static const char bytes[] = "\"\\{}[],:0-.eE \x00\x80\xC3\xFFnu";
    if (chance(8) == 0 && draft->used) {
        draft->text[chance((uint32_t)draft->used)] = bytes[chance(sizeof bytes - 1)];
    }
}

/* --- rounds --- */

static account told, told_again;
static jt_tree tree;
static int fates[3];

static void check_one(kit_instance *one, kit_instance *other, const draft *record) {
    char *output, *also;
    fate fate = run_record(one, record->text, record->used, &output, &told);
    fates[fate]++;
    if (other->instance) {
        CHECK(run_record(other, record->text, record->used, &also, &told_again) == fate,
              "%s\none:   %sother: %s", record->text, told.text, told_again.text);
        CHECK(told.used == told_again.used && memcmp(told.text, told_again.text, told.used) == 0,
              "%s\none:   %sother: %s", record->text, told.text, told_again.text);
        CHECK(!output || strcmp(output, also) == 0, "%s\none:   %s\nother: %s", record->text,
              output, also);
        free(also);
    }
    if (fate == REJECTED) {
        return;
    }
    const char *text = output ? output : record->text;
    size_t size = output ? strlen(output) : record->used;
    CHECK(jt_parse(&tree, text, size), "not JSON: %s", text);
    if (output) {
        check_stable(one, output);
    }
    free(output);
}

static void play_round(const kit_plugin *one, const kit_plugin *other) {
    static draft contract, record;
    contract.used = 0;
    put(&contract, "{");
    put_members(&contract, 0);
    put(&contract, "}");
    kit_instance first = kit_open(one, SPW_HANDLER, "coerce", NULL, contract.text, NULL);
    kit_instance second = {0};
    if (other) {
        second = kit_open(other, SPW_HANDLER, "coerce", NULL, contract.text, NULL);
    }
    for (int i = 0; i < RECORDS; i++) {
        record.used = 0;
        put_object(&record, 0);
        spoil(&record);
        check_one(&first, &second, &record);
    }
    kit_close(&first);
    if (other) {
        kit_close(&second);
    }
}

int main(int count, char **arguments) {
    CHECK(count >= 2, "usage: wild ONE.so [OTHER.so [ROUNDS [SEED]]]");
    kit_plugin one = kit_load(arguments[1]), other = {0};
    if (count > 2) {
        other = kit_load(arguments[2]);
    }
    int rounds = count > 3 ? atoi(arguments[3]) : 2000;
    uint64_t seed = count > 4 ? strtoull(arguments[4], NULL, 10) : 1;
    for (int i = 0; i < rounds; i++) {
        state = (seed + (uint64_t)i) * 0x9E3779B97F4A7C15u | 1;
        play_round(&one, count > 2 ? &other : NULL);
    }
    jt_free(&tree);
    printf("%d contracts: %d records passed, %d changed, %d rejected\n", rounds, fates[PASSED],
           fates[EMITTED], fates[REJECTED]);
    int least = rounds * RECORDS / 20;
    CHECK(fates[PASSED] > least && fates[EMITTED] > least && fates[REJECTED] > least,
          "hardly any of one kind");
    return 0;
}
