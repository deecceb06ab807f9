// Primitives: many messages at once.
#include "module.h"

static void
batch_close(core_message *messages, Py_ssize_t count)
{
    for (Py_ssize_t index = 0; index < count; index++) {
        message_close(&messages[index]);
    }
    PyMem_Free(messages);
}

// Seconds in nanoseconds; below 0 for no limit.
static int
limit_of(PyObject *object, long long *nanoseconds)
{
    double seconds;

    *nanoseconds = -1;
    if (object == NULL || object == Py_None) {
        return 0;
    }
    seconds = PyFloat_AsDouble(object);
    if (seconds == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    if (!(seconds >= 0 && seconds < 1e9)) {
        PyErr_SetString(PyExc_ValueError, "a timeout is None or 0 to 1e9 seconds");
        return -1;
    }
    *nanoseconds = (long long)(seconds * 1e9);
    return 0;
}

PRIMITIVE(batch_recvmmsg)
{
    os_sock sock;
    size_t control = 0;
    int flags = 0;
    long long limit;
    Py_ssize_t count, made = 0;
    PyObject *sizes, *answer = NULL;
    core_message *messages;
    core_seen seen;

    ARGUMENTS("recvmmsg", 2, "sock", "sizes", "control", "flags", "timeout")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_size(argument[2], &control) < 0
        || arguments_int(argument[3], &flags) < 0 || limit_of(argument[4], &limit) < 0) {
        return NULL;
    }
    sizes = PySequence_Tuple(argument[1]);
    if (sizes == NULL) {
        return NULL;
    }
    count = PyTuple_Size(sizes);
    messages = PyMem_Calloc((size_t)count + 1, sizeof *messages);
    if (messages == NULL) {
        Py_DECREF(sizes);
        return PyErr_NoMemory();
    }
    for (; made < count; made++) {
        if (message_room(&messages[made], PyTuple_GetItem(sizes, made), control) < 0) {
            made++;  // half made, and closed with the others
            goto done;
        }
    }
    CALL(core_recvmmsg(sock, messages, (size_t)count, flags, limit, &seen));
    if (outcome(state, "recvmmsg", &seen) == 0) {
        answer = PyTuple_New((Py_ssize_t)seen.rc);
    }
    for (Py_ssize_t index = 0; answer != NULL && index < (Py_ssize_t)seen.rc; index++) {
        PyObject *message = message_make(state, &messages[index]);

        if (message == NULL || PyTuple_SetItem(answer, index, message) < 0) {
            Py_CLEAR(answer);
        }
    }
done:
    batch_close(messages, made);
    Py_DECREF(sizes);
    return answer;
}

PRIMITIVE(batch_sendmmsg)
{
    os_sock sock;
    int flags = 0;
    Py_ssize_t count, made = 0;
    PyObject *list, *answer = NULL;
    core_message *messages;
    core_seen seen;

    ARGUMENTS("sendmmsg", 2, "sock", "messages", "flags")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[2], &flags) < 0) {
        return NULL;
    }
    list = PySequence_Tuple(argument[1]);
    if (list == NULL) {
        return NULL;
    }
    count = PyTuple_Size(list);
    messages = PyMem_Calloc((size_t)count + 1, sizeof *messages);
    if (messages == NULL) {
        Py_DECREF(list);
        return PyErr_NoMemory();
    }
    for (; made < count; made++) {
        PyObject *entry = PySequence_Tuple(PyTuple_GetItem(list, made));
        int read = -1;

        if (entry != NULL && PyTuple_Size(entry) == 3) {
            read = message_read(state, &messages[made], PyTuple_GetItem(entry, 0),
                                PyTuple_GetItem(entry, 1), PyTuple_GetItem(entry, 2));
        }
        else if (entry != NULL) {
            PyErr_SetString(PyExc_ValueError, "a message is (parts, control, address)");
        }
        Py_XDECREF(entry);
        if (read < 0) {
            made++;  // half made, and closed with the others
            goto done;
        }
    }
    CALL(core_sendmmsg(sock, messages, (size_t)count, flags, &seen));
    if (outcome(state, "sendmmsg", &seen) == 0) {
        answer = PyTuple_New((Py_ssize_t)seen.rc);
    }
    for (Py_ssize_t index = 0; answer != NULL && index < (Py_ssize_t)seen.rc; index++) {
        PyObject *length = PyLong_FromLongLong(messages[index].length);

        if (length == NULL || PyTuple_SetItem(answer, index, length) < 0) {
            Py_CLEAR(answer);
        }
    }
done:
    batch_close(messages, made);
    Py_DECREF(list);
    return answer;
}
