/* An io_uring receive with MSG_PEEK and MSG_WAITALL repeats what was sent once.
 * cc THIS_FILE && ./a.out: 1 while that is so, 0 when it is gone, 2 when it could not be tried. */
#include <linux/io_uring.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define AT(start, offset) ((unsigned *)((char *)(start) + (offset)))

static void waits(int unused)
{
    (void)unused; /* for ten bytes: that is right */
    _exit(0);
}

int main(void)
{
    struct io_uring_params ring = {0};
    struct timeval limit = {.tv_usec = 200000};
    char room[11] = "..........", plain[11] = "..........";
    int pair[2];
    int file = syscall(SYS_io_uring_setup, 4, &ring);

    if (file < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || send(pair[1], "abc", 3, 0) != 3
        || setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit))
        return 2;
    char *submit = mmap(NULL, ring.sq_off.array + ring.sq_entries * sizeof(unsigned),
                        PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, IORING_OFF_SQ_RING);
    char *complete = mmap(NULL, ring.cq_off.cqes + ring.cq_entries * sizeof(struct io_uring_cqe),
                          PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, IORING_OFF_CQ_RING);
    struct io_uring_sqe *entry = mmap(NULL, ring.sq_entries * sizeof *entry, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_POPULATE, file, IORING_OFF_SQES);
    if (submit == MAP_FAILED || complete == MAP_FAILED || (void *)entry == MAP_FAILED)
        return 2;
    entry->opcode = IORING_OP_RECV;
    entry->fd = pair[0];
    entry->addr = (unsigned long)room;
    entry->len = 10;
    entry->msg_flags = MSG_PEEK | MSG_WAITALL;
    *AT(submit, ring.sq_off.array) = 0;
    __atomic_store_n(AT(submit, ring.sq_off.tail), 1, __ATOMIC_RELEASE);
    signal(SIGALRM, waits);
    alarm(10);
    if (syscall(SYS_io_uring_enter, file, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return 2;
    struct io_uring_cqe *answer = (struct io_uring_cqe *)(complete + ring.cq_off.cqes);
    int expected = (int)recv(pair[0], plain, 10, MSG_PEEK | MSG_WAITALL);
    printf("queued: 3 bytes, abc\nrecv(2): %d, %s\nio_uring: %d, %s\n", expected, plain, answer->res, room);
    return answer->res > 3 ? 1 : 0;
}
