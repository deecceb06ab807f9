// Primitives: naming and connection.
#include "module.h"

typedef void namer(os_sock sock, const core_buffer *address, core_seen *seen);

static PyObject *
give(module_state *state, const char *call, PyObject **argument, namer *name)
{
    os_sock sock;
    core_buffer address;
    core_seen seen;

    if (handle_sock(state, argument[0], &sock) < 0
        || address_read(state, argument[1], &address) < 0) {
        return NULL;
    }
    CALL(name(sock, &address, &seen));
    core_buffer_close(&address);
    if (outcome(state, call, &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static int
ask(module_state *state, const char *call, PyObject *object, namer *name, core_seen *seen)
{
    os_sock sock;
    core_buffer address;

    if (handle_sock(state, object, &sock) < 0
        || arguments_room(&address, CORE_ADDRESS, CORE_GUARD) < 0) {
        return -1;
    }
    CALL(name(sock, &address, seen));
    core_buffer_close(&address);
    return outcome(state, call, seen);
}

static PyObject *
address_of(module_state *state, const core_seen *seen)
{
    return address_make(state, seen->address, CORE_ADDRESS, seen->address_length);
}

PRIMITIVE(naming_bind)
{
    ARGUMENTS("bind", 2, "sock", "address")
    return give(state, "bind", argument, core_bind);
}

PRIMITIVE(naming_connect)
{
    ARGUMENTS("connect", 2, "sock", "address")
    return give(state, "connect", argument, core_connect);
}

static PyObject *
question(module_state *state, const char *call, PyObject *object, namer *name)
{
    core_seen seen;
    PyObject *address;

    if (ask(state, call, object, name, &seen) < 0) {
        return NULL;
    }
    address = address_of(state, &seen);
    if (address == Py_None) {
        // The call succeeded and wrote no address: that is an address of no bytes.
        Py_DECREF(address);
        address = PyObject_CallFunction(state->raw, "y#", "", (Py_ssize_t)0);
    }
    return address;
}

PRIMITIVE(naming_local_addr)
{
    ARGUMENTS("local_addr", 1, "sock")
    return question(state, "local_addr", argument[0], core_local_addr);
}

PRIMITIVE(naming_peer_addr)
{
    ARGUMENTS("peer_addr", 1, "sock")
    return question(state, "peer_addr", argument[0], core_peer_addr);
}

// The accepted socket and its peer's address.
static PyObject *
made_of(module_state *state, const char *call, core_seen *seen)
{
    PyObject *made, *address;

    if (outcome(state, call, seen) < 0) {
        if (seen->rc >= 0) {  // there is a socket, but a guard is gone
            core_close((os_sock)seen->rc, seen);
        }
        return NULL;
    }
    made = handle_new(state, (os_sock)seen->rc);
    if (made == NULL) {
        return NULL;
    }
    address = address_of(state, seen);
    if (address == NULL) {
        Py_DECREF(made);
        return NULL;
    }
    return Py_BuildValue("NN", made, address);
}

static PyObject *
accepted(module_state *state, const char *call, PyObject *object, namer *name)
{
    os_sock sock;
    core_buffer address;
    core_seen seen;

    if (handle_sock(state, object, &sock) < 0
        || arguments_room(&address, CORE_ADDRESS, CORE_GUARD) < 0) {
        return NULL;
    }
    CALL(name(sock, &address, &seen));
    core_buffer_close(&address);
    return made_of(state, call, &seen);
}

PRIMITIVE(naming_accept)
{
    ARGUMENTS("accept", 1, "sock")
    return accepted(state, "accept", argument[0], core_accept);
}

PRIMITIVE(naming_accept_raw)
{
    ARGUMENTS("accept_raw", 1, "sock")
    return accepted(state, "accept_raw", argument[0], core_accept_raw);
}

PRIMITIVE(naming_accept4)
{
    os_sock sock;
    int flags = 0;
    core_buffer address;
    core_seen seen;

    ARGUMENTS("accept4", 2, "sock", "flags")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &flags) < 0
        || arguments_room(&address, CORE_ADDRESS, CORE_GUARD) < 0) {
        return NULL;
    }
    CALL(core_accept4(sock, &address, flags, &seen));
    core_buffer_close(&address);
    return made_of(state, "accept4", &seen);
}

typedef void adjuster(os_sock sock, int number, core_seen *seen);

static PyObject *
adjust(module_state *state, const char *call, PyObject **argument, adjuster *set)
{
    os_sock sock;
    int number = 0;
    core_seen seen;

    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[1], &number) < 0) {
        return NULL;
    }
    CALL(set(sock, number, &seen));
    if (outcome(state, call, &seen) < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

PRIMITIVE(naming_listen)
{
    ARGUMENTS("listen", 2, "sock", "backlog")
    return adjust(state, "listen", argument, core_listen);
}

PRIMITIVE(naming_shutdown)
{
    ARGUMENTS("shutdown", 2, "sock", "how")
    return adjust(state, "shutdown", argument, core_shutdown);
}
