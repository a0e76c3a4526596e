/*
 * The records of one call, before and after a tier, paired by ordinal and judged one by one.
 */
#ifndef STRUCTURAL_PAIRS_H
#define STRUCTURAL_PAIRS_H

#include "compare.h"

/* Room that is kept from call to call. Zeroed: empty. */
typedef struct workspace {
    jt_tree before, after, result;
    account account;
} workspace;

void workspace_free(workspace *work);

/* Ahead of a tier: each record is a JSON object. */
spw_status judge_alone(workspace *work, spw_call *call, const spw_input *input);
/* After it: nothing changed but what the events say. */
spw_status judge_pairs(workspace *work, spw_call *call, const spw_input *before,
                       const spw_input *after, const spw_event *events, size_t event_count);

#endif
