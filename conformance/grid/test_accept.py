"""accept(), in every state."""

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
from .states import reached

NOT_LISTENING = rule(
    "grid.accept.not-listening",
    "accept() on a socket that never listened fails with EINVAL.",
    level=MUST,
    sources=[POSIX.accept("EINVAL", "The socket is not accepting connections")],
    behaviours={"EINVAL": CONFORMS},
)

DATAGRAM = rule(
    "grid.accept.datagram",
    "accept() on a datagram socket fails with EOPNOTSUPP, whatever has become of its peer.",
    level=MUST,
    sources=[POSIX.accept("EOPNOTSUPP", "does not support accepting connections")],
    behaviours={"EOPNOTSUPP": CONFORMS},
)

QUEUED = rule(
    "grid.accept.queued",
    "accept() succeeds while a connection is in the queue.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue")],
    behaviours={"succeeds": CONFORMS},
)

EMPTY = rule(
    "grid.accept.empty",
    "A non-blocking accept() fails with EAGAIN while the queue is empty.",
    level=MUST,
    sources=[POSIX.accept("EAGAIN", "no connections are present to be accepted")],
    behaviours={"EAGAIN": CONFORMS},
)

BAD = bad_descriptor("accept", "accept")

ANSWER = rest(
    "accept",
    "accept() succeeds",
    sources=[POSIX.accept("EINVAL", "The socket is not accepting connections")],
)

IN_CONNECTION = ("connected", "accepted", "data-waits", "read-shut", "write-shut", "both-shut")

# state.accept.not-listening, .datagram, .empty and .accepted judge the others.
NEVER_LISTENED = (
    cells("data-waits", "peer-shut", "refused-twice", type=(STREAM,))
    | cells("fresh", "bound", *IN_CONNECTION, "peer-closed", type=(STREAM,), family=(MAPPED,))
    | cells("connecting", "refused", "reset", type=(STREAM,), family=(MAPPED,))
    | cells("fresh", "bound", "refused", *IN_CONNECTION, "peer-shut", type=(SEQPACKET,))
)
OF_DATAGRAMS = cells(type=(DGRAM,)) - cells("fresh", "bound", type=(DGRAM,))
LISTENING = cells("listening") - cells("listening", family=("v4", "v6"))


@share(
    ANSWER,
    [
        (BAD, CLOSED),
        (NOT_LISTENING, NEVER_LISTENED),
        (DATAGRAM, OF_DATAGRAMS),
        (QUEUED, cells("queued")),
        (EMPTY, LISTENING),
    ],
)
def test_answer(sockets, see, case):
    sock = reached(sockets, case)
    see(outcome(lambda: sockets.accepted(sock)))
