"""Disconnecting: connecting to an address of the family AF_UNSPEC."""

from __future__ import annotations

from sockspec.address import Raw
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNSPECIFIED,
    V4,
    XNU,
    outcome,
    rule,
)

from .states import family_bytes, reached

RESET = POSIX.connect("DESCRIPTION", "is AF_UNSPEC, the socket's peer address shall be reset")
LINUX = MAN.connect(2, "DESCRIPTION", "thereafter, the socket can be connected to another")


def unspecified(sockets):
    """An address of the family AF_UNSPEC, as long as an internet address."""
    length = 16 if sockets.family == V4 else 28
    return Raw(family_bytes(sockets, "AF_UNSPEC", length) + bytes(length - 2))


DATAGRAM = rule(
    "state.disconnect.datagram",
    "Connecting a datagram socket to an address of AF_UNSPEC resets its peer address.",
    level=MUST,
    sources=[
        RESET,
        XNU("bsd/man/man2/connect.2", "DESCRIPTION", "will be harmlessly returned", line=85),
    ],
    behaviours={
        "dissolved": CONFORMS,
        "dissolved-with-error": "the peer address is reset, and connect() fails",
        "kept": "the socket still has its peer",
    },
    needs=["raw-address"],
    aliases=["state.connect.dissolves"],
)


@DATAGRAM.case(family=INET, type=DGRAM, bound=("before", "by-connect"))
def test_datagram(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    sock.connect(sockets.bound().local_addr())
    how = outcome(sock.connect, unspecified(sockets))
    if outcome(sock.peer_addr) == "succeeds":
        see("kept", answer=how)
    else:
        see("dissolved" if how == "succeeds" else "dissolved-with-error", answer=how)


LOCAL_ADDRESS = rule(
    "state.disconnect.local-address",
    "Whether a datagram socket keeps its local address when it is disconnected is unspecified.",
    level=UNSPECIFIED,
    sources=[RESET],
    behaviours={
        "unchanged": "the local address stays",
        "port-only": "the port stays, at the unspecified address",
        "no-port": "neither the address nor the port stays",
        "another-port": "it has another port",
    },
    needs=["raw-address"],
    aliases=["state.connect.dissolved-name"],
    renamed={"kept": "unchanged", "none": "no-port"},
)


@LOCAL_ADDRESS.case(family=INET, type=DGRAM, bound=("before", "by-connect"))
def test_local_address(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    sock.connect(sockets.bound().local_addr())
    before = sock.local_addr()
    outcome(sock.connect, unspecified(sockets))
    after = sock.local_addr()
    if after == before:
        see("unchanged")
    elif after.port == before.port:
        see("port-only")
    else:
        see("another-port" if after.port else "no-port")


RECEIVES = rule(
    "state.disconnect.receives",
    "A datagram socket that was disconnected receives from every sender again.",
    level=MUST,
    sources=[RESET],
    behaviours={
        "received": CONFORMS,
        "lost": "what another sender sends does not arrive",
        "unreachable": "the socket has no port any more",
    },
    needs=["raw-address"],
    aliases=["state.connect.dissolved-receives"],
)


@RECEIVES.case(family=INET, type=DGRAM)
def test_receives(sockets, see, case):
    # Bound to a port by number: Linux gives back a port that the system chose.
    spare = sockets.bound()
    port = spare.local_addr().port
    spare.close()
    sock, other = sockets.new(), sockets.bound()
    sock.bind(sockets.loopback(port=port))
    sock.connect(sockets.bound().local_addr())
    outcome(sock.connect, unspecified(sockets))
    if not sock.local_addr().port:
        see("unreachable")
        return
    other.send_to(b"open", sock.local_addr())
    arrives = sock.poll("POLLIN", 1.0) and sock.recv(8) == b"open"
    see("received" if arrives else "lost")


# The clause that resets a peer address is about datagram sockets. For the others this is an
# address of another family, and they are connected already.
STREAM_SOCKET = rule(
    "state.disconnect.stream",
    "Connecting a connected stream socket to an address of AF_UNSPEC fails.",
    level=MUST,
    sources=[
        POSIX.connect("EISCONN", "is connection-mode and is already connected"),
        POSIX.connect("EAFNOSUPPORT", "is not a valid address for the address family"),
        POSIX.connect("EINVAL (may fail)", "invalid address family in the sockaddr structure"),
    ],
    behaviours={
        "EISCONN": CONFORMS,
        "EAFNOSUPPORT": CONFORMS,
        "EINVAL": CONFORMS,
        "aborted": "the connection is reset",
        "closed": "the connection is closed in order",
        "succeeds-without-effect": "connect() succeeds, and the connection stays",
    },
    needs=["raw-address"],
    aliases=["state.connect.dissolves-stream"],
    renamed={"ended": "closed", "nothing": "succeeds-without-effect"},
)


@STREAM_SOCKET.case(family=INET, type=STREAM)
def test_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.connect, unspecified(sockets))
    if how == "succeeds":
        how = "succeeds-without-effect"
        if theirs.poll("POLLIN", 1.0):
            how = outcome(theirs.recv, 1, ok="closed")
            how = "aborted" if how == "ECONNRESET" else how
    see(how)


STREAM_AGAIN = rule(
    "state.disconnect.stream-again",
    "Whether a stream socket can be connected after a connect() to AF_UNSPEC is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified"),
        LINUX,
    ],
    behaviours={"connected": "connect() succeeds"},
    needs=["raw-address"],
    aliases=["state.connect.after-dissolving-stream"],
)


@STREAM_AGAIN.case(family=INET, type=STREAM, state=("connected", "refused", "listening"))
def test_stream_again(sockets, see, case):
    sock = reached(sockets, case["state"])
    outcome(sock.connect, unspecified(sockets))
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))
