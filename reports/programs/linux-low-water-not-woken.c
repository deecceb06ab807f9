/* A receive that waits above SO_RCVLOWAT sleeps on when the rest has come.
 * cc -pthread THIS_FILE && ./a.out: 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2], done[2];
static ssize_t received = -2;

static void *receive(void *unused)
{
    char room[64];
    received = recv(ends[0], room, sizeof room, 0);
    return write(done[1], "", 1) == 1 ? unused : NULL;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), mark = 20, queued = 10;
    pthread_t thread;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1)
        || getsockname(listener, (struct sockaddr *)&address, &length)
        || connect(ends[0], (struct sockaddr *)&address, length) || pipe(done)
        || (ends[1] = accept(listener, NULL, NULL)) < 0
        || setsockopt(ends[0], SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof mark)
        || send(ends[1], "0123456789", 10, 0) != 10)
        return 2;
    if (pthread_create(&thread, NULL, receive, NULL))
        return 2;
    /* It has copied the ten bytes when they are queued no longer, and waits for ten more. */
    for (int look = 0; queued && look < 5000; look++)
        if (ioctl(ends[0], FIONREAD, &queued) || usleep(1000))
            return 2;
    if (queued || send(ends[1], "0123456789", 10, 0) != 10)
        return 2;
    struct pollfd finished = {.fd = done[0], .events = POLLIN};
    int woken = poll(&finished, 1, 3000);
    if (woken > 0)
        printf("recv(64) returned %zd\n", received);
    else
        printf("20 bytes came, which is SO_RCVLOWAT; recv(64) still waits after 3 s\n");
    fflush(stdout);
    _exit(woken > 0 ? 0 : 1);
}
