// Addresses: IPv4, IPv6 (RFC 4291), e-mail (RFC 5321), URI (RFC 3986).
#include "formats.hpp"

#include <algorithm>
#include <cstddef>

namespace contract {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isLetter(char c) {
    char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'z';
}

bool isHex(char c) {
    char lower = static_cast<char>(c | 0x20);
    return isDigit(c) || (lower >= 'a' && lower <= 'f');
}

bool isLabel(std::string_view text) {
    auto allowed = [](char c) { return isLetter(c) || isDigit(c) || c == '-'; };
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(), allowed);
}

// Whether all parts between separators hold.
template <typename Holds> bool eachPart(std::string_view text, char separator, Holds holds) {
    for (;;) {
        size_t end = text.find(separator);
        if (!holds(text.substr(0, end))) {
            return false;
        }
        if (end == text.npos) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
}

bool isQuoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return false;
    }
    text = text.substr(1, text.size() - 2);
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == '"' || (text[i] == '\\' && ++i == text.size())) {
            return false;
        }
        if (text[i] < 0x20 || text[i] > 0x7E) {
            return false;
        }
    }
    return true;
}

bool isAtom(std::string_view text) {
    auto allowed = [](char c) {
        return isLetter(c) || isDigit(c) ||
               (c && std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos);
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool isMailHost(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
        return text.starts_with("IPv6:") ? isIPv6(text.substr(5)) : isIPv4(text);
    }
    return text.size() <= 253 && eachPart(text, '.', isLabel);
}

// Unreserved, sub-delimiters, percent-encoded, and what else is named.
bool isURIText(std::string_view text, std::string_view more) {
    for (size_t i = 0; i < text.size(); i++) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) {
                return false;
            }
            i += 2;
        } else if (!isLetter(c) && !isDigit(c) &&
                   std::string_view("-._~!$&'()*+,;=").find(c) == std::string_view::npos &&
                   more.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

bool isIPLiteral(std::string_view text) {
    if (text.empty() || (text.front() | 0x20) != 'v') {
        return isIPv6(text);
    }
    size_t point = text.find('.');
    return point != text.npos && point > 1 && point + 1 < text.size() &&
           std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(point),
                       isHex) &&
           text.find('%') == text.npos && isURIText(text.substr(point + 1), ":");
}

bool isAuthority(std::string_view text) {
    if (size_t at = text.find('@'); at != text.npos) {
        if (!isURIText(text.substr(0, at), ":")) {
            return false;
        }
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (text.starts_with('[')) {
        size_t close = text.find(']');
        if (close == text.npos || !isIPLiteral(text.substr(1, close - 1))) {
            return false;
        }
        port = text.substr(close + 1);
    } else {
        size_t colon = std::min(text.find(':'), text.size());
        if (!isURIText(text.substr(0, colon), "")) {
            return false;
        }
        port = text.substr(colon);
    }
    return port.empty() ||
           (port.front() == ':' && std::all_of(port.begin() + 1, port.end(), isDigit));
}

} // namespace

bool isIPv4(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') == 3 &&
           eachPart(text, '.', [](std::string_view part) {
               if (part.empty() || part.size() > 3 || (part.size() > 1 && part.front() == '0') ||
                   !std::all_of(part.begin(), part.end(), isDigit)) {
                   return false;
               }
               return part.size() < 3 || part <= "255";
           });
}

bool isIPv6(std::string_view text) {
    int groups = 0;
    bool gap = false;
    if (text.starts_with("::")) {
        gap = true;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        size_t end = std::min(text.find(':'), text.size());
        std::string_view group = text.substr(0, end);
        if (end == text.size() && group.find('.') != group.npos) {
            groups += 2;
            return isIPv4(group) && (gap ? groups < 8 : groups == 8);
        }
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), isHex)) {
            return false;
        }
        groups++;
        text.remove_prefix(end);
        if (text.starts_with("::")) {
            if (gap) {
                return false;
            }
            gap = true;
            text.remove_prefix(2);
        } else if (text.starts_with(':')) {
            text.remove_prefix(1);
            if (text.empty()) {
                return false;
            }
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool isEmail(std::string_view text) {
    size_t at = text.rfind('@');
    if (at == text.npos || at == 0 || at > 64) {
        return false;
    }
    std::string_view local = text.substr(0, at);
    return (isQuoted(local) || eachPart(local, '.', isAtom)) && isMailHost(text.substr(at + 1));
}

bool isURI(std::string_view text) {
    size_t colon = text.find(':');
    if (colon == text.npos || colon == 0 || !isLetter(text.front())) {
        return false;
    }
    auto inScheme = [](char c) {
        return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.';
    };
    if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), inScheme)) {
        return false;
    }
    text.remove_prefix(colon + 1);
    if (size_t hash = text.find('#'); hash != text.npos) {
        if (!isURIText(text.substr(hash + 1), ":@/?")) {
            return false;
        }
        text = text.substr(0, hash);
    }
    if (size_t query = text.find('?'); query != text.npos) {
        if (!isURIText(text.substr(query + 1), ":@/?")) {
            return false;
        }
        text = text.substr(0, query);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        size_t slash = std::min(text.find('/'), text.size());
        if (!isAuthority(text.substr(0, slash))) {
            return false;
        }
        text.remove_prefix(slash);
    }
    return isURIText(text, ":@/");
}

} // namespace contract
