#include "process.h"

const int process_is_here = 0;

void
process_on_signal(int number, int action, core_seen *seen)
{
    (void)number, (void)action;
    core_absent(seen);
}

void
process_signals(int number, core_seen *seen)
{
    (void)number;
    core_absent(seen);
}

void
process_interrupt(int number, core_seen *seen)
{
    (void)number;
    core_absent(seen);
}

void
process_set_owner(os_sock sock, core_seen *seen)
{
    (void)sock;
    core_absent(seen);
}

void
process_limit(int spare, core_seen *seen)
{
    (void)spare;
    core_absent(seen);
}

void
process_fork(process_work *work, const int *own, size_t count, core_seen *seen)
{
    (void)work, (void)own, (void)count;
    core_absent(seen);
}

char *
process_ask(long long child, const char *line, size_t length)
{
    (void)child, (void)line, (void)length;
    return NULL;
}

void
process_exec(long long child, core_seen *seen)
{
    (void)child;
    core_absent(seen);
}

void
process_end(long long child, core_seen *seen)
{
    (void)child;
    core_absent(seen);
}

void
process_reset(void)
{
}

void
process_become(FILE *requests, FILE *answers)
{
    (void)requests, (void)answers;
}

int
process_hold(void)
{
    return 1;
}

void
process_quiet(int quiet)
{
    (void)quiet;
}
