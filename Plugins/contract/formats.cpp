#include "formats.hpp"

#include <algorithm>
#include <array>

namespace contract {
namespace {

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

bool isHex(char c) {
    char lower = static_cast<char>(c | 0x20);
    return isDigit(c) || (lower >= 'a' && lower <= 'f');
}

// Takes `count` digits off the front; -1 when they are not there.
int number(std::string_view &text, size_t count) {
    if (text.size() < count || !std::all_of(text.begin(), text.begin() + count, isDigit)) {
        return -1;
    }
    int value = 0;
    for (char c : text.substr(0, count)) {
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view &text, char wanted) {
    bool there = !text.empty() && text.front() == wanted;
    text.remove_prefix(there ? 1 : 0);
    return there;
}

int daysIn(int year, int month) {
    constexpr std::array<int, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[static_cast<size_t>(month - 1)];
}

bool takeDate(std::string_view &text) {
    int year = number(text, 4);
    if (year < 0 || !take(text, '-')) {
        return false;
    }
    int month = number(text, 2);
    if (month < 1 || month > 12 || !take(text, '-')) {
        return false;
    }
    int day = number(text, 2);
    return day >= 1 && day <= daysIn(year, month);
}

// The offset in minutes, 'Z' being 0, or nothing that fits.
bool takeOffset(std::string_view &text, int &minutes) {
    minutes = 0;
    if (take(text, 'Z') || take(text, 'z')) {
        return true;
    }
    bool west = !text.empty() && text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) {
        return false;
    }
    int hour = number(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':')) {
        return false;
    }
    int minute = number(text, 2);
    minutes = (hour * 60 + minute) * (west ? -1 : 1);
    return minute >= 0 && minute <= 59;
}

// RFC 3339; second 60 is a leap second, which can only be at 23:59 UTC.
bool takeTime(std::string_view &text) {
    int hour = number(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':')) {
        return false;
    }
    int minute = number(text, 2);
    if (minute < 0 || minute > 59 || !take(text, ':')) {
        return false;
    }
    int second = number(text, 2);
    if (second < 0 || second > 60) {
        return false;
    }
    if (take(text, '.')) {
        size_t digits = std::min(text.size(), text.find_first_not_of("0123456789"));
        if (!digits) {
            return false;
        }
        text.remove_prefix(digits);
    }
    int offset;
    if (!takeOffset(text, offset)) {
        return false;
    }
    constexpr int day = 24 * 60;
    return second < 60 || (hour * 60 + minute - offset + 2 * day) % day == day - 1;
}

bool isDate(std::string_view text) {
    return takeDate(text) && text.empty();
}

bool isTime(std::string_view text) {
    return takeTime(text) && text.empty();
}

bool isDateTime(std::string_view text) {
    return takeDate(text) && (take(text, 'T') || take(text, 't')) && takeTime(text) && text.empty();
}

bool isUUID(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (size_t i = 0; i < text.size(); i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : !isHex(text[i])) {
            return false;
        }
    }
    return true;
}

constexpr std::array<Format, 9> formats{{
    {"date", "a date (YYYY-MM-DD)", isDate},
    {"date-time", "a date-time of RFC 3339 (YYYY-MM-DDTHH:MM:SSZ)", isDateTime},
    {"time", "a time of RFC 3339 (HH:MM:SSZ)", isTime},
    {"uuid", "a UUID (8-4-4-4-12 hexadecimal digits)", isUUID},
    {"email", "an e-mail address", isEmail},
    {"uri", "a URI with its scheme", isURI},
    {"ipv4", "an IPv4 address", isIPv4},
    {"ipv6", "an IPv6 address", isIPv6},
    {"decimal", "a decimal number (like \"-12.50\")", isDecimal},
}};

} // namespace

const Format *formatNamed(std::string_view name) {
    auto found = std::find_if(formats.begin(), formats.end(),
                              [&](const Format &format) { return format.name == name; });
    return found == formats.end() ? nullptr : &*found;
}

bool isDecimal(std::string_view text) {
    take(text, '-');
    size_t point = std::min(text.find('.'), text.size());
    std::string_view whole = text.substr(0, point);
    if (whole.empty() || (whole.size() > 1 && whole.front() == '0') ||
        !std::all_of(whole.begin(), whole.end(), isDigit)) {
        return false;
    }
    if (point == text.size()) {
        return true;
    }
    std::string_view fraction = text.substr(point + 1);
    return !fraction.empty() && std::all_of(fraction.begin(), fraction.end(), isDigit);
}

bool fitsDecimal(std::string_view text, unsigned precision, unsigned scale) {
    take(text, '-');
    size_t point = std::min(text.find('.'), text.size());
    size_t whole = text.front() == '0' ? 0 : point;
    std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    size_t last = fraction.find_last_not_of('0');
    size_t digits = last == fraction.npos ? 0 : last + 1;
    return digits <= scale && whole <= precision - scale;
}

} // namespace contract
