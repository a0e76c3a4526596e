#include "judge.hpp"

#include "values.hpp"

#include <algorithm>

namespace contract {
namespace {

// Nested schemas, not nested values: a reference counts too. It bounds the stack to some 0.5 MB.
constexpr unsigned depthLimit = 1536;
// A combination of combinations can take time that grows with the power of its depth.
constexpr uint64_t stepsAtLeast = 1'000'000, stepsForEachNode = 4096;

size_t codePoints(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

} // namespace

const std::vector<Fault> &Judge::judge(const jt_tree &tree) {
    record = &tree;
    found.clear();
    quiet = gaveUp = false;
    depth = 0;
    if (tree.lone != JT_NONE || tree.duplicate != JT_NONE) {
        bool lone = tree.lone <= tree.duplicate;
        fault({.kind = lone ? Fault::Kind::lone : Fault::Kind::duplicate,
               .node = &tree.nodes[lone ? tree.lone : tree.duplicate]});
        return found;
    }
    steps = stepsAtLeast + stepsForEachNode * tree.count;
    holds(*plan.root, tree.nodes[0]);
    if (gaveUp) { // whatever else it found: the verdict is not sure
        found.clear();
        found.push_back(reason);
    }
    return found;
}

const jt_node &Judge::item(const jt_node &container, uint32_t index) const {
    return record->nodes[record->order[container.order + index]];
}

bool Judge::fault(Fault fault) {
    if (!quiet && found.size() < limit) {
        found.push_back(fault);
    }
    return false;
}

bool Judge::giveUp(Fault::Kind kind, const jt_node &node) {
    if (!gaveUp) {
        gaveUp = true;
        reason = {.kind = kind, .node = &node};
    }
    return false;
}

bool Judge::holds(const Schema &schema, const jt_node &node) {
    if (gaveUp) {
        return false;
    }
    if (!steps--) {
        return giveUp(Fault::Kind::gaveUpSteps, node);
    }
    if (schema.never) {
        return fault({.kind = Fault::Kind::never, .node = &node});
    }
    if (depth == depthLimit) {
        return giveUp(Fault::Kind::gaveUpDepth, node);
    }
    if (!holdsType(schema, node)) {
        return false;
    }
    depth++;
    bool valid = holdsValues(schema, node);
    if (!enough(valid)) {
        valid = holdsByType(schema, node) && valid;
    }
    if (!enough(valid) && schema.reference) {
        valid = holds(*schema.reference, node) && valid;
    }
    if (!enough(valid)) {
        valid = holdsCombined(schema, node) && valid;
    }
    depth--;
    return valid;
}

bool Judge::holdsType(const Schema &schema, const jt_node &node) {
    if (!schema.types || schema.types & typeBit(static_cast<js_type>(node.type))) {
        return true;
    }
    if (node.type == JS_NUMBER && schema.types & integerBit &&
        Decimal::of(view(node.text)).isInteger()) {
        return true;
    }
    return fault({.kind = Fault::Kind::type, .node = &node, .schema = &schema});
}

bool Judge::equal(const jt_node &value, uint32_t contractNode) const {
    return compareValues(*record, value, plan.tree, plan.tree.nodes[contractNode]) == 0;
}

bool Judge::holdsValues(const Schema &schema, const jt_node &node) {
    if (schema.constant != JT_NONE && !equal(node, schema.constant)) {
        return fault({.kind = Fault::Kind::constant, .node = &node, .schema = &schema});
    }
    if (!schema.hasEnum) {
        return true;
    }
    bool listed = std::any_of(schema.values.begin(), schema.values.end(),
                              [&](uint32_t value) { return equal(node, value); });
    return listed || fault({.kind = Fault::Kind::notInEnum, .node = &node, .schema = &schema});
}

bool Judge::holdsByType(const Schema &schema, const jt_node &node) {
    switch (node.type) {
    case JS_NUMBER:
        return holdsNumber(schema, node);
    case JS_STRING:
        return holdsString(schema, node);
    case JS_ARRAY:
        return holdsArray(schema, node);
    case JS_OBJECT:
        return holdsObject(schema, node);
    default:
        return true;
    }
}

bool Judge::holdsNumber(const Schema &schema, const jt_node &node) {
    bool judged = schema.minimum || schema.maximum || schema.exclusiveMinimum ||
                  schema.exclusiveMaximum || schema.divisor;
    if (!judged) {
        return true;
    }
    Decimal value = Decimal::of(view(node.text));
    Fault at{.kind = Fault::Kind::minimum, .node = &node, .schema = &schema};
    bool valid = true;
    auto check = [&](bool holds, Fault::Kind kind) {
        at.kind = kind;
        valid = (holds || fault(at)) && valid;
    };
    if (schema.minimum) {
        check(compare(value, schema.minimum->value) >= 0, Fault::Kind::minimum);
    }
    if (schema.maximum) {
        check(compare(value, schema.maximum->value) <= 0, Fault::Kind::maximum);
    }
    if (schema.exclusiveMinimum) {
        check(compare(value, schema.exclusiveMinimum->value) > 0, Fault::Kind::exclusiveMinimum);
    }
    if (schema.exclusiveMaximum) {
        check(compare(value, schema.exclusiveMaximum->value) < 0, Fault::Kind::exclusiveMaximum);
    }
    if (schema.divisor) {
        check(schema.divisor->divides(value), Fault::Kind::multipleOf);
    }
    return valid;
}

bool Judge::holdsLength(const Schema &schema, const jt_node &node) {
    uint64_t least = schema.minLength.value_or(0), most = schema.maxLength.value_or(UINT64_MAX);
    size_t bytes = node.text.size;
    if (bytes / 4 >= least && bytes <= most) {
        return true; // a code point has at most four bytes
    }
    size_t length = codePoints(view(node.text));
    if (length < least) {
        return fault({.kind = Fault::Kind::tooShort, .node = &node, .schema = &schema});
    }
    return length <= most ||
           fault({.kind = Fault::Kind::tooLong, .node = &node, .schema = &schema, .count = length});
}

bool Judge::matches(const Pattern &pattern, std::string_view text, const jt_node &node) {
    Match match = pattern.matches(text, matcher);
    return match == Match::gaveUp ? giveUp(Fault::Kind::gaveUpPattern, node) : match == Match::yes;
}

bool Judge::holdsFormat(const Schema &schema, const jt_node &node) {
    if (!schema.format) {
        return true;
    }
    std::string_view text = view(node.text);
    if (!schema.format->holds(text)) {
        return fault({.kind = Fault::Kind::format, .node = &node, .schema = &schema});
    }
    const auto &limits = schema.decimalLimits;
    return !limits || fitsDecimal(text, limits->precision, limits->scale) ||
           fault({.kind = Fault::Kind::decimalLimits, .node = &node, .schema = &schema});
}

bool Judge::holdsString(const Schema &schema, const jt_node &node) {
    bool valid = holdsLength(schema, node);
    if (!enough(valid) && schema.pattern && !matches(*schema.pattern, view(node.text), node)) {
        valid = fault({.kind = Fault::Kind::pattern, .node = &node, .regex = schema.pattern});
    }
    return enough(valid) ? valid : holdsFormat(schema, node) && valid;
}

bool Judge::holdsArray(const Schema &schema, const jt_node &node) {
    bool valid = true;
    if (schema.minItems && node.count < *schema.minItems) {
        valid = fault({.kind = Fault::Kind::tooFewItems, .node = &node, .schema = &schema});
    }
    if (schema.maxItems && node.count > *schema.maxItems) {
        valid = fault({.kind = Fault::Kind::tooManyItems, .node = &node, .schema = &schema});
    }
    for (uint32_t i = 0; schema.items && i < node.count && !enough(valid); i++) {
        valid = holds(*schema.items, item(node, i)) && valid;
    }
    if (!enough(valid) && schema.uniqueItems) {
        valid = holdsUnique(schema, node) && valid;
    }
    return valid;
}

// Sorted by value, equal items are neighbours.
bool Judge::holdsUnique(const Schema &schema, const jt_node &node) {
    sorted.clear();
    for (uint32_t i = 0; i < node.count; i++) {
        sorted.push_back(&item(node, i));
    }
    std::sort(sorted.begin(), sorted.end(), [this](const jt_node *a, const jt_node *b) {
        int order = compareValues(*record, *a, *record, *b);
        return order ? order < 0 : a < b;
    });
    auto twin = std::adjacent_find(sorted.begin(), sorted.end(), [this](auto *a, auto *b) {
        return compareValues(*record, *a, *record, *b) == 0;
    });
    return twin == sorted.end() || fault({.kind = Fault::Kind::equalItems,
                                          .node = &node,
                                          .schema = &schema,
                                          .count = twin[1]->position,
                                          .other = twin[0]->position});
}

bool Judge::holdsName(const Members &members, const jt_node &member) {
    jt_node name{};
    name.type = JS_STRING;
    name.text = name.raw = member.name;
    bool valid = holdsQuietly(*members.propertyNames, name);
    if (gaveUp && reason.node == &name) {
        reason.node = &member; // the one that outlives this call
    }
    return valid || fault({.kind = Fault::Kind::nameRefused, .node = &member});
}

// `hint` is where the member is likely to be among the names: after the one before it.
bool Judge::holdsMember(const Members &members, const jt_node &member, uint32_t &hint,
                        uint32_t &required) {
    std::string_view text = view(member.name);
    const Name *name = nullptr;
    if (hint < members.names.size() && members.names[hint].text == text) {
        name = &members.names[hint];
    } else if (auto known = members.index.find(text); known != members.index.end()) {
        hint = known->second;
        name = &members.names[hint];
    }
    hint += name ? 1 : 0;
    required += name && name->required ? 1 : 0;
    bool valid = !members.propertyNames || holdsName(members, member);
    bool declared = name && name->schema;
    if (declared && !enough(valid)) {
        valid = holds(*name->schema, member) && valid;
    }
    for (const auto &[pattern, schema] : members.patterns) {
        if (!enough(valid) && matches(*pattern, text, member)) {
            declared = true;
            valid = holds(*schema, member) && valid;
        }
    }
    if (declared || !members.additional || enough(valid)) {
        return valid;
    }
    if (members.additional->never) {
        return fault({.kind = Fault::Kind::undeclared, .node = &member});
    }
    return holds(*members.additional, member) && valid;
}

bool Judge::holdsRequired(const Schema &schema, const jt_node &node) {
    uint32_t index = static_cast<uint32_t>(&node - record->nodes);
    for (const Name &name : schema.members->names) {
        bool missing =
            name.required && jt_find(record, index, name.text.data(), name.text.size()) == JT_NONE;
        if (missing) {
            fault({.kind = Fault::Kind::missing, .node = &node, .schema = &schema, .name = &name});
        }
    }
    return false;
}

bool Judge::holdsObject(const Schema &schema, const jt_node &node) {
    bool valid = true;
    if (schema.minProperties && node.count < *schema.minProperties) {
        valid = fault({.kind = Fault::Kind::tooFewMembers, .node = &node, .schema = &schema});
    }
    if (schema.maxProperties && node.count > *schema.maxProperties) {
        valid = fault({.kind = Fault::Kind::tooManyMembers, .node = &node, .schema = &schema});
    }
    if (!schema.members) {
        return valid;
    }
    uint32_t hint = 0, required = 0;
    const jt_node *member = &node + 1;
    for (uint32_t i = 0; i < node.count && !enough(valid); i++) {
        valid = holdsMember(*schema.members, *member, hint, required) && valid;
        member = &record->nodes[member->end];
    }
    if (!enough(valid) && required < schema.members->requiredCount) {
        valid = holdsRequired(schema, node);
    }
    return valid;
}

bool Judge::holdsQuietly(const Schema &schema, const jt_node &node) {
    bool before = quiet;
    quiet = true;
    bool valid = holds(schema, node);
    quiet = before;
    return valid;
}

bool Judge::holdsOneOf(const Schema &schema, const jt_node &node) {
    size_t fitting = 0;
    for (const Schema *inner : schema.oneOf) {
        fitting += holdsQuietly(*inner, node) ? 1 : 0;
        if (fitting > 1) {
            break;
        }
    }
    Fault::Kind kind = fitting ? Fault::Kind::oneOfSeveral : Fault::Kind::oneOfNone;
    return fitting == 1 || fault({.kind = kind, .node = &node, .schema = &schema});
}

bool Judge::holdsCombined(const Schema &schema, const jt_node &node) {
    bool valid = true;
    for (const Schema *inner : schema.allOf) {
        if (!enough(valid)) {
            valid = holds(*inner, node) && valid;
        }
    }
    if (!schema.anyOf.empty() && !enough(valid)) {
        bool fits = std::any_of(schema.anyOf.begin(), schema.anyOf.end(),
                                [&](const Schema *inner) { return holdsQuietly(*inner, node); });
        valid = (fits || fault({.kind = Fault::Kind::anyOf, .node = &node, .schema = &schema})) &&
                valid;
    }
    if (!schema.oneOf.empty() && !enough(valid)) {
        valid = holdsOneOf(schema, node) && valid;
    }
    if (schema.negated && !enough(valid) && holdsQuietly(*schema.negated, node)) {
        valid = fault({.kind = Fault::Kind::negated, .node = &node, .schema = &schema});
    }
    return valid;
}

} // namespace contract
