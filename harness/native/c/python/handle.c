// A socket as Python holds it.
#include "module.h"

// The free-threaded build has no lock that keeps two threads from closing one handle;
// its critical sections are not in the limited API, which it does not support either.
#ifdef Py_GIL_DISABLED
#define LOCKED(object) Py_BEGIN_CRITICAL_SECTION(object);
#define UNLOCKED() Py_END_CRITICAL_SECTION();
#else
#define LOCKED(object) {
#define UNLOCKED() }
#endif

PyObject *
handle_new(module_state *state, os_sock sock)
{
    handle_object *made = PyObject_New(handle_object, state->handle);

    if (made == NULL) {
        core_seen seen;
        core_close(sock, &seen);
        return NULL;
    }
    made->sock = sock;
    return (PyObject *)made;
}

static int
is_handle(module_state *state, PyObject *object)
{
    if (Py_TYPE(object) == state->handle) {
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "a socket of this backend is expected, not %R",
                 (PyObject *)Py_TYPE(object));
    return 0;
}

int
handle_sock(module_state *state, PyObject *object, os_sock *sock)
{
    if (!is_handle(state, object)) {
        return -1;
    }
    LOCKED(object)
    *sock = ((handle_object *)object)->sock;
    UNLOCKED()
    return 0;
}

int
handle_take(module_state *state, PyObject *object, os_sock *sock)
{
    if (!is_handle(state, object)) {
        return -1;
    }
    LOCKED(object)
    *sock = ((handle_object *)object)->sock;
    ((handle_object *)object)->sock = OS_BAD;
    UNLOCKED()
    return 0;
}

static PyObject *
handle_repr(PyObject *self)
{
    os_sock sock = ((handle_object *)self)->sock;

    if (sock == OS_BAD) {
        return PyUnicode_FromString("<socket, closed>");
    }
    return PyUnicode_FromFormat("<socket %lld>", (long long)sock);
}

// A socket that nobody closed is closed, and said to be, as Python's own are.
static void
handle_dealloc(PyObject *self)
{
    PyTypeObject *kind = Py_TYPE(self);
    os_sock sock = ((handle_object *)self)->sock;

    if (sock != OS_BAD) {
        PyObject *type, *value, *traceback;
        core_seen seen;

        PyErr_Fetch(&type, &value, &traceback);
        if (PyErr_ResourceWarning(NULL, 1, "unclosed <socket %lld>", (long long)sock) < 0) {
            PyErr_WriteUnraisable(NULL);
        }
        core_close(sock, &seen);
        PyErr_Restore(type, value, traceback);
    }
    PyObject_Free(self);
    Py_DECREF(kind);
}

static PyType_Slot handle_slots[] = {
    {Py_tp_doc, "A socket. Opaque; the backend that made it takes it."},
    {Py_tp_repr, handle_repr},
    {Py_tp_dealloc, handle_dealloc},
    {0, NULL},
};

PyType_Spec handle_spec = {
    .name = "sockspec_c._core.Handle",
    .basicsize = sizeof(handle_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = handle_slots,
};
