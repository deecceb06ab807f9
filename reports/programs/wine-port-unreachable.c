/* A connected UDP socket is not told that nobody has the port.
 * x86_64-w64-mingw32-gcc THIS_FILE -o show.exe -lws2_32 && wine show.exe
 * 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>

int main(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    int length = sizeof to, limit = 1000, error;
    SOCKET sock, nobody;
    WSADATA data;
    char byte;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (WSAStartup(MAKEWORD(2, 2), &data)
        || (nobody = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)) == INVALID_SOCKET
        || bind(nobody, (struct sockaddr *)&to, length) || getsockname(nobody, (struct sockaddr *)&to, &length)
        || closesocket(nobody) || (sock = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP)) == INVALID_SOCKET
        || connect(sock, (struct sockaddr *)&to, length)
        || setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit)
        || send(sock, "x", 1, 0) != 1 || recv(sock, &byte, 1, 0) >= 0)
        return 2;
    error = WSAGetLastError();
    printf("recv: %d; WSAECONNRESET is %d, WSAETIMEDOUT %d\n", error, WSAECONNRESET, WSAETIMEDOUT);
    return error == WSAETIMEDOUT;
}
