#pragma once
// Before libevent: its headers define _GNU_SOURCE, under which fd_set differs from the one that Swift's Glibc has.
#include <sys/select.h>
#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/// Names the calling thread; the kernel keeps 15 bytes. prctl is variadic, which Swift cannot call.
static inline void cevent_name_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}
