"""UDP sockets without a peer: their port, their destinations, refusals."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CLIENT,
    CONFORMS,
    DGRAM,
    GVISOR,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

NO_ADDRESS = rule(
    "data.udp.send-without-address",
    "Whether sendmsg() without an address fails on a UDP socket without a peer is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.sendmsg(
            "EDESTADDRREQ, may fail",
            "not have its peer address set, and no destination address",
        )
    ],
    behaviours={"succeeds": "it reports no error"},
)


@NO_ADDRESS.case(family=INET, type=DGRAM, by="sendmsg")
def test_send_without_address(sockets, see, case):
    see(outcome(sockets.bound().send_vectored, [b"x"]))


AUTOBIND = rule(
    "data.udp.autobind",
    "Whether sendto() binds a UDP socket that is not bound is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[
        MAN.udp(
            7, "DESCRIPTION", "the socket layer will automatically assign a free local port"
        ),
        MS.sendto(
            "Remarks", "unique values are assigned to the local association by the system"
        ),
    ],
    behaviours={"bound": "the socket has a port", "unbound": "the socket has no port"},
)


@AUTOBIND.case(family=INET, type=DGRAM, by="sendto")
def test_autobind(sockets, see, case):
    ours, peer = sockets.new(), sockets.receiver()
    how = outcome(ours.send_to, b"x", peer.local_addr())
    see(how if how != "succeeds" else "bound" if ours.local_addr().port else "unbound")


PORT_ZERO = rule(
    "data.udp.send-to-port-zero",
    "Whether a datagram to port 0 is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(768, "Fields", "Destination Port has a meaning within the context of a particular"),
        GVISOR(
            "test/syscalls/linux/udp_socket.cc",
            "SendToZeroPort",
            "Sending to an invalid port should fail",
        ),
        MS.article(
            "windows-sockets-error-codes-2",
            "WSAEADDRNOTAVAIL",
            "for example, address or port 0",
        ),
    ],
    behaviours={"succeeds": "it reports no error"},
)


@PORT_ZERO.case(family=INET, type=DGRAM, by=("sendto", "sendmsg"))
def test_port_zero(sockets, see, case):
    sock = sockets.bound()
    if case["by"] == "sendto":
        see(outcome(sock.send_to, b"x", sockets.loopback()))
    else:
        see(outcome(sock.send_to_vectored, [b"x"], sockets.loopback()))


# The RFCs forbid the address in packets; what a call makes of it is another question.
WILDCARD = rule(
    "data.udp.send-to-wildcard",
    "Whether a datagram to the unspecified address reaches this host is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        RFC(1122, "3.2.1.3", "This host on this network. MUST NOT be sent, except as a source"),
        RFC(4291, "2.5.2", "must not be used as the destination address of IPv6 packets"),
        MS.sendto("WSAEADDRNOTAVAIL", "not a valid address, for example, ADDR_ANY"),
    ],
    behaviours={"this-host": "it is received here", "lost": "it is sent, and not received"},
)


@WILDCARD.case(family=INET, type=DGRAM)
def test_wildcard(sockets, see, case):
    ours, theirs = sockets.bound(), sockets.new()
    there = sockets.wildcard(port=ours.local_addr().port)
    how = outcome(theirs.send_to, b"x", there, ok="this-host")
    if how == "this-host" and not ours.poll("POLLIN", 0.2):
        how = "lost"
    see(how)


REFUSED = rule(
    "data.udp.refused-unconnected",
    "When nobody is at the address of a datagram, the next receive fails with ECONNREFUSED.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.chapter(
            "2.10.15",
            "ECONNREFUSED",
            "an attempt to deliver a datagram was forcefully rejected",
        ),
        RFC(1122, "4.1.3.3", "UDP MUST pass to the application layer all ICMP error"),
        MAN.udp(7, "Error handling", "an error return even when the socket is not connected"),
        MS.recvfrom("WSAECONNRESET", "a previous send operation resulted in an ICMP"),
    ],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "not-reported": "the receive finds nothing",
        "received": "the receive returns data",
    },
    aliases=["data.connected-udp.refused-unconnected"],
    renamed={"not-told": "not-reported"},
)


@REFUSED.case(family=INET, type=DGRAM)
def test_refused_unconnected(sockets, see, case):
    ours, peer = sockets.bound(), sockets.receiver()
    there = peer.local_addr()
    peer.close()
    ours.set_nonblocking(True)
    ours.send_to(b"x", there)
    ours.poll("POLLIN", 0.05)
    how = outcome(ours.recv, 8, ok="received")
    see("not-reported" if how == "EAGAIN" else how)


NOT_OF_FAMILY = POSIX.sendto(
    "EAFNOSUPPORT", "Addresses in the specified address family cannot be used with this socket"
)
OTHER_FAMILY = rule(
    "data.udp.other-family",
    "A datagram to an address of another family is refused with EAFNOSUPPORT.",
    level=MUST,
    sources=[NOT_OF_FAMILY],
    behaviours={"EAFNOSUPPORT": CONFORMS, "sent": "the call succeeds"},
)


@OTHER_FAMILY.case(family=V4, type=DGRAM, address=("v6", "unix"))
@OTHER_FAMILY.case(family=V6, type=DGRAM, address="unix")
def test_other_family(sockets, see, case):
    there = sockets.bound(case["address"], DGRAM).local_addr()
    see(outcome(sockets.new().send_to, b"x", there, ok="sent"))


IPV4_ADDRESS = rule(
    "data.udp.ipv4-address",
    "Whether an IPv6 socket sends a datagram to an address of AF_INET is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_OF_FAMILY],
    behaviours={"arrives": "it arrives there", "lost": "it is sent, and not received"},
)


@IPV4_ADDRESS.case(family=("v6", "mapped"), type=DGRAM)
def test_ipv4_address(sockets, see, case):
    receiver = sockets.bound("v4", DGRAM)
    how = outcome(sockets.new().send_to, b"x", receiver.local_addr(), ok="arrives")
    if how == "arrives" and not receiver.poll("POLLIN", 0.2):
        how = "lost"
    see(how)


ASSIGNED = MAN.udp(
    7, "DESCRIPTION", "the socket layer will automatically assign a free local port"
)
SAME_PORT = rule(
    "data.udp.same-port",
    "Whether all datagrams of a UDP socket that is not bound have one port is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[ASSIGNED],
    behaviours={
        "own-port": "all come from the port that getsockname() returns",
        "other-ports": "some come from another",
    },
)


@SAME_PORT.case(family=INET, type=DGRAM)
def test_same_port(sockets, see, case):
    ours, peer = sockets.new(), sockets.receiver()
    for _ in range(3):
        ours.send_to(b"x", peer.local_addr())
    ports = set()
    for _ in range(3):
        sockets.wait(peer, "POLLIN")
        ports.add(peer.recv_from(8)[1].port)
    see("own-port" if ports == {ours.local_addr().port} else "other-ports")


SENDER_CLOSED = rule(
    "data.udp.sender-closed",
    "Whether a datagram is received whose sender was closed at once is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[
        POSIX.close(
            "DESCRIPTION", "If fildes refers to a socket, close() shall cause the socket"
        )
    ],
    behaviours={"arrives": "it arrives there", "gone": "it does not arrive"},
)


@SENDER_CLOSED.case(family=INET, type=DGRAM)
def test_sender_closed(sockets, see, case):
    ours, peer = sockets.bound(), sockets.receiver()
    there = peer.local_addr()
    ours.send_to(b"x", there)
    ours.close()
    see("arrives" if peer.poll("POLLIN", 0.5) else "gone")
