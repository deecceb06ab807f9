"""A descriptor that is closed or shut down while another thread's call waits on it."""

from __future__ import annotations

from sockspec.spec import (
    MAN,
    POSIX,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .waiting import POLLING, SENDING, SIGNAL, waiting

# state.close.one-waits and state.shutdown have recv(), state.shutdown.listener accept().
CLOSED = ("accept", "connect", "recvmsg", "read", *SENDING, *POLLING)
SHUT = ("accept", "connect", "recvmsg", "read", *SENDING, *POLLING)
OVER_TCP = tuple(each for each in CLOSED if each not in SENDING)

_WAKES = 0.1  # seconds within which a call that is woken returns

NAMES = {
    "waits": "the call waits on",
    "returns": "the call returns, and no error",
}
ENDS = POSIX.close("DESCRIPTION", "Whether any I/O operation is canceled")
VARIES = MAN.close(2, "NOTES", "The behavior in this situation varies across systems")


def release(sockets, made):
    """Have a call return that still waits: nothing of it is left for another case."""
    if made.wake is not None:
        outcome(made.wake)
    if made.wake is None or not made.pending.wait(_WAKES):
        sockets.backend.on_signal(sockets.number(SIGNAL), "count")
        sockets.backend.interrupt(sockets.number(SIGNAL))


def after(sockets, made, act, *arguments):
    """Do something to the socket of a call that waits, and name what becomes of the call."""
    how = outcome(act, *arguments)
    if how != "succeeds":
        release(sockets, made)
        return f"refused-{how}"
    if not made.pending.is_blocked():
        return outcome(made.pending.result, ok="returns")
    release(sockets, made)
    return "waits"


CLOSE = rule(
    "process.descriptor.closed",
    "Whether closing a descriptor ends another thread's call on it is unspecified.",
    level=UNSPECIFIED,
    sources=[ENDS, VARIES],
    behaviours=NAMES,
    needs=["signals"],
)


@CLOSE.case(call=CLOSED, family=UNIX)
@CLOSE.case(call=OVER_TCP, family=V4)
def test_closed(sockets, see, case):
    made = waiting(sockets, case["call"])
    see(after(sockets, made, made.sock.close))


SHUT_DOWN = rule(
    "process.descriptor.shut-down",
    "Whether shutting a socket down ends another thread's call on it is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("DESCRIPTION", "shall cause all or part of a full-duplex"), VARIES],
    behaviours={**NAMES, "refused": "shutdown() fails, and the call waits on"},
    needs=["signals"],
)


@SHUT_DOWN.case(call=SHUT, family=UNIX)
@SHUT_DOWN.case(call=OVER_TCP, family=V4)
def test_shut_down(sockets, see, case):
    made = waiting(sockets, case["call"])
    how = after(sockets, made, made.sock.shutdown, "SHUT_RDWR")
    see("refused" if how.startswith("refused") else how, outcome=how)


REUSED = rule(
    "process.descriptor.reused",
    "Whether a call goes on with its socket after the number was closed and given again "
    "is unspecified.",
    level=UNSPECIFIED,
    sources=[ENDS, MAN.close(2, "NOTES", "Since a file descriptor may be reused")],
    behaviours={
        "the-old-one": "it returns what arrives on the socket that was closed",
        "the-new-one": "it returns what arrives on the socket that has the number now",
        "returns": NAMES["returns"],
    },
    needs=["signals", "adopt"],
)


@REUSED.case(family=(V4, UNIX))
def test_reused(sockets, see, case):
    ours, theirs = sockets.connected()
    number = ours.as_raw_fd()
    pending = sockets.start("recv", ours, 1)
    pending.is_blocked()
    ours.close()
    one, other = sockets.connected()
    reused = one if one.as_raw_fd() == number else other
    feeder = other if reused is one else one
    feeder.send(b"n")
    if pending.is_blocked():
        theirs.send(b"o")
    got = []
    how = outcome(lambda: got.append(pending.result()), ok="returns")
    names = {b"n": "the-new-one", b"o": "the-old-one"}
    see(names.get(b"".join(got), how), got=got)
