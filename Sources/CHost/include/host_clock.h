/* The host's clock for deadlines, as abi.h says: CLOCK_MONOTONIC, nanoseconds. */
#ifndef SPW_HOST_CLOCK_H
#define SPW_HOST_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t spw_monotonic_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
