// The module: its types, its tables, and what it needs of the harness.
#include "module.h"

#define METHOD(name, function)                                                             \
    {                                                                                      \
        name, (PyCFunction)(void (*)(void))function,                                       \
            METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL                              \
    }

static PyMethodDef primitives_methods[] = {
    METHOD("new", life_new),
    METHOD("new_raw", life_new_raw),
    METHOD("pair", life_pair),
    METHOD("file", life_file),
    METHOD("pipe", life_pipe),
    METHOD("close", life_close),
    METHOD("dup", life_dup),
    METHOD("fileno", life_fileno),
    METHOD("adopt", life_adopt),
    METHOD("detach", life_detach),
    METHOD("bind", naming_bind),
    METHOD("listen", naming_listen),
    METHOD("connect", naming_connect),
    METHOD("accept", naming_accept),
    METHOD("accept_raw", naming_accept_raw),
    METHOD("accept4", naming_accept4),
    METHOD("local_addr", naming_local_addr),
    METHOD("peer_addr", naming_peer_addr),
    METHOD("shutdown", naming_shutdown),
    METHOD("getsockopt", options_getsockopt),
    METHOD("setsockopt", options_setsockopt),
    METHOD("nonblocking", options_nonblocking),
    METHOD("set_nonblocking", options_set_nonblocking),
    METHOD("cloexec", options_cloexec),
    METHOD("ioctl", options_ioctl),
    METHOD("sockatmark", options_sockatmark),
    METHOD("recv", data_recv),
    METHOD("recv_length", data_recv_length),
    METHOD("recvfrom", data_recvfrom),
    METHOD("recvmsg", message_recvmsg),
    METHOD("recvmmsg", batch_recvmmsg),
    METHOD("read", data_read),
    METHOD("readv", message_readv),
    METHOD("write", data_write),
    METHOD("writev", message_writev),
    METHOD("sendfile", data_sendfile),
    METHOD("send", data_send),
    METHOD("sendto", data_sendto),
    METHOD("sendmsg", message_sendmsg),
    METHOD("sendmmsg", batch_sendmmsg),
    METHOD("poll", waiting_poll),
    METHOD("select", waiting_select),
    METHOD("pselect", waiting_pselect),
    METHOD("ppoll", waiting_ppoll),
    METHOD("epoll_create", waiting_epoll_create),
    METHOD("epoll_ctl", waiting_epoll_ctl),
    METHOD("epoll_wait", waiting_epoll_wait),
    METHOD("kqueue", waiting_kqueue),
    METHOD("kevent", waiting_kevent),
    METHOD("raw_call", raw_call),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot primitives_slots[] = {
    {Py_tp_doc, "The primitives of the contract, each one call of the core."},
    {Py_tp_methods, primitives_methods},
    {0, NULL},
};

PyType_Spec primitives_spec = {
    .name = "sockspec_c._core.Primitives",
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = primitives_slots,
};

// -- functions of the module ----------------------------------------------------------

static PyObject *
module_constants(PyObject *module, PyObject *unused)
{
    PyObject *answer = PyDict_New();

    (void)module, (void)unused;
    for (size_t index = 0; answer != NULL && index < core_constants_count; index++) {
        const core_constant *entry = &core_constants[index];
        PyObject *value =
            entry->present ? PyLong_FromLongLong(entry->value) : Py_NewRef(Py_None);

        if (value == NULL || PyDict_SetItemString(answer, entry->name, value) < 0) {
            Py_CLEAR(answer);
        }
        Py_XDECREF(value);
    }
    return answer;
}

static PyObject *
module_errno_symbol(PyObject *module, PyObject *number)
{
    int value = 0;

    (void)module;
    return arguments_int(number, &value) < 0 ? NULL : outcome_symbol(value);
}

static PyObject *
module_last(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return outcome_last();
}

static PyObject *
module_build(PyObject *module, PyObject *unused)
{
    (void)module, (void)unused;
    return PyUnicode_FromString(core_build());
}

static PyMethodDef module_methods[] = {
    {"constants", module_constants, METH_NOARGS, "Every symbol of the table, None where absent."},
    {"errno_symbol", module_errno_symbol, METH_O, "The symbol of a raw error number."},
    {"last", module_last, METH_NOARGS, "What the last call of this thread did, as a tuple."},
    {"build", module_build, METH_NOARGS, "What this was compiled for and with."},
    {NULL, NULL, 0, NULL},
};

// -- the module ---------------------------------------------------------------------------

static int
import_name(const char *module, const char *name, PyObject **into)
{
    PyObject *found = PyImport_ImportModule(module);

    if (found == NULL) {
        return -1;
    }
    *into = PyObject_GetAttrString(found, name);
    Py_DECREF(found);
    return *into == NULL ? -1 : 0;
}

static int
intern(const char *text, PyObject **into)
{
    *into = PyUnicode_InternFromString(text);
    return *into == NULL ? -1 : 0;
}

static int
module_exec(PyObject *module)
{
    module_state *state = PyModule_GetState(module);
    int error = core_start();

    if (import_name("sockspec.errors", "SocketError", &state->socket_error) < 0
        || import_name("sockspec.errors", "Unsupported", &state->unsupported) < 0
        || import_name("sockspec_c.guard", "GuardViolated", &state->guard_violated) < 0
        || import_name("sockspec.backend", "Message", &state->message) < 0
        || import_name("sockspec.backend", "Nowhere", &state->nowhere) < 0
        || import_name("sockspec.address", "Inet", &state->inet) < 0
        || import_name("sockspec.address", "Inet6", &state->inet6) < 0
        || import_name("sockspec.address", "Unix", &state->local) < 0
        || import_name("sockspec.address", "Raw", &state->raw) < 0
        || intern("host", &state->name_host) < 0 || intern("port", &state->name_port) < 0
        || intern("flowinfo", &state->name_flowinfo) < 0
        || intern("scope_id", &state->name_scope_id) < 0
        || intern("path", &state->name_path) < 0 || intern("data", &state->name_data) < 0) {
        return -1;
    }
    if (error != 0) {
        outcome_error(state, "WSAStartup", error);
        return -1;
    }
    state->handle = (PyTypeObject *)PyType_FromModuleAndSpec(module, &handle_spec, NULL);
    state->primitives = (PyTypeObject *)PyType_FromModuleAndSpec(module, &primitives_spec, NULL);
    if (state->handle == NULL || state->primitives == NULL) {
        return -1;
    }
    return PyModule_AddType(module, state->handle) < 0
                   || PyModule_AddType(module, state->primitives) < 0
               ? -1
               : 0;
}

// Every reference of the state, for the collector and for the end.
#define EACH(state, DO)                                                                    \
    DO((state)->handle)                                                                    \
    DO((state)->primitives)                                                                \
    DO((state)->socket_error)                                                              \
    DO((state)->unsupported)                                                               \
    DO((state)->guard_violated)                                                            \
    DO((state)->nowhere)                                                                   \
    DO((state)->message)                                                                   \
    DO((state)->inet)                                                                      \
    DO((state)->inet6)                                                                     \
    DO((state)->local)                                                                     \
    DO((state)->raw)                                                                       \
    DO((state)->name_host)                                                                 \
    DO((state)->name_port)                                                                 \
    DO((state)->name_flowinfo)                                                             \
    DO((state)->name_scope_id)                                                             \
    DO((state)->name_path)                                                                 \
    DO((state)->name_data)

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    module_state *state = PyModule_GetState(module);

    if (state != NULL) {
#define VISIT(member) Py_VISIT(member);
        EACH(state, VISIT)
    }
    return 0;
}

static int
module_clear(PyObject *module)
{
    module_state *state = PyModule_GetState(module);

    if (state != NULL) {
#define CLEAR(member) Py_CLEAR(member);
        EACH(state, CLEAR)
    }
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sockspec_c._core",
    .m_doc = "The C core as Python sees it.",
    .m_size = sizeof(module_state),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__core(void)
{
    return PyModuleDef_Init(&module_definition);
}
