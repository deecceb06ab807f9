"""bind(), local_addr() and peer_addr() of the socket2 document."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    rule,
)

from .calls import attempt

REACHED = rule(
    "contracts.address.reached",
    "A bound socket has the address that it was bound to, and is reached there.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.bind(1, "Binds this socket to the specified address"),
        SOCKET2.local_addr(1, "the socket address of the local half of this socket"),
    ],
    behaviours={
        "reached": CONFORMS,
        "not-reached": "a datagram that is sent there does not arrive",
        "another-address": "it has another address",
    },
    aliases=["contracts.bind.address"],
    renamed={"other": "another-address"},
)


@REACHED.case(family=(*INET, UNIX), type=DGRAM)
def test_reached(sockets, see, case):
    wanted = sockets.loopback()
    sock, sender = sockets.new(), sockets.bound()
    sock.bind(wanted)
    address = sock.local_addr()
    kept = address == wanted if case["family"] == UNIX else address.host == wanted.host
    if not kept:
        see("another-address", got=address)
        return
    sender.send_to(b"here", address)
    arrived = sock.poll("POLLIN", 2.0) and sock.recv(8) == b"here"
    see("reached" if arrived else "not-reached")


UNBOUND = rule(
    "contracts.address.unbound",
    "Whether local_addr of an unbound socket returns an address or fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2.local_addr(2, "may return an error if the socket is not bound"),
        POSIX.getsockname(
            "DESCRIPTION", "has not been bound to a local name, the value stored"
        ),
    ],
    behaviours={
        "wildcard": "the unspecified address and port 0",
        "EINVAL": "an unbound socket has no address",
        "another-address": "it has another address",
    },
    aliases=["contracts.local-addr.unbound"],
    renamed={"unspecified": "wildcard", "other": "another-address"},
)


@UNBOUND.case(family=INET, type=(STREAM, DGRAM))
def test_unbound(sockets, see, case):
    how, got = attempt(sockets.new().local_addr)
    if how == "succeeds":
        how = "wildcard" if got == sockets.wildcard() else "another-address"
    see(how, got=got)
