// What became of a call: kept for whoever asks, and raised where it is an error.
#include "module.h"

_Thread_local last_call last;

PyObject *
outcome_symbol(int number)
{
    const char *symbol = core_error_symbol(number);

    if (symbol != NULL) {
        return PyUnicode_FromString(symbol);
    }
    return PyUnicode_FromFormat("E%d", number);
}

void
outcome_error(module_state *state, const char *call, int number)
{
    PyObject *symbol = outcome_symbol(number);
    PyObject *error = NULL;

    if (symbol != NULL) {
        error = PyObject_CallFunction(state->socket_error, "Ois", symbol, number, call);
    }
    if (error != NULL) {
        PyErr_SetObject(state->socket_error, error);
    }
    Py_XDECREF(error);
    Py_XDECREF(symbol);
}

static void
raise_with(PyObject *type, const char *call, const char *why)
{
    PyObject *error = PyObject_CallFunction(type, "ss", call, why);

    if (error != NULL) {
        PyErr_SetObject(type, error);
        Py_DECREF(error);
    }
}

int
outcome(module_state *state, const char *call, const core_seen *seen)
{
    last.call = call;
    last.seen = *seen;
    if (seen->absent) {
        raise_with(state->unsupported, call, "the platform has no such call");
        return -1;
    }
    if (!seen->intact) {
        raise_with(state->guard_violated, call, "the system wrote outside of a buffer");
        return -1;
    }
    if (seen->rc >= 0) {
        return 0;
    }
    // A call that a signal interrupted is not made again: that it was is the answer.
    // Python's handlers run first all the same, and what they raise goes ahead.
    if (seen->error == OS_EINTR && PyErr_CheckSignals() < 0) {
        return -1;
    }
    outcome_error(state, call, seen->error);
    return -1;
}

PyObject *
outcome_last(void)
{
    const core_seen *seen = &last.seen;

    if (last.call == NULL) {
        Py_RETURN_NONE;
    }
    return Py_BuildValue("sLiLOOLLLLiy#", last.call, seen->rc, seen->error, seen->ns,
                         seen->intact ? Py_True : Py_False,
                         seen->absent ? Py_True : Py_False, seen->length_in,
                         seen->length_out, seen->control_in, seen->control_out, seen->flags,
                         (const char *)seen->address, (Py_ssize_t)seen->address_length);
}
