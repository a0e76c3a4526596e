#include "moment.h"

#include <string.h>

#define DAY INT64_C(86400)

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* `count` digits at `at`, or -1. */
static int take(js_span text, size_t at, size_t count) {
    int value = 0;
    if (at + count > text.size) {
        return -1;
    }
    for (size_t i = at; i < at + count; i++) {
        if (!is_digit(text.data[i])) {
            return -1;
        }
        value = value * 10 + (text.data[i] - '0');
    }
    return value;
}

static bool has(js_span text, size_t at, char c) {
    return at < text.size && text.data[at] == c;
}

/* --- calendar (proleptic Gregorian) --- */

static int days_in(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool day_exists(const moment *moment) {
    return moment->year >= 1 && moment->month >= 1 && moment->month <= 12 && moment->day >= 1 &&
           moment->day <= days_in(moment->year, moment->month);
}

static int64_t days_before_year(int year) {
    int64_t past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

/* Since 1970-01-01. */
static int64_t days_of(const moment *moment) {
    int64_t days = days_before_year(moment->year) - days_before_year(1970) + moment->day - 1;
    for (int month = 1; month < moment->month; month++) {
        days += days_in(moment->year, month);
    }
    return days;
}

static bool set_days(int64_t days, moment *moment) {
    int64_t since_year_one = days + days_before_year(1970);
    if (since_year_one < 0 || since_year_one >= days_before_year(10000)) {
        return false;
    }
    int year = (int)(since_year_one / 366) + 1; /* at most a few too early */
    while (year < 9999 && days_before_year(year + 1) <= since_year_one) {
        year++;
    }
    int rest = (int)(since_year_one - days_before_year(year));
    int month = 1;
    while (rest >= days_in(year, month)) {
        rest -= days_in(year, month++);
    }
    moment->year = year;
    moment->month = month;
    moment->day = rest + 1;
    return true;
}

int moment_offset(js_span zone) {
    if (zone.size != 6) {
        return 0;
    }
    int minutes = take(zone, 1, 2) * 60 + take(zone, 4, 2);
    return zone.data[0] == '-' ? -minutes : minutes;
}

bool moment_shift(moment *moment, int minutes) {
    int64_t of_day = moment->hour * 60 + moment->minute + minutes;
    int64_t days = days_of(moment);
    while (of_day < 0) {
        of_day += 1440;
        days--;
    }
    days += of_day / 1440;
    of_day %= 1440;
    moment->hour = (int)(of_day / 60);
    moment->minute = (int)(of_day % 60);
    return set_days(days, moment);
}

int64_t moment_seconds(const moment *moment) {
    return days_of(moment) * DAY + moment->hour * 3600 +
           (moment->minute - moment_offset(moment->zone)) * 60 + moment->second;
}

bool moment_from_seconds(int64_t seconds, moment *moment) {
    int64_t days = seconds / DAY, rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    moment->hour = (int)(rest / 3600);
    moment->minute = (int)(rest / 60 % 60);
    moment->second = (int)(rest % 60);
    return set_days(days, moment);
}

/* --- reading --- */

bool moment_is_zone(js_span zone) {
    if (zone.size == 1) {
        return zone.data[0] == 'Z';
    }
    if (zone.size != 6 || (zone.data[0] != '+' && zone.data[0] != '-') || zone.data[3] != ':') {
        return false;
    }
    int hours = take(zone, 1, 2), minutes = take(zone, 4, 2);
    return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

static bool read_day(js_span text, moment *moment) {
    moment->year = take(text, 0, 4);
    moment->month = take(text, 5, 2);
    moment->day = take(text, 8, 2);
    return moment->year >= 0 && moment->month >= 0 && moment->day >= 0 && has(text, 4, '-') &&
           has(text, 7, '-');
}

moment_reading moment_read_date(js_span text, moment *moment) {
    *moment = (struct moment){0};
    if (text.size != 10 || !read_day(text, moment)) {
        return MOMENT_OTHER;
    }
    return day_exists(moment) ? MOMENT_READ : MOMENT_WRONG;
}

/* The last second of June or December in UTC can be followed by another. Without any zone nothing
 * can be said. */
static bool may_be_leap_second(const moment *written, js_span zone) {
    moment utc = *written;
    if (!zone.size) {
        return true;
    }
    return moment_shift(&utc, -moment_offset(zone)) && utc.hour == 23 && utc.minute == 59 &&
           ((utc.month == 6 && utc.day == 30) || (utc.month == 12 && utc.day == 31));
}

static bool time_exists(const moment *moment) {
    return moment->hour <= 23 && moment->minute <= 59 && moment->second <= 59;
}

/* The zone's form alone; empty has it too. */
static bool has_zone_form(js_span zone) {
    if (zone.size <= 1) {
        return !zone.size || zone.data[0] == 'Z' || zone.data[0] == 'z';
    }
    return zone.size == 6 && (zone.data[0] == '+' || zone.data[0] == '-') &&
           take(zone, 1, 2) >= 0 && zone.data[3] == ':' && take(zone, 4, 2) >= 0;
}

static bool read_form(js_span text, moment *moment) {
    if (text.size < 19 || !read_day(text, moment) || !strchr("Tt ", text.data[10]) ||
        !text.data[10]) {
        return false;
    }
    moment->hour = take(text, 11, 2);
    moment->minute = take(text, 14, 2);
    moment->second = take(text, 17, 2);
    if (moment->hour < 0 || moment->minute < 0 || moment->second < 0 || !has(text, 13, ':') ||
        !has(text, 16, ':')) {
        return false;
    }
    size_t at = 19;
    if (has(text, at, '.')) {
        size_t start = ++at;
        while (at < text.size && is_digit(text.data[at])) {
            at++;
        }
        moment->fraction = (js_span){text.data + start, at - start};
        if (at == start) {
            return false;
        }
    }
    moment->zone = (js_span){text.data + at, text.size - at};
    return has_zone_form(moment->zone);
}

moment_reading moment_read(js_span text, js_span zone, moment *moment) {
    *moment = (struct moment){0};
    if (!read_form(text, moment)) {
        return MOMENT_OTHER;
    }
    bool zone_exists = moment->zone.size <= 1 || moment_is_zone(moment->zone);
    if (!day_exists(moment) || !zone_exists) {
        return MOMENT_WRONG;
    }
    if (moment->second == 60 && moment->hour <= 23 && moment->minute <= 59) {
        js_span taken = moment->zone.size ? moment->zone : zone;
        return may_be_leap_second(moment, taken) ? MOMENT_READ : MOMENT_WRONG;
    }
    return time_exists(moment) ? MOMENT_READ : MOMENT_WRONG;
}

/* --- declared forms --- */

typedef enum token { YEAR, MONTH, DAY_OF_MONTH, HOUR, MINUTE, SECOND, TOKENS } token;
static const char *const token_texts[TOKENS] = {"YYYY", "MM", "DD", "HH", "mm", "ss"};

static token token_at(js_span format, size_t at) {
    for (token one = YEAR; one < TOKENS; one++) {
        size_t size = strlen(token_texts[one]);
        if (format.size - at >= size && memcmp(format.data + at, token_texts[one], size) == 0) {
            return one;
        }
    }
    return TOKENS;
}

bool moment_is_format(js_span format, bool with_time) {
    int seen[TOKENS] = {0};
    for (size_t at = 0; at < format.size;) {
        token one = token_at(format, at);
        if (one == TOKENS) {
            at++;
        } else {
            at += strlen(token_texts[one]);
            seen[one]++;
        }
    }
    int times = with_time ? 1 : 0;
    return seen[YEAR] == 1 && seen[MONTH] == 1 && seen[DAY_OF_MONTH] == 1 && seen[HOUR] == times &&
           seen[MINUTE] == times && seen[SECOND] <= times;
}

moment_reading moment_read_format(js_span text, js_span format, moment *moment) {
    int parts[TOKENS] = {0};
    size_t from = 0;
    *moment = (struct moment){0};
    for (size_t at = 0; at < format.size;) {
        token one = token_at(format, at);
        size_t size = one == TOKENS ? 1 : strlen(token_texts[one]);
        if (one == TOKENS) {
            if (!has(text, from, format.data[at])) {
                return MOMENT_OTHER;
            }
        } else if ((parts[one] = take(text, from, size)) < 0) {
            return MOMENT_OTHER;
        }
        at += size;
        from += size;
    }
    if (from != text.size) {
        return MOMENT_OTHER;
    }
    moment->year = parts[YEAR];
    moment->month = parts[MONTH];
    moment->day = parts[DAY_OF_MONTH];
    moment->hour = parts[HOUR];
    moment->minute = parts[MINUTE];
    moment->second = parts[SECOND];
    return day_exists(moment) && time_exists(moment) ? MOMENT_READ : MOMENT_WRONG;
}
