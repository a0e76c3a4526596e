/*
 * What the events of the judged call say was done to one record, laid over its tree.
 */
#ifndef STRUCTURAL_ACCOUNT_H
#define STRUCTURAL_ACCOUNT_H

#include <spillway/abi.h>

#include "../common/tree.h"

/* The events that may explain a difference, by record: those of record i are
 * order[starts[i] .. starts[i + 1]), as they came. */
typedef struct ledger {
    const spw_event *events;
    uint32_t *starts;
    uint32_t *order;
} ledger;

/* Fills a ledger; its room is the call's. SPW_OVER_BUDGET when there is none. */
spw_status ledger_make(ledger *made, spw_call *call, const spw_event *events, size_t event_count,
                       uint32_t record_count);

/* For each node of the record before the call: the event that is about it, or NULL. */
typedef struct account {
    const spw_event **marks;
    size_t room;
    const spw_event *stray; /* an event about a value that the record does not have, or NULL */
} account;

/* Lays the events of record `index` over `before`. False: no memory. */
bool account_lay(account *account, const ledger *ledger, uint32_t index, const jt_tree *before);
void account_free(account *account);

#endif
