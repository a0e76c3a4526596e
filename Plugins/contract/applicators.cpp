// Keywords that bring in other schemas, and those about the contract itself.
#include "compiler.hpp"

namespace contract {
namespace {

int hexValue(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percentDecoded(std::string_view text) {
    std::string result;
    for (size_t i = 0; i < text.size(); i++) {
        bool escape = text[i] == '%' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 &&
                      hexValue(text[i + 2]) >= 0;
        if (escape) {
            result += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
            i += 2;
        } else {
            result += text[i];
        }
    }
    return result;
}

} // namespace

void Compiler::schemaKeyword(Schema &, uint32_t value) {
    uint32_t root = jt_find(&plan.tree, 0, "$schema", 7);
    if (root == JT_NONE || view(at(root).text) != view(at(value).text)) {
        fail(value, "another draft inside a contract is not supported yet");
    }
}

void Compiler::idKeyword(Schema &, uint32_t value) {
    expect(value, JS_STRING, "a string");
    if (at(value).parent != 0) {
        fail(value, "keyword \"$id\" below the contract's root is not supported yet");
    }
}

void Compiler::refKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_STRING, "a string");
    std::string_view text = view(at(value).text);
    if (text != "#" && !text.starts_with("#/")) {
        fail(value, "keyword \"$ref\" to anything but \"#\" or \"#/...\" is not supported yet");
    }
    std::string pointer = percentDecoded(text.substr(1));
    uint32_t target = jt_resolve(&plan.tree, 0, pointer.data(), pointer.size());
    if (target == JT_NONE) {
        fail(value, "points to nothing: " + std::string(text));
    }
    schema.reference = schemaAt(target);
}

void Compiler::definitionsKeyword(Schema &, uint32_t value) {
    expect(value, JS_OBJECT, "an object");
    for (uint32_t member : Items(plan.tree, value)) {
        schemaAt(member);
    }
}

void Compiler::propertiesKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_OBJECT, "an object");
    Members &members = schema.ensureMembers();
    for (uint32_t member : Items(plan.tree, value)) {
        members.named(view(at(member).name)).schema = schemaAt(member);
    }
}

void Compiler::requiredKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_ARRAY, "an array of names");
    Members &members = schema.ensureMembers();
    for (uint32_t item : Items(plan.tree, value)) {
        expect(item, JS_STRING, "a string");
        Name &name = members.named(view(at(item).text));
        members.requiredCount += name.required ? 0 : 1;
        name.required = true;
    }
}

void Compiler::additionalPropertiesKeyword(Schema &schema, uint32_t value) {
    const Schema *inner = schemaAt(value);
    schema.ensureMembers().additional = at(value).type == JS_TRUE ? nullptr : inner;
}

void Compiler::patternPropertiesKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_OBJECT, "an object");
    Members &members = schema.ensureMembers();
    for (uint32_t member : Items(plan.tree, value)) {
        const Pattern *pattern = patternAt(member, view(at(member).name));
        members.patterns.emplace_back(pattern, schemaAt(member));
    }
}

void Compiler::propertyNamesKeyword(Schema &schema, uint32_t value) {
    schema.ensureMembers().propertyNames = schemaAt(value);
}

void Compiler::itemsKeyword(Schema &schema, uint32_t value) {
    if (at(value).type == JS_ARRAY) {
        fail(value, draft == Draft::seven
                        ? "keyword \"items\" as an array is not supported yet"
                        : "must be a schema; draft 2020-12 has prefixItems for arrays");
    }
    schema.items = schemaAt(value);
}

void Compiler::allOfKeyword(Schema &schema, uint32_t value) {
    schema.allOf = schemaList(value);
}

void Compiler::anyOfKeyword(Schema &schema, uint32_t value) {
    schema.anyOf = schemaList(value);
}

void Compiler::oneOfKeyword(Schema &schema, uint32_t value) {
    schema.oneOf = schemaList(value);
}

void Compiler::notKeyword(Schema &schema, uint32_t value) {
    schema.negated = schemaAt(value);
}

} // namespace contract
