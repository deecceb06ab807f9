#include "thread.h"

#include <time.h>

static void *
body(void *given)
{
    thread *self = given;

    pthread_mutex_lock(&self->lock);
    self->number = thread_number();
    pthread_mutex_unlock(&self->lock);
    self->run(self->given);
    pthread_mutex_lock(&self->lock);
    self->finished = 1;
    pthread_cond_broadcast(&self->changed);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

int
thread_begin(thread *made, void (*run)(void *), void *given)
{
    made->run = run;
    made->given = given;
    made->number = 0;
    made->finished = 0;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->changed, NULL);
    return pthread_create(&made->id, NULL, body, made) == 0 ? 0 : -1;
}

int
thread_wait(thread *made, double within)
{
    struct timespec until;
    int finished;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)within;
    until.tv_nsec += (long)((within - (double)(time_t)within) * 1e9);
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&made->lock);
    while (!made->finished
           && pthread_cond_timedwait(&made->changed, &made->lock, &until) == 0) {
    }
    finished = made->finished;
    pthread_mutex_unlock(&made->lock);
    return finished;
}

void
thread_end(thread *made)
{
    pthread_join(made->id, NULL);
    pthread_cond_destroy(&made->changed);
    pthread_mutex_destroy(&made->lock);
}
