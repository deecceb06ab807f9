// The calls of the protocol: read, made, and answered.
#ifndef SOCKSPEC_AGENT_CALLS_H
#define SOCKSPEC_AGENT_CALLS_H

#include "json.h"
#include "process.h"

typedef struct primitive primitive;

// One call: what it needs, which another thread can make, and what came of it.
typedef struct {
    const primitive *what;
    long long number;  // of the socket that it is on, 0 without
    os_sock sock;
    int integer[3];
    unsigned long request;
    int timeout;
    core_buffer data;
    core_buffer address;
    core_message message;
    core_message *batch;  // `count` messages
    long long wide;       // an offset, or nanoseconds
    os_sock other;        // a second socket that it is on
    core_wait wait;
    int *mask;  // of `wait`
    core_event *events;
    core_event event;
    core_kevent *changes;  // `count` of them, and room for those that come
    core_argument arguments[CORE_ARGUMENTS];
    char call[16];  // the name of a raw call
    os_pollfd *wanted;
    size_t count;
    os_sock made[2];
    char *folder;
    int told;            // its answer was given: a result is told once
    int gone;            // the socket is none: EBADF, and no call is made
    core_seen seen;
} job;

// Why a call was not understood.
enum { CALL_WRONG = -1, CALL_MEMORY = -2, CALL_UNKNOWN = -3, CALL_OWN = -4 };

// Read a call; 0, or why not. What was opened by then is released.
int call_read(const json_line *line, const jsmntok_t *value, job *made);
// Make it. Touches nothing but the job.
void call_make(job *made);
// Write the rest of an answer after its id: kind, and value or error.
void call_put(json_out *out, job *made);
// Release what it holds. A socket that it made and nobody was told of is closed.
void call_close(job *made);
// The name of its primitive.
const char *call_name(const job *made);
// Write the names of the primitives that there are here, as an array.
void calls_put_names(json_out *out);
// Fork, with what a child then does (see process.h), set by `calls_fork`.
void call_fork(core_seen *seen);
void calls_fork(process_work *work);
// Name the descriptors that are the agent's own, and nobody's to adopt.
void calls_own(const int *descriptors, size_t count);

#endif
