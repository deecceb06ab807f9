"""select() and pselect(): their three sets, their timeout, and poll() beside them."""

from __future__ import annotations

import time

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

ALL = (*INET, UNIX)
CALLS = ("select", "pselect")
READ, WRITE, EXCEPT = 1, 2, 4
READY = POSIX.pselect("DESCRIPTION", "an input function with O_NONBLOCK clear would not block")
ROOM = POSIX.pselect("DESCRIPTION", "an output function with O_NONBLOCK clear would not block")
URGENT = POSIX.pselect("DESCRIPTION", "the MSG_OOB flag set would return out-of-band data")


def in_state(sockets, state):
    """A socket in a state, and its peer: None where it has none."""
    if state == "fresh":
        return sockets.new(), None
    if state == "listening":
        return sockets.listener(), None
    if state == "connection":
        listener = sockets.listener()
        sockets.new().connect(listener.local_addr())
        sockets.wait(listener, "POLLIN")
        return listener, None
    if state == "reset":
        return sockets.reset(), None
    ours, theirs = sockets.connected()
    if state == "data":
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    elif state == "end":
        theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
    elif state == "full":
        sockets.fill(ours)
    elif state == "urgent":
        theirs.send_out_of_band(b"!")
        sockets.wait(ours, "POLLPRI")
    elif state == "shut-both":
        ours.shutdown("SHUT_RDWR")
    return ours, theirs


def selected(sockets, call, sock, sets):
    return getattr(sockets.backend, call)([(sock.handle, sets)], 0.0)[0]


def in_set(id, sentence, source, sets, states):
    """A rule on which states are in one of the sets, and those that are not."""
    made = rule(
        id,
        sentence,
        level=MUST,
        sources=[source],
        behaviours={
            "as-promised": CONFORMS,
            "missing": "is not in the set",
            "unexpected": "is in the set",
        },
        needs=["select"],
    )

    def test(sockets, see, case):
        sockets.need(case["call"])
        sock, _peer = in_state(sockets, case["state"])
        found = bool(selected(sockets, case["call"], sock, sets) & sets)
        wanted = states[case["state"]]
        see("as-promised" if found == wanted else "unexpected" if found else "missing")

    return made, test


READABLE, _readable = in_set(
    "readiness.select.readable",
    "select() leaves a socket in the read set just if a receive or accept would not block.",
    READY,
    READ,
    {"data": True, "end": True, "connection": True, "listening": False, "idle": False},
)


@READABLE.case(call=CALLS, family=ALL, state=("data", "end", "connection", "listening", "idle"))
def test_readable(sockets, see, case):
    _readable(sockets, see, case)


WRITABLE, _writable = in_set(
    "readiness.select.writable",
    "select() leaves a connected socket in the write set just if a send would not block.",
    ROOM,
    WRITE,
    {"idle": True, "data": True, "full": False},
)


@WRITABLE.case(call=CALLS, family=ALL, state=("idle", "data", "full"))
def test_writable(sockets, see, case):
    _writable(sockets, see, case)


EXCEPTIONAL = rule(
    "readiness.select.exceptional",
    "select() leaves a socket with urgent data in the third set, and one without out of it.",
    level=MUST,
    sources=[URGENT],
    behaviours={
        "as-promised": CONFORMS,
        "missing": "is not in the set",
        "unexpected": "is in the set",
    },
    needs=["select", "oob", "poll-priority"],
)


@EXCEPTIONAL.case(call=CALLS, family=INET, state=("urgent", "data", "idle"))
def test_exceptional(sockets, see, case):
    sockets.need(case["call"])
    sock, _peer = in_state(sockets, case["state"])
    found = bool(selected(sockets, case["call"], sock, EXCEPT))
    wanted = case["state"] == "urgent"
    see("as-promised" if found == wanted else "unexpected" if found else "missing")


ASKED = rule(
    "readiness.select.only-asked",
    "select() leaves a socket in no set that it was not put into.",
    level=MUST,
    sources=[
        POSIX.pselect("DESCRIPTION", "shall modify the objects pointed to by the readfds"),
    ],
    behaviours={"only-asked": CONFORMS, "unasked-set": "it comes back in another set"},
    needs=["select"],
)


@ASKED.case(call=CALLS, family=ALL, asked=("none", "read", "write", "except"))
def test_only_asked(sockets, see, case):
    sockets.need(case["call"])
    sock, _peer = in_state(sockets, "data")
    asked = {"none": 0, "read": READ, "write": WRITE, "except": EXCEPT}[case["asked"]]
    left = selected(sockets, case["call"], sock, asked)
    see("unasked-set" if left & ~asked else "only-asked", left=left)


AS_POLL = rule(
    "readiness.select.beside-poll",
    "Whether select() and poll() report the same of a socket without a connection is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[READY, POSIX.poll("POLLHUP", "A device has been disconnected")],
    behaviours={
        "same": "both report the same of reading and of writing",
        "only-select": "select() reports readiness that poll() does not",
        "only-poll": "poll() reports readiness that select() does not",
        "both-differ": "each reports something that the other does not",
    },
    needs=["select", "poll"],
)


@AS_POLL.case(call=CALLS, family=ALL, state=("fresh", "shut-both"))
@AS_POLL.case(call=CALLS, family=INET, state="reset")
def test_beside_poll(sockets, see, case):
    sockets.need(case["call"])
    sock, _peer = in_state(sockets, case["state"])
    left = selected(sockets, case["call"], sock, READ | WRITE)
    told = sock.poll(["POLLIN", "POLLOUT"], 0)
    polled = READ * ("POLLIN" in told) | WRITE * ("POLLOUT" in told)
    names = {(False, False): "same", (True, False): "only-select", (False, True): "only-poll"}
    more = (bool(left & ~polled), bool(polled & ~left))
    see(names.get(more, "both-differ"), select=left, poll=sorted(told))


SEVERAL = rule(
    "readiness.select.several",
    "select() on several sockets leaves just the ready ones in the set.",
    level=MUST,
    sources=[READY],
    behaviours={"ready-ones": CONFORMS, "misplaced": "others are left, or not all of them"},
    needs=["select"],
)


@SEVERAL.case(call=CALLS, family=ALL, type=(STREAM, DGRAM))
def test_several(sockets, see, case):
    sockets.need(case["call"])
    pairs = [sockets.connected() for _ in range(6)]
    ready = [False, True, True, False, False, True]
    for (ours, theirs), is_ready in zip(pairs, ready, strict=True):
        if is_ready:
            theirs.send(b"x")
            sockets.wait(ours, "POLLIN")
    asked = [(ours.handle, READ) for ours, _theirs in pairs]
    left = getattr(sockets.backend, case["call"])(asked, 0.0)
    see("ready-ones" if [bool(each) for each in left] == ready else "misplaced", left=left)


WAITS = rule(
    "readiness.select.full-timeout",
    "select() without a ready socket returns when its timeout has passed, not before.",
    level=MUST,
    sources=[
        POSIX.pselect("DESCRIPTION", "timeout interval expires without the specified condition")
    ],
    behaviours={
        "waits": CONFORMS,
        "early": "returns too early",
        "reports-event": "reports an event that has not occurred",
    },
    needs=["select"],
)


@WAITS.case(call=CALLS, family=(*INET, UNIX), milliseconds=("1", "10"))
def test_full_timeout(sockets, see, case):
    sockets.need(case["call"])
    ours, _theirs = sockets.connected()
    timeout = int(case["milliseconds"]) / 1000
    started = time.monotonic()
    left = getattr(sockets.backend, case["call"])([(ours.handle, READ)], timeout)[0]
    spent = time.monotonic() - started
    see("reports-event" if left else "waits" if spent >= timeout else "early")


WOKEN = rule(
    "readiness.select.wakes",
    "A select() that waits returns when the socket it waits for becomes ready.",
    level=MUST,
    sources=[READY, POSIX.pselect("DESCRIPTION", "block until at least one of the requested")],
    behaviours={
        "wakes": CONFORMS,
        "early": "returns too early",
        "not-woken": "waits on after the event",
    },
    needs=["select"],
)


@WOKEN.case(call=CALLS, family=ALL, event=("data", "end"))
def test_wakes(sockets, see, case):
    sockets.need(case["call"])
    ours, theirs = sockets.connected()
    waiting = sockets.backend.start(case["call"], [(ours.handle, READ)], 2.0)
    blocked = waiting.is_blocked()
    if case["event"] == "data":
        theirs.send(b"x")
    else:
        theirs.shutdown("SHUT_WR")
    woken = waiting.result()[0]
    see("early" if not blocked else "wakes" if woken else "not-woken")


AT_ONCE = rule(
    "readiness.select.zero-timeout",
    "select() with a timeout of zero returns at once.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "to effect a poll")],
    behaviours={"at-once": CONFORMS, "blocks": "waits for an event"},
    needs=["select"],
)


@AT_ONCE.case(call=CALLS, family=ALL)
def test_zero_timeout(sockets, see, case):
    sockets.need(case["call"])
    ours, _theirs = sockets.connected()
    waiting = sockets.backend.start(case["call"], [(ours.handle, READ)], 0.0)
    blocked = waiting.is_blocked()
    see("blocks" if blocked else outcome(waiting.result, ok="at-once"))


FAILED_CONNECT = rule(
    "readiness.select.failed-connect",
    "Whether select() leaves a socket whose connect was refused in each set is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.pselect("DESCRIPTION", "failed leaving a pending error, the socket shall be"),
    ],
    behaviours={
        "read": "in the first set",
        "write": "in the second set",
        "except": "in the third set",
        "in-no-set": "in none of them",
    },
    combined=True,
    needs=["select"],
)


@FAILED_CONNECT.case(call=CALLS, family=INET)
def test_failed_connect(sockets, see, case):
    sockets.need(case["call"])
    sock, there = sockets.new(), sockets.dead_address()
    sock.set_nonblocking(True)
    outcome(sock.connect, there)
    sockets.wait(sock, ())
    left = selected(sockets, case["call"], sock, READ | WRITE | EXCEPT)
    sets = {"read": READ, "write": WRITE, "except": EXCEPT}
    see("-".join(name for name, bit in sets.items() if left & bit) or "in-no-set")


OF_CLOSED = rule(
    "readiness.select.closed",
    "select() of a descriptor that is closed fails with EBADF, on Windows with ENOTSOCK.",
    level=MUST,
    sources=[
        POSIX.pselect("EBADF", "specified a file descriptor that is not a valid open file")
    ],
    behaviours={
        "EBADF": CONFORMS,
        "ENOTSOCK": CONFORMS,
        "returns": "the call succeeds",
    },
    needs=["select"],
)


@OF_CLOSED.case(call=CALLS, family=(*INET, UNIX))
def test_closed(sockets, see, case):
    sockets.need(case["call"])
    sock = sockets.new()
    sock.close()
    wanted = [(sock.handle, READ)]
    see(outcome(getattr(sockets.backend, case["call"]), wanted, 0.05, ok="returns"))
