// The keywords of draft-07 and draft 2020-12, and which of them this plugin asserts.
#ifndef CONTRACT_VOCABULARY_HPP
#define CONTRACT_VOCABULARY_HPP

#include <cstdint>
#include <string_view>

namespace contract {

class Compiler;
struct Schema;

enum class Draft : unsigned { seven = 1, twelve = 2 }; // bits: draft-07, draft 2020-12

constexpr unsigned bothDrafts = 3;

struct Keyword {
    enum class Kind {
        asserted,    // `compile` puts it into the plan
        annotation,  // says nothing about validity
        unsupported, // refused at create
    };
    std::string_view name;
    unsigned drafts; // those that define it
    Kind kind;
    void (Compiler::*compile)(Schema &schema, uint32_t value);

    bool isOf(Draft draft) const {
        return drafts & static_cast<unsigned>(draft);
    }
};

// The keyword of this name in any draft, or nullptr.
const Keyword *keywordNamed(std::string_view name);

// The keyword that an unknown name was probably meant to be, or nullptr.
const Keyword *keywordLike(std::string_view name);

} // namespace contract

#endif
