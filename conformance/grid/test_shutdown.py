"""shutdown() of either half and of both, in every state."""

from __future__ import annotations

from sockspec.spec import CONFORMS, MAPPED, MUST, POSIX, SEQPACKET, STREAM, outcome, rule

from .cells import CLOSED, bad_descriptor, cells, rest, share
from .states import reached

LONELY = rule(
    "grid.shutdown.never-connected",
    "shutdown() of a socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.shutdown("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS},
)

CONNECTED = rule(
    "grid.shutdown.connected",
    "shutdown() of a connection of which nothing is shut down succeeds.",
    level=MUST,
    sources=[POSIX.shutdown("DESCRIPTION", "all or part of a full-duplex connection")],
    behaviours={"succeeds": CONFORMS},
)

BAD = bad_descriptor("shutdown", "shutdown")

ANSWER = rest(
    "shutdown",
    "shutdown() succeeds",
    sources=[
        POSIX.shutdown("ENOTCONN", "The socket is not connected"),
        POSIX.shutdown("DESCRIPTION", "disables subsequent send and/or receive operations"),
    ],
)

# state.shutdown.not-connected judges the other families and listeners.
NEVER = cells("fresh", "bound", type=(STREAM,), family=(MAPPED,))
WHOLE = cells("connected", "accepted", "data-waits", type=(STREAM, SEQPACKET))
HALVES = {"shutdown-rd": "SHUT_RD", "shutdown-wr": "SHUT_WR", "shutdown-rdwr": "SHUT_RDWR"}
DECIDED = [(BAD, CLOSED), (LONELY, NEVER), (CONNECTED, WHOLE)]


@share(ANSWER, DECIDED, call="shutdown-rd")
@share(ANSWER, DECIDED, call="shutdown-wr")
@share(ANSWER, DECIDED, call="shutdown-rdwr")
def test_answer(sockets, see, case):
    see(outcome(reached(sockets, case).shutdown, HALVES[case["call"]]))
