"""SO_LINGER: what closing does with unsent data."""

from __future__ import annotations

import time

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .linger import put

ALL = 1 << 30  # more bytes than any connection holds

BLOCKS = POSIX.close(
    "DESCRIPTION", "shall block for up to the current linger interval until all data is"
)
AT_ONCE = "close() returns at once"
BLOCKED = "close() blocks"
LOST = "the peer does not receive all that was sent"


def full(sockets):
    """A connection whose sender has unsent data: (sender, receiver, bytes sent)."""
    ours, theirs = sockets.connected()
    count = sockets.fill(ours)
    ours.set_nonblocking(False)
    return ours, theirs, count


def closing(sockets, sock):
    """Begin to close a socket: how that went, the pending close, and whether it blocks.

    A close that keeps the interpreter's lock stops every thread, the one that looks at it too.
    """
    begun = []

    def begin():
        begun.append(sockets.start("close", sock))
        begun.append(begun[0].is_blocked())

    how = outcome(begin)
    return how, *begun, *[None] * (2 - len(begun))


ZERO = [
    POSIX.close("DESCRIPTION", "option is set for the socket with non-zero linger time"),
    MS.closesocket("Remarks", "returns immediately and the connection is reset or terminated"),
]

ABORTS = rule(
    "options.linger-close.zero-aborts",
    "Whether closing with a linger time of zero resets the connection is unspecified.",
    level=UNSPECIFIED,
    sources=ZERO,
    behaviours={
        "ECONNRESET": "the peer's receive fails",
        "ended": "the peer reads an orderly end",
    },
    aliases=["options.linger.zero-aborts"],
)


@ABORTS.case(queued=("nothing", "sent", "received"), family=INET)
def test_zero_aborts(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["queued"] == "sent":
        ours.send(b"sent before")
    elif case["queued"] == "received":
        theirs.send(b"never read")
        sockets.wait(ours, "POLLIN")
    put(ours, 1, 0)
    ours.close()
    see(outcome(sockets.received, theirs, ALL, ok="ended"))


DUPLICATE = rule(
    "options.linger-close.duplicate",
    "Closing one of two descriptors of a socket neither resets the connection nor blocks.",
    level=MUST,
    sources=[
        POSIX.close(
            "DESCRIPTION", "all file descriptors associated with an open file description"
        )
    ],
    behaviours={
        "open": "the other descriptor sends all that was queued, then an orderly end",
        "lost": LOST,
        "blocks": BLOCKED,
    },
    conforming=["open"],
    aliases=["options.linger.duplicate-closed"],
    renamed={"waits": "blocks"},
)


@DUPLICATE.case(seconds=("0", "5"), family=INET)
def test_duplicate(sockets, see, case):
    ours, theirs, count = full(sockets)
    again = sockets.keep(ours.try_clone())
    put(ours, 1, int(case["seconds"]))
    pending = sockets.start("close", ours)
    if pending.is_blocked():
        see("blocks")
        return
    pending.result()
    got = []
    how = outcome(again.shutdown, "SHUT_WR")
    if how == "succeeds":
        how = outcome(lambda: got.append(len(sockets.received(theirs, ALL))), ok="open")
    see("lost" if how == "open" and got != [count] else how)


WAITS = rule(
    "options.linger-close.blocks",
    "Closing with a linger time blocks until unsent data is sent.",
    level=MUST,
    sources=[BLOCKS],
    behaviours={
        "blocks-until-sent": "close() blocks, and returns when the peer has read all",
        "returns": AT_ONCE,
        "blocks-on": "close() does not return when all is sent",
        "lost": LOST,
    },
    conforming=["blocks-until-sent"],
    aliases=["options.linger.close-waits"],
    renamed={"waits-until-sent": "blocks-until-sent", "waits-on": "blocks-on"},
)


@WAITS.case(family=INET)
def test_blocks(sockets, see, case):
    ours, theirs, count = full(sockets)
    put(ours, 1, 20)
    how, pending, blocked = closing(sockets, ours)
    if how == "hang":
        see(how)
        return
    got = len(sockets.received(theirs, ALL))
    # The last acknowledgement wakes it, well before the linger time is over.
    woken = pending.wait(4.0)
    if not blocked:
        see(outcome(pending.result, ok="returns"))
    else:
        see("lost" if got != count else "blocks-until-sent" if woken else "blocks-on")


NOTHING = rule(
    "options.linger-close.all-sent",
    "Closing with a linger time returns at once when no data is unsent.",
    level=MUST,
    sources=[
        POSIX.close("DESCRIPTION", "and the socket has untransmitted data, then close() shall")
    ],
    behaviours={"returns": CONFORMS, "blocks": BLOCKED},
    aliases=["options.linger.nothing-unsent"],
    renamed={"waits": "blocks"},
)


@NOTHING.case(state=("fresh", "listening", "idle", "received-by-peer"), family=INET)
def test_all_sent(sockets, see, case):
    state = case["state"]
    if state == "fresh":
        sock = sockets.new()
    elif state == "listening":
        sock = sockets.listener()
    else:
        sock, theirs = sockets.connected()
        if state == "received-by-peer":
            sock.send(b"all of it")
            theirs.recv(64)
            # The peer's reply brings its acknowledgement.
            theirs.send(b"thanks")
            sock.recv(64)
    put(sock, 1, 6)
    pending = sockets.start("close", sock)
    see("returns" if pending.wait(4.0) else "blocks")


UNIT = rule(
    "options.linger-close.unit",
    "The linger time is in seconds.",
    level=MUST,
    sources=[
        POSIX.header("sys/socket.h", "struct linger", "int l_linger Linger time, in seconds"),
        BLOCKS,
    ],
    behaviours={
        "seconds": CONFORMS,
        "shorter": "close() returns sooner than after a second",
        "longer": "close() takes longer than three seconds",
    },
    aliases=["options.linger.unit"],
)


@UNIT.case(family=V4)
def test_unit(sockets, see, case):
    ours, theirs, _count = full(sockets)
    put(ours, 1, 1)
    began = time.monotonic()
    pending = sockets.start("close", ours)
    ended = pending.wait(3.0)
    took = time.monotonic() - began
    theirs.close()
    see("longer" if not ended else "shorter" if took < 0.9 else "seconds")


NONBLOCKING = rule(
    "options.linger-close.nonblocking",
    "Closing a non-blocking socket with a linger time blocks while data is unsent.",
    level=MUST,
    sources=[
        BLOCKS,
        POSIX.close(
            "RATIONALE", "linger interval is not conditional on the O_NONBLOCK setting"
        ),
        MS.closesocket("Remarks", "For a nonblocking socket, closesocket returns immediately"),
    ],
    behaviours={"blocks": CONFORMS, "returns": AT_ONCE},
    aliases=["options.linger.nonblocking-close"],
    renamed={"waits": "blocks"},
)


@NONBLOCKING.case(family=INET)
def test_nonblocking(sockets, see, case):
    ours, theirs, _count = full(sockets)
    put(ours, 1, 20)
    ours.set_nonblocking(True)
    how, pending, blocked = closing(sockets, ours)
    if how == "hang":
        see(how)
        return
    outcome(sockets.received, theirs, ALL)
    see("blocks" if blocked else outcome(pending.result, ok="returns"))


BACKGROUND = rule(
    "options.linger-close.off",
    "Closing a socket that does not linger returns at once, and unsent data is still sent.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.16",
            "SO_LINGER",
            "allows the calling thread to continue as quickly as possible",
        ),
        SOCKET2.set_linger(3, "returns immediately and the closing is done in the background"),
        POSIX.chapter(
            "2.10.6", "SOCK_STREAM", "provides reliable, sequenced, full-duplex octet"
        ),
        RFC(9293, "3.6.1", "The normal TCP close sequence delivers buffered data reliably"),
    ],
    behaviours={"delivered": CONFORMS, "blocks": BLOCKED, "lost": LOST},
    aliases=["options.linger.off-returns"],
    renamed={"waits": "blocks"},
)


@BACKGROUND.case(family=(*INET, UNIX))
def test_off(sockets, see, case):
    ours, theirs, count = full(sockets)
    pending = sockets.start("close", ours)
    if pending.is_blocked():
        see("blocks")
        return
    pending.result()
    got = []
    how = outcome(lambda: got.append(len(sockets.received(theirs, ALL))), ok="delivered")
    see("lost" if how == "delivered" and got != [count] else how)


SHUTDOWN = rule(
    "options.linger-close.shutdown",
    "Whether shutdown() blocks for the linger time while data is unsent is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.16", "SO_LINGER", "queued on a socket and a close() is performed"),
        SOCKET2.set_linger(2, "a close(2) or shutdown(2) will not return until all queued"),
        MAN.socket(
            7, "SO_LINGER", "a close(2) or shutdown(2) will not return until all queued"
        ),
    ],
    behaviours={
        "shutdown-returns": "shutdown() returns at once",
        "shutdown-blocks": "shutdown() blocks, as socket(7) says",
    },
    aliases=["options.linger.shutdown-returns"],
    renamed={"returns": "shutdown-returns", "waits": "shutdown-blocks"},
)


@SHUTDOWN.case(how=("SHUT_WR", "SHUT_RDWR"), family=INET)
def test_shutdown(sockets, see, case):
    ours, _theirs, _count = full(sockets)
    put(ours, 1, 1)
    pending = sockets.start("shutdown", ours, sockets.number(case["how"]))
    see("shutdown-blocks" if pending.is_blocked() else "shutdown-returns")


AFTER_END = rule(
    "options.linger-close.zero-after-end",
    "Whether closing with a linger time of zero resets what was shut down is unspecified.",
    level=UNSPECIFIED,
    sources=ZERO,
    behaviours={
        "reset": "poll() reports POLLERR or POLLHUP at the peer",
        "not-reset": "the peer can go on to send",
    },
    needs=["poll"],
)


@AFTER_END.case(family=INET)
def test_zero_after_end(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    sockets.wait(theirs, "POLLIN")
    put(ours, 1, 0)
    ours.close()
    see("reset" if {"POLLERR", "POLLHUP"} & set(theirs.poll([], 0.2)) else "not-reset")
