"""getsockname() and getpeername(), in every state."""

from __future__ import annotations

from sockspec.address import Raw, Unix
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    MAPPED,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    outcome,
    rule,
)

from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import INET, reached

NAMES = {
    "named": "an address with a port or a path is returned",
    "unnamed": "an address without a port or a path is returned",
}

LOCAL = rule(
    "grid.names.local",
    "getsockname() on a socket that is bound returns its address.",
    level=MUST,
    sources=[POSIX.getsockname("DESCRIPTION", "shall retrieve the locally-bound name")],
    behaviours={"named": CONFORMS, "unnamed": NAMES["unnamed"]},
)

PEER = rule(
    "grid.names.peer",
    "getpeername() on a connected socket returns the address of its peer.",
    level=MUST,
    sources=[POSIX.getpeername("DESCRIPTION", "shall retrieve the peer address")],
    behaviours={"named": CONFORMS, "unnamed": NAMES["unnamed"]},
)

NO_PEER = rule(
    "grid.names.no-peer",
    "getpeername() on a socket that never had a peer fails with ENOTCONN.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.getpeername("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, **NAMES},
)

BAD = bad_descriptor("names", "getsockname")

ANSWER = rest(
    "names",
    "getsockname() and getpeername() return an address",
    sources=[
        POSIX.getsockname("DESCRIPTION", "shall retrieve the locally-bound name"),
        POSIX.getpeername("EINVAL", "The socket has been shut down"),
    ],
    behaviours=NAMES,
)

BOUND = cells("bound", "listening", "queued", "accepted") | cells(
    "connected", "data-waits", "write-shut", "peer-shut", "peer-closed", family=INET
)
CONNECTED = cells("connected", "data-waits", type=(STREAM, SEQPACKET)) | cells(
    "accepted", family=INET
)
CONNECTED |= cells("connected", "data-waits", type=(DGRAM,))
# state.peer-addr.not-connected judges the other families of streams.
LONELY = (
    cells("fresh", "bound", type=(DGRAM, SEQPACKET))
    | cells("listening", type=(SEQPACKET,))
    | cells("queued")
    | cells("fresh", "bound", "listening", "connecting", type=(STREAM,), family=(MAPPED,))
)


def named(sockets, call):
    """How a call for a name ends: `named`, `unnamed`, or its error."""
    told = []
    how = outcome(lambda: told.append(call()))
    if how != "succeeds":
        return how
    (address,) = told
    if isinstance(address, Raw):
        has = sockets.numbered(address)
    else:
        has = address.path if isinstance(address, Unix) else address.port
    return "named" if has else "unnamed"


@share(ANSWER, [(BAD, CLOSED), (LOCAL, BOUND)], call="getsockname")
def test_local(sockets, see, case):
    see(named(sockets, reached(sockets, case).local_addr))


@share(ANSWER, [(BAD, CLOSED), (PEER, CONNECTED), (NO_PEER, LONELY)], call="getpeername")
def test_peer(sockets, see, case):
    see(named(sockets, reached(sockets, case).peer_addr))
