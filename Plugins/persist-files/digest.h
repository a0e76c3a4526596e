/*
 * SHA-256, and its text.
 */
#ifndef PERSIST_FILES_DIGEST_H
#define PERSIST_FILES_DIGEST_H

#include <openssl/evp.h>
#include <spillway/abi.h>
#include <stdbool.h>

enum { digest_size = 32, digest_text_size = 64 };

/* False: OpenSSL has no memory. */
bool digest_begin(EVP_MD_CTX *digest);
bool digest_add(EVP_MD_CTX *digest, const void *data, size_t size);
bool digest_end(EVP_MD_CTX *digest, uint8_t result[digest_size]);

/* 64 lower-case hexadecimal digits and a NUL. */
void digest_write(const uint8_t digest[digest_size], char text[digest_text_size + 1]);
/* False: the text is not exactly such digits. */
bool digest_read(spw_str text, uint8_t digest[digest_size]);

#endif
