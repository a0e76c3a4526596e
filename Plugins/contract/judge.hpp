// Judges values by a plan. On the way of a valid record it allocates nothing.
#ifndef CONTRACT_JUDGE_HPP
#define CONTRACT_JUDGE_HPP

#include "schema.hpp"

#include <cstdint>
#include <vector>

namespace contract {

// One way in which a value does not meet its schema. It holds until the record's next parse.
struct Fault {
    enum class Kind {
        never,
        type,
        constant,
        notInEnum,
        missing, // `name` is the member
        undeclared,
        nameRefused,
        tooFewMembers,
        tooManyMembers,
        tooFewItems,
        tooManyItems,
        equalItems, // `count` is the later one, `other` the earlier
        tooShort,
        tooLong,
        pattern, // `regex`
        format,
        decimalLimits,
        minimum,
        maximum,
        exclusiveMinimum,
        exclusiveMaximum,
        multipleOf,
        anyOf,
        oneOfNone,
        oneOfSeveral,
        negated,
        gaveUpPattern,
        gaveUpDepth,
        gaveUpSteps,
        duplicate, // before judging: the record says a name twice
        lone,      // before judging: a text that UTF-8 can't say
    };
    Kind kind;
    const jt_node *node;
    const Schema *schema = nullptr;
    const Name *name = nullptr;
    const Pattern *regex = nullptr;
    uint64_t count = 0, other = 0;
};

class Judge {
  public:
    explicit Judge(const Plan &plan) : plan(plan) {
        found.reserve(limit);
    }
    // The faults of a record, in document order; empty: it is valid. At most `limit`.
    const std::vector<Fault> &judge(const jt_tree &record);

    static constexpr size_t limit = 9;

  private:
    bool holds(const Schema &schema, const jt_node &node);
    bool holdsType(const Schema &schema, const jt_node &node);
    bool holdsByType(const Schema &schema, const jt_node &node);
    bool holdsNumber(const Schema &schema, const jt_node &node);
    bool holdsString(const Schema &schema, const jt_node &node);
    bool holdsLength(const Schema &schema, const jt_node &node);
    bool holdsFormat(const Schema &schema, const jt_node &node);
    bool holdsArray(const Schema &schema, const jt_node &node);
    bool holdsUnique(const Schema &schema, const jt_node &node);
    bool holdsObject(const Schema &schema, const jt_node &node);
    bool holdsMember(const Members &members, const jt_node &member, uint32_t &hint,
                     uint32_t &required);
    bool holdsName(const Members &members, const jt_node &member);
    bool holdsRequired(const Schema &schema, const jt_node &node);
    bool holdsValues(const Schema &schema, const jt_node &node);
    bool holdsCombined(const Schema &schema, const jt_node &node);
    bool holdsOneOf(const Schema &schema, const jt_node &node);
    bool holdsQuietly(const Schema &schema, const jt_node &node);
    bool matches(const Pattern &pattern, std::string_view text, const jt_node &node);

    const jt_node &item(const jt_node &container, uint32_t index) const;
    bool equal(const jt_node &value, uint32_t contractNode) const;
    bool fault(Fault fault);
    bool giveUp(Fault::Kind kind, const jt_node &node);
    // Whether the rest of a value need not be looked at.
    bool enough(bool valid) const {
        return !valid && (quiet || found.size() == limit);
    }

    const Plan &plan;
    Matcher matcher;
    const jt_tree *record = nullptr;
    std::vector<Fault> found;
    std::vector<const jt_node *> sorted; // for uniqueItems
    bool quiet = false;                  // inside anyOf and the like: only yes or no counts
    bool gaveUp = false;
    Fault reason{};
    unsigned depth = 0;
    uint64_t steps = 0;
};

} // namespace contract

#endif
