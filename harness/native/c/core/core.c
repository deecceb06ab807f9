// The calls that POSIX and Winsock have in common.
#include "core.h"

#include <string.h>

void
core_seen_clear(core_seen *seen)
{
    seen->rc = -1;
    seen->ns = 0;
    seen->length_in = seen->length_out = -1;
    seen->control_in = seen->control_out = -1;
    seen->error = 0;
    seen->flags = 0;
    seen->intact = 1;
    seen->absent = 0;
    seen->address_length = 0;
}

void
core_absent(core_seen *seen)
{
    core_seen_clear(seen);
    seen->absent = 1;
}

void
core_seen_address(core_seen *seen, const core_buffer *address, long long length)
{
    size_t kept = length < 0 ? 0 : (size_t)length;

    seen->length_out = length;
    if (kept > address->size) {
        kept = address->size;
    }
    if (kept > sizeof seen->address) {
        kept = sizeof seen->address;
    }
    if (kept != 0) {
        memcpy(seen->address, address->data, kept);
    }
    seen->address_length = kept;
}

static struct sockaddr *
sockaddr_of(const core_buffer *address)
{
    return (struct sockaddr *)(void *)address->data;
}

void
core_socket_raw(int family, int type, int protocol, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, socket(family, type, protocol));
}

void
core_close(os_sock sock, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, os_close(sock));
}

void
core_bind(os_sock sock, const core_buffer *address, core_seen *seen)
{
    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
    CORE_OBSERVE(seen, bind(sock, sockaddr_of(address), (os_len)address->size));
    seen->intact = core_buffer_intact(address);
}

void
core_listen(os_sock sock, int backlog, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, listen(sock, backlog));
}

void
core_connect(os_sock sock, const core_buffer *address, core_seen *seen)
{
    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
    CORE_OBSERVE(seen, connect(sock, sockaddr_of(address), (os_len)address->size));
    seen->intact = core_buffer_intact(address);
}

// The calls that fill an address in: `call` gets (socket, address, length).
#define NAMING(function, call)                                                             \
    void function(os_sock sock, const core_buffer *address, core_seen *seen)               \
    {                                                                                      \
        os_len length = (os_len)address->size;                                             \
        core_seen_clear(seen);                                                             \
        seen->length_in = (long long)address->size;                                        \
        CORE_OBSERVE(seen, call(sock, sockaddr_of(address), &length));                     \
        core_seen_address(seen, address, (long long)length);                               \
        seen->intact = core_buffer_intact(address);                                        \
    }

NAMING(core_accept_raw, accept)
NAMING(core_local_addr, getsockname)
NAMING(core_peer_addr, getpeername)

void
core_shutdown(os_sock sock, int how, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, shutdown(sock, how));
}

void
core_getsockopt(os_sock sock, int level, int name, const core_buffer *value, core_seen *seen)
{
    os_len length = (os_len)value->size;

    core_seen_clear(seen);
    seen->length_in = (long long)value->size;
    CORE_OBSERVE(seen, getsockopt(sock, level, name, (os_byte *)value->data, &length));
    seen->length_out = (long long)length;
    seen->intact = core_buffer_intact(value);
}

void
core_setsockopt(os_sock sock, int level, int name, const core_buffer *value, core_seen *seen)
{
    core_seen_clear(seen);
    seen->length_in = (long long)value->size;
    CORE_OBSERVE(
        seen, setsockopt(sock, level, name, (const os_byte *)value->data, (os_len)value->size));
    seen->intact = core_buffer_intact(value);
}

void
core_recv(os_sock sock, const core_buffer *data, int flags, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, recv(sock, (os_byte *)data->data, (os_size)data->size, flags));
    seen->intact = core_buffer_intact(data);
}

void
core_recvfrom(os_sock sock, const core_buffer *data, int flags, const core_buffer *address,
              core_seen *seen)
{
    os_len length = (os_len)address->size;

    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
    CORE_OBSERVE(seen, recvfrom(sock, (os_byte *)data->data, (os_size)data->size, flags,
                                sockaddr_of(address), &length));
    core_seen_address(seen, address, (long long)length);
    seen->intact = core_buffer_intact(data) && core_buffer_intact(address);
}

void
core_send(os_sock sock, const core_buffer *data, int flags, core_seen *seen)
{
    core_seen_clear(seen);
    CORE_OBSERVE(seen, send(sock, (const os_byte *)data->data, (os_size)data->size, flags));
    seen->intact = core_buffer_intact(data);
}

void
core_sendto(os_sock sock, const core_buffer *data, int flags, const core_buffer *address,
            core_seen *seen)
{
    core_seen_clear(seen);
    seen->length_in = (long long)address->size;
    CORE_OBSERVE(seen, sendto(sock, (const os_byte *)data->data, (os_size)data->size, flags,
                              sockaddr_of(address), (os_len)address->size));
    seen->intact = core_buffer_intact(data) && core_buffer_intact(address);
}
