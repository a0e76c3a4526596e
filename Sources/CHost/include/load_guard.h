/*
 * What loading a library may change for the whole process: the floating-point environment (a
 * library built with -ffast-math turns denormals off) and signal handlers. Saved before, put back
 * after.
 */
#ifndef SPW_HOST_LOAD_GUARD_H
#define SPW_HOST_LOAD_GUARD_H

#include <stdbool.h>
#include <stdint.h>

typedef struct spw_load_guard spw_load_guard;

/* NULL when memory is missing. */
spw_load_guard *spw_load_guard_begin(void);
/* Puts back what changed since begin, and frees the guard. A bit for each signal whose handler had
 * changed (bit 0: signal 1); `floats_changed` tells the rest. */
uint64_t spw_load_guard_end(spw_load_guard *guard, bool *floats_changed);

#endif
