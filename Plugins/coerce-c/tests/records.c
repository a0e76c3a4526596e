/*
 * What happens to a record: order, stripping, rescue, essential members, nesting, duplicates, and
 * the exact bytes and events, contract by contract.
 */
#include "harness.h"

#define MOST_ROWS 24

typedef struct row {
    const char *record;
    const char *output; /* NULL: passed unchanged, "": rejected */
    const char *account;
} row;

typedef struct sheet {
    const char *contract;
    row rows[MOST_ROWS];
} sheet;

#define JSON(...) #__VA_ARGS__
#define UNREADABLE                                                                                 \
    "rejected 103 - - not_json: the bytes are not one JSON text in UTF-8, at most 1024 levels "    \
    "deep\n"
#define NO_OBJECT "rejected 103 - - not_an_object: the record is not a JSON object\n"
#define TWICE(pointer)                                                                             \
    "rejected 101 " pointer " - duplicate_member: the object has this name twice\n"
#define MISSING(pointer) "rejected 101 " pointer " - missing: a required member is missing\n"
#define NOT_A_NUMBER "not_a_number: the text is not a number in the accepted form\n"
#define WRONG_TYPE "wrong_type: no rule brings a value of this JSON type to the declared type\n"

static const sheet sheets[] = {
    /* The record as a whole. */
    {JSON({
         "type" : "object",
         "properties" : {"id" : {"type" : "integer", "x-key" : true}, "n" : {"type" : "integer"}},
         "required" : ["n"],
         "additionalProperties" : false
     }),
     {{" {\"id\" : 1 ,\"n\":2}\t", NULL, ""},
      {"{\"id\":\"1\" , \"n\" : 2 }", "{\"id\":1,\"n\":2}", "coerced /id \"1\" 1 representation\n"},
      {"{\"x\":[1, 2],\"id\":1,\"n\":2}", "{\"id\":1,\"n\":2}", "stripped /x [1, 2]\n"},
      {"{\"id\":1,\"n\":2,\"x\":{}}", "{\"id\":1,\"n\":2}", "stripped /x {}\n"},
      {"{\"a/b~c\\n\":1,\"n\":\"3\",\"\":null,\"id\":1}", "{\"n\":3,\"id\":1}",
       "stripped /a~1b~0c\n 1\ncoerced /n \"3\" 3 representation\nstripped / null\n"},
      {"{\"\\u0069d\":\"1\",\"n\":2}", "{\"\\u0069d\":1,\"n\":2}",
       "coerced /id \"1\" 1 representation\n"},
      {"{\"n\":2}", "", MISSING("/id")},
      {"{\"id\":1}", "", MISSING("/n")},
      {"{}", "", MISSING("/n")},
      {"{\"id\":\"x\",\"n\":2}", "", "rejected 101 /id \"x\" " NOT_A_NUMBER},
      {"{\"x\":1,\"id\":1,\"n\":[]}", "", "rejected 101 /n [] " WRONG_TYPE},
      {"{\"id\":1,\"n\":2,\"n\":2}", "", TWICE("/n")},
      {"{\"id\":1,\"n\":2,\"\\u006E\":2}", "", TWICE("/n")},
      {"{\"x\":1,\"id\":1,\"x\":1,\"n\":2}", "", TWICE("/x")},
      {"{\"id\":1,\"n\":2,\"\\ud83d\":2}", "",
       "rejected 101 - \"\\ud83d\" lone_surrogate: the text holds a lone surrogate, which UTF-8 "
       "can't say\n"},
      {"[]", "", NO_OBJECT},
      {"\"id\"", "", NO_OBJECT},
      {"null", "", NO_OBJECT},
      {"", "", UNREADABLE},
      {"{\"id\":\"x\",\"n\":2", "", UNREADABLE},
      {"{\"id\":1,\"id\":2,\"n\":2}}", "", UNREADABLE},
      {"{\"id\":1,\"n\":2,\"x\":\"caf\xE9\"}", "", UNREADABLE},
      {"{\"id\":1,\"n\":2,}", "", UNREADABLE},
      {"[1", "", UNREADABLE}}},

    /* Undeclared members stay; optional ones are rescued, from both ends and the middle. */
    {JSON({
         "properties" : {
             "a" : {"type" : "integer"},
             "b" : {"type" : [ "boolean", "null" ]},
             "c" : {"type" : "number"},
             "d" : {"type" : [ "string", "integer" ]},
             "e" : true
         }
     }),
     {{"{}", NULL, ""},
      {"{\"z\" : [ 1 ],\"a\":1}", NULL, ""},
      {"{\"z\" : [ 1 ],\"a\":\"1\"}", "{\"z\":[ 1 ],\"a\":1}",
       "coerced /a \"1\" 1 representation\n"},
      {"{\"a\":\"x\",\"b\":null,\"c\":1e400}", "{\"b\":null}",
       "rescued /a \"x\" not_a_number\nrescued /c 1e400 out_of_range\n"},
      {"{\"b\":\"no\",\"a\":null,\"c\":{\"a\" : 1}}", "{}",
       "rescued /b \"no\" not_a_boolean\nrescued /a null null_not_allowed\n"
       "rescued /c {\"a\" : 1} wrong_type\n"},
      {"{\"c\":\"0.5\",\"a\":\"\\ud800\",\"b\":\"true\"}", "{\"c\":0.5,\"b\":true}",
       "coerced /c \"0.5\" 0.5 representation\nrescued /a \"\\ud800\" lone_surrogate\n"
       "coerced /b \"true\" true representation\n"},
      {"{\"d\":[{\"a\":1,\"a\":2}],\"e\":\"\\ud800\",\"z\":{\"a\":1,\"a\":2}}", NULL, ""},
      {"{\"z\":1,\"y\":2,\"z\":1}", "", TWICE("/z")}}},

    /* Nested objects and arrays. */
    {JSON({
         "properties" : {
             "o" : {
                 "type" : "object",
                 "properties" : {
                     "k" : {"type" : "integer"},
                     "m" : {"type" : "integer"},
                     "p" : {"properties" : {"q" : {"type" : "boolean"}}, "required" : ["q"]}
                 },
                 "required" : ["k"],
                 "additionalProperties" : false
             },
             "r" : {
                 "type" : "array",
                 "items" : {
                     "type" : "object",
                     "properties" : {"u" : {"type" : "integer"}, "w" : {"type" : "integer"}},
                     "required" : ["u"],
                     "additionalProperties" : false
                 }
             },
             "t" : {"type" : "array", "items" : {"type" : "array", "items" : {"type" : "integer"}}},
             "f" : {"type" : "array"}
         },
         "required" : ["r"]
     }),
     {{"{\"r\":[ ],\"o\":{ \"k\":1 },\"t\":[[1] ,[]],\"f\":[{\"a\":1, \"a\":1}]}", NULL, ""},
      {"{\"r\":[], \"o\":{ \"k\":\"1\", \"x\":0 }, \"t\":[ [1, 2], [\"3\", 4] ]}",
       "{\"r\":[],\"o\":{\"k\":1},\"t\":[[1, 2],[3,4]]}",
       "coerced /o/k \"1\" 1 representation\nstripped /o/x 0\n"
       "coerced /t/1/0 \"3\" 3 representation\n"},
      {"{\"r\":[{\"u\":1},{\"u\":\"2\",\"w\":\"x\"},{\"z\":0,\"u\":3}]}",
       "{\"r\":[{\"u\":1},{\"u\":2},{\"u\":3}]}",
       "coerced /r/1/u \"2\" 2 representation\nrescued /r/1/w \"x\" not_a_number\n"
       "stripped /r/2/z 0\n"},
      /* A misfit in an essential nested member takes its object, but no more. */
      {"{\"r\":[],\"o\":{\"m\":\"2\",\"k\":\"x\",\"q\":1,\"q\":2}}", "{\"r\":[]}",
       "rescued /o {\"m\":\"2\",\"k\":\"x\",\"q\":1,\"q\":2} not_a_number\n"},
      {"{\"o\":{\"k\":\"1\",\"p\":{\"q\":0,\"s\":[{}]},\"m\":\"2\"},\"r\":[]}",
       "{\"o\":{\"k\":1,\"m\":2},\"r\":[]}",
       "coerced /o/k \"1\" 1 representation\nrescued /o/p {\"q\":0,\"s\":[{}]} wrong_type\n"
       "coerced /o/m \"2\" 2 representation\n"},
      {"{\"o\":{\"k\":1,\"p\":{}},\"r\":[]}", "{\"o\":{\"k\":1},\"r\":[]}",
       "rescued /o/p {} missing\n"},
      {"{\"o\":{},\"r\":[]}", "{\"r\":[]}", "rescued /o {} missing\n"},
      {"{\"t\":[[1,\"2\"],[\"x\"]],\"r\":[]}", "{\"r\":[]}",
       "rescued /t [[1,\"2\"],[\"x\"]] not_a_number\n"},
      {"{\"r\":[{\"u\":\"1\"},{\"u\":2.5}]}", "",
       "rejected 101 /r/1/u 2.5 fraction_loss: a fraction would be cut off\n"},
      {"{\"r\":[{\"u\":\"1\"},{}]}", "", MISSING("/r/1/u")},
      {"{\"r\":[{\"u\":\"1\"},3]}", "", "rejected 101 /r/1 3 " WRONG_TYPE},
      {"{\"r\":{}}", "", "rejected 101 /r {} " WRONG_TYPE},
      {"{\"r\":[],\"o\":{\"k\":1,\"k\":1}}", "", TWICE("/o/k")},
      {"{\"r\":[],\"o\":{\"k\":1,\"z\":1,\"z\":1}}", "", TWICE("/o/z")},
      {"{\"r\":[],\"o\":{\"k\":[1,}}", "", UNREADABLE}}},

    /* split, wrap, trim, and null. */
    {JSON({
         "properties" : {
             "s" : {
                 "type" : [ "array", "null" ],
                 "items" : {"type" : "string"},
                 "x-coerce" : {"split" : ", ", "trim" : true}
             },
             "n" : {
                 "type" : [ "array", "null" ],
                 "items" : {"type" : "integer", "x-coerce" : {"trim" : true}},
                 "x-coerce" : {"split" : ",", "empty_as_null" : true}
             },
             "w" : {
                 "type" : "array",
                 "items" : {"type" : "integer", "x-coerce" : {"allow" : ["truncation"]}},
                 "x-coerce" : {"wrap" : true}
             },
             "o" : {
                 "type" : "array",
                 "items" : {
                     "properties" : {"u" : {"type" : "integer"}, "w" : {"type" : "integer"}},
                     "required" : ["u"]
                 },
                 "x-coerce" : {"wrap" : true}
             },
             "t" : {
                 "type" : [ "string", "null" ],
                 "x-coerce" : {"trim" : true, "empty_as_null" : true}
             }
         }
     }),
     {{"{\"s\":[],\"n\":null,\"w\":[1],\"o\":[{\"u\":1}],\"t\":null}", NULL, ""},
      {"{\"s\":\"CWE-1, CWE-2\"}", "{\"s\":[\"CWE-1\",\"CWE-2\"]}",
       "coerced /s \"CWE-1, CWE-2\" [\"CWE-1\",\"CWE-2\"] representation\n"},
      {"{\"s\":\" \\u00a0\"}", "{\"s\":[]}", "coerced /s \" \\u00a0\" [] representation\n"},
      {"{\"s\":\"a\\\"b, \"}", "{\"s\":[\"a\\\"b,\"]}",
       "coerced /s \"a\\\"b, \" [\"a\\\"b,\"] representation\n"},
      {"{\"s\":\", a\"}", "{\"s\":[\"\",\"a\"]}",
       "coerced /s \", a\" [\"\",\"a\"] representation\n"},
      {"{\"n\":\"1, 2\"}", "{\"n\":[1,2]}", "coerced /n \"1, 2\" [1,2] representation\n"},
      {"{\"n\":\"\"}", "{\"n\":null}", "coerced /n \"\" null representation\n"},
      {"{\"n\":\"1,x\",\"t\":\" a \"}", "{\"t\":\"a\"}",
       "rescued /n \"1,x\" not_a_number\ncoerced /t \" a \" \"a\" representation\n"},
      {"{\"n\":7}", "{}", "rescued /n 7 wrong_type\n"},
      {"{\"w\":\"7\"}", "{\"w\":[7]}", "coerced /w \"7\" [7] representation\n"},
      {"{\"w\":7.5}", "{\"w\":[7]}", "coerced /w 7.5 [7] truncation\n"},
      {"{\"w\":[7.5]}", "{\"w\":[7]}", "coerced /w/0 7.5 7 truncation\n"},
      {"{\"w\":null}", "{}", "rescued /w null null_not_allowed\n"},
      {"{\"o\":{\"u\":\"1\",\"w\":\"x\"}}", "{\"o\":[{\"u\":1}]}",
       "coerced /o/0/u \"1\" 1 representation\nrescued /o/0/w \"x\" not_a_number\n"
       "coerced /o {\"u\":\"1\",\"w\":\"x\"} [{\"u\":1}] representation\n"},
      {"{\"o\":{ \"u\":1 }}", "{\"o\":[{ \"u\":1 }]}",
       "coerced /o { \"u\":1 } [{ \"u\":1 }] representation\n"},
      {"{\"o\":{\"w\":1}}", "{}", "rescued /o {\"w\":1} missing\n"},
      {"{\"t\":\"\\ufeff\\t\"}", "{\"t\":null}", "coerced /t \"\\ufeff\\t\" null representation\n"},
      {"{\"t\":\"\\u0041\"}", NULL, ""},
      {"{\"t\":\"\\u2003\"}", NULL, ""},
      {"{\"t\":\" \\u0041\\/\\u0001\\\"\\\\\"}", "{\"t\":\"A/\\u0001\\\"\\\\\"}",
       "coerced /t \" \\u0041\\/\\u0001\\\"\\\\\" \"A/\\u0001\\\"\\\\\" representation\n"}}},

    /* Inside a split or wrapped value the trouble is the whole value's. */
    {JSON({
         "properties" : {
             "n" : {
                 "type" : "array",
                 "items" : {"type" : "integer"},
                 "x-coerce" : {"split" : ",", "wrap" : true}
             },
             "o" : {
                 "type" : "array",
                 "items" : {"properties" : {"u" : {"type" : "integer"}}, "required" : ["u"]},
                 "x-coerce" : {"wrap" : true}
             }
         },
         "required" : [ "n", "o" ]
     }),
     {{"{\"n\":\"1,x\",\"o\":[]}", "", "rejected 101 /n \"1,x\" " NOT_A_NUMBER},
      {"{\"n\":true,\"o\":[]}", "", "rejected 101 /n true " WRONG_TYPE},
      {"{\"n\":5,\"o\":{\"u\":\"x\"}}", "", "rejected 101 /o {\"u\":\"x\"} " NOT_A_NUMBER},
      {"{\"n\":5,\"o\":{}}", "", "rejected 101 /o {} missing: a required member is missing\n"},
      {"{\"n\":[5,\"x\"],\"o\":[]}", "", "rejected 101 /n/1 \"x\" " NOT_A_NUMBER}}},

    /* Definitions that are shared. */
    {JSON({
         "$ref" : "#/$defs/record",
         "$defs" : {
             "record" : {
                 "type" : "object",
                 "properties" : {
                     "id" : {"$ref" : "#/$defs/key"},
                     "t" : {"$ref" : "#/$defs/list"},
                     "n" : {"$ref" : "#/$defs/number", "x-key" : true, "description" : "both"}
                 }
             },
             "key" : {"$ref" : "#/$defs/number", "x-key" : true},
             "number" : {"type" : "integer"},
             "list" : {"type" : "array", "items" : {"$ref" : "#/$defs/~0~1"}},
             "~/" : {"type" : "string", "x-coerce" : {"trim" : true}}
         }
     }),
     {{"{\"id\":1,\"n\":2,\"t\":[\"a\"]}", NULL, ""},
      {"{\"id\":1,\"n\":2,\"t\":[\"a\",\" b\"]}", "{\"id\":1,\"n\":2,\"t\":[\"a\",\"b\"]}",
       "coerced /t/1 \" b\" \"b\" representation\n"},
      {"{\"id\":\"x\",\"n\":2}", "", "rejected 101 /id \"x\" " NOT_A_NUMBER},
      {"{\"id\":1}", "", MISSING("/n")},
      {"{\"n\":1}", "", MISSING("/id")}}},

    /* enum, minLength, maxLength. */
    {JSON({
         "properties" : {
             "c" : {"enum" : [ "DE", 1, true, null ], "x-coerce" : {"trim" : true}},
             "i" : {"type" : "integer", "enum" : [ 1, 20 ]},
             "s" : {"type" : [ "string", "null" ], "enum" : ["a"]},
             "m" : {
                 "type" : "string",
                 "minLength" : 1,
                 "maxLength" : 3,
                 "x-coerce" : {"trim" : true, "allow" : ["truncation"]}
             }
         }
     }),
     {{"{\"c\":\"\\u0044E\",\"i\":20,\"s\":\"a\",\"m\":\"\xC3\xA4\xF0\x9F\x98\x80z\"}", NULL, ""},
      {"{\"c\":1.0}", NULL, ""},
      {"{\"c\":null}", NULL, ""},
      {"{\"c\":10e-1}", NULL, ""},
      {"{\"c\":\" DE\"}", "{\"c\":\"DE\"}", "coerced /c \" DE\" \"DE\" representation\n"},
      {"{\"c\":\"1\"}", "{}", "rescued /c \"1\" not_in_enum\n"},
      {"{\"c\":false}", "{}", "rescued /c false not_in_enum\n"},
      {"{\"c\":[\"DE\"]}", "{}", "rescued /c [\"DE\"] wrong_type\n"},
      {"{\"i\":\"20\"}", "{\"i\":20}", "coerced /i \"20\" 20 representation\n"},
      {"{\"i\":\"2\"}", "{}", "rescued /i \"2\" not_in_enum\n"},
      {"{\"s\":null}", "{}", "rescued /s null null_not_allowed\n"},
      {"{\"m\":\"  \"}", "{}", "rescued /m \"  \" too_short\n"},
      {"{\"m\":\"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\"}", "{\"m\":\"\xC3\xA4\xC3\xA4\xC3\xA4\"}",
       "coerced /m \"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\" \"\xC3\xA4\xC3\xA4\xC3\xA4\" "
       "truncation\n"},
      {"{\"m\":\"ab cd\"}", "{\"m\":\"ab\"}", "coerced /m \"ab cd\" \"ab\" truncation\n"},
      {"{\"m\":1234}", "{\"m\":\"123\"}", "coerced /m 1234 \"123\" truncation\n"}}},
};

static void check_row(kit_instance *instance, const row *row) {
    static account told;
    char *output;
    fate fate = run_record(instance, row->record, strlen(row->record), &output, &told);
    CHECK(strcmp(told.text, row->account) == 0, "%s\ngot:    %swanted: %s", row->record, told.text,
          row->account);
    if (!row->output) {
        CHECK(fate == PASSED, "%s", row->record);
    } else if (!*row->output) {
        CHECK(fate == REJECTED, "%s", row->record);
    } else {
        CHECK(fate == EMITTED && strcmp(output, row->output) == 0, "%s: %s", row->record, output);
        check_stable(instance, output);
    }
    free(output);
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: records PLUGIN.so");
    kit_plugin plugin = kit_load(arguments[1]);
    int rows = 0;
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        kit_instance instance =
            kit_open(&plugin, SPW_HANDLER, "coerce", "{}", sheets[i].contract, NULL);
        for (int j = 0; j < MOST_ROWS && sheets[i].rows[j].record; j++, rows++) {
            check_row(&instance, &sheets[i].rows[j]);
        }
        kit_close(&instance);
    }
    printf("%d records\n", rows);
    return 0;
}
