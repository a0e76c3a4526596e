#include "compiler.hpp"

#include <algorithm>

namespace contract {
namespace {

constexpr unsigned chainLimit = 256;

bool isAnnotation(std::string_view name) {
    const Keyword *keyword = keywordNamed(name);
    return !keyword || keyword->kind == Keyword::Kind::annotation;
}

// Finds schemas that lead back to themselves without going into the value: no record could ever be
// judged by them.
class CycleSearch {
  public:
    // The message, or empty.
    std::string visit(const Schema &schema, unsigned depth) {
        if (depth > chainLimit) {
            return "references and combinations nest deeper than 256 levels";
        }
        State &state = states[&schema];
        if (state != State::fresh) {
            return state == State::open ? "refers to itself without going into the value" : "";
        }
        state = State::open;
        std::vector<const Schema *> next{schema.reference, schema.negated};
        for (const auto *list : {&schema.allOf, &schema.anyOf, &schema.oneOf}) {
            next.insert(next.end(), list->begin(), list->end());
        }
        for (const Schema *inner : next) {
            if (std::string found = inner ? visit(*inner, depth + 1) : ""; !found.empty()) {
                return found;
            }
        }
        states[&schema] = State::done;
        return "";
    }

  private:
    enum class State { fresh, open, done };
    std::unordered_map<const Schema *, State> states;
};

} // namespace

Name &Members::named(std::string_view text) {
    auto [found, isNew] = index.try_emplace(text, static_cast<uint32_t>(names.size()));
    if (isNew) {
        names.push_back({.text = text});
    }
    return names[found->second];
}

Members &Schema::ensureMembers() {
    if (!members) {
        members = std::make_unique<Members>();
    }
    return *members;
}

std::unique_ptr<Plan> Compiler::compile(std::string_view contract, std::string_view root) {
    auto plan = std::make_unique<Plan>();
    plan->text = contract;
    jt_tree &tree = plan->tree;
    if (!jt_parse(&tree, plan->text.data(), plan->text.size())) {
        throw ContractError("", "not JSON: " + std::string(tree.error) + " at byte " +
                                    std::to_string(tree.error_at));
    }
    if (tree.duplicate != JT_NONE) {
        throw ContractError(pointerOf(tree, tree.duplicate), "the name is there twice");
    }
    if (tree.lone != JT_NONE) {
        throw ContractError(pointerOf(tree, tree.lone), "holds a lone surrogate");
    }
    uint32_t start = jt_resolve(&tree, 0, root.data(), root.size());
    if (start == JT_NONE) {
        throw ContractError(std::string(root), "option \"root\" points to nothing in the contract");
    }
    Compiler compiler(*plan);
    compiler.readDraft();
    plan->root = compiler.schemaAt(start);
    compiler.compileAll();
    compiler.checkCycles();
    return plan;
}

void Compiler::readDraft() {
    uint32_t node = jt_find(&plan.tree, 0, "$schema", 7);
    if (node == JT_NONE) {
        return;
    }
    expect(node, JS_STRING, "a string");
    std::string_view uri = view(at(node).text);
    if (uri.ends_with('#')) {
        uri.remove_suffix(1);
    }
    if (uri == "http://json-schema.org/draft-07/schema" ||
        uri == "https://json-schema.org/draft-07/schema") {
        draft = Draft::seven;
    } else if (uri != "https://json-schema.org/draft/2020-12/schema") {
        fail(node, "draft \"" + std::string(view(at(node).text)) +
                       "\" is not supported; use "
                       "https://json-schema.org/draft/2020-12/schema or "
                       "http://json-schema.org/draft-07/schema#");
    }
}

Schema *Compiler::schemaAt(uint32_t node) {
    js_type type = static_cast<js_type>(at(node).type);
    if (type != JS_OBJECT && type != JS_TRUE && type != JS_FALSE) {
        fail(node, "must be a schema: an object, true or false");
    }
    auto [found, isNew] = compiled.try_emplace(node, nullptr);
    if (isNew) {
        found->second = &plan.schemas.emplace_back();
        found->second->never = type == JS_FALSE;
        if (type == JS_OBJECT) {
            waiting.emplace_back(node, found->second);
        }
    }
    return found->second;
}

// Each schema waits its turn, so that no contract can make this recurse.
void Compiler::compileAll() {
    while (!waiting.empty()) {
        auto [node, schema] = waiting.back();
        waiting.pop_back();
        compileObject(*schema, node);
    }
}

void Compiler::compileObject(Schema &schema, uint32_t node) {
    uint32_t ref = jt_find(&plan.tree, node, "$ref", 4);
    if (draft == Draft::seven && ref != JT_NONE) {
        checkSiblings(node, ref);
        refKeyword(schema, ref);
        return;
    }
    for (uint32_t member : Items(plan.tree, node)) {
        compileMember(schema, member);
    }
}

// In draft-07 what stands beside a $ref has no effect.
void Compiler::checkSiblings(uint32_t node, uint32_t ref) {
    for (uint32_t member : Items(plan.tree, node)) {
        std::string_view name = view(at(member).name);
        bool harmless = isAnnotation(name) || name == "$schema" || name == "$id" ||
                        name == "$defs" || name == "definitions";
        if (member != ref && !harmless) {
            warn(member, "has no effect: draft-07 ignores what stands beside $ref");
        }
    }
}

void Compiler::compileMember(Schema &schema, uint32_t member) {
    std::string_view name = view(at(member).name);
    if (name.starts_with("x-")) {
        return;
    }
    const Keyword *keyword = keywordNamed(name);
    if (!keyword) {
        if (const Keyword *meant = keywordLike(name)) {
            warn(member, "is no keyword and has no effect; did you mean \"" +
                             std::string(meant->name) + "\"?");
        }
        return;
    }
    if (!keyword->isOf(draft)) {
        warn(member, draft == Draft::seven ? "has no effect: it is no keyword of draft-07"
                                           : "has no effect: it is no keyword of draft 2020-12");
        return;
    }
    if (keyword->kind == Keyword::Kind::unsupported) {
        fail(member, "keyword \"" + std::string(name) + "\" is not supported yet");
    }
    if (keyword->compile) {
        (this->*keyword->compile)(schema, member);
    }
}

void Compiler::checkCycles() {
    CycleSearch search;
    for (const auto &[node, schema] : compiled) {
        if (std::string found = search.visit(*schema, 0); !found.empty()) {
            fail(node, found);
        }
    }
}

void Compiler::expect(uint32_t node, js_type type, const char *what) const {
    if (at(node).type != type) {
        fail(node, std::string("must be ") + what);
    }
}

uint64_t Compiler::count(uint32_t node) const {
    expect(node, JS_NUMBER, "a number");
    std::optional<uint64_t> value = Decimal::of(view(at(node).text)).asCount();
    if (!value) {
        fail(node, "must be an integer from 0 to 10^18");
    }
    return *value;
}

Bound Compiler::bound(uint32_t node) const {
    expect(node, JS_NUMBER, "a number");
    std::string_view text = view(at(node).text);
    return {Decimal::of(text), text};
}

std::vector<const Schema *> Compiler::schemaList(uint32_t value) {
    expect(value, JS_ARRAY, "an array of schemas");
    std::vector<const Schema *> list;
    for (uint32_t item : Items(plan.tree, value)) {
        list.push_back(schemaAt(item));
    }
    if (list.empty()) {
        fail(value, "must not be empty");
    }
    return list;
}

const Pattern *Compiler::patternAt(uint32_t node, std::string_view text) {
    try {
        return &plan.patterns.emplace_back(text);
    } catch (const std::invalid_argument &error) {
        fail(node, "is no regular expression that can be used: " + std::string(error.what()));
    }
}

void Compiler::warn(uint32_t node, const std::string &what) {
    plan.warnings.push_back(pointerOf(plan.tree, node) + " " + what);
}

void Compiler::fail(uint32_t node, const std::string &what) const {
    throw ContractError(pointerOf(plan.tree, node), what);
}

} // namespace contract
