// Primitives: readiness.
#include "module.h"

#include <math.h>

// One (handle, events) pair of a list.
static int
wanted_read(module_state *state, const char *call, PyObject *pair, os_pollfd *wanted)
{
    PyObject *tuple = PySequence_Tuple(pair);
    int events = 0, made = -1;

    if (tuple == NULL) {
        return -1;
    }
    if (PyTuple_Size(tuple) != 2) {
        PyErr_Format(PyExc_ValueError, "%s() takes pairs of a socket and its events", call);
    }
    else if (handle_sock(state, PyTuple_GetItem(tuple, 0), &wanted->fd) == 0
             && arguments_int(PyTuple_GetItem(tuple, 1), &events) == 0) {
        if (wanted->fd == OS_BAD) {
            // poll(2) would skip it without a word, and a set has no place for it.
            outcome_error(state, call, OS_EBADF);
        }
        else if (events < SHRT_MIN || events > USHRT_MAX) {
            PyErr_Format(PyExc_OverflowError, "%d does not fit the events of a call", events);
        }
        else {
            wanted->events = (short)events;
            made = 0;
        }
    }
    Py_DECREF(tuple);
    return made;
}

// Seconds in milliseconds, never less than asked for; below 0 for no limit.
static int
milliseconds(double seconds)
{
    double rounded = ceil(seconds * 1000);

    if (seconds < 0) {
        return -1;
    }
    return rounded < INT_MAX ? (int)rounded : INT_MAX;
}

// The same in nanoseconds.
static long long
nanoseconds(double seconds)
{
    return seconds < 0  ? -1
        : seconds < 1e9 ? (long long)ceil(seconds * 1e9)
                        : 1000000000000000000LL;
}

static PyObject *
events_of(const os_pollfd *wanted, Py_ssize_t count)
{
    PyObject *answer = PyTuple_New(count);

    for (Py_ssize_t index = 0; answer != NULL && index < count; index++) {
        PyObject *number = PyLong_FromLong((unsigned short)wanted[index].revents);

        if (number == NULL || PyTuple_SetItem(answer, index, number) < 0) {
            Py_DECREF(answer);
            return NULL;
        }
    }
    return answer;
}

// All pairs of a list: an array with one more than `*count`, NULL with an exception.
static os_pollfd *
wanted_list(module_state *state, const char *call, PyObject *list, Py_ssize_t *count)
{
    PyObject *pairs = PySequence_Tuple(list);
    os_pollfd *wanted;

    if (pairs == NULL) {
        return NULL;
    }
    *count = PyTuple_Size(pairs);
    wanted = PyMem_Calloc((size_t)*count + 1, sizeof *wanted);
    if (wanted == NULL) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t index = 0; wanted != NULL && index < *count; index++) {
        if (wanted_read(state, call, PyTuple_GetItem(pairs, index), &wanted[index]) < 0) {
            PyMem_Free(wanted);
            wanted = NULL;
        }
    }
    Py_DECREF(pairs);
    return wanted;
}

static int
seconds_of(PyObject *object, double *seconds)
{
    *seconds = PyFloat_AsDouble(object);
    if (*seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (isnan(*seconds)) {
        PyErr_SetString(PyExc_ValueError, "a timeout is a number of seconds, not NaN");
        return -1;
    }
    return 0;
}

PRIMITIVE(waiting_poll)
{
    PyObject *answer = NULL;
    Py_ssize_t count;
    os_pollfd *wanted;
    double timeout;
    core_seen seen;

    ARGUMENTS("poll", 2, "wanted", "timeout")
    if (seconds_of(argument[1], &timeout) < 0) {
        return NULL;
    }
    wanted = wanted_list(state, "poll", argument[0], &count);
    if (wanted == NULL) {
        return NULL;
    }
    CALL(core_poll(wanted, (size_t)count, milliseconds(timeout), &seen));
    if (outcome(state, "poll", &seen) == 0) {
        answer = events_of(wanted, count);
    }
    PyMem_Free(wanted);
    return answer;
}

// The signals of a mask, none for None: an array that the caller frees.
static int
mask_of(PyObject *object, core_wait *wait)
{
    PyObject *numbers;
    Py_ssize_t count;
    int *mask;

    wait->has_mask = object != NULL && object != Py_None;
    if (!wait->has_mask) {
        return 0;
    }
    numbers = PySequence_Tuple(object);
    if (numbers == NULL) {
        return -1;
    }
    count = PyTuple_Size(numbers);
    mask = PyMem_Calloc((size_t)count + 1, sizeof *mask);
    for (Py_ssize_t index = 0; mask != NULL && index < count; index++) {
        if (arguments_int(PyTuple_GetItem(numbers, index), &mask[index]) < 0) {
            PyMem_Free(mask);
            Py_DECREF(numbers);
            return -1;
        }
    }
    Py_DECREF(numbers);
    if (mask == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    wait->mask = mask;
    wait->masked = (size_t)count;
    return 0;
}

typedef void waiter(os_pollfd *wanted, size_t count, const core_wait *wait, core_seen *seen);

static PyObject *
waited(module_state *state, const char *call, PyObject **argument, PyObject *mask, waiter *make)
{
    PyObject *answer = NULL;
    Py_ssize_t count;
    os_pollfd *wanted;
    double timeout;
    core_wait wait = {.timeout = -1};
    core_seen seen;

    if (seconds_of(argument[1], &timeout) < 0) {
        return NULL;
    }
    wait.timeout = nanoseconds(timeout);
    wanted = wanted_list(state, call, argument[0], &count);
    if (wanted == NULL) {
        return NULL;
    }
    if (mask_of(mask, &wait) == 0) {
        CALL(make(wanted, (size_t)count, &wait, &seen));
        if (outcome(state, call, &seen) == 0) {
            answer = events_of(wanted, count);
        }
    }
    PyMem_Free((void *)wait.mask);
    PyMem_Free(wanted);
    return answer;
}

PRIMITIVE(waiting_select)
{
    ARGUMENTS("select", 2, "wanted", "timeout")
    return waited(state, "select", argument, NULL, core_select);
}

PRIMITIVE(waiting_pselect)
{
    ARGUMENTS("pselect", 2, "wanted", "timeout", "mask")
    return waited(state, "pselect", argument, argument[2], core_pselect);
}

PRIMITIVE(waiting_ppoll)
{
    ARGUMENTS("ppoll", 2, "wanted", "timeout", "mask")
    return waited(state, "ppoll", argument, argument[2], core_ppoll);
}

PRIMITIVE(waiting_epoll_create)
{
    int flags = 0;
    core_seen seen;

    ARGUMENTS("epoll_create", 0, "flags")
    if (arguments_int(argument[0], &flags) < 0) {
        return NULL;
    }
    CALL(core_epoll_create(flags, &seen));
    if (outcome(state, "epoll_create", &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)seen.rc);
}

// The low bits of a number, be it written signed or unsigned.
static int
bits_of(PyObject *object, unsigned long long *bits)
{
    if (object == NULL) {
        return 0;
    }
    *bits = PyLong_AsUnsignedLongLongMask(object);
    return *bits == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

PRIMITIVE(waiting_epoll_ctl)
{
    os_sock sock, target;
    int operation = 0;
    unsigned long long events = 0, key = 0;
    core_event event;
    core_seen seen;

    ARGUMENTS("epoll_ctl", 4, "sock", "operation", "target", "events", "key")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &operation) < 0
        || handle_sock(state, argument[2], &target) < 0 || bits_of(argument[3], &events) < 0
        || bits_of(argument[4], &key) < 0) {
        return NULL;
    }
    event.events = (unsigned int)events;
    event.key = key;
    CALL(core_epoll_ctl(sock, operation, target, &event, &seen));
    if (outcome(state, "epoll_ctl", &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PRIMITIVE(waiting_epoll_wait)
{
    os_sock sock;
    int most = 0;
    double timeout;
    core_event *events;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("epoll_wait", 3, "sock", "most", "timeout")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &most) < 0
        || seconds_of(argument[2], &timeout) < 0) {
        return NULL;
    }
    events = PyMem_Calloc(most > 0 ? (size_t)most : 1, sizeof *events);
    if (events == NULL) {
        return PyErr_NoMemory();
    }
    CALL(core_epoll_wait(sock, events, most, milliseconds(timeout), &seen));
    if (outcome(state, "epoll_wait", &seen) == 0) {
        answer = PyTuple_New((Py_ssize_t)seen.rc);
    }
    for (Py_ssize_t index = 0; answer != NULL && index < (Py_ssize_t)seen.rc; index++) {
        PyObject *each = Py_BuildValue("IK", events[index].events, events[index].key);

        if (each == NULL || PyTuple_SetItem(answer, index, each) < 0) {
            Py_CLEAR(answer);
        }
    }
    PyMem_Free(events);
    return answer;
}

PRIMITIVE(waiting_kqueue)
{
    core_seen seen;

    ARGUMENTS_NONE("kqueue")
    CALL(core_kqueue(&seen));
    if (outcome(state, "kqueue", &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)seen.rc);
}

// One change of a list: a handle and the five numbers of an event.
static int
change_read(module_state *state, PyObject *change, core_kevent *asked)
{
    PyObject *tuple = PySequence_Tuple(change);
    unsigned long long flags = 0, fflags = 0, data = 0;
    int made = -1;

    if (tuple == NULL) {
        return -1;
    }
    if (PyTuple_Size(tuple) != 6) {
        PyErr_SetString(PyExc_ValueError,
                        "kevent() takes changes of a handle and five numbers");
    }
    else if (handle_sock(state, PyTuple_GetItem(tuple, 0), &asked->target) == 0
             && arguments_int(PyTuple_GetItem(tuple, 1), &asked->filter) == 0
             && bits_of(PyTuple_GetItem(tuple, 2), &flags) == 0
             && bits_of(PyTuple_GetItem(tuple, 3), &fflags) == 0
             && bits_of(PyTuple_GetItem(tuple, 4), &data) == 0
             && bits_of(PyTuple_GetItem(tuple, 5), &asked->key) == 0) {
        asked->flags = (unsigned int)flags;
        asked->fflags = (unsigned int)fflags;
        asked->data = (long long)data;
        made = 0;
    }
    Py_DECREF(tuple);
    return made;
}

// All changes of a list: an array with one more than `*count`, NULL with an exception.
static core_kevent *
changes_list(module_state *state, PyObject *list, Py_ssize_t *count)
{
    PyObject *changes = PySequence_Tuple(list);
    core_kevent *asked;

    if (changes == NULL) {
        return NULL;
    }
    *count = PyTuple_Size(changes);
    asked = PyMem_Calloc((size_t)*count + 1, sizeof *asked);
    if (asked == NULL) {
        PyErr_NoMemory();
    }
    for (Py_ssize_t index = 0; asked != NULL && index < *count; index++) {
        if (change_read(state, PyTuple_GetItem(changes, index), &asked[index]) < 0) {
            PyMem_Free(asked);
            asked = NULL;
        }
    }
    Py_DECREF(changes);
    return asked;
}

PRIMITIVE(waiting_kevent)
{
    os_sock sock;
    int most = 0;
    double timeout;
    Py_ssize_t count = 0;
    core_wait wait = {.timeout = -1};
    core_kevent *changes, *events;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("kevent", 4, "sock", "changes", "most", "timeout")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[2], &most) < 0
        || seconds_of(argument[3], &timeout) < 0) {
        return NULL;
    }
    wait.timeout = nanoseconds(timeout);
    changes = changes_list(state, argument[1], &count);
    if (changes == NULL) {
        return NULL;
    }
    events = PyMem_Calloc(most > 0 ? (size_t)most : 1, sizeof *events);
    if (events == NULL) {
        PyMem_Free(changes);
        return PyErr_NoMemory();
    }
    CALL(core_kevent_call(sock, changes, (size_t)count, events, most, &wait, &seen));
    if (outcome(state, "kevent", &seen) == 0) {
        answer = PyTuple_New((Py_ssize_t)seen.rc);
    }
    for (Py_ssize_t index = 0; answer != NULL && index < (Py_ssize_t)seen.rc; index++) {
        const core_kevent *came = &events[index];
        PyObject *each = Py_BuildValue("iIILK", came->filter, came->flags, came->fflags,
                                       came->data, came->key);

        if (each == NULL || PyTuple_SetItem(answer, index, each) < 0) {
            Py_CLEAR(answer);
        }
    }
    PyMem_Free(changes);
    PyMem_Free(events);
    return answer;
}
