/* getsockopt() with room for less than an int writes one byte of the value, or four behind the room.
 * cc THIS_FILE && qemu-x86_64 ./a.out: 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Whether so much of an option comes as there is room for, and nothing behind it changes. */
static int wrong(int sock, int level, int option, const char *name, socklen_t asked)
{
    unsigned char whole[8], room[8];
    socklen_t length = sizeof whole, told = asked;
    int missing = 0, behind = 0;

    memset(room, 0xaa, sizeof room);
    if (getsockopt(sock, level, option, whole, &length) || getsockopt(sock, level, option, room, &told))
        return -1000;
    for (unsigned at = 0; at < sizeof room; at++)
        if (at < told)
            missing += room[at] != whole[at];
        else
            behind += room[at] != 0xaa;
    printf("%s in %u bytes: %u are told, %d of them wrong, %d behind them written\n", name,
           (unsigned)asked, (unsigned)told, missing, behind);
    return missing + behind;
}

int main(void)
{
    int udp = socket(AF_INET, SOCK_DGRAM, 0), result = 0;

    result += wrong(udp, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", 3);
    result += wrong(udp, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", 0);
    result += wrong(udp, IPPROTO_IP, IP_TTL, "IP_TTL", 0);
    return result < 0 ? 2 : result > 0;
}
