// Waiting with a mask of signals, epoll and kqueue.
#include "core.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif
#ifdef OS_KQUEUE
#include <sys/event.h>
#endif

static struct timespec
limit_of(const core_wait *wait)
{
    struct timespec limit;

    limit.tv_sec = (time_t)(wait->timeout / 1000000000LL);
    limit.tv_nsec = (long)(wait->timeout % 1000000000LL);
    return limit;
}

static const sigset_t *
mask_of(const core_wait *wait, sigset_t *mask)
{
    if (!wait->has_mask) {
        return NULL;
    }
    sigemptyset(mask);
    for (size_t index = 0; index < wait->masked; index++) {
        sigaddset(mask, wait->mask[index]);
    }
    return mask;
}

void
core_pselect(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen)
{
    struct timespec limit = limit_of(wait);
    sigset_t mask;
    fd_set sets[3];
    int most = core_sets_open(sets, wanted, count);

    if (most < 0) {
        core_absent(seen);
        return;
    }
    core_seen_clear(seen);
    CORE_OBSERVE(seen, pselect(most, &sets[0], &sets[1], &sets[2],
                               wait->timeout < 0 ? NULL : &limit, mask_of(wait, &mask)));
    if (seen->rc >= 0) {
        core_sets_seen(sets, wanted, count);
    }
}

void
core_ppoll(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen)
{
#ifdef __APPLE__
    (void)wanted, (void)count, (void)wait, (void)limit_of, (void)mask_of;
    core_absent(seen);
#else
    struct timespec limit = limit_of(wait);
    sigset_t mask;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, ppoll(wanted, (os_pollcount)count, wait->timeout < 0 ? NULL : &limit,
                             mask_of(wait, &mask)));
#endif
}

#ifdef __linux__

void
core_epoll_create(int flags, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, epoll_create1(flags));
}

void
core_epoll_ctl(os_sock sock, int operation, os_sock target, const core_event *event,
               core_seen *seen)
{
    struct epoll_event wanted;

    memset(&wanted, 0, sizeof wanted);
    wanted.events = event->events;
    wanted.data.u64 = event->key;
    core_seen_clear(seen);
    CORE_OBSERVE(seen, epoll_ctl(sock, operation, target, &wanted));
}

void
core_epoll_wait(os_sock sock, core_event *events, int most, int timeout, core_seen *seen)
{
    struct epoll_event *came = calloc(most > 0 ? (size_t)most : 1, sizeof *came);

    core_seen_clear(seen);
    if (came == NULL) {
        seen->error = ENOMEM;
        return;
    }
    CORE_OBSERVE(seen, epoll_wait(sock, came, most, timeout));
    for (long long index = 0; index < seen->rc && index < most; index++) {
        events[index].events = came[index].events;
        events[index].key = came[index].data.u64;
    }
    free(came);
}

#else

void
core_epoll_create(int flags, core_seen *seen)
{
    (void)flags;
    core_absent(seen);
}

void
core_epoll_ctl(os_sock sock, int operation, os_sock target, const core_event *event,
               core_seen *seen)
{
    (void)sock, (void)operation, (void)target, (void)event;
    core_absent(seen);
}

void
core_epoll_wait(os_sock sock, core_event *events, int most, int timeout, core_seen *seen)
{
    (void)sock, (void)events, (void)most, (void)timeout;
    core_absent(seen);
}

#endif

#ifdef OS_KQUEUE

void
core_kqueue(core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, kqueue());
    if (seen->rc >= 0) {
        (void)fcntl((int)seen->rc, F_SETFD, FD_CLOEXEC);
    }
}

void
core_kevent_call(os_sock sock, const core_kevent *changes, size_t count, core_kevent *events,
                 int most, const core_wait *wait, core_seen *seen)
{
    struct timespec limit = limit_of(wait);
    size_t room = most > 0 ? (size_t)most : 0;
    struct kevent *asked = calloc(count + room + 1, sizeof *asked);
    struct kevent *came;

    core_seen_clear(seen);
    if (asked == NULL) {
        seen->error = ENOMEM;
        return;
    }
    for (size_t index = 0; index < count; index++) {
        const core_kevent *each = &changes[index];

        // The types of the fields differ from one system to the next.
        EV_SET(&asked[index], (uintptr_t)each->target, (short)each->filter,
               (unsigned short)each->flags, each->fflags, (intptr_t)each->data,
               (void *)(uintptr_t)each->key);
    }
    came = asked + count;
    CORE_OBSERVE(seen, kevent(sock, asked, (int)count, came, most,
                              wait->timeout < 0 ? NULL : &limit));
    for (long long index = 0; index < seen->rc && index < most; index++) {
        events[index].filter = came[index].filter;
        events[index].flags = came[index].flags;
        events[index].fflags = came[index].fflags;
        events[index].data = (long long)came[index].data;
        events[index].key = (unsigned long long)(uintptr_t)came[index].udata;
    }
    free(asked);
}

#else

void
core_kqueue(core_seen *seen)
{
    core_absent(seen);
}

void
core_kevent_call(os_sock sock, const core_kevent *changes, size_t count, core_kevent *events,
                 int most, const core_wait *wait, core_seen *seen)
{
    (void)sock, (void)changes, (void)count, (void)events, (void)most, (void)wait;
    core_absent(seen);
}

#endif
