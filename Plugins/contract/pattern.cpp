#include "pattern.hpp"

#include "ecma.hpp"

#include <new>
#include <stdexcept>

namespace contract {
namespace {

constexpr size_t stackStart = 32 * 1024, stackLimit = 1024 * 1024;

std::string why(int error, size_t offset) {
    PCRE2_UCHAR8 text[160];
    pcre2_get_error_message(error, text, sizeof text);
    return std::string(reinterpret_cast<const char *>(text)) + " (at byte " +
           std::to_string(offset) + ")";
}

// The settings under which PCRE2 reads a pattern most as ECMA-262 does.
pcre2_compile_context *ecmaSettings() {
    pcre2_compile_context *context = pcre2_compile_context_create(nullptr);
    if (!context) {
        throw std::bad_alloc();
    }
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
    return context;
}

} // namespace

Matcher::Matcher()
    : match(pcre2_match_data_create(1, nullptr), pcre2_match_data_free),
      context(pcre2_match_context_create(nullptr), pcre2_match_context_free),
      stack(pcre2_jit_stack_create(stackStart, stackLimit, nullptr), pcre2_jit_stack_free) {
    if (!match || !context) {
        throw std::bad_alloc();
    }
    if (stack) { // none where there is no JIT
        pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
    }
}

Pattern::Pattern(std::string_view text) : source(text), code(nullptr, pcre2_code_free) {
    if (const char *foreign = notEcma(text)) {
        throw std::invalid_argument(foreign);
    }
    std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> settings(
        ecmaSettings(), pcre2_compile_context_free);
    std::string translated = fromEcma(text);
    int error = 0;
    size_t offset = 0;
    uint32_t options = PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_UTF_CHECK;
    code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR8>(translated.data()), translated.size(),
                             options, &error, &offset, settings.get()));
    if (!code) {
        throw std::invalid_argument(why(error, offset));
    }
    pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE); // without it pcre2_match interprets
}

Match Pattern::matches(std::string_view subject, const Matcher &matcher) const {
    // One pair of offsets is enough: 0 says that there was no room for the groups.
    int result =
        pcre2_match(code.get(), reinterpret_cast<PCRE2_SPTR8>(subject.data()), subject.size(), 0,
                    PCRE2_NO_UTF_CHECK, matcher.data(), matcher.settings());
    return result >= 0 ? Match::yes : result == PCRE2_ERROR_NOMATCH ? Match::no : Match::gaveUp;
}

} // namespace contract
