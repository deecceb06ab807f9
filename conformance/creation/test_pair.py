"""Pairs of connected sockets: socketpair()."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    V4,
    outcome,
    rule,
)

KINDS = {STREAM: "SOCK_STREAM", DGRAM: "SOCK_DGRAM", SEQPACKET: "SOCK_SEQPACKET"}


def _pair(sockets, domain, type):
    ends = Socket.pair(domain, KINDS[type], backend=sockets.backend)
    return [sockets.keep(each) for each in ends]


CONNECTED = rule(
    "creation.pair.connected",
    "Each end of a pair receives what is sent on the other.",
    level=MUST,
    sources=[
        POSIX.socketpair("DESCRIPTION", "an unbound pair of connected sockets"),
        SOCKET2.page("Socket::pair", "Creates a pair of sockets which are connected"),
    ],
    behaviours={
        "connected": CONFORMS,
        "separate": "receives nothing",
        "altered": "receives different bytes",
    },
    needs=["pair"],
)


@CONNECTED.case(type=(STREAM, DGRAM, SEQPACKET), direction=("there", "back"))
def test_connected(sockets, see, case):
    one, other = _pair(sockets, "AF_UNIX", case["type"])
    if case["direction"] == "back":
        one, other = other, one
    one.send(b"x")
    if other.poll("POLLIN", 1.0):
        see("connected" if other.recv(4) == b"x" else "altered")
    else:
        see("separate")


CLOEXEC = rule(
    "creation.pair.cloexec",
    "Both ends of a pair have close-on-exec set.",
    level=MUST,
    sources=[SOCKET2.page("Socket::pair", "sets the same flags as in done for Socket::new")],
    behaviours={"cloexec": CONFORMS, "inheritable": "close-on-exec is not set on both"},
    needs=["pair"],
)


@CLOEXEC.case(type=(STREAM, DGRAM))
def test_cloexec(sockets, see, case):
    flags = [each.cloexec() for each in _pair(sockets, "AF_UNIX", case["type"])]
    see("cloexec" if all(flags) else "inheritable")


INTERNET = rule(
    "creation.pair.internet",
    "A pair of internet sockets fails with EOPNOTSUPP if it cannot be made.",
    level=MUST,
    sources=[
        POSIX.socketpair(
            "EOPNOTSUPP", "The specified protocol does not permit creation of socket pairs"
        )
    ],
    behaviours={"EOPNOTSUPP": CONFORMS, "made": CONFORMS},
    needs=["pair"],
)


@INTERNET.case(family=INET, type=(STREAM, DGRAM))
def test_internet(sockets, see, case):
    domain = "AF_INET" if case["family"] == V4 else "AF_INET6"
    see(outcome(_pair, sockets, domain, case["type"], ok="made"))
