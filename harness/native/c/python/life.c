// Primitives: creation and end.
#include "module.h"

typedef void maker(int family, int type, int protocol, core_seen *seen);

static PyObject *
make(module_state *state, const char *call, PyObject **argument, maker *create)
{
    int family = 0, type = 0, protocol = 0;
    core_seen seen;

    if (arguments_int(argument[0], &family) < 0 || arguments_int(argument[1], &type) < 0
        || arguments_int(argument[2], &protocol) < 0) {
        return NULL;
    }
    CALL(create(family, type, protocol, &seen));
    if (outcome(state, call, &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)seen.rc);
}

PRIMITIVE(life_new)
{
    ARGUMENTS("new", 2, "family", "type", "protocol")
    return make(state, "new", argument, core_socket);
}

PRIMITIVE(life_new_raw)
{
    ARGUMENTS("new_raw", 2, "family", "type", "protocol")
    return make(state, "new_raw", argument, core_socket_raw);
}

static PyObject *
both(module_state *state, const os_sock made[2])
{
    PyObject *one = handle_new(state, made[0]);
    PyObject *other = handle_new(state, made[1]);

    if (one == NULL || other == NULL) {
        Py_XDECREF(one);
        Py_XDECREF(other);
        return NULL;
    }
    return Py_BuildValue("NN", one, other);
}

PRIMITIVE(life_pair)
{
    int family = 0, type = 0, protocol = 0;
    os_sock made[2];
    core_seen seen;

    ARGUMENTS("pair", 2, "family", "type", "protocol")
    if (arguments_int(argument[0], &family) < 0 || arguments_int(argument[1], &type) < 0
        || arguments_int(argument[2], &protocol) < 0) {
        return NULL;
    }
    CALL(core_pair(family, type, protocol, made, &seen));
    if (outcome(state, "pair", &seen) < 0) {
        return NULL;
    }
    return both(state, made);
}

PRIMITIVE(life_pipe)
{
    os_sock made[2];
    core_seen seen;

    ARGUMENTS_NONE("pipe")
    CALL(core_pipe(made, &seen));
    if (outcome(state, "pipe", &seen) < 0) {
        return NULL;
    }
    return both(state, made);
}

PRIMITIVE(life_file)
{
    core_buffer content;
    core_seen seen;

    ARGUMENTS("file", 1, "content")
    if (arguments_bytes(argument[0], &content) < 0) {
        return NULL;
    }
    CALL(core_file(&content, &seen));
    core_buffer_close(&content);
    if (outcome(state, "file", &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)seen.rc);
}

PRIMITIVE(life_close)
{
    os_sock sock;
    core_seen seen;

    ARGUMENTS("close", 1, "sock")
    if (handle_take(state, argument[0], &sock) < 0) {
        return NULL;
    }
    CALL(core_close(sock, &seen));
    if (outcome(state, "close", &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PRIMITIVE(life_dup)
{
    os_sock sock;
    core_seen seen;

    ARGUMENTS("dup", 1, "sock")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    CALL(core_dup(sock, &seen));
    if (outcome(state, "dup", &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)seen.rc);
}

static PyObject *
number_of(module_state *state, const char *call, os_sock sock)
{
    if (sock == OS_BAD) {
        outcome_error(state, call, OS_EBADF);
        return NULL;
    }
    return PyLong_FromLongLong((long long)sock);
}

PRIMITIVE(life_fileno)
{
    os_sock sock;

    ARGUMENTS("fileno", 1, "sock")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    return number_of(state, "fileno", sock);
}

PRIMITIVE(life_detach)
{
    os_sock sock;

    ARGUMENTS("detach", 1, "sock")
    if (handle_take(state, argument[0], &sock) < 0) {
        return NULL;
    }
    return number_of(state, "detach", sock);
}

PRIMITIVE(life_adopt)
{
    long long number;
    core_seen seen;

    ARGUMENTS("adopt", 1, "fileno")
    number = PyLong_AsLongLong(argument[0]);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if ((long long)(os_sock)number != number) {
        PyErr_Format(PyExc_OverflowError, "%lld is no descriptor", number);
        return NULL;
    }
    // Only that it is open is asked: a descriptor of something else is welcome, and
    // what socket calls say to it is an answer.
    CALL(core_is_open((os_sock)number, &seen));
    if (outcome(state, "adopt", &seen) < 0) {
        return NULL;
    }
    return handle_new(state, (os_sock)number);
}
