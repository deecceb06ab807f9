"""The states of a stream socket, and how a test brings each of them about."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import INET, UNIX, outcome

ANY = (*INET, UNIX)

CONNECTED = ("connected", "peer-closed", "write-shut", "read-shut")
"""The states in which a socket has a peer and can still move data."""

GOES_ON = ("EINPROGRESS", "EAGAIN")
"""How a non-blocking connect fails while the attempt goes on: EAGAIN on Windows."""


def reached(sockets, state):
    """A stream socket in that state."""
    if state == "fresh":
        return sockets.new()
    if state == "bound":
        return sockets.bound()
    if state == "listening":
        return sockets.listener()
    if state == "connecting":
        return sockets.connecting()
    if state == "reset":
        return sockets.reset()
    if state == "refused":
        return refused(sockets)
    return in_connection(sockets, state)[0]


def in_connection(sockets, state, *ends):
    """Both ends of a connection, the first of them in that state."""
    ours, theirs = ends or sockets.connected()
    if state == "peer-closed":
        theirs.close()
        sockets.wait(ours, "POLLIN")
    elif state == "write-shut":
        ours.shutdown("SHUT_WR")
    elif state == "read-shut":
        ours.shutdown("SHUT_RD")
    elif state == "both-shut":
        ours.shutdown("SHUT_RDWR")
    return ours, theirs


def refused(sockets, sock=None):
    """A socket whose blocking connect was refused."""
    sock = sock or sockets.new()
    if outcome(sock.connect, sockets.dead_address()) == "succeeds":
        raise NotReached("a connect that is refused")
    return sock


def connect_ends(sockets, sock, address, within=4.0):
    """How a connect ends, be it in the background: `connected`, `pending` or the error.

    Windows takes 2 s for a refusal, hence the time.
    """
    how = outcome(sock.connect, address, ok="connected")
    # A unix connect that fails with EAGAIN is over: nothing goes on in the background.
    if how not in GOES_ON or sockets.family == UNIX:
        return how
    if not sock.poll("POLLOUT", within):
        return "pending"
    error = sock.take_error()
    return error.symbol if error else "connected"


def held_back(sockets, backlog=0):
    """A non-blocking socket whose connect is pending, and the listener that is full."""
    listener = sockets.listener(backlog)
    _served, waiting = fill_queue(sockets, listener)
    if waiting is None:
        raise NotReached("a connect that stays pending on a full queue")
    return waiting, listener


def fill_queue(sockets, listener, limit=24):
    """Connect to a listener that accepts nothing, until a connect is not served.

    Returns the sockets that are connected, and the one that is not, or None when the
    queue takes `limit` of them.
    """
    served = []
    while len(served) < limit:
        client = sockets.new()
        client.set_nonblocking(True)
        # Over loopback a connect ends at once, unless the queue is full.
        if connect_ends(sockets, client, listener.local_addr(), 0.1) != "connected":
            return served, client
        served.append(client)
    return served, None


def family_bytes(sockets, symbol, length):
    """How a `sockaddr` of that family and length begins; the BSDs put the length first."""
    number = sockets.number(symbol)
    if sockets.backend.system in {"darwin", "freebsd"}:
        return bytes([length, number])
    return number.to_bytes(2, sockets.backend.byte_order)
