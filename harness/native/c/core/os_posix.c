// The calls whose meaning is POSIX's own: descriptors, fcntl, ioctl, poll.
#include "core.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

int
core_start(void)
{
    return 0;
}

long long
core_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000000000LL + now.tv_nsec;
}

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "an unknown compiler"
#endif

#if defined(__linux__)
#define SYSTEM "Linux"
#elif defined(__APPLE__)
#define SYSTEM "macOS"
#elif defined(__FreeBSD__)
#define SYSTEM "FreeBSD"
#else
#define SYSTEM "POSIX"
#endif

const char *
core_build(void)
{
    return SYSTEM ", " COMPILER;
}

// Close-on-exec for systems whose calls cannot ask for it at creation. The answer
// that is kept is the creating call's.
static void __attribute__((unused))
close_on_exec(int sock)
{
    if (sock >= 0) {
        (void)fcntl(sock, F_SETFD, FD_CLOEXEC);
    }
}

void
core_socket(int family, int type, int protocol, core_seen *seen)
{
    core_seen_clear(seen);
#ifdef SOCK_CLOEXEC
    CORE_OBSERVE(seen, socket(family, type | SOCK_CLOEXEC, protocol));
#else
    CORE_OBSERVE(seen, socket(family, type, protocol));
    close_on_exec((int)seen->rc);
#endif
}

void
core_pair(int family, int type, int protocol, os_sock made[2], core_seen *seen)
{
    core_seen_clear(seen);
    made[0] = made[1] = OS_BAD;
#ifdef SOCK_CLOEXEC
    CORE_OBSERVE(seen, socketpair(family, type | SOCK_CLOEXEC, protocol, made));
#else
    CORE_OBSERVE(seen, socketpair(family, type, protocol, made));
    close_on_exec(made[0]);
    close_on_exec(made[1]);
#endif
}

void
core_accept(os_sock sock, const core_buffer *address, core_seen *seen)
{
    os_len length = (os_len)address->size;
    struct sockaddr *name = (struct sockaddr *)(void *)address->data;

    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
#ifdef SOCK_CLOEXEC
    CORE_OBSERVE(seen, accept4(sock, name, &length, SOCK_CLOEXEC));
#else
    CORE_OBSERVE(seen, accept(sock, name, &length));
    close_on_exec((int)seen->rc);
#endif
    core_seen_address(seen, address, (long long)length);
    seen->intact = core_buffer_intact(address);
}

void
core_dup(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, fcntl(sock, F_DUPFD_CLOEXEC, 0));
}

void
core_is_open(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, fcntl(sock, F_GETFD));
}

void
core_nonblocking(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, fcntl(sock, F_GETFL));
    if (seen->rc >= 0) {
        seen->rc = (seen->rc & O_NONBLOCK) != 0;
    }
}

void
core_set_nonblocking(os_sock sock, int on, core_seen *seen)
{
    int flags;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, fcntl(sock, F_GETFL));
    if (seen->rc >= 0) {
        flags = (int)seen->rc;
        flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
        CORE_OBSERVE(seen, fcntl(sock, F_SETFL, flags));
    }
}

void
core_cloexec(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, fcntl(sock, F_GETFD));
    if (seen->rc >= 0) {
        seen->rc = (seen->rc & FD_CLOEXEC) != 0;
    }
}

void
core_ioctl(os_sock sock, unsigned long request, const core_buffer *argument, core_seen *seen)
{
    core_seen_clear(seen);
    seen->length_in = (long long)argument->size;
    // musl declares the request as int, glibc and the BSDs as unsigned long.
#if defined(__linux__) && !defined(__GLIBC__)
    CORE_OBSERVE(seen, ioctl(sock, (int)request, argument->data));
#else
    CORE_OBSERVE(seen, ioctl(sock, request, argument->data));
#endif
    seen->length_out = (long long)argument->size;
    seen->intact = core_buffer_intact(argument);
}

void
core_sockatmark(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, sockatmark(sock));
}

void
core_poll(os_pollfd *wanted, size_t count, int timeout, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, poll(wanted, (os_pollcount)count, timeout));
}
