"""Closing a descriptor."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, POSIX, STREAM, UNIX, outcome, rule

AGAIN = rule(
    "creation.close.again",
    "close() on a descriptor that is closed fails with EBADF.",
    level=MUST,
    sources=[POSIX.close("EBADF", "open file descriptor")],
    behaviours={"EBADF": CONFORMS, "closed": "succeeds again"},
)


@AGAIN.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_again(sockets, see, case):
    sock = sockets.new()
    sock.close()
    see(outcome(sock.close, ok="closed"))
