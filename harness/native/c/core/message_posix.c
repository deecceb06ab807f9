// recvmsg, sendmsg and their many-message forms, and control data, as POSIX lays them out.
#include "core.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

// A msghdr over the buffers of a message; `vector` has room for every part.
static struct msghdr
header_of(const core_message *message, struct iovec *vector)
{
    struct msghdr header;

    memset(&header, 0, sizeof header);
    for (size_t index = 0; index < message->count; index++) {
        vector[index].iov_base = message->parts[index].data;
        vector[index].iov_len = message->parts[index].size;
    }
    header.msg_iov = vector;
    header.msg_iovlen = message->count;
    if (message->control.size != 0) {
        header.msg_control = message->control.data;
        header.msg_controllen = message->control.size;
    }
    if (message->address.size != 0) {
        header.msg_name = message->address.data;
        header.msg_namelen = (socklen_t)message->address.size;
    }
    return header;
}

static void
keep(core_message *message, const struct msghdr *header, long long length)
{
    message->length = length;
    message->control_length = header->msg_controllen;
    message->address_length = header->msg_namelen;
    message->flags = header->msg_flags;
}

static void
seen_message(core_seen *seen, const core_message *message)
{
    seen->length_in = (long long)message->address.size;
    seen->control_in = (long long)message->control.size;
    core_seen_address(seen, &message->address, (long long)message->address_length);
    seen->control_out = (long long)message->control_length;
    seen->flags = message->flags;
}

static struct iovec *
vector_for(size_t parts)
{
    return calloc(parts + 1, sizeof(struct iovec));
}

static void
no_memory(core_seen *seen)
{
    core_seen_clear(seen);
    seen->error = ENOMEM;
}

void
core_recvmsg(os_sock sock, core_message *message, int flags, core_seen *seen)
{
    struct iovec *vector = vector_for(message->count);
    struct msghdr header;

    if (vector == NULL) {
        no_memory(seen);
        return;
    }
    header = header_of(message, vector);
    core_seen_clear(seen);
    CORE_OBSERVE(seen, recvmsg(sock, &header, flags));
    keep(message, &header, seen->rc);
    seen_message(seen, message);
    seen->intact = core_message_intact(message);
    free(vector);
}

void
core_sendmsg(os_sock sock, core_message *message, int flags, core_seen *seen)
{
    struct iovec *vector = vector_for(message->count);
    struct msghdr header;

    if (vector == NULL) {
        no_memory(seen);
        return;
    }
    header = header_of(message, vector);
    core_seen_clear(seen);
    CORE_OBSERVE(seen, sendmsg(sock, &header, flags));
    message->length = seen->rc;
    seen->length_in = (long long)message->address.size;
    seen->control_in = (long long)message->control.size;
    seen->intact = core_message_intact(message);
    free(vector);
}

// The calls on a vector alone: `call` gets (descriptor, vector, count).
#define VECTORED(function, call)                                                           \
    void function(os_sock sock, core_message *message, core_seen *seen)                    \
    {                                                                                      \
        struct iovec *vector = vector_for(message->count);                                 \
                                                                                           \
        if (vector == NULL) {                                                              \
            no_memory(seen);                                                               \
            return;                                                                        \
        }                                                                                  \
        (void)header_of(message, vector);                                                  \
        core_seen_clear(seen);                                                             \
        CORE_OBSERVE(seen, call(sock, vector, count_of(message)));                         \
        message->length = seen->rc;                                                        \
        seen->intact = core_message_intact(message);                                       \
        free(vector);                                                                      \
    }

// The calls count in an int; more than that is the system's to refuse.
static int
count_of(const core_message *message)
{
    return message->count < INT_MAX ? (int)message->count : INT_MAX;
}

VECTORED(core_readv, readv)
VECTORED(core_writev, writev)

#if defined(__linux__) || defined(__FreeBSD__) || defined(__NetBSD__)

// The headers of many messages, their vectors in one block behind them.
typedef struct {
    struct mmsghdr *headers;
    struct iovec *vector;
} batch;

static int
batch_open(batch *made, core_message *messages, size_t count)
{
    size_t parts = 0, next = 0;

    for (size_t index = 0; index < count; index++) {
        parts += messages[index].count;
    }
    made->headers = calloc(count + 1, sizeof *made->headers);
    made->vector = vector_for(parts);
    if (made->headers == NULL || made->vector == NULL) {
        free(made->headers);
        free(made->vector);
        return -1;
    }
    for (size_t index = 0; index < count; index++) {
        made->headers[index].msg_hdr = header_of(&messages[index], made->vector + next);
        next += messages[index].count;
    }
    return 0;
}

static void
batch_close(batch *made, core_message *messages, size_t count, core_seen *seen)
{
    for (size_t index = 0; index < count; index++) {
        if ((long long)index < seen->rc) {
            keep(&messages[index], &made->headers[index].msg_hdr, made->headers[index].msg_len);
        }
        if (!core_message_intact(&messages[index])) {
            seen->intact = 0;
        }
    }
    free(made->headers);
    free(made->vector);
}

void
core_recvmmsg(os_sock sock, core_message *messages, size_t count, int flags, long long timeout,
              core_seen *seen)
{
    struct timespec limit;
    batch made;

    if (batch_open(&made, messages, count) < 0) {
        no_memory(seen);
        return;
    }
    limit.tv_sec = (time_t)(timeout / 1000000000LL);
    limit.tv_nsec = (long)(timeout % 1000000000LL);
    core_seen_clear(seen);
    CORE_OBSERVE(seen, recvmmsg(sock, made.headers, (unsigned int)count, flags,
                                timeout < 0 ? NULL : &limit));
    batch_close(&made, messages, count, seen);
    if (seen->rc > 0) {
        seen_message(seen, &messages[0]);
    }
}

void
core_sendmmsg(os_sock sock, core_message *messages, size_t count, int flags, core_seen *seen)
{
    batch made;

    if (batch_open(&made, messages, count) < 0) {
        no_memory(seen);
        return;
    }
    core_seen_clear(seen);
    CORE_OBSERVE(seen, sendmmsg(sock, made.headers, (unsigned int)count, flags));
    batch_close(&made, messages, count, seen);
}

#else

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

#endif

int
core_control_pack(core_buffer *control, const core_control *items, size_t count)
{
    size_t size = 0;
    unsigned char *at;

    for (size_t index = 0; index < count; index++) {
        size += CMSG_SPACE(items[index].length);
    }
    if (core_buffer_open(control, size, CORE_GUARD) < 0) {
        return -1;
    }
    at = control->data;
    for (size_t index = 0; index < count; index++) {
        struct cmsghdr *item = (struct cmsghdr *)(void *)at;

        item->cmsg_level = items[index].level;
        item->cmsg_type = items[index].type;
        item->cmsg_len = CMSG_LEN(items[index].length);
        if (items[index].length != 0) {
            memcpy(CMSG_DATA(item), items[index].data, items[index].length);
        }
        at += CMSG_SPACE(items[index].length);
    }
    return 0;
}

int
core_control_next(const core_message *message, size_t *at, core_control *item)
{
    const size_t head = CMSG_LEN(0);
    size_t left, length;
    struct cmsghdr *found;
    size_t end = message->control_length;

    // Walked by hand and not with CMSG_NXTHDR, which looks at the header behind the
    // last one: a system that lies about lengths is what we came to see.
    if (end > message->control.size) {
        end = message->control.size;
    }
    if (*at >= end || end - *at < head) {
        return 0;
    }
    left = end - *at;
    found = (struct cmsghdr *)(void *)(message->control.data + *at);
    length = found->cmsg_len;
    if (length < head) {
        return 0;
    }
    item->level = found->cmsg_level;
    item->type = found->cmsg_type;
    item->data = CMSG_DATA(found);
    item->length = (length > left ? left : length) - head;
    *at = length >= left ? end : *at + CMSG_SPACE(length - head);
    return 1;
}
