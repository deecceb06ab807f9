// Primitives: data.
#include "module.h"

#include <string.h>

// The bytes that a call says it wrote, never more than there is room for.
static PyObject *
written(const core_buffer *data, long long rc)
{
    size_t length = (size_t)rc;

    return PyBytes_FromStringAndSize((const char *)data->data,
                                     (Py_ssize_t)(length < data->size ? length : data->size));
}

static int
receive(module_state *state, const char *call, PyObject **argument, core_buffer *data,
        core_seen *seen)
{
    os_sock sock;
    size_t size = 0;
    int flags = 0;

    if (handle_sock(state, argument[0], &sock) < 0 || arguments_size(argument[1], &size) < 0
        || arguments_int(argument[2], &flags) < 0
        || arguments_room(data, size, CORE_GUARD) < 0) {
        return -1;
    }
    CALL(core_recv(sock, data, flags, seen));
    if (outcome(state, call, seen) < 0) {
        core_buffer_close(data);
        return -1;
    }
    return 0;
}

PRIMITIVE(data_recv)
{
    core_buffer data;
    core_seen seen;
    PyObject *answer;

    ARGUMENTS("recv", 2, "sock", "size", "flags")
    if (receive(state, "recv", argument, &data, &seen) < 0) {
        return NULL;
    }
    answer = written(&data, seen.rc);
    core_buffer_close(&data);
    return answer;
}

PRIMITIVE(data_read)
{
    os_sock sock;
    size_t size = 0;
    core_buffer data;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("read", 2, "sock", "size")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_size(argument[1], &size) < 0
        || arguments_room(&data, size, CORE_GUARD) < 0) {
        return NULL;
    }
    CALL(core_read(sock, &data, &seen));
    if (outcome(state, "read", &seen) == 0) {
        answer = written(&data, seen.rc);
    }
    core_buffer_close(&data);
    return answer;
}

PRIMITIVE(data_recv_length)
{
    core_buffer data;
    core_seen seen;

    ARGUMENTS("recv_length", 2, "sock", "size", "flags")
    if (receive(state, "recv_length", argument, &data, &seen) < 0) {
        return NULL;
    }
    core_buffer_close(&data);
    return PyLong_FromLongLong(seen.rc);
}

PRIMITIVE(data_recvfrom)
{
    os_sock sock;
    size_t size = 0;
    int flags = 0;
    core_buffer data, address;
    core_seen seen;
    PyObject *bytes = NULL, *source = NULL;

    ARGUMENTS("recvfrom", 2, "sock", "size", "flags")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_size(argument[1], &size) < 0
        || arguments_int(argument[2], &flags) < 0
        || arguments_room(&address, CORE_ADDRESS, CORE_GUARD) < 0) {
        return NULL;
    }
    if (arguments_room(&data, size, CORE_GUARD) < 0) {
        core_buffer_close(&address);
        return NULL;
    }
    CALL(core_recvfrom(sock, &data, flags, &address, &seen));
    if (outcome(state, "recvfrom", &seen) == 0) {
        bytes = written(&data, seen.rc);
        source = address_make(state, seen.address, CORE_ADDRESS, seen.address_length);
    }
    core_buffer_close(&data);
    core_buffer_close(&address);
    if (bytes == NULL || source == NULL) {
        Py_XDECREF(bytes);
        Py_XDECREF(source);
        return NULL;
    }
    return Py_BuildValue("NN", bytes, source);
}

PRIMITIVE(data_send)
{
    os_sock sock;
    int flags = 0;
    core_buffer data;
    core_seen seen;

    ARGUMENTS("send", 2, "sock", "data", "flags")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[2], &flags) < 0
        || arguments_bytes(argument[1], &data) < 0) {
        return NULL;
    }
    CALL(core_send(sock, &data, flags, &seen));
    core_buffer_close(&data);
    if (outcome(state, "send", &seen) < 0) {
        return NULL;
    }
    return PyLong_FromLongLong(seen.rc);
}

PRIMITIVE(data_write)
{
    os_sock sock;
    core_buffer data;
    core_seen seen;

    ARGUMENTS("write", 2, "sock", "data")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_bytes(argument[1], &data) < 0) {
        return NULL;
    }
    CALL(core_write(sock, &data, &seen));
    core_buffer_close(&data);
    if (outcome(state, "write", &seen) < 0) {
        return NULL;
    }
    return PyLong_FromLongLong(seen.rc);
}

PRIMITIVE(data_sendfile)
{
    os_sock sock, file;
    size_t offset = 0, count = 0;
    long long from;
    core_seen seen;

    ARGUMENTS("sendfile", 4, "sock", "file", "offset", "count")
    if (handle_sock(state, argument[0], &sock) < 0 || handle_sock(state, argument[1], &file) < 0
        || (argument[2] != Py_None && arguments_size(argument[2], &offset) < 0)
        || arguments_size(argument[3], &count) < 0) {
        return NULL;
    }
    from = argument[2] == Py_None ? -1 : (long long)offset;
    CALL(core_sendfile(sock, file, from, count, &seen));
    if (outcome(state, "sendfile", &seen) < 0) {
        return NULL;
    }
    return PyLong_FromLongLong(seen.rc);
}

PRIMITIVE(data_sendto)
{
    os_sock sock;
    int flags = 0;
    core_buffer data, address;
    core_seen seen;

    ARGUMENTS("sendto", 4, "sock", "data", "flags", "address")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[2], &flags) < 0
        || address_read(state, argument[3], &address) < 0) {
        return NULL;
    }
    if (arguments_bytes(argument[1], &data) < 0) {
        core_buffer_close(&address);
        return NULL;
    }
    CALL(core_sendto(sock, &data, flags, &address, &seen));
    core_buffer_close(&data);
    core_buffer_close(&address);
    if (outcome(state, "sendto", &seen) < 0) {
        return NULL;
    }
    return PyLong_FromLongLong(seen.rc);
}
