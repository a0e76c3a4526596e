/*
 * OpenSSL's SHA256_* functions, and not EVP: since 3.0 EVP allocates and frees a state for every
 * hash, which costs as much as hashing a small payload. They are deprecated in favour of EVP, not
 * removed, and run the same code.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sha256.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct spw_sha256 {
    SHA256_CTX state;
    bool broken;
};

static void begin(spw_sha256 *context) {
    context->broken = SHA256_Init(&context->state) != 1;
}

spw_sha256 *spw_sha256_new(void) {
    spw_sha256 *context = malloc(sizeof *context);
    if (context) {
        begin(context);
    }
    return context;
}

void spw_sha256_free(spw_sha256 *context) {
    free(context);
}

bool spw_sha256_update(spw_sha256 *context, const void *data, size_t size) {
    if (size > 0 && SHA256_Update(&context->state, data, size) != 1) {
        context->broken = true;
    }
    return !context->broken;
}

bool spw_sha256_final(spw_sha256 *context, uint8_t digest[32]) {
    bool done = SHA256_Final(digest, &context->state) == 1 && !context->broken;
    begin(context);
    return done;
}

bool spw_sha256_of(spw_sha256 *context, const void *data, size_t size, uint8_t digest[32]) {
    begin(context);
    return spw_sha256_update(context, data, size) && spw_sha256_final(context, digest);
}

bool spw_sha256_hex(spw_sha256 *context, const void *data, size_t size, char hex[64]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[spw_sha256_size];
    if (!spw_sha256_of(context, data, size, digest)) {
        return false;
    }
    for (size_t i = 0; i < spw_sha256_size; i++) {
        hex[i * 2] = digits[digest[i] >> 4];
        hex[i * 2 + 1] = digits[digest[i] & 15];
    }
    return true;
}
