"""The address to connect to: of another family, too short, or one that nobody can have."""

from __future__ import annotations

from sockspec.address import Inet, Inet6, Raw
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MAY,
    MS,
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

from .states import GOES_ON, connect_ends, family_bytes

CONNECTS = "connect() succeeds"

OTHER_FAMILY = rule(
    "state.connect-address.other-family",
    "connect() to an address of another family fails with EAFNOSUPPORT.",
    level=MUST,
    sources=[POSIX.connect("EAFNOSUPPORT", "is not a valid address for the address family")],
    behaviours={"EAFNOSUPPORT": CONFORMS, "connected": CONNECTS},
    aliases=["state.connect.other-family"],
)


@OTHER_FAMILY.case(family=V4, type=(STREAM, DGRAM), address=("v6", "unix"))
@OTHER_FAMILY.case(family=V6, type=(STREAM, DGRAM), address=("v4", "unix"))
@OTHER_FAMILY.case(family=UNIX, type=(STREAM, DGRAM), address=("v4", "v6"))
def test_other_family(sockets, see, case):
    target = sockets.loopback(case["address"], *([] if case["address"] == UNIX else [9]))
    see(outcome(sockets.new().connect, target, ok="connected"))


SHORT = rule(
    "state.connect-address.too-short",
    "connect() to an address that is too short for its family may fail with EINVAL.",
    level=MAY,
    sources=[
        POSIX.connect("EINVAL (may fail)", "is not a valid length for the address family")
    ],
    behaviours={"EINVAL": CONFORMS, "connected": CONNECTS},
    needs=["raw-address"],
    aliases=["state.connect.short-address"],
)


@SHORT.case(family=INET, type=(STREAM, DGRAM), length=("0", "1", "2", "8"))
def test_too_short(sockets, see, case):
    length = int(case["length"])
    symbol = "AF_INET" if case["family"] == V4 else "AF_INET6"
    whole = family_bytes(sockets, symbol, length) + bytes(26)
    see(outcome(sockets.new().connect, Raw(whole[:length]), ok="connected"))


PORT_ZERO = rule(
    "state.connect-address.port-zero",
    "Whether connect() to port 0 fails with ECONNREFUSED is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect("ECONNREFUSED", "was not listening for connections or refused"),
        POSIX.connect("EADDRNOTAVAIL", "is not available from the local machine"),
    ],
    behaviours={
        "ECONNREFUSED": "nobody listens there",
        "EADDRNOTAVAIL": "it is no address to connect to",
        "connected": CONNECTS,
    },
    aliases=["state.connect.port-zero"],
)


@PORT_ZERO.case(family=INET)
def test_port_zero(sockets, see, case):
    see(outcome(sockets.new().connect, sockets.loopback(port=0), ok="connected"))


UNSPECIFIED_ADDRESS = rule(
    "state.connect-address.unspecified",
    "Whether connect() to the unspecified address leads to this host is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.connect("EADDRNOTAVAIL", "is not available from the local machine"),
        MS.connect("WSAEADDRNOTAVAIL", "such as INADDR_ANY or in6addr_any"),
    ],
    behaviours={
        "loopback": "the peer is the loopback address",
        "another-address": "the peer is another address",
        "EADDRNOTAVAIL": "it is no address to connect to",
        "ECONNREFUSED": "nobody listens there",
    },
    aliases=["state.connect.wildcard"],
    renamed={"another": "another-address"},
)


@UNSPECIFIED_ADDRESS.case(family=INET, type=(STREAM, DGRAM))
def test_unspecified(sockets, see, case):
    server = sockets.new()
    server.bind(sockets.wildcard())
    port = server.local_addr().port
    if case["type"] == STREAM:
        server.listen(1)
    sock = sockets.new()
    how = outcome(sock.connect, sockets.wildcard(port=port))
    if how == "succeeds":
        loopback = sock.peer_addr().host == sockets.loopback().host
        how = "loopback" if loopback else "another-address"
    see(how)


# Which error, the RFC leaves to the API; POSIX has several that fit.
MULTICAST = rule(
    "state.connect-address.multicast",
    "connect() of a stream socket to a multicast or broadcast address fails.",
    level=MUST,
    sources=[
        RFC(
            9293,
            "3.9.1.1",
            "MUST reject as an error a local OPEN call for an invalid remote IP",
        )
    ],
    behaviours={
        "ENETUNREACH": CONFORMS,
        "EAFNOSUPPORT": CONFORMS,
        "EADDRNOTAVAIL": CONFORMS,
        "EACCES": CONFORMS,
        "EINVAL": CONFORMS,
        "connecting": "the attempt is made",
    },
    aliases=["state.connect.multicast"],
)


@MULTICAST.case(family=V4, address=("multicast", "broadcast"))
@MULTICAST.case(family=V6, address="multicast")
def test_multicast(sockets, see, case):
    sock = sockets.bound()  # to loopback: no attempt leaves this host
    sock.set_nonblocking(True)
    address = {
        ("v4", "multicast"): Inet("224.0.0.1", 9),
        ("v4", "broadcast"): Inet("255.255.255.255", 9),
        ("v6", "multicast"): Inet6("ff11::1", 9),
    }[case["family"], case["address"]]
    how = outcome(sock.connect, address)
    see("connecting" if how in {"succeeds", *GOES_ON} else how)


# The SYN arrives at the socket that sent it: a simultaneous open of one socket.
SELF = rule(
    "state.connect-address.self",
    "A stream socket that connects to its own address is connected to itself.",
    level=MUST,
    sources=[RFC(9293, "3.5", "A TCP implementation MUST support simultaneous open attempts")],
    behaviours={
        "connected-to-itself": CONFORMS,
        "not-echoed": "it is connected, and does not receive what it sends",
        "pending": "the attempt neither succeeds nor fails",
    },
    aliases=["state.connect.self"],
    renamed={"connected": "not-echoed"},
)


@SELF.case(family=INET)
def test_self(sockets, see, case):
    sock = sockets.bound()
    sock.set_nonblocking(True)
    how = connect_ends(sockets, sock, sock.local_addr())
    if how == "connected":
        sock.send(b"echo")
        echoed = sock.poll("POLLIN", 1.0) and sock.recv(8) == b"echo"
        how = "connected-to-itself" if echoed else "not-echoed"
    see(how)
