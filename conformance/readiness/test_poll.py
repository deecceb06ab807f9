"""poll() itself: which events it reports, when it returns, and how it reports a failure."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
ALWAYS = {"POLLERR", "POLLHUP", "POLLNVAL"}
EVENTS = ("POLLIN", "POLLPRI", "POLLOUT")
STATES = ("fresh", "listening", "idle", "data", "full", "at-end", "shut-both", "reset")

REVENTS = POSIX.poll(
    "DESCRIPTION, revents", "set the corresponding bit in revents if the requested condition"
)
UNASKED = POSIX.poll(
    "DESCRIPTION, revents", "even if the application did not set the corresponding bit"
)
TIMEOUT = POSIX.poll("DESCRIPTION, timeout", "shall wait at least timeout milliseconds")
ERROR = POSIX.poll("POLLERR", "An error has occurred on the device or stream")
HANGUP = POSIX.poll("POLLHUP", "A device has been disconnected")
EXCLUSIVE = POSIX.poll("POLLHUP", "a stream can never be writable if a hangup has occurred")
WRITABLE = POSIX.pselect("DESCRIPTION", "an output function with O_NONBLOCK clear would not")
READABLE = POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is blocked")


def _in_state(sockets, state):
    """A stream socket in one of the states of a socket's life."""
    if state == "fresh":
        return sockets.new()
    if state == "listening":
        return sockets.listener()
    if state == "reset":
        return sockets.reset()
    if state == "at-end":
        return sockets.at_eof()
    ours, theirs = sockets.connected()
    if state == "data":
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    elif state == "full":
        sockets.fill(ours)
    elif state == "shut-both":
        ours.shutdown("SHUT_RDWR")
        theirs.shutdown("SHUT_RDWR")
        sockets.wait_for_close(ours)
    return ours


ONLY_ASKED = rule(
    "readiness.poll.only-asked",
    "poll() reports only events that were asked for, and POLLERR, POLLHUP and POLLNVAL.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION, revents", "poll() shall clear the revents member, except"),
        UNASKED,
    ],
    behaviours={
        "only-asked": CONFORMS,
        "unasked-event": "reports another event that was not asked for",
    },
    needs=["poll"],
    renamed={"more": "unasked-event"},
)


@ONLY_ASKED.case(family=INET, state=STATES, examples=8)
@given(asked=st.sets(st.sampled_from(EVENTS)))
def test_only_asked(sockets, see, case, asked):
    sock = _in_state(sockets, case["state"])
    asked &= set(sockets.pollable)
    events = sock.poll(sorted(asked), 0)
    # POLLRDNORM and its like are bits of the events in EVENTS on some systems.
    unasked = events & set(EVENTS) - asked
    see("unasked-event" if unasked else "only-asked", asked=asked, events=events)


SAME_AGAIN = rule(
    "readiness.poll.same-again",
    "poll() reports the same events again as long as the socket's state does not change.",
    level=MUST,
    sources=[REVENTS],
    behaviours={"same": CONFORMS, "changed": "reports different events"},
    needs=["poll"],
)


@SAME_AGAIN.case(family=INET, state=STATES)
def test_same_again(sockets, see, case):
    sock = _in_state(sockets, case["state"])
    events = [sock.poll(sockets.pollable, 0) for _ in range(4)]
    see(
        "same" if len(set(events)) == 1 else "changed",
        events=[sorted(each) for each in events],
    )


AT_ONCE = rule(
    "readiness.poll.zero-timeout",
    "poll() with a timeout of zero returns at once.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION, timeout", "is 0, poll() shall return immediately")],
    behaviours={"at-once": CONFORMS, "blocks": "waits for an event"},
    needs=["poll"],
    renamed={"waits": "blocks"},
)


@AT_ONCE.case(family=ALL, type=(STREAM, DGRAM))
def test_zero_timeout(sockets, see, case):
    ours, _theirs = sockets.connected()
    asked = [(ours.handle, sockets.number("POLLIN"))]
    polling = sockets.backend.start("poll", asked, 0.0)
    see("blocks" if polling.is_blocked() else "at-once")


FULL_TIME = rule(
    "readiness.poll.full-timeout",
    "poll() without an event to report returns when its timeout has passed, not before.",
    level=MUST,
    sources=[TIMEOUT],
    behaviours={
        "waits": CONFORMS,
        "early": "returns too early",
        "reports-event": "reports an event that has not occurred",
    },
    needs=["poll"],
    renamed={"ready": "reports-event"},
)


@FULL_TIME.case(family=(V4, UNIX), type=(STREAM, DGRAM), milliseconds=("1", "10", "25"))
def test_full_timeout(sockets, see, case):
    ours, _theirs = sockets.connected()
    timeout = int(case["milliseconds"]) / 1000
    started = time.monotonic()
    events = ours.poll("POLLIN", timeout)
    spent = time.monotonic() - started
    see("reports-event" if events else "waits" if spent >= timeout else "early")


WAKES = rule(
    "readiness.poll.wakes",
    "A poll() that waits returns when the event it waits for occurs, and reports it.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION, timeout", "for an event to occur on any of the selected file")
    ],
    behaviours={
        "wakes": CONFORMS,
        "early": "returns too early",
        "not-woken": "waits on after the event",
    },
    needs=["poll"],
    renamed={"late": "not-woken"},
)


@WAKES.case(family=ALL, event=("data", "end", "connection", "room"))
def test_wakes(sockets, see, case):
    event = case["event"]
    wanted = sockets.number("POLLOUT" if event == "room" else "POLLIN")
    if event == "connection":
        waiter, client = sockets.listener(), sockets.new()
    else:
        waiter, other = sockets.connected()
    if event == "room":
        queued = sockets.fill(waiter)
    polling = sockets.backend.start("poll", [(waiter.handle, wanted)], 2.0)
    blocked = polling.is_blocked()
    if event == "data":
        other.send(b"x")
    elif event == "end":
        other.shutdown("SHUT_WR")
        # Some systems report the end with POLLHUP alone: readiness.readable.end-of-stream.
        wanted |= sockets.number("POLLHUP")
    elif event == "connection":
        client.connect(waiter.local_addr())
    else:
        sockets.received(other, queued)
    woken = polling.result()[0] & wanted
    see("early" if not blocked else "wakes" if woken else "not-woken")


SEVERAL = rule(
    "readiness.poll.several",
    "poll() on several sockets reports each one's events in that socket's own entry.",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION", "For each member of the array pointed to"),
        REVENTS,
    ],
    behaviours={
        "own-entry": CONFORMS,
        "misplaced": "a ready socket's entry is empty, or another's is not",
    },
    needs=["poll"],
    aliases=["readiness.poll.order"],
    renamed={"right": "own-entry", "own-place": "own-entry", "wrong": "misplaced"},
)


@SEVERAL.case(family=ALL, type=(STREAM, DGRAM))
@given(ready=st.lists(st.booleans(), min_size=1, max_size=10))
def test_several(sockets, see, case, ready):
    pairs = [sockets.connected() for _ in ready]
    for (ours, theirs), is_ready in zip(pairs, ready, strict=True):
        if is_ready:
            theirs.send(b"x")
            sockets.wait(ours, "POLLIN")
    asked = [(ours.handle, sockets.number("POLLIN")) for ours, _theirs in pairs]
    events = sockets.backend.poll(asked, 0.0)
    right = [each != 0 for each in events] == ready
    see("own-entry" if right else "misplaced", ready=ready, events=events)


HALF_CLOSED = rule(
    "readiness.poll.half-closed-no-hangup",
    "poll() does not report POLLHUP while one direction of a connection is still open.",
    level=MUST,
    # After the socket's own SHUT_WR a send fails at once, and so it counts as writable.
    sources=[EXCLUSIVE, WRITABLE],
    behaviours={"no-hangup": CONFORMS, "hangup": "reports POLLHUP"},
    needs=["poll"],
)


@HALF_CLOSED.case(family=ALL, closed=("peer-write", "own-write", "own-read"))
def test_half_closed(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["closed"] == "peer-write":
        theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
    else:
        ours.shutdown("SHUT_WR" if case["closed"] == "own-write" else "SHUT_RD")
    see("hangup" if "POLLHUP" in ours.poll(sockets.pollable, 0) else "no-hangup")


HANGUP_AND_OUT = rule(
    "readiness.poll.hangup-excludes-writable",
    "poll() never reports POLLHUP and POLLOUT together.",
    level=MUST,
    sources=[
        POSIX.poll("POLLHUP", "This event and POLLOUT are mutually-exclusive"),
        FREEBSD.poll(2, "POLLHUP", "should never be present in the revents bitmask"),
    ],
    behaviours={"exclusive": CONFORMS, "together": "reports both at once"},
    needs=["poll"],
)


@HANGUP_AND_OUT.case(family=ALL, state=("fresh", "both-shut", "both-ended", "reset"))
def test_hangup_excludes_writable(sockets, see, case):
    sock = _hung_up(sockets, case["state"])
    events = sock.poll(["POLLIN", "POLLOUT"], 1.0)
    see("together" if {"POLLHUP", "POLLOUT"} <= events else "exclusive", events=events)


def _hung_up(sockets, state):
    if state == "fresh":
        return sockets.new()
    if state == "reset":
        return sockets.reset()
    ours, theirs = sockets.connected()
    if state == "both-shut":
        ours.shutdown("SHUT_RDWR")
    else:
        ours.shutdown("SHUT_WR")
        theirs.close()
        sockets.wait(ours, "POLLIN")
    return ours


RESET = rule(
    "readiness.poll.reset",
    "poll() reports POLLERR or POLLHUP on a stream socket whose peer reset the connection.",
    level=MUST,
    sources=[
        ERROR,
        HANGUP,
        FREEBSD.poll(2, "POLLHUP", "The device or socket has been disconnected"),
    ],
    behaviours={
        "error": "reports POLLERR without POLLHUP",
        "hangup": "reports POLLHUP",
        "error-and-hangup": "reports POLLERR and POLLHUP",
        "not-reported": "does not report it",
    },
    conforming=["error", "hangup", "error-and-hangup"],
    needs=["reset", "poll"],
    renamed={"nothing": "not-reported"},
)


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    events = sockets.reset().poll("POLLIN", 1.0)
    names = {"POLLERR": "error", "POLLHUP": "hangup"}
    found = [names[event] for event in names if event in events]
    see("-and-".join(found) or "not-reported", events=events)


ERROR_UNASKED = rule(
    "readiness.poll.error-unasked",
    "poll() reports a reset with POLLERR or POLLHUP even if no event is asked for.",
    level=MUST,
    sources=[UNASKED, ERROR, HANGUP],
    behaviours={"reported": CONFORMS, "not-reported": "does not report it"},
    needs=["reset", "poll"],
    renamed={"told": "reported", "silent": "not-reported"},
)


@ERROR_UNASKED.case(family=INET)
def test_error_unasked(sockets, see, case):
    events = sockets.reset().poll((), 1.0)
    see("reported" if events & {"POLLERR", "POLLHUP"} else "not-reported", events=events)


ERROR_READ = rule(
    "readiness.poll.error-taken",
    "Whether poll() reports POLLERR after SO_ERROR has been read is unspecified.",
    level=UNSPECIFIED,
    sources=[
        ERROR,
        POSIX.chapter("2.10.16", "SO_ERROR", "any pending error on the socket and clear"),
    ],
    behaviours={"gone": "no longer reports POLLERR", "stays": "still reports POLLERR"},
    needs=["reset", "poll"],
)


@ERROR_READ.case(family=INET)
def test_error_taken(sockets, see, case):
    sock = sockets.reset()
    sock.take_error()
    see("stays" if "POLLERR" in sock.poll("POLLIN", 0) else "gone")


PENDING_ERROR = rule(
    "readiness.poll.pending-error",
    "poll() for POLLIN reports a pending error of a datagram socket.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.chapter("2.10.15", "ECONNREFUSED", "attempt to deliver a datagram was"),
        ERROR,
        READABLE,
        FREEBSD.poll(2, "POLLERR", "An exceptional condition has occurred on the device or"),
    ],
    behaviours={
        "as-error": "reports POLLERR",
        "as-readable": "reports POLLIN without POLLERR",
        "not-reported": "does not report it",
    },
    conforming=["as-error", "as-readable"],
    needs=["poll"],
    aliases=["readiness.readable.pending-error", "readiness.poll.datagram-refused"],
    renamed={
        "reported": "as-error",
        "error": "as-error",
        "error-and-hangup": "as-error",
        "silent": "not-reported",
        "nothing": "not-reported",
    },
)


@PENDING_ERROR.case(family=INET, type=DGRAM, polls=("late", "waiting"))
def test_pending_error(sockets, see, case):
    ours, peer = sockets.bound(), sockets.receiver()
    ours.connect(peer.local_addr())
    peer.close()
    asked = [(ours.handle, sockets.number("POLLIN"))]
    if case["polls"] == "waiting":
        polling = sockets.backend.start("poll", asked, 1.0)
        polling.is_blocked()
        ours.send(b"x")
        events = polling.result()[0]
    else:
        ours.send(b"x")
        events = sockets.backend.poll(asked, 1.0)[0]
    readable = "as-readable" if events & sockets.number("POLLIN") else "not-reported"
    see("as-error" if events & sockets.number("POLLERR") else readable, events=events)


OF_NOTHING = rule(
    "readiness.poll.nothing",
    "Whether poll() and select() of nothing wait for their timeout is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.poll(
            2, "DESCRIPTION", "should specify the number of items in the fds array in nfds"
        ),
        POSIX.pselect("DESCRIPTION", "function shall block for the time specified"),
    ],
    behaviours={"waits": "returns when it has passed", "early": "returns too early"},
    needs=["poll"],
)


@OF_NOTHING.case(call=("poll", "ppoll", "select", "pselect"))
def test_nothing(sockets, see, case):
    if case["call"] != "poll":
        sockets.need(case["call"])
    started = time.monotonic()
    how = outcome(getattr(sockets.backend, case["call"]), [], 0.01, ok="waits")
    spent = time.monotonic() - started
    see("early" if how == "waits" and spent < 0.01 else how)
