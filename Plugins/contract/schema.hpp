// The plan: a contract compiled once, at create, and only read from then on.
#ifndef CONTRACT_SCHEMA_HPP
#define CONTRACT_SCHEMA_HPP

#include "decimal.hpp"
#include "formats.hpp"
#include "pattern.hpp"
#include "tree.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace contract {

// Bits of `types`: 1 << js_type, and one for numbers that are integers.
constexpr unsigned integerBit = 1u << 8;
constexpr unsigned typeBit(js_type type) {
    return 1u << type;
}

struct Schema;

// A number of the contract, and how it is written there.
struct Bound {
    Decimal value;
    std::string_view text;
};

// A member that `properties` or `required` name.
struct Name {
    std::string_view text;
    const Schema *schema = nullptr;
    bool required = false;
};

// What members of these names must be. Behind a pointer, since few schemas have it.
struct Members {
    std::vector<Name> names;
    std::unordered_map<std::string_view, uint32_t> index;
    uint32_t requiredCount = 0;
    std::vector<std::pair<const Pattern *, const Schema *>> patterns;
    const Schema *additional = nullptr; // nullptr: anything
    const Schema *propertyNames = nullptr;

    Name &named(std::string_view text);
};

struct DecimalLimits {
    unsigned precision, scale;
};

struct Schema {
    bool never = false; // the schema `false`
    unsigned types = 0; // 0: any
    const Schema *reference = nullptr;

    uint32_t constant = JT_NONE; // these and `values` are nodes of the contract
    bool hasEnum = false;
    std::vector<uint32_t> values;

    std::unique_ptr<Members> members;
    std::optional<uint64_t> minProperties, maxProperties;

    const Schema *items = nullptr;
    std::optional<uint64_t> minItems, maxItems;
    bool uniqueItems = false;

    std::optional<uint64_t> minLength, maxLength;
    const Pattern *pattern = nullptr;
    const Format *format = nullptr;
    std::optional<DecimalLimits> decimalLimits;

    std::optional<Bound> minimum, maximum, exclusiveMinimum, exclusiveMaximum;
    std::optional<Divisor> divisor;
    std::string_view divisorText;

    std::vector<const Schema *> allOf, anyOf, oneOf;
    const Schema *negated = nullptr;

    Members &ensureMembers();
};

// A contract and its compiled form. It is never moved: schemas and names point into it.
struct Plan {
    std::string text;
    jt_tree tree{}; // of text
    std::deque<Schema> schemas;
    std::deque<Pattern> patterns;
    const Schema *root = nullptr;
    std::vector<std::string> warnings;

    Plan() = default;
    Plan(const Plan &) = delete;
    Plan &operator=(const Plan &) = delete;
    ~Plan() {
        jt_free(&tree);
    }
};

} // namespace contract

#endif
