"""listen(), in every state."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAPPED,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    outcome,
    rule,
)

from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import reached

CONNECTED = rule(
    "grid.listen.connected",
    "listen() on a connected socket fails with EINVAL, data or the peer's end queued or not.",
    level=MUST,
    sources=[POSIX.listen("EINVAL", "The socket is already connected")],
    behaviours={"EINVAL": CONFORMS},
)

DATAGRAM = rule(
    "grid.listen.datagram",
    "listen() on a datagram socket fails with EOPNOTSUPP, whatever has become of its peer.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS},
)

BAD = bad_descriptor("listen", "listen")

ANSWER = rest(
    "listen",
    "listen() succeeds",
    sources=[
        POSIX.listen("EINVAL", "The socket is already connected"),
        POSIX.listen("EDESTADDRREQ", "does not support listening on an unbound socket"),
    ],
)

# state.listen.connected, .accepted and .datagram judge the rest of what is connected.
IN_CONNECTION = (
    cells("data-waits", "peer-shut", type=(STREAM,))
    | cells(
        "connected", "accepted", "read-shut", "write-shut", type=(STREAM,), family=(MAPPED,)
    )
    | cells("connected", "accepted", "data-waits", "read-shut", "write-shut", type=(SEQPACKET,))
)
OF_DATAGRAMS = cells(type=(DGRAM,), family=(MAPPED, UNIX)) | cells(
    "data-waits", "peer-closed", "refusal-came", "dissolved", type=(DGRAM,), family=INET
)
# Without a name EDESTADDRREQ fits a unix socket as well.
OTHERWISE = cells("fresh", "connected", type=(DGRAM,), family=(UNIX,))


@share(
    ANSWER,
    [(BAD, CLOSED), (CONNECTED, IN_CONNECTION), (DATAGRAM, OF_DATAGRAMS - OTHERWISE)],
)
def test_answer(sockets, see, case):
    see(outcome(reached(sockets, case).listen, 1))
