"""connect() in every state: to a listener, to nobody, and to AF_UNSPEC."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAPPED,
    MUST,
    POSIX,
    RAW,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    VSOCK,
    outcome,
    rule,
)

from .calls import somewhere
from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import GOES_ON, INET, reached, unspecified

EISCONN = POSIX.connect("EISCONN", "is connection-mode and is already connected")
UNKNOWN = POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")

CONNECTED = rule(
    "grid.connect.connected",
    "connect() on a connected socket fails with EISCONN, data or the peer's end queued or not.",
    level=MUST,
    sources=[EISCONN],
    behaviours={"EISCONN": CONFORMS},
)

DATAGRAM = rule(
    "grid.connect.datagram",
    "A datagram socket can be connected, also to nobody, and to another peer after that.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "or to set or reset the peer address")],
    behaviours={"succeeds": CONFORMS},
)

BAD = bad_descriptor("connect", "connect")

ANSWER = rest(
    "connect",
    "connect() succeeds, at once or in the background,",
    sources=[
        UNKNOWN,
        EISCONN,
        POSIX.connect("EINPROGRESS", "the connection cannot be immediately established"),
        POSIX.connect("DESCRIPTION", "is AF_UNSPEC, the socket's peer address shall be reset"),
    ],
    behaviours={
        "succeeds": "the call succeeds",
        "later-connected": "connect() goes on in the background, and succeeds",
        "later-refused": "the call goes on in the background, and ends with ECONNREFUSED",
        "later-failed": "the call goes on in the background, and ends with another error",
        "still-pending": "the call goes on in the background, without an end in sight",
    },
)

# state.connect.connected and .accepted judge the rest of what is connected.
IN_CONNECTION = (
    cells("data-waits", "peer-shut", type=(STREAM,))
    | cells(
        "connected", "accepted", "read-shut", "write-shut", type=(STREAM,), family=(MAPPED,)
    )
    | cells("connected", "accepted", "data-waits", "read-shut", "write-shut", type=(SEQPACKET,))
)
TO_NOBODY = cells("fresh", "bound", "connected", type=(DGRAM,), family=INET)
OF_DATAGRAMS = cells("bound", "connected", "data-waits", type=(DGRAM,))


def ending(sockets, sock, address):
    """How a connect ends, be it in the background. Windows takes 2 s for a refusal."""
    how = outcome(sock.connect, address)
    # A unix connect that fails with EAGAIN is over: nothing goes on in the background.
    if how not in GOES_ON or sockets.family == UNIX:
        return how
    if not sock.poll("POLLOUT", 4.0):
        return "still-pending"
    error = sock.take_error()
    if error is None:
        return "later-connected"
    return "later-refused" if error.symbol == "ECONNREFUSED" else "later-failed"


@share(
    ANSWER,
    [(BAD, CLOSED), (CONNECTED, IN_CONNECTION), (DATAGRAM, OF_DATAGRAMS)],
    call="connect",
)
def test_to_listener(sockets, see, case):
    address = somewhere(sockets)
    see(ending(sockets, reached(sockets, case), address))


@share(ANSWER, [(DATAGRAM, TO_NOBODY)], call="connect-nobody")
def test_to_nobody(sockets, see, case):
    if case["type"] in (DGRAM, RAW):
        nobody = sockets.bound()
        address = nobody.local_addr()
        nobody.close()
    else:
        if case["family"] == VSOCK:
            sockets.need("vsock-loopback")
        address = sockets.dead_address()
    see(ending(sockets, reached(sockets, case), address))


UNSPEC = rule(
    "grid.connect.unspec",
    "Whether connect() to AF_UNSPEC succeeds in each state is unspecified.",
    level=UNSPECIFIED,
    sources=[
        UNKNOWN,
        POSIX.connect("EAFNOSUPPORT", "is not a valid address for the address family"),
    ],
    behaviours={"succeeds": "the call succeeds"},
    needs=["raw-address"],
)


@share(UNSPEC, call="connect-unspec")
def test_to_unspec(sockets, see, case):
    address = unspecified(sockets)
    see(outcome(reached(sockets, case).connect, address))
