// How the arguments of each primitive are read.
#include "primitives.h"

#include "address.h"
#include "sockets.h"

#include <math.h>
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

static int
integer(const json_line *line, const jsmntok_t *call, const char *name, int *value)
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

static int
size(const json_line *line, const jsmntok_t *value, size_t *bytes)
{
    long long number;

    if (json_integer(line, value, &number) < 0 || number < 0) {
        return CALL_WRONG;
    }
    *bytes = (size_t)number;
    return 0;
}

static int
room(core_buffer *buffer, size_t bytes)
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
    return integer(line, call, "family", &made->integer[0])
        | integer(line, call, "type", &made->integer[1])
        | integer(line, call, "protocol", &made->integer[2]);
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
    return read_socket(line, call, made) | integer(line, call, name, &made->integer[0]);
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

    return wrong != 0 ? wrong : room(&made->address, CORE_ADDRESS);
}

static int
read_option(const json_line *line, const jsmntok_t *call, job *made)
{
    return read_socket(line, call, made) | integer(line, call, "level", &made->integer[0])
        | integer(line, call, "name", &made->integer[1]);
}

int
read_getsockopt(const json_line *line, const jsmntok_t *call, job *made)
{
    size_t length = 0;
    int wrong = read_option(line, call, made)
        | size(line, json_field(line, call, "length"), &length);

    if (wrong != 0 || length > INT_MAX) {
        return CALL_WRONG;
    }
    return room(&made->data, length);
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
        | size(line, json_field(line, call, "size"), &length);

    return wrong != 0 ? wrong : room(&made->data, length);
}

int
read_recvfrom(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_receiving(line, call, made);

    return wrong != 0 ? wrong : room(&made->address, CORE_ADDRESS);
}

int
read_send(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_one(line, call, made, "flags");

    return wrong != 0 ? wrong
                      : json_bytes(line, json_field(line, call, "data"), 0, 0, &made->data);
}

int
read_sendto(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_send(line, call, made);

    return wrong != 0 ? wrong
                      : address_read(line, json_field(line, call, "address"), &made->address);
}

static int
parts_for(core_message *message, const jsmntok_t *array)
{
    if (array == NULL || array->type != JSMN_ARRAY) {
        return CALL_WRONG;
    }
    message->parts = calloc((size_t)array->size + 1, sizeof *message->parts);
    message->count = message->parts == NULL ? 0 : (size_t)array->size;
    return message->parts == NULL ? CALL_MEMORY : 0;
}

int
read_recvmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *sizes = json_field(line, call, "sizes");
    int control = 0, wrong = read_one(line, call, made, "flags");

    wrong = wrong != 0 ? wrong : integer(line, call, "control", &control);
    wrong = wrong != 0 ? wrong : parts_for(&made->message, sizes);
    for (size_t index = 0; wrong == 0 && index < made->message.count; index++) {
        size_t bytes = 0;

        wrong = size(line, json_item(line, sizes, (int)index), &bytes);
        wrong = wrong != 0 ? wrong : room(&made->message.parts[index], bytes);
    }
    wrong = wrong != 0 || control < 0 ? (wrong != 0 ? wrong : CALL_WRONG)
                                      : room(&made->message.control, (size_t)control);
    return wrong != 0 ? wrong : room(&made->message.address, CORE_ADDRESS);
}

// Lay out the triples of level, type and bytes.
static int
read_control(const json_line *line, const jsmntok_t *array, core_buffer *control)
{
    size_t count = array == NULL ? 0 : (size_t)array->size;
    core_control *items = calloc(count + 1, sizeof *items);
    core_buffer *bytes = calloc(count + 1, sizeof *bytes);
    int wrong = items == NULL || bytes == NULL ? CALL_MEMORY : 0;

    for (size_t index = 0; wrong == 0 && index < count; index++) {
        const jsmntok_t *item = json_item(line, array, (int)index);
        long long level = 0, type = 0;

        if (json_integer(line, json_item(line, item, 0), &level) < 0
            || json_integer(line, json_item(line, item, 1), &type) < 0) {
            wrong = CALL_WRONG;
            break;
        }
        wrong = json_bytes(line, json_item(line, item, 2), 0, 0, &bytes[index]);
        items[index] = (core_control){
            .level = (int)level,
            .type = (int)type,
            .data = bytes[index].data,
            .length = bytes[index].size,
        };
    }
    if (wrong == 0 && count > 0 && core_control_pack(control, items, count) < 0) {
        wrong = CALL_MEMORY;
    }
    for (size_t index = 0; bytes != NULL && index < count; index++) {
        core_buffer_close(&bytes[index]);
    }
    free(items);
    free(bytes);
    return wrong;
}

int
read_sendmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *parts = json_field(line, call, "parts");
    const jsmntok_t *address = json_field(line, call, "address");
    core_message *message = &made->message;
    int wrong = read_one(line, call, made, "flags");

    wrong = wrong != 0 ? wrong : parts_for(message, parts);
    for (size_t index = 0; wrong == 0 && index < message->count; index++) {
        wrong = json_bytes(line, json_item(line, parts, (int)index), 0, 0,
                           &message->parts[index]);
    }
    wrong = wrong != 0
        ? wrong
        : read_control(line, json_field(line, call, "control"), &message->control);
    if (wrong == 0 && !json_absent(line, address)) {
        wrong = address_read(line, address, &message->address);
    }
    return wrong;
}

int
read_poll(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *pairs = json_field(line, call, "wanted");
    double seconds = 0;

    if (pairs == NULL || pairs->type != JSMN_ARRAY
        || json_number(line, json_field(line, call, "timeout"), &seconds) < 0) {
        return CALL_WRONG;
    }
    made->count = (size_t)pairs->size;
    made->wanted = calloc(made->count + 1, sizeof *made->wanted);
    if (made->wanted == NULL) {
        return CALL_MEMORY;
    }
    // Rounded up to a millisecond, never less than asked for; below 0 for no limit.
    made->timeout = seconds < 0                    ? -1
        : ceil(seconds * 1000) < (double)INT_MAX ? (int)ceil(seconds * 1000)
                                                   : INT_MAX;
    for (size_t index = 0; index < made->count; index++) {
        const jsmntok_t *pair = json_item(line, pairs, (int)index);
        long long number = 0, events = 0;

        if (json_integer(line, json_item(line, pair, 0), &number) < 0
            || json_integer(line, json_item(line, pair, 1), &events) < 0) {
            return CALL_WRONG;
        }
        made->wanted[index].fd = sockets_of(number);
        made->wanted[index].events = (short)events;
        // poll(2) would skip it without a word.
        made->gone |= made->wanted[index].fd == OS_BAD;
    }
    return 0;
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
    return integer(line, call, "number", &made->integer[0]);
}
