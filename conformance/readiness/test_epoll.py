"""epoll: level and edge, one shot, exclusive. Linux's own; no standard has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import DGRAM, INET, MAN, STREAM, UNIX, UNSPECIFIED, outcome, rule

ALL = (*INET, UNIX)
LEVEL = MAN.epoll(7, "Level-triggered and edge-triggered", "simply a faster poll(2)")
EDGE = MAN.epoll(7, "Level-triggered and edge-triggered", "delivers events only when changes")
ONE_SHOT = MAN.epoll_ctl(2, "EPOLLONESHOT", "no other events will be reported by the epoll")
REARM = MAN.epoll_ctl(
    2, "EPOLLONESHOT", "EPOLL_CTL_MOD to rearm the file descriptor with a new"
)
EXCLUSIVE = MAN.epoll_ctl(2, "EPOLLEXCLUSIVE", "one or more of the epoll file descriptors will")
MANY = MAN.epoll(
    7, "Level-triggered and edge-triggered", "just one of the threads (or processes)"
)
ADDED = MAN.epoll_ctl(2, "EPOLL_CTL_ADD", "Add an entry to the interest list of the epoll file")
CHANGED = MAN.epoll_ctl(2, "EPOLL_CTL_MOD", "Change the settings associated with fd in the")
MODES = {
    "level": (),
    "edge": ("EPOLLET",),
    "one-shot": ("EPOLLONESHOT",),
    "edge-one-shot": ("EPOLLET", "EPOLLONESHOT"),
}


class Queue:
    """An epoll instance of the case."""

    def __init__(self, sockets) -> None:
        self.sockets = sockets
        self.handle = sockets.of(sockets.backend.epoll_create(0)).handle

    def events(self, *symbols):
        """The bits of several events, without a sign."""
        bits = 0
        for symbol in symbols:
            bits |= self.sockets.number(symbol)
        return bits % 2**32

    def control(self, operation, sock, events=0, key=0):
        number = self.sockets.number(f"EPOLL_CTL_{operation}")
        self.sockets.backend.epoll_ctl(self.handle, number, sock.handle, events, key)

    def ready(self, most=8, within=0.0):
        """What is reported now: pairs of events and key."""
        return self.sockets.backend.epoll_wait(self.handle, most, within)


def ready_socket(sockets):
    """A connected socket with data, and its peer."""
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    return ours, theirs


AGAIN = rule(
    "readiness.epoll.same-state-again",
    "Whether epoll_wait() reports a state again that has not changed is unspecified.",
    level=UNSPECIFIED,
    sources=[LEVEL, EDGE, ONE_SHOT],
    behaviours={
        "every-time": "it is reported by each call",
        "only-once": "it is reported by the first call alone",
        "never-reported": "no call reports it",
    },
    needs=["epoll"],
)


@AGAIN.case(family=ALL, type=(STREAM, DGRAM), mode=tuple(MODES))
def test_same_state_again(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), ready_socket(sockets)
    queue.control("ADD", ours, queue.events("EPOLLIN", *MODES[case["mode"]]))
    told = [bool(queue.ready()) for _ in range(3)]
    names = {(True, True, True): "every-time", (True, False, False): "only-once"}
    see(names.get(tuple(told), "never-reported"), told=told)


MORE = rule(
    "readiness.epoll.more-data",
    "Whether epoll_wait() reports data that arrives behind unread data is unspecified.",
    level=UNSPECIFIED,
    sources=[EDGE, ONE_SHOT],
    behaviours={"reported": "it is reported", "not-reported": "it is not reported"},
    needs=["epoll"],
)


@MORE.case(family=ALL, type=(STREAM, DGRAM), mode=tuple(MODES))
def test_more_data(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), ready_socket(sockets)
    queue.control("ADD", ours, queue.events("EPOLLIN", *MODES[case["mode"]]))
    queue.ready()
    theirs.send(b"y")
    if case["type"] == STREAM and case["family"] != UNIX:
        # A unix socket has it already, and a peek may end with the first send.
        sockets.wait_for_bytes(ours, 2)
    see("reported" if queue.ready(within=0.2) else "not-reported")


LEFT = rule(
    "readiness.epoll.partly-read",
    "Whether epoll_wait() reports what a receive has left unread is unspecified.",
    level=UNSPECIFIED,
    sources=[LEVEL, EDGE],
    behaviours={"reported": "it is reported", "not-reported": "it is not reported"},
    needs=["epoll"],
)


@LEFT.case(family=ALL, type=STREAM, mode=("level", "edge"))
def test_partly_read(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    theirs.send(b"ab")
    sockets.wait(ours, "POLLIN")
    queue.control("ADD", ours, queue.events("EPOLLIN", *MODES[case["mode"]]))
    queue.ready()
    ours.recv(1)
    see("reported" if queue.ready() else "not-reported")


REARMED = rule(
    "readiness.epoll.rearmed",
    "Whether EPOLL_CTL_MOD has a state reported again that was reported is unspecified.",
    level=UNSPECIFIED,
    sources=[REARM],
    behaviours={"reported": "it is reported", "not-reported": "it is not reported"},
    needs=["epoll"],
)


@REARMED.case(family=ALL, mode=tuple(MODES))
def test_rearmed(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), ready_socket(sockets)
    events = queue.events("EPOLLIN", *MODES[case["mode"]])
    queue.control("ADD", ours, events)
    queue.ready()
    queue.control("MOD", ours, events)
    see("reported" if queue.ready() else "not-reported")


AS_POLL = rule(
    "readiness.epoll.beside-poll",
    "Whether epoll_wait() and poll() report the same events of a socket is unspecified.",
    level=UNSPECIFIED,
    sources=[LEVEL],
    behaviours={
        "same": "both report the same events",
        "different": "one reports an event that the other does not",
    },
    needs=["epoll", "poll"],
)
EVENTS = ("IN", "OUT", "PRI", "ERR", "HUP")


@AS_POLL.case(family=INET, state=("fresh", "listening", "idle", "data", "end", "full", "reset"))
@AS_POLL.case(family=UNIX, state=("fresh", "listening", "idle", "data", "end", "full"))
def test_beside_poll(sockets, see, case):
    sock, _peer = in_state(sockets, case["state"])
    queue = Queue(sockets)
    queue.control("ADD", sock, queue.events("EPOLLIN", "EPOLLOUT", "EPOLLPRI"))
    bits = sum(events for events, _key in queue.ready())
    told = {name for name in EVENTS if bits & queue.events(f"EPOLL{name}")}
    polled = {
        name.removeprefix("POLL") for name in sock.poll(["POLLIN", "POLLOUT", "POLLPRI"], 0)
    }
    see("same" if told == polled & set(EVENTS) else "different", epoll=told, poll=polled)


def in_state(sockets, state):
    """A socket in a state, and its peer: None where it has none."""
    if state == "fresh":
        return sockets.new(), None
    if state == "listening":
        return sockets.listener(), None
    if state == "reset":
        return sockets.reset(), None
    if state == "end":
        return sockets.at_eof(), None
    ours, theirs = sockets.connected()
    if state == "data":
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    elif state == "full":
        sockets.fill(ours)
    return ours, theirs


KEYS = rule(
    "readiness.epoll.key-returned",
    "Whether epoll_wait() returns each socket's own data with its events is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.epoll_ctl(2, "DESCRIPTION", "specifies data that the kernel should save and then")
    ],
    behaviours={"own-key": "each comes with its own", "misplaced": "one comes with another's"},
    needs=["epoll"],
)


@KEYS.case(family=ALL)
@given(keys=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5, unique=True))
def test_key_returned(sockets, see, case, keys):
    queue = Queue(sockets)
    for key in keys:
        queue.control("ADD", ready_socket(sockets)[0], queue.events("EPOLLIN"), key)
    told = sorted(key for _events, key in queue.ready())
    see("own-key" if told == sorted(keys) else "misplaced", keys=keys, told=told)


ROTATES = rule(
    "readiness.epoll.more-than-fit",
    "Whether epoll_wait() reports in turn the sockets for which it has no room is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.epoll_wait(2, "NOTES", "round robin")],
    behaviours={"in-turn": "each is reported", "starves": "some are never reported"},
    needs=["epoll"],
)


@ROTATES.case(family=ALL)
@ROTATES.case(family=ALL, mode="edge")
def test_more_than_fit(sockets, see, case):
    queue = Queue(sockets)
    events = queue.events("EPOLLIN", *MODES[case.get("mode", "level")])
    for key in range(5):
        queue.control("ADD", ready_socket(sockets)[0], events, key)
    told = {key for _ in range(5) for _events, key in queue.ready(most=2)}
    see("in-turn" if len(told) == 5 else "starves", told=told)


WAKES = rule(
    "readiness.epoll.wakes-how-many",
    "Whether an event ends one epoll_wait() or several is unspecified.",
    level=UNSPECIFIED,
    sources=[MANY, EXCLUSIVE],
    behaviours={"one": "one of two returns", "both": "both return", "neither": "both wait on"},
    needs=["epoll"],
)


@WAKES.case(family=ALL, queues="one", mode=("level", "edge"))
@WAKES.case(family=ALL, queues="two", mode=("level", "exclusive"))
def test_wakes_how_many(sockets, see, case):
    ours, theirs = sockets.connected()
    queues = (
        [Queue(sockets)] * 2 if case["queues"] == "one" else [Queue(sockets), Queue(sockets)]
    )
    flags = {**MODES, "exclusive": ("EPOLLEXCLUSIVE",)}[case["mode"]]
    for queue in set(queues):
        queue.control("ADD", ours, queue.events("EPOLLIN", *flags))
    started = [sockets.backend.start("epoll_wait", queue.handle, 1, 0.3) for queue in queues]
    for each in started:
        each.is_blocked()
    theirs.send(b"x")
    woken = sum(bool(each.result()) for each in started)
    see({0: "neither", 1: "one", 2: "both"}[woken])


REGISTERED = rule(
    "readiness.epoll.control-errors",
    "Whether epoll_ctl() refuses a change that does not fit what is registered is unspecified.",
    level=UNSPECIFIED,
    sources=[
        ADDED,
        MAN.epoll_ctl(2, "ERRORS", "is already registered with this epoll instance"),
    ],
    behaviours={"accepted": "the call succeeds"},
    needs=["epoll"],
)
CONTROLS = {
    "add-twice": lambda queue, sock: (queue.control("ADD", sock), queue.control("ADD", sock)),
    "change-absent": lambda queue, sock: queue.control("MOD", sock),
    "remove-absent": lambda queue, sock: queue.control("DEL", sock),
    "change-exclusive": lambda queue, sock: (
        queue.control("ADD", sock, queue.events("EPOLLIN", "EPOLLEXCLUSIVE")),
        queue.control("MOD", sock, queue.events("EPOLLIN")),
    ),
    "exclusive-one-shot": lambda queue, sock: queue.control(
        "ADD", sock, queue.events("EPOLLIN", "EPOLLEXCLUSIVE", "EPOLLONESHOT")
    ),
}


@REGISTERED.case(family=ALL, change=tuple(CONTROLS))
def test_control_errors(sockets, see, case):
    queue, sock = Queue(sockets), sockets.new()
    see(outcome(CONTROLS[case["change"]], queue, sock, ok="accepted"))


CLOSED = rule(
    "readiness.epoll.after-close",
    "Whether epoll_wait() reports a socket that was closed is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.epoll(7, "Questions and answers", "Will closing a file descriptor cause it")],
    behaviours={"reported": "it is reported", "not-reported": "it is not reported"},
    needs=["epoll"],
)


@CLOSED.case(family=ALL, kept=("nothing", "a-duplicate"))
def test_after_close(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), ready_socket(sockets)
    queue.control("ADD", ours, queue.events("EPOLLIN"))
    if case["kept"] == "a-duplicate":
        sockets.keep(ours.try_clone())
    ours.close()
    see("reported" if queue.ready() else "not-reported")


ASKED_LATER = rule(
    "readiness.epoll.asked-later",
    "Whether EPOLL_CTL_MOD has a state reported that it newly asks for is unspecified.",
    level=UNSPECIFIED,
    sources=[CHANGED],
    behaviours={"reported": "it is reported", "not-reported": "it is not reported"},
    needs=["epoll"],
)


@ASKED_LATER.case(family=ALL, mode=tuple(MODES))
def test_asked_later(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), ready_socket(sockets)
    queue.control("ADD", ours, queue.events("EPOLLPRI", *MODES[case["mode"]]))
    queue.ready()
    queue.control("MOD", ours, queue.events("EPOLLIN", *MODES[case["mode"]]))
    see("reported" if queue.ready() else "not-reported")


CHANGED_MODE = rule(
    "readiness.epoll.changed-mode",
    "Whether epoll_wait() reports a state again after EPOLL_CTL_MOD is unspecified.",
    level=UNSPECIFIED,
    sources=[CHANGED, EDGE, ONE_SHOT],
    behaviours={
        "every-time": "it is reported by each call",
        "only-once": "it is reported by the first call alone",
        "never-reported": "no call reports it",
    },
    needs=["epoll"],
)


@CHANGED_MODE.case(family=ALL, mode=tuple(MODES))
def test_changed_mode(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), ready_socket(sockets)
    queue.control("ADD", ours, queue.events("EPOLLIN"))
    queue.control("MOD", ours, queue.events("EPOLLIN", *MODES[case["mode"]]))
    told = [bool(queue.ready()) for _ in range(3)]
    names = {(True, True, True): "every-time", (True, False, False): "only-once"}
    see(names.get(tuple(told), "never-reported"), told=told)


READ_HANGUP = rule(
    "readiness.epoll.read-hangup",
    "Whether epoll_wait() reports EPOLLRDHUP once the peer has ended is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.epoll_ctl(2, "EPOLLRDHUP", "Stream socket peer closed connection, or shut down")
    ],
    behaviours={
        "then-only": "it is reported, and was not before",
        "not-reported": "it is not reported",
        "before": "it is reported before that, too",
    },
    needs=["epoll"],
)


@READ_HANGUP.case(family=ALL, peer=("shut", "closed"))
def test_read_hangup(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    queue.control("ADD", ours, queue.events("EPOLLRDHUP"))
    before = queue.ready()
    if case["peer"] == "shut":
        theirs.shutdown("SHUT_WR")
    else:
        theirs.close()
    wanted = queue.events("EPOLLRDHUP")
    told = any(events & wanted for events, _key in queue.ready(within=0.5))
    see("before" if before else "then-only" if told else "not-reported")
