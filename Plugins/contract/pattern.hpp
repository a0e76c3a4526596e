// Regular expressions: PCRE2, compiled to machine code where the system lets it.
#ifndef CONTRACT_PATTERN_HPP
#define CONTRACT_PATTERN_HPP

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <string>
#include <string_view>

namespace contract {

// What matching needs beside the pattern. One for each instance: it serves one thread at a time.
class Matcher {
  public:
    Matcher();
    pcre2_match_data *data() const {
        return match.get();
    }
    pcre2_match_context *settings() const {
        return context.get();
    }

  private:
    std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match;
    std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context;
    std::unique_ptr<pcre2_jit_stack, decltype(&pcre2_jit_stack_free)> stack;
};

enum class Match { yes, no, gaveUp };

class Pattern {
  public:
    // Throws std::invalid_argument with what is wrong.
    explicit Pattern(std::string_view text);
    // Whether a part of the UTF-8 subject matches; gaveUp: it took too many steps to say.
    Match matches(std::string_view subject, const Matcher &matcher) const;

    std::string_view source;

  private:
    std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)> code;
};

} // namespace contract

#endif
