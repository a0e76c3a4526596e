// spillway/contract: does a record meet its contract? A handler and a validator in one.
#include <spillway/abi.h>

#include "compiler.hpp"
#include "describe.hpp"
#include "judge.hpp"

#include <atomic>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace {

using namespace contract;

constexpr size_t valueLimit = 256; // of a value's text that goes along with its event

spw_str str(std::string_view text) {
    return {text.data(), text.size()};
}

std::string_view view(spw_str text) {
    return {text.size ? text.data : "", text.size};
}

struct Instance {
    std::unique_ptr<Plan> plan;
    Judge judge;
    jt_tree record{};
    std::string pointer, reason;
    std::atomic_flag busy = ATOMIC_FLAG_INIT;

    explicit Instance(std::unique_ptr<Plan> made) : plan(std::move(made)), judge(*plan) {
    }
    Instance(const Instance &) = delete;
    Instance &operator=(const Instance &) = delete;
    ~Instance() {
        jt_free(&record);
    }
};

struct OptionError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The one option: where in the contract the schema of a record is.
std::string readRoot(std::string_view text) {
    struct Tree : jt_tree {
        Tree() : jt_tree{} {
        }
        ~Tree() {
            jt_free(this);
        }
    } tree;
    if (text.empty()) {
        return "";
    }
    if (!jt_parse(&tree, text.data(), text.size()) || tree.nodes[0].type != JS_OBJECT ||
        tree.duplicate != JT_NONE || tree.lone != JT_NONE) {
        throw OptionError("the options must be a JSON object that has no name twice");
    }
    std::string root;
    for (uint32_t member : Items(tree, 0)) {
        std::string_view name = contract::view(tree.nodes[member].name);
        if (name != "root") {
            throw OptionError("unknown option \"" + std::string(name) + "\"; there is \"root\"");
        }
        std::string_view value = contract::view(tree.nodes[member].text);
        bool pointer =
            tree.nodes[member].type == JS_STRING && (value.empty() || value.starts_with('/'));
        if (!pointer) {
            throw OptionError("option \"root\" must be a JSON Pointer, such as \"/$defs/record\"");
        }
        root = value;
    }
    return root;
}

spw_status refuse(spw_call *call, spw_status status, int32_t signal, const std::string &message) {
    call->fail(call, signal, 0, str(message));
    return status;
}

spw_status outOfMemory(spw_call *call) {
    call->fail(call, SPW_SIGNAL_OVER_BUDGET, 0, str("contract: no memory left"));
    return SPW_FAILED;
}

void *open(const spw_create *create, spw_call *call) {
    std::string root = readRoot(view(create->options));
    if (!create->contract.size) {
        throw OptionError("the pipeline has no contract; name one with \"contract:\"");
    }
    std::unique_ptr<Plan> plan = Compiler::compile(view(create->contract), root);
    for (const std::string &warning : plan->warnings) {
        std::string line = std::string(view(create->contract_name)) + ": " + warning;
        call->log(call, SPW_LOG_WARNING, str(line));
    }
    return new Instance(std::move(plan));
}

spw_status create(const spw_create *create, spw_call *call, void **instance) noexcept {
    try {
        *instance = open(create, call);
        return SPW_OK;
    } catch (const ContractError &error) {
        std::string where = error.pointer.empty() ? "" : " at " + error.pointer;
        return refuse(call, SPW_INVALID, SPW_SIGNAL_DENIED,
                      "contract " + std::string(view(create->contract_name)) + where + ": " +
                          error.what());
    } catch (const OptionError &error) {
        return refuse(call, SPW_INVALID, SPW_SIGNAL_DENIED,
                      "contract: " + std::string(error.what()));
    } catch (const std::exception &) {
        return outOfMemory(call); // bad_alloc is the only one left
    }
}

void destroy(void *instance) noexcept {
    delete static_cast<Instance *>(instance);
}

spw_status report(Instance &self, spw_call *call, uint32_t index, const Fault &fault, bool first) {
    describe(fault, *self.plan, self.reason);
    locate(fault, self.record, self.pointer);
    bool shown = !fault.name && fault.node->raw.size <= valueLimit;
    spw_event event{.size = sizeof(spw_event),
                    .kind = first ? SPW_EVENT_REJECTED : SPW_EVENT_DIVERGED,
                    .index = index,
                    .signal = first ? SPW_SIGNAL_SCHEMA_DRIFT : SPW_SIGNAL_NONE,
                    .loss = SPW_LOSS_NONE,
                    .reserved = 0,
                    .pointer = str(self.pointer),
                    .before = shown ? str(contract::view(fault.node->raw)) : spw_str{nullptr, 0},
                    .after = {nullptr, 0},
                    .reason = str(self.reason)};
    return call->event(call, &event);
}

spw_status rejectUnread(Instance &self, spw_call *call, uint32_t index) {
    self.reason = "not JSON: ";
    self.reason += self.record.error;
    self.reason += " at byte ";
    self.reason += std::to_string(self.record.error_at);
    spw_event event{.size = sizeof(spw_event),
                    .kind = SPW_EVENT_REJECTED,
                    .index = index,
                    .signal = SPW_SIGNAL_UNRECOVERABLE,
                    .loss = SPW_LOSS_NONE,
                    .reserved = 0,
                    .pointer = {nullptr, 0},
                    .before = {nullptr, 0},
                    .after = {nullptr, 0},
                    .reason = str(self.reason)};
    return call->event(call, &event);
}

spw_status judgeRecord(Instance &self, spw_call *call, uint32_t index, std::string_view bytes) {
    if (!jt_parse(&self.record, bytes.data(), bytes.size())) {
        if (self.record.no_memory) {
            throw std::bad_alloc();
        }
        return rejectUnread(self, call, index);
    }
    bool first = true;
    for (const Fault &fault : self.judge.judge(self.record)) {
        if (spw_status status = report(self, call, index, fault, first); status != SPW_OK) {
            return status;
        }
        first = false;
    }
    return SPW_OK;
}

spw_status judgeAll(Instance &self, spw_call *call, const spw_input &input) {
    for (uint32_t i = 0; i < input.record_count; i++) {
        const spw_record &record = input.records[i];
        if (i % 64 == 63 && call->cancelled(call)) {
            return refuse(call, SPW_FAILED, SPW_SIGNAL_TIMEOUT,
                          "contract: cut off at its deadline");
        }
        if (record.offset > input.bytes.size || record.length > input.bytes.size - record.offset) {
            return refuse(call, SPW_INVALID, SPW_SIGNAL_DENIED,
                          "contract: a record lies outside of the payload's bytes");
        }
        auto start = reinterpret_cast<const char *>(input.bytes.data) + record.offset;
        spw_status status = judgeRecord(self, call, i, {start, record.length});
        if (status != SPW_OK) {
            return status;
        }
    }
    return SPW_OK;
}

// One call at a time; what C++ throws ends here.
spw_status enter(void *instance, spw_call *call, const spw_input &input, spw_status done) noexcept {
    Instance &self = *static_cast<Instance *>(instance);
    if (self.busy.test_and_set(std::memory_order_acquire)) {
        return SPW_BUSY;
    }
    spw_status status;
    try {
        status = judgeAll(self, call, input);
    } catch (const std::exception &) {
        status = outOfMemory(call);
    }
    self.busy.clear(std::memory_order_release);
    return status == SPW_OK ? done : status;
}

spw_status handle(void *instance, spw_call *call, const spw_input *input, spw_output *) noexcept {
    return enter(instance, call, *input, SPW_UNCHANGED);
}

spw_status validate(void *instance, spw_call *call, const spw_input *before, const spw_input *after,
                    const spw_event *, size_t) noexcept {
    return enter(instance, call, after ? *after : *before, SPW_OK);
}

const spw_handler handler{.size = sizeof(spw_handler), .max_in_flight = 0, .handle = handle};
const spw_validator validator{.size = sizeof(spw_validator), .reserved = 0, .validate = validate};

const void *interfaceTable(spw_str id) noexcept {
    return view(id) == SPW_HANDLER     ? static_cast<const void *>(&handler)
           : view(id) == SPW_VALIDATOR ? static_cast<const void *>(&validator)
                                       : nullptr;
}

constexpr std::string_view optionsSchema = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "root": {
      "description": "JSON Pointer, into the contract, of the schema that each record must meet.",
      "type": "string",
      "pattern": "^(?:/|$).*",
      "default": ""
    }
  }
})";

const spw_str interfaces[] = {{SPW_HANDLER, sizeof SPW_HANDLER - 1},
                              {SPW_VALIDATOR, sizeof SPW_VALIDATOR - 1}};

} // namespace

extern "C" SPW_EXPORT spw_status spillway_plugin_init(const spw_host *host, spw_plugin *plugin) {
    if (host->abi_major != SPW_ABI_MAJOR || plugin->size < sizeof(spw_plugin)) {
        return SPW_INVALID;
    }
    *plugin = {};
    plugin->size = sizeof(spw_plugin);
    plugin->abi_major = SPW_ABI_MAJOR;
    plugin->abi_minor = SPW_ABI_MINOR;
    plugin->name = str("spillway/contract");
    plugin->version = str("0.1.0");
    plugin->summary = str("Judges records by their contract, a JSON Schema (2020-12 or draft-07)");
    plugin->options_schema = str(optionsSchema);
    plugin->threads = SPW_THREADS_PER_LANE;
    plugin->declares = SPW_DETERMINISTIC;
    plugin->interfaces = interfaces;
    plugin->interface_count = std::size(interfaces);
    plugin->interface_table = interfaceTable;
    plugin->create = create;
    plugin->destroy = destroy;
    return SPW_OK;
}
