/* connect() to an address of another family fails with WSAEOPNOTSUPP.
 * x86_64-w64-mingw32-gcc THIS_FILE -o show.exe -lws2_32 && wine show.exe
 * 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>

int main(void)
{
    struct sockaddr_in6 other = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    WSADATA data;
    SOCKET sock;
    int error;

    other.sin6_port = htons(9);
    if (WSAStartup(MAKEWORD(2, 2), &data)
        || (sock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) == INVALID_SOCKET
        || !connect(sock, (struct sockaddr *)&other, sizeof other))
        return 2;
    error = WSAGetLastError();
    printf("connect: %d; WSAEAFNOSUPPORT is %d, WSAEOPNOTSUPP %d\n", error, WSAEAFNOSUPPORT, WSAEOPNOTSUPP);
    return error == WSAEOPNOTSUPP;
}
