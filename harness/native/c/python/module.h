// What the files of the Python layer share. The layer reads arguments, releases the
// lock of the interpreter around one call of the core, and makes objects of the answer.
#ifndef SOCKSPEC_MODULE_H
#define SOCKSPEC_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "core.h"

// Objects that every call needs, fetched once. One block per module, so that each
// interpreter has its own.
typedef struct {
    PyTypeObject *handle;
    PyTypeObject *primitives;
    PyObject *socket_error;    // sockspec.errors.SocketError
    PyObject *unsupported;     // sockspec.errors.Unsupported
    PyObject *guard_violated;  // sockspec_c.guard.GuardViolated
    PyObject *message;         // sockspec.backend.Message
    PyObject *nowhere;         // sockspec.backend.Nowhere
    PyObject *inet;            // sockspec.address.Inet and so on
    PyObject *inet6;
    PyObject *local;
    PyObject *raw;
    PyObject *name_host;  // attribute names
    PyObject *name_port;
    PyObject *name_flowinfo;
    PyObject *name_scope_id;
    PyObject *name_path;
    PyObject *name_data;
} module_state;

// A socket. `sock` is OS_BAD once closed or detached, which the system itself then
// answers with EBADF or ENOTSOCK; no number is ever used after it was given back.
typedef struct {
    PyObject_HEAD
    os_sock sock;
} handle_object;

extern PyType_Spec handle_spec;
extern PyType_Spec primitives_spec;

// The last call of this thread.
typedef struct {
    const char *call;  // NULL before the first
    core_seen seen;
} last_call;
extern _Thread_local last_call last;

// -- handle.c ---------------------------------------------------------------------

PyObject *handle_new(module_state *state, os_sock sock);
// The handle's socket; 0, or -1 with TypeError when the object is none.
int handle_sock(module_state *state, PyObject *object, os_sock *sock);
// The same, and the handle has none from then on.
int handle_take(module_state *state, PyObject *object, os_sock *sock);

// -- arguments.c --------------------------------------------------------------------

// Sort positional and keyword arguments into `out`, NULL for those left out.
// `names` ends with NULL; the first `least` are required. 0, or -1 with TypeError.
int arguments_sort(const char *call, const char *const *names, Py_ssize_t least,
                   PyObject *const *given, Py_ssize_t count, PyObject *keywords,
                   PyObject **out);
// An int of C; left as it is when the argument was left out.
int arguments_int(PyObject *object, int *value);
// A size: not negative.
int arguments_size(PyObject *object, size_t *value);
// A guarded copy of any bytes-like object.
int arguments_bytes(PyObject *object, core_buffer *buffer);
// A zeroed buffer, MemoryError when there is none to have.
int arguments_room(core_buffer *buffer, size_t size, size_t tail);

// -- address.c ------------------------------------------------------------------------

// A guarded sockaddr of Inet, Inet6, Unix or Raw.
int address_read(module_state *state, PyObject *object, core_buffer *buffer);
// The address that the system wrote: None when it gave none. `given` is the size that
// was offered, `came` the length that came back.
PyObject *address_make(module_state *state, const unsigned char *data, size_t given,
                       size_t came);

// -- message.c ------------------------------------------------------------------------

// Make room in a message for buffers of `sizes`, `control` bytes and an address. Closed also
// where that fails.
int message_room(core_message *message, PyObject *sizes, size_t control);
// A message of these parts, with control data and an address where there are any. As above.
int message_read(module_state *state, core_message *message, PyObject *parts,
                 PyObject *control, PyObject *address);
void message_close(core_message *message);
// sockspec.backend.Message
PyObject *message_make(module_state *state, const core_message *message);

// -- outcome.c ------------------------------------------------------------------------

// Keep what was seen and judge it: 0, or -1 with the exception that belongs to it.
int outcome(module_state *state, const char *call, const core_seen *seen);
// Raise SocketError with this number.
void outcome_error(module_state *state, const char *call, int number);
PyObject *outcome_symbol(int number);
// The last call of this thread as a tuple, None before the first.
PyObject *outcome_last(void);

// Release the interpreter's lock, make one call of the core, take the lock again. The
// core has written errno down before the lock is taken, so nothing can overwrite it.
#define CALL(expression)                                                                   \
    do {                                                                                   \
        Py_BEGIN_ALLOW_THREADS                                                             \
        expression;                                                                        \
        Py_END_ALLOW_THREADS                                                               \
    } while (0)

// Signature of a primitive. The class that defines it leads to the module's state; the
// instance is not needed.
#define PRIMITIVE(function)                                                                \
    PyObject *function(PyObject *self, PyTypeObject *definer, PyObject *const *given_,     \
                       Py_ssize_t count_, PyObject *keywords_)

// Start of a primitive: its state, its name and its sorted arguments.
#define ARGUMENTS(call, least, ...)                                                        \
    static const char *const names_[] = {__VA_ARGS__, NULL};                               \
    PyObject *argument[sizeof names_ / sizeof names_[0] - 1];                              \
    module_state *state = PyType_GetModuleState(definer);                                  \
    (void)self;                                                                            \
    if (state == NULL                                                                      \
        || arguments_sort(call, names_, least, given_, count_, keywords_, argument) < 0) { \
        return NULL;                                                                       \
    }

// The same without arguments.
#define ARGUMENTS_NONE(call)                                                               \
    static const char *const names_[] = {NULL};                                            \
    PyObject *none_;                                                                       \
    module_state *state = PyType_GetModuleState(definer);                                  \
    (void)self;                                                                            \
    if (state == NULL                                                                      \
        || arguments_sort(call, names_, 0, given_, count_, keywords_, &none_) < 0) {       \
        return NULL;                                                                       \
    }

PRIMITIVE(life_new);
PRIMITIVE(life_new_raw);
PRIMITIVE(life_pair);
PRIMITIVE(life_file);
PRIMITIVE(life_pipe);
PRIMITIVE(life_close);
PRIMITIVE(life_dup);
PRIMITIVE(life_fileno);
PRIMITIVE(life_adopt);
PRIMITIVE(life_detach);
PRIMITIVE(naming_bind);
PRIMITIVE(naming_listen);
PRIMITIVE(naming_connect);
PRIMITIVE(naming_accept);
PRIMITIVE(naming_accept_raw);
PRIMITIVE(naming_accept4);
PRIMITIVE(naming_local_addr);
PRIMITIVE(naming_peer_addr);
PRIMITIVE(naming_shutdown);
PRIMITIVE(options_getsockopt);
PRIMITIVE(options_setsockopt);
PRIMITIVE(options_nonblocking);
PRIMITIVE(options_set_nonblocking);
PRIMITIVE(options_cloexec);
PRIMITIVE(options_ioctl);
PRIMITIVE(options_sockatmark);
PRIMITIVE(data_recv);
PRIMITIVE(data_recv_length);
PRIMITIVE(data_recvfrom);
PRIMITIVE(data_read);
PRIMITIVE(data_write);
PRIMITIVE(data_sendfile);
PRIMITIVE(data_send);
PRIMITIVE(data_sendto);
PRIMITIVE(waiting_poll);
PRIMITIVE(waiting_select);
PRIMITIVE(waiting_pselect);
PRIMITIVE(waiting_ppoll);
PRIMITIVE(waiting_epoll_create);
PRIMITIVE(waiting_epoll_ctl);
PRIMITIVE(waiting_epoll_wait);
PRIMITIVE(waiting_kqueue);
PRIMITIVE(waiting_kevent);
PRIMITIVE(raw_call);
PRIMITIVE(message_recvmsg);
PRIMITIVE(message_sendmsg);
PRIMITIVE(message_readv);
PRIMITIVE(message_writev);
PRIMITIVE(batch_recvmmsg);
PRIMITIVE(batch_sendmmsg);

#endif
