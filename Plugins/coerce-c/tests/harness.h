/*
 * Running records through a coercion handler, and reading back what it did as one text. The
 * programs in this folder know nothing of the handler but its .so: they serve coerce-swift too.
 */
#ifndef COERCE_TESTS_HARNESS_H
#define COERCE_TESTS_HARNESS_H

#include <inttypes.h>

#include "kit.h"

#define ACCOUNT_ROOM (1 << 20)

typedef struct account {
    char text[ACCOUNT_ROOM]; /* a line an event */
    size_t used;
} account;

static inline void account_put(account *account, const char *text, size_t size) {
    CHECK(account->used + size < ACCOUNT_ROOM, "too much to tell");
    memcpy(account->text + account->used, text, size);
    account->used += size;
    account->text[account->used] = 0;
}

static inline void account_word(account *account, spw_str word) {
    account_put(account, " ", 1);
    account_put(account, word.size ? word.data : "-", word.size ? word.size : 1);
}

/* coerced POINTER BEFORE AFTER LOSS | stripped POINTER BEFORE | rescued POINTER BEFORE REASON |
 * rejected SIGNAL POINTER BEFORE REASON; what is empty is "-". */
static inline void account_event(account *account, const spw_event *event) {
    static const char *const kinds[] = {"?", "coerced",  "stripped", "rescued",
                                        "?", "rejected", "?"};
    static const char *const losses[] = {"none", "representation", "precision", "truncation",
                                         "default"};
    CHECK(event->kind >= 1 && event->kind <= 6, "an event of kind %d", event->kind);
    CHECK(event->loss >= 0 && event->loss <= 4, "an event of loss %d", event->loss);
    account_put(account, kinds[event->kind], strlen(kinds[event->kind]));
    if (event->kind == SPW_EVENT_REJECTED) {
        char signal[16];
        snprintf(signal, sizeof signal, "%d", event->signal);
        account_word(account, kit_str(signal));
    } else {
        CHECK(event->signal == 0, "a signal outside of a reject");
    }
    account_word(account, event->pointer);
    account_word(account, event->before);
    if (event->kind == SPW_EVENT_COERCED) {
        account_word(account, event->after);
        account_word(account, kit_str(losses[event->loss]));
    } else {
        CHECK(event->loss == 0 && event->after.size == 0, "more than this event says");
    }
    if (event->kind == SPW_EVENT_RESCUED || event->kind == SPW_EVENT_REJECTED) {
        account_word(account, event->reason);
    } else {
        CHECK(event->reason.size == 0, "a reason where none belongs");
    }
    account_put(account, "\n", 1);
}

static inline spw_status run_input(kit_instance *instance, const spw_input *input) {
    const spw_handler *handler = instance->table;
    spw_call *call = kit_begin(instance, input->record_count);
    spw_status status =
        handler->handle(instance->instance, call, input, spw_frame_output(instance->frame));
    spw_str violation = spw_frame_violation(instance->frame);
    CHECK(!violation.size, "%.*s", (int)violation.size, violation.data);
    return status;
}

static inline spw_input one_record(const char *data, size_t size, spw_record *record) {
    *record = (spw_record){.length = size, .sequence = 1, .key = {"test/1:0", 8}};
    return (spw_input){.size = sizeof(spw_input),
                       .record_count = 1,
                       .records = record,
                       .bytes = {(const uint8_t *)data, size},
                       .total_size = size,
                       .media_type = {"application/json", 16}};
}

/* Every record is passed, emitted or rejected, once. */
static inline void check_sums(kit_instance *instance, uint32_t records) {
    size_t result_count, event_count, rejects = 0;
    const spw_result *results = spw_frame_results(instance->frame, &result_count);
    const spw_event *events = spw_frame_events(instance->frame, &event_count);
    uint8_t *seen = calloc(records + 1, 1);
    for (size_t i = 0; i < result_count; i++) {
        CHECK(!seen[results[i].index]++, "record %u came out twice", results[i].index);
    }
    for (size_t i = 0; i < event_count; i++) {
        if (events[i].kind == SPW_EVENT_REJECTED) {
            CHECK(!seen[events[i].index]++, "record %u is rejected and more", events[i].index);
            rejects++;
        }
    }
    CHECK(result_count + rejects == records, "%zu out, %zu rejected, of %u", result_count, rejects,
          records);
    free(seen);
}

typedef enum fate { PASSED, EMITTED, REJECTED } fate;

/* One record. `output` (to be freed) is the record's new text, NULL unless EMITTED. */
static inline fate run_record(kit_instance *instance, const char *data, size_t size, char **output,
                              account *account) {
    spw_record record;
    spw_input input = one_record(data, size, &record);
    CHECK(run_input(instance, &input) == SPW_OK, "%.*s", (int)size, data);
    check_sums(instance, 1);
    size_t count;
    const spw_event *events = spw_frame_events(instance->frame, &count);
    account->used = 0;
    account->text[0] = 0;
    for (size_t i = 0; i < count; i++) {
        account_event(account, &events[i]);
    }
    size_t event_count = count;
    *output = NULL;
    const spw_result *result = spw_frame_results(instance->frame, &count);
    if (!count) {
        CHECK(event_count == 1 && events->kind == SPW_EVENT_REJECTED,
              "a reject says more than that: %s", account->text);
        return REJECTED;
    }
    if (result->passed) {
        CHECK(!account->used, "passed, but: %s", account->text);
        return PASSED;
    }
    CHECK(account->used, "changed without an event: %.*s", (int)size, data);
    *output = strndup((const char *)spw_frame_bytes(instance->frame).data + result->offset,
                      result->length);
    return EMITTED;
}

/* What came out goes through once more unchanged. */
static inline void check_stable(kit_instance *instance, const char *output) {
    static account again;
    char *changed;
    fate fate = run_record(instance, output, strlen(output), &changed, &again);
    CHECK(fate == PASSED, "not stable: %s\n%s", output, again.text);
}

#endif
