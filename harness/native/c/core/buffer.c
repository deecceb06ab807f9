// Buffers between guards.
#include "core.h"

#include <stdlib.h>
#include <string.h>

// Neither zeros nor ones, and no run of one byte: what a stray copy or memset writes.
static const unsigned char pattern[16] = {0xA5, 0x5A, 0xC3, 0x3C, 0x96, 0x69, 0xF0, 0x0F,
                                          0xE1, 0x1E, 0xD2, 0x2D, 0xB4, 0x4B, 0x87, 0x78};

static void
fill(unsigned char *at, size_t size)
{
    for (size_t done = 0; done < size; done += sizeof pattern) {
        memcpy(at + done, pattern, sizeof pattern);
    }
}

static int
filled(const unsigned char *at, size_t size)
{
    for (size_t done = 0; done < size; done += sizeof pattern) {
        if (memcmp(at + done, pattern, sizeof pattern) != 0) {
            return 0;
        }
    }
    return 1;
}

static int
open_block(core_buffer *buffer, size_t size, size_t tail)
{
    unsigned char *block;

    memset(buffer, 0, sizeof *buffer);
    if (size > (size_t)OS_SIZE_MAX - CORE_GUARD - tail) {
        return -1;
    }
    block = malloc(CORE_GUARD + size + tail);
    if (block == NULL) {
        return -1;
    }
    buffer->data = block + CORE_GUARD;
    buffer->size = size;
    buffer->tail = tail;
    fill(block, CORE_GUARD);
    fill(buffer->data + size, tail);
    return 0;
}

int
core_buffer_open(core_buffer *buffer, size_t size, size_t tail)
{
    if (open_block(buffer, size, tail) < 0) {
        return -1;
    }
    // Zeros, because a call may report more bytes than it wrote (MSG_TRUNC), and what
    // nobody wrote must not be handed out.
    memset(buffer->data, 0, size);
    return 0;
}

int
core_buffer_copy(core_buffer *buffer, const void *bytes, size_t size)
{
    if (open_block(buffer, size, CORE_GUARD) < 0) {
        return -1;
    }
    if (size != 0) {
        memcpy(buffer->data, bytes, size);
    }
    return 0;
}

int
core_buffer_intact(const core_buffer *buffer)
{
    if (buffer->data == NULL) {
        return 1;
    }
    return filled(buffer->data - CORE_GUARD, CORE_GUARD)
           && filled(buffer->data + buffer->size, buffer->tail);
}

void
core_buffer_close(core_buffer *buffer)
{
    if (buffer->data != NULL) {
        free(buffer->data - CORE_GUARD);
    }
    memset(buffer, 0, sizeof *buffer);
}

int
core_message_intact(const core_message *message)
{
    for (size_t index = 0; index < message->count; index++) {
        if (!core_buffer_intact(&message->parts[index])) {
            return 0;
        }
    }
    return core_buffer_intact(&message->control) && core_buffer_intact(&message->address);
}

void
core_message_close(core_message *message)
{
    for (size_t index = 0; index < message->count; index++) {
        core_buffer_close(&message->parts[index]);
    }
    core_buffer_close(&message->control);
    core_buffer_close(&message->address);
}
