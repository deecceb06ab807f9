// Arguments: sorted, and turned into numbers and guarded buffers.
#include "module.h"

int
arguments_sort(const char *call, const char *const *names, Py_ssize_t least,
               PyObject *const *given, Py_ssize_t count, PyObject *keywords, PyObject **out)
{
    Py_ssize_t most = 0, named = keywords == NULL ? 0 : PyTuple_Size(keywords);

    while (names[most] != NULL) {
        out[most] = most < count ? given[most] : NULL;
        most++;
    }
    if (count > most) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, %zd were given", call, most,
                     count);
        return -1;
    }
    for (Py_ssize_t index = 0; index < named; index++) {
        PyObject *name = PyTuple_GetItem(keywords, index);
        Py_ssize_t place = 0;

        while (place < most && PyUnicode_CompareWithASCIIString(name, names[place]) != 0) {
            place++;
        }
        if (place == most || out[place] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() has no room for the argument %R", call, name);
            return -1;
        }
        out[place] = given[count + index];
    }
    for (Py_ssize_t place = 0; place < least; place++) {
        if (out[place] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() lacks the argument '%s'", call, names[place]);
            return -1;
        }
    }
    return 0;
}

int
arguments_int(PyObject *object, int *value)
{
    long number;

    if (object == NULL) {
        return 0;
    }
    number = PyLong_AsLong(object);
    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (number < INT_MIN || number > INT_MAX) {
        PyErr_Format(PyExc_OverflowError, "%ld does not fit an int of C", number);
        return -1;
    }
    *value = (int)number;
    return 0;
}

int
arguments_size(PyObject *object, size_t *value)
{
    Py_ssize_t number;

    if (object == NULL) {
        return 0;
    }
    number = PyLong_AsSsize_t(object);
    if (number == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (number < 0) {
        PyErr_Format(PyExc_ValueError, "a size is not negative: %zd", number);
        return -1;
    }
    *value = (size_t)number;
    return 0;
}

int
arguments_bytes(PyObject *object, core_buffer *buffer)
{
    Py_buffer view;
    char *bytes;
    Py_ssize_t size;
    int made;

    if (PyBytes_Check(object)) {
        if (PyBytes_AsStringAndSize(object, &bytes, &size) < 0) {
            return -1;
        }
        made = core_buffer_copy(buffer, bytes, (size_t)size);
    }
    else {
        if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0) {
            return -1;
        }
        made = core_buffer_copy(buffer, view.buf, (size_t)view.len);
        PyBuffer_Release(&view);
    }
    if (made < 0) {
        PyErr_NoMemory();
    }
    return made;
}

int
arguments_room(core_buffer *buffer, size_t size, size_t tail)
{
    if (core_buffer_open(buffer, size, tail) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}
