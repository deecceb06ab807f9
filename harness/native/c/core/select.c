// select(), which POSIX and Winsock have in common, and the sets that it takes.
#include "core.h"

int
core_sets_open(fd_set sets[3], const os_pollfd *wanted, size_t count)
{
    int most = 0;

    for (int set = 0; set < 3; set++) {
        FD_ZERO(&sets[set]);
    }
    for (size_t index = 0; index < count; index++) {
        if (!OS_SELECTABLE(wanted[index].fd, count)) {
            return -1;
        }
        for (int set = 0; set < 3; set++) {
            if (wanted[index].events & 1 << set) {
                FD_SET(wanted[index].fd, &sets[set]);
            }
        }
        most = (int)wanted[index].fd >= most ? (int)wanted[index].fd + 1 : most;
    }
    return most;
}

void
core_sets_seen(fd_set sets[3], os_pollfd *wanted, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        wanted[index].revents = 0;
        for (int set = 0; set < 3; set++) {
            if (wanted[index].events & 1 << set && FD_ISSET(wanted[index].fd, &sets[set])) {
                wanted[index].revents |= (short)(1 << set);
            }
        }
    }
}

void
core_select(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen)
{
    fd_set sets[3];
    int most = core_sets_open(sets, wanted, count);
    struct timeval limit;

    if (most < 0) {
        core_absent(seen);
        return;
    }
    limit.tv_sec = (long)(wait->timeout / 1000000000LL);
    limit.tv_usec = (long)((wait->timeout % 1000000000LL + 999) / 1000);
    if (limit.tv_usec == 1000000) {
        limit.tv_sec += 1;
        limit.tv_usec = 0;
    }
    core_seen_clear(seen);
    CORE_OBSERVE(seen, select(most, &sets[0], &sets[1], &sets[2],
                              wait->timeout < 0 ? NULL : &limit));
    if (seen->rc >= 0) {
        core_sets_seen(sets, wanted, count);
    }
}
