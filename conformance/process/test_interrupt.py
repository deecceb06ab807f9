"""A signal that a handler catches while a call waits."""

from __future__ import annotations

import time

from sockspec.spec import (
    BOTH,
    CONFORMS,
    MAN,
    MUST,
    POSIX,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .waiting import POLLING, RECEIVING, SENDING, SIGNAL, full, interrupted, narrow, waiting

STREAMS = ("accept", "connect", *RECEIVING, *SENDING)
BRIEF = ("accept", "connect", *RECEIVING)  # in a full queue of TCP a probe can make room
STANDARD = tuple(each for each in POLLING if each != "epoll_wait")

GOES_ON = "the call waits on, and returns what it would have without the signal"
NAMES = {"goes-on": GOES_ON, "returned": "it returns at once, and no error"}
NO_RESTART = POSIX.sigaction(
    "SA_RESTART", "interrupted by this signal shall fail with errno set to [EINTR]"
)
RESTART = POSIX.sigaction(
    "SA_RESTART", "the function shall restart and shall not fail with [EINTR]"
)
LINUX = MAN.signal(7, "Interruption of system calls", "never restarted")

NOT_RESTARTED = rule(
    "process.interrupt.fails",
    "A call that waits fails with EINTR when a handler without SA_RESTART catches a signal.",
    level=MUST,
    sources=[
        NO_RESTART,
        POSIX.accept("EINTR", "interrupted by a signal that was caught"),
        POSIX.connect("EINTR", "was interrupted by delivery of a signal that was caught"),
        POSIX.recv("EINTR", "before any data was available"),
        POSIX.send("EINTR", "before any data was transmitted"),
        POSIX.poll("EINTR", "A signal was caught during poll()"),
    ],
    behaviours={"EINTR": CONFORMS, **NAMES},
    needs=["signals"],
)


@NOT_RESTARTED.case(call=STREAMS, family=UNIX)
@NOT_RESTARTED.case(call=BRIEF, family=V4)
@NOT_RESTARTED.case(call=STANDARD, family=V4)
def test_fails(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "count")
    see(interrupted(sockets, waiting(sockets, case["call"])))


RESTARTED = rule(
    "process.interrupt.restarts",
    "A call that waits is restarted when a handler with SA_RESTART catches a signal.",
    level=MUST,
    sources=[RESTART],
    behaviours={"goes-on": CONFORMS, "returned": NAMES["returned"]},
    needs=["signals"],
)


@RESTARTED.case(call=STREAMS, family=UNIX)
@RESTARTED.case(call=BRIEF, family=V4)
def test_restarts(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "restart")
    see(interrupted(sockets, waiting(sockets, case["call"])))


POLLS = rule(
    "process.interrupt.polls",
    "Whether a call that waits for readiness is restarted after a signal is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.select("EINTR", "it is implementation-defined whether the function restarts"),
        LINUX,
    ],
    behaviours=NAMES,
    needs=["signals"],
)


@POLLS.case(call=POLLING, family=V4)
def test_polls(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "restart")
    see(interrupted(sockets, waiting(sockets, case["call"])))


EPOLL = rule(
    "process.interrupt.epoll",
    "Whether a handler without SA_RESTART ends a call of epoll_wait() is unspecified.",
    level=UNSPECIFIED,
    sources=[LINUX],
    behaviours=NAMES,
    needs=["signals"],
)


@EPOLL.case(family=V4)
def test_epoll(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "count")
    see(interrupted(sockets, waiting(sockets, "epoll_wait")))


LIMITED = rule(
    "process.interrupt.time-limit",
    "Whether a call whose socket has a time limit is restarted after a signal is unspecified.",
    level=UNSPECIFIED,
    sources=[RESTART, LINUX],
    behaviours=NAMES,
    needs=["signals"],
)
OPTIONS = {"accept": "SO_RCVTIMEO", **dict.fromkeys(RECEIVING, "SO_RCVTIMEO")}


@LIMITED.case(call=("accept", "connect", "recv"), family=(V4, UNIX))
@LIMITED.case(call="send", family=UNIX)
def test_time_limit(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "restart")
    limit = OPTIONS.get(case["call"], "SO_SNDTIMEO")
    see(interrupted(sockets, waiting(sockets, case["call"], limit=limit)))


IGNORED = rule(
    "process.interrupt.ignored",
    "A signal that is ignored does not interrupt a call that waits.",
    level=MUST,
    sources=[POSIX.chapter("2.4.3", "SIG_IGN", "shall have no effect on the process")],
    behaviours={"goes-on": CONFORMS, "returned": NAMES["returned"]},
    needs=["signals"],
)


@IGNORED.case(call=("accept", "recv", "poll", "select"), family=V4)
def test_ignored(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "ignore")
    see(interrupted(sockets, waiting(sockets, case["call"])))


PARTIAL = rule(
    "process.interrupt.partial",
    "A send that a signal interrupts after some data was taken returns how much was.",
    level=MUST,
    sources=[
        POSIX.write("DESCRIPTION", "it shall return the number of bytes written"),
        POSIX.send("EINTR", "before any data was transmitted"),
    ],
    behaviours={
        "partial": CONFORMS,
        "goes-on": GOES_ON,
        "whole": "it returns the length of all data",
        "short": "it returned with a part before there was a signal",
    },
    needs=["signals"],
)


@PARTIAL.case(call=("send", "write"), family=(V4, UNIX), action=("count", "restart"))
def test_partial(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), case["action"])
    ours, _theirs = narrow(sockets)
    data = bytes(1 << 18)
    pending = sockets.start(case["call"], ours, data)
    if not pending.is_blocked():
        see("whole" if pending.result() == len(data) else "short")
        return
    sockets.backend.interrupt(sockets.number(SIGNAL))
    if pending.is_blocked():
        see("goes-on")
        return
    taken = []
    how = outcome(lambda: taken.append(pending.result()), ok="partial")
    see("whole" if taken == [len(data)] else how, taken=bool(taken and taken[0] > 0))


WAIT_ALL = rule(
    "process.interrupt.wait-all",
    "Whether an interrupted receive with MSG_WAITALL returns what has come is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("MSG_WAITALL", "may return a smaller amount of data")],
    behaviours={
        "partial": "it returns what has come",
        "goes-on": GOES_ON,
    },
    needs=["signals"],
)


@WAIT_ALL.case(family=(V4, UNIX), action=("count", "restart"))
def test_wait_all(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), case["action"])
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    pending = sockets.start("recv", ours, 6, sockets.number("MSG_WAITALL"))
    # It has taken the data when there is nothing to be received any more.
    until = time.monotonic() + sockets.patience
    while ours.poll("POLLIN", 0.0) and time.monotonic() < until:
        if not pending.is_blocked():  # it has ended, or was never made
            break
    sockets.backend.interrupt(sockets.number(SIGNAL))
    if pending.is_blocked():
        theirs.send(b"def")
        see(outcome(pending.result, ok="goes-on"))
        return
    see(outcome(pending.result, ok="partial"))


AGAIN = rule(
    "process.interrupt.connect-again",
    "After a signal has interrupted connect(), a second connect() fails with EALREADY.",
    level=MUST,
    sources=[
        POSIX.connect("EINTR", "the connection shall be established asynchronously"),
        POSIX.connect("EALREADY", "A connection request is already in progress"),
    ],
    behaviours={
        "EALREADY": CONFORMS,
        "waits": "it waits for the connection",
        "connected": "it succeeds",
        "goes-on": GOES_ON,
    },
    needs=["signals"],
)


@AGAIN.case(family=(V4, V6), mode=BOTH)
def test_connect_again(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "count")
    made = waiting(sockets, "connect")
    how = interrupted(sockets, made)
    if how != "EINTR":
        see(how)
        return
    made.sock.set_nonblocking(case["mode"] == "nonblocking")
    again = sockets.start("connect", made.sock, made.address)
    see("waits" if again.is_blocked() else outcome(again.result, ok="connected"))


NOT_ABORTED = rule(
    "process.interrupt.connect-completes",
    "A connect() that a signal interrupts is not aborted: the connection is established.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "the connection request shall not be aborted")],
    behaviours={
        "connected": CONFORMS,
        "aborted": "there is no connection when the listener has room",
        "goes-on": GOES_ON,
    },
    needs=["signals"],
)


@NOT_ABORTED.case(family=UNIX)
def test_connect_completes(sockets, see, case):
    sockets.backend.on_signal(sockets.number(SIGNAL), "count")
    listener = full(sockets)
    client = sockets.new()
    pending = sockets.start("connect", client, listener.local_addr())
    pending.is_blocked()
    sockets.backend.interrupt(sockets.number(SIGNAL))
    waits = pending.is_blocked()
    listener.set_nonblocking(True)
    while outcome(lambda: sockets.accepted(listener)) == "succeeds":
        pass
    how = outcome(pending.result)
    there = outcome(client.peer_addr) == "succeeds"
    see("goes-on" if waits and there else "connected" if there else "aborted", connect=how)
