// Primitives: messages, and the vectors that they are made of.
#include "module.h"

#include <string.h>

int
message_room(core_message *message, PyObject *sizes, size_t control)
{
    PyObject *tuple = PySequence_Tuple(sizes);
    Py_ssize_t count;

    memset(message, 0, sizeof *message);
    if (tuple == NULL) {
        return -1;
    }
    count = PyTuple_Size(tuple);
    message->parts = PyMem_Calloc((size_t)count + 1, sizeof *message->parts);
    if (message->parts == NULL) {
        PyErr_NoMemory();
        goto failed;
    }
    for (Py_ssize_t index = 0; index < count; index++) {
        size_t size = 0;

        if (arguments_size(PyTuple_GetItem(tuple, index), &size) < 0
            || arguments_room(&message->parts[index], size, CORE_GUARD) < 0) {
            goto failed;
        }
        message->count++;
    }
    if (arguments_room(&message->address, CORE_ADDRESS, CORE_GUARD) < 0
        || (control != 0 && arguments_room(&message->control, control, CORE_GUARD) < 0)) {
        goto failed;
    }
    Py_DECREF(tuple);
    return 0;
failed:
    Py_DECREF(tuple);
    return -1;
}

void
message_close(core_message *message)
{
    core_message_close(message);
    PyMem_Free(message->parts);
    message->parts = NULL;
    message->count = 0;
}

// Read one (level, type, bytes); the copy of the bytes is in `data`.
static int
control_item(PyObject *object, core_control *item, core_buffer *data)
{
    PyObject *tuple = PySequence_Tuple(object);
    int made = -1;

    memset(data, 0, sizeof *data);
    if (tuple == NULL) {
        return -1;
    }
    if (PyTuple_Size(tuple) != 3) {
        PyErr_SetString(PyExc_ValueError, "an item of control data is (level, type, bytes)");
    }
    else if (arguments_int(PyTuple_GetItem(tuple, 0), &item->level) == 0
             && arguments_int(PyTuple_GetItem(tuple, 1), &item->type) == 0
             && arguments_bytes(PyTuple_GetItem(tuple, 2), data) == 0) {
        item->data = data->data;
        item->length = data->size;
        made = 0;
    }
    Py_DECREF(tuple);
    return made;
}

static int
control_read(PyObject *object, core_buffer *control)
{
    PyObject *tuple = PySequence_Tuple(object);
    core_control *items = NULL;
    core_buffer *data = NULL;
    Py_ssize_t count, read = 0;
    int made = -1;

    if (tuple == NULL) {
        return -1;
    }
    count = PyTuple_Size(tuple);
    if (count == 0) {
        Py_DECREF(tuple);
        return 0;
    }
    items = PyMem_Calloc((size_t)count, sizeof *items);
    data = PyMem_Calloc((size_t)count, sizeof *data);
    if (items == NULL || data == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (; read < count; read++) {
        if (control_item(PyTuple_GetItem(tuple, read), &items[read], &data[read]) < 0) {
            goto done;
        }
    }
    made = core_control_pack(control, items, (size_t)count);
    if (made < 0) {
        PyErr_NoMemory();
    }
done:
    for (Py_ssize_t index = 0; index < read; index++) {
        core_buffer_close(&data[index]);
    }
    PyMem_Free(data);
    PyMem_Free(items);
    Py_DECREF(tuple);
    return made;
}

int
message_read(module_state *state, core_message *message, PyObject *parts, PyObject *control,
             PyObject *address)
{
    PyObject *tuple = PySequence_Tuple(parts);
    Py_ssize_t count;

    memset(message, 0, sizeof *message);
    if (tuple == NULL) {
        return -1;
    }
    count = PyTuple_Size(tuple);
    message->parts = PyMem_Calloc((size_t)count + 1, sizeof *message->parts);
    if (message->parts == NULL) {
        PyErr_NoMemory();
        goto failed;
    }
    for (Py_ssize_t index = 0; index < count; index++) {
        if (arguments_bytes(PyTuple_GetItem(tuple, index), &message->parts[index]) < 0) {
            goto failed;
        }
        message->count++;
    }
    if ((control != NULL && control_read(control, &message->control) < 0)
        || (address != NULL && address != Py_None
            && address_read(state, address, &message->address) < 0)) {
        goto failed;
    }
    Py_DECREF(tuple);
    return 0;
failed:
    Py_DECREF(tuple);
    return -1;
}

// What each buffer got, in order.
static PyObject *
data_make(const core_message *message)
{
    PyObject *answer = PyTuple_New((Py_ssize_t)message->count);
    size_t left = message->length > 0 ? (size_t)message->length : 0;

    for (size_t index = 0; answer != NULL && index < message->count; index++) {
        const core_buffer *part = &message->parts[index];
        size_t size = left < part->size ? left : part->size;
        PyObject *bytes = PyBytes_FromStringAndSize((const char *)part->data, (Py_ssize_t)size);

        left -= size;
        if (bytes == NULL || PyTuple_SetItem(answer, (Py_ssize_t)index, bytes) < 0) {
            Py_DECREF(answer);
            return NULL;
        }
    }
    return answer;
}

static PyObject *
control_make(const core_message *message)
{
    PyObject *list = PyList_New(0);
    PyObject *answer;
    core_control item;
    size_t at = 0;

    while (list != NULL && core_control_next(message, &at, &item)) {
        PyObject *made = Py_BuildValue("iiy#", item.level, item.type, (const char *)item.data,
                                       (Py_ssize_t)item.length);

        if (made == NULL || PyList_Append(list, made) < 0) {
            Py_XDECREF(made);
            Py_DECREF(list);
            return NULL;
        }
        Py_DECREF(made);
    }
    if (list == NULL) {
        return NULL;
    }
    answer = PyList_AsTuple(list);
    Py_DECREF(list);
    return answer;
}

PyObject *
message_make(module_state *state, const core_message *message)
{
    PyObject *data = data_make(message);
    PyObject *control = control_make(message);
    PyObject *address = address_make(state, message->address.data, message->address.size,
                                     message->address_length);
    PyObject *answer = NULL;

    if (data != NULL && control != NULL && address != NULL) {
        answer = PyObject_CallFunction(state->message, "LOOiO", message->length, data, control,
                                       message->flags, address);
    }
    Py_XDECREF(data);
    Py_XDECREF(control);
    Py_XDECREF(address);
    return answer;
}

PRIMITIVE(message_recvmsg)
{
    os_sock sock;
    size_t control = 0;
    int flags = 0;
    core_message message;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("recvmsg", 2, "sock", "sizes", "control", "flags")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_size(argument[2], &control) < 0
        || arguments_int(argument[3], &flags) < 0) {
        return NULL;
    }
    if (message_room(&message, argument[1], control) == 0) {
        CALL(core_recvmsg(sock, &message, flags, &seen));
        if (outcome(state, "recvmsg", &seen) == 0) {
            answer = message_make(state, &message);
        }
    }
    message_close(&message);
    return answer;
}

PRIMITIVE(message_sendmsg)
{
    os_sock sock;
    int flags = 0;
    core_message message;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("sendmsg", 2, "sock", "parts", "control", "flags", "address")
    if (handle_sock(state, argument[0], &sock) < 0 || arguments_int(argument[3], &flags) < 0) {
        return NULL;
    }
    if (message_read(state, &message, argument[1], argument[2], argument[4]) == 0) {
        CALL(core_sendmsg(sock, &message, flags, &seen));
        if (outcome(state, "sendmsg", &seen) == 0) {
            answer = PyLong_FromLongLong(seen.rc);
        }
    }
    message_close(&message);
    return answer;
}

PRIMITIVE(message_readv)
{
    os_sock sock;
    core_message message;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("readv", 2, "sock", "sizes")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    if (message_room(&message, argument[1], 0) == 0) {
        CALL(core_readv(sock, &message, &seen));
        if (outcome(state, "readv", &seen) == 0) {
            answer = data_make(&message);
        }
    }
    message_close(&message);
    return answer;
}

PRIMITIVE(message_writev)
{
    os_sock sock;
    core_message message;
    core_seen seen;
    PyObject *answer = NULL;

    ARGUMENTS("writev", 2, "sock", "parts")
    if (handle_sock(state, argument[0], &sock) < 0) {
        return NULL;
    }
    if (message_read(state, &message, argument[1], NULL, NULL) == 0) {
        CALL(core_writev(sock, &message, &seen));
        if (outcome(state, "writev", &seen) == 0) {
            answer = PyLong_FromLongLong(seen.rc);
        }
    }
    message_close(&message);
    return answer;
}
