// What differs between POSIX and Winsock in name only. This is the one place that
// asks which of the two it is; where meanings differ there are two files,
// os_posix.c and os_win.c, and the build list chooses.
#ifndef SOCKSPEC_OS_H
#define SOCKSPEC_OS_H

#ifdef _WIN32

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0602  // Windows 8: WSA_FLAG_NO_HANDLE_INHERIT, GetSystemTimePrecise...
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

typedef SOCKET os_sock;
typedef int os_len;        // length of an address or an option
typedef int os_size;       // length of a data buffer
typedef char os_byte;      // what the calls take for a buffer
typedef WSAPOLLFD os_pollfd;
typedef ULONG os_pollcount;
#define OS_BAD INVALID_SOCKET
#define OS_SIZE_MAX INT_MAX
#define OS_EBADF WSAENOTSOCK  // what Winsock answers for a handle that is none
#define OS_EINTR WSAEINTR
#define os_close(sock) closesocket(sock)
#define os_error() WSAGetLastError()
#define os_set_error(number) WSASetLastError(number)
#define OS_SELECTABLE(sock, count) ((count) <= FD_SETSIZE)  // a set is a list there
#define OS_UNIX_PATH 2  // offsetof(struct sockaddr_un, sun_path), <afunix.h>
#ifndef AF_UNIX
#define AF_UNIX 1
#endif
// <ws2ipdef.h> of the Windows SDK; mingw-w64's lacks them up to its version 10.
#ifndef TCP_KEEPIDLE
#define TCP_KEEPIDLE 3
#endif
#ifndef TCP_KEEPCNT
#define TCP_KEEPCNT 16
#endif
#ifndef TCP_KEEPINTVL
#define TCP_KEEPINTVL 17
#endif

#else

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1  // accept4, recvmmsg
#endif
#ifndef __APPLE_USE_RFC_3542
#define __APPLE_USE_RFC_3542 1  // IPV6_RECVPKTINFO and its like on macOS
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) \
    || defined(__DragonFly__)
#define OS_KQUEUE 1  // a library that has it elsewhere is compiled with by defining this
#endif

typedef int os_sock;
typedef socklen_t os_len;
typedef size_t os_size;
typedef void os_byte;
typedef struct pollfd os_pollfd;
typedef nfds_t os_pollcount;
#define OS_BAD (-1)
#define OS_SIZE_MAX SSIZE_MAX
#define OS_EBADF EBADF
#define OS_EINTR EINTR
#define os_close(sock) close(sock)
#define os_error() errno
#define os_set_error(number) (errno = (number))
#define OS_SELECTABLE(sock, count) ((sock) < FD_SETSIZE)
#define OS_UNIX_PATH offsetof(struct sockaddr_un, sun_path)

#endif

#include <limits.h>

#endif
