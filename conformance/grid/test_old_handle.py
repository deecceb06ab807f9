"""A handle whose socket is closed, while its number is in use again."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, MUST, POSIX, STREAM, UNIX, V4, outcome, rule

from .calls import CALLS

NOT_OPEN = {"EBADF": CONFORMS, "ENOTSOCK": CONFORMS}

USED = rule(
    "grid.old-handle.used",
    "A call on a closed handle fails with EBADF or ENOTSOCK, be its number in use again.",
    level=MUST,
    sources=[POSIX.getsockname("EBADF", "is not a valid file descriptor")],
    behaviours={**NOT_OPEN, "reaches-another": "the call reaches the socket that came after"},
)


@USED.case(call=tuple(name for name in CALLS if name != "poll"), family=V4, type=STREAM)
@USED.case(call=("getsockname", "send", "recv"), family=(V4, UNIX), type=DGRAM)
def test_used(sockets, see, case):
    sock = sockets.bound()
    sock.close()
    newer = [sockets.connected() for _ in range(2)]
    for ours, _theirs in newer:
        ours.set_nonblocking(True)
    how = outcome(lambda: CALLS[case["call"]](sockets, sock))
    see(how if how in NOT_OPEN else "reaches-another", answer=how)


TWICE = rule(
    "grid.old-handle.closed-twice",
    "Closing a handle a second time leaves the socket open that has its number by then.",
    level=MUST,
    sources=[POSIX.close("EBADF", "open file descriptor")],
    behaviours={"open": CONFORMS, "closed": "the other socket is closed too"},
)


@TWICE.case(family=(V4, UNIX), type=(STREAM, DGRAM))
def test_closed_twice(sockets, see, case):
    sock = sockets.bound()
    sock.close()
    newer = [sockets.bound() for _ in range(2)]
    outcome(sock.close)
    works = all(outcome(each.local_addr) == "succeeds" for each in newer)
    see("open" if works else "closed")
