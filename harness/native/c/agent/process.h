// The process around the sockets: its signals, its descriptors, and its children. All that
// is changed is taken back by `process_reset`.
#ifndef SOCKSPEC_AGENT_PROCESS_H
#define SOCKSPEC_AGENT_PROCESS_H

#include "json.h"

#include <stdio.h>

// What a signal does from now on.
enum { SIGNAL_DEFAULT, SIGNAL_IGNORE, SIGNAL_COUNT, SIGNAL_RESTART };

// Whether there is any of it here: a process of Windows has no such signals, and no fork.
extern const int process_is_here;

void process_on_signal(int number, int action, core_seen *seen);
// How many the handler has counted.
void process_signals(int number, core_seen *seen);
// To every started call that has not returned; the handler has counted it then.
void process_interrupt(int number, core_seen *seen);
void process_set_owner(os_sock sock, core_seen *seen);
void process_limit(int spare, core_seen *seen);

// What a child does with its pipes, until they end.
typedef void process_work(FILE *requests, FILE *answers);

// A child that has all descriptors but for the agent's own; its number.
void process_fork(process_work *work, const int *own, size_t count, core_seen *seen);
// Write a line to a child and read its answer, to be freed; NULL when there is no such child,
// or none any more.
char *process_ask(long long child, const char *line, size_t length);
// A child becomes a program that holds what it inherits: this one, by `process_hold`.
void process_exec(long long child, core_seen *seen);
void process_end(long long child, core_seen *seen);
void process_reset(void);

// In a child: the program that holds; does not return unless it cannot be started.
void process_become(FILE *requests, FILE *answers);
// That program: says that it is there, and waits for the end of its input.
int process_hold(void);

// Keep every signal from the calling thread, or let them come to it.
void process_quiet(int quiet);

#endif
