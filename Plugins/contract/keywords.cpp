// Keywords about one value: its type, and what numbers, texts and sizes may be.
#include "compiler.hpp"

#include <array>
#include <utility>

namespace contract {
namespace {

constexpr std::array<std::pair<std::string_view, unsigned>, 7> typeNames{{
    {"null", typeBit(JS_NULL)},
    {"boolean", typeBit(JS_TRUE) | typeBit(JS_FALSE)},
    {"number", typeBit(JS_NUMBER) | integerBit},
    {"integer", integerBit},
    {"string", typeBit(JS_STRING)},
    {"object", typeBit(JS_OBJECT)},
    {"array", typeBit(JS_ARRAY)},
}};

unsigned typeNamed(std::string_view name) {
    for (const auto &[known, bits] : typeNames) {
        if (name == known) {
            return bits;
        }
    }
    return 0;
}

} // namespace

void Compiler::typeKeyword(Schema &schema, uint32_t value) {
    auto add = [&](uint32_t node) {
        unsigned bits = at(node).type == JS_STRING ? typeNamed(view(at(node).text)) : 0;
        if (!bits) {
            fail(node, "must be one of null, boolean, number, integer, string, object, array");
        }
        schema.types |= bits;
    };
    if (at(value).type != JS_ARRAY) {
        add(value);
        return;
    }
    if (!at(value).count) {
        fail(value, "must not be empty");
    }
    for (uint32_t item : Items(plan.tree, value)) {
        add(item);
    }
}

void Compiler::enumKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_ARRAY, "an array");
    schema.hasEnum = true;
    for (uint32_t item : Items(plan.tree, value)) {
        schema.values.push_back(item);
    }
}

void Compiler::constKeyword(Schema &schema, uint32_t value) {
    schema.constant = value;
}

void Compiler::minLengthKeyword(Schema &schema, uint32_t value) {
    schema.minLength = count(value);
}

void Compiler::maxLengthKeyword(Schema &schema, uint32_t value) {
    schema.maxLength = count(value);
}

void Compiler::minItemsKeyword(Schema &schema, uint32_t value) {
    schema.minItems = count(value);
}

void Compiler::maxItemsKeyword(Schema &schema, uint32_t value) {
    schema.maxItems = count(value);
}

void Compiler::minPropertiesKeyword(Schema &schema, uint32_t value) {
    schema.minProperties = count(value);
}

void Compiler::maxPropertiesKeyword(Schema &schema, uint32_t value) {
    schema.maxProperties = count(value);
}

void Compiler::uniqueItemsKeyword(Schema &schema, uint32_t value) {
    if (at(value).type != JS_TRUE && at(value).type != JS_FALSE) {
        fail(value, "must be true or false");
    }
    schema.uniqueItems = at(value).type == JS_TRUE;
}

void Compiler::patternKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_STRING, "a string");
    schema.pattern = patternAt(value, view(at(value).text));
}

void Compiler::formatKeyword(Schema &schema, uint32_t value) {
    expect(value, JS_STRING, "a string");
    schema.format = formatNamed(view(at(value).text));
    if (schema.format && schema.format->name == "decimal") {
        decimalLimits(schema, value);
    }
}

// x-precision and x-scale beside "format": "decimal".
void Compiler::decimalLimits(Schema &schema, uint32_t format) {
    uint32_t object = at(format).parent;
    uint32_t precision = jt_find(&plan.tree, object, "x-precision", 11);
    uint32_t scale = jt_find(&plan.tree, object, "x-scale", 7);
    if (precision == JT_NONE) {
        return;
    }
    uint64_t digits = count(precision);
    uint64_t places = scale == JT_NONE ? 0 : count(scale);
    if (digits < 1 || digits > 1000) {
        fail(precision, "must be from 1 to 1000");
    }
    if (places > digits) {
        fail(scale, "must not be more than x-precision");
    }
    schema.decimalLimits = {static_cast<unsigned>(digits), static_cast<unsigned>(places)};
}

void Compiler::minimumKeyword(Schema &schema, uint32_t value) {
    schema.minimum = bound(value);
}

void Compiler::maximumKeyword(Schema &schema, uint32_t value) {
    schema.maximum = bound(value);
}

void Compiler::exclusiveMinimumKeyword(Schema &schema, uint32_t value) {
    schema.exclusiveMinimum = bound(value);
}

void Compiler::exclusiveMaximumKeyword(Schema &schema, uint32_t value) {
    schema.exclusiveMaximum = bound(value);
}

void Compiler::multipleOfKeyword(Schema &schema, uint32_t value) {
    Bound number = bound(value);
    schema.divisor = Divisor::of(number.value);
    schema.divisorText = number.text;
    if (!schema.divisor) {
        fail(value, "must be a number above 0 with at most 18 significant digits");
    }
}

} // namespace contract
