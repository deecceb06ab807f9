"""The states of the grid: how each is reached, and which families and types have it.

A state is reached by the calls that lead to it, never set up behind the system's back. Where a
family or type cannot be in a state, the table says why: a cell that cannot be is a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec.address import Raw
from sockspec.errors import NotReached
from sockspec.spec import (
    DGRAM,
    MAPPED,
    NETLINK,
    PACKET,
    PING,
    RAW,
    SEQPACKET,
    STREAM,
    UNIX,
    V4,
    V6,
    VSOCK,
    outcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable

INET = (V4, V6, MAPPED)
INET_ALONE = (V4, V6)
ALL = (*INET, UNIX)

GOES_ON = ("EINPROGRESS", "EAGAIN")
"""How a non-blocking connect fails while the attempt goes on: EAGAIN on Windows."""


@dataclass(frozen=True)
class State:
    """One column: how it is reached, and by type the families that have it.

    `reach` returns the socket, and its peer where it has one that the grid goes on to use.
    `lacking` says why the other families and types are without it.
    """

    name: str
    reach: Callable
    families: dict[str, tuple[str, ...]]
    lacking: str = ""


LISTENERS = {STREAM: (*ALL, VSOCK), SEQPACKET: (UNIX,)}
STREAMS = {STREAM: ALL, SEQPACKET: (UNIX,)}
"""What connects and listens."""

DATAGRAMS = {DGRAM: ALL}
EVERY = {**STREAMS, **DATAGRAMS}
MADE = {**LISTENERS, DGRAM: (*ALL, NETLINK, PING, PACKET), RAW: (V4, V6, PACKET)}
JOINED = {**LISTENERS, DGRAM: (*ALL, NETLINK, PING), RAW: INET_ALONE}
NOT_STREAMS = {type: JOINED[type] for type in (DGRAM, RAW)}
TCP = {STREAM: INET}

NO_CONNECTION = "a datagram socket has no connection and no queue of them"
NO_PEER = "a packet socket has no peer"
ONE_SHUT = "of the families with pages of their own one state that is shut down is enough"
NO_STREAM = (
    "of the families with pages of their own only VSOCK has streams, and few kernels join them"
)
ONLY_TCP = "nothing travels between unix sockets: a connect is over when the call returns"


# -- before a connection -------------------------------------------------------------


def fresh(sockets):
    return sockets.new(), None


def bound(sockets):
    return sockets.bound(), None


def listening(sockets):
    return sockets.listener(4), None


def queued(sockets):
    """A listener with one connection that waits to be accepted."""
    listener = sockets.listener(4)
    client = sockets.new(by=sockets.peer)
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    return listener, client


def listener_shut(sockets):
    """A listener after SHUT_RD, be it that the system refuses the call."""
    listener = sockets.listener(4)
    outcome(listener.shutdown, "SHUT_RD")
    return listener, None


def relistened(sockets):
    listener, _none = listener_shut(sockets)
    outcome(listener.listen, 4)
    return listener, None


def connecting(sockets):
    """A connect that a full queue holds back; the general way where two are not enough."""
    sockets.need("full-backlog")
    listener = sockets.listener(0)
    sockets.new().connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    sock = sockets.new()
    sock.set_nonblocking(True)
    if outcome(sock.connect, listener.local_addr()) in GOES_ON and not sock.poll(
        "POLLOUT", 0.005
    ):
        return sock, None
    return sockets.connecting(), None


def refused(sockets, times=1):
    """A socket whose blocking connect was refused, once or more often."""
    sock, address = sockets.new(), sockets.dead_address()
    for _ in range(times):
        if outcome(sock.connect, address) == "succeeds":
            raise NotReached("a connect that is refused")
    return sock, None


def refused_twice(sockets):
    return refused(sockets, 2)


# -- in a connection, and after it ---------------------------------------------------


def connected(sockets):
    return sockets.connected()


def accepted(sockets):
    return sockets.serving()


def data_waits(sockets):
    ours, theirs = sockets.connected()
    if sockets.family == PING:
        ours.send(sockets.echo)  # the system itself replies
    else:
        theirs.send(b"waits")
    sockets.wait(ours, "POLLIN")
    return ours, theirs


def shut(how):
    def reach(sockets):
        ours, theirs = sockets.connected()
        ours.shutdown(how)
        return ours, theirs

    return reach


def shut_datagram(how):
    """Shut down, be it that the system has no such thing for datagrams."""

    def reach(sockets):
        ours, theirs = sockets.connected()
        outcome(ours.shutdown, how)
        return ours, theirs

    return reach


def peer_shut(sockets):
    ours, theirs = sockets.connected()
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLIN")
    return ours, theirs


def peer_closed(sockets):
    ours, theirs = sockets.connected()
    theirs.close()
    sockets.wait(ours, "POLLIN")
    return ours, None


def reset(sockets):
    return sockets.reset(), None


def reset_read(sockets):
    """A connection whose reset a receive has reported."""
    sock = sockets.reset()
    outcome(sock.recv, 1)
    return sock, None


def unspecified(sockets):
    """An address of the family AF_UNSPEC, as long as one of the socket's family."""
    length = 16 if sockets.family == V4 else 28
    number = sockets.number("AF_UNSPEC")
    if sockets.backend.system in {"darwin", "freebsd"}:
        return Raw(bytes([length, number]) + bytes(length - 2))
    return Raw(number.to_bytes(2, sockets.backend.byte_order) + bytes(length - 2))


def dissolved(sockets):
    """After a connect to AF_UNSPEC, be it that the system refuses it."""
    sockets.need("raw-address")
    ours, theirs = sockets.connected()
    outcome(ours.connect, unspecified(sockets))
    return ours, theirs


def closed(sockets):
    sock = sockets.bound()
    sock.close()
    return sock, None


# -- datagrams -----------------------------------------------------------------------


def datagram_peer_closed(sockets):
    ours, theirs = sockets.connected()
    theirs.close()
    return ours, None


def datagram_refused(sockets):
    """A datagram was sent to a port that nobody has, and the refusal has come back."""
    ours, theirs = sockets.connected()
    theirs.close()
    outcome(ours.send, b"x")
    sockets.wait(ours, [])
    return ours, None


STATES = (
    State("fresh", fresh, MADE),
    State("bound", bound, MADE),
    State("listening", listening, LISTENERS, NO_CONNECTION),
    State("queued", queued, STREAMS, NO_CONNECTION),
    State("listener-shut", listener_shut, LISTENERS, NO_CONNECTION),
    State("relistened", relistened, LISTENERS, NO_CONNECTION),
    State("connecting", connecting, TCP, ONLY_TCP),
    State("refused", refused, STREAMS, "a datagram's refusal comes later: `refusal-came`"),
    State("refused-twice", refused_twice, STREAMS, NO_CONNECTION),
    State("connected", connected, JOINED, NO_PEER),
    State("accepted", accepted, STREAMS, NO_CONNECTION),
    State("data-waits", data_waits, JOINED, NO_PEER),
    State("read-shut", shut("SHUT_RD"), STREAMS, ONE_SHUT),
    State("write-shut", shut("SHUT_WR"), STREAMS, ONE_SHUT),
    State("both-shut", shut("SHUT_RDWR"), LISTENERS, NO_PEER),
    State("read-shut", shut_datagram("SHUT_RD"), DATAGRAMS),
    State("write-shut", shut_datagram("SHUT_WR"), DATAGRAMS),
    State("both-shut", shut_datagram("SHUT_RDWR"), NOT_STREAMS),
    State("peer-shut", peer_shut, STREAMS, "what a datagram socket shuts down does not travel"),
    State("peer-closed", peer_closed, STREAMS, NO_STREAM),
    State("peer-closed", datagram_peer_closed, DATAGRAMS),
    State(
        "refusal-came", datagram_refused, {DGRAM: INET}, "unix reports it to the sender at once"
    ),
    State("reset", reset, TCP, "only TCP has resets"),
    State("reset-read", reset_read, TCP, "only TCP has resets"),
    State(
        "dissolved", dissolved, {STREAM: INET, DGRAM: ALL}, "AF_UNSPEC dissolves no unix stream"
    ),
    State("closed", closed, MADE),
)
"""The columns, in the order of a socket's life."""

_REACH = {(state.name, type): state.reach for state in STATES for type in state.families}


def reached(sockets, case):
    """The socket of a case, in its state and non-blocking; see `with_peer`."""
    return with_peer(sockets, case)[0]


def with_peer(sockets, case):
    """The socket of a case in its state, non-blocking, and its peer where it has one."""
    return in_state(sockets, case["state"])


def in_state(sockets, state):
    """A non-blocking socket of the case's type in a state, and its peer where it has one."""
    sock, peer = _REACH[state, sockets.type](sockets)
    if state != "closed":
        sock.set_nonblocking(True)
    return sock, peer
