// Addresses: the values of sockspec.address, and the sockaddr that a system reads.
#include "module.h"

#include <string.h>

// A number attribute between 0 and `most`.
static int
number_of(PyObject *object, PyObject *name, unsigned long most, unsigned long *value)
{
    PyObject *found = PyObject_GetAttr(object, name);

    if (found == NULL) {
        return -1;
    }
    *value = PyLong_AsUnsignedLong(found);
    Py_DECREF(found);
    if (*value == (unsigned long)-1 && PyErr_Occurred()) {
        return -1;
    }
    if (*value > most) {
        PyErr_Format(PyExc_OverflowError, "%U is not 0 to %lu: %lu", name, most, *value);
        return -1;
    }
    return 0;
}

// The host attribute as `family` writes it; names are not resolved.
static int
host_of(module_state *state, PyObject *object, int family, void *value)
{
    PyObject *host = PyObject_GetAttr(object, state->name_host);
    PyObject *text = NULL;
    int made = -1;

    if (host != NULL) {
        text = PyUnicode_AsUTF8String(host);
    }
    if (text != NULL) {
        if (inet_pton(family, PyBytes_AsString(text), value) == 1) {
            made = 0;
        }
        else {
            PyErr_Format(PyExc_ValueError, "%R is not an %s address", host,
                         family == AF_INET ? "IPv4" : "IPv6");
        }
    }
    Py_XDECREF(text);
    Py_XDECREF(host);
    return made;
}

static int
copied(core_buffer *buffer, const void *bytes, size_t size)
{
    if (core_buffer_copy(buffer, bytes, size) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int
read_inet(module_state *state, PyObject *object, core_buffer *buffer)
{
    struct sockaddr_in address;
    unsigned long port;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    if (host_of(state, object, AF_INET, &address.sin_addr) < 0
        || number_of(object, state->name_port, 0xFFFF, &port) < 0) {
        return -1;
    }
    address.sin_port = htons((unsigned short)port);
    return copied(buffer, &address, sizeof address);
}

static int
read_inet6(module_state *state, PyObject *object, core_buffer *buffer)
{
    struct sockaddr_in6 address;
    unsigned long port, flow, scope;

    memset(&address, 0, sizeof address);
    address.sin6_family = AF_INET6;
    if (host_of(state, object, AF_INET6, &address.sin6_addr) < 0
        || number_of(object, state->name_port, 0xFFFF, &port) < 0
        || number_of(object, state->name_flowinfo, 0xFFFFFFFFUL, &flow) < 0
        || number_of(object, state->name_scope_id, 0xFFFFFFFFUL, &scope) < 0) {
        return -1;
    }
    address.sin6_port = htons((unsigned short)port);
    address.sin6_flowinfo = htonl((unsigned int)flow);
    address.sin6_scope_id = (unsigned int)scope;
    return copied(buffer, &address, sizeof address);
}

static int
read_local(module_state *state, PyObject *object, core_buffer *buffer)
{
    PyObject *path = PyObject_GetAttr(object, state->name_path);
    unsigned short family = AF_UNIX;
    char *bytes;
    Py_ssize_t size;
    size_t length;

    if (path == NULL || PyBytes_AsStringAndSize(path, &bytes, &size) < 0) {
        Py_XDECREF(path);
        return -1;
    }
    // A path ends with a NUL, which counts; an abstract name (unix(7)) and the unnamed
    // address are exactly as long as they are. A path that is too long is the system's
    // to refuse.
    length = OS_UNIX_PATH + (size_t)size + (size > 0 && bytes[0] != 0);
    if (arguments_room(buffer, length, CORE_GUARD) < 0) {
        Py_DECREF(path);
        return -1;
    }
    if (offsetof(struct sockaddr, sa_family) == 0) {
        memcpy(buffer->data, &family, sizeof family);
    }
    else {
        buffer->data[offsetof(struct sockaddr, sa_family)] = AF_UNIX;  // the BSDs' sa_len is first
    }
    memcpy(buffer->data + OS_UNIX_PATH, bytes, (size_t)size);
    Py_DECREF(path);
    return 0;
}

int
address_read(module_state *state, PyObject *object, core_buffer *buffer)
{
    PyObject *type = (PyObject *)Py_TYPE(object);
    PyObject *data;
    int made;

    if (type == state->inet) {
        return read_inet(state, object, buffer);
    }
    if (type == state->inet6) {
        return read_inet6(state, object, buffer);
    }
    if (type == state->local) {
        return read_local(state, object, buffer);
    }
    if (type == state->raw) {
        data = PyObject_GetAttr(object, state->name_data);
        made = data == NULL ? -1 : arguments_bytes(data, buffer);
        Py_XDECREF(data);
        return made;
    }
    PyErr_Format(PyExc_TypeError, "an address is Inet, Inet6, Unix or Raw, not %R", type);
    return -1;
}

static PyObject *
make_raw(module_state *state, const unsigned char *data, size_t length)
{
    return PyObject_CallFunction(state->raw, "y#", (const char *)data, (Py_ssize_t)length);
}

static PyObject *
make_local(module_state *state, const unsigned char *data, size_t length)
{
    size_t size = length - OS_UNIX_PATH, end;

    data += OS_UNIX_PATH;
    if (size > 0 && data[0] != 0) {
        // A path: it ends at its NUL, if one came along.
        for (end = 0; end < size && data[end] != 0; end++) {
        }
        for (size_t rest = end; rest < size; rest++) {
            if (data[rest] != 0) {
                return make_raw(state, data - OS_UNIX_PATH, length);
            }
        }
        size = end;
    }
    return PyObject_CallFunction(state->local, "y#", (const char *)data, (Py_ssize_t)size);
}

PyObject *
address_make(module_state *state, const unsigned char *data, size_t given, size_t came)
{
    char text[INET6_ADDRSTRLEN];
    int family;

    if (came > given) {
        came = given;  // the rest was cut off
    }
    if (came < offsetof(struct sockaddr, sa_data)) {
        if (came == 0) {
            Py_RETURN_NONE;
        }
        return make_raw(state, data, came);
    }
    family = ((const struct sockaddr *)(const void *)data)->sa_family;
    if (family == AF_UNSPEC && came == given) {
        Py_RETURN_NONE;  // neither address nor length was touched
    }
    if (family == AF_INET && came == sizeof(struct sockaddr_in)) {
        const struct sockaddr_in *address = (const void *)data;

        if (inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != NULL) {
            return PyObject_CallFunction(state->inet, "si", text, (int)ntohs(address->sin_port));
        }
    }
    if (family == AF_INET6 && came == sizeof(struct sockaddr_in6)) {
        const struct sockaddr_in6 *address = (const void *)data;

        if (inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof text) != NULL) {
            return PyObject_CallFunction(state->inet6, "siII", text,
                                         (int)ntohs(address->sin6_port),
                                         (unsigned int)ntohl(address->sin6_flowinfo),
                                         (unsigned int)address->sin6_scope_id);
        }
    }
    if (family == AF_UNIX && came >= OS_UNIX_PATH) {
        return make_local(state, data, came);
    }
    return make_raw(state, data, came);
}
