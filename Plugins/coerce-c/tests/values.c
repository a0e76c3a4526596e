/*
 * The edges of each target beyond the published cases: one optional member `v`, its schema, what it
 * holds, and what becomes of it.
 */
#include "harness.h"

typedef struct row {
    const char *schema, *in;
    const char *out; /* NULL: kept; else the result or, without a loss, nothing */
    const char *end; /* the loss, or the reason of the rescue */
} row;

#define KEPT NULL, NULL
#define RESCUED(word) "", word
#define SAME(value) value, "representation"

#define INT "\"type\":\"integer\""
#define CUT "\"type\":\"integer\",\"x-coerce\":{\"allow\":[\"truncation\"]}"
#define ZEROS "\"x-coerce\":{\"leading_zeros\":true}"
#define U64 "\"type\":\"integer\",\"format\":\"uint64\""
#define DOUBLE "\"type\":\"number\""
#define FLOAT "\"type\":\"number\",\"format\":\"float\""
#define ROUGH "\"type\":\"number\",\"x-coerce\":{\"allow\":[\"precision\"]}"
#define FLOAT_ROUGH                                                                                \
    "\"type\":\"number\",\"format\":\"float\",\"x-coerce\":{\"allow\":[\"precision\"]}"
#define DEC(p, s) "\"type\":\"string\",\"format\":\"decimal\",\"x-precision\":" p ",\"x-scale\":" s
#define ROUND ",\"x-coerce\":{\"allow\":[\"precision\"],\"round\":\"half-even\"}"
#define CHOP ",\"x-coerce\":{\"allow\":[\"truncation\"]}"
#define BOOL_INT "\"type\":\"boolean\",\"x-coerce\":{\"integer_as_boolean\":true}"
#define DATE "\"type\":\"string\",\"format\":\"date\""
#define TIME "\"type\":\"string\",\"format\":\"date-time\""
#define TIME_P(unit) TIME ",\"x-time-precision\":\"" unit "\""

static const row rows[] = {
    /* integers */
    {INT, "-0", SAME("0")},
    {INT, "-0.0", SAME("0")},
    {INT, "0e999999999999999999999", SAME("0")},
    {INT, "1E+2", SAME("100")},
    {INT, "1200e-2", SAME("12")},
    {INT, "1200e-3", RESCUED("fraction_loss")},
    {INT, "1e999999999999999999999", RESCUED("out_of_range")},
    {INT, "1e-999999999999999999999", RESCUED("fraction_loss")},
    {INT, "9223372036854775807.000", SAME("9223372036854775807")},
    {INT, "-9223372036854775809", RESCUED("out_of_range")},
    {INT, "\"-9223372036854775808\"", SAME("-9223372036854775808")},
    {INT, "\"1.\"", RESCUED("not_a_number")},
    {INT, "\".5\"", RESCUED("not_a_number")},
    {INT, "\"-\"", RESCUED("not_a_number")},
    {INT, "\"--1\"", RESCUED("not_a_number")},
    {INT, "\"1\\u0000\"", RESCUED("not_a_number")},
    {INT, "\"00\"", RESCUED("leading_zeros")},
    {INT, "\"-00.0\"", RESCUED("leading_zeros")},
    {INT, "\"0.5\"", RESCUED("fraction_loss")},
    {INT, "\"\\u0031\"", SAME("1")},
    {CUT, "-0.9", "0", "truncation"},
    {CUT, "-179.98", "-179", "truncation"},
    {CUT, "1e-99", "0", "truncation"},
    {CUT, "9223372036854775807.9", "9223372036854775807", "truncation"},
    {CUT, "9223372036854775808.9", RESCUED("out_of_range")},
    {INT "," ZEROS, "\"-0007.0\"", SAME("-7")},
    {INT ",\"format\":\"int8\"", "-128", KEPT},
    {INT ",\"format\":\"int8\"", "-129", RESCUED("out_of_range")},
    {INT ",\"format\":\"uint8\"", "255", KEPT},
    {INT ",\"format\":\"uint8\"", "256", RESCUED("out_of_range")},
    {INT ",\"format\":\"int16\"", "32768", RESCUED("out_of_range")},
    {INT ",\"format\":\"uint16\"", "65535.0", SAME("65535")},
    {INT ",\"format\":\"int32\"", "-2147483648", KEPT},
    {INT ",\"format\":\"uint32\"", "4294967296", RESCUED("out_of_range")},
    {U64, "18446744073709551616", RESCUED("out_of_range")},
    {U64, "-0", SAME("0")},
    {U64, "99999999999999999999999999", RESCUED("out_of_range")},
    {U64, "true", RESCUED("wrong_type")},
    {INT ",\"x-coerce\":{\"boolean_as_integer\":true}", "false", SAME("0")},
    /* double */
    {DOUBLE, "9007199254740992", KEPT},
    {DOUBLE, "-9007199254740993", RESCUED("precision_loss")},
    {DOUBLE, "9007199254740993.0", RESCUED("precision_loss")},
    {DOUBLE, "1152921504606846976", KEPT},
    {DOUBLE, "1152921504606846976.0", KEPT},
    {DOUBLE, "1152921504606847000", RESCUED("precision_loss")},
    {DOUBLE, "1.152921504606847e18", KEPT},
    {DOUBLE, "1e22", KEPT},
    {DOUBLE, "1e23", KEPT},
    {DOUBLE, "100000000000000000000000", RESCUED("precision_loss")},
    {DOUBLE, "10000000000000000000000", KEPT},
    {DOUBLE, "1.7976931348623157e308", KEPT},
    {DOUBLE, "1.7976931348623159e308", RESCUED("out_of_range")},
    {DOUBLE, "5e-324", KEPT},
    {DOUBLE, "1e-324", RESCUED("precision_loss")},
    {DOUBLE, "2.2250738585072014e-308", KEPT},
    {DOUBLE, "0.30000000000000004", KEPT},
    {DOUBLE, "0.30000000000000005", RESCUED("precision_loss")},
    {DOUBLE, "0.10000000000000001", KEPT},
    {DOUBLE, "0.100000000000000000000", KEPT},
    {DOUBLE, "3.141592653589793238", RESCUED("precision_loss")},
    {DOUBLE, "0e-999", KEPT},
    {DOUBLE, "\"-0\"", SAME("-0")},
    {DOUBLE, "\"1E+5\"", SAME("1E+5")},
    {DOUBLE, "\"1e400\"", RESCUED("out_of_range")},
    {DOUBLE, "\"1e\"", RESCUED("not_a_number")},
    {DOUBLE, "\"007.5\"", RESCUED("leading_zeros")},
    {DOUBLE "," ZEROS, "\"-007.50e1\"", SAME("-7.50e1")},
    {DOUBLE "," ZEROS, "\"000\"", SAME("0")},
    {ROUGH, "-9007199254740993", "-9007199254740992", "precision"},
    {ROUGH, "1152921504606847001", "1.152921504606847e18", "precision"},
    {ROUGH, "3.141592653589793238", "3.141592653589793", "precision"},
    {ROUGH, "100000000000000000000000", "1e23", "precision"},
    {ROUGH, "0.00000123456789012345678", "0.0000012345678901234567", "precision"},
    {ROUGH, "0.000000123456789012345678", "1.2345678901234568e-7", "precision"},
    {ROUGH, "123456.78901234567890123", "123456.78901234567", "precision"},
    {ROUGH, "-1e-400", "0", "precision"},
    {ROUGH, "\"12.00000000000000000000001\"", "12", "precision"},
    {ROUGH, "1e400", RESCUED("out_of_range")},
    /* float32 */
    {FLOAT, "16777216", KEPT},
    {FLOAT, "0.1", KEPT},
    {FLOAT, "3.1415927", KEPT},
    {FLOAT, "3.14159265", RESCUED("precision_loss")},
    {FLOAT, "3.4028235e38", KEPT},
    {FLOAT, "3.5e38", RESCUED("out_of_range")},
    {FLOAT, "1e-45", KEPT},
    {FLOAT, "33554434", RESCUED("precision_loss")},
    {FLOAT_ROUGH, "16777217", "16777216", "precision"},
    {FLOAT_ROUGH, "33554435", "3.3554436e7", "precision"},
    {FLOAT_ROUGH, "3.14159265", "3.1415927", "precision"},
    /* Rounded once: through a double first it would become 1. */
    {FLOAT_ROUGH, "1.00000005960464477540", "1.0000001", "precision"},
    /* decimal */
    {DEC("10", "2"), "\"1.1\"", SAME("\"1.10\"")},
    {DEC("10", "2"), "\"1.100\"", SAME("\"1.10\"")},
    {DEC("10", "2"), "\"-0.00\"", SAME("\"0.00\"")},
    {DEC("10", "2"), "\"1e2\"", RESCUED("not_a_number")},
    {DEC("10", "2"), "\"01.10\"", RESCUED("leading_zeros")},
    {DEC("10", "2") "," ZEROS, "\"01.10\"", SAME("\"1.10\"")},
    {DEC("10", "2"), "true", RESCUED("wrong_type")},
    {DEC("10", "2"), "1e-3", RESCUED("scale_loss")},
    {DEC("10", "2"), "0e-3", SAME("\"0.00\"")},
    {DEC("10", "2"), "99999999.99", SAME("\"99999999.99\"")},
    {DEC("10", "2"), "100000000", RESCUED("out_of_range")},
    {DEC("10", "2"), "1e999999999999999999", RESCUED("out_of_range")},
    {DEC("5", "0"), "12e3", SAME("\"12000\"")},
    {DEC("5", "0"), "\"12000\"", KEPT},
    {DEC("2", "2"), "0.5", SAME("\"0.50\"")},
    {DEC("2", "2"), "1", RESCUED("out_of_range")},
    {DEC("4", "2") ROUND, "99.995", RESCUED("out_of_range")},
    {DEC("5", "2") ROUND, "99.995", "\"100.00\"", "precision"},
    {DEC("4", "2") ROUND, "0.005", "\"0.00\"", "precision"},
    {DEC("4", "2") ROUND, "0.015", "\"0.02\"", "precision"},
    {DEC("4", "2") ROUND, "0.0050001", "\"0.01\"", "precision"},
    {DEC("4", "2") ROUND, "-0.001", "\"0.00\"", "precision"},
    {DEC("4", "2") ROUND, "1e-999999999999999999", "\"0.00\"", "precision"},
    {DEC("3", "0") ROUND, "0.5", "\"0\"", "precision"},
    {DEC("3", "0") ROUND, "1.5", "\"2\"", "precision"},
    {DEC("3", "0") ROUND, "0.51", "\"1\"", "precision"},
    {DEC("3", "0") ROUND, "99.5", "\"100\"", "precision"},
    {DEC("4", "2") CHOP, "-1.239", "\"-1.23\"", "truncation"},
    {DEC("4", "2") CHOP, "-0.009", "\"0.00\"", "truncation"},
    /* boolean */
    {BOOL_INT, "1.0", SAME("true")},
    {BOOL_INT, "-0", SAME("false")},
    {BOOL_INT, "0.5", RESCUED("not_a_boolean")},
    {BOOL_INT, "-1", RESCUED("not_a_boolean")},
    {BOOL_INT, "1e400", RESCUED("not_a_boolean")},
    {BOOL_INT, "\"1\"", RESCUED("not_a_boolean")},
    /* date */
    {DATE, "\"2024-2-9\"", RESCUED("not_a_date")},
    {DATE, "\"0000-01-01\"", RESCUED("not_a_date")},
    {DATE, "\"1900-02-29\"", RESCUED("not_a_date")},
    {DATE, "\"2000-02-29\"", KEPT},
    {DATE, "\"2024-01-02T25:00:00Z\"", RESCUED("not_a_date")},
    {DATE, "\"2024-01-02 10:00:00\"", RESCUED("time_loss")},
    {DATE CHOP, "\"2024-01-02 10:00:00\"", "\"2024-01-02\"", "truncation"},
    {DATE ",\"x-coerce\":{\"formats\":[\"MM/DD/YYYY\",\"DD.MM.YYYY\",\"YYYYMMDD\"]}",
     "\"13/01/2024\"", RESCUED("not_a_date")},
    {DATE ",\"x-coerce\":{\"formats\":[\"MM/DD/YYYY\",\"DD.MM.YYYY\",\"YYYYMMDD\"]}",
     "\"31.12.2024\"", SAME("\"2024-12-31\"")},
    {DATE ",\"x-coerce\":{\"formats\":[\"MM/DD/YYYY\",\"DD.MM.YYYY\",\"YYYYMMDD\"]}",
     "\"20241231\"", SAME("\"2024-12-31\"")},
    /* date-time */
    {TIME, "\"2025-01-01T00:00:00.123456789012345678901234567890Z\"", KEPT},
    {TIME, "\"2025-01-01t00:00:00z\"", SAME("\"2025-01-01T00:00:00Z\"")},
    {TIME, "\"2025-01-01T00:00:00-00:00\"", KEPT},
    {TIME, "\"2025-01-01T00:00:00+24:00\"", RESCUED("not_a_date_time")},
    {TIME, "\"2025-01-01T00:00:00.Z\"", RESCUED("not_a_date_time")},
    {TIME, "\"2025-01-01T00:00Z\"", RESCUED("not_a_date_time")},
    {TIME, "\"2025-01-01\"", RESCUED("not_a_date_time")},
    {TIME, "\"2025-01-01T00:00:00\"", RESCUED("zone_unknown")},
    {TIME, "\"2016-12-31T23:59:60\"", RESCUED("zone_unknown")},
    {TIME, "\"2017-01-01T00:59:60+01:00\"", KEPT},
    {TIME, "\"2016-12-31T23:59:60+01:00\"", RESCUED("not_a_date_time")},
    {TIME, "\"2016-11-30T23:59:60Z\"", RESCUED("not_a_date_time")},
    {TIME, "\"1755172800\"", RESCUED("not_a_date_time")},
    {TIME, "true", RESCUED("wrong_type")},
    {TIME ",\"x-coerce\":{\"to_utc\":true}", "\"2017-01-01T00:59:60+01:00\"",
     SAME("\"2016-12-31T23:59:60Z\"")},
    {TIME ",\"x-coerce\":{\"to_utc\":true}", "\"2024-03-01T00:10:00.50+05:45\"",
     SAME("\"2024-02-29T18:25:00.50Z\"")},
    {TIME ",\"x-coerce\":{\"to_utc\":true}", "\"9999-12-31T23:00:00-01:00\"",
     RESCUED("out_of_range")},
    {TIME ",\"x-coerce\":{\"to_utc\":true}", "\"0001-01-01T00:00:00+00:01\"",
     RESCUED("out_of_range")},
    {TIME ",\"x-coerce\":{\"to_utc\":true}", "\"2025-01-01T00:00:00-00:00\"",
     SAME("\"2025-01-01T00:00:00Z\"")},
    {TIME ",\"x-coerce\":{\"to_utc\":true,\"zone\":\"-05:00\"}", "\"2024-12-31 20:00:00\"",
     "\"2025-01-01T01:00:00Z\"", "default"},
    {TIME ",\"x-coerce\":{\"zone\":\"+01:00\"}", "\"2017-01-01T00:59:60\"",
     "\"2017-01-01T00:59:60+01:00\"", "default"},
    {TIME ",\"x-coerce\":{\"zone\":\"+01:00\"}", "\"2016-12-31T23:59:60\"",
     RESCUED("not_a_date_time")},
    {TIME ",\"x-coerce\":{\"zone\":\"Z\",\"formats\":[\"DD/MM/YYYY HH:mm\"]}",
     "\"01/02/2024 03:04\"", "\"2024-02-01T03:04:00Z\"", "default"},
    {TIME ",\"x-coerce\":{\"formats\":[\"DD/MM/YYYY HH:mm:ss\"]}", "\"01/02/2024 03:04:05\"",
     RESCUED("zone_unknown")},
    {TIME_P("s"), "\"2025-01-01T00:00:00.000Z\"", SAME("\"2025-01-01T00:00:00Z\"")},
    {TIME_P("ms"), "\"2025-01-01T00:00:00.1Z\"", KEPT},
    {TIME_P("ms"), "\"2025-01-01T00:00:00.1230Z\"", SAME("\"2025-01-01T00:00:00.123Z\"")},
    {TIME_P("ms"), "\"2025-01-01T00:00:00.1234Z\"", RESCUED("precision_loss")},
    {TIME_P("ns"), "\"9999-01-01T00:00:00Z\"", RESCUED("out_of_range")},
    {TIME_P("ns"), "\"2262-04-11T23:47:15Z\"", KEPT},
    {TIME_P("ns"), "\"2262-04-12T01:47:15+02:00\"", KEPT},
    {TIME_P("ns"), "\"2262-04-11T23:47:16Z\"", RESCUED("out_of_range")},
    {TIME_P("ns"), "\"1677-09-21T00:12:44Z\"", KEPT},
    {TIME_P("ns"), "\"1677-09-21T00:12:43Z\"", RESCUED("out_of_range")},
    {TIME ",\"x-coerce\":{\"epoch\":\"ms\"}", "1755172800123",
     SAME("\"2025-08-14T12:00:00.123Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"ms\"}", "-1", SAME("\"1969-12-31T23:59:59.999Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"ms\"}", "\"1755172800000\"",
     SAME("\"2025-08-14T12:00:00.000Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "-62135596800", SAME("\"0001-01-01T00:00:00Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "-62135596801", RESCUED("out_of_range")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "253402300799", SAME("\"9999-12-31T23:59:59Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "253402300800", RESCUED("out_of_range")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "1.5", RESCUED("fraction_loss")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "1.5e1", SAME("\"1970-01-01T00:00:15Z\"")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "\"01\"", RESCUED("leading_zeros")},
    {TIME ",\"x-coerce\":{\"epoch\":\"s\"}", "\"x\"", RESCUED("not_a_date_time")},
    {TIME_P("us") ",\"x-coerce\":{\"epoch\":\"ns\"}", "1000",
     SAME("\"1970-01-01T00:00:00.000001Z\"")},
    {TIME_P("us") ",\"x-coerce\":{\"epoch\":\"ns\"}", "1001", RESCUED("precision_loss")},
    /* uuid, string, null */
    {"\"type\":\"string\",\"format\":\"uuid\"", "\"123e4567-e89b-12d3-a456-42661417400g\"",
     RESCUED("not_a_uuid")},
    {"\"type\":\"string\",\"format\":\"uuid\"", "\"123e4567e-89b-12d3-a456-426614174000\"",
     RESCUED("not_a_uuid")},
    {"\"type\":\"string\",\"x-coerce\":{\"json_as_text\":true}", "[ \"\\n\" ]",
     SAME("\"[ \\\"\\\\n\\\" ]\"")},
    {"\"type\":\"string\"", "false", SAME("\"false\"")},
    {"\"type\":\"string\",\"maxLength\":2", "123", RESCUED("too_long")},
    {"\"type\":\"string\",\"format\":\"email\"", "\"x\"", KEPT},
    {"\"type\":\"null\"", "null", KEPT},
    {"\"type\":\"null\"", "0", RESCUED("wrong_type")},
    {"\"type\":\"object\"", "\"{}\"", RESCUED("wrong_type")},
};

static void check_row(const kit_plugin *plugin, const row *row) {
    static account told;
    char contract[1024], record[512], wanted[1024], *output;
    snprintf(contract, sizeof contract, "{\"properties\":{\"v\":{%s}}}", row->schema);
    kit_instance instance = kit_open(plugin, SPW_HANDLER, "coerce", NULL, contract, NULL);
    int size = snprintf(record, sizeof record, "{\"v\":%s}", row->in);
    fate fate = run_record(&instance, record, (size_t)size, &output, &told);
    if (!row->out) {
        CHECK(fate == PASSED, "%s %s: %s", row->schema, row->in, told.text);
    } else {
        CHECK(fate == EMITTED, "%s %s: as it was, wanted %s %s", row->schema, row->in, row->out,
              row->end);
        bool rescued = !*row->out;
        snprintf(wanted, sizeof wanted, "%s /v %s%s%s %s\n", rescued ? "rescued" : "coerced",
                 row->in, rescued ? "" : " ", row->out, row->end);
        CHECK(strcmp(told.text, wanted) == 0, "%s\ngot:    %swanted: %s", row->schema, told.text,
              wanted);
        snprintf(wanted, sizeof wanted, rescued ? "{}" : "{\"v\":%s}", row->out);
        CHECK(strcmp(output, wanted) == 0, "%s %s: %s", row->schema, row->in, output);
        check_stable(&instance, output);
    }
    free(output);
    kit_close(&instance);
}

int main(int count, char **arguments) {
    CHECK(count == 2, "usage: values PLUGIN.so");
    kit_plugin plugin = kit_load(arguments[1]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_row(&plugin, &rows[i]);
    }
    printf("%zu values\n", sizeof rows / sizeof *rows);
    return 0;
}
