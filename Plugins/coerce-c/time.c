/*
 * date and date-time.
 */
#include <stdio.h>

#include "moment.h"
#include "number.h"

static void put_day(const moment *moment, buffer *out) {
    char day[48];
    int size =
        snprintf(day, sizeof day, "%04d-%02d-%02d", moment->year, moment->month, moment->day);
    buffer_append(out, day, (size_t)size);
}

static outcome date_result(const moment *moment, int32_t loss, buffer *out) {
    buffer_put(out, '"');
    put_day(moment, out);
    buffer_put(out, '"');
    return changed(loss);
}

outcome date_convert(const field *field, const source *source, buffer *out) {
    if (source->type != JS_STRING) {
        return misfit(REASON_WRONG_TYPE);
    }
    moment moment;
    if (moment_read_date(source->text, &moment) == MOMENT_READ) {
        return kept();
    }
    for (size_t i = 0; i < field->formats.count; i++) {
        if (moment_read_format(source->text, field->formats.items[i], &moment) == MOMENT_READ) {
            return date_result(&moment, SPW_LOSS_REPRESENTATION, out);
        }
    }
    if (moment_read(source->text, (js_span){NULL, 0}, &moment) != MOMENT_READ) {
        return misfit(REASON_NOT_A_DATE);
    }
    return field->allow_truncation ? date_result(&moment, SPW_LOSS_TRUNCATION, out)
                                   : misfit(REASON_TIME_LOSS);
}

/* --- date-time --- */

/* A number of units since 1970. `digits` is room for the fraction. */
static outcome read_epoch(const field *field, const number *number, char digits[9],
                          moment *moment) {
    uint64_t magnitude;
    if (!number_is_whole(number)) {
        return misfit(REASON_FRACTION_LOSS);
    }
    if (!number_magnitude(number, &magnitude) || magnitude > INT64_MAX) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    int64_t units = 1, value = (int64_t)magnitude * (number->negative ? -1 : 1);
    for (uint32_t i = 0; i < field->epoch_digits; i++) {
        units *= 10;
    }
    int64_t seconds = value / units, rest = value % units;
    if (rest < 0) {
        rest += units;
        seconds--;
    }
    *moment = (struct moment){.zone = {"Z", 1}, .fraction = {digits, field->epoch_digits}};
    for (uint32_t i = field->epoch_digits; i-- > 0; rest /= 10) {
        digits[i] = (char)('0' + rest % 10);
    }
    return moment_from_seconds(seconds, moment) ? changed(SPW_LOSS_REPRESENTATION)
                                                : misfit(REASON_OUT_OF_RANGE);
}

static outcome read_text(const field *field, const source *source, char digits[9], moment *moment) {
    moment_reading read = moment_read(source->text, field->zone, moment);
    if (read != MOMENT_OTHER) {
        return read == MOMENT_READ ? changed(SPW_LOSS_REPRESENTATION)
                                   : misfit(REASON_NOT_A_DATE_TIME);
    }
    for (size_t i = 0; i < field->formats.count; i++) {
        if (moment_read_format(source->text, field->formats.items[i], moment) == MOMENT_READ) {
            return changed(SPW_LOSS_REPRESENTATION);
        }
    }
    number number;
    if (!field->has_epoch || !number_read(source->text, false, &number)) {
        return misfit(REASON_NOT_A_DATE_TIME);
    }
    if (number.leading_zeros && !field->leading_zeros) {
        return misfit(REASON_LEADING_ZEROS);
    }
    return read_epoch(field, &number, digits, moment);
}

static outcome read_moment(const field *field, const source *source, char digits[9],
                           moment *moment) {
    if (source->type == JS_STRING) {
        return read_text(field, source, digits, moment);
    }
    if (source->type != JS_NUMBER) {
        return misfit(REASON_WRONG_TYPE);
    }
    number number;
    if (!field->has_epoch) {
        return misfit(REASON_UNIT_UNKNOWN);
    }
    number_read(source->raw, true, &number);
    return read_epoch(field, &number, digits, moment);
}

/* A zone for one that has none, and no more digits than the target has. */
static outcome complete(const field *field, moment *moment) {
    int32_t loss = SPW_LOSS_REPRESENTATION;
    if (!moment->zone.size) {
        if (!field->zone.size) {
            return misfit(REASON_ZONE_UNKNOWN);
        }
        moment->zone = field->zone;
        loss = SPW_LOSS_DEFAULT;
    }
    if (moment->fraction.size > field->time_digits) {
        bool exact = true;
        for (size_t i = field->time_digits; i < moment->fraction.size; i++) {
            exact = exact && moment->fraction.data[i] == '0';
        }
        if (!exact && !field->allow_truncation) {
            return misfit(REASON_PRECISION_LOSS);
        }
        moment->fraction.size = field->time_digits;
        loss = !exact && loss < SPW_LOSS_TRUNCATION ? SPW_LOSS_TRUNCATION : loss;
    }
    return changed(loss);
}

/* Nanoseconds since 1970 have to fit in 64 bits, when that is what the time is for. */
static bool fits_nanoseconds(const field *field, const moment *moment) {
    if (field->time_digits != 9) {
        return true;
    }
    int64_t seconds = moment_seconds(moment);
    return seconds >= INT64_C(-9223372036) && seconds <= INT64_C(9223372035);
}

static void put_moment(const moment *moment, buffer *out) {
    char time[48];
    put_day(moment, out);
    int size = snprintf(time, sizeof time, "T%02d:%02d:%02d", moment->hour, moment->minute,
                        moment->second);
    buffer_append(out, time, (size_t)size);
    if (moment->fraction.size) {
        buffer_put(out, '.');
        buffer_append(out, moment->fraction.data, moment->fraction.size);
    }
    if (moment->zone.size == 1) {
        buffer_put(out, 'Z');
    } else {
        buffer_append(out, moment->zone.data, moment->zone.size);
    }
}

outcome date_time_convert(const field *field, const source *source, buffer *out) {
    moment moment;
    char digits[9];
    outcome read = read_moment(field, source, digits, &moment);
    if (read.verdict == MISFIT) {
        return read;
    }
    outcome completed = complete(field, &moment);
    if (completed.verdict == MISFIT) {
        return completed;
    }
    if (field->to_utc && moment.zone.size == 6) {
        if (!moment_shift(&moment, -moment_offset(moment.zone))) {
            return misfit(REASON_OUT_OF_RANGE);
        }
        moment.zone = (js_span){"Z", 1};
    }
    if (!fits_nanoseconds(field, &moment)) {
        return misfit(REASON_OUT_OF_RANGE);
    }
    size_t mark = out->used;
    buffer_put(out, '"');
    put_moment(&moment, out);
    buffer_put(out, '"');
    return text_result(source, out, mark, completed.loss);
}
