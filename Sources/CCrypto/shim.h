#pragma once
// The plain functions, which OpenSSL 3 would rather not show: for inputs as short as an event its EVP layer costs more
// than the digest.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stddef.h>
#include <openssl/sha.h>

// SHA-256 of `tag`, if it is a byte (0 to 255), and the bytes of two buffers.
static inline void ccrypto_sha256(
    int tag, const void *first, size_t first_count, const void *second, size_t second_count, unsigned char *digest) {
    SHA256_CTX state;
    unsigned char byte = (unsigned char)tag;
    SHA256_Init(&state);
    if (tag >= 0) SHA256_Update(&state, &byte, 1);
    if (first_count) SHA256_Update(&state, first, first_count);
    if (second_count) SHA256_Update(&state, second, second_count);
    SHA256_Final(digest, &state);
}
