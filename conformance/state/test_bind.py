"""Binding: in every state of the socket, and to which addresses."""

from __future__ import annotations

from sockspec.address import Inet, Inet6, Raw
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MAPPED,
    MAY,
    MUST,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, family_bytes, in_connection, reached

BINDS = {"bound": "the call succeeds, and the socket has that address"}
ALREADY = POSIX.bind("EINVAL", "The socket is already bound to an address")
NOT_AVAILABLE = POSIX.bind("EADDRNOTAVAIL", "is not available from the local machine")
NOT_OF_FAMILY = POSIX.bind("EAFNOSUPPORT", "is not a valid address for the address family")

BOUND = rule(
    "state.bind.bound",
    "Binding a socket that already has a local address fails with EINVAL.",
    level=MUST,
    sources=[
        ALREADY,
        POSIX.connect("DESCRIPTION", "connect() shall bind it to an address"),
    ],
    behaviours={"EINVAL": CONFORMS, **BINDS},
    aliases=["state.bind.bound-datagram"],
)


@BOUND.case(family=ANY, state=("bound", "listening"))
@BOUND.case(family=INET, state=("reset", "connecting"))
def test_bound(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).bind, sockets.loopback(), ok="bound"))


@BOUND.case(family=ANY, type=DGRAM, state="bound")
@BOUND.case(family=UNIX, type=SEQPACKET, state="bound")
def test_bound_type(sockets, see, case):
    see(outcome(sockets.bound().bind, sockets.loopback(), ok="bound"))


WITH_PEER = rule(
    "state.bind.connected",
    "Binding a connected socket fails with EINVAL or EISCONN.",
    level=MUST,
    sources=[ALREADY, POSIX.bind("EISCONN", "The socket is already connected")],
    behaviours={"EINVAL": CONFORMS, "EISCONN": CONFORMS, **BINDS},
    split_from=["state.bind.bound", "state.bind.bound-datagram"],
)


@WITH_PEER.case(family=ANY, state=CONNECTED)
@WITH_PEER.case(family=INET, state="both-shut")
def test_connected(sockets, see, case):
    ends = ()
    if case["family"] == UNIX:
        # Connecting does not give a unix socket an address: bind it first.
        listener, client = sockets.listener(), sockets.bound()
        client.connect(listener.local_addr())
        ends = (client, sockets.accepted(listener))
    sock, _peer = in_connection(sockets, case["state"], *ends)
    see(outcome(sock.bind, sockets.loopback(), ok="bound"))


@WITH_PEER.case(family=ANY, type=DGRAM, state="connected")
def test_connected_datagram(sockets, see, case):
    see(outcome(sockets.connected()[0].bind, sockets.loopback(), ok="bound"))


REFUSED = rule(
    "state.bind.refused",
    "Whether a socket can be bound after its connect was refused is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.connect(
            "APPLICATION USAGE", "If connect() fails, the state of the socket is unspecified"
        )
    ],
    behaviours=BINDS,
)


@REFUSED.case(family=ANY)
def test_refused(sockets, see, case):
    see(outcome(reached(sockets, "refused").bind, sockets.loopback(), ok="bound"))


PORT_ZERO = rule(
    "state.bind.port-zero",
    "Whether binding to port 0 binds to a port that the system chooses is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.bind("DESCRIPTION", "shall assign a local socket address"),
        MAN.bind(2, "EADDRINUSE", "upon attempting to bind to an ephemeral port"),
    ],
    behaviours={"chosen": "the socket has another port", "zero": "the port stays 0"},
)


@PORT_ZERO.case(family=(V4, V6, MAPPED), type=(STREAM, DGRAM), address=("loopback", "wildcard"))
def test_port_zero(sockets, see, case):
    sock = sockets.new()
    sock.bind(getattr(sockets, case["address"])())
    see("chosen" if sock.local_addr().port else "zero")


NAME = rule(
    "state.bind.name",
    "getsockname() returns the address that a socket was bound to.",
    level=MUST,
    sources=[
        POSIX.bind("DESCRIPTION", "shall assign a local socket address"),
        POSIX.getsockname("DESCRIPTION", "shall retrieve the locally-bound name"),
    ],
    behaviours={"its-address": CONFORMS, "another": "it returns another address"},
)


@NAME.case(family=INET, type=(STREAM, DGRAM), address=("loopback", "wildcard"))
@NAME.case(family=MAPPED, type=(STREAM, DGRAM), address="wildcard")
def test_name(sockets, see, case):
    address = getattr(sockets, case["address"])()
    sock = sockets.new()
    sock.bind(address)
    got = sock.local_addr()
    see("its-address" if got.host == address.host else "another", got=got.host)


NOT_LOCAL = rule(
    "state.bind.not-local",
    "Binding to an address that is not one of this host fails with EADDRNOTAVAIL.",
    level=MUST,
    sources=[NOT_AVAILABLE],
    behaviours={"EADDRNOTAVAIL": CONFORMS, **BINDS},
)


@NOT_LOCAL.case(family=INET, type=(STREAM, DGRAM))
def test_not_local(sockets, see, case):
    # Documentation addresses (RFC 5737, RFC 3849), which no host has.
    address = Inet("192.0.2.1", 0) if case["family"] == V4 else Inet6("2001:db8::1", 0)
    see(outcome(sockets.new().bind, address, ok="bound"))


AFTER_FAILURE = rule(
    "state.bind.after-failure",
    "A socket whose bind failed can be bound to another address.",
    level=MUST,
    sources=[
        POSIX.bind("DESCRIPTION", "socket that has no local socket address assigned"),
    ],
    behaviours={
        "bound": CONFORMS,
        "not-refused": "two sockets are bound to one address: no bind has failed",
    },
)


@AFTER_FAILURE.case(family=ANY, type=(STREAM, DGRAM))
def test_after_failure(sockets, see, case):
    holder = sockets.listener() if case["type"] == STREAM else sockets.bound()
    sock = sockets.new()
    failed = outcome(sock.bind, holder.local_addr())
    how = outcome(sock.bind, sockets.loopback(), ok="bound")
    see("not-refused" if failed == "succeeds" else how, first=failed)


OTHER_FAMILY = rule(
    "state.bind.other-family",
    "Binding to an address of another family fails with EAFNOSUPPORT.",
    level=MUST,
    sources=[NOT_OF_FAMILY],
    behaviours={"EAFNOSUPPORT": CONFORMS, **BINDS},
)


@OTHER_FAMILY.case(family=V4, type=(STREAM, DGRAM), address=("v6", "unix"))
@OTHER_FAMILY.case(family=V6, type=(STREAM, DGRAM), address=("v4", "unix"))
@OTHER_FAMILY.case(family=UNIX, type=(STREAM, DGRAM), address=("v4", "v6"))
def test_other_family(sockets, see, case):
    see(outcome(sockets.new().bind, sockets.loopback(case["address"]), ok="bound"))


SHORT = rule(
    "state.bind.short-address",
    "Binding to an address that is too short for its family may fail with EINVAL.",
    level=MAY,
    sources=[
        POSIX.bind("EINVAL (may fail)", "is not a valid length for the address family"),
    ],
    behaviours={"EINVAL": CONFORMS, **BINDS},
    needs=["raw-address"],
)


@SHORT.case(family=INET, type=(STREAM, DGRAM), length=("0", "1", "2", "8"))
def test_short(sockets, see, case):
    length = int(case["length"])
    symbol = "AF_INET" if case["family"] == V4 else "AF_INET6"
    whole = family_bytes(sockets, symbol, length) + bytes(26)
    see(outcome(sockets.new().bind, Raw(whole[:length]), ok="bound"))


MULTICAST = rule(
    "state.bind.multicast",
    "Whether a socket can be bound to an IPv4 multicast address is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_AVAILABLE, NOT_OF_FAMILY],
    behaviours=BINDS,
)


@MULTICAST.case(family=V4, type=(STREAM, DGRAM))
def test_multicast(sockets, see, case):
    see(outcome(sockets.new().bind, Inet("224.0.0.1", 0), ok="bound"))


MULTICAST_V6 = rule(
    "state.bind.multicast-v6",
    "Whether a socket can be bound to an IPv6 multicast address is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_AVAILABLE, NOT_OF_FAMILY],
    behaviours=BINDS,
)


@MULTICAST_V6.case(family=V6, type=(STREAM, DGRAM))
def test_multicast_v6(sockets, see, case):
    see(outcome(sockets.new().bind, Inet6("ff0e::1:1", 0), ok="bound"))


OTHER_LOOPBACK = rule(
    "state.bind.other-loopback",
    "Whether a socket can be bound to 127.0.0.0/8 beyond 127.0.0.1 is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_AVAILABLE],
    behaviours=BINDS,
)


@OTHER_LOOPBACK.case(family=V4, type=(STREAM, DGRAM), address=("127.0.0.2", "127.9.9.9"))
def test_other_loopback(sockets, see, case):
    see(outcome(sockets.new().bind, Inet(case["address"], 0), ok="bound"))


UNSPEC = rule(
    "state.bind.unspec",
    "Whether binding to an address of AF_UNSPEC succeeds is unspecified.",
    level=UNSPECIFIED,
    sources=[
        KERNEL("net/ipv4/af_inet.c", "__inet_bind", "accept AF_UNSPEC (mapped to AF_INET)"),
    ],
    behaviours=BINDS,
)


@UNSPEC.case(family=V4, type=(STREAM, DGRAM), address=("wildcard", "loopback"))
def test_unspec(sockets, see, case):
    host = bytes(4) if case["address"] == "wildcard" else bytes([127, 0, 0, 1])
    whole = family_bytes(sockets, "AF_UNSPEC", 16) + bytes(2) + host + bytes(8)
    see(outcome(sockets.new().bind, Raw(whole), ok="bound"))
