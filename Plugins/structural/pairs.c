#include "pairs.h"

#include <string.h>

#include "../common/say.h"
#include "verdict.h"

enum { records_between_looks = 64 };

typedef struct pairing {
    workspace *work;
    spw_call *call;
    const spw_input *before, *after;
    ledger ledger;
} pairing;

void workspace_free(workspace *work) {
    jt_free(&work->before);
    jt_free(&work->after);
    jt_free(&work->result);
    account_free(&work->account);
}

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "structural: no memory left to compare records");
}

static bool has_its_bytes(const spw_input *input, const spw_record *record) {
    return record->offset <= input->bytes.size &&
           record->length <= input->bytes.size - record->offset;
}

static const char *text_of(const spw_input *input, const spw_record *record) {
    return (const char *)input->bytes.data + record->offset;
}

/* What must hold for a payload to be looked at at all. */
static spw_status check_input(spw_call *call, const spw_input *input, const char *what) {
    for (uint32_t i = 0; i < input->record_count; i++) {
        if (!has_its_bytes(input, &input->records[i])) {
            return say_invalid(call, "structural: record %u %s lies outside of the payload", i,
                               what);
        }
        if (i && input->records[i].ordinal < input->records[i - 1].ordinal) {
            return say_invalid(call, "structural: the ordinals %s do not ascend at record %u", what,
                               i);
        }
    }
    return SPW_OK;
}

static spw_status look_up(spw_call *call, uint32_t at) {
    bool cut_off = at % records_between_looks == 0 && call->cancelled(call);
    return cut_off ? say_fail(call, SPW_SIGNAL_TIMEOUT, "structural: cut off at its deadline")
                   : SPW_OK;
}

static spw_status judge_object(workspace *work, spw_call *call, uint32_t index, const char *text,
                               size_t size) {
    if (!jt_parse(&work->before, text, size)) {
        return work->before.no_memory ? no_memory(call)
                                      : verdict_not_json(call, index, SPW_SIGNAL_UNRECOVERABLE,
                                                         "the record", &work->before);
    }
    return work->before.nodes[0].type == JS_OBJECT
               ? SPW_OK
               : verdict_record(call, index, SPW_SIGNAL_UNRECOVERABLE,
                                "the record is not a JSON object");
}

spw_status judge_alone(workspace *work, spw_call *call, const spw_input *input) {
    spw_status status = check_input(call, input, "before");
    for (uint32_t i = 0; i < input->record_count && status == SPW_OK; i++) {
        status = look_up(call, i);
        if (status == SPW_OK) {
            status = judge_object(work, call, i, text_of(input, &input->records[i]),
                                  (size_t)input->records[i].length);
        }
    }
    return status;
}

static bool is_same(const pairing *p, const spw_record *b, const spw_record *a) {
    return b->length == a->length &&
           (!b->length || memcmp(text_of(p->before, b), text_of(p->after, a), b->length) == 0);
}

/* Row j of after, which came from row i of before. */
static spw_status judge_pair(pairing *p, uint32_t i, uint32_t j) {
    workspace *work = p->work;
    const spw_record *b = &p->before->records[i], *a = &p->after->records[j];
    if (b->operation != a->operation) {
        return verdict_record(p->call, j, SPW_SIGNAL_DIVERGENCE,
                              "the operation changed between upsert and delete");
    }
    bool explained = p->ledger.starts[i] != p->ledger.starts[i + 1];
    if (!explained && is_same(p, b, a)) {
        return SPW_OK;
    }
    if (!jt_parse(&work->before, text_of(p->before, b), b->length)) {
        return work->before.no_memory
                   ? no_memory(p->call)
                   : verdict_not_json(p->call, j, SPW_SIGNAL_DIVERGENCE,
                                      "it was changed, but what went in", &work->before);
    }
    if (!jt_parse(&work->after, text_of(p->after, a), a->length)) {
        return work->after.no_memory ? no_memory(p->call)
                                     : verdict_not_json(p->call, j, SPW_SIGNAL_DIVERGENCE,
                                                        "what came out", &work->after);
    }
    if (explained && !account_lay(&work->account, &p->ledger, i, &work->before)) {
        return no_memory(p->call);
    }
    if (explained && work->account.stray) {
        return verdict_stray(p->call, j, work->account.stray);
    }
    comparison comparison = {.before = &work->before,
                             .after = &work->after,
                             .account = explained ? &work->account : NULL,
                             .result = &work->result};
    if (compare_records(&comparison)) {
        return SPW_OK;
    }
    return comparison.found.kind == NO_MEMORY ? no_memory(p->call)
                                              : verdict_difference(p->call, j, &comparison);
}

/* Rows of both ascend by ordinal, so they are walked side by side; rows of before that nothing
 * came of were rejected or filtered by the tier. */
static spw_status judge_rows(pairing *p) {
    spw_status status = SPW_OK;
    uint32_t i = 0;
    for (uint32_t j = 0; j < p->after->record_count && status == SPW_OK; j++) {
        uint32_t ordinal = p->after->records[j].ordinal;
        while (i < p->before->record_count && p->before->records[i].ordinal < ordinal) {
            i++;
        }
        status = look_up(p->call, j);
        if (status != SPW_OK) {
            break;
        }
        if (i == p->before->record_count || p->before->records[i].ordinal != ordinal) {
            status = verdict_record(p->call, j, SPW_SIGNAL_DIVERGENCE,
                                    "it came out, but no record of its ordinal went in");
        } else if (j && p->after->records[j - 1].ordinal == ordinal) {
            status = verdict_record(p->call, j, SPW_SIGNAL_DIVERGENCE,
                                    "more than one record came out of one");
        } else {
            status = judge_pair(p, i, j);
        }
    }
    return status;
}

spw_status judge_pairs(workspace *work, spw_call *call, const spw_input *before,
                       const spw_input *after, const spw_event *events, size_t event_count) {
    pairing pairing = {.work = work, .call = call, .before = before, .after = after};
    spw_status status = check_input(call, before, "before");
    if (status == SPW_OK) {
        status = check_input(call, after, "after");
    }
    if (status == SPW_OK) {
        status = ledger_make(&pairing.ledger, call, events, event_count, before->record_count);
    }
    return status == SPW_OK ? judge_rows(&pairing) : status;
}
