"""Datagram sockets with a peer: the filter, the default destination, refusals."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

TYPES = ("2.10.6", "Socket Types, SOCK_DGRAM")
FILTER = POSIX.connect(
    "DESCRIPTION", "limits the remote sender for subsequent recv() functions"
)
ONLY = POSIX.chapter(*TYPES, "only datagrams from that peer shall be received")

ONLY_PEER = rule(
    "data.connected-datagram.only-peer",
    "A connected datagram socket receives what its peer sends and nothing else.",
    level=MUST,
    judges=CLIENT,
    sources=[FILTER, ONLY, RFC(8085, "5", "filter the traffic for the specified addresses")],
    behaviours={
        "peer-only": CONFORMS,
        "others-too": "the datagrams of others are received",
    },
    aliases=["data.connected-udp.only-peer"],
)


@ONLY_PEER.case(family=INET, type=DGRAM)
@given(turns=st.lists(st.booleans(), max_size=8))
def test_only_peer(sockets, see, case, turns):
    ours, peer, other = sockets.bound(), sockets.receiver(), sockets.receiver()
    ours.connect(peer.local_addr())
    for from_peer in [*turns, True]:
        (peer if from_peer else other).send_to(bytes([from_peer]), ours.local_addr())
    got = [ours.recv(8) for _ in range(turns.count(True) + 1)]
    ours.set_nonblocking(True)
    more = outcome(ours.recv, 8, ok="others-too")
    how = "others-too" if set(got) != {b"\1"} else more
    see("peer-only" if how == "EAGAIN" else how, turns=turns, got=got)


QUEUED_BEFORE = rule(
    "data.connected-datagram.queued-before-connect",
    "A datagram that another sender queued before the connect is not received after it.",
    level=MUST,
    judges=CLIENT,
    sources=[FILTER, ONLY],
    behaviours={"dropped": CONFORMS, "received": "it is received"},
    aliases=[
        "data.connected-udp.queued-before-connect",
        "data.unix-datagram.queued-before-connect",
    ],
    renamed={"removed": "dropped", "stay": "received"},
)


@QUEUED_BEFORE.case(family=INET, type=DGRAM)
@QUEUED_BEFORE.case(family=UNIX, type=DGRAM, then=("connects", "reconnects"))
def test_queued_before(sockets, see, case):
    ours, peer, other = sockets.bound(), sockets.receiver(), sockets.receiver()
    if case.get("then") == "reconnects":
        ours.connect(other.local_addr())
    other.send_to(b"early", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    ours.connect(peer.local_addr())
    peer.send_to(b"peer", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    see("received" if ours.recv(16) == b"early" else "dropped")


DEFAULT_PEER = rule(
    "data.connected-datagram.default-destination",
    "A send without an address on a connected datagram socket goes to its peer.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.connect(
            "DESCRIPTION", "the peer address identifies where all datagrams are sent"
        ),
        POSIX.chapter(
            *TYPES, "that do not specify a peer address shall send to the pre-specified"
        ),
    ],
    behaviours={
        "to-peer": CONFORMS,
        "altered": "the peer receives something else, or from another address",
        "lost": "nobody receives it",
    },
    aliases=["data.connected-udp.default-destination"],
)


@DEFAULT_PEER.case(family=(V4, V6, UNIX), type=DGRAM, by=("send", "sendmsg"))
def test_default_destination(sockets, see, case):
    ours, peer = sockets.bound(), sockets.receiver()
    ours.connect(peer.local_addr())
    if case["by"] == "send":
        ours.send(b"data")
    else:
        ours.send_vectored([b"da", b"ta"])
    if not peer.poll("POLLIN", 1.0):
        see("lost")
        return
    got = peer.recv_from(8)
    see("to-peer" if got == (b"data", ours.local_addr()) else "altered", got=got[0])


ELSEWHERE = rule(
    "data.connected-datagram.send-elsewhere",
    "A send to an address on a connected datagram socket goes there, or fails with EISCONN.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.sendto(
            "DESCRIPTION", "overriding the pre-specified peer address), or the function"
        ),
        POSIX.sendmsg("DESCRIPTION", "shall return -1 and set errno to [EISCONN]"),
        FREEBSD.send(
            2, "EISCONN", "A destination address was specified and the socket is already"
        ),
    ],
    behaviours={
        "to-address": CONFORMS,
        "EISCONN": CONFORMS,
        "misdirected": "the peer receives it",
        "lost": "nobody receives it",
    },
    aliases=["data.connected-udp.send-elsewhere", "data.unix-datagram.send-elsewhere"],
    renamed={
        "there": "to-address",
        "elsewhere": "to-address",
        "to-peer": "misdirected",
        "peer": "misdirected",
    },
)


@ELSEWHERE.case(family=(V4, V6, UNIX), type=DGRAM, by=("sendto", "sendmsg"))
def test_send_elsewhere(sockets, see, case):
    ours, peer, other = sockets.bound(), sockets.receiver(), sockets.receiver()
    ours.connect(peer.local_addr())
    if case["by"] == "sendto":
        how = outcome(ours.send_to, b"data", other.local_addr(), ok="to-address")
    else:
        how = outcome(ours.send_to_vectored, [b"data"], other.local_addr(), ok="to-address")
    if how == "to-address" and not other.poll("POLLIN", 0.2):
        how = "misdirected" if peer.poll("POLLIN", 0) else "lost"
    see(how)


RECONNECT = rule(
    "data.connected-datagram.reconnect",
    "Connecting a datagram socket again replaces its peer, for sending and for receiving.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.connect(
            "DESCRIPTION", "to set or reset the peer address of a connectionless-mode"
        ),
        FILTER,
        MAN.connect(2, "DESCRIPTION", "multiple times to change their association"),
    ],
    behaviours={
        "replaced": CONFORMS,
        "first-stays": "the first peer is still the peer",
        "both": "the datagrams of both are received",
        "lost": "nobody receives it",
    },
    aliases=["data.connected-udp.reconnect"],
)


@RECONNECT.case(family=INET, type=DGRAM)
def test_reconnect(sockets, see, case):
    ours, first, second = sockets.bound(), sockets.receiver(), sockets.receiver()
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
            how = "first-stays" if first.poll("POLLIN", 0) else "lost"
    see(how)


REFUSED = rule(
    "data.connected-datagram.refused",
    "When nobody is at the peer's address, a call after the send fails with ECONNREFUSED.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.chapter(
            "2.10.15",
            "ECONNREFUSED",
            "an attempt to deliver a datagram was forcefully rejected",
        ),
        POSIX.chapter("2.10.10", "Pending Error", "in response to a subsequent send(), recv()"),
        RFC(1122, "4.1.3.3", "UDP MUST pass to the application layer all ICMP error"),
        MAN.udp(7, "ECONNREFUSED", "No receiver was associated with the destination address"),
        FREEBSD.send(2, "ECONNREFUSED", "received an ICMP destination unreachable message"),
        MS.recv("WSAECONNRESET", "a previous send operation resulted in an ICMP"),
    ],
    behaviours={"ECONNREFUSED": CONFORMS, "succeeds": "it reports no error"},
    aliases=["data.connected-udp.refused"],
)


def _refused(sockets):
    """A connected datagram socket whose datagram was refused, the refusal arrived."""
    ours, peer = sockets.bound(), sockets.receiver()
    ours.connect(peer.local_addr())
    peer.close()
    ours.set_nonblocking(True)
    ours.send(b"x")
    ours.poll("POLLIN", 0.2)
    return ours


@REFUSED.case(family=INET, type=DGRAM, by=("recv", "send", "peek", "recvmsg"))
def test_refused(sockets, see, case):
    sock = _refused(sockets)
    calls = {
        "recv": lambda: sock.recv(8),
        "send": lambda: sock.send(b"x"),
        "peek": lambda: sock.peek(8),
        "recvmsg": lambda: sock.recvmsg([8]),
    }
    see(outcome(calls[case["by"]]))


ONCE = rule(
    "data.connected-datagram.refused-once",
    "A refusal is reported once: the receive after the one that reports it fails with EAGAIN.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.chapter("2.10.10", "Pending Error", "and the pending error is then cleared"),
        POSIX.recv("EAGAIN or EWOULDBLOCK", "no data is waiting to be received"),
    ],
    behaviours={"once": CONFORMS, "again": "the second receive does not fail with EAGAIN"},
    aliases=["data.connected-udp.refused-once"],
)


@ONCE.case(family=INET, type=DGRAM)
def test_refused_once(sockets, see, case):
    sock = _refused(sockets)
    first, second = outcome(sock.recv, 8), outcome(sock.recv, 8)
    how = "once" if second == "EAGAIN" else "again"
    see(how if first == "ECONNREFUSED" else first, first=first, second=second)
