#pragma once
// Before libevent: its headers define _GNU_SOURCE, under which fd_set differs from the one that Swift's Glibc has.
#include <sys/select.h>
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <event2/event.h>
#include <event2/buffer.h>

/// Names the calling thread; the kernel keeps 15 bytes. prctl is variadic, which Swift cannot call.
static inline void cevent_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

/// The calling thread. pthread_self is declared as constant, so an optimizer may carry its value over a suspension of
/// an asynchronous function, to a thread where it is wrong; the barrier makes every call count.
__attribute__((noinline)) static unsigned long cevent_current_thread(void) {
    __asm__ volatile("" ::: "memory");
    return (unsigned long)pthread_self();
}

/// A new socket that neither blocks nor is inherited by programs started later; -errno on failure.
static inline int cevent_socket(int family) {
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return descriptor < 0 ? -errno : descriptor;
}

int accept4(int, struct sockaddr *, socklen_t *, int);  // the header shows it only under _GNU_SOURCE

/// accept(2) for a socket that neither blocks nor is inherited; -errno on failure.
static inline int cevent_accept(int listener, void *address, socklen_t *length) {
    int descriptor = accept4(listener, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

/// Sends the front of `buffer` with one system call and drains what the kernel took; -errno on failure.
/// evbuffer_write would do, but it lets a closed connection raise SIGPIPE.
static inline long cevent_send(struct evbuffer *buffer, int descriptor) {
    struct evbuffer_iovec parts[64];
    int count = evbuffer_peek(buffer, -1, NULL, parts, 64);
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count < 64 ? count : 64};
    ssize_t sent = sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (sent < 0) return -errno;
    evbuffer_drain(buffer, (size_t)sent);
    return sent;
}
