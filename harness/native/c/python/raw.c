// Primitive: a call by its name, with arguments that nothing checks.
#include "module.h"

#include <string.h>

static int
read_argument(module_state *state, PyObject *object, core_argument *argument)
{
    if (object == Py_None) {
        argument->kind = CORE_NULL;
        return 0;
    }
    if (PyObject_IsInstance(object, state->nowhere) == 1) {
        argument->kind = CORE_NOWHERE;
        return 0;
    }
    if (PyLong_Check(object)) {
        argument->kind = CORE_NUMBER;
        argument->number = PyLong_AsLongLong(object);
        return argument->number == -1 && PyErr_Occurred() ? -1 : 0;
    }
    argument->kind = CORE_BYTES;
    return arguments_bytes(object, &argument->bytes);
}

// The bytes of each buffer, as the system left them.
static PyObject *
left_of(const core_argument *arguments, Py_ssize_t count)
{
    PyObject *list = PyList_New(0), *answer;

    for (Py_ssize_t index = 0; list != NULL && index < count; index++) {
        const core_buffer *bytes = &arguments[index].bytes;
        PyObject *left;

        if (arguments[index].kind != CORE_BYTES) {
            continue;
        }
        left = PyBytes_FromStringAndSize((const char *)bytes->data, (Py_ssize_t)bytes->size);
        if (left == NULL || PyList_Append(list, left) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(left);
    }
    if (list == NULL) {
        return NULL;
    }
    answer = PyList_AsTuple(list);
    Py_DECREF(list);
    return answer;
}

PRIMITIVE(raw_call)
{
    os_sock sock;
    Py_ssize_t count, read = 0;
    core_argument arguments[CORE_ARGUMENTS];
    PyObject *name = NULL, *given = NULL, *left, *answer = NULL;
    core_seen seen;
    const char *call;

    ARGUMENTS("raw_call", 3, "sock", "call", "arguments")
    memset(arguments, 0, sizeof arguments);
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    name = PyUnicode_AsASCIIString(argument[1]);
    given = name == NULL ? NULL : PySequence_Tuple(argument[2]);
    if (given == NULL) {
        goto done;
    }
    count = PyTuple_Size(given);
    if (count > CORE_ARGUMENTS) {
        PyErr_Format(PyExc_TypeError, "no call takes %zd arguments", count + 1);
        goto done;
    }
    for (; read < count; read++) {
        if (read_argument(state, PyTuple_GetItem(given, read), &arguments[read]) < 0) {
            goto done;
        }
    }
    call = PyBytes_AsString(name);
    if (!core_raw_fits(call, arguments, (size_t)count)) {
        PyErr_Format(PyExc_TypeError, "there is no call %R that takes such arguments",
                     argument[1]);
        goto done;
    }
    CALL(core_raw(call, sock, arguments, (size_t)count, &seen));
    if (outcome(state, "raw_call", &seen) == 0) {
        left = left_of(arguments, count);
        answer = left == NULL ? NULL : Py_BuildValue("LN", seen.rc, left);
    }
done:
    for (Py_ssize_t index = 0; index < read; index++) {
        core_buffer_close(&arguments[index].bytes);
    }
    Py_XDECREF(given);
    Py_XDECREF(name);
    return answer;
}
