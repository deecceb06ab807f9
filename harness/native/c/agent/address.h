// Addresses on the wire, and the sockaddr that a system reads and writes.
#ifndef SOCKSPEC_AGENT_ADDRESS_H
#define SOCKSPEC_AGENT_ADDRESS_H

#include "json.h"

// The sockaddr of an address, in a new buffer; -1 when it is none, -2 without memory.
int address_read(const json_line *line, const jsmntok_t *value, core_buffer *address);
// What a system stored where there was room for `given` bytes, of which `came` came.
void address_put(json_out *out, const unsigned char *data, size_t given, size_t came);

#endif
