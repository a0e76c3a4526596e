/* Files: order, ordinals, what became of them between two runs, a crash between put and commit. */
#include <fcntl.h>

#include "../../common/source_test.h"

static seen run(const char *options, const char *position) {
    return read_all(options, position, 2, 1 << 20);
}

/* The position after record `index`, which ends a batch. */
static char *after(const seen *all, size_t index) {
    CHECK(index < all->count && all->records[index].last);
    return strdup(all->records[index].position);
}

static char *at_end(const seen *all) {
    CHECK(all->status == SPW_END, "%d: %s", all->status, all->message);
    return after(all, all->count - 1);
}

static void expect(const seen *all, size_t count, const char *const *keys) {
    CHECK(all->status == SPW_END, "%s", all->message);
    CHECK(all->count == count, "%zu records", all->count);
    for (size_t i = 0; i < count; i++) {
        CHECK(!strcmp(all->records[i].key, keys[i]), "%s, not %s", all->records[i].key, keys[i]);
    }
}
#define KEYS(...)                                                                                  \
    sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]) {                \
        __VA_ARGS__                                                                                \
    }

static void expect_nothing(const char *options, const char *position) {
    seen all = run(options, position);
    CHECK(all.status == SPW_END && all.count == 0, "%zu, %s", all.count, all.message);
    seen_free(&all);
}

static void expect_failure(const char *options, const char *position, const char *says) {
    seen all = run(options, position);
    CHECK(all.status == SPW_FAILED && all.signal == SPW_SIGNAL_DENIED, "%d %d", all.status,
          all.signal);
    CHECK(strstr(all.message, says), "%s", all.message);
    seen_free(&all);
}

static void order_of_names(void) {
    empty_folder();
    write_file("b", "{\"b\":1}\n{\"b\":2}\n");
    write_file("a10", "{\"a\":10}\n");
    write_file("a9", "{\"a\":9}\n");
    write_file(".hidden", "{\"no\":1}\n");
    CHECK(mkdir(place("folder"), 0700) == 0);
    write_file("folder/c", "{\"c\":1}\n");
    const char *options = options_for("*", "");
    seen all = run(options, NULL);
    expect(&all, KEYS("in/1:0", "in/2:0", "in/3:0", "in/3:8"));
    check_key(&all, 0, "in/1:0", "{\"a\":10}");
    seen_free(&all);
    check_restarts(options, 1);
    kit_state_clear();
    seen deeper = run(options_for("f*/[a-c]", ""), NULL);
    expect(&deeper, KEYS("in/1:0"));
    seen_free(&deeper);
}

static void order_of_time(void) {
    empty_folder();
    write_file("a", "{\"a\":1}\n");
    write_file("b", "{\"b\":1}\n");
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK(utimensat(AT_FDCWD, place("b"), old, 0) == 0);
    seen all = run(options_for("*", ",\"sort\":\"mtime\""), NULL);
    check_key(&all, 0, "in/1:0", "{\"b\":1}");
    check_key(&all, 1, "in/2:0", "{\"a\":1}");
    seen_free(&all);
}

/* Small files share batches; positions in them hold. */
static void batches_span_files(void) {
    empty_folder();
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%02d", i);
        write_file(name, i % 3 ? "{\"n\":1}\n\n" : "");
    }
    seen all = read_all(options_for("f*", ""), NULL, 100, 1 << 20);
    CHECK(all.count == 13 && all.records[12].last && !all.records[0].last);
    CHECK(!strcmp(all.records[0].position, all.records[12].position));
    expect_nothing(options_for("f*", ""), all.records[0].position);
    seen_free(&all);
    check_restarts(options_for("f*", ""), 1);
}

static void rerun_and_growth(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("a", "{\"a\":1}\n{\"a\":2}");
    write_file("b", "{\"b\":1}\n");
    seen first = run(options, NULL);
    expect(&first, KEYS("in/1:0", "in/1:8", "in/2:0"));
    char *position = at_end(&first);
    expect_nothing(options, position);
    expect_nothing(options, position);

    /* the last file goes on under its ordinal, an earlier one under a new one */
    append_file("b", "{\"b\":2}\n");
    append_file("a", "\n{\"a\":3}\n");
    seen second = run(options, position);
    expect(&second, KEYS("in/2:8", "in/3:16"));
    char *later = at_end(&second);
    expect_nothing(options, later);

    /* a position from before (a sink restored from a copy): the same records, the same keys */
    seen again = run(options, position);
    check_same_from(&second, 0, &again);
    seen whole = run(options, NULL);
    expect(&whole, KEYS("in/1:0", "in/1:8", "in/2:0", "in/2:8", "in/3:16"));
    seen_free(&first);
    seen_free(&second);
    seen_free(&again);
    seen_free(&whole);
    free(position);
    free(later);
}

static void touched_is_unchanged(const char *more) {
    empty_folder();
    const char *options = options_for("*", more);
    write_file("a", "{\"a\":1}\n");
    write_file("b", "{\"b\":1}\n");
    seen first = run(options, NULL);
    char *position = at_end(&first);
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    CHECK(utimensat(AT_FDCWD, place("a"), old, 0) == 0);
    expect_nothing(options, position);
    seen_free(&first);
    free(position);
}

static void rewritten(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("a", "{\"a\":1}\n");
    write_file("b", "{\"b\":1}\n{\"b\":2}\n{\"b\":3}\n");
    seen first = read_all(options, NULL, 1, 1 << 20);
    char *end = at_end(&first), *in_b = after(&first, 1);

    /* finished files: of the same length, shorter, and what was read is only a part of it */
    write_file("a", "{\"a\":9}\n");
    seen same_length = run(options, end);
    expect(&same_length, KEYS("in/3:0"));
    check_key(&same_length, 0, "in/3:0", "{\"a\":9}");
    char *next = at_end(&same_length);
    expect_nothing(options, next);
    write_file("b", "{}\n");
    seen shorter = run(options, next);
    expect(&shorter, KEYS("in/4:0"));
    free(next);
    next = at_end(&shorter);
    expect_nothing(options, next);

    /* in the middle of b when it was rewritten: its new content comes once */
    seen half = run(options, in_b);
    expect(&half, KEYS("in/3:0", "in/4:0"));
    seen_free(&first);
    seen_free(&same_length);
    seen_free(&shorter);
    seen_free(&half);
    free(end);
    free(in_b);
    free(next);
}

static void rewritten_half_read(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("a", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    seen first = read_all(options, NULL, 1, 1 << 20);
    char *position = after(&first, 0);
    write_file("a", "{\"a\":7}\n{\"a\":8}\n");
    seen second = run(options, position);
    expect(&second, KEYS("in/2:0", "in/2:8"));
    seen third = run(options, position); /* nothing was committed: the same again */
    check_same_from(&second, 0, &third);
    write_file("a", "{}\n");
    seen cut = run(options, position);
    expect(&cut, KEYS("in/2:0"));
    seen_free(&first);
    seen_free(&second);
    seen_free(&third);
    seen_free(&cut);
    free(position);
}

static void earlier_name_later(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("m", "{\"m\":1}\n{\"m\":2}\n{\"m\":3}\n");
    write_file("z", "{\"z\":1}\n");
    seen first = read_all(options, NULL, 1, 1 << 20);
    char *half = after(&first, 1), *end = at_end(&first);
    write_file("a", "{\"a\":1}\n");
    seen rest = run(options, end);
    expect(&rest, KEYS("in/3:0"));
    check_key(&rest, 0, "in/3:0", "{\"a\":1}");
    seen from_half = run(options, half);
    expect(&from_half, KEYS("in/1:16", "in/2:0", "in/3:0"));
    seen_free(&first);
    seen_free(&rest);
    seen_free(&from_half);
    free(half);
    free(end);
}

/* Killed at every moment: what the state holds by then must not make records vanish. */
static void killed_before_commit(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("a", "{\"a\":1}\n{\"a\":2}\n");
    write_file("b", "");
    write_file("c", "{\"c\":1}\n");
    seen whole = read_all(options, NULL, 1, 1 << 20);
    for (size_t read = 0; read <= whole.count; read++) {
        for (size_t committed = 0; committed <= read; committed++) {
            kit_state_clear();
            kit_instance source = start_source(options, NULL);
            seen some = {0};
            for (size_t i = 0; i < read; i++) {
                CHECK(see_next(&source, &some, 1, 1 << 20) == SPW_OK);
            }
            if (read == whole.count) {
                CHECK(see_next(&source, &some, 1, 1 << 20) == SPW_END);
            }
            kit_close(&source);
            const char *position = committed ? some.records[committed - 1].position : NULL;
            seen rest = run(options, position);
            check_same_from(&whole, committed, &rest);
            seen_free(&rest);
            seen_free(&some);
        }
    }
    seen_free(&whole);
}

static void more_after_the_end(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("b", "{\"b\":1}\n");
    kit_instance source = start_source(options, NULL);
    seen all = {0};
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_OK);
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_END);
    append_file("b", "{\"b\":2}\n");
    write_file("a", "{\"a\":1}\n");
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_OK);
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_END);
    expect(&all, KEYS("in/1:0", "in/1:8", "in/2:0"));
    kit_close(&source);
    seen_free(&all);
}

static void missing_files(void) {
    empty_folder();
    expect_failure(options_for("no.ndjson", ""), NULL, "no.ndjson");
    expect_nothing(options_for("no*.ndjson", ""), NULL);
    expect_failure(options_for("", ""), NULL, "not a regular file");
    write_file("[x].ndjson", "{\"a\":1}\n");
    seen odd = run(options_for("[x].ndjson", ""), NULL);
    expect(&odd, KEYS("in/1:0"));
    seen_free(&odd);
}

static void vanished(void) {
    empty_folder();
    const char *options = options_for("*", "");
    write_file("a", "{\"a\":1}\n\n");
    write_file("b", "{\"b\":1}\n{\"b\":2}\n");
    write_file("c", "{\"c\":1}\n");
    write_file("d", "");
    seen first = read_all(options, NULL, 1, 1 << 20);
    char *done_a = after(&first, 0), *half = after(&first, 1), *end = at_end(&first);
    CHECK(unlink(place("a")) == 0);
    seen rest = run(options, half);
    expect(&rest, KEYS("in/2:8", "in/3:0"));
    seen_free(&rest);
    rest = run(options, done_a);
    expect(&rest, KEYS("in/2:0", "in/2:8", "in/3:0"));
    CHECK(unlink(place("d")) == 0); /* held nothing */
    expect_nothing(options, end);
    CHECK(unlink(place("c")) == 0); /* done */
    expect_nothing(options, end);
    CHECK(rename(place("b"), place("../spillway-b-away")) == 0);
    expect_failure(options, half, "/b: was found before and is gone, read up to byte 8");
    CHECK(rename(place("../spillway-b-away"), place("b")) == 0);
    expect_failure(options, half, "/c: was found before and is gone");
    write_file("c", "");
    seen without = run(options, half);
    expect(&without, KEYS("in/2:8"));
    seen_free(&first);
    seen_free(&rest);
    seen_free(&without);
    free(done_a);
    free(half);
    free(end);
}

static void other_files_named(const char *more) {
    empty_folder();
    write_file("a1", "{\"a\":1}\n{\"a\":2}\n");
    write_file("a2", "{\"a\":3}\n");
    write_file("b1", "{\"b\":1}\n");
    seen first = read_all(options_for("a*", more), NULL, 1, 1 << 20);
    char *half = after(&first, 0);
    seen other = run(options_for("b*", more), half);
    expect(&other, KEYS("in/3:0"));
    char *position = at_end(&other);
    seen all = run(options_for("*", more), position); /* what was passed over comes now */
    expect(&all, KEYS("in/4:8", "in/5:0"));
    seen_free(&first);
    seen_free(&other);
    seen_free(&all);
    free(half);
    free(position);
}

/* Root may read everything, but no one can follow a link to itself. */
static void unreadable(void) {
    empty_folder();
    write_file("a", "{\"a\":1}\n");
    CHECK(symlink("b", place("b")) == 0);
    expect_failure(options_for("*", ""), NULL, "/b: ");
    expect_failure(options_for("b", ""), NULL, "/b: ");
}

static void without_hash(void) {
    empty_folder();
    const char *options = options_for("*", ",\"hash_prefix\":false");
    write_file("a", "{\"a\":1}\n{\"a\":2}\n");
    seen all = read_all(options, NULL, 1, 1 << 20);
    CHECK(!strcmp(all.records[0].position, "1:8:-"), "%s", all.records[0].position);
    check_restarts(options, 1);
    write_file("a", "{}");
    seen shorter = run(options, "1:8:-");
    expect(&shorter, KEYS("in/2:0"));
    seen_free(&all);
    seen_free(&shorter);
    touched_is_unchanged(",\"hash_prefix\":false");
}

/* A file cut while it is read ends early; a later run sees that it is another one. */
static void cut_while_read(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    for (int i = 0; i < 50000; i++) {
        fprintf(file, "{\"n\":%d}\n", 100000 + i);
    }
    fclose(file);
    kit_instance source = start_source(options_for("a", ""), NULL);
    seen all = {0};
    CHECK(see_next(&source, &all, 10, 1 << 20) == SPW_OK);
    CHECK(truncate(place("a"), 5) == 0);
    while (see_next(&source, &all, 1000, 1 << 20) == SPW_OK) {
    }
    CHECK(all.status == SPW_END && all.count >= 10 && all.count < 50000);
    seen again = run(options_for("a", ""), all.records[0].position);
    CHECK(again.count == 1 && again.records[0].reason);
    CHECK(!strcmp(again.records[0].key, "in/2:0"), "%s", again.records[0].key);
    kit_close(&source);
    seen_free(&all);
    seen_free(&again);
}

static void assign_says_why(const char *position, const char *says) {
    kit_instance source = kit_open(&tested, SPW_SOURCE, "in", options_for("*", ""), NULL, NULL);
    const spw_source *table = source.table;
    CHECK(table->assign(source.instance, kit_begin(&source, 0), kit_str(""),
                        kit_bytes(position, strlen(position))) == SPW_FAILED);
    spw_str why = spw_frame_message(source.frame);
    CHECK(memmem(why.data, why.size, says, strlen(says)), "%.*s", (int)why.size, why.data);
    spw_batch batch = {.size = sizeof batch};
    CHECK(table->next(source.instance, kit_begin(&source, 9), 9, 9, &batch) == SPW_INVALID);
    kit_close(&source);
}

static void positions_that_are_none(void) {
    empty_folder();
    write_file("a", "{}\n");
    assign_says_why("x", "no position");
    assign_says_why("0:0:-", "no position");
    assign_says_why("1:0:abc", "no position");
    assign_says_why("1:0:-/3x", "no position");
    assign_says_why("1:0:-/", "no position");
    assign_says_why("1:3:-", "the state knows 0");
}

/* About max_bytes: never over it, but for one record that is larger itself. */
static void batches_keep_to_their_size(void) {
    empty_folder();
    for (int i = 0; i < 3; i++) {
        write_file(i ? i == 1 ? "b" : "c" : "a",
                   "{\"a\":1}\n{\"a\":2}\n{\"long\":\"123456789\"}\n");
    }
    static const struct {
        uint64_t bytes;
        size_t first; /* records of the first batch */
    } cases[] = {{1, 1}, {13, 1}, {14, 2}, {33, 2}, {34, 3}, {40, 3}, {41, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        kit_state_clear();
        seen all = read_all(options_for("*", ""), NULL, 100, cases[i].bytes);
        CHECK(all.count == 9);
        size_t first = 0;
        while (!all.records[first++].last) {
        }
        CHECK(first == cases[i].first, "%zu", first);
        seen_free(&all);
    }
}

/* Batches outlive the file, the next call and the instance's other work. */
static void batches_keep_their_bytes(void) {
    empty_folder();
    write_file("a", "{\"a\":1}\n{\"a\":2}\n");
    kit_instance source = start_source(options_for("a", ""), NULL);
    const spw_source *table = source.table;
    spw_batch first = {.size = sizeof first}, second = {.size = sizeof second};
    CHECK(table->next(source.instance, kit_begin(&source, 1), 1, 99, &first) == SPW_OK);
    CHECK(table->next(source.instance, kit_begin(&source, 1), 1, 99, &second) == SPW_OK);
    CHECK(truncate(place("a"), 0) == 0);
    CHECK(table->revoke(source.instance, kit_begin(&source, 0), kit_str("")) == SPW_OK);
    CHECK(!memcmp(first.input.bytes.data, "{\"a\":1}", 7));
    CHECK(!memcmp(second.input.bytes.data, "{\"a\":2}", 7));
    CHECK(kit_equal(second.input.records[0].key, "in/1:8"));
    CHECK(kit_equal(second.input.raw_media_type, "application/x-ndjson"));
    table->release(source.instance, second.token);
    table->release(source.instance, first.token);
    kit_close(&source);
}

/* A call that is to end gives nothing and loses nothing. */
static void cancelled(void) {
    empty_folder();
    FILE *file = fopen(place("a"), "wb");
    for (int i = 0; i < 100000; i++) {
        fprintf(file, "{\"n\":%d}\n", 100000 + i);
    }
    fclose(file);
    seen whole = read_all(options_for("a", ""), NULL, 50000, 1 << 30);
    const char *position = whole.records[0].position;
    kit_instance source = start_source(options_for("a", ""), position);
    const spw_source *table = source.table;
    spw_batch batch = {.size = sizeof batch};
    for (int i = 0; i < 3; i++) {
        spw_call *call = kit_begin(&source, 10);
        spw_frame_cancel(source.frame);
        CHECK(table->next(source.instance, call, 10, 1 << 20, &batch) == SPW_PENDING);
    }
    seen rest = {0};
    while (see_next(&source, &rest, 50000, 1 << 30) == SPW_OK) {
    }
    check_same_from(&whole, 50000, &rest);
    kit_close(&source);
    seen_free(&whole);
    seen_free(&rest);
}

/* Rejects that the host has no room for come with the next call; a host that refuses one although
 * there is room gets nothing, and everything later. */
static void no_room_for_rejects(void) {
    empty_folder();
    write_file("a", "{}\n[1]\n[2]\n");
    kit_instance source = start_source(options_for("a", ""), NULL);
    const spw_source *table = source.table;
    spw_batch batch = {.size = sizeof batch};
    CHECK(table->next(source.instance, kit_begin(&source, 2), 9, 1 << 20, &batch) == SPW_FAILED);
    spw_frame_begin(source.frame, &(spw_frame_setup){.budget = 2350, .record_count = 9});
    CHECK(table->next(source.instance, spw_frame_call(source.frame), 9, 1 << 20, &batch) == SPW_OK);
    CHECK(batch.input.record_count == 2 && !spw_frame_over_budget(source.frame));
    table->release(source.instance, batch.token);
    spw_frame_begin(source.frame, &(spw_frame_setup){.budget = 100, .record_count = 9});
    CHECK(table->next(source.instance, spw_frame_call(source.frame), 9, 1 << 20, &batch) ==
          SPW_FAILED);
    CHECK(spw_frame_signal(source.frame) == SPW_SIGNAL_OVER_BUDGET);
    seen rest = {0};
    CHECK(see_next(&source, &rest, 9, 1 << 20) == SPW_OK);
    CHECK(rest.count == 1 && !strcmp(rest.records[0].bytes, "[2]") && rest.records[0].reason);
    seen_free(&rest);
    kit_close(&source);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    begin_tests(argv[1]);
    order_of_names();
    order_of_time();
    batches_span_files();
    rerun_and_growth();
    touched_is_unchanged("");
    rewritten();
    rewritten_half_read();
    earlier_name_later();
    killed_before_commit();
    more_after_the_end();
    missing_files();
    vanished();
    other_files_named("");
    other_files_named(",\"hash_prefix\":false");
    batches_keep_to_their_size();
    unreadable();
    without_hash();
    cut_while_read();
    positions_that_are_none();
    batches_keep_their_bytes();
    cancelled();
    no_room_for_rejects();
    end_tests();
    return 0;
}
