"""The states of a stream socket, and how a test brings each of them about."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import INET, UNIX, outcome

ANY = (*INET, UNIX)

CONNECTED = ("connected", "peer-closed", "write-shut", "read-shut")
"""The states in which a socket has a peer and can still move data."""

BEFORE = ("fresh", "bound", "listening")
"""The states of a socket that never had a peer."""

GOES_ON = ("EINPROGRESS", "EAGAIN")
"""What a non-blocking connect answers that goes on: EINPROGRESS, on Windows EAGAIN."""

ENDED = ("reset", "refused")
"""The states in which a connection, or the attempt at one, has failed."""


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
    outcome(sock.connect, sockets.dead_address())
    return sock


def held_back(sockets, backlog=0):
    """A non-blocking socket whose connect is pending, and the listener that is full."""
    listener = sockets.listener(backlog)
    _served, waiting = fill_queue(sockets, listener)
    if waiting is None:
        raise NotReached("a connect that stays pending on a full queue")
    return waiting, listener


def fill_queue(sockets, listener, limit=24):
    """Connect to a listener that accepts nothing, until a connect is not served.

    Answers the sockets that are connected, and the one that is not, or None when the
    queue takes `limit` of them.
    """
    served = []
    while len(served) < limit:
        client = sockets.new()
        client.set_nonblocking(True)
        outcome(client.connect, listener.local_addr())
        # Over loopback a connect ends at once, unless the queue is full.
        if not client.poll("POLLOUT", 0.03) or client.take_error():
            return served, client
        served.append(client)
    return served, None
