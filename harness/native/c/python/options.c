// Primitives: options and descriptor flags.
#include "module.h"

#include <string.h>

PRIMITIVE(options_getsockopt)
{
    os_sock sock;
    int level = 0, name = 0;
    size_t length = 0;
    core_buffer value;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("getsockopt", 4, "sock", "level", "name", "length")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &level) < 0
        || arguments_int(argument[2], &name) < 0 || arguments_size(argument[3], &length) < 0) {
        return NULL;
    }
    if (length > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "the length of an option fits an int of C");
        return NULL;
    }
    if (arguments_room(&value, length, CORE_GUARD) < 0) {
        return NULL;
    }
    CALL(core_getsockopt(sock, level, name, &value, &seen));
    if (outcome(state, "getsockopt", &seen) == 0) {
        size_t came = seen.length_out < 0 ? 0 : (size_t)seen.length_out;

        answer = PyBytes_FromStringAndSize((const char *)value.data,
                                           (Py_ssize_t)(came < length ? came : length));
    }
    core_buffer_close(&value);
    return answer;
}

PRIMITIVE(options_setsockopt)
{
    os_sock sock;
    int level = 0, name = 0;
    core_buffer value;
    core_seen seen;

    ARGUMENTS("setsockopt", 4, "sock", "level", "name", "value")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &level) < 0
        || arguments_int(argument[2], &name) < 0 || arguments_bytes(argument[3], &value) < 0) {
        return NULL;
    }
    CALL(core_setsockopt(sock, level, name, &value, &seen));
    core_buffer_close(&value);
    if (outcome(state, "setsockopt", &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

typedef void questioner(os_sock sock, core_seen *seen);

static PyObject *
question(module_state *state, const char *call, PyObject *object, questioner *ask)
{
    os_sock sock;
    core_seen seen;

    if (handle_sock(state, object, &sock) < 0) {
        return NULL;
    }
    CALL(ask(sock, &seen));
    if (outcome(state, call, &seen) < 0) {
        return NULL;
    }
    return PyBool_FromLong(seen.rc != 0);
}

PRIMITIVE(options_nonblocking)
{
    ARGUMENTS("nonblocking", 1, "sock")
    return question(state, "nonblocking", argument[0], core_nonblocking);
}

PRIMITIVE(options_cloexec)
{
    ARGUMENTS("cloexec", 1, "sock")
    return question(state, "cloexec", argument[0], core_cloexec);
}

PRIMITIVE(options_sockatmark)
{
    ARGUMENTS("sockatmark", 1, "sock")
    return question(state, "sockatmark", argument[0], core_sockatmark);
}

PRIMITIVE(options_set_nonblocking)
{
    os_sock sock;
    int on;
    core_seen seen;

    ARGUMENTS("set_nonblocking", 2, "sock", "on")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    on = PyObject_IsTrue(argument[1]);
    if (on < 0) {
        return NULL;
    }
    CALL(core_set_nonblocking(sock, on, &seen));
    if (outcome(state, "set_nonblocking", &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PRIMITIVE(options_ioctl)
{
    os_sock sock;
    unsigned long request;
    core_buffer given_bytes, room;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("ioctl", 3, "sock", "request", "argument")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    request = PyLong_AsUnsignedLongMask(argument[1]);
    if (request == (unsigned long)-1 && PyErr_Occurred()) {
        return NULL;
    }
    if (arguments_bytes(argument[2], &given_bytes) < 0) {
        return NULL;
    }
    if (arguments_room(&room, given_bytes.size, CORE_GUARD_IOCTL) == 0) {
        memcpy(room.data, given_bytes.data, given_bytes.size);
        CALL(core_ioctl(sock, request, &room, &seen));
        if (outcome(state, "ioctl", &seen) == 0) {
            answer = PyBytes_FromStringAndSize((const char *)room.data, (Py_ssize_t)room.size);
        }
        core_buffer_close(&room);
    }
    core_buffer_close(&given_bytes);
    return answer;
}
