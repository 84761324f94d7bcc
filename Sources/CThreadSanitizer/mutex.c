// The slow path of Swift's Mutex for builds under the thread sanitizer, in the place of the library's: that one takes the
// lock where the sanitizer sees nothing, and everything behind a lock that two threads wanted would count as a race.
// Here nobody sleeps in the kernel, so that each unlocking is the fast one, which the sanitizer sees as well.
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"

__attribute__((swiftcall)) void parley_lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic uint32_t *word) __asm__(LOCK_SLOW);

__attribute__((swiftcall)) void parley_lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic uint32_t *word) {
    uint32_t nobody = 0;
    while (!atomic_compare_exchange_weak_explicit(word, &nobody, thread, memory_order_acquire, memory_order_relaxed)) {
        nobody = 0;
        sched_yield();
    }
}
