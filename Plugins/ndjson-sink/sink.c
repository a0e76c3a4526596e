#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include "../common/say.h"
#include "line.h"

enum { flush_size = 1 << 20 };

static spw_status no_memory(spw_call *call) {
    return say_fail(call, SPW_SIGNAL_OVER_BUDGET, "no memory left for the sink's work");
}

static spw_status position(void *instance, spw_call *call, spw_str stream, spw_mark *mark) {
    sink *sink = instance;
    if (sink->phase == PHASE_LOST) {
        sink->phase = PHASE_IDLE;
    }
    if (sink->output.file < 0 && output_is_absent(&sink->output)) {
        return SPW_END; /* to ask makes no file */
    }
    spw_status status = output_open(&sink->output, call);
    if (status != SPW_OK) {
        return status;
    }
    const stream_mark *found = marks_find(&sink->output.marks, stream);
    if (!found) {
        return SPW_END;
    }
    if (!bytes_set(&sink->mark, found->data.data, found->data.size)) {
        return no_memory(call);
    }
    mark->sequence = found->sequence;
    mark->data = (spw_bytes){(const uint8_t *)sink->mark.data, sink->mark.size};
    return SPW_OK;
}

static spw_status refuse_second(sink *sink, spw_call *call, spw_str stream) {
    if (bytes_are(&sink->stream, stream.data, stream.size)) {
        return say_invalid(call, "a batch of this stream is prepared already; commit or abort it");
    }
    return say_fail(call, SPW_SIGNAL_TRANSIENT,
                    "%s: the batch of another stream is prepared; one at a time",
                    sink->output.path);
}

/* --- prepare --- */

static spw_status reject(spw_call *call, uint32_t index, const line_misfit *misfit) {
    return call->event(call, &(spw_event){.size = sizeof(spw_event),
                                          .kind = SPW_EVENT_REJECTED,
                                          .index = index,
                                          .signal = misfit->signal,
                                          .pointer = misfit->pointer,
                                          .reason = {misfit->reason, strlen(misfit->reason)}});
}

static bool lies_within(const spw_record *record, const spw_input *input) {
    return record->offset <= input->bytes.size &&
           record->length <= input->bytes.size - record->offset;
}

static spw_status write_record(sink *sink, spw_call *call, const spw_input *input, uint32_t index,
                               bool *rejected, uint8_t *outcome) {
    line_misfit misfit;
    const spw_record *record = &input->records[index];
    if (!lies_within(record, input)) {
        return say_invalid(call, "record %u lies outside the input", index);
    }
    spw_status status = line_write(record, input->bytes, &sink->lines, &misfit);
    if (status == SPW_OVER_BUDGET) {
        return no_memory(call);
    }
    if (status != SPW_OK) {
        *rejected = true;
        return reject(call, index, &misfit);
    }
    *outcome = SPW_OUTCOME_INSERTED;
    return SPW_OK;
}

static spw_status flush(sink *sink, spw_call *call, size_t least) {
    if (sink->lines.size < least || sink->lines.size == 0) {
        return SPW_OK;
    }
    spw_status status = output_append(&sink->output, call, &sink->lines);
    sink->lines.size = 0;
    return status;
}

static spw_status write_records(sink *sink, spw_call *call, const spw_input *input,
                                uint8_t *outcomes, bool *rejected) {
    sink->lines.size = 0;
    for (uint32_t i = 0; i < input->record_count; i++) {
        if (i % 256 == 255 && call->cancelled(call)) {
            return say_fail(call, SPW_SIGNAL_TIMEOUT, "writing %u records took too long",
                            input->record_count);
        }
        spw_status status = write_record(sink, call, input, i, rejected, &outcomes[i]);
        status = status == SPW_OK ? flush(sink, call, flush_size) : status;
        if (status != SPW_OK) {
            return status;
        }
    }
    return *rejected ? SPW_OK : flush(sink, call, 0);
}

static spw_status prepare(void *instance, spw_call *call, spw_str stream, const spw_input *input,
                          uint8_t *outcomes) {
    sink *sink = instance;
    if (sink->phase == PHASE_PREPARED) {
        return refuse_second(sink, call, stream);
    }
    sink->phase = PHASE_IDLE;
    if (!bytes_set(&sink->stream, stream.data, stream.size)) {
        return no_memory(call);
    }
    bool rejected = false;
    spw_status status = output_open(&sink->output, call);
    if (status == SPW_OK) {
        status = write_records(sink, call, input, outcomes, &rejected);
    }
    if (status != SPW_OK || rejected) {
        output_cut_back(&sink->output);
        sink->phase = status == SPW_OK ? PHASE_LOST : PHASE_IDLE;
        return status;
    }
    sink->phase = PHASE_PREPARED;
    return SPW_OK;
}

/* --- commit --- */

static spw_status commit(void *instance, spw_call *call, spw_str stream, const spw_mark *mark) {
    sink *sink = instance;
    if (sink->phase == PHASE_LOST) {
        return say_fail(call, SPW_SIGNAL_TRANSIENT,
                        "%s: nothing is prepared any more; prepare the batch again",
                        sink->output.path);
    }
    if (sink->phase == PHASE_PREPARED && !bytes_are(&sink->stream, stream.data, stream.size)) {
        return refuse_second(sink, call, stream);
    }
    spw_status status = output_open(&sink->output, call);
    if (status != SPW_OK) {
        return status;
    }
    switch (output_commit(&sink->output, call, stream, mark)) {
    case OUTPUT_COMMITTED:
        sink->phase = PHASE_IDLE;
        return SPW_OK;
    case OUTPUT_KEPT:
        break;
    case OUTPUT_UNDONE:
    case OUTPUT_UNKNOWN:
        sink->phase = PHASE_LOST;
        break;
    }
    return SPW_FAILED;
}

static spw_status abort_batch(void *instance, spw_call *call, spw_str stream) {
    sink *sink = instance;
    if (sink->phase == PHASE_PREPARED && !bytes_are(&sink->stream, stream.data, stream.size)) {
        return refuse_second(sink, call, stream);
    }
    output_cut_back(&sink->output);
    sink->phase = PHASE_IDLE;
    return SPW_OK;
}

static int32_t keyed(void *instance) {
    (void)instance;
    return 0;
}

const spw_sink sink_table = {.size = sizeof(spw_sink),
                             .promise = SPW_SINK_POSITION,
                             .position = position,
                             .prepare = prepare,
                             .commit = commit,
                             .abort = abort_batch,
                             .keyed = keyed};

void sink_free(sink *sink) {
    output_cut_back(&sink->output);
    output_free(&sink->output);
    bytes_free(&sink->lines);
    bytes_free(&sink->stream);
    bytes_free(&sink->mark);
    free(sink);
}
