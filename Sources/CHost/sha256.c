/*
 * OpenSSL's SHA256_* functions, and not EVP: since 3.0 EVP allocates and frees a state for every
 * hash, which costs as much as hashing a small payload. They are deprecated in favour of EVP, not
 * removed, and run the same code.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sha256.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

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

/* Two hexadecimal digits for each byte. */
static const char hex_pairs[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                                "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                                "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
                                "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
                                "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
                                "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
                                "c0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
                                "e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

bool spw_sha256_hex(spw_sha256 *context, const void *data, size_t size, char hex[64]) {
    uint8_t digest[spw_sha256_size];
    if (!spw_sha256_of(context, data, size, digest)) {
        return false;
    }
    for (size_t i = 0; i < spw_sha256_size; i++) {
        memcpy(hex + i * 2, hex_pairs + digest[i] * 2, 2);
    }
    return true;
}
