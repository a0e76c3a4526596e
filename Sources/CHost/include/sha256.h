/*
 * SHA-256 with a context that is used again and again: no allocation per hash.
 *
 * One context belongs to one thread at a time. A context is ready for update as soon as it was
 * made, and again after each final.
 */
#ifndef SPW_HOST_SHA256_H
#define SPW_HOST_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { spw_sha256_size = 32 };

typedef struct spw_sha256 spw_sha256;

/* NULL when memory is missing. */
spw_sha256 *spw_sha256_new(void);
void spw_sha256_free(spw_sha256 *context);

/* False when OpenSSL refuses; final then answers false too. */
bool spw_sha256_update(spw_sha256 *context, const void *data, size_t size);
/* Writes the digest of what came since the last final. */
bool spw_sha256_final(spw_sha256 *context, uint8_t digest[32]);
/* The digest of one span; drops what update was given before. */
bool spw_sha256_of(spw_sha256 *context, const void *data, size_t size, uint8_t digest[32]);
/* The digest of one span as 64 lowercase hexadecimal characters, not NUL-terminated. */
bool spw_sha256_hex(spw_sha256 *context, const void *data, size_t size, char hex[64]);

#endif
