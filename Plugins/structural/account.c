#include "account.h"

#include <stdlib.h>
#include <string.h>

static bool explains(const spw_event *event, uint32_t record_count) {
    return event->index < record_count &&
           (event->kind == SPW_EVENT_COERCED || event->kind == SPW_EVENT_STRIPPED ||
            event->kind == SPW_EVENT_RESCUED);
}

spw_status ledger_make(ledger *made, spw_call *call, const spw_event *events, size_t event_count,
                       uint32_t record_count) {
    *made = (ledger){.events = events};
    if (event_count >= UINT32_MAX) {
        return SPW_OVER_BUDGET;
    }
    size_t starts_size = ((size_t)record_count + 2) * sizeof(uint32_t);
    made->starts = call->allocate(call, starts_size);
    made->order = call->allocate(call, (event_count + 1) * sizeof(uint32_t));
    if (!made->starts || !made->order) {
        return SPW_OVER_BUDGET;
    }
    /* Counted one place too far to the right, so that filling moves each start to its place. */
    memset(made->starts, 0, starts_size);
    uint32_t *fill = made->starts + 1;
    for (size_t i = 0; i < event_count; i++) {
        if (explains(&events[i], record_count)) {
            fill[events[i].index + 1]++;
        }
    }
    for (uint32_t i = 0; i < record_count; i++) {
        fill[i + 1] += fill[i];
    }
    for (size_t i = 0; i < event_count; i++) {
        if (explains(&events[i], record_count)) {
            made->order[fill[events[i].index]++] = (uint32_t)i;
        }
    }
    return SPW_OK;
}

/* Whether a value on the pointer's way was replaced: what is below it is in the event's `after`,
 * and need not be in the record before. */
static bool is_below_replaced(const account *account, const jt_tree *before, spw_str pointer) {
    uint32_t node = 0;
    for (size_t at = 0; at < pointer.size && node != JT_NONE;) {
        const spw_event *mark = account->marks[node];
        if (mark && mark->kind == SPW_EVENT_COERCED) {
            return true;
        }
        const char *slash = memchr(pointer.data + at + 1, '/', pointer.size - at - 1);
        size_t end = slash ? (size_t)(slash - pointer.data) : pointer.size;
        node = jt_resolve(before, node, pointer.data + at, end - at);
        at = end;
    }
    return false;
}

bool account_lay(account *account, const ledger *ledger, uint32_t index, const jt_tree *before) {
    if (account->room < before->count) {
        size_t room = (size_t)before->count * 2;
        const spw_event **larger = realloc(account->marks, room * sizeof *larger);
        if (!larger) {
            return false;
        }
        account->marks = larger;
        account->room = room;
    }
    memset(account->marks, 0, before->count * sizeof *account->marks);
    account->stray = NULL;
    uint32_t from = ledger->starts[index], to = ledger->starts[index + 1];
    for (uint32_t i = from; i < to; i++) {
        const spw_event *event = &ledger->events[ledger->order[i]];
        uint32_t node = jt_resolve(before, 0, event->pointer.data, event->pointer.size);
        if (node != JT_NONE) {
            account->marks[node] = event;
        }
    }
    for (uint32_t i = from; i < to && !account->stray; i++) {
        const spw_event *event = &ledger->events[ledger->order[i]];
        bool there = jt_resolve(before, 0, event->pointer.data, event->pointer.size) != JT_NONE;
        if (!there && !is_below_replaced(account, before, event->pointer)) {
            account->stray = event;
        }
    }
    return true;
}

void account_free(account *account) {
    free(account->marks);
    *account = (struct account){0};
}
