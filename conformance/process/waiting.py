"""Calls that wait: how each is brought to wait, and what has it return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.backend import READ
from sockspec.errors import NotReached
from sockspec.spec import STREAM, UNIX, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.pending import Pending

RECEIVING = ("recv", "recvfrom", "recvmsg", "read", "readv")
SENDING = ("send", "sendmsg", "write", "writev")
POLLING = ("poll", "select", "pselect", "ppoll", "epoll_wait")
SIGNAL = "SIGUSR1"
LONG = 4.0  # seconds, for calls that take a time; nothing waits as long

_ROOM = {"recvmsg": ([1],), "readv": ([1],)}
_PARTS = {"sendmsg", "writev"}
_ROOM_OF_BUFFERS = 1 << 14  # bytes
_FULL = 64  # connects after which a queue of length 0 must be full


@dataclass
class Waiting:
    """A call that waits.

    `sock` is what it waits on, `wake` has it return, where anything can, and `address` is
    where a connect leads.
    """

    pending: Pending
    sock: Any
    wake: Callable[[], object] | None = None
    address: Any = None


def waiting(sockets, call, *, limit="", time=LONG):
    """A call that waits; with a `limit` (SO_RCVTIMEO, SO_SNDTIMEO) of so many seconds on it."""
    made = _waiting(sockets, call, lambda sock: _limit(sock, limit, time))
    if not made.pending.is_blocked():
        made.pending.result()
        raise NotReached(f"a {call} that waits")
    return made


def _limit(sock, option, seconds):
    if option == "SO_RCVTIMEO":
        sock.set_read_timeout(seconds)
    elif option == "SO_SNDTIMEO":
        sock.set_write_timeout(seconds)


def _waiting(sockets, call, prepare):
    if call == "accept":
        listener = sockets.listener()
        address = listener.local_addr()
        prepare(listener)
        pending = sockets.start("accept", listener)
        return Waiting(pending, listener, lambda: sockets.new().connect(address))
    if call == "connect":
        client, listener = sockets.new(), full(sockets)
        prepare(client)
        pending = sockets.start("connect", client, listener.local_addr())
        # Over TCP the client asks again after a second; that is too long to wait for.
        wake = (lambda: sockets.accepted(listener)) if sockets.family == UNIX else None
        return Waiting(pending, client, wake, listener.local_addr())
    ours, theirs = narrow(sockets) if call in SENDING else sockets.connected()
    prepare(ours)
    if call in SENDING:
        sockets.fill(ours)
        ours.set_nonblocking(False)
        return Waiting(sockets.start(call, ours, [b"x"] if call in _PARTS else b"x"), ours)
    if call in POLLING:
        return polling(sockets, call, ours, theirs)
    pending = sockets.start(call, ours, *_ROOM.get(call, (1,)))
    return Waiting(pending, ours, lambda: theirs.send(b"x"))


def polling(sockets, call, ours, theirs, time=LONG):
    """A poll of some kind, started, for what can be received from a socket."""
    backend = sockets.backend
    if call != "epoll_wait":
        events = READ if call in {"select", "pselect"} else sockets.number("POLLIN")
        pending = backend.start(call, [(ours.handle, events)], time)
        return Waiting(pending, ours, lambda: theirs.send(b"x"))
    queue, add = sockets.of(backend.epoll_create(0)), sockets.number("EPOLL_CTL_ADD")
    backend.epoll_ctl(queue.handle, add, ours.handle, sockets.number("EPOLLIN"), 1)

    def wake():
        # A descriptor that was closed is in the queue no more: another one is ready.
        backend.epoll_ctl(queue.handle, add, theirs.handle, sockets.number("EPOLLOUT"), 2)

    return Waiting(backend.start(call, queue.handle, 1, time), ours, wake)


def narrow(sockets):
    """A connection that has little room, so that it is soon full."""
    ours, theirs = sockets.connected()
    ours.set_send_buffer_size(_ROOM_OF_BUFFERS)
    theirs.set_recv_buffer_size(_ROOM_OF_BUFFERS)
    return ours, theirs


def full(sockets):
    """A listener whose queue is full."""
    sockets.need("full-backlog")
    listener = sockets.listener(0)
    for _ in range(_FULL):
        client = sockets.new(type=STREAM)
        client.set_nonblocking(True)
        how = outcome(client.connect, listener.local_addr())
        if how == "EAGAIN" or (how == "EINPROGRESS" and not client.poll("POLLOUT", 0.02)):
            return listener
    raise NotReached("a full queue")


def interrupted(sockets, made):
    """Send the signal to a call that waits, and name what became of the call."""
    sockets.backend.interrupt(sockets.number(SIGNAL))
    if not made.pending.is_blocked():
        return outcome(made.pending.result, ok="returned")
    if made.wake is None:
        return "goes-on"
    made.wake()
    return outcome(made.pending.result, ok="goes-on")
