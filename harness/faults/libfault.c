/* Faults below an implementation: a library that stands before libc and makes one call wrong.
 *
 *     cc -shared -fPIC -o libfault.so libfault.c -ldl
 *     SOCKSPEC_FAULT=shutdown-nothing LD_PRELOAD=./libfault.so program
 *
 * It serves whatever calls libc: the standard library, the C core and the Rust backend in
 * Python, their agents, a third party's. `native.py` has the table of names and of the rules
 * that have to notice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* The right function behind this one. */
#define RIGHT(name) \
    static __typeof__(name) *right; \
    if (!right) right = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int fault_is(const char *name)
{
    static const char *chosen;
    if (!chosen) {
        chosen = getenv("SOCKSPEC_FAULT");
        if (!chosen) chosen = "";
    }
    return strcmp(chosen, name) == 0;
}

/* The error `from` becomes `to`. */
static int renamed(int result, int from, int to)
{
    if (result < 0 && errno == from) errno = to;
    return result;
}

static int is_socket(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

int shutdown(int fd, int how)
{
    RIGHT(shutdown);
    if (fault_is("shutdown-nothing")) return 0;
    if (fault_is("shutdown-both")) how = SHUT_RDWR;
    if (fault_is("shutdown-unconnected-is-invalid"))
        return renamed(right(fd, how), ENOTCONN, EINVAL);
    return right(fd, how);
}

int listen(int fd, int backlog)
{
    RIGHT(listen);
    if (fault_is("listen-backlog-ignored")) backlog = 4096;
    return right(fd, backlog);
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    RIGHT(bind);
    int result = right(fd, address, length);
    return fault_is("bind-in-use-is-invalid") ? renamed(result, EADDRINUSE, EINVAL) : result;
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    RIGHT(connect);
    int result = right(fd, address, length);
    if (fault_is("connect-refused-is-timeout")) return renamed(result, ECONNREFUSED, ETIMEDOUT);
    return result;
}

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *length, int flags)
{
    RIGHT(accept4);
    if (fault_is("accept-cloexec-dropped")) flags &= ~SOCK_CLOEXEC;
    int result = right(fd, address, length, flags);
    if (fault_is("accept-not-listening-is-bad")) return renamed(result, EINVAL, EBADF);
    return result;
}

int getsockname(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
    RIGHT(getsockname);
    int result = right(fd, address, length);
    struct sockaddr *told = *(struct sockaddr **)&address;
    if (result == 0 && fault_is("getsockname-no-port")) {
        if (told->sa_family == AF_INET) ((struct sockaddr_in *)told)->sin_port = 0;
        if (told->sa_family == AF_INET6) ((struct sockaddr_in6 *)told)->sin6_port = 0;
    }
    return result;
}

int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *length)
{
    RIGHT(getpeername);
    int result = right(fd, address, length);
    return fault_is("getpeername-is-invalid") ? renamed(result, ENOTCONN, EINVAL) : result;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    RIGHT(setsockopt);
    if (level == IPPROTO_TCP && name == TCP_NODELAY && fault_is("nodelay-ignored")) return 0;
    if (level == SOL_SOCKET && name == SO_RCVTIMEO && fault_is("read-timeout-ignored")) return 0;
    if (level == SOL_SOCKET && name == SO_LINGER && length >= sizeof(struct linger)
        && fault_is("linger-off")) {
        struct linger off = *(const struct linger *)value;
        off.l_onoff = 0;
        return right(fd, level, name, &off, length);
    }
    return right(fd, level, name, value, length);
}

int getsockopt(int fd, int level, int name, void *value, socklen_t *length)
{
    RIGHT(getsockopt);
    int result = right(fd, level, name, value, length);
    if (result == 0 && level == SOL_SOCKET && name == SO_ERROR && fault_is("error-zero"))
        memset(value, 0, *length);
    if (result == 0 && level == SOL_SOCKET && name == SO_KEEPALIVE && fault_is("keepalive-on"))
        memset(value, 1, *length ? 1 : 0);
    return result;
}

static int receiving(int flags)
{
    if (fault_is("peek-dropped")) flags &= ~MSG_PEEK;
    if (fault_is("wait-all-dropped")) flags &= ~MSG_WAITALL;
    if (fault_is("urgent-in-band")) flags &= ~MSG_OOB;
    return flags;
}

ssize_t recv(int fd, void *buffer, size_t size, int flags)
{
    RIGHT(recv);
    return right(fd, buffer, size, receiving(flags));
}

ssize_t recvfrom(int fd, void *buffer, size_t size, int flags, __SOCKADDR_ARG address,
                 socklen_t *length)
{
    RIGHT(recvfrom);
    return right(fd, buffer, size, receiving(flags), address, length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    RIGHT(recvmsg);
    ssize_t result = right(fd, message, receiving(flags));
    if (result >= 0 && fault_is("truncation-hidden")) message->msg_flags &= ~MSG_TRUNC;
    return result;
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    RIGHT(send);
    if (fault_is("urgent-dropped")) flags &= ~MSG_OOB;
    ssize_t result = right(fd, data, size, flags);
    return result > 1 && fault_is("send-counts-less") ? result - 1 : result;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    RIGHT(sendmsg);
    struct msghdr other = *message;
    if (fault_is("first-buffer-only") && is_socket(fd) && other.msg_iovlen > 1) other.msg_iovlen = 1;
    return right(fd, &other, flags);
}

int poll(struct pollfd *of, nfds_t many, int timeout)
{
    RIGHT(poll);
    int result = right(of, many, timeout);
    if (result > 0 && fault_is("hang-up-unreported")) {
        for (nfds_t each = 0; each < many; each++)
            if (of[each].revents & POLLHUP && is_socket(of[each].fd)) {
                of[each].revents &= ~POLLHUP;
                if (!of[each].revents) result--;
            }
    }
    return result;
}
