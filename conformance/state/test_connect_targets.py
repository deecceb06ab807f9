"""Connecting: to which addresses, to itself, and taking the peer back."""

from __future__ import annotations

from sockspec.address import Inet, Inet6, Raw
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .states import GOES_ON

OTHER_FAMILY = rule(
    "state.connect.other-family",
    "A socket cannot be connected to an address of another family.",
    level=MUST,
    sources=[POSIX.connect("EAFNOSUPPORT", "is not a valid address for the address family")],
    behaviours={
        "EAFNOSUPPORT": CONFORMS,
        "EAI_ADDRFAMILY": "the name resolver refuses it before the system is asked",
        "EPYTHON": "the language's library refuses it before the system is asked",
        "EINVAL": "it is told as invalid",
        "EFAULT": "it is told as a bad pointer",
        "connected": "it is connected",
    },
)


@OTHER_FAMILY.case(family=V4, type=(STREAM, DGRAM), address=("v6", "unix"))
@OTHER_FAMILY.case(family=V6, type=(STREAM, DGRAM), address=("v4", "unix"))
@OTHER_FAMILY.case(family=UNIX, type=(STREAM, DGRAM), address=("v4", "v6"))
def test_other_family(sockets, see, case):
    target = sockets.loopback(case["address"], *([] if case["address"] == UNIX else [9]))
    see(outcome(sockets.new().connect, target, ok="connected"))


SHORT = rule(
    "state.connect.short-address",
    "An address that is shorter than its family needs is refused.",
    level=MUST,
    sources=[POSIX.connect("EINVAL", "is not a valid length for the address family")],
    behaviours={"EINVAL": CONFORMS, "EFAULT": "a bad pointer", "connected": "it is taken"},
    needs=["raw-address"],
)


@SHORT.case(family=INET, type=(STREAM, DGRAM), length=("0", "1", "2", "8"))
def test_short(sockets, see, case):
    number = sockets.number("AF_INET" if case["family"] == V4 else "AF_INET6")
    whole = number.to_bytes(2, sockets.backend.byte_order) + bytes(26)
    see(outcome(sockets.new().connect, Raw(whole[: int(case["length"])]), ok="connected"))


PORT_ZERO = rule(
    "state.connect.port-zero",
    "Connecting a stream socket to port 0 fails; with which error is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("EADDRNOTAVAIL"), POSIX.connect("ECONNREFUSED")],
    behaviours={
        "ECONNREFUSED": "as if nobody listened there",
        "EADDRNOTAVAIL": "there is no such address",
        "connected": "it is connected",
    },
)


@PORT_ZERO.case(family=INET)
def test_port_zero(sockets, see, case):
    see(outcome(sockets.new().connect, sockets.loopback(port=0), ok="connected"))


WILDCARD = rule(
    "state.connect.wildcard",
    "Where a connect to the unspecified address leads is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("EADDRNOTAVAIL"), RFC(9293, "3.9.1.1")],
    behaviours={
        "loopback": "to the loopback address of this host",
        "another": "to another address of this host",
        "EADDRNOTAVAIL": "nowhere: there is no such address",
        "ECONNREFUSED": "nowhere: nobody listens there",
    },
)


@WILDCARD.case(family=INET, type=(STREAM, DGRAM))
def test_wildcard(sockets, see, case):
    server = sockets.new()
    server.bind(sockets.wildcard())
    port = server.local_addr().port
    if case["type"] == STREAM:
        server.listen(1)
    sock = sockets.new()
    how = outcome(sock.connect, sockets.wildcard(port=port))
    if how == "succeeds":
        loopback = sock.peer_addr().host == sockets.loopback().host
        how = "loopback" if loopback else "another"
    see(how)


MANY = rule(
    "state.connect.multicast",
    "A stream socket cannot be connected to a multicast or broadcast address.",
    level=MUST,
    sources=[RFC(9293, "3.9.1.1"), POSIX.connect("ENETUNREACH")],
    behaviours={
        "ENETUNREACH": CONFORMS,
        "EAFNOSUPPORT": CONFORMS,
        "EADDRNOTAVAIL": CONFORMS,
        "EACCES": CONFORMS,
        "EINVAL": CONFORMS,
        "connecting": "the attempt is made",
    },
)


@MANY.case(family=V4, address=("multicast", "broadcast"))
@MANY.case(family=V6, address="multicast")
def test_many(sockets, see, case):
    sock = sockets.bound()  # to loopback: no attempt leaves this host
    sock.set_nonblocking(True)
    address = {
        ("v4", "multicast"): Inet("224.0.0.1", 9),
        ("v4", "broadcast"): Inet("255.255.255.255", 9),
        ("v6", "multicast"): Inet6("ff11::1", 9),
    }[case["family"], case["address"]]
    how = outcome(sock.connect, address)
    see("connecting" if how in {"succeeds", *GOES_ON} else how)


SELF = rule(
    "state.connect.self",
    "A stream socket that connects to its own address is connected to itself.",
    level=MUST,
    sources=[RFC(9293, "3.5", "simultaneous open"), POSIX.connect("DESCRIPTION")],
    behaviours={
        "connected-to-itself": CONFORMS,
        "connected": "it is connected to something else",
        "pending": "the attempt neither succeeds nor fails",
        "ECONNREFUSED": "nobody listens there",
        "EADDRINUSE": "the address is in use",
        "EINVAL": "it is refused as invalid",
    },
)


@SELF.case(family=INET)
def test_self(sockets, see, case):
    sock = sockets.bound()
    sock.set_nonblocking(True)
    how = outcome(sock.connect, sock.local_addr())
    if how in {"succeeds", *GOES_ON}:
        if not sock.poll("POLLOUT", 2.0):
            see("pending")
            return
        error = sock.take_error()
        how = error.symbol if error else "connected"
    if how == "connected":
        sock.send(b"echo")
        mine = sock.poll("POLLIN", 1.0) and sock.recv(8) == b"echo"
        how = "connected-to-itself" if mine else "connected"
    see(how)


SELF_DATAGRAM = rule(
    "state.connect.self-datagram",
    "A datagram socket that is connected to its own address receives what it sends.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "where all datagrams are sent")],
    behaviours={"received": CONFORMS, "lost": "nothing arrives"},
)


@SELF_DATAGRAM.case(family=(V4, V6, UNIX), type=DGRAM)
def test_self_datagram(sockets, see, case):
    sock = sockets.bound()
    how = outcome(sock.connect, sock.local_addr())
    if how == "succeeds":
        how = outcome(sock.send, b"echo")
    if how == "succeeds":
        how = "received" if sock.poll("POLLIN", 1.0) and sock.recv(8) == b"echo" else "lost"
    see(how)


def unspecified(sockets):
    """An address of the family AF_UNSPEC, as long as an internet address."""
    number = sockets.number("AF_UNSPEC")
    length = 16 if sockets.family == V4 else 28
    return Raw(number.to_bytes(2, sockets.backend.byte_order) + bytes(length - 2))


DISSOLVE = rule(
    "state.connect.dissolves",
    "Connecting a datagram socket to an address of AF_UNSPEC takes its peer away.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "the socket's peer address shall be reset")],
    behaviours={
        "dissolved": CONFORMS,
        "dissolved-with-error": "it does, and answers an error",
        "kept": "the peer stays",
    },
    needs=["raw-address"],
)


@DISSOLVE.case(family=INET, type=DGRAM, bound=("before", "by-connect"))
def test_dissolve(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    sock.connect(sockets.bound().local_addr())
    how = outcome(sock.connect, unspecified(sockets))
    if outcome(sock.peer_addr) == "succeeds":
        see("kept", answer=how)
    else:
        see("dissolved" if how == "succeeds" else "dissolved-with-error", answer=how)


DISSOLVED_NAME = rule(
    "state.connect.dissolved-name",
    "Which local address a datagram socket has when its peer was taken away is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION"), MAN.connect(2, "DESCRIPTION")],
    behaviours={
        "kept": "the one that it had",
        "port-only": "its port, at no address",
        "none": "none",
    },
    needs=["raw-address"],
)


@DISSOLVED_NAME.case(family=INET, type=DGRAM, bound=("before", "by-connect"))
def test_dissolved_name(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    sock.connect(sockets.bound().local_addr())
    before = sock.local_addr()
    outcome(sock.connect, unspecified(sockets))
    after = sock.local_addr()
    see("kept" if after == before else "port-only" if after.port == before.port else "none")


DISSOLVED_OPEN = rule(
    "state.connect.dissolved-receives",
    "A datagram socket whose peer was taken away receives from everyone again.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "the socket's peer address shall be reset")],
    behaviours={"received": CONFORMS, "lost": "it does not", "unreachable": "it has no port"},
    needs=["raw-address"],
)


@DISSOLVED_OPEN.case(family=INET, type=DGRAM)
def test_dissolved_receives(sockets, see, case):
    # Bound to a port of its own choosing: Linux gives a port that the system chose back.
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
    see("received" if sock.poll("POLLIN", 1.0) else "lost")


ABORT = rule(
    "state.connect.dissolves-stream",
    "What connecting a stream socket to an address of AF_UNSPEC does is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION"), MAN.connect(2, "DESCRIPTION")],
    behaviours={
        "aborted": "the connection is reset",
        "ended": "the connection is closed in order",
        "EISCONN": "it is refused: the socket is connected",
        "EAFNOSUPPORT": "it is refused: the address is of no family",
        "EINVAL": "it is refused as invalid",
        "nothing": "nothing",
    },
    needs=["raw-address"],
)


@ABORT.case(family=INET, type=STREAM)
def test_abort(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.connect, unspecified(sockets))
    if how == "succeeds":
        how = "nothing"
        if theirs.poll("POLLIN", 1.0):
            how = {"succeeds": "ended"}.get(outcome(theirs.recv, 1), "aborted")
    see(how)


REVIVED = rule(
    "state.connect.after-dissolving-stream",
    "Whether a stream socket whose connection was dissolved can be connected is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION"), MAN.connect(2, "DESCRIPTION")],
    behaviours={
        "connected": "it can",
        "EISCONN": "it is still connected",
        "EINVAL": "it is dead",
    },
    needs=["raw-address"],
)


@REVIVED.case(family=INET, type=STREAM, state=("connected", "refused", "listening"))
def test_revived(sockets, see, case):
    if case["state"] == "connected":
        sock = sockets.connected()[0]
    elif case["state"] == "listening":
        sock = sockets.listener()
    else:
        sock = sockets.new()
        outcome(sock.connect, sockets.dead_address())
    outcome(sock.connect, unspecified(sockets))
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))
