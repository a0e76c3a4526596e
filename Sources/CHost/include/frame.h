/*
 * A call frame: the host's side of one spw_call, its output and its events.
 *
 * A lane owns one frame and uses it for call after call; its buffers grow to what the lane needs
 * and are then reused, so a call that fits allocates nothing. Everything that a plugin hands over
 * is checked here, once, before the host believes it.
 *
 * Threads: begin, wait and the getters belong to the lane. `complete`, `cancelled` and `log` may be
 * called by the plugin from any thread.
 */
#ifndef SPW_HOST_FRAME_H
#define SPW_HOST_FRAME_H

#include <spillway/abi.h>
#include <stdbool.h>

typedef struct spw_frame spw_frame;

/* What differs from call to call. Views are borrowed until the next begin. */
typedef struct spw_frame_setup {
    spw_str batch_id;
    spw_str tier;
    spw_str attempt_key;
    uint64_t deadline_ns;
    uint64_t budget; /* bytes of host-side room, 0: none at all */
    uint32_t attempt;
    uint32_t record_count; /* of the input: indices are checked against it */
} spw_frame_setup;

/* One row of what came out: record `index` of the input. */
typedef struct spw_result {
    uint64_t offset; /* into the frame's output bytes */
    uint64_t length;
    uint32_t index;
    int32_t operation;
    bool passed; /* unchanged: the bytes are the input's */
} spw_result;

/* Where log lines go; message is borrowed. */
typedef void (*spw_frame_log)(void *context, const spw_call *call, int32_t level, spw_str message);

spw_frame *spw_frame_new(void);
void spw_frame_free(spw_frame *frame);
void spw_frame_set_log(spw_frame *frame, spw_frame_log log, void *context);

void spw_frame_begin(spw_frame *frame, const spw_frame_setup *setup);
spw_call *spw_frame_call(spw_frame *frame);
spw_output *spw_frame_output(spw_frame *frame);

/* After SPW_PENDING: blocks until the plugin completes the call or the deadline has passed. Answers
 * the status given to complete, or SPW_PENDING when time ran out: the plugin may then still write
 * into the frame, which must be abandoned, never freed or reused. */
spw_status spw_frame_wait(spw_frame *frame);
/* [any] Asks the call to end early: cancelled answers 1 from now on, until the next begin. */
void spw_frame_cancel(spw_frame *frame);

/* What the call left behind; valid until the next begin. */
spw_bytes spw_frame_bytes(const spw_frame *frame);
const spw_result *spw_frame_results(const spw_frame *frame, size_t *count);
const spw_event *spw_frame_events(const spw_frame *frame, size_t *count);
/* Neither a result nor an event was left behind. */
bool spw_frame_is_silent(const spw_frame *frame);
int32_t spw_frame_signal(const spw_frame *frame);
uint64_t spw_frame_retry_after(const spw_frame *frame);
spw_str spw_frame_message(const spw_frame *frame);
bool spw_frame_over_budget(const spw_frame *frame);
/* The first rule of the ABI that the call broke, or an empty view. */
spw_str spw_frame_violation(const spw_frame *frame);
/* Bytes of host-side room that the call took. */
uint64_t spw_frame_used(const spw_frame *frame);

#endif
