"""The addresses of a socket and of its peer, in every state."""

from __future__ import annotations

from sockspec.spec import CONFORMS, INET, MUST, POSIX, outcome, rule

from .states import ANY, reached

PEER_LONELY = rule(
    "state.peer-addr.not-connected",
    "A socket that is not connected has no peer.",
    level=MUST,
    sources=[POSIX.getpeername("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EINVAL": CONFORMS, "named": "it has one"},
)


@PEER_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
@PEER_LONELY.case(family=INET, state=("connecting", "refused", "reset"))
def test_peer_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).peer_addr, ok="named"))


PEER_KEPT = rule(
    "state.peer-addr.half-closed",
    "A connection that is closed in one direction still has its peer.",
    level=MUST,
    sources=[POSIX.getpeername("DESCRIPTION")],
    behaviours={"named": CONFORMS, "ENOTCONN": "it has none", "EINVAL": "it has none"},
)


@PEER_KEPT.case(family=ANY, state=("peer-closed", "write-shut", "read-shut"))
def test_peer_kept(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).peer_addr, ok="named"))
