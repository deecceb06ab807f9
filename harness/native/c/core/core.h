// The socket calls as an observer makes them: one call each, nothing retried,
// nothing translated, and everything that came back written down.
//
// Knows nothing of Python. Every function fills a `core_seen` and returns nothing
// else; a caller that serves many threads makes the calls without a lock held.
#ifndef SOCKSPEC_CORE_H
#define SOCKSPEC_CORE_H

#include "os.h"

#include <stddef.h>

// Bytes of guard before and after every buffer.
#define CORE_GUARD 64
// Bytes of guard after an ioctl buffer: how much an ioctl writes is decided by the
// request and not by a length, so a short argument must not become a lost heap.
#define CORE_GUARD_IOCTL 1024
// The largest address that is asked for: sizeof(struct sockaddr_storage), RFC 3493 3.10.
#define CORE_ADDRESS 128

// A buffer between two guards. `data` has `size` bytes and is 16-byte aligned.
typedef struct {
    unsigned char *data;
    size_t size;
    size_t tail;
} core_buffer;

// Make a zeroed buffer with `tail` bytes of guard behind it; -1 when there is no memory.
int core_buffer_open(core_buffer *buffer, size_t size, size_t tail);
// Make a buffer that holds a copy of `size` bytes; -1 when there is no memory.
int core_buffer_copy(core_buffer *buffer, const void *bytes, size_t size);
// Whether both guards are as they were made. True of a buffer that was never opened.
int core_buffer_intact(const core_buffer *buffer);
// Release it. A zeroed `core_buffer` may be closed, and closing twice does nothing.
void core_buffer_close(core_buffer *buffer);

// What one call did. Lengths that the call does not have are -1.
typedef struct {
    long long rc;           // what it returned; below 0 when it failed
    long long ns;           // how long it took, nanoseconds
    long long length_in;    // of the address or option, as given
    long long length_out;   // as it came back
    long long control_in;   // of the control buffer, as given
    long long control_out;  // as it came back
    int error;              // errno or WSAGetLastError, cleared before, read after, always
    int flags;              // msg_flags as they came back, 0 without
    int intact;             // whether the guards of every buffer are
    int absent;             // the platform has no such call; rc is -1, nothing was called
    size_t address_length;  // bytes in `address`
    unsigned char address[CORE_ADDRESS];  // as the system wrote it
} core_seen;

// Put Winsock up (nothing elsewhere); 0, or the error number.
int core_start(void);
// Compiler and system this was built for, in one line.
const char *core_build(void);
// The platform-independent symbol of an error number, NULL if it has none.
const char *core_error_symbol(int number);

// One symbol of the system's headers. `present` is 0 when they do not define it.
typedef struct {
    const char *name;
    long long value;
    int present;
} core_constant;
extern const core_constant core_constants[];
extern const size_t core_constants_count;

// -- creation and end; rc is the new socket ---------------------------------------

void core_socket(int family, int type, int protocol, core_seen *seen);
void core_socket_raw(int family, int type, int protocol, core_seen *seen);
void core_pair(int family, int type, int protocol, os_sock made[2], core_seen *seen);
void core_close(os_sock sock, core_seen *seen);
void core_dup(os_sock sock, core_seen *seen);
// What is no socket: a file with this content, read and written from its start, that has no
// name any more; and the two ends of a pipe, the one that is read first. Close-on-exec.
void core_file(const core_buffer *content, core_seen *seen);
void core_pipe(os_sock made[2], core_seen *seen);
// Ask the cheapest question that only an open descriptor answers.
void core_is_open(os_sock sock, core_seen *seen);

// -- naming and connection --------------------------------------------------------

void core_bind(os_sock sock, const core_buffer *address, core_seen *seen);
void core_listen(os_sock sock, int backlog, core_seen *seen);
void core_connect(os_sock sock, const core_buffer *address, core_seen *seen);
void core_accept(os_sock sock, const core_buffer *address, core_seen *seen);
void core_accept_raw(os_sock sock, const core_buffer *address, core_seen *seen);
void core_accept4(os_sock sock, const core_buffer *address, int flags, core_seen *seen);
void core_local_addr(os_sock sock, const core_buffer *address, core_seen *seen);
void core_peer_addr(os_sock sock, const core_buffer *address, core_seen *seen);
void core_shutdown(os_sock sock, int how, core_seen *seen);

// -- options and descriptor flags; rc is 0 or 1 where there is a question -----------

void core_getsockopt(os_sock sock, int level, int name, const core_buffer *value, core_seen *seen);
void core_setsockopt(os_sock sock, int level, int name, const core_buffer *value, core_seen *seen);
void core_nonblocking(os_sock sock, core_seen *seen);
void core_set_nonblocking(os_sock sock, int on, core_seen *seen);
void core_cloexec(os_sock sock, core_seen *seen);
void core_ioctl(os_sock sock, unsigned long request, const core_buffer *argument, core_seen *seen);
void core_sockatmark(os_sock sock, core_seen *seen);

// -- data ---------------------------------------------------------------------------

void core_recv(os_sock sock, const core_buffer *data, int flags, core_seen *seen);
void core_recvfrom(os_sock sock, const core_buffer *data, int flags, const core_buffer *address,
                   core_seen *seen);
void core_send(os_sock sock, const core_buffer *data, int flags, core_seen *seen);
void core_sendto(os_sock sock, const core_buffer *data, int flags, const core_buffer *address,
                 core_seen *seen);

void core_read(os_sock sock, const core_buffer *data, core_seen *seen);
void core_write(os_sock sock, const core_buffer *data, core_seen *seen);
// From `offset` of the file, below 0 from where it is.
void core_sendfile(os_sock sock, os_sock file, long long offset, size_t count, core_seen *seen);

// One message: buffers that the caller made, and what came back.
typedef struct {
    core_buffer *parts;
    size_t count;
    core_buffer control;  // size 0: none is asked for or given
    core_buffer address;  // as above
    long long length;     // bytes moved, as the system says
    size_t control_length;
    size_t address_length;
    int flags;
} core_message;

// One item of control data.
typedef struct {
    int level;
    int type;
    const unsigned char *data;
    size_t length;
} core_control;

void core_recvmsg(os_sock sock, core_message *message, int flags, core_seen *seen);
void core_sendmsg(os_sock sock, core_message *message, int flags, core_seen *seen);
// Of a message the buffers alone.
void core_readv(os_sock sock, core_message *message, core_seen *seen);
void core_writev(os_sock sock, core_message *message, core_seen *seen);
// rc is the number of messages. `timeout` in nanoseconds, below 0 for none.
void core_recvmmsg(os_sock sock, core_message *messages, size_t count, int flags,
                   long long timeout, core_seen *seen);
void core_sendmmsg(os_sock sock, core_message *messages, size_t count, int flags,
                   core_seen *seen);
// Whether the guards of every buffer of a message are intact.
int core_message_intact(const core_message *message);
// Release the buffers of a message; the array `parts` itself is the caller's.
void core_message_close(core_message *message);
// Lay items out as control data; -1 when there is no memory.
int core_control_pack(core_buffer *control, const core_control *items, size_t count);
// The next item of received control data: 1, or 0 at the end. `*at` starts at 0.
int core_control_next(const core_message *message, size_t *at, core_control *item);

// -- readiness ------------------------------------------------------------------------

// `timeout` in milliseconds, below 0 for none.
void core_poll(os_pollfd *wanted, size_t count, int timeout, core_seen *seen);

// The sets of select, as bits of `events` and `revents`.
enum { CORE_READ = 1, CORE_WRITE = 2, CORE_EXCEPT = 4 };

// Nanoseconds, below 0 for none; and the signals that are blocked meanwhile.
typedef struct {
    long long timeout;
    const int *mask;
    size_t masked;
    int has_mask;
} core_wait;

// A descriptor that no set has room for counts as a call that is absent.
void core_select(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen);
void core_pselect(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen);
void core_ppoll(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen);

// An event of epoll, and what it was registered with.
typedef struct {
    unsigned int events;
    unsigned long long key;
} core_event;

void core_epoll_create(int flags, core_seen *seen);
void core_epoll_ctl(os_sock sock, int operation, os_sock target, const core_event *event,
                    core_seen *seen);
// `timeout` in milliseconds, below 0 for none; rc is how many of `most` there are.
void core_epoll_wait(os_sock sock, core_event *events, int most, int timeout, core_seen *seen);

// An event of kqueue: one that came, or a change that is asked for of `target`.
typedef struct {
    os_sock target;
    int filter;
    unsigned int flags;
    unsigned int fflags;
    long long data;
    unsigned long long key;
} core_kevent;

void core_kqueue(core_seen *seen);
// Make `count` changes; rc is how many events there are of `most`. The mask is not used.
void core_kevent_call(os_sock sock, const core_kevent *changes, size_t count,
                      core_kevent *events, int most, const core_wait *wait, core_seen *seen);

// -- raw arguments ----------------------------------------------------------------------

// CORE_NOWHERE is a pointer to where nothing is mapped.
enum { CORE_NUMBER, CORE_BYTES, CORE_NULL, CORE_NOWHERE };
#define CORE_ARGUMENTS 5

// An argument after the descriptor, passed on as it is.
typedef struct {
    int kind;
    long long number;
    core_buffer bytes;
} core_argument;

// Whether there is a call of that name that takes such arguments.
int core_raw_fits(const char *call, const core_argument *arguments, size_t count);
// Make it.
void core_raw(const char *call, os_sock sock, const core_argument *arguments, size_t count,
              core_seen *seen);

// -- for the files of the core only -----------------------------------------------------

// Monotonic time in nanoseconds.
long long core_clock(void);
// Nothing seen yet.
void core_seen_clear(core_seen *seen);
// The platform lacks the call.
void core_absent(core_seen *seen);
// Write down an address as it came back.
void core_seen_address(core_seen *seen, const core_buffer *address, long long length);

// Three sets of what is wanted: one more than the largest descriptor, -1 when one has no
// room; and what is in them afterwards.
int core_sets_open(fd_set sets[3], const os_pollfd *wanted, size_t count);
void core_sets_seen(fd_set sets[3], os_pollfd *wanted, size_t count);

// Make one call and write down what it answered. The error is cleared first, so that
// what is read afterwards is this call's, whether or not it failed.
#define CORE_OBSERVE(seen, expression)                                                     \
    do {                                                                                   \
        long long started_ = core_clock();                                                 \
        os_set_error(0);                                                                   \
        (seen)->rc = (long long)(ptrdiff_t)(expression);                                   \
        (seen)->error = os_error();                                                        \
        (seen)->ns = core_clock() - started_;                                              \
    } while (0)

#endif
