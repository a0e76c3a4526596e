#include "describe.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace contract {
namespace {

constexpr size_t excerptLimit = 40, listLimit = 5;

void appendNumber(std::string &text, uint64_t number) {
    std::array<char, 24> digits;
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

// "3 items", "1 item"
void appendCount(std::string &text, uint64_t number, std::string_view what) {
    appendNumber(text, number);
    text += ' ';
    text += what;
    text += number == 1 ? "" : "s";
}

// As much of a text as a line can bear, cut between characters.
void appendExcerpt(std::string &text, std::string_view from) {
    if (from.size() <= excerptLimit) {
        text += from;
        return;
    }
    size_t size = excerptLimit;
    while (size && (from[size] & 0xC0) == 0x80) {
        size--;
    }
    text += from.substr(0, size);
    text += "...";
}

void appendFound(std::string &text, const jt_node &node) {
    text += "found ";
    if (node.type == JS_OBJECT || node.type == JS_ARRAY) {
        text += node.type == JS_OBJECT ? "an object of " : "an array of ";
        appendCount(text, node.count, node.type == JS_OBJECT ? "member" : "item");
    } else {
        appendExcerpt(text, view(node.raw));
    }
}

void appendTypes(std::string &text, unsigned types) {
    constexpr std::array<std::pair<unsigned, std::string_view>, 7> names{{
        {typeBit(JS_OBJECT), "object"},
        {typeBit(JS_ARRAY), "array"},
        {typeBit(JS_STRING), "string"},
        {typeBit(JS_NUMBER), "number"},
        {integerBit, "integer"},
        {typeBit(JS_TRUE), "boolean"},
        {typeBit(JS_NULL), "null"},
    }};
    std::string_view between = "";
    for (const auto &[bit, name] : names) {
        bool implied = bit == integerBit && types & typeBit(JS_NUMBER);
        if (types & bit && !implied) {
            text += between;
            text += name;
            between = " or ";
        }
    }
}

void appendEnum(std::string &text, const Schema &schema, const Plan &plan) {
    text += "expected one of ";
    size_t shown = 0;
    for (uint32_t value : schema.values) {
        if (shown++ == listLimit) {
            text += ", ... (";
            appendCount(text, schema.values.size(), "value");
            text += ')';
            break;
        }
        text += shown > 1 ? ", " : "";
        appendExcerpt(text, view(plan.tree.nodes[value].raw));
    }
    text += ": ";
}

void appendText(std::string &text, std::string_view before, std::string_view value) {
    text += before;
    appendExcerpt(text, value);
    text += ": ";
}

void appendSize(std::string &text, std::string_view before, uint64_t limit, std::string_view what,
                uint64_t found) {
    text += before;
    appendCount(text, limit, what);
    text += ": found ";
    appendNumber(text, found);
}

// Faults of size say how much there is rather than what. False: another kind.
bool describeSize(const Fault &fault, std::string &text) {
    const Schema &schema = *fault.schema;
    uint32_t count = fault.node->count;
    switch (fault.kind) {
    case Fault::Kind::tooFewMembers:
        appendSize(text, "fewer than ", *schema.minProperties, "member", count);
        return true;
    case Fault::Kind::tooManyMembers:
        appendSize(text, "more than ", *schema.maxProperties, "member", count);
        return true;
    case Fault::Kind::tooFewItems:
        appendSize(text, "fewer than ", *schema.minItems, "item", count);
        return true;
    case Fault::Kind::tooManyItems:
        appendSize(text, "more than ", *schema.maxItems, "item", count);
        return true;
    case Fault::Kind::tooLong:
        appendSize(text, "longer than ", *schema.maxLength, "character", fault.count);
        return true;
    case Fault::Kind::equalItems:
        text += "items ";
        appendNumber(text, fault.other);
        text += " and ";
        appendNumber(text, fault.count);
        text += " are equal";
        return true;
    default:
        return false;
    }
}

// What the schema expects, up to the colon. False: another kind.
bool describeExpected(const Fault &fault, const Plan &plan, std::string &text) {
    const Schema &schema = *fault.schema;
    switch (fault.kind) {
    case Fault::Kind::type:
        text += "expected ";
        appendTypes(text, schema.types);
        text += ", ";
        break;
    case Fault::Kind::constant:
        appendText(text, "expected ", view(plan.tree.nodes[schema.constant].raw));
        break;
    case Fault::Kind::notInEnum:
        appendEnum(text, schema, plan);
        break;
    case Fault::Kind::tooShort:
        text += "shorter than ";
        appendCount(text, *schema.minLength, "character");
        text += ": ";
        break;
    case Fault::Kind::format:
        text += "not ";
        text += schema.format->form;
        text += ": ";
        break;
    case Fault::Kind::decimalLimits:
        text += "does not fit in decimal(";
        appendNumber(text, schema.decimalLimits->precision);
        text += ',';
        appendNumber(text, schema.decimalLimits->scale);
        text += "): ";
        break;
    case Fault::Kind::minimum:
        appendText(text, "less than ", schema.minimum->text);
        break;
    case Fault::Kind::maximum:
        appendText(text, "more than ", schema.maximum->text);
        break;
    case Fault::Kind::exclusiveMinimum:
        appendText(text, "not more than ", schema.exclusiveMinimum->text);
        break;
    case Fault::Kind::exclusiveMaximum:
        appendText(text, "not less than ", schema.exclusiveMaximum->text);
        break;
    case Fault::Kind::multipleOf:
        appendText(text, "not a multiple of ", schema.divisorText);
        break;
    case Fault::Kind::anyOf:
        text += "fits no alternative of anyOf: ";
        break;
    case Fault::Kind::oneOfNone:
        text += "fits no alternative of oneOf: ";
        break;
    case Fault::Kind::oneOfSeveral:
        text += "fits more than one alternative of oneOf: ";
        break;
    case Fault::Kind::negated:
        text += "fits what \"not\" forbids: ";
        break;
    default:
        return false;
    }
    return true;
}

std::string_view plainWords(Fault::Kind kind) {
    switch (kind) {
    case Fault::Kind::missing:
        return "required, but missing";
    case Fault::Kind::nameRefused:
        return "a member of this name is not allowed (propertyNames)";
    case Fault::Kind::gaveUpPattern:
        return "a pattern of the contract takes too many steps on this text";
    case Fault::Kind::gaveUpDepth:
        return "nested deeper than the contract can be followed";
    case Fault::Kind::gaveUpSteps:
        return "judging takes too many steps: the contract combines too many alternatives";
    case Fault::Kind::duplicate:
        return "the object has this name twice";
    case Fault::Kind::lone:
        return "holds a lone surrogate, which UTF-8 can't say";
    default:
        return "";
    }
}

} // namespace

void describe(const Fault &fault, const Plan &plan, std::string &text) {
    text.clear();
    if (std::string_view words = plainWords(fault.kind); !words.empty()) {
        text += words;
        return;
    }
    if (fault.schema && describeSize(fault, text)) {
        return;
    }
    if (fault.kind == Fault::Kind::never) {
        text += "no value is allowed here: ";
    } else if (fault.kind == Fault::Kind::undeclared) {
        text += "not declared by the contract: ";
    } else if (fault.kind == Fault::Kind::pattern) {
        appendText(text, "does not match the pattern ", fault.regex->source);
    } else {
        describeExpected(fault, plan, text);
    }
    appendFound(text, *fault.node);
}

void locate(const Fault &fault, const jt_tree &record, std::string &pointer) {
    uint32_t node = static_cast<uint32_t>(fault.node - record.nodes);
    size_t size = jt_pointer(&record, node, pointer.data(), pointer.size());
    std::string_view missing = fault.name ? fault.name->text : std::string_view();
    size_t whole =
        fault.name ? jt_pointer_token(missing.data(), missing.size(), nullptr, 0, size) : size;
    pointer.resize(whole);
    jt_pointer(&record, node, pointer.data(), pointer.size());
    if (fault.name) {
        jt_pointer_token(missing.data(), missing.size(), pointer.data(), whole, size);
    }
}

} // namespace contract
