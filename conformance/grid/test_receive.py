"""The receives, in every state: plain, peeking, urgent, with the sender, as a message."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    outcome,
    rule,
)

from .calls import RECEIVES
from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import INET, reached

GOT = {
    "received": "bytes are returned",
    "end-of-stream": "no bytes are returned",
}

DATA = rule(
    "grid.receive.data",
    "A receive returns the bytes that wait.",
    level=MUST,
    sources=[
        POSIX.recv("RETURN VALUE", "recv() shall return the length of the message in bytes")
    ],
    behaviours={"received": CONFORMS, "end-of-stream": GOT["end-of-stream"]},
)

EMPTY = rule(
    "grid.receive.empty",
    "A non-blocking receive fails with EAGAIN where nothing waits and more may come.",
    level=MUST,
    sources=[
        POSIX.recv("EAGAIN or EWOULDBLOCK", "is marked O_NONBLOCK and no data is waiting")
    ],
    behaviours={"EAGAIN": CONFORMS, **GOT},
)

END = rule(
    "grid.receive.end",
    "A receive returns no bytes where the peer has shut its half down and nothing waits.",
    level=MUST,
    sources=[
        POSIX.recv(
            "RETURN VALUE", "the peer has performed an orderly shutdown, recv() shall return 0"
        )
    ],
    behaviours={"end-of-stream": CONFORMS, "received": GOT["received"]},
)

RESET = rule(
    "grid.receive.reset",
    "The first receive after a reset fails with ECONNRESET.",
    level=MUST,
    sources=[POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={"ECONNRESET": CONFORMS, **GOT},
)

LONELY = rule(
    "grid.receive.never-connected",
    "A receive on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, **GOT},
)

BAD = bad_descriptor("receive", "recv")

ANSWER = rest(
    "receive",
    "a receive returns bytes",
    sources=[
        POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected"),
        POSIX.recv("EINVAL", "The MSG_OOB flag is set and no out-of-band data is available"),
    ],
    behaviours={"succeeds": "the call succeeds", **GOT},
)

OPEN = cells("connected", "accepted", "write-shut", type=(STREAM, SEQPACKET)) | cells(
    "bound", "connected", type=(DGRAM,)
)
ENDED = cells("peer-shut") | cells("peer-closed", type=(STREAM,), family=INET)
# state.recv.not-connected judges unix streams, data.unix-seqpacket.unconnected the rest.
NEVER = cells("fresh", "bound", "listening", type=(STREAM,), family=INET)
DECIDED = [
    (BAD, CLOSED),
    (DATA, cells("data-waits")),
    (EMPTY, OPEN),
    (END, ENDED),
    (RESET, cells("reset")),
    (LONELY, NEVER),
]


@share(ANSWER, DECIDED, call="recv")
@share(ANSWER, DECIDED, call="recv-peek")
@share(ANSWER, DECIDED, call="recvfrom")
@share(ANSWER, DECIDED, call="recvmsg")
@share(ANSWER, [(BAD, CLOSED)], call="recv-oob")
def test_answer(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(RECEIVES[case["call"]](sock)))
    if how == "succeeds":
        how = "received" if got[0] else "end-of-stream"
    see(how)
