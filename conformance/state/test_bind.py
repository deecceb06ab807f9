"""Binding: in every state of the socket, and to which addresses."""

from __future__ import annotations

from sockspec.address import Inet, Inet6, Raw
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MAPPED,
    MUST,
    POSIX,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, reached

BIND_AGAIN = rule(
    "state.bind.bound",
    "A socket that is bound already cannot be bound again.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, "EISCONN": CONFORMS, "bound": "it is bound to another"},
)


@BIND_AGAIN.case(family=ANY, state=("bound", "listening", *CONNECTED))
@BIND_AGAIN.case(family=INET, state=("reset", "connecting", "both-shut"))
def test_bind_again(sockets, see, case):
    sock = reached(sockets, case["state"])
    if case["family"] == UNIX and case["state"] in CONNECTED:
        # A unix socket that connects is not bound by that: the accepted end is.
        sock = sockets.bound()
        sock.connect(sockets.listener().local_addr())
    see(outcome(sock.bind, sockets.loopback(), ok="bound"))


BIND_DATAGRAM = rule(
    "state.bind.bound-datagram",
    "A datagram socket that is bound already cannot be bound again.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, "bound": "it is bound to another"},
)


@BIND_DATAGRAM.case(family=ANY, type=DGRAM, state=("bound", "connected"))
def test_bind_datagram(sockets, see, case):
    sock = sockets.bound() if case["state"] == "bound" else sockets.connected()[0]
    see(outcome(sock.bind, sockets.loopback(), ok="bound"))


BIND_REFUSED = rule(
    "state.bind.refused",
    "Whether a socket whose connect was refused can be bound is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={
        "bound": "it is bound, as a fresh one",
        "EINVAL": "it is bound already, or dead",
    },
)


@BIND_REFUSED.case(family=ANY)
def test_bind_refused(sockets, see, case):
    see(outcome(reached(sockets, "refused").bind, sockets.loopback(), ok="bound"))


CHOSEN = rule(
    "state.bind.port-zero",
    "Binding to port 0 binds to a port that the system chooses.",
    level=MUST,
    sources=[MAN.bind(2, "EADDRINUSE", "The port number was specified as zero")],
    behaviours={"chosen": CONFORMS, "zero": "the port stays 0"},
)


@CHOSEN.case(family=(V4, V6, MAPPED), type=(STREAM, DGRAM), address=("loopback", "wildcard"))
def test_port_zero(sockets, see, case):
    sock = sockets.new()
    sock.bind(getattr(sockets, case["address"])())
    see("chosen" if sock.local_addr().port else "zero")


KEPT = rule(
    "state.bind.name",
    "A bound socket has the address that it was bound to.",
    level=MUST,
    sources=[
        POSIX.bind("DESCRIPTION", "shall assign a local socket address"),
        POSIX.getsockname("DESCRIPTION"),
    ],
    behaviours={"its-address": CONFORMS, "another": "it has another address"},
)


@KEPT.case(family=(V4, V6, MAPPED), type=(STREAM, DGRAM), address=("loopback", "wildcard"))
def test_name(sockets, see, case):
    address = getattr(sockets, case["address"])()
    sock = sockets.new()
    sock.bind(address)
    got = sock.local_addr()
    see("its-address" if got.host == address.host else "another", got=got.host)


NOT_LOCAL = rule(
    "state.bind.not-local",
    "A socket cannot be bound to an address that is not one of this host.",
    level=MUST,
    sources=[POSIX.bind("EADDRNOTAVAIL", "is not available from the local machine")],
    behaviours={"EADDRNOTAVAIL": CONFORMS, "bound": "it is bound"},
)


@NOT_LOCAL.case(family=INET, type=(STREAM, DGRAM))
def test_not_local(sockets, see, case):
    # Addresses of documentation (RFC 5737, RFC 3849), which no host has.
    address = Inet("192.0.2.1", 0) if case["family"] == V4 else Inet6("2001:db8::1", 0)
    see(outcome(sockets.new().bind, address, ok="bound"))


AFTER_FAILURE = rule(
    "state.bind.after-failure",
    "A socket whose bind failed is not bound: it can be bound to another address.",
    level=SHOULD,
    sources=[POSIX.bind("DESCRIPTION"), POSIX.bind("EINVAL")],
    behaviours={
        "bound": CONFORMS,
        "EINVAL": "the failure has left it bound",
        "not-refused": "the address that another socket has is given to it",
    },
)


@AFTER_FAILURE.case(family=ANY, type=(STREAM, DGRAM))
def test_after_failure(sockets, see, case):
    taken, sock = sockets.listener if case["type"] == STREAM else sockets.bound, sockets.new()
    failed = outcome(sock.bind, taken().local_addr())
    how = outcome(sock.bind, sockets.loopback(), ok="bound")
    see("not-refused" if failed == "succeeds" else how, first=failed)


OTHER_FAMILY = rule(
    "state.bind.other-family",
    "A socket cannot be bound to an address of another family.",
    level=MUST,
    sources=[POSIX.bind("EAFNOSUPPORT", "is not a valid address for the address family")],
    behaviours={
        "EAFNOSUPPORT": CONFORMS,
        "EAI_ADDRFAMILY": "the name resolver refuses it before the system is asked",
        "EPYTHON": "the language's library refuses it before the system is asked",
        "EINVAL": "it is told as invalid",
        "EFAULT": "it is told as a bad pointer",
        "bound": "it is bound",
    },
)


@OTHER_FAMILY.case(family=V4, type=(STREAM, DGRAM), address=("v6", "unix"))
@OTHER_FAMILY.case(family=V6, type=(STREAM, DGRAM), address=("v4", "unix"))
@OTHER_FAMILY.case(family=UNIX, type=(STREAM, DGRAM), address=("v4", "v6"))
def test_other_family(sockets, see, case):
    see(outcome(sockets.new().bind, sockets.loopback(case["address"]), ok="bound"))


TRUNCATED = rule(
    "state.bind.short-address",
    "An address that is shorter than its family needs is refused.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "argument is not a valid length for the address family")],
    behaviours={"EINVAL": CONFORMS, "EFAULT": "a bad pointer", "bound": "it is taken"},
    needs=["raw-address"],
)


@TRUNCATED.case(family=INET, type=(STREAM, DGRAM), length=("0", "1", "2", "8"))
def test_short(sockets, see, case):
    family = sockets.number("AF_INET" if case["family"] == V4 else "AF_INET6")
    whole = family.to_bytes(2, sockets.backend.byte_order) + bytes(26)
    see(outcome(sockets.new().bind, Raw(whole[: int(case["length"])]), ok="bound"))


MULTICAST = rule(
    "state.bind.multicast",
    "Whether a socket can be bound to a multicast address is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.bind("EADDRNOTAVAIL"), POSIX.bind("EAFNOSUPPORT")],
    behaviours={
        "bound": "it is bound",
        "EADDRNOTAVAIL": "the address is told as not local",
        "EAFNOSUPPORT": "the address is told as not of the family",
    },
)


@MULTICAST.case(family=V4, type=(STREAM, DGRAM))
def test_multicast(sockets, see, case):
    see(outcome(sockets.new().bind, Inet("224.0.0.1", 0), ok="bound"))


OTHER_LOOPBACK = rule(
    "state.bind.other-loopback",
    "Which addresses of 127.0.0.0/8 besides 127.0.0.1 are this host's is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.bind("EADDRNOTAVAIL")],
    behaviours={"bound": "they all are", "EADDRNOTAVAIL": "only those that were configured"},
)


@OTHER_LOOPBACK.case(family=V4, type=(STREAM, DGRAM), address=("127.0.0.2", "127.9.9.9"))
def test_other_loopback(sockets, see, case):
    see(outcome(sockets.new().bind, Inet(case["address"], 0), ok="bound"))
