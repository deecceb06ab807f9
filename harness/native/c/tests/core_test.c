// The core without Python: a program that makes every kind of call on the loopback
// interface and leaves with the number of the line that did not hold.
#include "core.h"

#include <stdio.h>
#include <string.h>

#define HOLDS(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);          \
            return 1;                                                                      \
        }                                                                                  \
    } while (0)

static core_seen seen;

static int
symbol_is(const char *symbol)
{
    const char *found = core_error_symbol(seen.error);

    return found != NULL && strcmp(found, symbol) == 0;
}

static int
guards(void)
{
    core_buffer buffer;

    HOLDS(core_buffer_open(&buffer, 5, CORE_GUARD) == 0);
    HOLDS(buffer.data[0] == 0 && buffer.data[4] == 0);
    HOLDS(core_buffer_intact(&buffer));
    buffer.data[5] ^= 1;
    HOLDS(!core_buffer_intact(&buffer));
    buffer.data[5] ^= 1;
    HOLDS(core_buffer_intact(&buffer));
    buffer.data[-1] = 0;
    HOLDS(!core_buffer_intact(&buffer));
    core_buffer_close(&buffer);
    core_buffer_close(&buffer);
    HOLDS(core_buffer_intact(&buffer));
    HOLDS(core_buffer_copy(&buffer, NULL, 0) == 0 && buffer.size == 0);
    core_buffer_close(&buffer);
    HOLDS(core_buffer_open(&buffer, (size_t)-1, CORE_GUARD) == -1);
    return 0;
}

static int
tables(void)
{
    int present = 0, absent = 0;

    for (size_t index = 0; index < core_constants_count; index++) {
        if (core_constants[index].present) {
            present++;
        }
        else {
            absent++;
        }
        if (strcmp(core_constants[index].name, "SOCK_STREAM") == 0) {
            HOLDS(core_constants[index].value == SOCK_STREAM);
        }
    }
    HOLDS(present > 100 && absent > 10);
    HOLDS(strcmp(core_error_symbol(OS_EINTR), "EINTR") == 0);
    HOLDS(core_error_symbol(-12345) == NULL);
    return 0;
}

// A socket bound to the loopback interface on a port that the system chose, and its name.
static int
bound(int type, os_sock *sock, core_buffer *name)
{
    struct sockaddr_in any;
    core_buffer address;

    core_socket(AF_INET, type, 0, &seen);
    HOLDS(seen.rc >= 0 && seen.error == 0);
    *sock = (os_sock)seen.rc;
    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    HOLDS(core_buffer_copy(&address, &any, sizeof any) == 0);
    core_bind(*sock, &address, &seen);
    HOLDS(seen.rc == 0 && seen.length_in == (long long)sizeof any && seen.intact);
    core_buffer_close(&address);
    HOLDS(core_buffer_open(&address, CORE_ADDRESS, CORE_GUARD) == 0);
    core_local_addr(*sock, &address, &seen);
    HOLDS(seen.rc == 0 && seen.length_in == CORE_ADDRESS && seen.intact);
    HOLDS(seen.length_out == (long long)sizeof any && seen.address_length == sizeof any);
    HOLDS(core_buffer_copy(name, seen.address, seen.address_length) == 0);
    core_buffer_close(&address);
    return 0;
}

static int
options(os_sock sock)
{
    core_buffer value;
    int number = 8192;

    HOLDS(core_buffer_copy(&value, &number, sizeof number) == 0);
    core_setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &value, &seen);
    HOLDS(seen.rc == 0 && seen.length_in == 4 && seen.intact && seen.ns >= 0);
    core_getsockopt(sock, SOL_SOCKET, SO_RCVBUF, &value, &seen);
    HOLDS(seen.rc == 0 && seen.length_in == 4 && seen.length_out == 4 && seen.intact);
    core_getsockopt(sock, SOL_SOCKET, 0x7FFF, &value, &seen);
    HOLDS(seen.rc == -1 && symbol_is("ENOPROTOOPT"));
    core_buffer_close(&value);
    core_set_nonblocking(sock, 1, &seen);
    HOLDS(seen.rc == 0);
    core_nonblocking(sock, &seen);
    HOLDS(seen.absent || seen.rc == 1);
    core_cloexec(sock, &seen);
    HOLDS(seen.rc == 1);
    core_is_open(sock, &seen);
    HOLDS(seen.rc >= 0);
    core_is_open(OS_BAD, &seen);
    HOLDS(seen.rc == -1 && seen.error == OS_EBADF);
    return 0;
}

static int
streams(void)
{
    os_sock listener, client, server, copy;
    core_buffer name, data, address;
    os_pollfd wanted;

    HOLDS(bound(SOCK_STREAM, &listener, &name) == 0);
    core_listen(listener, -1, &seen);
    HOLDS(seen.rc == 0);
    core_socket_raw(AF_INET, SOCK_STREAM, 0, &seen);
    HOLDS(seen.rc >= 0);
    client = (os_sock)seen.rc;
    core_connect(client, &name, &seen);
    HOLDS(seen.rc == 0 && seen.intact);
    HOLDS(core_buffer_open(&address, CORE_ADDRESS, CORE_GUARD) == 0);
    core_accept(listener, &address, &seen);
    HOLDS(seen.rc >= 0 && seen.address_length == sizeof(struct sockaddr_in) && seen.intact);
    server = (os_sock)seen.rc;
    core_peer_addr(client, &address, &seen);
    HOLDS(seen.rc == 0 && memcmp(seen.address, name.data, name.size) == 0);
    core_buffer_close(&address);

    HOLDS(core_buffer_copy(&data, "hello", 5) == 0);
    core_send(client, &data, 0, &seen);
    HOLDS(seen.rc == 5 && seen.intact);
    core_buffer_close(&data);
    memset(&wanted, 0, sizeof wanted);
    wanted.fd = server;
    wanted.events = POLLIN;
    core_poll(&wanted, 1, 5000, &seen);
    HOLDS(seen.rc == 1 && (wanted.revents & POLLIN));
    core_sockatmark(server, &seen);
    HOLDS(seen.rc == 0 || seen.rc == 1);
    HOLDS(core_buffer_open(&data, 3, CORE_GUARD) == 0);
    core_recv(server, &data, 0, &seen);
    HOLDS(seen.rc == 3 && memcmp(data.data, "hel", 3) == 0 && seen.intact);
    core_recv(server, &data, 0, &seen);
    HOLDS(seen.rc == 2 && memcmp(data.data, "lo", 2) == 0 && data.data[2] == 'l');
    core_set_nonblocking(server, 1, &seen);
    core_recv(server, &data, 0, &seen);
    HOLDS(seen.rc == -1 && symbol_is("EAGAIN"));
    core_buffer_close(&data);

    core_dup(server, &seen);
    HOLDS(seen.rc >= 0 && (os_sock)seen.rc != server);
    copy = (os_sock)seen.rc;
    core_close(server, &seen);
    HOLDS(seen.rc == 0);
    core_shutdown(copy, 1, &seen);
    HOLDS(seen.rc == 0);
    core_close(copy, &seen);
    core_close(client, &seen);
    HOLDS(options(listener) == 0);
    core_close(listener, &seen);
    HOLDS(seen.rc == 0);
    core_close(OS_BAD, &seen);
    HOLDS(seen.rc == -1 && seen.error == OS_EBADF);
    core_buffer_close(&name);
    return 0;
}

static int
datagrams(void)
{
    os_sock one, other;
    core_buffer first, second, data, address, parts[3];
    core_message message;

    HOLDS(bound(SOCK_DGRAM, &one, &first) == 0);
    HOLDS(bound(SOCK_DGRAM, &other, &second) == 0);
    HOLDS(core_buffer_copy(&data, "abcdef", 6) == 0);
    core_sendto(one, &data, 0, &second, &seen);
    HOLDS(seen.rc == 6 && seen.length_in == (long long)second.size && seen.intact);
    HOLDS(core_buffer_open(&address, CORE_ADDRESS, CORE_GUARD) == 0);
    core_recvfrom(other, &data, 0, &address, &seen);
    HOLDS(seen.rc == 6 && seen.intact && memcmp(seen.address, first.data, first.size) == 0);
    core_buffer_close(&address);
    core_buffer_close(&data);

    memset(&message, 0, sizeof message);
    message.parts = parts;
    message.count = 3;
    HOLDS(core_buffer_copy(&parts[0], "12", 2) == 0);
    HOLDS(core_buffer_copy(&parts[1], "", 0) == 0);
    HOLDS(core_buffer_copy(&parts[2], "345", 3) == 0);
    HOLDS(core_buffer_copy(&message.address, second.data, second.size) == 0);
    core_sendmsg(one, &message, 0, &seen);
    HOLDS(seen.rc == 5 && message.length == 5 && seen.intact);
    core_message_close(&message);

    memset(&message, 0, sizeof message);
    message.parts = parts;
    message.count = 2;
    HOLDS(core_buffer_open(&parts[0], 1, CORE_GUARD) == 0);
    HOLDS(core_buffer_open(&parts[1], 8, CORE_GUARD) == 0);
    HOLDS(core_buffer_open(&message.address, CORE_ADDRESS, CORE_GUARD) == 0);
    core_recvmsg(other, &message, 0, &seen);
    HOLDS(seen.rc == 5 && seen.intact && memcmp(parts[1].data, "2345", 4) == 0);
    HOLDS(message.address_length == first.size);
    parts[0].data[1] = 0;
    HOLDS(!core_message_intact(&message));
    core_message_close(&message);

    core_close(one, &seen);
    core_close(other, &seen);
    core_buffer_close(&first);
    core_buffer_close(&second);
    return 0;
}

static int
control(void)
{
    const core_control items[2] = {
        {1, 2, (const unsigned char *)"12345", 5},
        {3, 4, (const unsigned char *)"12345678", 8},
    };
    core_message message;
    core_control item;
    size_t at = 0;

    memset(&message, 0, sizeof message);
    HOLDS(core_control_pack(&message.control, items, 2) == 0);
    HOLDS(core_buffer_intact(&message.control));
    message.control_length = message.control.size;
    HOLDS(core_control_next(&message, &at, &item) == 1);
    HOLDS(item.level == 1 && item.type == 2 && item.length == 5);
    HOLDS(memcmp(item.data, "12345", 5) == 0);
    HOLDS(core_control_next(&message, &at, &item) == 1);
    HOLDS(item.level == 3 && item.type == 4 && item.length == 8);
    HOLDS(core_control_next(&message, &at, &item) == 0);
    // A length that lies, in either direction, ends the walk inside the buffer.
    message.control_length = message.control.size + 1000;
    at = 0;
    while (core_control_next(&message, &at, &item)) {
        HOLDS(item.data + item.length <= message.control.data + message.control.size);
    }
    message.control_length = 3;
    at = 0;
    HOLDS(core_control_next(&message, &at, &item) == 0);
    core_message_close(&message);
    return 0;
}

static int
batches(void)
{
    os_sock one, other;
    core_buffer first, second, out[2], in[2];
    core_message messages[2];

    HOLDS(bound(SOCK_DGRAM, &one, &first) == 0);
    HOLDS(bound(SOCK_DGRAM, &other, &second) == 0);
    memset(messages, 0, sizeof messages);
    for (int index = 0; index < 2; index++) {
        HOLDS(core_buffer_copy(&out[index], "xyz", (size_t)index + 1) == 0);
        messages[index].parts = &out[index];
        messages[index].count = 1;
        HOLDS(core_buffer_copy(&messages[index].address, second.data, second.size) == 0);
    }
    core_sendmmsg(one, messages, 2, 0, &seen);
    if (!seen.absent) {
        HOLDS(seen.rc == 2 && messages[0].length == 1 && messages[1].length == 2);
    }
    core_message_close(&messages[0]);
    core_message_close(&messages[1]);
    if (!seen.absent) {
        memset(messages, 0, sizeof messages);
        for (int index = 0; index < 2; index++) {
            HOLDS(core_buffer_open(&in[index], 8, CORE_GUARD) == 0);
            messages[index].parts = &in[index];
            messages[index].count = 1;
            HOLDS(core_buffer_open(&messages[index].address, CORE_ADDRESS, CORE_GUARD) == 0);
        }
        core_recvmmsg(other, messages, 2, 0, -1, &seen);
        HOLDS(seen.rc == 2 && seen.intact);
        HOLDS(messages[1].length == 2 && messages[1].address_length == first.size);
        core_message_close(&messages[0]);
        core_message_close(&messages[1]);
    }
    core_close(one, &seen);
    core_close(other, &seen);
    core_buffer_close(&first);
    core_buffer_close(&second);
    return 0;
}

// What is no socket, and the calls of files; absent on Windows.
static int
files(void)
{
    os_sock ends[2], file;
    core_buffer content, in, parts[2];
    core_message message;

    HOLDS(core_buffer_copy(&content, "content", 7) == 0);
    HOLDS(core_buffer_open(&in, 4, CORE_GUARD) == 0);
    core_pipe(ends, &seen);
    if (seen.absent) {
        core_buffer_close(&content);
        core_buffer_close(&in);
        return 0;
    }
    HOLDS(seen.rc == 0);
    core_write(ends[1], &content, &seen);
    HOLDS(seen.rc == 7 && seen.intact);
    core_read(ends[0], &in, &seen);
    HOLDS(seen.rc == 4 && seen.intact && memcmp(in.data, "cont", 4) == 0);
    memset(&message, 0, sizeof message);
    message.parts = parts;
    message.count = 2;
    HOLDS(core_buffer_open(&parts[0], 1, CORE_GUARD) == 0);
    HOLDS(core_buffer_open(&parts[1], 8, CORE_GUARD) == 0);
    core_readv(ends[0], &message, &seen);
    HOLDS(seen.rc == 3 && seen.intact && parts[0].data[0] == 'e' && parts[1].data[1] == 't');
    core_writev(ends[1], &message, &seen);
    HOLDS(seen.rc == 9 && seen.intact);
    core_message_close(&message);
    core_file(&content, &seen);
    HOLDS(seen.rc >= 0);
    file = (os_sock)seen.rc;
    core_read(file, &in, &seen);
    HOLDS(seen.rc == 4 && memcmp(in.data, "cont", 4) == 0);
    core_listen(file, 1, &seen);
    HOLDS(seen.rc < 0 && strcmp(core_error_symbol(seen.error), "ENOTSOCK") == 0);
    core_close(file, &seen);
    core_close(ends[0], &seen);
    core_close(ends[1], &seen);
    core_buffer_close(&content);
    core_buffer_close(&in);
    return 0;
}

static int
waits(void)
{
    os_sock sock;
    core_buffer address;
    os_pollfd wanted;
    core_event event = {0, 7};
    const int none = 0;
    const core_wait at_once = {.timeout = 0};
    const core_wait masked = {.timeout = 0, .mask = &none, .masked = 0, .has_mask = 1};

    HOLDS(bound(SOCK_DGRAM, &sock, &address) == 0);
    memset(&wanted, 0, sizeof wanted);
    wanted.fd = sock;
    wanted.events = CORE_READ | CORE_WRITE;
    core_select(&wanted, 1, &at_once, &seen);
    HOLDS(seen.rc == 1 && wanted.revents == CORE_WRITE);
    core_pselect(&wanted, 1, &masked, &seen);
    HOLDS(seen.absent || (seen.rc == 1 && wanted.revents == CORE_WRITE));
    wanted.events = 0;
    core_ppoll(&wanted, 1, &masked, &seen);
    HOLDS(seen.absent || (seen.rc == 0 && wanted.revents == 0));
    core_epoll_create(0, &seen);
    if (!seen.absent) {
        os_sock queue = (os_sock)seen.rc;

        HOLDS(seen.rc >= 0);
        core_epoll_ctl(queue, 1, sock, &event, &seen);
        HOLDS(seen.rc == 0);
        core_epoll_wait(queue, &event, 1, 0, &seen);
        HOLDS(seen.rc == 0);
        core_epoll_wait(queue, &event, 0, 0, &seen);
        HOLDS(seen.rc < 0);
        core_close(queue, &seen);
    }
    core_kqueue(&seen);
    if (!seen.absent) {
        os_sock queue = (os_sock)seen.rc;
        core_kevent change = {.target = sock, .filter = -2, .flags = 1, .key = 7};  // WRITE, ADD

        HOLDS(seen.rc >= 0);
        core_kevent_call(queue, &change, 1, &change, 1, &at_once, &seen);
        HOLDS(seen.rc == 1 && change.filter == -2 && change.key == 7);
        core_close(queue, &seen);
    }
    core_close(sock, &seen);
    core_buffer_close(&address);
    return 0;
}

static int
raws(void)
{
    os_sock sock;
    core_buffer address;
    core_argument given[2];
    const int room = 4;

    HOLDS(bound(SOCK_DGRAM, &sock, &address) == 0);
    memset(given, 0, sizeof given);
    given[0].kind = given[1].kind = CORE_BYTES;
    HOLDS(core_buffer_open(&given[0].bytes, 16, CORE_GUARD) == 0);
    HOLDS(core_buffer_copy(&given[1].bytes, &room, sizeof room) == 0);
    HOLDS(core_raw_fits("getsockname", given, 2));
    core_raw("getsockname", sock, given, 2, &seen);
    if (!seen.absent) {
        HOLDS(seen.rc == 0 && seen.intact);
        HOLDS(memcmp(given[0].bytes.data, address.data, 4) == 0);
        HOLDS(given[0].bytes.data[4] == 0);
        HOLDS(!core_raw_fits("getsockname", given, 1) && !core_raw_fits("shout", given, 2));
        core_buffer_close(&given[0].bytes);
        given[0].kind = CORE_NOWHERE;
        core_raw("getsockname", sock, given, 2, &seen);
        HOLDS(seen.rc < 0 && strcmp(core_error_symbol(seen.error), "EFAULT") == 0);
    }
    core_buffer_close(&given[0].bytes);
    core_buffer_close(&given[1].bytes);
    core_close(sock, &seen);
    core_buffer_close(&address);
    return 0;
}

int
main(void)
{
    HOLDS(core_start() == 0);
    HOLDS(guards() == 0);
    HOLDS(tables() == 0);
    HOLDS(control() == 0);
    HOLDS(streams() == 0);
    HOLDS(datagrams() == 0);
    HOLDS(batches() == 0);
    HOLDS(files() == 0);
    HOLDS(waits() == 0);
    HOLDS(raws() == 0);
    printf("%s\n", core_build());
    return 0;
}
