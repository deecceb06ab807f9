#include "address.h"

#include <string.h>

static int
within(const json_line *line, const jsmntok_t *object, const char *name, long long most,
       unsigned int *value)
{
    long long number = 0;
    const jsmntok_t *field = json_field(line, object, name);

    if (field != NULL && json_integer(line, field, &number) < 0) {
        return -1;
    }
    *value = (unsigned int)number;
    return number >= 0 && number <= most ? 0 : -1;
}

static int
host(const json_line *line, const jsmntok_t *object, int family, void *value)
{
    char text[INET6_ADDRSTRLEN + 1];

    if (json_text(line, json_field(line, object, "host"), text, sizeof text) < 0) {
        return -1;
    }
    return inet_pton(family, text, value) == 1 ? 0 : -1;
}

static int
copied(core_buffer *address, const void *bytes, size_t size)
{
    return core_buffer_copy(address, bytes, size) < 0 ? -2 : 0;
}

static int
read_inet(const json_line *line, const jsmntok_t *value, core_buffer *address)
{
    struct sockaddr_in made;
    unsigned int port;

    memset(&made, 0, sizeof made);
    made.sin_family = AF_INET;
    if (host(line, value, AF_INET, &made.sin_addr) < 0
        || within(line, value, "port", 0xFFFF, &port) < 0) {
        return -1;
    }
    made.sin_port = htons((unsigned short)port);
    return copied(address, &made, sizeof made);
}

static int
read_inet6(const json_line *line, const jsmntok_t *value, core_buffer *address)
{
    struct sockaddr_in6 made;
    unsigned int port, flow, scope;

    memset(&made, 0, sizeof made);
    made.sin6_family = AF_INET6;
    if (host(line, value, AF_INET6, &made.sin6_addr) < 0
        || within(line, value, "port", 0xFFFF, &port) < 0
        || within(line, value, "flowinfo", 0xFFFFFFFFLL, &flow) < 0
        || within(line, value, "scope_id", 0xFFFFFFFFLL, &scope) < 0) {
        return -1;
    }
    made.sin6_port = htons((unsigned short)port);
    made.sin6_flowinfo = htonl(flow);
    made.sin6_scope_id = scope;
    return copied(address, &made, sizeof made);
}

static int
read_local(const json_line *line, const jsmntok_t *value, core_buffer *address)
{
    unsigned short family = AF_UNIX;
    // Room for the NUL that ends a path, and counts (unix(7)); an abstract name and the
    // unnamed address are exactly as long as they are.
    int made = json_bytes(line, json_field(line, value, "path"), OS_UNIX_PATH, 1, address);

    if (made < 0) {
        return made;
    }
    if (address->data[OS_UNIX_PATH] == 0) {
        core_buffer whole = *address;

        made = core_buffer_copy(address, whole.data, whole.size - 1);
        core_buffer_close(&whole);
        if (made < 0) {
            return -2;
        }
    }
    if (offsetof(struct sockaddr, sa_family) == 0) {
        memcpy(address->data, &family, sizeof family);
    }
    else {
        address->data[offsetof(struct sockaddr, sa_family)] = AF_UNIX;  // the BSDs' sa_len is first
    }
    return 0;
}

int
address_read(const json_line *line, const jsmntok_t *value, core_buffer *address)
{
    const jsmntok_t *family = json_field(line, value, "family");

    if (json_is(line, family, "inet")) {
        return read_inet(line, value, address);
    }
    if (json_is(line, family, "inet6")) {
        return read_inet6(line, value, address);
    }
    if (json_is(line, family, "unix")) {
        return read_local(line, value, address);
    }
    if (json_is(line, family, "raw")) {
        return json_bytes(line, json_field(line, value, "data"), 0, 0, address);
    }
    return -1;
}

static void
put_raw(json_out *out, const unsigned char *data, size_t length)
{
    json_put(out, "{\"family\":\"raw\",\"data\":");
    json_put_bytes(out, data, length);
    json_put(out, "}");
}

static void
put_local(json_out *out, const unsigned char *data, size_t length)
{
    const unsigned char *path = data + OS_UNIX_PATH;
    size_t size = length - OS_UNIX_PATH, end = size;

    if (size > 0 && path[0] != 0) {
        // A path ends at its NUL, if one came along; with something behind it, it is none.
        for (end = 0; end < size && path[end] != 0; end++) {
        }
        for (size_t rest = end; rest < size; rest++) {
            if (path[rest] != 0) {
                put_raw(out, data, length);
                return;
            }
        }
    }
    json_put(out, "{\"family\":\"unix\",\"path\":");
    json_put_bytes(out, path, end);
    json_put(out, "}");
}

static void
put_inet(json_out *out, const unsigned char *data)
{
    struct sockaddr_in stored;
    char text[INET6_ADDRSTRLEN];

    memcpy(&stored, data, sizeof stored);
    inet_ntop(AF_INET, &stored.sin_addr, text, sizeof text);
    json_put(out, "{\"family\":\"inet\",\"host\":\"%s\",\"port\":%u}", text,
             (unsigned)ntohs(stored.sin_port));
}

static void
put_inet6(json_out *out, const unsigned char *data)
{
    struct sockaddr_in6 stored;
    char text[INET6_ADDRSTRLEN];

    memcpy(&stored, data, sizeof stored);
    inet_ntop(AF_INET6, &stored.sin6_addr, text, sizeof text);
    json_put(out,
             "{\"family\":\"inet6\",\"host\":\"%s\",\"port\":%u,\"flowinfo\":%lu,"
             "\"scope_id\":%lu}",
             text, (unsigned)ntohs(stored.sin6_port),
             (unsigned long)ntohl(stored.sin6_flowinfo), (unsigned long)stored.sin6_scope_id);
}

void
address_put(json_out *out, const unsigned char *data, size_t given, size_t came)
{
    struct sockaddr head;

    if (came > given) {
        came = given;  // the rest was cut off
    }
    if (came == 0) {
        json_put(out, "null");
        return;
    }
    if (came < offsetof(struct sockaddr, sa_data)) {
        put_raw(out, data, came);
        return;
    }
    memcpy(&head, data, offsetof(struct sockaddr, sa_data));
    if (head.sa_family == AF_UNSPEC && came == given) {
        json_put(out, "null");  // neither address nor length was touched
    }
    else if (head.sa_family == AF_INET && came == sizeof(struct sockaddr_in)) {
        put_inet(out, data);
    }
    else if (head.sa_family == AF_INET6 && came == sizeof(struct sockaddr_in6)) {
        put_inet6(out, data);
    }
    else if (head.sa_family == AF_UNIX && came >= OS_UNIX_PATH) {
        put_local(out, data, came);
    }
    else {
        put_raw(out, data, came);
    }
}
