/* send() on a socket that was never connected fails with WSAECONNRESET.
 * x86_64-w64-mingw32-gcc THIS_FILE -o show.exe -lws2_32 && wine show.exe
 * 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <winsock2.h>
#include <stdio.h>

int main(void)
{
    WSADATA data;
    SOCKET sock;
    int error;

    if (WSAStartup(MAKEWORD(2, 2), &data)
        || (sock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) == INVALID_SOCKET || send(sock, "x", 1, 0) >= 0)
        return 2;
    error = WSAGetLastError();
    printf("send: %d; WSAENOTCONN is %d, WSAECONNRESET %d\n", error, WSAENOTCONN, WSAECONNRESET);
    return error == WSAECONNRESET;
}
