"""poll() itself: what it reports, when it returns."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, POSIX, STREAM, UNIX, V4, V6, rule

ALL = (V4, V6, UNIX)
ALWAYS = {"POLLERR", "POLLHUP", "POLLNVAL"}
EVENTS = ("POLLIN", "POLLPRI", "POLLOUT")
IGNORED = POSIX.poll("POLLHUP", "This flag is only valid in the revents bitmask")
TIMEOUT = POSIX.poll("DESCRIPTION, timeout", "shall wait at least timeout milliseconds")
REVENTS = POSIX.poll("DESCRIPTION, revents", "shall set the corresponding bit in revents")


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


STATES = ("fresh", "listening", "idle", "data", "full", "at-end", "shut-both", "reset")

ONLY_ASKED = rule(
    "readiness.poll.only-asked",
    "poll() reports no event that was not asked for, but POLLERR, POLLHUP and POLLNVAL.",
    level=MUST,
    sources=[REVENTS, IGNORED],
    behaviours={"only-asked": CONFORMS, "more": "reports an event that was not asked for"},
    needs=["poll"],
)


@ONLY_ASKED.case(family=INET, state=STATES, examples=8)
@given(asked=st.sets(st.sampled_from(EVENTS)))
def test_only_asked(sockets, see, case, asked):
    sock = _in_state(sockets, case["state"])
    asked &= set(sockets.pollable)
    told = sock.poll(sorted(asked), 0)
    # Normal and priority-band events come with the events they are equivalent to.
    more = {name for name in told - asked - ALWAYS if name in EVENTS}
    see("more" if more else "only-asked", asked=asked, told=told)


SAME_AGAIN = rule(
    "readiness.poll.same-again",
    "poll() reports the same again as long as the socket's state does not change.",
    level=MUST,
    sources=[REVENTS],
    behaviours={"same": CONFORMS, "changed": "reports something else"},
    needs=["poll"],
)


@SAME_AGAIN.case(family=INET, state=STATES)
def test_same_again(sockets, see, case):
    sock = _in_state(sockets, case["state"])
    told = [sock.poll(sockets.pollable, 0) for _ in range(4)]
    see("same" if len(set(told)) == 1 else "changed", told=[sorted(each) for each in told])


AT_ONCE = rule(
    "readiness.poll.zero-timeout",
    "poll() with a timeout of zero returns at once.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION, timeout", "shall return immediately")],
    behaviours={"at-once": CONFORMS, "waits": "blocks"},
    needs=["poll"],
)


@AT_ONCE.case(family=ALL, type=(STREAM, DGRAM))
def test_zero_timeout(sockets, see, case):
    ours, _theirs = sockets.connected()
    wanted = [(ours.handle, sockets.number("POLLIN"))]
    waiting = sockets.backend.start("poll", wanted, 0.0)
    see("waits" if waiting.is_blocked() else "at-once")


FULL_TIME = rule(
    "readiness.poll.full-timeout",
    "poll() on a socket that does not become ready returns nothing, not before the timeout.",
    level=MUST,
    sources=[TIMEOUT],
    behaviours={"waits": CONFORMS, "early": "returns before", "ready": "reports an event"},
    needs=["poll"],
)


@FULL_TIME.case(family=(V4, UNIX), type=(STREAM, DGRAM), milliseconds=("1", "10", "25"))
def test_full_timeout(sockets, see, case):
    ours, _theirs = sockets.connected()
    timeout = int(case["milliseconds"]) / 1000
    started = time.monotonic()
    told = ours.poll("POLLIN", timeout)
    spent = time.monotonic() - started
    see("ready" if told else "waits" if spent >= timeout else "early")


WAKES = rule(
    "readiness.poll.wakes",
    "A poll() that waits returns when the event it waits for comes, and reports it.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION", "until a requested event occurs")],
    behaviours={"wakes": CONFORMS, "early": "returns before", "late": "waits on"},
    needs=["poll"],
)


@WAKES.case(family=ALL, event=("data", "end", "connection", "room"))
def test_wakes(sockets, see, case):
    event = case["event"]
    wanted = "POLLOUT" if event == "room" else "POLLIN"
    if event == "connection":
        waiter = sockets.listener()
        client = sockets.new()
    else:
        waiter, other = sockets.connected()
    if event == "room":
        taken = sockets.fill(waiter)
    asked = [(waiter.handle, sockets.number(wanted))]
    waiting = sockets.backend.start("poll", asked, 2.0)
    blocked = waiting.is_blocked()
    if event == "data":
        other.send(b"x")
    elif event == "end":
        other.shutdown("SHUT_WR")
    elif event == "connection":
        client.connect(waiter.local_addr())
    else:
        sockets.received(other, taken)
    # Some systems tell the end by POLLHUP alone: readiness.poll.end-of-stream.
    ends = sockets.number("POLLHUP") if event == "end" else 0
    told = waiting.result()[0] & (sockets.number(wanted) | ends)
    see("early" if not blocked else "wakes" if told else "late")


SEVERAL = rule(
    "readiness.poll.several",
    "poll() on several sockets reports those that are ready and no other, in their places.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION, fds"), REVENTS],
    behaviours={"right": CONFORMS, "wrong": "another socket is reported"},
    needs=["poll"],
)


@SEVERAL.case(family=ALL, type=DGRAM)
@given(ready=st.lists(st.booleans(), min_size=1, max_size=10))
def test_several(sockets, see, case, ready):
    sender = sockets.bound()
    all_of_them = [sockets.bound() for _ in ready]
    for sock, wanted in zip(all_of_them, ready, strict=True):
        if wanted:
            sender.send_to(b"x", sock.local_addr())
            sockets.wait(sock, "POLLIN")
    number = sockets.number("POLLIN")
    told = sockets.backend.poll([(sock.handle, number) for sock in all_of_them], 0.0)
    see("right" if [bool(each) for each in told] == ready else "wrong", ready=ready, told=told)


HALF_CLOSED = rule(
    "readiness.poll.half-closed-no-hangup",
    "poll() does not report POLLHUP while one direction of a connection is still open.",
    level=MUST,
    sources=[POSIX.poll("POLLHUP", "This event and POLLOUT are mutually-exclusive")],
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
