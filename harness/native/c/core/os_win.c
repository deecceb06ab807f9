// The calls whose meaning is Winsock's own: handles, ioctlsocket, WSAPoll.
#include "core.h"

#include <string.h>

int
core_start(void)
{
    WSADATA data;

    return WSAStartup(MAKEWORD(2, 2), &data);
}

long long
core_clock(void)
{
    static LARGE_INTEGER frequency;  // fixed at boot, so a race writes the same value
    LARGE_INTEGER now;

    if (frequency.QuadPart == 0) {
        QueryPerformanceFrequency(&frequency);
    }
    QueryPerformanceCounter(&now);
    return now.QuadPart / frequency.QuadPart * 1000000000LL
           + now.QuadPart % frequency.QuadPart * 1000000000LL / frequency.QuadPart;
}

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "MSVC"
#endif

const char *
core_build(void)
{
    return "Windows, " COMPILER;
}

void
core_socket(int family, int type, int protocol, core_seen *seen)
{
    core_seen_clear(seen);
    // Overlapped as socket() makes them; not inheritable is what close-on-exec means here.
    CORE_OBSERVE(seen, WSASocketW(family, type, protocol, NULL, 0,
                                  WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
}

void
core_pair(int family, int type, int protocol, os_sock made[2], core_seen *seen)
{
    (void)family, (void)type, (void)protocol;
    made[0] = made[1] = OS_BAD;
    core_absent(seen);
}

void
core_accept(os_sock sock, const core_buffer *address, core_seen *seen)
{
    core_accept_raw(sock, address, seen);
    if (seen->rc >= 0) {
        SetHandleInformation((HANDLE)(os_sock)seen->rc, HANDLE_FLAG_INHERIT, 0);
    }
}

void
core_dup(os_sock sock, core_seen *seen)
{
    WSAPROTOCOL_INFOW info;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, WSADuplicateSocketW(sock, GetCurrentProcessId(), &info));
    if (seen->rc == 0) {
        CORE_OBSERVE(seen, WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO,
                                      FROM_PROTOCOL_INFO, &info, 0,
                                      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
    }
}

void
core_is_open(os_sock sock, core_seen *seen)
{
    int type = 0;
    int length = sizeof type;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, getsockopt(sock, SOL_SOCKET, SO_TYPE, (char *)&type, &length));
}

void
core_nonblocking(os_sock sock, core_seen *seen)
{
    (void)sock;
    core_absent(seen);  // Winsock sets FIONBIO and cannot be asked for it
}

void
core_set_nonblocking(os_sock sock, int on, core_seen *seen)
{
    u_long argument = on != 0;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, ioctlsocket(sock, (long)FIONBIO, &argument));
}

void
core_cloexec(os_sock sock, core_seen *seen)
{
    DWORD flags = 0;

    core_seen_clear(seen);
    // GetHandleInformation answers a truth value, and its errors with GetLastError,
    // which is where WSAGetLastError looks as well.
    CORE_OBSERVE(seen, GetHandleInformation((HANDLE)sock, &flags) ? 0 : -1);
    if (seen->rc == 0) {
        seen->rc = (flags & HANDLE_FLAG_INHERIT) == 0;
    }
}

void
core_ioctl(os_sock sock, unsigned long request, const core_buffer *argument, core_seen *seen)
{
    DWORD returned = 0;
    DWORD size = (DWORD)argument->size;

    core_seen_clear(seen);
    seen->length_in = (long long)argument->size;
    CORE_OBSERVE(seen, WSAIoctl(sock, request, argument->data, size, argument->data, size,
                                &returned, NULL, NULL));
    seen->length_out = (long long)returned;
    seen->intact = core_buffer_intact(argument);
}

void
core_sockatmark(os_sock sock, core_seen *seen)
{
    u_long mark = 0;

    core_seen_clear(seen);
    CORE_OBSERVE(seen, ioctlsocket(sock, (long)SIOCATMARK, &mark));
    if (seen->rc == 0) {
        // Passed on as it came: Winsock says TRUE also when no urgent data waits at all,
        // https://learn.microsoft.com/windows/win32/winsock/winsock-ioctls (SIOCATMARK).
        seen->rc = mark != 0;
    }
}

void
core_poll(os_pollfd *wanted, size_t count, int timeout, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, WSAPoll(wanted, (os_pollcount)count, timeout));
}
