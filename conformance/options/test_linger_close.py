"""SO_LINGER: what closing does with unsent data."""

from __future__ import annotations

import time

from sockspec.spec import (
    CONFORMS,
    INET,
    KERNEL,
    MAN,
    MS,
    MUST,
    POSIX,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .linger import put


def drain(sock):
    """Read to the end of the stream: how many bytes came."""
    count = 0
    while piece := sock.recv(1 << 18):
        count += len(piece)
    return count


def full(sockets):
    """A connection whose sender has unsent data: (sender, receiver, bytes taken)."""
    ours, theirs = sockets.connected()
    taken = sockets.fill(ours)
    ours.set_nonblocking(False)
    return ours, theirs, taken


def closing(sockets, sock):
    """Begin to close a socket: how that went, the pending close, and whether it waits.

    A close that keeps the interpreter's lock stops everyone, whoever asks after it too.
    """
    begun = []

    def begin():
        begun.append(sockets.start("close", sock))
        begun.append(begun[0].is_blocked())

    how = outcome(begin)
    return how, *begun, *[None] * (2 - len(begun))


ABORTS = rule(
    "options.linger.zero-aborts",
    "Closing with a linger time of zero resets the connection.",
    level=SHOULD,
    sources=[
        MS.closesocket("Remarks"),
        KERNEL("net/ipv4/tcp.c", "__tcp_close"),
    ],
    behaviours={"ECONNRESET": CONFORMS, "ended": "the peer reads an orderly end"},
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
    see(outcome(drain, theirs, ok="ended"))


DUPLICATE = rule(
    "options.linger.duplicate-closed",
    "Closing one of two descriptors of a socket neither resets nor lingers.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION", "all file descriptors associated with an open file")],
    behaviours={
        "open": CONFORMS,
        "ECONNRESET": "the connection is reset",
        "ended": "the peer reads the end of the stream",
        "waits": "the close does not return",
    },
)


@DUPLICATE.case(seconds=("0", "5"), family=INET)
def test_duplicate_closed(sockets, see, case):
    ours, theirs, _taken = full(sockets)
    again = sockets.keep(ours.try_clone())
    put(ours, 1, int(case["seconds"]))
    pending = sockets.start("close", ours)
    if pending.is_blocked():
        see("waits")
        return
    pending.result()
    # The other descriptor ends the stream after everything that was taken.
    again.shutdown("SHUT_WR")
    see(outcome(drain, theirs, ok="open"))


WAITS = rule(
    "options.linger.close-waits",
    "Closing with a linger time waits until unsent data is sent.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION", "shall block for up to the current linger interval")],
    behaviours={
        "waits-until-sent": CONFORMS,
        "returns": "closing returns at once",
        "waits-on": "closing does not return when all is sent",
        "lost": "the peer does not get all of it",
    },
)


@WAITS.case(family=INET)
def test_close_waits(sockets, see, case):
    ours, theirs, taken = full(sockets)
    put(ours, 1, 20)
    how, pending, waited = closing(sockets, ours)
    if how == "hang":
        see(how)
        return
    count = drain(theirs)
    # The last acknowledgement wakes it; well before the linger time is over.
    woken = pending.wait(4.0)
    sent = "waits-until-sent" if count == taken else "lost"
    see("returns" if not waited else sent if woken else "waits-on")


NOTHING = rule(
    "options.linger.nothing-unsent",
    "Closing with a linger time returns at once when nothing is unsent.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION", "and the socket has untransmitted data")],
    behaviours={"returns": CONFORMS, "waits": "it goes on waiting"},
)


@NOTHING.case(state=("fresh", "listening", "idle", "received-by-peer"), family=INET)
def test_nothing_unsent(sockets, see, case):
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
            # The peer answers, so its acknowledgement has arrived.
            theirs.send(b"thanks")
            sock.recv(64)
    put(sock, 1, 6)
    pending = sockets.start("close", sock)
    see("returns" if pending.wait(4.0) else "waits")


UNIT = rule(
    "options.linger.unit",
    "The linger time is in seconds.",
    level=MUST,
    sources=[
        POSIX.header("sys/socket.h", "l_linger", "Linger time, in seconds"),
        MAN.socket(7, "SO_LINGER", "how many seconds to linger for"),
    ],
    behaviours={"seconds": CONFORMS, "shorter": "a shorter unit", "longer": "a longer one"},
)


@UNIT.case(family=V4)
def test_unit(sockets, see, case):
    ours, theirs, _taken = full(sockets)
    put(ours, 1, 1)
    began = time.monotonic()
    pending = sockets.start("close", ours)
    ended = pending.wait(3.0)
    took = time.monotonic() - began
    theirs.close()
    see("longer" if not ended else "shorter" if took < 0.9 else "seconds")


NONBLOCKING = rule(
    "options.linger.nonblocking-close",
    "Closing a non-blocking socket with a linger time and unsent data waits or does not.",
    level=UNSPECIFIED,
    sources=[MS.closesocket("WSAEWOULDBLOCK"), POSIX.close("DESCRIPTION")],
    behaviours={"waits": "it waits", "returns": "it returns", "EAGAIN": "it is refused"},
)


@NONBLOCKING.case(family=INET)
def test_nonblocking_close(sockets, see, case):
    ours, theirs, _taken = full(sockets)
    put(ours, 1, 20)
    ours.set_nonblocking(True)
    how, pending, waits = closing(sockets, ours)
    if how == "hang":
        see(how)
        return
    outcome(drain, theirs)
    see("waits" if waits else outcome(pending.result, ok="returns"))


BACKGROUND = rule(
    "options.linger.off-returns",
    "Closing without a linger time returns at once, and unsent data is sent all the same.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_LINGER", "to continue as quickly as possible"),
        MAN.socket(7, "SO_LINGER", "the closing is done in the background"),
    ],
    behaviours={
        "delivered": CONFORMS,
        "waits": "closing does not return",
        "lost": "the peer does not get all of it",
        "ECONNRESET": "the connection is reset",
    },
)


@BACKGROUND.case(family=(*INET, UNIX))
def test_off_returns(sockets, see, case):
    ours, theirs, taken = full(sockets)
    pending = sockets.start("close", ours)
    if pending.is_blocked():
        see("waits")
        return
    got = []
    how = outcome(lambda: got.append(drain(theirs)), ok="delivered")
    see(how if how != "delivered" or got == [taken] else "lost")


SHUTDOWN = rule(
    "options.linger.shutdown-returns",
    "Shutting down does not wait for unsent data, whatever the linger time.",
    level=SHOULD,
    sources=[
        POSIX.close("DESCRIPTION", "shall block for up to the current linger interval"),
        MAN.socket(7, "SO_LINGER", "will not return until all queued messages"),
    ],
    behaviours={"returns": CONFORMS, "waits": "it waits, as socket(7) says"},
)


@SHUTDOWN.case(how=("SHUT_WR", "SHUT_RDWR"), family=INET)
def test_shutdown_returns(sockets, see, case):
    ours, _theirs, _taken = full(sockets)
    put(ours, 1, 1)
    pending = sockets.start("shutdown", ours, sockets.number(case["how"]))
    see("waits" if pending.is_blocked() else "returns")
