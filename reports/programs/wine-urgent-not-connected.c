/* recv() with MSG_OOB waits on a socket that was never connected.
 * x86_64-w64-mingw32-gcc THIS_FILE -o show.exe -lws2_32 && wine show.exe
 * 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <winsock2.h>
#include <stdio.h>

int main(void)
{
    int limit = 1000, error;
    WSADATA data;
    SOCKET sock;
    char byte;

    if (WSAStartup(MAKEWORD(2, 2), &data)
        || (sock = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) == INVALID_SOCKET
        || setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit)
        || recv(sock, &byte, 1, MSG_OOB) >= 0)
        return 2;
    error = WSAGetLastError();
    printf("recv: %d after a second at most; WSAENOTCONN is %d, WSAETIMEDOUT %d\n", error, WSAENOTCONN, WSAETIMEDOUT);
    return error == WSAETIMEDOUT;
}
