"""Scope and flow information of IPv6 addresses, in naming a socket and in its names."""

from __future__ import annotations

from sockspec.address import Inet6
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    MAN,
    MUST,
    RFC,
    SHOULD,
    STREAM,
    UNSPECIFIED,
    V6,
    outcome,
    rule,
)

NEEDS = ["ipv6"]
NOWHERE = 99_999  # the index of no interface

MISSING = rule(
    "state.ipv6-scope.missing",
    "A link-local address without a scope is refused.",
    level=SHOULD,
    sources=[FREEBSD.inet6(4, "kernel may raise an error")],
    behaviours={
        "EINVAL": CONFORMS,
        "EADDRNOTAVAIL": CONFORMS,
        "EHOSTUNREACH": CONFORMS,
        "ENETUNREACH": CONFORMS,
        "succeeds": "it is taken",
    },
    needs=NEEDS,
)


@MISSING.case(family=V6, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_missing(sockets, see, case):
    port = 0 if case["call"] == "bind" else sockets.bound().local_addr().port
    see(outcome(getattr(sockets.new(), case["call"]), Inet6("fe80::1", port)))


UNKNOWN = rule(
    "state.ipv6-scope.unknown",
    "A link-local address with the scope of no interface is refused.",
    level=MUST,
    sources=[MAN.ipv6(7, "ENODEV", "The user tried to bind(2) to a link-local IPv6 address")],
    behaviours={
        "ENODEV": CONFORMS,
        "ENXIO": CONFORMS,
        "EINVAL": CONFORMS,
        "EADDRNOTAVAIL": CONFORMS,
        "ENETUNREACH": CONFORMS,
        "EHOSTUNREACH": CONFORMS,
        "succeeds": "it is taken",
    },
    needs=NEEDS,
)


@UNKNOWN.case(family=V6, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_unknown(sockets, see, case):
    port = 0 if case["call"] == "bind" else sockets.bound().local_addr().port
    address = Inet6("fe80::1", port, 0, NOWHERE)
    see(outcome(getattr(sockets.new(), case["call"]), address))


ERROR = rule(
    "state.ipv6-scope.error",
    "Which error a link-local address without a valid scope meets is left open.",
    level=UNSPECIFIED,
    sources=[RFC(4007, "6"), MAN.ipv6(7, "ENODEV")],
    behaviours={
        "ENODEV": "there is no such interface",
        "EINVAL": "the address is not valid",
        "ENETUNREACH": "there is no way there",
        "EADDRNOTAVAIL": "there is no such address",
        "succeeds": "none",
    },
    needs=NEEDS,
)


@ERROR.case(family=V6, call=("bind", "connect"), scope=("missing", "unknown"))
def test_error(sockets, see, case):
    scope = 0 if case["scope"] == "missing" else NOWHERE
    port = 0 if case["call"] == "bind" else sockets.bound().local_addr().port
    see(outcome(getattr(sockets.new(), case["call"]), Inet6("fe80::1", port, 0, scope)))


DROPPED = rule(
    "state.ipv6-scope.not-link-local",
    "Whether the scope given with an address that needs none reads back is left open.",
    level=UNSPECIFIED,
    sources=[
        RFC(3493, "3.3"),
        MAN.ipv6(7, "Address format", "sin6_scope_id is an ID depending on the scope"),
    ],
    behaviours={"dropped": "it reads back as zero", "kept": "as it was given"},
    needs=NEEDS,
)


@DROPPED.case(family=V6, type=(STREAM, DGRAM), asked=("bound", "peer"))
def test_not_link_local(sockets, see, case):
    sock = sockets.new()
    if case["asked"] == "bound":
        sock.bind(Inet6("::1", 0, 0, 1))
        got = sock.local_addr()
    else:
        there = sockets.bound()
        if case["type"] == STREAM:
            there.listen(4)
        sock.connect(Inet6("::1", there.local_addr().port, 0, 1))
        got = sock.peer_addr()
    see("kept" if got.scope_id else "dropped")


FLOW = rule(
    "state.ipv6-scope.flow-information",
    "Whether flow information given to bind or connect reads back is left open.",
    level=UNSPECIFIED,
    sources=[
        RFC(3493, "3.3"),
        MAN.ipv6(7, "Address format", "sin6_flowinfo is the IPv6 flow identifier"),
    ],
    behaviours={"dropped": "it reads back as zero", "kept": "as it was given"},
    needs=NEEDS,
)


@FLOW.case(family=V6, type=(STREAM, DGRAM), asked=("bound", "peer"))
def test_flow_information(sockets, see, case):
    sock = sockets.new()
    if case["asked"] == "bound":
        sock.bind(Inet6("::1", 0, 5, 0))
        got = sock.local_addr()
    else:
        there = sockets.bound()
        if case["type"] == STREAM:
            there.listen(4)
        sock.connect(Inet6("::1", there.local_addr().port, 5, 0))
        got = sock.peer_addr()
    see("kept" if got.flowinfo else "dropped")
