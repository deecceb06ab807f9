"""Connecting a datagram socket: it sets the peer's address, and makes no connection."""

from __future__ import annotations

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY

AGAIN = rule(
    "state.connect-datagram.again",
    "connect() on a connected datagram socket sets another peer.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("DESCRIPTION", "or to set or reset the peer address")],
    behaviours={"changed": CONFORMS, "kept": "getpeername() still returns the first peer"},
    aliases=["state.connect.datagram-again"],
)


@AGAIN.case(family=ANY, type=DGRAM)
def test_again(sockets, see, case):
    first, second, sock = sockets.receiver(), sockets.receiver(), sockets.bound()
    sock.connect(first.local_addr())
    how = outcome(sock.connect, second.local_addr())
    if how == "succeeds":
        how = "changed" if sock.peer_addr() == second.local_addr() else "kept"
    see(how)


NOBODY = rule(
    "state.connect-datagram.to-nobody",
    "connect() on a datagram socket succeeds when nobody is at the address.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("DESCRIPTION", "and no connection is made")],
    behaviours={"connected": CONFORMS},
    aliases=["state.connect.datagram-to-nobody"],
)


@NOBODY.case(family=INET, type=DGRAM, mode=("blocking", "nonblocking"))
def test_nobody(sockets, see, case):
    gone = sockets.receiver()
    address = gone.local_addr()
    gone.close()
    sock = sockets.new()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    see(outcome(sock.connect, address, ok="connected"))


AT_ONCE = rule(
    "state.connect-datagram.at-once",
    "A non-blocking connect() on a datagram socket succeeds at once.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.connect(
            "DESCRIPTION", "shall set the socket's peer address, and no connection is"
        )
    ],
    behaviours={"connected": CONFORMS},
    aliases=["state.connect.datagram-at-once"],
)


@AT_ONCE.case(family=ANY, type=DGRAM)
def test_at_once(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, sockets.receiver().local_addr(), ok="connected"))


SELF = rule(
    "state.connect-datagram.self",
    "A datagram socket that is connected to its own address receives what it sends.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "identifies where all datagrams are sent")],
    behaviours={
        "received": CONFORMS,
        "lost": "nothing arrives",
        "altered": "other bytes arrive",
    },
    aliases=["state.connect.self-datagram"],
)


@SELF.case(family=ANY, type=DGRAM)
def test_self(sockets, see, case):
    sock = sockets.bound()
    how = outcome(sock.connect, sock.local_addr())
    if how == "succeeds":
        how = outcome(sock.send, b"echo")
    if how == "succeeds":
        how = "lost"
        if sock.poll("POLLIN", 1.0):
            how = "received" if sock.recv(8) == b"echo" else "altered"
    see(how)


PORT_ZERO = rule(
    "state.connect-datagram.port-zero",
    "Whether connect() of a datagram socket to port 0 gives it a peer is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION", "not connection-mode, then connect() shall set the")],
    behaviours={
        "with-peer": "getpeername() returns the address",
        "without-peer": "connect() succeeds, and getpeername() fails",
    },
)


@PORT_ZERO.case(family=INET, type=DGRAM)
def test_port_zero(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.connect, sockets.loopback(port=0))
    if how == "succeeds":
        how = "with-peer" if outcome(sock.peer_addr) == "succeeds" else "without-peer"
    see(how)


AFTER_SHUTDOWN = rule(
    "state.connect-datagram.after-shutdown",
    "Whether a datagram socket that was shut down sends again once it is connected anew is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("SHUT_WR", "Disables further send operations")],
    behaviours={"sends-again": "the send succeeds"},
)


@AFTER_SHUTDOWN.case(family=ANY, type=DGRAM, how=("SHUT_WR", "SHUT_RDWR"))
def test_after_shutdown(sockets, see, case):
    sock, first, second = sockets.bound(), sockets.bound(), sockets.bound()
    sock.connect(first.local_addr())
    sock.shutdown(case["how"])
    sock.connect(second.local_addr())
    see(outcome(sock.send_with_flags, b"x", "MSG_NOSIGNAL", ok="sends-again"))
