// The sockets that are open, by the numbers that the client knows them by.
#ifndef SOCKSPEC_AGENT_SOCKETS_H
#define SOCKSPEC_AGENT_SOCKETS_H

#include "core.h"

// The number of a new socket, above 0; 0 when there is no memory. None is used twice.
long long sockets_add(os_sock sock);
// The socket of a number, OS_BAD without.
os_sock sockets_of(long long number);
// Take a socket out: its number means none from now on.
os_sock sockets_take(long long number);
// Close all that are open.
void sockets_clear(void);

#endif
