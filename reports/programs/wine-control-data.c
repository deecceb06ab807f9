/* WSASendMsg accepts control data and ignores it: a source address, and a traffic class.
 * x86_64-w64-mingw32-gcc THIS_FILE -o show.exe -lws2_32 && wine show.exe
 * 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <stdio.h>
#include <string.h>

#define TRAFFIC_CLASS 39 /* IPV6_TCLASS */
#define RECEIVE_TRAFFIC_CLASS 40 /* IPV6_RECVTCLASS */

static GUID send_id = WSAID_WSASENDMSG, receive_id = WSAID_WSARECVMSG;
static LPFN_WSASENDMSG send_message;
static LPFN_WSARECVMSG receive_message;

/* A socket of a family that is bound to its loopback, `address`; the second one of a pair is bound to any. */
static SOCKET bound(int family, int any, SOCKADDR_STORAGE *address, int *length)
{
    SOCKET made = socket(family, SOCK_DGRAM, IPPROTO_UDP);

    memset(address, 0, sizeof *address);
    address->ss_family = family;
    *length = family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
    if (family == AF_INET && !any)
        ((SOCKADDR_IN *)address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else if (!any)
        ((SOCKADDR_IN6 *)address)->sin6_addr = in6addr_loopback;
    if (bind(made, (SOCKADDR *)address, *length) || getsockname(made, (SOCKADDR *)address, length))
        ExitProcess(2);
    return made;
}

/* Send a byte to an address with one object of control data. */
static int sent(SOCKET from, SOCKADDR_STORAGE *to, int length, int level, int type, void *value, size_t size)
{
    char room[64] = {0};
    WSABUF data = {1, "x"};
    WSAMSG message = {(SOCKADDR *)to, length, &data, 1, {WSA_CMSG_SPACE(size), room}, 0};
    WSACMSGHDR *header = (WSACMSGHDR *)room;
    DWORD bytes;

    header->cmsg_len = WSA_CMSG_LEN(size);
    header->cmsg_level = level;
    header->cmsg_type = type;
    memcpy(WSA_CMSG_DATA(header), value, size);
    return !send_message(from, &message, 0, &bytes, NULL, NULL);
}

int main(void)
{
    SOCKADDR_STORAGE to, own;
    SOCKADDR_IN sender;
    int length, own_length, class = 4, seen = 0, on = 1, ignored, from_length = sizeof sender;
    IN_PKTINFO source = {.ipi_ifindex = 0};
    char byte, room[64];
    WSABUF data = {1, &byte};
    WSAMSG message = {NULL, 0, &data, 1, {sizeof room, room}, 0};
    WSADATA started;
    DWORD bytes;
    SOCKET ours, theirs;

    if (WSAStartup(MAKEWORD(2, 2), &started))
        return 2;
    theirs = bound(AF_INET, 0, &to, &length);
    ours = bound(AF_INET, 1, &own, &own_length);
    if (WSAIoctl(ours, SIO_GET_EXTENSION_FUNCTION_POINTER, &send_id, sizeof send_id, &send_message,
                 sizeof send_message, &bytes, NULL, NULL)
        || WSAIoctl(ours, SIO_GET_EXTENSION_FUNCTION_POINTER, &receive_id, sizeof receive_id, &receive_message,
                    sizeof receive_message, &bytes, NULL, NULL))
        return 2;

    source.ipi_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    if (!sent(ours, &to, length, IPPROTO_IP, IP_PKTINFO, &source, sizeof source)
        || recvfrom(theirs, &byte, 1, 0, (SOCKADDR *)&sender, &from_length) != 1)
        return 2;
    printf("sent with IP_PKTINFO for 127.0.0.2: came from %s\n", inet_ntoa(sender.sin_addr));
    ignored = sender.sin_addr.s_addr != source.ipi_addr.s_addr;

    theirs = bound(AF_INET6, 0, &to, &length);
    ours = bound(AF_INET6, 1, &own, &own_length);
    if (setsockopt(theirs, IPPROTO_IPV6, RECEIVE_TRAFFIC_CLASS, (char *)&on, sizeof on)
        || !sent(ours, &to, length, IPPROTO_IPV6, TRAFFIC_CLASS, &class, sizeof class)
        || receive_message(theirs, &message, &bytes, NULL, NULL) || message.Control.len < WSA_CMSG_LEN(sizeof seen))
        return 2;
    memcpy(&seen, WSA_CMSG_DATA((WSACMSGHDR *)room), sizeof seen);
    printf("sent with IPV6_TCLASS 4: came with %d\n", seen);
    return ignored || seen != class;
}
