#include "started.h"

#include "thread.h"

#include <stdlib.h>
#include <string.h>

#define GRACE 0.2    // without a way to ask, a call that takes longer than that sleeps
#define PAUSE 0.001  // between two questions
#define ENDING 0.5   // in which a reset must have ended a call

typedef struct {
    job job;
    thread thread;
} started;

static started **all;
static size_t begun, cleared, room;

static void
run(void *given)
{
    call_make(&((started *)given)->job);
}

long long
started_begin(job *made)
{
    started *one = calloc(1, sizeof *one);

    if (begun + 1 >= room) {
        size_t more = room > 0 ? room * 2 : 64;
        started **grown = realloc(all, more * sizeof *grown);

        if (grown != NULL) {
            all = grown;
            room = more;
        }
    }
    if (one == NULL || begun + 1 >= room) {
        free(one);
        call_close(made);
        return 0;
    }
    one->job = *made;
    if (thread_begin(&one->thread, run, one) < 0) {
        call_close(&one->job);
        free(one);
        return 0;
    }
    begun++;
    all[begun] = one;
    return (long long)begun;
}

static started *
of(long long number)
{
    return number > (long long)cleared && number <= (long long)begun ? all[number] : NULL;
}

int
started_is(long long number)
{
    return of(number) != NULL;
}

int
started_wait(long long number, double within)
{
    return thread_wait(&of(number)->thread, within);
}

job *
started_job(long long number)
{
    return &of(number)->job;
}

int
started_is_blocked(long long number, double within)
{
    thread *one = &of(number)->thread;
    int asking = thread_can_tell();
    long long until = core_clock() + (long long)((asking ? within : GRACE) * 1e9);

    while (core_clock() < until) {
        if (thread_wait(one, PAUSE)) {
            return 0;
        }
        if (asking && thread_sleeps(one)) {
            return 1;
        }
    }
    return asking ? -1 : !thread_wait(one, 0);
}

// The other end of a shutdown: both halves, on every platform number 2.
static void
wake(const job *made)
{
    core_seen seen;

    if (made->number > 0 && made->sock != OS_BAD) {
        core_shutdown(made->sock, 2, &seen);
    }
}

int
started_signal(int number)
{
    int sent = 0;

    for (size_t each = cleared + 1; each <= begun; each++) {
        sent += thread_signal(&all[each]->thread, number);
    }
    return sent;
}

int
started_reset(void)
{
    int running = 0;

    for (size_t number = cleared + 1; number <= begun; number++) {
        started *one = all[number];

        // close(2) does not wake a blocked call (its NOTES); shutdown does.
        if (!thread_wait(&one->thread, 0)) {
            wake(&one->job);
        }
        if (thread_wait(&one->thread, ENDING)) {
            thread_end(&one->thread);
            call_close(&one->job);
            free(one);
        }
        else {
            running++;  // it is left to itself, with all that it has
        }
    }
    cleared = begun;
    return running;
}
