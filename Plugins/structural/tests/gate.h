/* One pair of records through the gate, for the tests of this plugin. */
#ifndef STRUCTURAL_GATE_H
#define STRUCTURAL_GATE_H

#include "kit.h"

static kit_instance gate;

/* Judges payloads; answers the verdicts, which hold until the next call. */
static const spw_event *judge_inputs(const spw_input *before, const spw_input *after,
                                     const spw_event *events, size_t event_count, size_t *count) {
    uint32_t rows = after ? after->record_count : before->record_count;
    spw_call *call = kit_begin(&gate, rows);
    const spw_validator *table = gate.table;
    spw_status status = table->validate(gate.instance, call, before, after, events, event_count);
    spw_str why = spw_frame_message(gate.frame);
    CHECK(status == SPW_OK, "%d: %.*s", status, (int)why.size, why.data);
    CHECK(spw_frame_violation(gate.frame).size == 0);
    const spw_event *found = spw_frame_events(gate.frame, count);
    for (size_t i = 0; i < *count; i++) {
        CHECK(found[i].kind == SPW_EVENT_REJECTED && found[i].reason.size);
    }
    return found;
}

static const spw_event *judge(const char *before, const char *after, const spw_event *events,
                              size_t event_count, size_t *count) {
    spw_input b = kit_input(&before, 1), a = kit_input(&after, 1);
    const spw_event *found = judge_inputs(&b, &a, events, event_count, count);
    kit_input_free(&b);
    kit_input_free(&a);
    return found;
}

static inline spw_event about(int32_t kind, const char *pointer, const char *after) {
    return (spw_event){.size = sizeof(spw_event),
                       .kind = kind,
                       .pointer = kit_str(pointer),
                       .after = kit_str(after)};
}

#endif
