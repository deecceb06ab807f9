// Calls by their names, with arguments that no type checks: lengths that are too short, and
// pointers to nothing.
#include "core.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

// The first page is nobody's; and an address that is odd is no structure's either.
#define NOWHERE ((void *)(uintptr_t)1)

static void *
pointer(const core_argument *given)
{
    return given->kind == CORE_BYTES ? given->bytes.data
        : given->kind == CORE_NULL   ? NULL
                                     : NOWHERE;
}

#define P(index) pointer(&given[index])
#define N(index) ((int)given[index].number)
#define SIZE(index) ((size_t)given[index].number)

#define CALLS(DO)                                                                          \
    DO(bind, "pn", bind(sock, P(0), (socklen_t)N(1)))                                      \
    DO(listen, "n", listen(sock, N(0)))                                                    \
    DO(connect, "pn", connect(sock, P(0), (socklen_t)N(1)))                                \
    DO(accept, "pp", accept(sock, P(0), P(1)))                                             \
    DO_ACCEPT4(DO)                                                                         \
    DO(getsockname, "pp", getsockname(sock, P(0), P(1)))                                   \
    DO(getpeername, "pp", getpeername(sock, P(0), P(1)))                                   \
    DO(shutdown, "n", shutdown(sock, N(0)))                                                \
    DO(getsockopt, "nnpp", getsockopt(sock, N(0), N(1), P(2), P(3)))                       \
    DO(setsockopt, "nnpn", setsockopt(sock, N(0), N(1), P(2), (socklen_t)N(3)))            \
    DO(recv, "pnn", recv(sock, P(0), SIZE(1), N(2)))                                       \
    DO(recvfrom, "pnnpp", recvfrom(sock, P(0), SIZE(1), N(2), P(3), P(4)))                 \
    DO(recvmsg, "pn", recvmsg(sock, P(0), N(1)))                                           \
    DO(send, "pnn", send(sock, P(0), SIZE(1), N(2)))                                       \
    DO(sendto, "pnnpn", sendto(sock, P(0), SIZE(1), N(2), P(3), (socklen_t)N(4)))          \
    DO(sendmsg, "pn", sendmsg(sock, P(0), N(1)))                                           \
    DO(read, "pn", read(sock, P(0), SIZE(1)))                                              \
    DO(readv, "pn", readv(sock, P(0), N(1)))                                            \
    DO(write, "pn", write(sock, P(0), SIZE(1)))                                            \
    DO(writev, "pn", writev(sock, P(0), N(1)))                                          \
    DO(ioctl, "np", ioctl(sock, REQUEST(given[0].number), P(1)))                           \
    DO(fcntl, "nn", fcntl(sock, N(0), N(1)))

#ifdef __APPLE__
#define DO_ACCEPT4(DO)
#else
#define DO_ACCEPT4(DO) DO(accept4, "ppn", accept4(sock, P(0), P(1), N(2)))
#endif

// musl declares the request as int, glibc and the BSDs as unsigned long.
#if defined(__linux__) && !defined(__GLIBC__)
#define REQUEST(number) ((int)(number))
#else
#define REQUEST(number) ((unsigned long)(number))
#endif

#define ENTRY(name, kinds, expression) {#name, kinds},

static const struct {
    const char *name;
    const char *kinds;  // p: a pointer, n: a number
} calls[] = {CALLS(ENTRY)};

int
core_raw_fits(const char *call, const core_argument *given, size_t count)
{
    size_t found = 0;

    while (strcmp(calls[found].name, call) != 0) {
        if (++found == sizeof calls / sizeof *calls) {
            return 0;
        }
    }
    if (strlen(calls[found].kinds) != count) {
        return 0;
    }
    for (size_t index = 0; index < count; index++) {
        if ((calls[found].kinds[index] == 'n') != (given[index].kind == CORE_NUMBER)) {
            return 0;
        }
    }
    return 1;
}

#define BRANCH(name, kinds, expression)                                                    \
    if (strcmp(call, #name) == 0) {                                                        \
        CORE_OBSERVE(seen, expression);                                                    \
    }

void
core_raw(const char *call, os_sock sock, const core_argument *given, size_t count,
         core_seen *seen)
{
    core_seen_clear(seen);
    CALLS(BRANCH)
    for (size_t index = 0; index < count; index++) {
        if (!core_buffer_intact(&given[index].bytes)) {
            seen->intact = 0;
        }
    }
}
