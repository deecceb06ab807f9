// The socket calls of a program by io_uring: preload it, LD_PRELOAD=libring_calls.so PROGRAM.
//
// Each call is one entry of a ring, and the caller waits for its result. What io_uring has no
// operation for stays the system call that it is: socketpair, getsockname, getpeername, dup,
// fcntl, ioctl, getsockopt and setsockopt; and bind and listen before Linux 6.11. A poll is one of one
// descriptor, as the operation is; of several it is the system's.
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t
at(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

// Before main: without rings nothing here would be what it says it is.
static void __attribute__((constructor))
begin(void)
{
    int error = ring_missing();

    if (error != 0) {
        fprintf(stderr, "io_uring cannot be used here: io_uring_setup: %s\n", strerror(error));
        _exit(77);
    }
}

int
socket(int family, int type, int protocol)
{
    struct io_uring_sqe entry = {
        .opcode = IORING_OP_SOCKET, .fd = family, .off = (unsigned)type, .len = (unsigned)protocol};

    if (!ring_has(IORING_OP_SOCKET)) {
        return (int)syscall(SYS_socket, family, type, protocol);
    }
    return (int)ring_call(&entry);
}

int
bind(int sock, const struct sockaddr *address, socklen_t length)
{
    struct io_uring_sqe entry = {
        .opcode = RING_BIND, .fd = sock, .addr = at(address), .addr2 = length};

    if (!ring_has(RING_BIND)) {
        return (int)syscall(SYS_bind, sock, address, length);
    }
    return (int)ring_call(&entry);
}

int
listen(int sock, int backlog)
{
    struct io_uring_sqe entry = {.opcode = RING_LISTEN, .fd = sock, .len = (unsigned)backlog};

    if (!ring_has(RING_LISTEN)) {
        return (int)syscall(SYS_listen, sock, backlog);
    }
    return (int)ring_call(&entry);
}

int
connect(int sock, const struct sockaddr *address, socklen_t length)
{
    struct io_uring_sqe entry = {
        .opcode = IORING_OP_CONNECT, .fd = sock, .addr = at(address), .off = length};

    return (int)ring_call(&entry);
}

int
accept4(int sock, struct sockaddr *address, socklen_t *length, int flags)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_ACCEPT,
                                 .fd = sock,
                                 .addr = at(address),
                                 .addr2 = at(length),
                                 .accept_flags = (unsigned)flags};

    return (int)ring_call(&entry);
}

int
accept(int sock, struct sockaddr *address, socklen_t *length)
{
    return accept4(sock, address, length, 0);
}

ssize_t
send(int sock, const void *data, size_t size, int flags)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_SEND,
                                 .fd = sock,
                                 .addr = at(data),
                                 .len = (unsigned)size,
                                 .msg_flags = (unsigned)flags};

    return ring_call(&entry);
}

ssize_t
recv(int sock, void *data, size_t size, int flags)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_RECV,
                                 .fd = sock,
                                 .addr = at(data),
                                 .len = (unsigned)size,
                                 .msg_flags = (unsigned)flags};

    return ring_call(&entry);
}

// Files and pipes are read and written by everyone's code: they are no concern of ours.
static int
is_socket(int descriptor)
{
    struct stat told;

    return fstat(descriptor, &told) == 0 && S_ISSOCK(told.st_mode);
}

ssize_t
read(int descriptor, void *data, size_t size)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_READ,
                                 .fd = descriptor,
                                 .addr = at(data),
                                 .len = (unsigned)size,
                                 .off = (uint64_t)-1};

    return is_socket(descriptor) ? ring_call(&entry)
                                 : syscall(SYS_read, descriptor, data, size);
}

ssize_t
write(int descriptor, const void *data, size_t size)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_WRITE,
                                 .fd = descriptor,
                                 .addr = at(data),
                                 .len = (unsigned)size,
                                 .off = (uint64_t)-1};

    return is_socket(descriptor) ? ring_call(&entry)
                                 : syscall(SYS_write, descriptor, data, size);
}

ssize_t
sendmsg(int sock, const struct msghdr *message, int flags)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_SENDMSG,
                                 .fd = sock,
                                 .addr = at(message),
                                 .len = 1,
                                 .msg_flags = (unsigned)flags};

    return ring_call(&entry);
}

ssize_t
recvmsg(int sock, struct msghdr *message, int flags)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_RECVMSG,
                                 .fd = sock,
                                 .addr = at(message),
                                 .len = 1,
                                 .msg_flags = (unsigned)flags};

    return ring_call(&entry);
}

// There is no operation with an address but those for messages.
ssize_t
sendto(int sock, const void *data, size_t size, int flags, const struct sockaddr *address,
       socklen_t length)
{
    struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
    struct msghdr message = {.msg_name = (void *)(uintptr_t)address,
                             .msg_namelen = length,
                             .msg_iov = &part,
                             .msg_iovlen = 1};

    return sendmsg(sock, &message, flags);
}

ssize_t
recvfrom(int sock, void *data, size_t size, int flags, struct sockaddr *address,
         socklen_t *length)
{
    struct iovec part = {.iov_base = data, .iov_len = size};
    struct msghdr message = {.msg_name = address,
                             .msg_namelen = length != NULL ? *length : 0,
                             .msg_iov = &part,
                             .msg_iovlen = 1};
    ssize_t received = recvmsg(sock, &message, flags);

    if (received >= 0 && length != NULL) {
        *length = message.msg_namelen;
    }
    return received;
}

int
shutdown(int sock, int how)
{
    struct io_uring_sqe entry = {
        .opcode = IORING_OP_SHUTDOWN, .fd = sock, .len = (unsigned)how};

    return (int)ring_call(&entry);
}

int
close(int descriptor)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_CLOSE, .fd = descriptor};

    return (int)(is_socket(descriptor) ? ring_call(&entry) : syscall(SYS_close, descriptor));
}

int
poll(struct pollfd *wanted, nfds_t count, int timeout)
{
    struct io_uring_sqe entry = {.opcode = IORING_OP_POLL_ADD};
    long events;

    if (count != 1 || wanted->fd < 0) {
        struct timespec limit = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};

        return ppoll(wanted, count, timeout < 0 ? NULL : &limit, NULL);
    }
    entry.fd = wanted->fd;
    entry.poll32_events = (unsigned short)wanted->events;
    events = ring_call_within(&entry, timeout);
    if (events < 0 && errno != ETIME) {
        return -1;
    }
    wanted->revents = events < 0 ? 0 : (short)events;
    return events > 0;
}
