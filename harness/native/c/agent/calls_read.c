// How the arguments of each primitive are read.
#include "primitives.h"

#include "address.h"
#include "sockets.h"

#include <stdlib.h>
#include <string.h>

static const int *own;
static size_t owned;

void
calls_own(const int *descriptors, size_t count)
{
    own = descriptors;
    owned = count;
}

static process_work *in_child;

void
calls_fork(process_work *work)
{
    in_child = work;
}

void
call_fork(core_seen *seen)
{
    process_fork(in_child, own, owned, seen);
}

int
read_signal(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "number", &made->integer[0]);
}

int
read_on_signal(const json_line *line, const jsmntok_t *call, job *made)
{
    static const char *const actions[] = {"default", "ignore", "count", "restart"};
    const jsmntok_t *action = json_field(line, call, "action");

    for (int index = 0; index < 4; index++) {
        if (json_is(line, action, actions[index])) {
            made->integer[1] = index;
            return read_signal(line, call, made);
        }
    }
    return CALL_WRONG;
}

int
read_spare(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "spare", &made->integer[0]);
}

int
read_child(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "child", &made->integer[0]);
}

int
field_integer(const json_line *line, const jsmntok_t *call, const char *name, int *value)
{
    long long number = 0;
    const jsmntok_t *field = json_field(line, call, name);

    *value = 0;
    if (field != NULL && json_integer(line, field, &number) < 0) {
        return CALL_WRONG;
    }
    *value = (int)number;
    return 0;
}

int
field_size(const json_line *line, const jsmntok_t *value, size_t *bytes)
{
    long long number;

    if (json_integer(line, value, &number) < 0 || number < 0) {
        return CALL_WRONG;
    }
    *bytes = (size_t)number;
    return 0;
}

int
field_room(core_buffer *buffer, size_t bytes)
{
    return core_buffer_open(buffer, bytes, CORE_GUARD) < 0 ? CALL_MEMORY : 0;
}

int
read_nothing(const json_line *line, const jsmntok_t *call, job *made)
{
    (void)line, (void)call, (void)made;
    return 0;
}

int
read_making(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "family", &made->integer[0])
        | field_integer(line, call, "type", &made->integer[1])
        | field_integer(line, call, "protocol", &made->integer[2]);
}

int
read_socket(const json_line *line, const jsmntok_t *call, job *made)
{
    if (json_integer(line, json_field(line, call, "sock"), &made->number) < 0) {
        return CALL_WRONG;
    }
    made->sock = sockets_of(made->number);
    made->gone = made->sock == OS_BAD;
    return 0;
}

// A socket that is the client's no longer, whatever the call answers.
int
read_last(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    sockets_take(made->number);
    return wrong;
}

static int
read_one(const json_line *line, const jsmntok_t *call, job *made, const char *name)
{
    return read_socket(line, call, made) | field_integer(line, call, name, &made->integer[0]);
}

int
read_backlog(const json_line *line, const jsmntok_t *call, job *made)
{
    return read_one(line, call, made, "backlog");
}

int
read_how(const json_line *line, const jsmntok_t *call, job *made)
{
    return read_one(line, call, made, "how");
}

int
read_on(const json_line *line, const jsmntok_t *call, job *made)
{
    if (json_truth(line, json_field(line, call, "on"), &made->integer[0]) < 0) {
        return CALL_WRONG;
    }
    return read_socket(line, call, made);
}

int
read_adopted(const json_line *line, const jsmntok_t *call, job *made)
{
    long long number;

    if (json_integer(line, json_field(line, call, "fileno"), &number) < 0) {
        return CALL_WRONG;
    }
    for (size_t index = 0; index < owned; index++) {
        if (own[index] == number) {
            return CALL_OWN;
        }
    }
    made->sock = (os_sock)number;
    made->gone = number < 0;
    return 0;
}

int
read_addressed(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong
                      : address_read(line, json_field(line, call, "address"), &made->address);
}

int
read_named(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong : field_room(&made->address, CORE_ADDRESS);
}

static int
read_option(const json_line *line, const jsmntok_t *call, job *made)
{
    return read_socket(line, call, made) | field_integer(line, call, "level", &made->integer[0])
        | field_integer(line, call, "name", &made->integer[1]);
}

int
read_getsockopt(const json_line *line, const jsmntok_t *call, job *made)
{
    size_t length = 0;
    int wrong = read_option(line, call, made)
        | field_size(line, json_field(line, call, "length"), &length);

    if (wrong != 0 || length > INT_MAX) {
        return CALL_WRONG;
    }
    return field_room(&made->data, length);
}

int
read_setsockopt(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_option(line, call, made);

    return wrong != 0 ? wrong
                      : json_bytes(line, json_field(line, call, "value"), 0, 0, &made->data);
}

int
read_ioctl(const json_line *line, const jsmntok_t *call, job *made)
{
    long long request = 0;
    core_buffer given = {0};
    int wrong = read_socket(line, call, made);

    if (wrong != 0 || json_integer(line, json_field(line, call, "request"), &request) < 0) {
        return CALL_WRONG;
    }
    made->request = (unsigned long)request;
    wrong = json_bytes(line, json_field(line, call, "argument"), 0, 0, &given);
    if (wrong != 0) {
        return wrong;
    }
    if (core_buffer_open(&made->data, given.size, CORE_GUARD_IOCTL) < 0) {
        wrong = CALL_MEMORY;
    }
    else if (given.size > 0) {
        memcpy(made->data.data, given.data, given.size);
    }
    core_buffer_close(&given);
    return wrong;
}

int
read_receiving(const json_line *line, const jsmntok_t *call, job *made)
{
    size_t length = 0;
    int wrong = read_one(line, call, made, "flags")
        | field_size(line, json_field(line, call, "size"), &length);

    return wrong != 0 ? wrong : field_room(&made->data, length);
}

int
read_recvfrom(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_receiving(line, call, made);

    return wrong != 0 ? wrong : field_room(&made->address, CORE_ADDRESS);
}

int
read_send(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_one(line, call, made, "flags");

    return wrong != 0 ? wrong
                      : json_bytes(line, json_field(line, call, "data"), 0, 0, &made->data);
}

int
read_read(const json_line *line, const jsmntok_t *call, job *made)
{
    size_t length = 0;
    int wrong = read_socket(line, call, made)
        | field_size(line, json_field(line, call, "size"), &length);

    return wrong != 0 ? wrong : field_room(&made->data, length);
}

int
read_write(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong
                      : json_bytes(line, json_field(line, call, "data"), 0, 0, &made->data);
}

int
read_content(const json_line *line, const jsmntok_t *call, job *made)
{
    return json_bytes(line, json_field(line, call, "content"), 0, 0, &made->data);
}

int
read_accept4(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_one(line, call, made, "flags");

    return wrong != 0 ? wrong : field_room(&made->address, CORE_ADDRESS);
}

int
read_sendto(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_send(line, call, made);

    return wrong != 0 ? wrong
                      : address_read(line, json_field(line, call, "address"), &made->address);
}

int
read_symbol(const json_line *line, const jsmntok_t *call, job *made)
{
    char symbol[64];

    if (json_text(line, json_field(line, call, "symbol"), symbol, sizeof symbol) < 0) {
        return CALL_WRONG;
    }
    for (size_t index = 0; index < core_constants_count; index++) {
        if (strcmp(core_constants[index].name, symbol) == 0) {
            made->count = index + 1;
        }
    }
    return 0;
}

int
read_error(const json_line *line, const jsmntok_t *call, job *made)
{
    return field_integer(line, call, "number", &made->integer[0]);
}
