#include "sockets.h"

#include <stdlib.h>

static os_sock *open_sockets;  // by number; slot 0 is nobody's
static size_t made, room, cleared;  // all up to `cleared` are closed

long long
sockets_add(os_sock sock)
{
    if (made + 1 >= room) {
        size_t more = room > 0 ? room * 2 : 256;
        os_sock *grown = realloc(open_sockets, more * sizeof *grown);

        if (grown == NULL) {
            return 0;
        }
        open_sockets = grown;
        room = more;
    }
    made++;
    open_sockets[made] = sock;
    return (long long)made;
}

os_sock
sockets_of(long long number)
{
    return number > 0 && (size_t)number <= made ? open_sockets[number] : OS_BAD;
}

os_sock
sockets_take(long long number)
{
    os_sock sock = sockets_of(number);

    if (sock != OS_BAD) {
        open_sockets[number] = OS_BAD;
    }
    return sock;
}

void
sockets_clear(void)
{
    for (size_t number = cleared + 1; number <= made; number++) {
        if (open_sockets[number] != OS_BAD) {
            os_close(open_sockets[number]);
            open_sockets[number] = OS_BAD;
        }
    }
    cleared = made;
}
