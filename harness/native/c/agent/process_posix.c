#include "process.h"

#include "started.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SIGNALS 65  // one more than the highest number of a signal
#define CHILDREN 64
#define HANDLED 1.0  // seconds in which a signal that was sent to a thread is handled

typedef struct {
    pid_t pid;
    FILE *requests, *answers;
} child;

const int process_is_here = 1;

static volatile sig_atomic_t counts[SIGNALS];
static struct sigaction before[SIGNALS];
static int changed[SIGNALS], counting[SIGNALS];
static struct rlimit limit;
static int limited;
static child children[CHILDREN + 1];  // by number; 0 is none
static int forks;

static void
answer(core_seen *seen, int rc)
{
    int error = errno;

    core_seen_clear(seen);
    seen->rc = rc;
    seen->error = rc < 0 ? error : 0;
}

static void
refuse(core_seen *seen, int error)
{
    errno = error;
    answer(seen, -1);
}

// -- signals --------------------------------------------------------------------------

static void
count(int number)
{
    counts[number]++;
}

void
process_on_signal(int number, int action, core_seen *seen)
{
    struct sigaction made, old;

    if (number <= 0 || number >= SIGNALS) {
        refuse(seen, EINVAL);
        return;
    }
    memset(&made, 0, sizeof made);
    sigemptyset(&made.sa_mask);
    made.sa_handler = action == SIGNAL_DEFAULT ? SIG_DFL : action == SIGNAL_IGNORE ? SIG_IGN : count;
    made.sa_flags = action == SIGNAL_RESTART ? SA_RESTART : 0;
    counts[number] = 0;
    if (sigaction(number, &made, &old) < 0) {
        answer(seen, -1);
        return;
    }
    if (!changed[number]) {
        before[number] = old;
        changed[number] = 1;
    }
    counting[number] = action >= SIGNAL_COUNT;
    answer(seen, 0);
}

void
process_signals(int number, core_seen *seen)
{
    answer(seen, number > 0 && number < SIGNALS ? counts[number] : 0);
}

void
process_interrupt(int number, core_seen *seen)
{
    long long until = core_clock() + (long long)(HANDLED * 1e9);
    struct timespec pause = {0, 100000};
    int was, sent;

    if (number <= 0 || number >= SIGNALS) {
        refuse(seen, EINVAL);
        return;
    }
    was = counts[number];
    sent = started_signal(number);
    while (sent > 0 && counting[number] && counts[number] == was && core_clock() < until) {
        nanosleep(&pause, NULL);
    }
    answer(seen, 0);
}

void
process_set_owner(os_sock sock, core_seen *seen)
{
    answer(seen, fcntl(sock, F_SETOWN, getpid()));
}

void
process_quiet(int quiet)
{
    sigset_t all;

    sigfillset(&all);
    pthread_sigmask(quiet ? SIG_BLOCK : SIG_UNBLOCK, &all, NULL);
}

// -- descriptors ------------------------------------------------------------------------

void
process_limit(int spare, core_seen *seen)
{
    struct rlimit now;
    int *made = spare < 0 ? NULL : malloc(((size_t)spare + 1) * sizeof *made);
    int opened = 0;

    if (made == NULL) {
        refuse(seen, spare < 0 ? EINVAL : ENOMEM);
        return;
    }
    if (!limited) {
        getrlimit(RLIMIT_NOFILE, &limit);
        limited = 1;
    }
    now = limit;
    setrlimit(RLIMIT_NOFILE, &now);
    // dup() gives the lowest number that is free: the last one is the first too many.
    while (opened <= spare && (made[opened] = dup(2)) >= 0) {
        opened++;
    }
    if (opened <= spare) {
        answer(seen, -1);
    }
    else {
        now.rlim_cur = (rlim_t)made[spare];
        answer(seen, 0);
    }
    while (opened > 0) {
        close(made[--opened]);
    }
    free(made);
    if (seen->rc == 0 && setrlimit(RLIMIT_NOFILE, &now) < 0) {
        answer(seen, -1);
    }
}

// -- children ---------------------------------------------------------------------------

static void
forget(child *one)
{
    if (one->pid != 0) {
        fclose(one->requests);
        fclose(one->answers);
    }
    one->pid = 0;
}

static child *
of(long long number)
{
    return number > 0 && number <= forks && children[number].pid != 0 ? &children[number] : NULL;
}

static void
be_child(process_work *work, const int *own, size_t count, int in, int out)
{
    // As long as one end of a pipe of our parent's is open, nobody sees that it has ended.
    for (size_t index = 0; index < count; index++) {
        if (own[index] > 2) {
            close(own[index]);
        }
    }
    for (int number = 1; number <= forks; number++) {
        forget(&children[number]);
    }
    work(fdopen(in, "r"), fdopen(out, "w"));
    _exit(0);
}

void
process_fork(process_work *work, const int *own, size_t count, core_seen *seen)
{
    int down[2] = {-1, -1}, up[2] = {-1, -1};
    pid_t pid = -1;

    if (forks == CHILDREN) {
        refuse(seen, EAGAIN);
        return;
    }
    core_pipe(down, seen);
    if (seen->rc >= 0) {
        core_pipe(up, seen);
    }
    if (seen->rc < 0) {
        errno = seen->error;
    }
    else {
        pid = fork();
    }
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        be_child(work, own, count, down[0], up[1]);
    }
    answer(seen, pid < 0 ? -1 : forks + 1);
    // What was not opened is -1, which nothing is closed by.
    close(down[0]);
    close(up[1]);
    if (pid < 0) {
        close(down[1]);
        close(up[0]);
        return;
    }
    forks++;
    children[forks].pid = pid;
    children[forks].requests = fdopen(down[1], "w");
    children[forks].answers = fdopen(up[0], "r");
}

char *
process_ask(long long number, const char *line, size_t length)
{
    child *one = of(number);
    char *told = NULL;
    size_t room = 0;

    if (one == NULL || fwrite(line, 1, length, one->requests) != length
        || fflush(one->requests) != 0 || getline(&told, &room, one->answers) < 0) {
        free(told);
        return NULL;
    }
    return told;
}

void
process_exec(long long number, core_seen *seen)
{
    static const char line[] = "exec\n";
    char *told = process_ask(number, line, sizeof line - 1);

    if (told == NULL) {
        refuse(seen, ECHILD);
        return;
    }
    free(told);
    answer(seen, 0);
}

void
process_end(long long number, core_seen *seen)
{
    child *one = of(number);
    pid_t pid;

    if (one == NULL) {
        refuse(seen, ECHILD);
        return;
    }
    pid = one->pid;
    forget(one);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    answer(seen, 0);
}

void
process_become(FILE *requests, FILE *answers)
{
    if (dup2(fileno(requests), 0) == 0 && dup2(fileno(answers), 1) == 1) {
        execl("/proc/self/exe", "sockspec-agent", "--hold", (char *)NULL);
    }
}

int
process_hold(void)
{
    char rest;

    return write(1, "there\n", 6) == 6 && read(0, &rest, 1) == 0 ? 0 : 1;
}

// -- the end of an example ----------------------------------------------------------------

void
process_reset(void)
{
    core_seen seen;

    if (limited) {
        setrlimit(RLIMIT_NOFILE, &limit);
        limited = 0;
    }
    for (int number = 1; number <= forks; number++) {
        process_end(number, &seen);
    }
    forks = 0;
    for (int number = 1; number < SIGNALS; number++) {
        if (changed[number]) {
            sigaction(number, &before[number], NULL);
        }
        changed[number] = counting[number] = 0;
        counts[number] = 0;
    }
}
