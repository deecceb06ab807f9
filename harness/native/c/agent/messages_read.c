// How messages are read, alone and many at once, and the calls on what is more than a buffer.
#include "primitives.h"

#include "address.h"
#include "sockets.h"

#include <stdlib.h>

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
message_sizes(const json_line *line, const jsmntok_t *sizes, core_message *message)
{
    int wrong = parts_for(message, sizes);

    for (size_t index = 0; wrong == 0 && index < message->count; index++) {
        size_t bytes = 0;

        wrong = field_size(line, json_item(line, sizes, (int)index), &bytes);
        wrong = wrong != 0 ? wrong : field_room(&message->parts[index], bytes);
    }
    return wrong;
}

int
message_parts(const json_line *line, const jsmntok_t *parts, core_message *message)
{
    int wrong = parts_for(message, parts);

    for (size_t index = 0; wrong == 0 && index < message->count; index++) {
        wrong = json_bytes(line, json_item(line, parts, (int)index), 0, 0,
                           &message->parts[index]);
    }
    return wrong;
}

int
message_room(core_message *message, int control)
{
    int wrong = control < 0 ? CALL_WRONG : field_room(&message->control, (size_t)control);

    return wrong != 0 ? wrong : field_room(&message->address, CORE_ADDRESS);
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
message_told(const json_line *line, const jsmntok_t *control, const jsmntok_t *address,
             core_message *message)
{
    int wrong = read_control(line, control, &message->control);

    if (wrong == 0 && !json_absent(line, address)) {
        wrong = address_read(line, address, &message->address);
    }
    return wrong;
}

static int
read_flags(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong : field_integer(line, call, "flags", &made->integer[0]);
}

int
read_recvmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    int control = 0, wrong = read_flags(line, call, made);

    wrong = wrong != 0 ? wrong : field_integer(line, call, "control", &control);
    wrong = wrong != 0
        ? wrong
        : message_sizes(line, json_field(line, call, "sizes"), &made->message);
    return wrong != 0 ? wrong : message_room(&made->message, control);
}

int
read_sendmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_flags(line, call, made);

    wrong = wrong != 0
        ? wrong
        : message_parts(line, json_field(line, call, "parts"), &made->message);
    return wrong != 0 ? wrong
                      : message_told(line, json_field(line, call, "control"),
                                     json_field(line, call, "address"), &made->message);
}

int
read_readv(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong
                      : message_sizes(line, json_field(line, call, "sizes"), &made->message);
}

int
read_writev(const json_line *line, const jsmntok_t *call, job *made)
{
    int wrong = read_socket(line, call, made);

    return wrong != 0 ? wrong
                      : message_parts(line, json_field(line, call, "parts"), &made->message);
}

static int
batch_for(job *made, const jsmntok_t *array)
{
    if (array == NULL || array->type != JSMN_ARRAY) {
        return CALL_WRONG;
    }
    made->batch = calloc((size_t)array->size + 1, sizeof *made->batch);
    made->count = made->batch == NULL ? 0 : (size_t)array->size;
    return made->batch == NULL ? CALL_MEMORY : 0;
}

int
read_recvmmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *sizes = json_field(line, call, "sizes");
    const jsmntok_t *timeout = json_field(line, call, "timeout");
    int control = 0, wrong = read_flags(line, call, made);
    double seconds = -1;

    wrong = wrong != 0 ? wrong : field_integer(line, call, "control", &control);
    if (wrong == 0 && !json_absent(line, timeout)
        && (json_number(line, timeout, &seconds) < 0 || !(seconds >= 0 && seconds < 1e9))) {
        wrong = CALL_WRONG;
    }
    made->wide = seconds < 0 ? -1 : (long long)(seconds * 1e9);
    wrong = wrong != 0 ? wrong : batch_for(made, sizes);
    for (size_t index = 0; wrong == 0 && index < made->count; index++) {
        wrong = message_sizes(line, json_item(line, sizes, (int)index), &made->batch[index]);
        wrong = wrong != 0 ? wrong : message_room(&made->batch[index], control);
    }
    return wrong;
}

int
read_sendmmsg(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *messages = json_field(line, call, "messages");
    int wrong = read_flags(line, call, made);

    wrong = wrong != 0 ? wrong : batch_for(made, messages);
    for (size_t index = 0; wrong == 0 && index < made->count; index++) {
        const jsmntok_t *each = json_item(line, messages, (int)index);

        wrong = message_parts(line, json_item(line, each, 0), &made->batch[index]);
        wrong = wrong != 0 ? wrong
                           : message_told(line, json_item(line, each, 1),
                                          json_item(line, each, 2), &made->batch[index]);
    }
    return wrong;
}

int
read_sendfile(const json_line *line, const jsmntok_t *call, job *made)
{
    const jsmntok_t *offset = json_field(line, call, "offset");
    long long file = 0;
    int wrong = read_socket(line, call, made);

    if (wrong != 0 || json_integer(line, json_field(line, call, "file"), &file) < 0) {
        return CALL_WRONG;
    }
    made->other = sockets_of(file);
    made->gone |= made->other == OS_BAD;
    made->wide = -1;
    if (!json_absent(line, offset)
        && (json_integer(line, offset, &made->wide) < 0 || made->wide < 0)) {
        return CALL_WRONG;
    }
    return field_size(line, json_field(line, call, "count"), &made->count);
}
