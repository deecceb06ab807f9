"""kqueue: when what is registered is reported, and how often. No standard has it."""

from __future__ import annotations

import time

from sockspec.spec import DGRAM, FREEBSD, INET, STREAM, UNIX, V4, XNU, outcome

from .kqueue import UNREPORTED, Queue, manuals, open_rule, readable, told
from .test_epoll import in_state

ALL = (*INET, UNIX)
MODES = {"level": (), "clear": ("CLEAR",), "one-shot": ("ONESHOT",), "dispatch": ("DISPATCH",)}
AGGREGATES = manuals("DESCRIPTION", "the filter will aggregate the events into a single struct")
ADD = manuals("EV_ADD", "will modify the parameters of the original event, and not result in")
CLEAR = manuals("EV_CLEAR", "This is useful for filters which report state transitions")
ONE_SHOT = manuals(
    "EV_ONESHOT", "After the user retrieves the event from the kqueue, it is deleted"
)
DISPATCH = [
    FREEBSD.kqueue(2, "EV_DISPATCH", "Disable the event source immediately after delivery"),
    XNU("bsd/sys/event.h", "EV_DISPATCH", "disable event after reporting"),
]
GONE = manuals("DESCRIPTION", "the kevent is removed from the kqueue and is not returned")
FIRST = manuals("DESCRIPTION", "in order to detect whether a preexisting condition is present")
NOT_FOUND = manuals("ERRORS", "The event could not be found to be modified or deleted")
LIMIT = manuals("DESCRIPTION", "it specifies a maximum interval to wait for an event")


AGAIN = open_rule(
    "readiness.kqueue.same-state-again",
    "kevent() reports a state again that has not changed",
    [*FIRST, *CLEAR, *ONE_SHOT, *DISPATCH],
    {
        "every-time": "it is reported by each call",
        "only-once": "it is reported by the first call alone",
        "never-reported": "no call reports it",
    },
)


@AGAIN.case(family=ALL, type=(STREAM, DGRAM), mode=tuple(MODES))
def test_same_state_again(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    queue.add(ours, "READ", *MODES[case["mode"]])
    seen = [bool(queue.kevent()) for _ in range(3)]
    names = {(True, True, True): "every-time", (True, False, False): "only-once"}
    see(names.get(tuple(seen), "never-reported"), told=seen)


MORE = open_rule(
    "readiness.kqueue.more-data",
    "kevent() reports data that arrives behind unread data",
    [*CLEAR, *ONE_SHOT, *DISPATCH],
)


@MORE.case(family=ALL, mode=tuple(MODES))
def test_more_data(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), readable(sockets)
    queue.add(ours, "READ", *MODES[case["mode"]])
    queue.kevent()
    theirs.send(b"y")
    if case["family"] != UNIX:
        sockets.wait_for_bytes(ours, 2)
    see(told(queue.kevent(within=0.2)))


REARMED = open_rule(
    "readiness.kqueue.rearmed",
    "a change has a state reported again that was reported",
    [*ADD, *ONE_SHOT, *DISPATCH, *NOT_FOUND],
)


@REARMED.case(family=ALL, mode=("clear", "one-shot", "dispatch"), change=("ADD", "ENABLE"))
def test_rearmed(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    flags = MODES[case["mode"]]
    queue.add(ours, "READ", *flags)
    queue.kevent()
    how = outcome(queue.make, ours, "READ", case["change"], *flags, ok="")
    see(how or told(queue.kevent()))


OVER = open_rule(
    "readiness.kqueue.condition-over", "kevent() reports data that was received before it", GONE
)


@OVER.case(family=ALL, type=(STREAM, DGRAM), mode=("level", "clear"))
def test_condition_over(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    queue.add(ours, "READ", *MODES[case["mode"]])
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    ours.recv(1)
    see(told(queue.kevent()))


AGGREGATED = open_rule(
    "readiness.kqueue.aggregated",
    "several arrivals are one event",
    AGGREGATES,
    {
        "one-event": "there is one event",
        "several": "there are more",
        **UNREPORTED,
    },
)


@AGGREGATED.case(family=ALL, mode=("level", "clear"))
def test_aggregated(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    queue.add(ours, "READ", *MODES[case["mode"]])
    for _ in range(3):
        theirs.send(b"x")
    if case["family"] != UNIX:
        sockets.wait_for_bytes(ours, 3)
    see({0: "not-reported", 1: "one-event"}.get(len(queue.kevent()), "several"))


ROTATES = open_rule(
    "readiness.kqueue.more-than-fit",
    "kevent() reports in turn the sockets for which it has no room",
    manuals("RETURN VALUES", "up to the value given by nevents"),
    {"in-turn": "each is reported", "starves": "some are never reported"},
)


@ROTATES.case(family=ALL)
def test_more_than_fit(sockets, see, case):
    queue = Queue(sockets)
    for key in range(5):
        queue.add(readable(sockets)[0], key=key)
    seen = {each.key for _ in range(5) for each in queue.kevent(most=2)}
    see("in-turn" if len(seen) == 5 else "starves", told=seen)


CLOSED = open_rule(
    "readiness.kqueue.after-close",
    "kevent() reports a socket whose descriptor was closed",
    manuals("DESCRIPTION", "on a file descriptor will remove any kevents that reference"),
)


@CLOSED.case(family=ALL, kept=("nothing", "a-duplicate"))
def test_after_close(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets)
    queue.add(ours)
    if case["kept"] == "a-duplicate":
        sockets.keep(ours.try_clone())
    ours.close()
    see(told(queue.kevent()))


FORKED = open_rule(
    "readiness.kqueue.after-fork",
    "a child has the kqueue of its parent",
    manuals("DESCRIPTION", "The queue is not inherited by a child created with fork(2)"),
    {"inherited": "its kevent() succeeds"},
    needs=["fork"],
)


@FORKED.case(family=V4)
def test_after_fork(sockets, see, case):
    queue = Queue(sockets)
    child = sockets.backend.fork()
    asked = [queue.handle, [], 1, 0.0]
    see(outcome(sockets.backend.in_child, child, "kevent", asked, ok="inherited"))


WAITS = open_rule(
    "readiness.kqueue.time-limit",
    "kevent() waits for as long as its time limit says",
    LIMIT,
    {
        "as-told": "it does",
        "early": "it returns before",
        "late": "it waits where it has no time",
    },
)


@WAITS.case(family=ALL, limit=("zero", "some", "no-room"))
def test_time_limit(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), sockets.connected()
    queue.add(ours)
    limit = {"zero": 0.0, "some": 0.03, "no-room": 2.0}[case["limit"]]
    started = time.monotonic()
    queue.kevent(most=0 if case["limit"] == "no-room" else 4, within=limit)
    took = time.monotonic() - started
    if case["limit"] == "some":
        see("as-told" if took >= limit else "early", seconds=took)
    else:
        see("late" if took >= 1.0 else "as-told", seconds=took)


WAKES = open_rule(
    "readiness.kqueue.wakes",
    "an event ends a kevent() that waits",
    FIRST,
    {"returns": "it returns the event"},
)


@WAKES.case(family=ALL, mode=("level", "clear"))
def test_wakes(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    queue.add(ours, "READ", *MODES[case["mode"]])
    started = sockets.backend.start("kevent", queue.handle, [], 4, 3.0)
    started.is_blocked()
    theirs.send(b"x")
    events = []
    how = outcome(lambda: events.extend(started.result(within=2.0)), ok="returns")
    see(how if events or how != "returns" else "hang")


NESTED = open_rule(
    "readiness.kqueue.nested",
    "a kqueue that has events is readable in another",
    manuals(
        "EVFILT_READ",
        "Returns when pending events are present on the queue",
        "Takes a file descriptor as the identifier, and returns whenever there is data",
    ),
)


@NESTED.case(family=ALL, events=("none", "one"))
def test_nested(sockets, see, case):
    queue, outer = Queue(sockets), Queue(sockets)
    ours, _theirs = readable(sockets) if case["events"] == "one" else sockets.connected()
    queue.add(ours)
    outer.kevent([outer.change(queue.handle, "READ", "ADD")], most=0)
    see(told(outer.kevent()))


AS_POLL = open_rule(
    "readiness.kqueue.beside-poll",
    "kevent() and poll() report the same sockets",
    [*FIRST, *GONE],
    {
        "same": "both report the same",
        "different": "one reports a state that the other does not",
    },
    needs=["poll"],
)


@AS_POLL.case(family=INET, state=("fresh", "listening", "idle", "data", "end", "full", "reset"))
@AS_POLL.case(family=UNIX, state=("fresh", "listening", "idle", "data", "end", "full"))
def test_beside_poll(sockets, see, case):
    sock, _peer = in_state(sockets, case["state"])
    queue, filters = Queue(sockets), {"READ": "POLLIN", "WRITE": "POLLOUT"}
    for key, filter in enumerate(filters):
        queue.add(sock, filter, key=key)
    keys = {each.key for each in queue.kevent()}
    seen = {name for key, name in enumerate(filters.values()) if key in keys}
    polled = sock.poll([*filters.values()], 0)
    see(
        "same" if seen == {*polled} & {*filters.values()} else "different",
        kqueue=seen,
        poll=polled,
    )
