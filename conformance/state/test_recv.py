"""Receiving, in every state of the socket."""

from __future__ import annotations

from sockspec.spec import CONFORMS, MUST, POSIX, outcome, rule

from .states import ANY, reached

NOT_CONNECTED = rule(
    "state.recv.not-connected",
    "Receiving on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "received": "recv() returns"},
)


@NOT_CONNECTED.case(family=ANY, state=("fresh", "bound", "listening"))
def test_not_connected(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).recv, 1, ok="received"))
