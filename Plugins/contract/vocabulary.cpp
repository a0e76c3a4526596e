#include "vocabulary.hpp"

#include "compiler.hpp"

#include <algorithm>
#include <array>

namespace contract {
namespace {

using Kind = Keyword::Kind;

constexpr unsigned d7 = static_cast<unsigned>(Draft::seven);
constexpr unsigned d12 = static_cast<unsigned>(Draft::twelve);
constexpr unsigned both = bothDrafts;

constexpr auto keywords = std::to_array<Keyword>({
    {"$schema", both, Kind::asserted, &Compiler::schemaKeyword},
    {"$id", both, Kind::asserted, &Compiler::idKeyword},
    {"$ref", both, Kind::asserted, &Compiler::refKeyword},
    // Each draft has its own word for it, and contracts mix them.
    {"$defs", both, Kind::asserted, &Compiler::definitionsKeyword},
    {"definitions", both, Kind::asserted, &Compiler::definitionsKeyword},
    {"type", both, Kind::asserted, &Compiler::typeKeyword},
    {"enum", both, Kind::asserted, &Compiler::enumKeyword},
    {"const", both, Kind::asserted, &Compiler::constKeyword},
    {"properties", both, Kind::asserted, &Compiler::propertiesKeyword},
    {"required", both, Kind::asserted, &Compiler::requiredKeyword},
    {"additionalProperties", both, Kind::asserted, &Compiler::additionalPropertiesKeyword},
    {"patternProperties", both, Kind::asserted, &Compiler::patternPropertiesKeyword},
    {"propertyNames", both, Kind::asserted, &Compiler::propertyNamesKeyword},
    {"minProperties", both, Kind::asserted, &Compiler::minPropertiesKeyword},
    {"maxProperties", both, Kind::asserted, &Compiler::maxPropertiesKeyword},
    {"items", both, Kind::asserted, &Compiler::itemsKeyword},
    {"minItems", both, Kind::asserted, &Compiler::minItemsKeyword},
    {"maxItems", both, Kind::asserted, &Compiler::maxItemsKeyword},
    {"uniqueItems", both, Kind::asserted, &Compiler::uniqueItemsKeyword},
    {"minLength", both, Kind::asserted, &Compiler::minLengthKeyword},
    {"maxLength", both, Kind::asserted, &Compiler::maxLengthKeyword},
    {"pattern", both, Kind::asserted, &Compiler::patternKeyword},
    {"format", both, Kind::asserted, &Compiler::formatKeyword},
    {"minimum", both, Kind::asserted, &Compiler::minimumKeyword},
    {"maximum", both, Kind::asserted, &Compiler::maximumKeyword},
    {"exclusiveMinimum", both, Kind::asserted, &Compiler::exclusiveMinimumKeyword},
    {"exclusiveMaximum", both, Kind::asserted, &Compiler::exclusiveMaximumKeyword},
    {"multipleOf", both, Kind::asserted, &Compiler::multipleOfKeyword},
    {"allOf", both, Kind::asserted, &Compiler::allOfKeyword},
    {"anyOf", both, Kind::asserted, &Compiler::anyOfKeyword},
    {"oneOf", both, Kind::asserted, &Compiler::oneOfKeyword},
    {"not", both, Kind::asserted, &Compiler::notKeyword},

    {"$comment", both, Kind::annotation, nullptr},
    {"title", both, Kind::annotation, nullptr},
    {"description", both, Kind::annotation, nullptr},
    {"default", both, Kind::annotation, nullptr},
    {"examples", both, Kind::annotation, nullptr},
    {"deprecated", both, Kind::annotation, nullptr},
    {"readOnly", both, Kind::annotation, nullptr},
    {"writeOnly", both, Kind::annotation, nullptr},

    {"if", both, Kind::unsupported, nullptr},
    {"then", both, Kind::unsupported, nullptr},
    {"else", both, Kind::unsupported, nullptr},
    {"contains", both, Kind::unsupported, nullptr},
    {"contentEncoding", both, Kind::unsupported, nullptr},
    {"contentMediaType", both, Kind::unsupported, nullptr},
    {"dependencies", d7, Kind::unsupported, nullptr},
    {"additionalItems", d7, Kind::unsupported, nullptr},
    {"$anchor", d12, Kind::unsupported, nullptr},
    {"$dynamicAnchor", d12, Kind::unsupported, nullptr},
    {"$dynamicRef", d12, Kind::unsupported, nullptr},
    {"$vocabulary", d12, Kind::unsupported, nullptr},
    {"contentSchema", d12, Kind::unsupported, nullptr},
    {"dependentRequired", d12, Kind::unsupported, nullptr},
    {"dependentSchemas", d12, Kind::unsupported, nullptr},
    {"maxContains", d12, Kind::unsupported, nullptr},
    {"minContains", d12, Kind::unsupported, nullptr},
    {"prefixItems", d12, Kind::unsupported, nullptr},
    {"unevaluatedItems", d12, Kind::unsupported, nullptr},
    {"unevaluatedProperties", d12, Kind::unsupported, nullptr},
});

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// Letters to change, add, drop or swap with their neighbour, without regard to case. Both are
// short.
size_t distance(std::string_view a, std::string_view b) {
    constexpr size_t limit = 32;
    std::array<std::array<size_t, limit + 1>, limit + 1> cost{};
    for (size_t i = 0; i <= a.size(); i++) {
        for (size_t j = 0; j <= b.size(); j++) {
            if (!i || !j) {
                cost[i][j] = i + j;
                continue;
            }
            bool same = lower(a[i - 1]) == lower(b[j - 1]);
            size_t best = std::min(
                {cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                best = std::min(best, cost[i - 2][j - 2] + 1);
            }
            cost[i][j] = best;
        }
    }
    return cost[a.size()][b.size()];
}

} // namespace

const Keyword *keywordNamed(std::string_view name) {
    auto found = std::find_if(keywords.begin(), keywords.end(),
                              [&](const Keyword &keyword) { return keyword.name == name; });
    return found == keywords.end() ? nullptr : &*found;
}

const Keyword *keywordLike(std::string_view name) {
    if (name.size() < 3 || name.size() > 30) {
        return nullptr;
    }
    const Keyword *nearest = nullptr;
    size_t least = name.size() < 6 ? 2 : 3; // short words are near to each other by chance
    for (const Keyword &keyword : keywords) {
        size_t away = distance(name, keyword.name);
        if (away < least) {
            least = away;
            nearest = &keyword;
        }
    }
    return nearest;
}

} // namespace contract
