#include "sha256.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct spw_sha256 {
    EVP_MD_CTX *hash;
    EVP_MD *algorithm;
    bool begun; /* the state is fresh or holds updates */
    bool broken;
};

/* With the algorithm unchanged, OpenSSL keeps the state's memory. */
static bool begin(spw_sha256 *context) {
    context->broken = EVP_DigestInit_ex2(context->hash, context->algorithm, NULL) != 1;
    context->begun = !context->broken;
    return context->begun;
}

spw_sha256 *spw_sha256_new(void) {
    spw_sha256 *context = calloc(1, sizeof *context);
    if (!context) {
        return NULL;
    }
    context->hash = EVP_MD_CTX_new();
    context->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!context->hash || !context->algorithm || !begin(context)) {
        spw_sha256_free(context);
        return NULL;
    }
    return context;
}

void spw_sha256_free(spw_sha256 *context) {
    if (!context) {
        return;
    }
    EVP_MD_CTX_free(context->hash);
    EVP_MD_free(context->algorithm);
    free(context);
}

bool spw_sha256_update(spw_sha256 *context, const void *data, size_t size) {
    if (!context->begun && !begin(context)) {
        return false;
    }
    if (size > 0 && EVP_DigestUpdate(context->hash, data, size) != 1) {
        context->broken = true;
    }
    return !context->broken;
}

bool spw_sha256_final(spw_sha256 *context, uint8_t digest[32]) {
    if (!context->begun && !begin(context)) {
        return false;
    }
    bool done = EVP_DigestFinal_ex(context->hash, digest, NULL) == 1 && !context->broken;
    context->begun = context->broken = false;
    return done;
}

bool spw_sha256_of(spw_sha256 *context, const void *data, size_t size, uint8_t digest[32]) {
    return begin(context) && spw_sha256_update(context, data, size) &&
           spw_sha256_final(context, digest);
}
