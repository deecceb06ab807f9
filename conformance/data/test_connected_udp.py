"""Datagram sockets with a peer: the filter, the default destination, refusals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    GVISOR,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

FILTER = POSIX.connect("DESCRIPTION", "limits the remote sender for subsequent recv()")
DEFAULT = POSIX.connect("DESCRIPTION", "identifies where all datagrams are sent")
UNREACHABLE = RFC(1122, "4.1.3.3", "UDP MUST pass to the application layer all ICMP error")

ONLY_PEER = rule(
    "data.connected-udp.only-peer",
    "A connected datagram socket receives what its peer sends and nothing else.",
    level=MUST,
    sources=[FILTER],
    behaviours={"peer-only": CONFORMS, "others-too": "others' datagrams are received"},
)


@ONLY_PEER.case(family=INET, type=DGRAM)
@given(turns=st.lists(st.booleans(), max_size=8))
def test_only_peer(sockets, see, case, turns):
    ours, peer, other = sockets.bound(), sockets.bound(), sockets.bound()
    ours.connect(peer.local_addr())
    for from_peer in [*turns, True]:
        (peer if from_peer else other).send_to(bytes([from_peer]), ours.local_addr())
    got = [ours.recv(8) for _ in range(turns.count(True) + 1)]
    ours.set_nonblocking(True)
    more = outcome(ours.recv, 8)
    alone = more == "EAGAIN" and set(got) == {b"\1"}
    see("peer-only" if alone else "others-too", turns=turns, got=got)


QUEUED_BEFORE = rule(
    "data.connected-udp.queued-before-connect",
    "A datagram that another sender put into the queue before the connect is received or not.",
    level=UNSPECIFIED,
    sources=[FILTER],
    behaviours={"received": "it is received afterwards", "dropped": "it is gone"},
)


@QUEUED_BEFORE.case(family=INET, type=DGRAM)
def test_queued_before(sockets, see, case):
    ours, peer, other = sockets.bound(), sockets.bound(), sockets.bound()
    other.send_to(b"early", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    ours.connect(peer.local_addr())
    peer.send_to(b"peer", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    see("received" if ours.recv(16) == b"early" else "dropped")


DEFAULT_PEER = rule(
    "data.connected-udp.default-destination",
    "A send without an address on a connected datagram socket goes to its peer.",
    level=MUST,
    sources=[DEFAULT],
    behaviours={"to-peer": CONFORMS, "lost": "the peer does not receive it"},
)


@DEFAULT_PEER.case(family=(V4, V6, UNIX), type=DGRAM, by=("send", "sendmsg"))
def test_default_destination(sockets, see, case):
    ours, peer = sockets.bound(), sockets.bound()
    ours.connect(peer.local_addr())
    if case["by"] == "send":
        ours.send(b"data")
    else:
        ours.send_vectored([b"da", b"ta"])
    got = peer.poll("POLLIN", 1.0) and peer.recv_from(8)
    see("to-peer" if got == (b"data", ours.local_addr()) else "lost")


ELSEWHERE = rule(
    "data.connected-udp.send-elsewhere",
    "A send to an address on a connected datagram socket goes there, or fails with EISCONN.",
    level=MUST,
    sources=[
        POSIX.sendto("DESCRIPTION", "overriding the pre-specified peer address"),
        POSIX.sendto("EISCONN"),
        FREEBSD.send(2, "EISCONN"),
    ],
    behaviours={
        "there": CONFORMS,
        "EISCONN": CONFORMS,
        "to-peer": "goes to the peer instead",
        "lost": "goes nowhere",
    },
)


@ELSEWHERE.case(family=(V4, V6, UNIX), type=DGRAM, by=("sendto", "sendmsg"))
def test_send_elsewhere(sockets, see, case):
    ours, peer, other = sockets.bound(), sockets.bound(), sockets.bound()
    ours.connect(peer.local_addr())
    if case["by"] == "sendto":
        how = outcome(ours.send_to, b"data", other.local_addr(), ok="there")
    else:
        how = outcome(ours.send_to_vectored, [b"data"], other.local_addr(), ok="there")
    if how == "there" and not other.poll("POLLIN", 0.2):
        how = "to-peer" if peer.poll("POLLIN", 0) else "lost"
    see(how)


RECONNECT = rule(
    "data.connected-udp.reconnect",
    "Connecting a datagram socket again replaces its peer, for sending and for receiving.",
    level=MUST,
    sources=[
        POSIX.connect("DESCRIPTION", "and limits the remote sender"),
        MAN.connect(2, "DESCRIPTION"),
    ],
    behaviours={
        "replaced": CONFORMS,
        "first-stays": "the first peer still counts",
        "both": "both peers are received",
    },
)


@RECONNECT.case(family=INET, type=DGRAM)
def test_reconnect(sockets, see, case):
    ours, first, second = sockets.bound(), sockets.bound(), sockets.bound()
    ours.connect(first.local_addr())
    how = outcome(ours.connect, second.local_addr(), ok="replaced")
    if how == "replaced":
        first.send_to(b"first", ours.local_addr())
        second.send_to(b"second", ours.local_addr())
        sockets.wait(ours, "POLLIN")
        got = [ours.recv(16)]
        while ours.poll("POLLIN", 0):
            got.append(ours.recv(16))
        if got != [b"second"]:
            how = "first-stays" if got == [b"first"] else "both"
        elif ours.send(b"x") and not second.poll("POLLIN", 0.5):
            how = "first-stays"
    see(how)


REFUSED = rule(
    "data.connected-udp.refused",
    "When nobody is at the peer's address, a call after the send fails with ECONNREFUSED.",
    level=SHOULD,
    sources=[
        UNREACHABLE,
        MAN.udp(7, "Error handling"),
        FREEBSD.send(2, "ECONNREFUSED"),
        MS.recv("WSAECONNRESET"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "succeeds": "nothing is reported",
        "EAGAIN": "not reported",
    },
)


def _refused(sockets):
    """A connected datagram socket whose datagram was refused, the refusal arrived."""
    ours, peer = sockets.bound(), sockets.bound()
    ours.connect(peer.local_addr())
    peer.close()
    ours.set_nonblocking(True)
    ours.send(b"x")
    ours.poll("POLLIN", 0.2)
    return ours


@REFUSED.case(family=INET, type=DGRAM, by=("recv", "send", "peek", "recvmsg", "take-error"))
def test_refused(sockets, see, case):
    sock = _refused(sockets)

    def take_error():
        error = sock.take_error()
        if error is not None:
            raise error

    calls = {
        "recv": lambda: sock.recv(8),
        "send": lambda: sock.send(b"x"),
        "peek": lambda: sock.peek(8),
        "recvmsg": lambda: sock.recvmsg([8]),
        "take-error": take_error,
    }
    see(outcome(calls[case["by"]]))


ONCE = rule(
    "data.connected-udp.refused-once",
    "A refusal is reported once, and the socket goes on as before.",
    level=SHOULD,
    sources=[
        POSIX.chapter("2.10.16", "SO_ERROR", "and clear the error status"),
        POSIX.chapter("2.10.10", "Pending Error"),
    ],
    behaviours={"once": CONFORMS, "again": "it is reported again", "EAGAIN": "not reported"},
)


@ONCE.case(family=INET, type=DGRAM)
def test_refused_once(sockets, see, case):
    sock = _refused(sockets)
    first, second = outcome(sock.recv, 8), outcome(sock.recv, 8)
    how = "once" if second == "EAGAIN" else "again"
    see(how if first == "ECONNREFUSED" else first, first=first, second=second)


UNCONNECTED = rule(
    "data.connected-udp.refused-unconnected",
    "A socket without a peer is told that its datagram was refused, or is not.",
    level=UNSPECIFIED,
    sources=[UNREACHABLE, MAN.udp(7, "Error handling"), MS.recvfrom("WSAECONNRESET")],
    behaviours={"not-told": "a receive finds nothing", "received": "something is received"},
)


@UNCONNECTED.case(family=INET, type=DGRAM)
def test_refused_unconnected(sockets, see, case):
    ours, peer = sockets.bound(), sockets.bound()
    there = peer.local_addr()
    peer.close()
    ours.set_nonblocking(True)
    ours.send_to(b"x", there)
    ours.poll("POLLIN", 0.05)
    how = outcome(ours.recv, 8, ok="received")
    see("not-told" if how == "EAGAIN" else how)


UNCONNECTED_SEND = rule(
    "data.udp.send-without-address",
    "A send without an address on a datagram socket without a peer fails.",
    level=MUST,
    sources=[POSIX.send("EDESTADDRREQ", "no peer address is set"), POSIX.send("ENOTCONN")],
    behaviours={"EDESTADDRREQ": CONFORMS, "ENOTCONN": CONFORMS, "succeeds": "succeeds"},
)


@UNCONNECTED_SEND.case(family=(V4, V6, UNIX), type=DGRAM, by=("send", "sendmsg"))
def test_send_without_address(sockets, see, case):
    sock = sockets.bound()
    if case["by"] == "send":
        see(outcome(sock.send, b"x"))
    else:
        see(outcome(sock.send_vectored, [b"x"]))


AUTOBIND = rule(
    "data.udp.autobind",
    "A datagram socket without an address is given one when it first sends or connects.",
    level=MUST,
    sources=[
        POSIX.connect("DESCRIPTION", "If the socket has not already been bound"),
        MAN.udp(7, "DESCRIPTION", "assign"),
    ],
    behaviours={"bound": CONFORMS, "unbound": "it has no port"},
)


@AUTOBIND.case(family=INET, type=DGRAM, by=("sendto", "connect"))
def test_autobind(sockets, see, case):
    ours, peer = sockets.new(), sockets.bound()
    if case["by"] == "sendto":
        how = outcome(ours.send_to, b"x", peer.local_addr())
    else:
        how = outcome(ours.connect, peer.local_addr())
    see(how if how != "succeeds" else "bound" if ours.local_addr().port else "unbound")


PORT_ZERO = rule(
    "data.udp.send-to-port-zero",
    "A send to port 0 is refused.",
    level=SHOULD,
    sources=[
        RFC(6335, "6", "Reserved port numbers"),
        GVISOR("test/syscalls/linux/udp_socket.cc", "SendToZeroPort"),
        MS.article("windows-sockets-error-codes-2", "WSAEADDRNOTAVAIL"),
    ],
    behaviours={"EINVAL": CONFORMS, "EADDRNOTAVAIL": CONFORMS, "succeeds": "is accepted"},
)


@PORT_ZERO.case(family=INET, type=DGRAM, by=("sendto", "sendmsg"))
def test_port_zero(sockets, see, case):
    sock = sockets.bound()
    if case["by"] == "sendto":
        see(outcome(sock.send_to, b"x", sockets.loopback()))
    else:
        see(outcome(sock.send_to_vectored, [b"x"], sockets.loopback()))


WILDCARD = rule(
    "data.udp.send-to-wildcard",
    "A datagram to the unspecified address reaches this host, or is refused.",
    level=UNSPECIFIED,
    sources=[RFC(1122, "3.2.1.3"), MS.sendto("WSAEADDRNOTAVAIL"), RFC(4291, "2.5.2")],
    behaviours={"this-host": "it is received here", "lost": "it goes nowhere"},
)


@WILDCARD.case(family=INET, type=DGRAM)
def test_wildcard(sockets, see, case):
    ours, theirs = sockets.bound(), sockets.new()
    there = sockets.wildcard(port=ours.local_addr().port)
    how = outcome(theirs.send_to, b"x", there, ok="this-host")
    if how == "this-host" and not ours.poll("POLLIN", 0.2):
        how = "lost"
    see(how)
