// Rings by the system calls themselves, io_uring(7): no library stands between.
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 8
#define THE_CALL 1    // user_data of the call that was asked for
#define THE_CANCEL 2  // of what ends it

typedef struct ring {
    struct ring *next;
    int fd;
    struct io_uring_sqe *entries;
    struct io_uring_cqe *results;
    unsigned *array;
    _Atomic unsigned *submit_tail, *result_head, *result_tail;
    unsigned submit_mask, result_mask;
} ring;

// Those that no call uses. A thread that waits keeps its own.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static ring *idle;

static long
enter(const ring *of, unsigned submit, unsigned wait, const struct __kernel_timespec *limit)
{
    struct io_uring_getevents_arg more = {.ts = (uint64_t)(uintptr_t)limit};
    unsigned flags = IORING_ENTER_GETEVENTS | (limit != NULL ? IORING_ENTER_EXT_ARG : 0);

    return syscall(SYS_io_uring_enter, of->fd, submit, wait, flags, limit != NULL ? &more : NULL,
                   limit != NULL ? sizeof more : 0);
}

static ring *
ring_made(void)
{
    struct io_uring_params asked = {0};
    ring *made = calloc(1, sizeof *made);
    size_t room;
    char *shared;

    if (made == NULL) {
        return NULL;
    }
    made->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &asked);
    if (made->fd < 0) {
        free(made);
        return NULL;
    }
    room = asked.cq_off.cqes + asked.cq_entries * sizeof(struct io_uring_cqe);
    if (room < asked.sq_off.array + asked.sq_entries * sizeof(unsigned)) {
        room = asked.sq_off.array + asked.sq_entries * sizeof(unsigned);
    }
    // One mapping for both queues: IORING_FEAT_SINGLE_MMAP, since 5.4.
    shared = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made->fd,
                  IORING_OFF_SQ_RING);
    made->entries = mmap(NULL, asked.sq_entries * sizeof(struct io_uring_sqe),
                         PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, made->fd,
                         IORING_OFF_SQES);
    if (shared == MAP_FAILED || made->entries == MAP_FAILED) {
        syscall(SYS_close, made->fd);
        free(made);
        return NULL;
    }
    made->submit_tail = (_Atomic unsigned *)(void *)(shared + asked.sq_off.tail);
    made->submit_mask = *(unsigned *)(void *)(shared + asked.sq_off.ring_mask);
    made->array = (unsigned *)(void *)(shared + asked.sq_off.array);
    made->result_head = (_Atomic unsigned *)(void *)(shared + asked.cq_off.head);
    made->result_tail = (_Atomic unsigned *)(void *)(shared + asked.cq_off.tail);
    made->result_mask = *(unsigned *)(void *)(shared + asked.cq_off.ring_mask);
    made->results = (struct io_uring_cqe *)(void *)(shared + asked.cq_off.cqes);
    return made;
}

static ring *
ring_taken(void)
{
    ring *taken;

    pthread_mutex_lock(&lock);
    taken = idle;
    if (taken != NULL) {
        idle = taken->next;
    }
    pthread_mutex_unlock(&lock);
    return taken != NULL ? taken : ring_made();
}

static void
ring_given(ring *back)
{
    pthread_mutex_lock(&lock);
    back->next = idle;
    idle = back;
    pthread_mutex_unlock(&lock);
}

int
ring_missing(void)
{
    ring *made = ring_taken();

    if (made == NULL) {
        return errno;
    }
    ring_given(made);
    return 0;
}

static unsigned char known[256];

static void
probe(void)
{
    // A struct io_uring_probe, and room for what follows it.
    struct {
        struct io_uring_probe head;
        struct io_uring_probe_op operations[256];
    } told;
    ring *made = ring_taken();

    memset(&told, 0, sizeof told);
    if (made == NULL) {
        return;
    }
    if (syscall(SYS_io_uring_register, made->fd, IORING_REGISTER_PROBE, &told, 256) == 0) {
        for (int each = 0; each < told.head.ops_len; each++) {
            const struct io_uring_probe_op *one = &told.operations[each];

            known[one->op] = (one->flags & IO_URING_OP_SUPPORTED) != 0;
        }
    }
    ring_given(made);
}

int
ring_has(int operation)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, probe);
    return known[operation];
}

static void
put(ring *into, const struct io_uring_sqe *entry, uint64_t name)
{
    unsigned tail = atomic_load_explicit(into->submit_tail, memory_order_relaxed);
    unsigned place = tail & into->submit_mask;

    into->entries[place] = *entry;
    into->entries[place].user_data = name;
    into->array[place] = place;
    atomic_store_explicit(into->submit_tail, tail + 1, memory_order_release);
}

// The next result: whether there is one.
static int
got(ring *from, struct io_uring_cqe *result)
{
    unsigned head = atomic_load_explicit(from->result_head, memory_order_relaxed);

    if (head == atomic_load_explicit(from->result_tail, memory_order_acquire)) {
        return 0;
    }
    *result = from->results[head & from->result_mask];
    atomic_store_explicit(from->result_head, head + 1, memory_order_release);
    return 1;
}

// Submit one entry and wait until something is done, or the limit has passed: 0, or -1. Both at
// once would report that the entry was submitted, and never why the wait has ended.
static int
carried_out(ring *in, const struct __kernel_timespec *limit)
{
    long rc = enter(in, 1, 0, NULL);

    while (rc >= 0) {
        rc = enter(in, 0, 1, limit);
        // A signal interrupts the wait and not the call, which goes on in the ring.
        if (rc >= 0 || errno != EINTR) {
            break;
        }
        rc = 0;
    }
    return rc < 0 ? -1 : 0;
}

long
ring_call_within(const struct io_uring_sqe *entry, int milliseconds)
{
    struct __kernel_timespec limit = {.tv_sec = milliseconds / 1000,
                                      .tv_nsec = milliseconds % 1000 * 1000000L};
    struct io_uring_sqe cancel = {.opcode = IORING_OP_ASYNC_CANCEL, .fd = -1, .addr = THE_CALL};
    struct io_uring_cqe result;
    ring *taken = ring_taken();
    int late = 0, left = 1;
    long answer = -1;

    if (taken == NULL) {
        return -1;
    }
    put(taken, entry, THE_CALL);
    if (carried_out(taken, milliseconds < 0 ? NULL : &limit) < 0 && errno != ETIME) {
        return -1;  // and the ring is lost: what state it is in is not known
    }
    while (left > 0) {
        if (got(taken, &result)) {
            left--;
            if (result.user_data == THE_CALL) {
                answer = result.res;
            }
        }
        else if (!late) {
            late = 1;
            left++;
            put(taken, &cancel, THE_CANCEL);
            carried_out(taken, NULL);
        }
        else {
            enter(taken, 0, 1, NULL);
        }
    }
    ring_given(taken);
    if (answer < 0) {
        // One that was done before it could be ended has its own result.
        errno = late && answer == -ECANCELED ? ETIME : (int)-answer;
        return -1;
    }
    return answer;
}

long
ring_call(const struct io_uring_sqe *entry)
{
    return ring_call_within(entry, -1);
}
