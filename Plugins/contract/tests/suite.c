/*
 * The cases of the JSON Schema Test Suite for the keywords that the plugin asserts. A schema with a
 * keyword that is not supported yet must be refused by name; its cases are counted as left out.
 */
#include <dirent.h>

#include "../../common/tree.h"
#include "kit.h"

#define FIXTURES "../../Tests/Fixtures/json-schema-test-suite/"
#define DRAFT_7 "http://json-schema.org/draft-07/schema#"

enum { MINIMUM_RIGHT = 2092 };

static kit_plugin plugin;
static size_t right, wrong, left_out;

static struct {
    char name[64];
    size_t cases;
} reasons[64];

static void leave_out(const char *message, size_t cases) {
    const char *from = strstr(message, "keyword \"");
    char name[64] = "another draft";
    if (from) {
        sscanf(from + 9, "%63[^\"]", name);
    }
    left_out += cases;
    size_t i = 0;
    while (reasons[i].cases && strcmp(reasons[i].name, name) != 0) {
        i++;
        CHECK(i < 64);
    }
    strcpy(reasons[i].name, name);
    reasons[i].cases += cases;
}

static bool is_valid(kit_instance *instance, js_span data) {
    char *text = strndup(data.data, data.size);
    spw_input input = kit_input((const char *const *)&text, 1);
    input.bytes.size--; /* without the line's end */
    spw_call *call = kit_begin(instance, 1);
    const spw_validator *table = instance->table;
    CHECK(table->validate(instance->instance, call, &input, NULL, NULL, 0) == SPW_OK);
    CHECK(spw_frame_violation(instance->frame).size == 0);
    size_t count;
    const spw_event *events = spw_frame_events(instance->frame, &count);
    CHECK(!count || (events[0].kind == SPW_EVENT_REJECTED && events[0].reason.size &&
                     events[0].signal == SPW_SIGNAL_SCHEMA_DRIFT));
    kit_input_free(&input);
    free(text);
    return count == 0;
}

/* The group's schema, with the draft said where the suite leaves it to the folder. */
static char *schema_text(const jt_tree *tree, uint32_t schema, bool seven) {
    js_span raw = tree->nodes[schema].raw;
    bool says =
        tree->nodes[schema].type != JS_OBJECT || jt_find(tree, schema, "$schema", 7) != JT_NONE;
    char *text;
    if (says || !seven) {
        return strndup(raw.data, raw.size);
    }
    const char *comma = tree->nodes[schema].count ? "," : "";
    CHECK(asprintf(&text, "{\"$schema\":\"" DRAFT_7 "\"%s%.*s", comma, (int)raw.size - 1,
                   raw.data + 1) > 0);
    return text;
}

static void run_cases(const jt_tree *tree, uint32_t group, kit_instance *instance,
                      const char *path) {
    uint32_t tests = jt_find(tree, group, "tests", 5), at = tests + 1;
    for (uint32_t i = 0; i < tree->nodes[tests].count; i++, at = tree->nodes[at].end) {
        uint32_t data = jt_find(tree, at, "data", 4), verdict = jt_find(tree, at, "valid", 5);
        CHECK(data != JT_NONE && verdict != JT_NONE);
        bool wanted = tree->nodes[verdict].type == JS_TRUE;
        if (is_valid(instance, tree->nodes[data].raw) == wanted) {
            right++;
            continue;
        }
        wrong++;
        js_span about = tree->nodes[jt_find(tree, group, "description", 11)].text;
        js_span text = tree->nodes[jt_find(tree, at, "description", 11)].text;
        fprintf(stderr, "%s: %.*s: %.*s: should be %s\n", path, (int)about.size, about.data,
                (int)text.size, text.data, wanted ? "valid" : "invalid");
    }
}

static void run_group(const jt_tree *tree, uint32_t group, const char *path) {
    uint32_t schema = jt_find(tree, group, "schema", 6);
    CHECK(schema != JT_NONE);
    char *text = schema_text(tree, schema, strstr(path, "/draft7/") != NULL);
    char *error;
    kit_instance instance = kit_open(&plugin, SPW_VALIDATOR, "suite", NULL, text, &error);
    if (error) {
        CHECK(strstr(error, "not supported yet"), "%s: %s\n%s", path, error, text);
        leave_out(error, tree->nodes[jt_find(tree, group, "tests", 5)].count);
    } else {
        run_cases(tree, group, &instance, path);
    }
    free(error);
    free(text);
    kit_close(&instance);
}

static void run_file(const char *path) {
    size_t size;
    char *text = kit_read_file(path, &size);
    jt_tree tree = {0};
    CHECK(jt_parse(&tree, text, size), "%s: %s", path, tree.error);
    uint32_t at = 1;
    for (uint32_t i = 0; i < tree.nodes[0].count; i++, at = tree.nodes[at].end) {
        run_group(&tree, at, path);
    }
    jt_free(&tree);
    free(text);
}

static void run_folder(const char *name) {
    char path[512];
    struct dirent **entries;
    snprintf(path, sizeof path, FIXTURES "%s", name);
    int count = scandir(path, &entries, NULL, alphasort);
    CHECK(count > 0, "%s", path);
    for (int i = 0; i < count; i++) {
        size_t size = strlen(entries[i]->d_name);
        if (size > 5 && strcmp(entries[i]->d_name + size - 5, ".json") == 0) {
            snprintf(path, sizeof path, FIXTURES "%s/%s", name, entries[i]->d_name);
            run_file(path);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    plugin = kit_load(argv[1]);
    static const char *const folders[] = {
        "draft2020-12", "draft2020-12/optional", "draft2020-12/optional/format",
        "draft7",       "draft7/optional",       "draft7/optional/format"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        size_t before = right, skipped = left_out;
        run_folder(folders[i]);
        printf("  %s: %zu right, %zu left out\n", folders[i], right - before, left_out - skipped);
    }
    printf("  JSON Schema Test Suite: %zu right, %zu wrong, %zu left out:", right, wrong, left_out);
    for (size_t i = 0; reasons[i].cases; i++) {
        printf(" %s %zu", reasons[i].name, reasons[i].cases);
    }
    puts("");
    CHECK(wrong == 0);
    CHECK(right >= MINIMUM_RIGHT, "more is left out than before");
    return 0;
}
