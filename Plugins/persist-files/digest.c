#include "digest.h"

bool digest_begin(EVP_MD_CTX *digest) {
    return EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1;
}

bool digest_add(EVP_MD_CTX *digest, const void *data, size_t size) {
    return size == 0 || EVP_DigestUpdate(digest, data, size) == 1;
}

bool digest_end(EVP_MD_CTX *digest, uint8_t result[digest_size]) {
    return EVP_DigestFinal_ex(digest, result, NULL) == 1;
}

void digest_write(const uint8_t digest[digest_size], char text[digest_text_size + 1]) {
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < digest_size; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    text[digest_text_size] = 0;
}

static int value_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool digest_read(spw_str text, uint8_t digest[digest_size]) {
    if (text.size != digest_text_size) {
        return false;
    }
    for (size_t i = 0; i < digest_size; i++) {
        int high = value_of(text.data[2 * i]), low = value_of(text.data[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        digest[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
