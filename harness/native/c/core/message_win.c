// recvmsg and sendmsg as Winsock has them: WSARecvMsg and WSASendMsg, which a provider
// hands out on request, and the plain vectored calls where no control data is wanted.
#include "core.h"

#include <stdlib.h>
#include <string.h>

static WSABUF *
vector_of(const core_message *message)
{
    WSABUF *vector = calloc(message->count + 1, sizeof *vector);

    for (size_t index = 0; vector != NULL && index < message->count; index++) {
        vector[index].buf = (char *)message->parts[index].data;
        vector[index].len = (ULONG)message->parts[index].size;
    }
    return vector;
}

// The provider's own function by its id; NULL, and the error left set, when it has none.
static void *
extension(os_sock sock, GUID id)
{
    void *function = NULL;
    DWORD returned = 0;

    if (WSAIoctl(sock, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
                 sizeof function, &returned, NULL, NULL)
        != 0) {
        return NULL;
    }
    return function;
}

static WSAMSG
header_of(const core_message *message, WSABUF *vector, int flags)
{
    WSAMSG header;

    memset(&header, 0, sizeof header);
    header.lpBuffers = vector;
    header.dwBufferCount = (ULONG)message->count;
    header.Control.buf = (char *)message->control.data;
    header.Control.len = (ULONG)message->control.size;
    if (message->address.size != 0) {
        header.name = (struct sockaddr *)(void *)message->address.data;
        header.namelen = (INT)message->address.size;
    }
    header.dwFlags = (ULONG)flags;
    return header;
}

static void
seen_message(core_seen *seen, core_message *message, DWORD moved)
{
    // The calls return 0 or an error and the length on the side; POSIX returns the length.
    if (seen->rc == 0) {
        seen->rc = (long long)moved;
    }
    message->length = seen->rc;
    seen->length_in = (long long)message->address.size;
    seen->control_in = (long long)message->control.size;
}

void
core_recvmsg(os_sock sock, core_message *message, int flags, core_seen *seen)
{
    WSABUF *vector = vector_of(message);
    DWORD moved = 0;

    core_seen_clear(seen);
    if (vector == NULL) {
        seen->error = WSA_NOT_ENOUGH_MEMORY;
        return;
    }
    if (message->control.size == 0) {
        DWORD out = (DWORD)flags;
        int length = (int)message->address.size;

        CORE_OBSERVE(seen, WSARecvFrom(sock, vector, (DWORD)message->count, &moved, &out,
                                       (struct sockaddr *)(void *)message->address.data,
                                       message->address.size ? &length : NULL, NULL, NULL));
        message->flags = (int)out;
        message->address_length = (size_t)length;
        message->control_length = 0;
    }
    else {
        GUID id = WSAID_WSARECVMSG;
        LPFN_WSARECVMSG receive = (LPFN_WSARECVMSG)(UINT_PTR)extension(sock, id);
        WSAMSG header = header_of(message, vector, flags);

        if (receive == NULL) {
            seen->error = WSAGetLastError();
        }
        else {
            CORE_OBSERVE(seen, receive(sock, &header, &moved, NULL, NULL));
        }
        message->flags = (int)header.dwFlags;
        message->address_length = (size_t)header.namelen;
        message->control_length = header.Control.len;
    }
    seen_message(seen, message, moved);
    seen->flags = message->flags;
    seen->control_out = (long long)message->control_length;
    core_seen_address(seen, &message->address, (long long)message->address_length);
    seen->intact = core_message_intact(message);
    free(vector);
}

void
core_sendmsg(os_sock sock, core_message *message, int flags, core_seen *seen)
{
    WSABUF *vector = vector_of(message);
    DWORD moved = 0;

    core_seen_clear(seen);
    if (vector == NULL) {
        seen->error = WSA_NOT_ENOUGH_MEMORY;
        return;
    }
    if (message->control.size == 0) {
        CORE_OBSERVE(seen, WSASendTo(sock, vector, (DWORD)message->count, &moved, (DWORD)flags,
                                     (const struct sockaddr *)(const void *)message->address.data,
                                     (int)message->address.size, NULL, NULL));
    }
    else {
        GUID id = WSAID_WSASENDMSG;
        LPFN_WSASENDMSG transmit = (LPFN_WSASENDMSG)(UINT_PTR)extension(sock, id);
        WSAMSG header = header_of(message, vector, 0);

        if (transmit == NULL) {
            seen->error = WSAGetLastError();
        }
        else {
            CORE_OBSERVE(seen, transmit(sock, &header, (DWORD)flags, &moved, NULL, NULL));
        }
    }
    seen_message(seen, message, moved);
    seen->intact = core_message_intact(message);
    free(vector);
}

void
core_recvmmsg(os_sock sock, core_message *messages, size_t count, int flags, long long timeout,
              core_seen *seen)
{
    (void)sock, (void)messages, (void)count, (void)flags, (void)timeout;
    core_absent(seen);
}

void
core_sendmmsg(os_sock sock, core_message *messages, size_t count, int flags, core_seen *seen)
{
    (void)sock, (void)messages, (void)count, (void)flags;
    core_absent(seen);
}

int
core_control_pack(core_buffer *control, const core_control *items, size_t count)
{
    size_t size = 0;
    unsigned char *at;

    for (size_t index = 0; index < count; index++) {
        size += WSA_CMSG_SPACE(items[index].length);
    }
    if (core_buffer_open(control, size, CORE_GUARD) < 0) {
        return -1;
    }
    at = control->data;
    for (size_t index = 0; index < count; index++) {
        WSACMSGHDR *item = (WSACMSGHDR *)(void *)at;

        item->cmsg_level = items[index].level;
        item->cmsg_type = items[index].type;
        item->cmsg_len = WSA_CMSG_LEN(items[index].length);
        if (items[index].length != 0) {
            memcpy(WSA_CMSG_DATA(item), items[index].data, items[index].length);
        }
        at += WSA_CMSG_SPACE(items[index].length);
    }
    return 0;
}

int
core_control_next(const core_message *message, size_t *at, core_control *item)
{
    const size_t head = WSA_CMSG_LEN(0);
    size_t left, length;
    WSACMSGHDR *found;
    size_t end = message->control_length;

    if (end > message->control.size) {
        end = message->control.size;
    }
    if (*at >= end || end - *at < head) {
        return 0;
    }
    left = end - *at;
    found = (WSACMSGHDR *)(void *)(message->control.data + *at);
    length = found->cmsg_len;
    if (length < head) {
        return 0;
    }
    item->level = found->cmsg_level;
    item->type = found->cmsg_type;
    item->data = WSA_CMSG_DATA(found);
    item->length = (length > left ? left : length) - head;
    *at = length >= left ? end : *at + WSA_CMSG_SPACE(length - head);
    return 1;
}
