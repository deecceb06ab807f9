// A thread that makes one call: whether it has returned, and whether it sleeps.
#ifndef SOCKSPEC_AGENT_THREAD_H
#define SOCKSPEC_AGENT_THREAD_H

#include <pthread.h>

typedef struct {
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*run)(void *);
    void *given;
    long number;  // the system's own, 0 before it is known
    int finished;
} thread;

// Run a function in a thread; -1 when there is none. The thread must stay where it is.
int thread_begin(thread *made, void (*run)(void *), void *given);
// Whether it has finished, at the latest after `within` seconds.
int thread_wait(thread *made, double within);
// Send a signal to one that has not finished; whether that was done.
int thread_signal(thread *made, int number);
// Release one that has finished.
void thread_end(thread *made);
// Whether the platform tells if a thread sleeps in a call, and whether this one does.
int thread_can_tell(void);
int thread_sleeps(thread *made);
// The calling thread's number, 0 where it has none.
long thread_number(void);

#endif
