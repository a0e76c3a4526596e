#include "ecma.hpp"

#include <array>
#include <utility>

namespace contract {
namespace {

constexpr std::string_view spaces =
    R"(\t\n\u{b}\u{c}\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff})";

constexpr std::array<std::pair<std::string_view, std::string_view>, 37> categories{{
    {"Letter", "L"},
    {"Cased_Letter", "L&"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"Private_Use", "Co"},
}};

std::string_view propertyName(std::string_view name) {
    for (std::string_view prefix : {"General_Category=", "gc=", "Script=", "sc="}) {
        if (name.starts_with(prefix)) {
            name.remove_prefix(prefix.size());
            break;
        }
    }
    for (const auto &[longName, shortName] : categories) {
        if (name == longName) {
            return shortName;
        }
    }
    return name;
}

// What the escape at the start of `rest` is in PCRE2; takes it off `rest`.
std::string escape(std::string_view &rest, bool inClass) {
    char kind = rest.size() > 1 ? rest[1] : '\0';
    if (kind == 's' || (kind == 'S' && !inClass)) {
        rest.remove_prefix(2);
        std::string set(spaces);
        return inClass ? set : (kind == 's' ? "[" : "[^") + set + "]";
    }
    if (kind == 'v') { // any vertical space in PCRE2
        rest.remove_prefix(2);
        return R"(\u{b})";
    }
    size_t close = rest.find('}');
    if ((kind == 'p' || kind == 'P') && rest.size() > 2 && rest[2] == '{' && close != rest.npos) {
        std::string result{'\\', kind, '{'};
        result += propertyName(rest.substr(3, close - 3));
        rest.remove_prefix(close + 1);
        return result + "}";
    }
    std::string result(rest.substr(0, 2));
    rest.remove_prefix(result.size());
    return result;
}

// Whether the text at `rest`, outside of a class, is a group that only PCRE2 has.
bool isForeignGroup(std::string_view rest) {
    if (rest.starts_with("(*")) {
        return true;
    }
    if (!rest.starts_with("(?") || rest.size() < 3) {
        return false;
    }
    char kind = rest[2];
    return kind != ':' && kind != '=' && kind != '!' && kind != '<';
}

} // namespace

std::string fromEcma(std::string_view pattern) {
    std::string result;
    bool inClass = false;
    while (!pattern.empty()) {
        char c = pattern.front();
        if (c == '\\') {
            result += escape(pattern, inClass);
            continue;
        }
        if (c == '[' && inClass) {
            result += '\\'; // a '[' inside a class stands for itself; PCRE2 looks for [:name:]
        } else if (c == '[') {
            inClass = true;
        } else if (c == ']') {
            inClass = false;
        }
        result += c;
        pattern.remove_prefix(1);
    }
    return result;
}

const char *notEcma(std::string_view pattern) {
    constexpr std::string_view foreign = "AaCEeGghHKLNoQRUVXZz";
    bool inClass = false;
    char last = '\0'; // the character before, when it is not a part of an escape
    for (size_t i = 0; i < pattern.size(); i++) {
        char c = pattern[i];
        if (c == '\\') {
            i++;
            last = '\0';
            if (i < pattern.size() && foreign.find(pattern[i]) != foreign.npos) {
                return "an escape that ECMA-262 does not have";
            }
            continue;
        }
        if (inClass) {
            inClass = c != ']';
        } else if (c == '[') {
            inClass = true;
        } else if (isForeignGroup(pattern.substr(i))) {
            return "a group that ECMA-262 does not have";
        } else if (c == '+' && (last == '*' || last == '+' || last == '?')) {
            return "a possessive quantifier, which ECMA-262 does not have";
        }
        last = inClass ? '\0' : c;
    }
    return nullptr;
}

} // namespace contract
