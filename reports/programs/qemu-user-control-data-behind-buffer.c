/* recvmsg() writes control data behind a buffer that has room for its header alone.
 * cc THIS_FILE && qemu-x86_64 ./a.out: 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char byte;
static struct iovec piece = {&byte, 1};
static union {
    unsigned char bytes[128];
    size_t aligned;
} room;

/* How many bytes behind the first sixteen are no longer as they were; less than none: no message. */
static int behind(int sock, const char *what)
{
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &room};
    int written = 0;

    message.msg_controllen = sizeof(struct cmsghdr);
    memset(&room, 0xaa, sizeof room);
    if (recvmsg(sock, &message, MSG_DONTWAIT) != 1)
        return -1000;
    for (size_t at = sizeof(struct cmsghdr); at < sizeof room; at++)
        written += room.bytes[at] != 0xaa;
    printf("%s: %zu bytes of room, %d bytes behind them written, MSG_CTRUNC %s\n", what,
           sizeof(struct cmsghdr), written, message.msg_flags & MSG_CTRUNC ? "set" : "not set");
    return written;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int pair[2], on = 1, udp = socket(AF_INET, SOCK_DGRAM, 0), written;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)
        || setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on)
        || send(pair[0], "x", 1, 0) != 1
        || bind(udp, (struct sockaddr *)&address, length)
        || getsockname(udp, (struct sockaddr *)&address, &length)
        || setsockopt(udp, IPPROTO_IP, IP_PKTINFO, &on, sizeof on)
        || sendto(udp, "x", 1, 0, (struct sockaddr *)&address, length) != 1)
        return 2;
    written = behind(pair[1], "SCM_CREDENTIALS") + behind(udp, "IP_PKTINFO");
    return written < 0 ? 2 : written > 0;
}
