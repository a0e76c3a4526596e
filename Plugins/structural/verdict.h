/*
 * Differences as events, with a pointer and a reason that a person can act on.
 */
#ifndef STRUCTURAL_VERDICT_H
#define STRUCTURAL_VERDICT_H

#include "compare.h"

/* Rejects row `index` for what a comparison found. */
spw_status verdict_difference(spw_call *call, uint32_t index, const comparison *comparison);
/* Rejects row `index` whole. */
spw_status verdict_record(spw_call *call, uint32_t index, int32_t signal, const char *reason);
/* The same for a text that is not JSON: `what` ("the record", ...), and where. */
spw_status verdict_not_json(spw_call *call, uint32_t index, int32_t signal, const char *what,
                            const jt_tree *tree);
/* Rejects row `index` for an event about a value that the record does not have. */
spw_status verdict_stray(spw_call *call, uint32_t index, const spw_event *event);

#endif
