#include "frame.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Copies of what events and fail said live in blocks that never move, so views into them hold. */
typedef struct block {
    struct block *next;
    size_t size, used;
    _Alignas(16) uint8_t data[];
} block;

struct spw_frame {
    spw_call call; /* first, so that a call leads back to its frame */
    spw_output output;

    uint64_t budget, used;
    uint32_t record_count;
    bool over_budget;
    const char *violation;

    uint8_t *bytes;
    size_t bytes_size, bytes_used, bytes_emitted, bytes_reserved;
    spw_result *results;
    size_t result_count, result_room;
    spw_event *events;
    size_t event_count, event_room;

    block *first, *current; /* copied text and the plugin's own room */

    int32_t signal;
    uint64_t retry_after_ns;
    spw_str message;

    spw_frame_log log;
    void *log_context;

    atomic_int cancel;
    pthread_mutex_t lock; /* guards completed and completion */
    pthread_cond_t done;
    bool completed;
    spw_status completion;
};

enum { block_size = 16 * 1024, message_limit = 4096 };

static spw_frame *frame_of(const spw_call *call) {
    return (spw_frame *)(uintptr_t)call->context;
}

static void violate(spw_frame *frame, const char *rule) {
    if (!frame->violation) {
        frame->violation = rule;
    }
}

/* Charges bytes to the call; false when they do not fit. */
static bool charge(spw_frame *frame, size_t size) {
    if (size > frame->budget - frame->used) {
        frame->over_budget = true;
        return false;
    }
    frame->used += size;
    frame->call.budget_left = frame->budget - frame->used;
    return true;
}

static void *arena_take(spw_frame *frame, size_t size) {
    if (size > SIZE_MAX - 32 - sizeof(block)) {
        return NULL;
    }
    size = (size + 15) & ~(size_t)15;
    block *at = frame->current;
    while (at && at->size - at->used < size) {
        at = at->next;
        if (at) {
            at->used = 0;
            frame->current = at;
        }
    }
    if (!at) {
        size_t room = size > block_size ? size : block_size;
        at = malloc(sizeof(block) + room);
        if (!at) {
            return NULL;
        }
        *at = (block){.next = NULL, .size = room, .used = 0};
        block **link = &frame->first;
        while (*link) {
            link = &(*link)->next;
        }
        *link = at;
        frame->current = at;
    }
    void *taken = at->data + at->used;
    at->used += size;
    return taken;
}

static bool arena_copy(spw_frame *frame, spw_str from, spw_str *to) {
    *to = (spw_str){NULL, 0};
    if (from.size == 0) {
        return true;
    }
    if (!from.data) {
        violate(frame, "a view has a length but no pointer");
        return true;
    }
    if (!charge(frame, from.size)) {
        return false;
    }
    char *copy = arena_take(frame, from.size);
    if (!copy) {
        frame->over_budget = true;
        return false;
    }
    memcpy(copy, from.data, from.size);
    *to = (spw_str){copy, from.size};
    return true;
}

/* Room for one more element of an array that only grows; charged by the element. */
static bool grow(spw_frame *frame, void **array, size_t *room, size_t count, size_t element) {
    if (!charge(frame, element)) {
        return false;
    }
    if (count < *room) {
        return true;
    }
    size_t larger = *room ? *room * 2 : 64;
    void *moved = realloc(*array, larger * element);
    if (!moved) {
        frame->over_budget = true;
        return false;
    }
    *array = moved;
    *room = larger;
    return true;
}

/* --- what the plugin calls --- */

static int32_t call_cancelled(const spw_call *call) {
    spw_frame *frame = frame_of(call);
    if (atomic_load_explicit(&frame->cancel, memory_order_relaxed)) {
        return 1;
    }
    if (!call->deadline_ns) {
        return 0;
    }
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec > call->deadline_ns;
}

static void call_log(const spw_call *call, int32_t level, spw_str message) {
    spw_frame *frame = frame_of(call);
    if (frame->log) {
        frame->log(frame->log_context, call, level, message);
    }
}

static void *call_allocate(spw_call *call, size_t size) {
    spw_frame *frame = frame_of(call);
    return charge(frame, size) ? arena_take(frame, size ? size : 1) : NULL;
}

static void call_fail(spw_call *call, int32_t signal, uint64_t retry_after_ns, spw_str message) {
    spw_frame *frame = frame_of(call);
    frame->signal = signal;
    frame->retry_after_ns = retry_after_ns;
    if (message.size > message_limit) {
        message.size = message_limit;
    }
    uint64_t budget = frame->budget; /* saying why must work when the budget is spent */
    bool over = frame->over_budget;
    frame->budget += message_limit;
    arena_copy(frame, message, &frame->message);
    frame->budget = budget;
    frame->over_budget = over;
    if (frame->used > budget) {
        frame->used = budget;
    }
}

static spw_status call_event(spw_call *call, const spw_event *event) {
    spw_frame *frame = frame_of(call);
    if (!event || event->size < offsetof(spw_event, reason) + sizeof(spw_str)) {
        violate(frame, "an event's size is smaller than that of ABI 1.0");
        return SPW_INVALID;
    }
    if (event->index >= frame->record_count) {
        violate(frame, "an event names a record that the input does not have");
        return SPW_INVALID;
    }
    if (!grow(frame, (void **)&frame->events, &frame->event_room, frame->event_count,
              sizeof(spw_event))) {
        return SPW_OVER_BUDGET;
    }
    spw_event *kept = &frame->events[frame->event_count];
    *kept = *event;
    kept->size = sizeof(spw_event);
    if (!arena_copy(frame, event->pointer, &kept->pointer) ||
        !arena_copy(frame, event->before, &kept->before) ||
        !arena_copy(frame, event->after, &kept->after) ||
        !arena_copy(frame, event->reason, &kept->reason)) {
        return SPW_OVER_BUDGET;
    }
    frame->event_count++;
    return SPW_OK;
}

static void call_complete(spw_call *call, spw_status status) {
    spw_frame *frame = frame_of(call);
    pthread_mutex_lock(&frame->lock);
    if (!frame->completed) {
        frame->completed = true;
        frame->completion = status;
        pthread_cond_signal(&frame->done);
    }
    pthread_mutex_unlock(&frame->lock);
}

static spw_status output_reserve(spw_output *output, size_t at_least, spw_room *room) {
    spw_frame *frame = output->context;
    size_t left = frame->bytes_size - frame->bytes_used;
    if (at_least > frame->budget - frame->used) {
        frame->over_budget = true;
        return SPW_OVER_BUDGET;
    }
    if (left < at_least) {
        size_t larger = frame->bytes_size ? frame->bytes_size : 4096;
        while (larger - frame->bytes_used < at_least) {
            larger *= 2;
        }
        uint8_t *moved = realloc(frame->bytes, larger);
        if (!moved) {
            frame->over_budget = true;
            return SPW_OVER_BUDGET;
        }
        frame->bytes = moved;
        frame->bytes_size = larger;
        left = larger - frame->bytes_used;
    }
    uint64_t budget_left = frame->budget - frame->used;
    frame->bytes_reserved = left < budget_left ? left : (size_t)budget_left;
    *room = (spw_room){frame->bytes + frame->bytes_used, frame->bytes_reserved};
    return SPW_OK;
}

static spw_status output_commit(spw_output *output, size_t used) {
    spw_frame *frame = output->context;
    if (used > frame->bytes_reserved) {
        violate(frame, "more bytes were committed than reserved");
        return SPW_INVALID;
    }
    frame->bytes_reserved -= used;
    frame->bytes_used += used;
    charge(frame, used);
    return SPW_OK;
}

static spw_status add_result(spw_frame *frame, spw_result result) {
    if (result.index >= frame->record_count) {
        violate(frame, "the output names a record that the input does not have");
        return SPW_INVALID;
    }
    if (frame->result_count && frame->results[frame->result_count - 1].index > result.index) {
        violate(frame, "the output's records are not in the order of the input");
        return SPW_INVALID;
    }
    if (!grow(frame, (void **)&frame->results, &frame->result_room, frame->result_count,
              sizeof(spw_result))) {
        return SPW_OVER_BUDGET;
    }
    frame->results[frame->result_count++] = result;
    return SPW_OK;
}

static spw_status output_emit(spw_output *output, uint32_t index, int32_t operation) {
    spw_frame *frame = output->context;
    spw_result result = {.offset = frame->bytes_emitted,
                         .length = frame->bytes_used - frame->bytes_emitted,
                         .index = index,
                         .operation = operation};
    frame->bytes_emitted = frame->bytes_used;
    return add_result(frame, result);
}

static spw_status output_pass(spw_output *output, uint32_t index) {
    spw_frame *frame = output->context;
    if (frame->bytes_emitted != frame->bytes_used) {
        violate(frame, "bytes were committed for a record that is then passed unchanged");
        return SPW_INVALID;
    }
    return add_result(frame, (spw_result){.index = index, .passed = true});
}

/* --- what the lane calls --- */

spw_frame *spw_frame_new(void) {
    spw_frame *frame = calloc(1, sizeof(spw_frame));
    if (!frame) {
        return NULL;
    }
    frame->call = (spw_call){.size = sizeof(spw_call),
                             .context = frame,
                             .cancelled = call_cancelled,
                             .log = call_log,
                             .allocate = call_allocate,
                             .fail = call_fail,
                             .event = call_event,
                             .complete = call_complete};
    frame->output = (spw_output){.size = sizeof(spw_output),
                                 .context = frame,
                                 .reserve = output_reserve,
                                 .commit = output_commit,
                                 .emit = output_emit,
                                 .pass = output_pass};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&frame->lock, NULL);
    pthread_cond_init(&frame->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return frame;
}

void spw_frame_free(spw_frame *frame) {
    if (!frame) {
        return;
    }
    for (block *at = frame->first; at;) {
        block *next = at->next;
        free(at);
        at = next;
    }
    free(frame->bytes);
    free(frame->results);
    free(frame->events);
    pthread_cond_destroy(&frame->done);
    pthread_mutex_destroy(&frame->lock);
    free(frame);
}

void spw_frame_set_log(spw_frame *frame, spw_frame_log log, void *context) {
    frame->log = log;
    frame->log_context = context;
}

void spw_frame_begin(spw_frame *frame, const spw_frame_setup *setup) {
    frame->call.attempt = setup->attempt;
    frame->call.deadline_ns = setup->deadline_ns;
    frame->call.budget_left = setup->budget;
    frame->call.batch_id = setup->batch_id;
    frame->call.tier = setup->tier;
    frame->call.attempt_key = setup->attempt_key;
    frame->budget = setup->budget;
    frame->used = 0;
    frame->record_count = setup->record_count;
    frame->over_budget = false;
    frame->violation = NULL;
    frame->bytes_used = frame->bytes_emitted = frame->bytes_reserved = 0;
    frame->result_count = frame->event_count = 0;
    frame->current = frame->first;
    if (frame->first) {
        frame->first->used = 0;
    }
    frame->signal = SPW_SIGNAL_NONE;
    frame->retry_after_ns = 0;
    frame->message = (spw_str){NULL, 0};
    frame->completed = false;
    atomic_store_explicit(&frame->cancel, 0, memory_order_relaxed);
}

spw_call *spw_frame_call(spw_frame *frame) {
    return &frame->call;
}

spw_output *spw_frame_output(spw_frame *frame) {
    return &frame->output;
}

spw_status spw_frame_wait(spw_frame *frame) {
    uint64_t deadline = frame->call.deadline_ns;
    struct timespec until = {.tv_sec = (time_t)(deadline / 1000000000u),
                             .tv_nsec = (long)(deadline % 1000000000u)};
    pthread_mutex_lock(&frame->lock);
    int late = 0;
    while (!frame->completed && !late) {
        late = deadline ? pthread_cond_timedwait(&frame->done, &frame->lock, &until)
                        : pthread_cond_wait(&frame->done, &frame->lock);
    }
    spw_status status = frame->completed ? frame->completion : SPW_PENDING;
    pthread_mutex_unlock(&frame->lock);
    return status;
}

void spw_frame_cancel(spw_frame *frame) {
    atomic_store_explicit(&frame->cancel, 1, memory_order_relaxed);
}

spw_bytes spw_frame_bytes(const spw_frame *frame) {
    return (spw_bytes){frame->bytes, frame->bytes_used};
}

const spw_result *spw_frame_results(const spw_frame *frame, size_t *count) {
    *count = frame->result_count;
    return frame->results;
}

const spw_event *spw_frame_events(const spw_frame *frame, size_t *count) {
    *count = frame->event_count;
    return frame->events;
}

bool spw_frame_is_silent(const spw_frame *frame) {
    return frame->result_count == 0 && frame->event_count == 0;
}

int32_t spw_frame_signal(const spw_frame *frame) {
    return frame->signal;
}

uint64_t spw_frame_retry_after(const spw_frame *frame) {
    return frame->retry_after_ns;
}

spw_str spw_frame_message(const spw_frame *frame) {
    return frame->message;
}

bool spw_frame_over_budget(const spw_frame *frame) {
    return frame->over_budget;
}

spw_str spw_frame_violation(const spw_frame *frame) {
    return (spw_str){frame->violation, frame->violation ? strlen(frame->violation) : 0};
}

uint64_t spw_frame_used(const spw_frame *frame) {
    return frame->used;
}
