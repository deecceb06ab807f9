"""bind() to a new address of loopback, in every state."""

from __future__ import annotations

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

ALREADY = POSIX.bind("EINVAL", "The socket is already bound to an address")

BOUND = rule(
    "grid.bind.bound",
    "bind() on a socket that has a local address and no peer fails with EINVAL.",
    level=MUST,
    judges=ALONE,
    sources=[ALREADY],
    behaviours={"EINVAL": CONFORMS},
)

WITH_PEER = rule(
    "grid.bind.connected",
    "bind() on a socket that has a local address and a peer fails with EINVAL or EISCONN.",
    level=MUST,
    sources=[ALREADY, POSIX.bind("EISCONN", "The socket is already connected")],
    behaviours={"EINVAL": CONFORMS, "EISCONN": CONFORMS},
)

BAD = bad_descriptor("bind", "bind")

ANSWER = rest("bind", "bind() succeeds", sources=[ALREADY])

# state.bind.bound and .connected judge the other families, types and states.
NAMED = (
    cells("queued")
    | cells("listening", type=(SEQPACKET,))
    | cells("bound", family=(MAPPED,))
    | cells("listening", "connecting", type=(STREAM,), family=(MAPPED,))
)
IN_CONNECTION = (
    cells("accepted")
    | cells("data-waits", "peer-shut", type=(STREAM,), family=INET)
    | cells(
        "connected", "read-shut", "write-shut", "peer-closed", type=(STREAM,), family=(MAPPED,)
    )
    | cells("data-waits", "read-shut", "write-shut", type=(DGRAM,))
    | cells("connected", type=(DGRAM,), family=(MAPPED,))
)


@share(ANSWER, [(BAD, CLOSED), (BOUND, NAMED), (WITH_PEER, IN_CONNECTION)])
def test_answer(sockets, see, case):
    address = sockets.loopback()
    see(outcome(reached(sockets, case).bind, address))
