// What Winsock does not have: its sockets are no files, and its files no descriptors.
#include "core.h"

#define ABSENT(function, parameters, ...)                                                  \
    void function parameters                                                               \
    {                                                                                      \
        __VA_ARGS__;                                                                       \
        core_absent(seen);                                                                 \
    }

ABSENT(core_read, (os_sock sock, const core_buffer *data, core_seen *seen), (void)sock, (void)data)
ABSENT(core_write, (os_sock sock, const core_buffer *data, core_seen *seen), (void)sock, (void)data)
ABSENT(core_readv, (os_sock sock, core_message *message, core_seen *seen), (void)sock,
       (void)message)
ABSENT(core_writev, (os_sock sock, core_message *message, core_seen *seen), (void)sock,
       (void)message)
ABSENT(core_accept4, (os_sock sock, const core_buffer *address, int flags, core_seen *seen),
       (void)sock, (void)address, (void)flags)
ABSENT(core_sendfile,
       (os_sock sock, os_sock file, long long offset, size_t count, core_seen *seen),
       (void)sock, (void)file, (void)offset, (void)count)
ABSENT(core_file, (const core_buffer *content, core_seen *seen), (void)content)
ABSENT(core_pipe, (os_sock made[2], core_seen *seen), made[0] = made[1] = OS_BAD)
ABSENT(core_pselect,
       (os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen), (void)wanted,
       (void)count, (void)wait)
ABSENT(core_ppoll,
       (os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen), (void)wanted,
       (void)count, (void)wait)
ABSENT(core_epoll_create, (int flags, core_seen *seen), (void)flags)
ABSENT(core_epoll_ctl,
       (os_sock sock, int operation, os_sock target, const core_event *event, core_seen *seen),
       (void)sock, (void)operation, (void)target, (void)event)
ABSENT(core_epoll_wait,
       (os_sock sock, core_event *events, int most, int timeout, core_seen *seen), (void)sock,
       (void)events, (void)most, (void)timeout)
ABSENT(core_kqueue, (core_seen *seen), (void)0)
ABSENT(core_kevent_call,
       (os_sock sock, const core_kevent *changes, size_t count, core_kevent *events, int most,
        const core_wait *wait, core_seen *seen),
       (void)sock, (void)changes, (void)count, (void)events, (void)most, (void)wait)
ABSENT(core_raw,
       (const char *call, os_sock sock, const core_argument *arguments, size_t count,
        core_seen *seen),
       (void)call, (void)sock, (void)arguments, (void)count)

int
core_raw_fits(const char *call, const core_argument *arguments, size_t count)
{
    (void)call, (void)arguments, (void)count;
    return 1;
}
