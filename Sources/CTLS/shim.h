#pragma once
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// A session without a socket: what came from the peer and is not read yet, and what is for the peer. OpenSSL's own
// memory BIOs would do, but they keep the largest buffer that they ever needed.
struct ctls_pipe {
    const unsigned char *input;
    size_t left;
    unsigned char *output;
    size_t count;
    size_t capacity;
};

static inline int ctls_pipe_read(BIO *bio, char *bytes, int wanted) {
    struct ctls_pipe *pipe = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (pipe->left == 0 || wanted <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t count = (size_t)wanted < pipe->left ? (size_t)wanted : pipe->left;
    memcpy(bytes, pipe->input, count);
    pipe->input += count;
    pipe->left -= count;
    return (int)count;
}

static inline int ctls_pipe_write(BIO *bio, const char *bytes, int count) {
    struct ctls_pipe *pipe = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (count <= 0) return 0;
    if (pipe->capacity - pipe->count < (size_t)count) {
        size_t capacity = pipe->capacity * 2 > pipe->count + (size_t)count ? pipe->capacity * 2 : pipe->count + (size_t)count;
        unsigned char *larger = realloc(pipe->output, capacity);
        if (!larger) return -1;
        pipe->output = larger;
        pipe->capacity = capacity;
    }
    memcpy(pipe->output + pipe->count, bytes, (size_t)count);
    pipe->count += (size_t)count;
    return count;
}

static inline long ctls_pipe_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio; (void)number; (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

/// Made once for all sessions.
static inline BIO_METHOD *ctls_new_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pipe");
    BIO_meth_set_read(method, ctls_pipe_read);
    BIO_meth_set_write(method, ctls_pipe_write);
    BIO_meth_set_ctrl(method, ctls_pipe_control);
    return method;
}

static inline SSL *ctls_new_session(SSL_CTX *context, const BIO_METHOD *method, struct ctls_pipe *pipe) {
    SSL *session = SSL_new(context);
    BIO *bio = BIO_new(method);
    if (!session || !bio) {
        SSL_free(session);
        BIO_free(bio);
        return NULL;
    }
    BIO_set_data(bio, pipe);
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
    return session;
}

// A key with a password would be asked for on the terminal.
static inline int ctls_no_password(char *buffer, int size, int writing, void *data) {
    (void)buffer; (void)size; (void)writing; (void)data;
    return -1;
}

// What the macros of OpenSSL do, which Swift does not see.
static inline void ctls_set_defaults(SSL_CTX *context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context, ctls_no_password);
}

static inline int ctls_set_maximum_version(SSL_CTX *context, int version) {
    return (int)SSL_CTX_set_max_proto_version(context, version);
}

static inline int ctls_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}
