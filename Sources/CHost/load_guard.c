#include "load_guard.h"

#include <fenv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { last_signal = 64 };

struct spw_load_guard {
    fenv_t floats;
    struct sigaction handlers[last_signal + 1];
    bool known[last_signal + 1]; /* some numbers belong to the C library */
};

spw_load_guard *spw_load_guard_begin(void) {
    spw_load_guard *guard = calloc(1, sizeof *guard);
    if (!guard) {
        return NULL;
    }
    fegetenv(&guard->floats);
    for (int i = 1; i <= last_signal; i++) {
        guard->known[i] = sigaction(i, NULL, &guard->handlers[i]) == 0;
    }
    return guard;
}

/* sa_sigaction shares its place with sa_handler. */
static bool is_same(const struct sigaction *a, const struct sigaction *b) {
    return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

static bool control_bits_differ(const fenv_t *a, const fenv_t *b) {
#if defined(__x86_64__)
    enum { status_flags = 0x3f };
    return ((a->__mxcsr ^ b->__mxcsr) & ~(unsigned)status_flags) != 0 ||
           a->__control_word != b->__control_word;
#else
    return memcmp(a, b, sizeof *a) != 0;
#endif
}

uint64_t spw_load_guard_end(spw_load_guard *guard, bool *floats_changed) {
    uint64_t changed = 0;
    for (int i = 1; i <= last_signal; i++) {
        struct sigaction now;
        if (!guard->known[i] || sigaction(i, NULL, &now) != 0 ||
            is_same(&now, &guard->handlers[i])) {
            continue;
        }
        changed |= UINT64_C(1) << (i - 1);
        sigaction(i, &guard->handlers[i], NULL);
    }
    fenv_t floats;
    fegetenv(&floats);
    *floats_changed = control_bits_differ(&floats, &guard->floats);
    fesetenv(&guard->floats);
    free(guard);
    return changed;
}
