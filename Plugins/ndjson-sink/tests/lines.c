/*
 * What becomes of records in the file, of files that are there already, and of options.
 */
#include <sys/wait.h>

#include "file.h"

#define ONE(json) (&(const sent){json}), 1

static void a_record_is_a_line(void) {
    target target = new_target();
    CHECK(target.sink->promise == SPW_SINK_POSITION);
    CHECK(target.sink->keyed(target.kit.instance) == 0);
    const sent records[] = {
        {"{\"a\":1}"},
        {" {\r\n\t\"a\" : [ 1 , 2.50 ] ,\n \"b c\" : \"x  \\\" : y\" , \"n\" : null } "},
        {"{}"},
        {"{\"a\":1}"},
        {"{\"s\":\"\\\\\",\"t\":\"\\\\\\\"\" , \"u\":\"\xC3\xA9\\u00e9\\ud83d\"}"},
        {"{\"a\":1,\"a\":2, \"big\":123456789012345678901234567890}"}};
    CHECK(prepare_stream(&target, "s", records, 6) == SPW_OK, "%s", why(&target));
    for (int i = 0; i < 6; i++) {
        CHECK(target.outcomes[i] == SPW_OUTCOME_INSERTED);
    }
    CHECK(commit_stream(&target, "s", 6) == SPW_OK, "%s", why(&target));
    check_file("{\"a\":1}\n"
               "{\"a\":[1,2.50],\"b c\":\"x  \\\" : y\",\"n\":null}\n"
               "{}\n"
               "{\"a\":1}\n"
               "{\"s\":\"\\\\\",\"t\":\"\\\\\\\"\",\"u\":\"\xC3\xA9\\u00e9\\ud83d\"}\n"
               "{\"a\":1,\"a\":2,\"big\":123456789012345678901234567890}\n");
    end_target(&target);
}

static void what_was_rescued_is_a_member(void) {
    target target = new_target();
    const sent records[] = {
        {"{\"a\":1 }", "[ {\"pointer\" : \"/b\"} ]"}, {"{ }", "[]"}, {"{\"_rescued_data\":5}"}};
    CHECK(prepare_stream(&target, "s", records, 3) == SPW_OK);
    CHECK(commit_stream(&target, "s", 3) == SPW_OK);
    check_file("{\"a\":1,\"_rescued_data\":[{\"pointer\":\"/b\"}]}\n{\"_rescued_data\":[]}\n"
               "{\"_rescued_data\":5}\n");
    end_target(&target);
}

static void check_reject(sent record, int32_t signal, const char *pointer) {
    target target = new_target();
    const sent records[] = {{"{\"ok\":1}"}, record, {"{\"ok\":2}"}};
    CHECK(prepare_stream(&target, "s", records, 3) == SPW_OK, "%s", why(&target));
    size_t count;
    const spw_event *events = spw_frame_events(target.kit.frame, &count);
    CHECK(count == 1 && events->kind == SPW_EVENT_REJECTED && events->index == 1, "%s",
          record.json);
    CHECK(events->signal == signal, "%s: %d", record.json, events->signal);
    CHECK(kit_equal(events->pointer, pointer) && events->reason.size);
    CHECK(target.outcomes[1] == SPW_OUTCOME_NONE);
    CHECK(commit_stream(&target, "s", 3) == SPW_FAILED, "a rejected batch is not committed");
    CHECK(abort_stream(&target, "s") == SPW_OK);
    check_file("");
    const sent rest[] = {records[0], records[2]};
    CHECK(prepare_stream(&target, "s", rest, 2) == SPW_OK);
    CHECK(commit_stream(&target, "s", 3) == SPW_OK);
    check_file("{\"ok\":1}\n{\"ok\":2}\n");
    end_target(&target);
}

static void what_is_no_record_is_rejected(void) {
    static const char *const broken[] = {
        "",           "{",     "{\"a\":1}}", "{a:1}",      "<html>",           "[1]",
        "null",       "\"a\"", "1",          "{\"a\":01}", "{\"a\":\"\xFF\"}", "{\"a\":\"\n\"}",
        "{\"a\":1} x"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        check_reject((sent){broken[i]}, SPW_SIGNAL_UNRECOVERABLE, "");
    }
    check_reject((sent){"{\"a\":1}", NULL, SPW_DELETE}, SPW_SIGNAL_SCHEMA_DRIFT, "");
    check_reject((sent){"{\"\\u005frescued_data\":1}", "[]"}, SPW_SIGNAL_SCHEMA_DRIFT,
                 "/_rescued_data");
    check_reject((sent){"{\"a\":1}", "[1"}, SPW_SIGNAL_UNRECOVERABLE, "");
}

static void marks_and_aborts(void) {
    target target = new_target();
    CHECK(position_of(&target, "s") == -1);
    CHECK(access(path, F_OK) != 0, "to ask makes no file");
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":1}")) == SPW_OK);
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":1}")) == SPW_INVALID);
    CHECK(prepare_stream(&target, "t", ONE("{\"n\":1}")) == SPW_FAILED);
    CHECK(signal_of(&target) == SPW_SIGNAL_TRANSIENT);
    CHECK(commit_stream(&target, "t", 1) == SPW_FAILED && abort_stream(&target, "t") == SPW_FAILED);
    CHECK(position_of(&target, "s") == -1);
    CHECK(abort_stream(&target, "s") == SPW_OK && abort_stream(&target, "s") == SPW_OK);
    check_file("");
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":2}")) == SPW_OK);
    CHECK(commit_stream(&target, "s", 2) == SPW_OK);
    const char *const streams[] = {"", "a b\n=", "t"};
    for (int i = 0; i < 3; i++) {
        CHECK(commit_stream(&target, streams[i], (uint64_t)i + 10) == SPW_OK, "%s", why(&target));
    }
    CHECK(commit_stream(&target, "t", 20) == SPW_OK);
    CHECK(prepare_stream(&target, "t", ONE("{\"n\":3}")) == SPW_OK);
    for (int round = 0; round < 2; round++) {
        CHECK(position_of(&target, "s") == 2 && position_of(&target, "t") == 20);
        CHECK(position_of(&target, "") == 10 && position_of(&target, "a b\n=") == 11);
        CHECK(position_of(&target, "other") == -1);
        kit_close(&target.kit);
        target = open_target();
    }
    check_file("{\"n\":2}\n");
    end_target(&target);
}

static void check_open_fails(int32_t signal, const char *named) {
    target target = open_target();
    spw_mark mark;
    CHECK(ask_position(&target, "s", &mark) == SPW_FAILED, "%s", named);
    CHECK(signal_of(&target) == signal && strstr(why(&target), named), "%s", why(&target));
    CHECK(prepare_stream(&target, "s", ONE("{}")) == SPW_FAILED);
    CHECK(commit_stream(&target, "s", 1) == SPW_FAILED);
    CHECK(signal_of(&target) == signal, "%s", why(&target));
    kit_close(&target.kit);
}

static void other_peoples_lines_are_safe(void) {
    new_folder();
    write_file(path, "{\"old\":1}\n");
    check_open_fails(SPW_SIGNAL_DENIED, "adopt");
    check_file("{\"old\":1}\n");
    snprintf(options, sizeof options, "{\"path\":\"%s\",\"adopt\":true}", path);
    target target = open_target();
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":1}")) == SPW_OK, "%s", why(&target));
    kit_close(&target.kit);
    check_file("{\"old\":1}\n");
    target = open_target();
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":1}")) == SPW_OK);
    CHECK(commit_stream(&target, "s", 1) == SPW_OK);
    check_file("{\"old\":1}\n{\"n\":1}\n");
    kit_close(&target.kit);
    CHECK(remove(mark_path) == 0);
    write_file(path, "{\"old\":1}");
    check_open_fails(SPW_SIGNAL_DENIED, "last line");
    end_folder();
}

/* Whatever comes in place of the file or its sidecar: nothing is cut off. */
static void another_file_is_not_touched(void) {
    static const char *const others[] = {"", "{\"n\":1}\n", "{\"n\":9}\n{\"n\":2}\n",
                                         "another file, and a longer one\n"};
    target target = new_target();
    const sent records[] = {{"{\"n\":1}"}, {"{\"n\":2}"}};
    CHECK(prepare_stream(&target, "s", records, 2) == SPW_OK);
    CHECK(commit_stream(&target, "s", 2) == SPW_OK);
    kit_close(&target.kit);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        write_file(path, others[i]);
        check_open_fails(SPW_SIGNAL_DENIED, i < 2 ? "missing" : "belongs");
        check_file(others[i]);
    }
    write_file(path, "{\"n\":1}\n{\"n\":2}\n{\"uncommitted\":");
    target = open_target();
    CHECK(position_of(&target, "s") == 2);
    check_file("{\"n\":1}\n{\"n\":2}\n");
    end_target(&target);
}

static void a_damaged_sidecar_is_denied(void) {
    target target = new_target();
    CHECK(prepare_stream(&target, "s", ONE("{\"n\":1}")) == SPW_OK);
    CHECK(commit_stream(&target, "s", 1) == SPW_OK);
    kit_close(&target.kit);
    size_t size;
    char *text = kit_read_file(mark_path, &size);
    for (size_t i = 0; i < size; i++) { /* each byte changed, and the text cut at each */
        for (int kind = 0; kind < 2; kind++) {
            FILE *file = fopen(mark_path, "w");
            char kept = text[i];
            text[i] = (char)(kept ^ (kind ? 1 : 0));
            CHECK(file && fwrite(text, 1, kind ? size : i, file) == (kind ? size : i));
            CHECK(fclose(file) == 0);
            text[i] = kept;
            check_open_fails(SPW_SIGNAL_DENIED, "sidecar");
        }
    }
    check_file("{\"n\":1}\n");
    free(text);
    end_folder();
}

static void one_instance_has_the_file(void) {
    target first = new_target(), second = open_target();
    CHECK(prepare_stream(&first, "s", ONE("{\"n\":1}")) == SPW_OK);
    spw_mark mark;
    CHECK(ask_position(&second, "s", &mark) == SPW_FAILED);
    CHECK(signal_of(&second) == SPW_SIGNAL_TRANSIENT, "%s", why(&second));
    CHECK(prepare_stream(&second, "t", ONE("{\"n\":2}")) == SPW_FAILED);
    CHECK(signal_of(&second) == SPW_SIGNAL_TRANSIENT, "%s", why(&second));
    CHECK(commit_stream(&first, "s", 1) == SPW_OK);
    kit_close(&first.kit);
    CHECK(prepare_stream(&second, "t", ONE("{\"n\":2}")) == SPW_OK, "%s", why(&second));
    CHECK(commit_stream(&second, "t", 1) == SPW_OK);
    check_file("{\"n\":1}\n{\"n\":2}\n");
    end_target(&second);
}

static void no_rights_are_denied(void) {
    for (int kind = 0; kind < 2; kind++) {
        target target = new_target();
        if (kind) {
            CHECK(commit_stream(&target, "s", 1) == SPW_OK);
        }
        kit_close(&target.kit);
        CHECK(chmod(folder, 0555) == 0);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            CHECK(getuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0));
            char *error;
            target.kit = kit_open(&plugin, SPW_SINK, "lines", options, NULL, &error);
            CHECK(error && signal_of(&target) == SPW_SIGNAL_DENIED, "%s", why(&target));
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
        CHECK(chmod(folder, 0755) == 0);
        end_folder();
    }
}

static void what_is_no_file_is_denied(void) {
    new_folder();
    CHECK(mkdir(path, 0700) == 0);
    check_open_fails(SPW_SIGNAL_DENIED, "out.ndjson");
    CHECK(rmdir(path) == 0 && mkfifo(path, 0600) == 0);
    check_open_fails(SPW_SIGNAL_DENIED, "regular");
    end_folder();
}

static void wrong_options_are_refused(void) {
    static const char *const wrong[][2] = {{"{}", "path"},
                                           {"{\"path\":1}", "path"},
                                           {"{\"path\":\"/tmp/\"}", "path"},
                                           {"{\"path\":\"/no/such/x\"}", "/no/such/x"},
                                           {"{\"path\":\"/tmp/x\",\"adopt\":1}", "adopt"},
                                           {"{\"path\":\"/tmp/x\",\"sync\":1}", "sync"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char *error;
        kit_instance made = kit_open(&plugin, SPW_SINK, "lines", wrong[i][0], NULL, &error);
        CHECK(error && strstr(error, wrong[i][1]), "%s: %s", wrong[i][0], error);
        free(error);
        kit_close(&made);
    }
}

int main(int count, char **arguments) {
    CHECK(count == 2);
    plugin = kit_load(arguments[1]);
    a_record_is_a_line();
    what_was_rescued_is_a_member();
    what_is_no_record_is_rejected();
    marks_and_aborts();
    other_peoples_lines_are_safe();
    another_file_is_not_touched();
    a_damaged_sidecar_is_denied();
    one_instance_has_the_file();
    no_rights_are_denied();
    what_is_no_file_is_denied();
    wrong_options_are_refused();
    return 0;
}
