"""The address of the peer, in every state of the socket."""

from __future__ import annotations

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, reached

NOT_CONNECTED = rule(
    "state.peer-addr.not-connected",
    "getpeername() on a socket that is not connected fails with ENOTCONN.",
    level=MUST,
    sources=[
        POSIX.getpeername("ENOTCONN", "The socket is not connected"),
        SOCKET2.peer_addr(2, "returns an error if the socket is not connected"),
    ],
    behaviours={"ENOTCONN": CONFORMS, "named": "an address is returned"},
    aliases=["contracts.address.peer-unconnected", "contracts.peer-addr.unconnected"],
)

REFUSED = rule(
    "state.peer-addr.refused",
    "Whether a socket whose connect was refused has a peer address is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={"named": "an address is returned", "ENOTCONN": "the socket has no peer"},
    split_from=["state.peer-addr.not-connected"],
)

PEER_CLOSED = rule(
    "state.peer-addr.half-closed",
    "A TCP socket whose peer has closed the connection still has its peer's address.",
    level=MUST,
    sources=[
        POSIX.getpeername("DESCRIPTION", "shall retrieve the peer address"),
        RFC(9293, "3.6", "not send its own FIN until its user has CLOSED the connection"),
    ],
    behaviours={"named": CONFORMS},
)

# A unix connection is over when one end is closed: whether the other is still connected
# then, no clause says.
UNIX_PEER_CLOSED = rule(
    "state.peer-addr.unix-peer-closed",
    "Whether a unix socket whose peer has closed still has a peer address is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.getpeername("ENOTCONN", "The socket is not connected")],
    behaviours={"named": "an address is returned", "ENOTCONN": "the socket has no peer"},
    split_from=["state.peer-addr.half-closed"],
)

# EINVAL is for a socket that "has been shut down"; POSIX does not say whether one direction
# is enough.
HALF_SHUT = rule(
    "state.peer-addr.half-shut",
    "Whether a socket that is shut down in one direction has a peer address is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.getpeername("EINVAL", "The socket has been shut down")],
    behaviours={"named": "an address is returned", "EINVAL": "the socket counts as shut down"},
    split_from=["state.peer-addr.half-closed"],
)


@NOT_CONNECTED.case(family=ANY, state=("fresh", "bound", "listening"))
@NOT_CONNECTED.case(family=INET, state=("connecting", "reset"))
@REFUSED.case(family=INET, state="refused")
@PEER_CLOSED.case(family=INET, state="peer-closed")
@UNIX_PEER_CLOSED.case(family=UNIX, state="peer-closed")
@HALF_SHUT.case(family=ANY, state=("write-shut", "read-shut"))
def test_peer_addr(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).peer_addr, ok="named"))
