// How the answer of each primitive is written.
#include "primitives.h"

#include "address.h"
#include "folder.h"
#include "sockets.h"

void
put_null(json_out *out, job *made)
{
    (void)made;
    json_put(out, "null");
}

// A folder that the client is told of is removed when everything is.
void
put_folder(json_out *out, job *made)
{
    json_put_string(out, made->folder);
    folders_keep(made->folder);
    made->folder = NULL;
}

void
put_number(json_out *out, job *made)
{
    json_put(out, "%lld", made->seen.rc);
}

void
put_descriptor(json_out *out, job *made)
{
    json_put(out, "%lld", (long long)made->sock);
}

void
put_truth(json_out *out, job *made)
{
    json_put(out, made->seen.rc != 0 ? "true" : "false");
}

// A socket that the client is told of is the table's from now on.
static void
put_made(json_out *out, job *made, int which)
{
    json_put(out, "%lld", sockets_add(made->made[which]));
    made->made[which] = OS_BAD;
}

void
put_socket(json_out *out, job *made)
{
    put_made(out, made, 0);
}

void
put_pair(json_out *out, job *made)
{
    json_put(out, "[");
    put_made(out, made, 0);
    json_put(out, ",");
    put_made(out, made, 1);
    json_put(out, "]");
}

void
put_address(json_out *out, job *made)
{
    address_put(out, made->seen.address, made->address.size,
                made->seen.length_out < 0 ? 0 : (size_t)made->seen.length_out);
}

void
put_accepted(json_out *out, job *made)
{
    json_put(out, "[");
    put_made(out, made, 0);
    json_put(out, ",");
    put_address(out, made);
    json_put(out, "]");
}

static size_t
least(size_t one, long long other)
{
    return other < 0 ? 0 : (unsigned long long)other < one ? (size_t)other : one;
}

void
put_option(json_out *out, job *made)
{
    json_put_bytes(out, made->data.data, least(made->data.size, made->seen.length_out));
}

void
put_whole(json_out *out, job *made)
{
    json_put_bytes(out, made->data.data, made->data.size);
}

void
put_received(json_out *out, job *made)
{
    json_put_bytes(out, made->data.data, least(made->data.size, made->seen.rc));
}

void
put_recvfrom(json_out *out, job *made)
{
    json_put(out, "[");
    put_received(out, made);
    json_put(out, ",");
    put_address(out, made);
    json_put(out, "]");
}

void
parts_put(json_out *out, const core_message *message)
{
    long long left = message->length;

    json_put(out, "[");
    for (size_t index = 0; index < message->count; index++) {
        size_t bytes = least(message->parts[index].size, left);

        json_put(out, index > 0 ? "," : "");
        json_put_bytes(out, message->parts[index].data, bytes);
        left -= (long long)message->parts[index].size;
    }
    json_put(out, "]");
}

void
message_put(json_out *out, core_message *message)
{
    size_t at = 0;
    core_control item;
    const char *comma = "";

    json_put(out, "{\"length\":%lld,\"data\":", message->length);
    parts_put(out, message);
    json_put(out, ",\"control\":[");
    while (message->control.size > 0 && core_control_next(message, &at, &item)) {
        json_put(out, "%s[%d,%d,", comma, item.level, item.type);
        json_put_bytes(out, item.data, item.length);
        json_put(out, "]");
        comma = ",";
    }
    json_put(out, "],\"flags\":%d,\"address\":", message->flags);
    address_put(out, message->address.data, message->address.size, message->address_length);
    json_put(out, "}");
}

void
put_message(json_out *out, job *made)
{
    message_put(out, &made->message);
}

void
put_parts(json_out *out, job *made)
{
    parts_put(out, &made->message);
}

void
put_messages(json_out *out, job *made)
{
    json_put(out, "[");
    for (long long index = 0; index < made->seen.rc; index++) {
        json_put(out, index > 0 ? "," : "");
        message_put(out, &made->batch[index]);
    }
    json_put(out, "]");
}

void
put_lengths(json_out *out, job *made)
{
    json_put(out, "[");
    for (long long index = 0; index < made->seen.rc; index++) {
        json_put(out, "%s%lld", index > 0 ? "," : "", made->batch[index].length);
    }
    json_put(out, "]");
}

void
put_events(json_out *out, job *made)
{
    json_put(out, "[");
    for (size_t index = 0; index < made->count; index++) {
        json_put(out, "%s%u", index > 0 ? "," : "",
                 (unsigned)(unsigned short)made->wanted[index].revents);
    }
    json_put(out, "]");
}

void
put_constant(json_out *out, job *made)
{
    const core_constant *found = made->count > 0 ? &core_constants[made->count - 1] : NULL;

    if (found == NULL || !found->present) {
        json_put(out, "null");
    }
    else {
        json_put(out, "%lld", found->value);
    }
}

void
put_symbol(json_out *out, job *made)
{
    const char *symbol = core_error_symbol(made->integer[0]);

    if (symbol != NULL) {
        json_put_string(out, symbol);
    }
    else {
        json_put(out, "\"E%d\"", made->integer[0]);
    }
}
