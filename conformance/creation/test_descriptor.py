"""The descriptor behind a Socket: taking it out, and making a Socket of it again."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    SOCKET2,
    STREAM,
    outcome,
    rule,
)

OWNERSHIP = rule(
    "creation.descriptor.ownership",
    "A descriptor taken out of a Socket stays open and can be made into a Socket again.",
    level=MUST,
    sources=[
        SOCKET2.page("impl IntoRawFd for Socket", "impl IntoRawFd for Socket"),
        SOCKET2.page("impl FromRawFd for Socket", "impl FromRawFd for Socket"),
    ],
    behaviours={"open": CONFORMS, "another-address": "has another local address"},
    needs=["adopt"],
    renamed={"closed": "another-address"},
)


@OWNERSHIP.case(family=INET)
def test_ownership(sockets, see, case):
    sock = sockets.bound()
    address = sock.local_addr()
    descriptor = sock.into_raw_fd()
    again = sockets.keep(Socket.from_raw_fd(descriptor, backend=sockets.backend))
    names = []
    how = outcome(lambda: names.append(again.local_addr()), ok="open")
    see(how if names in ([], [address]) else "another-address")


AS_STD = rule(
    "creation.descriptor.as-std",
    "A Socket that was turned into one of the standard library and back is the same socket.",
    level=MUST,
    sources=[
        SOCKET2.page("Socket", "freely converted into the network primitives"),
    ],
    behaviours={"same": CONFORMS, "another-socket": "has another address"},
    needs=["adopt"],
)


@AS_STD.case(family=INET, type=(STREAM, DGRAM))
def test_as_std(sockets, see, case):
    sock = sockets.bound()
    address = sock.local_addr()
    again = sockets.keep(Socket.from_std(sock.into_std(), backend=sockets.backend))
    see("same" if again.local_addr() == address else "another-socket")
