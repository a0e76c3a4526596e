/*
 * What a plugin says to the host: a failed call's cause, a line for the log. Text that is not UTF-8
 * (a path, say) is made so first.
 */
#ifndef SPILLWAY_PLUGINS_SAY_H
#define SPILLWAY_PLUGINS_SAY_H

#include <spillway/abi.h>

#define SAY_LIMIT 2048

/* Sets the call's cause; answers SPW_FAILED, to be returned. */
spw_status say_fail(spw_call *call, int32_t signal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a wrong option; answers SPW_INVALID. */
spw_status say_invalid(spw_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for a failed system call on a file: `what` it was about, the signal by errno. */
spw_status say_errno(spw_call *call, int error, const char *what);
void say_log(const spw_call *call, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A copy in the room, cut to it, with '?' for what is no UTF-8. */
spw_str say_text(char room[SAY_LIMIT], const char *text);
/* The signal of an errno, as abi.h maps it. */
int32_t say_signal(int error);

#endif
