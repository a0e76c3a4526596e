/*
 * Spillway plugin ABI, version 1.0 (draft: it may change until SDK/abi/1.0 is frozen).
 *
 * A plugin is a shared object that exports one symbol, spillway_plugin_init, and hides all else.
 * Host and plugin hand each other structs of function pointers. This header is the whole contract:
 * pure C11, valid C++, no dependency beyond <stddef.h> and <stdint.h>.
 *
 * Rules that hold everywhere
 *   size        Each struct that crosses the border starts with its own size in bytes, set by the
 *               side that allocates it. Fields are only ever appended. A reader treats a field that
 *               lies beyond `size` as zero. The host fills a missing function of a plugin's table
 *               with one that answers SPW_NOT_IMPLEMENTED, so no caller meets NULL.
 *   views       spw_str and spw_bytes are (pointer, length): never NUL-terminated by assumption,
 *               text is UTF-8. A view is borrowed for the call it came with, unless said otherwise.
 *               A view of length 0 may have a NULL pointer.
 *   ownership   Who allocates frees. Nothing is freed across the border.
 *   unwinding   Nothing throws, longjmps or unwinds across the border.
 *   status      Each function that can fail returns an spw_status. Before it returns SPW_FAILED it
 *               calls spw_call.fail once, with a signal and a message.
 *   enums       Signals, statuses and kinds are int32_t with constants, never C enums: a value that
 *               the reader does not know is handled by its class or ignored, as each place says.
 *   threads     [call]  only on the thread of the call it was handed to, until that call returns
 *               [any]   from any thread
 *               [lane]  one call at a time for one instance, from any thread of the host's
 *               A plugin that is called while it is inside a call of the same instance answers
 *               SPW_BUSY, unless it declares SPW_THREADS_SHARED.
 *   time        Nanoseconds. Deadlines are CLOCK_MONOTONIC.
 *   since       Each field exists since ABI 1.0 unless it says "Since 1.x".
 */
#ifndef SPILLWAY_ABI_H
#define SPILLWAY_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPW_ABI_MAJOR 1
#define SPW_ABI_MINOR 0

/* Marks the one exported symbol; build the rest with -fvisibility=hidden. */
#define SPW_EXPORT __attribute__((visibility("default")))

/* ------------------------------------------------------------------------------------- views */

/* Text: UTF-8, `size` bytes, not NUL-terminated. */
typedef struct spw_str {
    const char *data;
    size_t size;
} spw_str;

/* Bytes: `size` bytes, read only. */
typedef struct spw_bytes {
    const uint8_t *data;
    size_t size;
} spw_bytes;

/* Bytes that may be written: `size` bytes of room. */
typedef struct spw_room {
    uint8_t *data;
    size_t size;
} spw_room;

/* ------------------------------------------------------------------------------------ status */

typedef int32_t spw_status;

/* Done. For a handler: what it did not reject, filter or write anew is lost, so it is an error of
 * the handler to return SPW_OK with a record unaccounted for; the host checks. */
#define SPW_OK 0
/* A handler's answer: every record that it did not reject or filter goes on unchanged. It wrote no
 * output; the host passes the input on without a copy. */
#define SPW_UNCHANGED 1
/* The call will be completed later by spw_call.complete, from any thread. */
#define SPW_PENDING 2
/* A source has no more for now; a pull of chunks or a listing is at its end. */
#define SPW_END 3
/* The call failed; spw_call.fail said with which signal. */
#define SPW_FAILED (-1)
/* The table has no such function, or the plugin no such interface. */
#define SPW_NOT_IMPLEMENTED (-2)
/* The instance is inside a call already. */
#define SPW_BUSY (-3)
/* The caller broke a rule of this header, or the options are wrong (create says which one). */
#define SPW_INVALID (-4)
/* The host's budget for this call is used up; the call must end. */
#define SPW_OVER_BUDGET (-5)

/* ----------------------------------------------------------------------------------- signals */

/*
 * Why a tier did not succeed. The class is signal / 100; a reader that does not know a signal
 * handles it by its class.
 *
 * record (1xx): this record moves on alone, no breaker counts it.
 * dependency (2xx): retried, counted by the breaker, may carry retry_after.
 * operator (3xx): a person has to act; intake pauses, nothing is retried for ever.
 * unknown (4xx): the effect may have happened; held until the target says.
 */
#define SPW_SIGNAL_NONE 0
#define SPW_CLASS_RECORD 1
#define SPW_CLASS_DEPENDENCY 2
#define SPW_CLASS_OPERATOR 3
#define SPW_CLASS_UNKNOWN 4

/* The record does not meet its contract. HTTP 422, SQLSTATE 22xxx and 23xxx. */
#define SPW_SIGNAL_SCHEMA_DRIFT 101
/* What came out differs from what went in beyond the tolerance. */
#define SPW_SIGNAL_DIVERGENCE 102
/* The bytes can't be read as a record at all. HTTP 400, EILSEQ, EBADMSG. */
#define SPW_SIGNAL_UNRECOVERABLE 103
/* The target has this record already. HTTP 409, SQLSTATE 23505 on the record's own key, EEXIST. */
#define SPW_SIGNAL_DUPLICATE 104

/* The tier is full for now. HTTP 429, SQLSTATE 53300, EAGAIN. */
#define SPW_SIGNAL_BACKPRESSURE 201
/* This payload is too large for the tier: smaller ones may pass. HTTP 413, E2BIG, EFBIG. */
#define SPW_SIGNAL_CAPACITY 202
/* The tier can't be reached. HTTP 502 and 503, SQLSTATE 08xxx, ECONNREFUSED, ENOSPC. */
#define SPW_SIGNAL_UNAVAILABLE 203
/* It failed in a way that passes. HTTP 500, SQLSTATE 40001 and 40P01, SQLITE_BUSY, EINTR, EIO. */
#define SPW_SIGNAL_TRANSIENT 204
/* It took longer than its deadline. HTTP 504, ETIMEDOUT. */
#define SPW_SIGNAL_TIMEOUT 205
/* The plugin died in the call. Set by the host. */
#define SPW_SIGNAL_CRASH 206
/* The call used more memory than its budget. ENOMEM. */
#define SPW_SIGNAL_OVER_BUDGET 207
/* The node's breaker is open, so the call was not made. Set by the host; takes its edge at once. */
#define SPW_SIGNAL_BREAKER_OPEN 208

/* Credentials or rights are missing, or a table is. HTTP 401 and 403, SQLSTATE 28xxx and 42P01,
 * EACCES, EROFS. */
#define SPW_SIGNAL_DENIED 301

/* The effect may have happened: a commit whose answer was lost. */
#define SPW_SIGNAL_UNKNOWN_OUTCOME 401

/* -------------------------------------------------------------------------- small vocabularies */

/* What is done to the target. */
#define SPW_UPSERT 0
#define SPW_DELETE 1

/* What a coerced value lost, smallest first. */
#define SPW_LOSS_NONE 0           /* nothing */
#define SPW_LOSS_REPRESENTATION 1 /* other notation, value provably the same: still clean */
#define SPW_LOSS_PRECISION 2      /* digits rounded: degraded */
#define SPW_LOSS_TRUNCATION 3     /* a part cut off: degraded */
#define SPW_LOSS_DEFAULT 4        /* something was assumed (a zone, say): degraded */

/* Log levels, as in swift-log. */
#define SPW_LOG_DEBUG 1
#define SPW_LOG_INFO 2
#define SPW_LOG_NOTICE 3
#define SPW_LOG_WARNING 4
#define SPW_LOG_ERROR 5

/* ----------------------------------------------------------------------------------- records */

/*
 * One row of a payload's record table. All views are borrowed like the table itself.
 */
typedef struct spw_record {
    uint64_t offset;     /* where the record starts in the payload's bytes */
    uint64_t length;     /* its bytes */
    uint64_t raw_offset; /* where its raw span starts in spw_input.raw */
    uint64_t raw_length; /* 0: the record's bytes are its raw bytes */
    uint64_t sequence;   /* number of the record in its stream, from 1; 0 while a source fills it.
                            The same for every batch border: sinks guard order by it. */
    spw_str key;         /* base key: where the record came from, unique in the pipeline */
    spw_str rescued;     /* JSON array of {"pointer","original","reason"}; empty when nothing was
                            rescued. Set for sinks and stores only. */
    uint32_t ordinal;  /* number of the record in its batch, from 0; kept when a batch is halved */
    int32_t operation; /* SPW_UPSERT or SPW_DELETE */
} spw_record;

/*
 * Bytes in, each call's payload. Read only: writing into it is an error of the plugin.
 *
 * `bytes` is the whole payload when it is resident. When it is not, bytes.data is NULL, total_size
 * says how much will come, and pull hands out one chunk after another, cut anywhere; the record
 * table's offsets count from the first chunk's first byte.
 */
typedef struct spw_input {
    uint32_t size;
    uint32_t record_count;
    const spw_record *records;
    spw_bytes bytes;
    uint64_t total_size;
    spw_bytes raw; /* what raw spans point into; empty: the record's bytes are the raw ones */
    spw_bytes raw_prefix;   /* put before each raw span (the header line of a CSV file) */
    spw_str media_type;     /* of `bytes`: "application/json" for JSON objects */
    spw_str raw_media_type; /* of raw_prefix + raw span */
    void *context;          /* the host's */
    /* [call] SPW_OK and a chunk that is valid until the next pull, SPW_END, or SPW_FAILED. */
    spw_status (*pull)(const struct spw_input *input, spw_bytes *chunk);
} spw_input;

/*
 * Bytes out. The room is the host's and is charged to the call's budget; the plugin writes in
 * place. [call]
 *
 *   reserve(out, n, &room)  room for at least n bytes at the end of the output. The pointer is
 *                           valid until the next reserve. SPW_OVER_BUDGET when the budget is spent.
 *   commit(out, n)          the first n reserved bytes are written and part of the output.
 *   emit(out, i, op)        the bytes committed since the last emit or pass are the result of the
 *                           record with index i of the input's table. Indices ascend. A second emit
 *                           for the same index is a derived record, counted as such.
 *   pass(out, i)            record i goes on unchanged, without a copy.
 */
typedef struct spw_output {
    uint32_t size;
    uint32_t reserved;
    void *context; /* the host's */
    spw_status (*reserve)(struct spw_output *output, size_t at_least, spw_room *room);
    spw_status (*commit)(struct spw_output *output, size_t used);
    spw_status (*emit)(struct spw_output *output, uint32_t index, int32_t operation);
    spw_status (*pass)(struct spw_output *output, uint32_t index);
} spw_output;

/* ------------------------------------------------------------------------------------ events */

/* A value was brought to its type; `loss` says at what price, `before` and `after` are JSON text.
 */
#define SPW_EVENT_COERCED 1
/* A member that the contract does not declare was removed; `before` is its JSON text. */
#define SPW_EVENT_STRIPPED 2
/* A value that can't be coerced exactly was taken out and kept beside its record: `before` is its
 * JSON text, `reason` a word of the closed list in docs/coercion.md. The record is degraded. */
#define SPW_EVENT_RESCUED 3
/* A validator found a difference; information, unless a reject follows. */
#define SPW_EVENT_DIVERGED 4
/* The record does not go on: `signal` says why, `reason` in words for a person. */
#define SPW_EVENT_REJECTED 5
/* The record is dropped on purpose (a filter's work); counted as filtered. */
#define SPW_EVENT_FILTERED 6

/* What happened to one record, or to one value of it. All views are borrowed for the call of
 * spw_call.event alone; the host copies what it keeps. */
typedef struct spw_event {
    uint32_t size;
    int32_t kind;   /* SPW_EVENT_...; an unknown kind is counted and otherwise ignored */
    uint32_t index; /* into the input's record table */
    int32_t signal; /* REJECTED: why */
    int32_t loss;   /* COERCED: SPW_LOSS_... */
    uint32_t reserved;
    spw_str pointer; /* RFC 6901 JSON Pointer into the record; empty: the record itself */
    spw_str before;  /* may be empty */
    spw_str after;   /* may be empty */
    spw_str reason;  /* REJECTED, RESCUED, DIVERGED */
} spw_event;

/* -------------------------------------------------------------------------------------- call */

/*
 * What a call carries. The host's, valid until the call returns (PENDING: until complete).
 */
typedef struct spw_call {
    uint32_t size;
    uint32_t attempt;     /* from 1 */
    uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
    uint64_t budget_left; /* bytes of host-side room that this call may still reserve */
    spw_str batch_id;
    spw_str tier;        /* the node's name in the configuration */
    spw_str attempt_key; /* the first record's base key, '#', the attempt number */
    void *context;       /* the host's */

    /* [any] 1 when the call should end early (deadline passed, host stops); its result is then
     * discarded. */
    int32_t (*cancelled)(const struct spw_call *call);
    /* [any] A line for the host's log, with this call's batch id, tier and attempt. */
    void (*log)(const struct spw_call *call, int32_t level, spw_str message);
    /* [call] Room for work, charged to the budget, aligned to 16, freed by the host when the call
     * ends; NULL when the budget is spent. */
    void *(*allocate)(struct spw_call *call, size_t size);
    /* [call] Says why the call fails; retry_after_ns is the earliest sensible next try, 0 unknown.
     * Both message and signal are copied. A second call replaces the first. */
    void (*fail)(struct spw_call *call, int32_t signal, uint64_t retry_after_ns, spw_str message);
    /* [call] Reports an event. SPW_INVALID: an index out of range. */
    spw_status (*event)(struct spw_call *call, const spw_event *event);
    /* [any] Completes a call that answered SPW_PENDING, once. */
    void (*complete)(struct spw_call *call, spw_status status);
} spw_call;

/* -------------------------------------------------------------------------------------- host */

/* Extension "spillway.state/1": small durable values of one instance, kept in the host's ledger. */
#define SPW_EXT_STATE "spillway.state/1"
typedef struct spw_state_ext {
    uint32_t size;
    uint32_t reserved;
    void *context;
    /* [lane] The value of `key` into value (valid until the next call of this table), or SPW_END
     * when there is none. */
    spw_status (*get)(const struct spw_state_ext *state, spw_str key, spw_bytes *value);
    /* [lane] Durable when it returns SPW_OK. */
    spw_status (*put)(const struct spw_state_ext *state, spw_str key, spw_bytes value);
} spw_state_ext;

/* The host, as a plugin sees it. Valid until the plugin's shutdown. */
typedef struct spw_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    spw_str name;    /* "spillway" */
    spw_str version; /* semantic version of the host */
    void *context;
    /* [any] The table of an extension, or NULL. Extensions of one instance come with create. */
    const void *(*extension)(const struct spw_host *host, spw_str id);
    /* [any] A line for the host's log, outside of any call. */
    void (*log)(const struct spw_host *host, int32_t level, spw_str message);
} spw_host;

/* ------------------------------------------------------------------------------------ plugin */

/* Threads: one instance per lane, or one instance that all lanes share. */
#define SPW_THREADS_PER_LANE 0
#define SPW_THREADS_SHARED 1

/* Declarations of a plugin; what is not declared is assumed not to hold. */
#define SPW_SURVIVES_NULL (1u << 0) /* it takes a NULL from malloc without harm */
#define SPW_UNMAPPABLE (1u << 1)    /* its code may be unmapped after its last instance ended */
#define SPW_DETERMINISTIC (1u << 2) /* same input, options and contract: same output and events */
#define SPW_STREAMING (1u << 3)     /* it takes a payload by pull */
#define SPW_NEEDS_FILES (1u << 4)   /* it opens files that its options name */
#define SPW_NEEDS_NETWORK (1u << 5) /* it connects to addresses that its options name */

/* What create is told. Views are borrowed for the call. */
typedef struct spw_create {
    uint32_t size;
    uint32_t reserved;
    const spw_host *host;
    spw_str interface_id;  /* which of the plugin's interfaces the instance will serve */
    spw_str name;          /* the instance's name in the configuration */
    spw_str pipeline;      /* the pipeline's name */
    spw_str options;       /* a JSON object, "{}" when none; keys as describe says */
    spw_str contract;      /* the contract's JSON text; empty when the pipeline has none */
    spw_str contract_name; /* how to name it in messages */
    spw_str base_folder;   /* relative paths in options count from here */
    /* [any] Extensions of this instance ("spillway.state/1"), or NULL. Valid until destroy. */
    const void *(*extension)(const struct spw_create *create, spw_str id);
    void *context;
} spw_create;

/*
 * The plugin, as the host sees it. The host passes zeroed room with size set to what it knows; the
 * plugin fills the fields it knows and sets size to the smaller of both. What the views and tables
 * point to stays valid until the plugin is unmapped or the process ends.
 */
typedef struct spw_plugin {
    uint32_t size;
    uint16_t abi_major, abi_minor; /* the header that the plugin was built with */
    spw_str name;                  /* "vendor/name" */
    spw_str version;               /* semantic version */
    spw_str summary;               /* one line for people */
    spw_str options_schema;        /* JSON Schema of the options; writeOnly ones are secrets */
    uint32_t threads;              /* SPW_THREADS_... */
    uint32_t declares;             /* SPW_SURVIVES_NULL | ... */
    const spw_str *interfaces;     /* ids of the interfaces it has */
    size_t interface_count;
    /* [any] The table of one interface, or NULL. */
    const void *(*interface_table)(spw_str id);
    /* [lane] Makes an instance. SPW_FAILED or SPW_INVALID with fail on error; wrong options and an
     * unsupported contract keyword are SPW_INVALID, the message naming the option or pointer. */
    spw_status (*create)(const spw_create *create, spw_call *call, void **instance);
    /* [lane] Ends an instance; no call of it is under way. */
    void (*destroy)(void *instance);
    /* [lane] Optional: drop pooled connections and the like; Tier 1 calls it before a new try. */
    spw_status (*reset)(void *instance, spw_call *call);
    /* [lane] Optional: is the instance able to work? */
    spw_status (*self_test)(void *instance, spw_call *call);
    /* [lane] Optional: finish what is buffered; destroy follows. */
    spw_status (*drain)(void *instance, spw_call *call);
    /* [lane] Optional: the last call; no instance is left. */
    void (*shutdown)(void);
} spw_plugin;

/*
 * The entry. SPW_OK, or SPW_INVALID when the plugin can't serve this host's ABI (the host then
 * reports both versions), or SPW_FAILED (plugin->summary may say why). Called once a generation.
 */
#define SPW_ENTRY "spillway_plugin_init"
typedef spw_status (*spw_entry)(const spw_host *host, spw_plugin *plugin);

/* ----------------------------------------------------------------- interface: handler (a tier) */

#define SPW_HANDLER "spillway.handler/1"
typedef struct spw_handler {
    uint32_t size;
    uint32_t
        max_in_flight; /* calls that may be PENDING at once in one instance; 0: answers at once */
    /* [lane] Takes a payload on: each record is emitted, passed, rejected or filtered. */
    spw_status (*handle)(void *instance, spw_call *call, const spw_input *input,
                         spw_output *output);
} spw_handler;

/* ----------------------------------------------------------------- interface: validator (a gate)
 */

/*
 * Judges records before or after a tier; a record that it does not reject passes. `after` is NULL
 * ahead of a tier. Rows of before and after belong together by ordinal; an event's index counts in
 * `after` when there is one, else in `before`. `events` are those of the call that is judged, their
 * index into `before`.
 */
#define SPW_VALIDATOR "spillway.validator/1"
typedef struct spw_validator {
    uint32_t size;
    uint32_t reserved;
    /* [lane] */
    spw_status (*validate)(void *instance, spw_call *call, const spw_input *before,
                           const spw_input *after, const spw_event *events, size_t event_count);
} spw_validator;

/* -------------------------------------------------------------------------- interface: store */

/* An object of a store. Names are what the host chose: [0-9A-Za-z._-], 1 to 200 characters. */
typedef struct spw_object {
    uint32_t size;
    int32_t existed; /* put: 1 when the object was there already, which is a success */
    spw_str name;
    uint64_t length;      /* bytes */
    uint8_t sha256[32];   /* of the whole object */
    spw_str media_type;   /* may be empty */
    int64_t stored_at_ns; /* since 1970-01-01 UTC; 0 unknown */
} spw_object;

/*
 * Bytes for keeps.
 *
 * put promises, when it returns SPW_OK: the object is whole, under its name, readable by get, and
 * synced, its folder entry too, so that it survives a power cut. It is put-if-absent: an object of
 * that name that exists is a success (existed = 1) and is not written again; bytes that do not have
 * the SHA-256 that was announced are SPW_INVALID. An aborted or failed put, and one cut off by a
 * crash, leaves nothing that get or list shows.
 */
#define SPW_STORE "spillway.store/1"
typedef struct spw_store {
    uint32_t size;
    uint32_t reserved;
    /* [lane] The whole object at once: the parts are its bytes in order. */
    spw_status (*put)(void *instance, spw_call *call, spw_object *object, const spw_bytes *parts,
                      size_t part_count);
    /* [lane] The same in pieces, for what does not fit in memory: begin, write*, finish or abort.
     * finish checks object->sha256 and length, and makes the object visible. */
    spw_status (*put_begin)(void *instance, spw_call *call, const spw_object *object, void **put);
    spw_status (*put_write)(void *instance, spw_call *call, void *put, spw_bytes bytes);
    spw_status (*put_finish)(void *instance, spw_call *call, void *put, spw_object *object);
    void (*put_abort)(void *instance, spw_call *call, void *put);
    /* [lane] `length` bytes from `offset` into output (reserve and commit, no emit); length
     * UINT64_MAX: to the end. A whole read is checked against the object's SHA-256. No such
     * object: SPW_END. */
    spw_status (*get)(void *instance, spw_call *call, spw_str name, uint64_t offset,
                      uint64_t length, spw_output *output);
    /* [lane] What is known of an object, or SPW_END. object's views are valid until the next call.
     */
    spw_status (*stat)(void *instance, spw_call *call, spw_str name, spw_object *object);
    /* [lane] Up to `limit` objects whose name starts with `prefix`, by name in byte order, those
     * after `page` (a name, exclusive; empty: from the start), each handed to `each`. SPW_END after
     * the last page, else SPW_OK. An object that is put or removed meanwhile may be missing. */
    spw_status (*list)(void *instance, spw_call *call, spw_str prefix, spw_str page, uint32_t limit,
                       void (*each)(void *context, const spw_object *object), void *context);
    /* [lane] Removes an object; one that is not there is a success. Durable on return. */
    spw_status (*remove)(void *instance, spw_call *call, spw_str name);
} spw_store;

/* ------------------------------------------------------------------------- interface: source */

/* What a source can do. */
#define SPW_SOURCE_REPLAYABLE (1u << 0) /* it can start again from any position it gave */
#define SPW_SOURCE_ORDERED (1u << 1)    /* records of a partition always come in the same order */

/*
 * A batch from a source. The source fills it; what it points to stays as it is until release.
 * A record that the source itself can't read (a document that does not parse) is in the table like
 * any other, with its raw bytes as bytes, and a REJECTED event for its index.
 */
typedef struct spw_batch {
    uint32_t size;
    uint32_t reserved;
    spw_input input;    /* resident; sequence is 0 */
    spw_str partition;  /* "" when the source has one */
    spw_bytes position; /* opaque: where to start again after this batch */
    void *token;        /* the source's, for release */
} spw_batch;

#define SPW_SOURCE "spillway.source/1"
typedef struct spw_source {
    uint32_t size;
    uint32_t declares; /* SPW_SOURCE_... */
    /* [lane] The partitions, each handed to `each`. A source with one hands out "". */
    spw_status (*partitions)(void *instance, spw_call *call,
                             void (*each)(void *context, spw_str partition), void *context);
    /* [lane] Starts a partition after `position` (empty: from the beginning). */
    spw_status (*assign)(void *instance, spw_call *call, spw_str partition, spw_bytes position);
    spw_status (*revoke)(void *instance, spw_call *call, spw_str partition);
    /* [lane] The next batch: at most max_records, and about max_bytes (one record may be larger).
     * SPW_END: no more for now; SPW_PENDING: nothing yet, call again. Called on the source's own
     * thread, which it may block until the deadline. */
    spw_status (*next)(void *instance, spw_call *call, uint32_t max_records, uint64_t max_bytes,
                       spw_batch *batch);
    /* [any] The batch's memory is no longer needed. Every batch is released exactly once. */
    void (*release)(void *instance, void *token);
    /* [lane] Everything up to `position` has reached its durable end. */
    spw_status (*ack)(void *instance, spw_call *call, spw_str partition, spw_bytes position);
    /* [lane] Optional: a batch will not be finished now; it will be asked for again. */
    spw_status (*nack)(void *instance, spw_call *call, spw_str partition, spw_bytes position);
    /* [lane] Optional: work on what was handed out goes on; extend its lease. */
    spw_status (*extend)(void *instance, spw_call *call, spw_str partition, spw_bytes position);
    /* [lane] Reads the raw bytes of a deferred record again (raw_prefix + raw span, or a whole
     * document), as `next` would: the batch's records have `key` as their base key, with "/n"
     * appended from the second on. Released like any batch. */
    spw_status (*parse)(void *instance, spw_call *call, spw_str key, spw_str raw_media_type,
                        spw_bytes raw, spw_batch *batch);
} spw_source;

/* --------------------------------------------------------------------------- interface: sink */

/* What a sink promises; exactly one. */
#define SPW_SINK_POSITION 1   /* rows and position are one transaction */
#define SPW_SINK_IDEMPOTENT 2 /* the same keys again change nothing, within a window */
#define SPW_SINK_AT_LEAST_ONCE 3

/* What became of one record in the sink. */
#define SPW_OUTCOME_NONE 0     /* rejected, or an append sink's record before prepare */
#define SPW_OUTCOME_INSERTED 1 /* append sinks answer this for every record */
#define SPW_OUTCOME_UPDATED 2
#define SPW_OUTCOME_UNCHANGED 3 /* the target had the same values */
#define SPW_OUTCOME_DELETED 4
#define SPW_OUTCOME_SUPERSEDED 5 /* the target has a newer record of this key */

/* How far a stream has come, kept by the sink in the same transaction as the rows. */
typedef struct spw_mark {
    uint32_t size;
    uint32_t reserved;
    uint64_t sequence; /* of the last record at or below the mark; 0: none */
    spw_bytes data;    /* opaque to the sink */
} spw_mark;

/*
 * Where records are delivered. One batch at a time for one stream: prepare, then commit or abort.
 *
 * prepare writes the records in a way that commit can no longer refuse, and fills outcomes (one for
 * each record of the input, zeroed by the host). A record that the target refuses is rejected by an
 * event; the host then aborts, sends it on its way, and prepares the rest anew. A call that fails
 * leaves nothing prepared.
 *
 * commit makes rows and mark durable at once, with zero rows too; when it returns SPW_OK, position
 * answers the new mark after any crash. A commit whose end is not known fails with unknown_outcome;
 * the host then asks position.
 *
 * Order guard of keyed sinks: a record whose sequence is lower than that of the row with its key
 * changes nothing and is SPW_OUTCOME_SUPERSEDED; a delete leaves a tombstone that the guard sees.
 */
#define SPW_SINK "spillway.sink/1"
typedef struct spw_sink {
    uint32_t size;
    uint32_t promise; /* SPW_SINK_POSITION, ... */
    /* [lane] The mark of a stream into mark (views valid until the next call of the instance), or
     * SPW_END when the sink has none. */
    spw_status (*position)(void *instance, spw_call *call, spw_str stream, spw_mark *mark);
    spw_status (*prepare)(void *instance, spw_call *call, spw_str stream, const spw_input *input,
                          uint8_t *outcomes);
    spw_status (*commit)(void *instance, spw_call *call, spw_str stream, const spw_mark *mark);
    spw_status (*abort)(void *instance, spw_call *call, spw_str stream);
    /* [lane] 1 when records have a key in the target, so that updated and superseded can occur. */
    int32_t (*keyed)(void *instance);
} spw_sink;

#ifdef __cplusplus
}
#endif

#endif
