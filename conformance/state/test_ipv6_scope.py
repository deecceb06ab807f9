"""Scope and flow information of IPv6 addresses, in naming a socket and in its names."""

from __future__ import annotations

from sockspec.address import Inet6
from sockspec.spec import (
    ALONE,
    DGRAM,
    FREEBSD,
    MAN,
    RFC,
    STREAM,
    UNSPECIFIED,
    V6,
    outcome,
    rule,
)

from .dual_stack import there

NEEDS = ["ipv6"]
NO_INTERFACE = 99_999
LOOPBACK_INDEX = 1

LEFT_OPEN = RFC(3493, "3.3", "set of interfaces is left to implementation")
SUCCEEDS = {"succeeds": "the call succeeds"}
READ_BACK = {
    "kept": "it reads back as it was given",
    "dropped": "it reads back as 0",
    "changed": "it reads back as another number",
}


def named(sockets, case, scope=0, flow=0):
    """The address that a socket was bound or connected to with these, as it reads back."""
    sock = sockets.new()
    if case["asked"] == "bound":
        sock.bind(Inet6("::1", 0, flow, scope))
        return sock.local_addr()
    sock.connect(Inet6("::1", there(sockets, V6).local_addr().port, flow, scope))
    return sock.peer_addr()


def read_back(got, given):
    return "kept" if got == given else "changed" if got else "dropped"


MISSING = rule(
    "state.ipv6-scope.missing",
    "Whether a link-local address can be used without a scope is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[LEFT_OPEN, FREEBSD.inet6(4, "ADDRESSING", "the kernel may raise an error")],
    behaviours=SUCCEEDS,
    needs=NEEDS,
    aliases=["state.ipv6-scope.error"],
)

UNKNOWN = rule(
    "state.ipv6-scope.unknown",
    "Whether a link-local address can be used with the scope of no interface is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        LEFT_OPEN,
        MAN.ipv6(7, "ENODEV", "The user tried to bind(2) to a link-local IPv6 address"),
    ],
    behaviours=SUCCEEDS,
    needs=NEEDS,
)


def used(sockets, case, scope):
    port = 0 if case["call"] == "bind" else there(sockets, V6).local_addr().port
    return outcome(getattr(sockets.new(), case["call"]), Inet6("fe80::1", port, 0, scope))


@MISSING.case(family=V6, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_missing(sockets, see, case):
    see(used(sockets, case, 0))


@UNKNOWN.case(family=V6, type=(STREAM, DGRAM), call=("bind", "connect"))
def test_unknown(sockets, see, case):
    see(used(sockets, case, NO_INTERFACE))


SCOPE = rule(
    "state.ipv6-scope.not-link-local",
    "Whether a scope given with an address that needs none reads back is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        LEFT_OPEN,
        MAN.ipv6(7, "Address format", "Linux supports it only for link-local addresses"),
    ],
    behaviours=READ_BACK,
    needs=NEEDS,
)


@SCOPE.case(family=V6, type=(STREAM, DGRAM), asked=("bound", "peer"))
def test_not_link_local(sockets, see, case):
    got = named(sockets, case, scope=LOOPBACK_INDEX).scope_id
    see(read_back(got, LOOPBACK_INDEX), got=got)


FLOW = rule(
    "state.ipv6-scope.flow-information",
    "Whether flow information given to bind or connect reads back is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[RFC(3493, "3.3", "ignore this field in a sockaddr_in6 structure constructed by")],
    behaviours=READ_BACK,
    needs=NEEDS,
)


@FLOW.case(family=V6, type=(STREAM, DGRAM), asked=("bound", "peer"))
def test_flow_information(sockets, see, case):
    got = named(sockets, case, flow=5).flowinfo
    see(read_back(got, 5), got=got)
