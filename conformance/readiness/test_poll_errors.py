"""What poll() says of sockets that failed, hang up, or are still connecting."""

from __future__ import annotations

from sockspec.spec import DGRAM, INET, MAN, MUST, POSIX, SHOULD, UNSPECIFIED, V4, outcome, rule

from .polled import ANY, WRITABLE, writable

HANGUP_AND_OUT = rule(
    "readiness.poll.hangup-excludes-writable",
    "POLLHUP and POLLOUT are never there together.",
    level=MUST,
    sources=[POSIX.poll("POLLHUP", "This event and POLLOUT are mutually-exclusive")],
    behaviours={
        "exclusive": "at most one of the two is there",
        "together": "both are there at once",
    },
    conforming=["exclusive"],
)


@HANGUP_AND_OUT.case(family=ANY, state=("fresh", "both-shut", "both-ended", "reset"))
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
    "A stream socket whose connection was reset reports an error or a hangup.",
    level=MUST,
    sources=[POSIX.poll("POLLERR", "An error has occurred"), POSIX.poll("POLLHUP")],
    behaviours={
        "error": "POLLERR alone",
        "hangup": "POLLHUP alone",
        "error-and-hangup": "both",
        "nothing": "neither POLLERR nor POLLHUP",
    },
    conforming=["error", "hangup", "error-and-hangup"],
    needs=["reset"],
)


def trouble(events):
    names = {"POLLERR": "error", "POLLHUP": "hangup"}
    return "-and-".join(names[each] for each in names if each in events) or "nothing"


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    see(trouble(sockets.reset().poll("POLLIN", 1.0)))


ERROR_TAKEN = rule(
    "readiness.poll.error-taken",
    "POLLERR goes away when the pending error was taken.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.16", "SO_ERROR"), POSIX.poll("POLLERR")],
    behaviours={"gone": "POLLERR is gone", "stays": "POLLERR stays"},
    needs=["reset"],
)


@ERROR_TAKEN.case(family=INET)
def test_error_taken(sockets, see, case):
    sock = sockets.reset()
    sock.take_error()
    see("stays" if "POLLERR" in sock.poll("POLLIN", 0) else "gone")


REFUSED = rule(
    "readiness.poll.refused",
    "A non-blocking socket whose connect was refused is writable or reports an error.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS"), POSIX.poll("POLLOUT")],
    behaviours={
        "told": "POLLOUT, POLLERR or POLLHUP is there",
        "silent": "none of them is there",
    },
    conforming=["told"],
)


@REFUSED.case(family=INET)
def test_refused(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.dead_address())
    see("told" if sock.poll("POLLOUT", 2.0) else "silent")


CONNECTING = rule(
    "readiness.poll.connecting",
    "A socket whose connect is pending is not writable.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS"), POSIX.poll("POLLOUT")],
    behaviours=WRITABLE,
    conforming=["not-writable"],
    needs=["full-backlog"],
)


@CONNECTING.case(family=INET)
def test_connecting(sockets, see, case):
    see(writable(sockets.connecting()))


COMPLETED = rule(
    "readiness.poll.connect-completed",
    "A socket whose pending connect has completed is writable.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "descriptor for the socket is ready for writing")],
    behaviours=WRITABLE,
    conforming=["writable"],
)


@COMPLETED.case(family=INET)
def test_connect_completed(sockets, see, case):
    listener = sockets.listener()
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, listener.local_addr())
    see(writable(sock, 2.0))


FRESH = rule(
    "readiness.poll.fresh",
    "A stream socket that was never connected has events of its own.",
    level=UNSPECIFIED,
    sources=[POSIX.poll("DESCRIPTION")],
    behaviours={
        "nothing": "no event",
        "writable": "POLLOUT alone",
        "hangup": "POLLHUP alone",
        "writable-hangup": "POLLOUT and POLLHUP",
    },
)


@FRESH.case(family=ANY, state=("unbound", "bound"))
def test_fresh(sockets, see, case):
    sock = sockets.new() if case["state"] == "unbound" else sockets.bound()
    events = sock.poll(["POLLIN", "POLLOUT"], 0)
    names = [name for name in ("POLLOUT", "POLLHUP", "POLLIN", "POLLERR") if name in events]
    words = {"POLLOUT": "writable", "POLLHUP": "hangup"}
    see("-".join(words.get(name, name) for name in names) or "nothing", events=events)


UDP_ERROR = rule(
    "readiness.poll.datagram-refused",
    "A connected datagram socket whose datagram was refused reports an error.",
    level=SHOULD,
    sources=[POSIX.poll("POLLERR"), MAN.udp(7, "ERRORS")],
    behaviours={
        "error": "POLLERR alone",
        "hangup": "POLLHUP alone",
        "error-and-hangup": "both",
        "nothing": "neither POLLERR nor POLLHUP",
    },
    conforming=["error", "error-and-hangup"],
)


@UDP_ERROR.case(family=INET, type=DGRAM)
def test_datagram_refused(sockets, see, case):
    address = sockets.udp().local_addr()
    dead = sockets.udp()
    address = dead.local_addr()
    dead.close()
    sock = sockets.new()
    sock.connect(address)
    sock.send(b"x")
    see(trouble(sock.poll("POLLIN", 1.0)))


UNASKED = rule(
    "readiness.poll.error-unasked",
    "POLLERR and POLLHUP are told without being asked for.",
    level=MUST,
    sources=[POSIX.poll("POLLHUP", "only valid in the revents bitmask")],
    behaviours={"told": "one of them is there", "silent": "neither is there"},
    conforming=["told"],
    needs=["reset"],
)


@UNASKED.case(family=INET)
def test_error_unasked(sockets, see, case):
    events = sockets.reset().poll(0, 1.0)
    see("told" if events & {"POLLERR", "POLLHUP"} else "silent", events=events)


ORDER = rule(
    "readiness.poll.order",
    "Each socket's events stand at its own place in the answer.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION")],
    behaviours={"own-place": "at its own place", "misplaced": "at another's place"},
    conforming=["own-place"],
)


@ORDER.case(family=V4, ready=("first", "second", "third"))
def test_order(sockets, see, case):
    pairs = [sockets.connected() for _ in range(3)]
    chosen = ("first", "second", "third").index(case["ready"])
    pairs[chosen][1].send(b"x")
    sockets.wait(pairs[chosen][0], "POLLIN")
    event = sockets.number("POLLIN")
    told = sockets.backend.poll([(ours.handle, event) for ours, _ in pairs], 1.0)
    wanted = tuple(event if place == chosen else 0 for place in range(3))
    # POLLIN can be several events in one number, of which one is there (WSAPoll).
    right = [bool(each & wants) for each, wants in zip(told, wanted, strict=True)]
    others = [each for each, wants in zip(told, wanted, strict=True) if each and not wants]
    see("own-place" if any(right) and not others else "misplaced", told=told)
