/*
 * OpenSSL's own SHA256_ functions, deprecated as they are: its EVP ones, up to 3.0 at least, free
 * and allocate their state with every hash, and this one may not allocate.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sha256.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct spw_sha256 {
    SHA256_CTX state;
    bool sound;
};

static bool begin(spw_sha256 *context) {
    context->sound = SHA256_Init(&context->state) == 1;
    return context->sound;
}

spw_sha256 *spw_sha256_new(void) {
    spw_sha256 *context = calloc(1, sizeof *context);
    if (context && !begin(context)) {
        free(context);
        return NULL;
    }
    return context;
}

void spw_sha256_free(spw_sha256 *context) {
    free(context);
}

bool spw_sha256_update(spw_sha256 *context, const void *data, size_t size) {
    if (size > 0 && SHA256_Update(&context->state, data, size) != 1) {
        context->sound = false;
    }
    return context->sound;
}

bool spw_sha256_final(spw_sha256 *context, uint8_t digest[32]) {
    bool done = SHA256_Final(digest, &context->state) == 1 && context->sound;
    return begin(context) && done;
}

bool spw_sha256_of(spw_sha256 *context, const void *data, size_t size, uint8_t digest[32]) {
    return begin(context) && spw_sha256_update(context, data, size) &&
           spw_sha256_final(context, digest);
}

bool spw_sha256_hex(spw_sha256 *context, const void *data, size_t size, char hex[64]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[spw_sha256_size];
    if (!spw_sha256_of(context, data, size, digest)) {
        return false;
    }
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    return true;
}
