"""SO_RCVTIMEO and SO_SNDTIMEO: how long a blocking call may take."""

from __future__ import annotations

import time

from sockspec.errors import NotReached
from sockspec.spec import (
    ALONE,
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
RECEIVE = POSIX.chapter(
    "2.10.16", "SO_RCVTIMEO", "If a receive operation has blocked for this much time without"
)
SEND = POSIX.chapter(
    "2.10.16", "SO_SNDTIMEO", "If a send operation has blocked for this much time, it shall"
)
INPUT = POSIX.chapter("2.10.16", "SO_RCVTIMEO", "how long to wait for an input operation")
OUTPUT = POSIX.chapter("2.10.16", "SO_SNDTIMEO", "time that an output function shall block")
NO_WAIT = POSIX.chapter(
    "2.10.7", "data transfer", "return without blocking, or return an error indicating that no"
)
LINUX = MAN.socket(7, "SO_RCVTIMEO and SO_SNDTIMEO", "accept(2), connect(2), read(2)")
SHORT = 0.02
ATTEMPTS = 5
TIMED = {"on-time": CONFORMS, "early": "returns before the time has passed"}


def _timed(call, *arguments, timed_out=("EAGAIN",)):
    """The outcome of a call that is to fail with one of `timed_out` after `SHORT` seconds.

    Kernels count such times in ticks (time(7), The software clock), and a virtual machine that
    was not running has ticks to make up for: a call that begins then ends early, once. What
    ends early by itself does so each time.
    """
    for _ in range(ATTEMPTS):
        started = time.monotonic()
        how = outcome(call, *arguments)
        if how not in timed_out:
            return how
        if time.monotonic() - started >= SHORT:
            return "on-time"
    return "early"


RECEIVES = rule(
    "readiness.timeouts.receive",
    "A receive that gets nothing fails with EAGAIN when SO_RCVTIMEO has passed, not before.",
    level=MUST,
    sources=[RECEIVE, SOCKET2.set_read_timeout(1, "Set value for the SO_RCVTIMEO option")],
    behaviours=TIMED,
    aliases=["options.timeout.receive-ends"],
    renamed={"EAGAIN": "on-time", "received": "succeeds"},
)


@RECEIVES.case(family=ALL, type=(STREAM, DGRAM), by=("recv", "recvfrom", "recvmsg", "peek"))
def test_receive(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(SHORT)
    calls = {
        "recv": lambda: ours.recv(8),
        "recvfrom": lambda: ours.recv_from(8),
        "recvmsg": lambda: ours.recvmsg([8]),
        "peek": lambda: ours.peek(8),
    }
    see(_timed(calls[case["by"]]))


ACCEPTS = rule(
    "readiness.timeouts.accept",
    "Whether SO_RCVTIMEO limits how long accept() waits is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[INPUT, LINUX],
    behaviours={
        "on-time": "fails with EAGAIN when the time has passed",
        "early": "returns before the time has passed",
        "waits": "waits on after the time has passed",
    },
    aliases=["options.timeout.accept-ends"],
    renamed={"EAGAIN": "on-time", "hang": "waits"},
)


@ACCEPTS.case(family=ALL)
def test_accept(sockets, see, case):
    listener = sockets.listener()
    listener.set_read_timeout(SHORT)
    for _ in range(ATTEMPTS):  # as in `_timed`: the call began before the clock did
        accept = sockets.start("accept", listener)
        started = time.monotonic()
        how = outcome(accept.result, 0.3)
        long_enough = time.monotonic() - started >= SHORT / 2
        if long_enough or how != "EAGAIN":
            break
    names = {"hang": "waits", "EAGAIN": "on-time" if long_enough else "early"}
    see(names.get(how, how))


SENDS = rule(
    "readiness.timeouts.send",
    "A send that finds no room fails with EAGAIN when SO_SNDTIMEO has passed, not before.",
    level=MUST,
    sources=[SEND, SOCKET2.set_write_timeout(1, "Set value for the SO_SNDTIMEO option")],
    behaviours=TIMED,
    aliases=["options.timeout.send-ends"],
    renamed={"EAGAIN": "on-time", "sent": "succeeds"},
)


@SENDS.case(family=ALL, by=("send", "sendmsg"))
def test_send(sockets, see, case):
    _ours, theirs = sockets.connected()
    theirs.set_write_timeout(SHORT)

    def send():
        theirs.set_nonblocking(False)
        if case["by"] == "send":
            return _timed(theirs.send, b"x")
        return _timed(theirs.send_vectored, [b"x"])

    see(sockets.when_full(theirs, send, taken="succeeds"))


CONNECTS = rule(
    "readiness.timeouts.connect",
    "Whether SO_SNDTIMEO limits how long connect() waits is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[OUTPUT, LINUX, POSIX.connect("DESCRIPTION", "for up to an unspecified timeout")],
    behaviours={"waits": "waits on after the time has passed"},
    needs=["full-backlog"],
    aliases=["options.timeout.connect-ends"],
    renamed={"connected": "succeeds"},
)


def _full_listener(sockets):
    """A listener whose queue is full: the last of several non-blocking connects is pending."""
    listener = sockets.listener(0)
    for _ in range(64):
        client = sockets.new()
        client.set_nonblocking(True)
        outcome(client.connect, listener.local_addr())
        if not client.poll("POLLOUT", 0.05):
            return listener
    raise NotReached("a connect that stays pending on a full queue")


@CONNECTS.case(family=INET)
def test_connect(sockets, see, case):
    there = _full_listener(sockets).local_addr()
    client = sockets.new()
    client.set_write_timeout(SHORT)
    connect = sockets.start("connect", client, there)
    how = outcome(connect.result, 0.5)
    see("waits" if how == "hang" else how)


IN_TIME = rule(
    "readiness.timeouts.in-time",
    "A receive returns data that arrives before SO_RCVTIMEO has passed.",
    level=MUST,
    sources=[RECEIVE, INPUT],
    behaviours={"received": CONFORMS, "altered": "returns different bytes"},
    aliases=["options.timeout.data-first"],
    renamed={"other": "altered"},
)


@IN_TIME.case(family=ALL, type=(STREAM, DGRAM), arrives=("before", "while-waiting"))
def test_in_time(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_read_timeout(3.0)
    if case["arrives"] == "before":
        theirs.send(b"data")
    receive = sockets.start("recv", ours, 8)
    if case["arrives"] == "while-waiting":
        receive.is_blocked()
        theirs.send(b"data")
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="received")
    see(how if got in ([], [b"data"]) else "altered", got=got)


NO_LIMIT = rule(
    "readiness.timeouts.no-limit",
    "A receive waits without limit if SO_RCVTIMEO is zero.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_RCVTIMEO", "a receive operation will not time out"),
        SOCKET2.set_read_timeout(2, "then read and recv calls will block indefinitely"),
    ],
    behaviours={"waits": CONFORMS, "returns": "returns without data"},
)


@NO_LIMIT.case(family=ALL, type=(STREAM, DGRAM), before=("never-set", "set-and-cleared"))
def test_no_limit(sockets, see, case):
    ours, _theirs = sockets.connected()
    if case["before"] == "set-and-cleared":
        ours.set_read_timeout(SHORT)
        outcome(ours.recv, 8)
        ours.set_read_timeout(None)
    receive = sockets.start("recv", ours, 8)
    blocked = receive.is_blocked()
    see("waits" if blocked and outcome(receive.result, 0.05) == "hang" else "returns")


NONBLOCKING = rule(
    "readiness.timeouts.nonblocking",
    "A receive on a non-blocking socket does not wait for SO_RCVTIMEO.",
    level=MUST,
    sources=[NO_WAIT, POSIX.recv("EAGAIN", "marked O_NONBLOCK and no data is waiting to be")],
    behaviours={"at-once": CONFORMS, "waits-first": "blocks before it fails"},
    renamed={"waits": "waits-first"},
)


def _at_once(sockets, sock, flags=0):
    receive = sockets.start("recv", sock, 8, flags)
    blocked = receive.is_blocked()
    how = outcome(receive.result)
    return "waits-first" if blocked else "at-once" if how == "EAGAIN" else how


@NONBLOCKING.case(family=ALL, type=(STREAM, DGRAM), mode="socket")
def test_nonblocking(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.5)
    ours.set_nonblocking(True)
    see(_at_once(sockets, ours))


DONT_WAIT = rule(
    "readiness.timeouts.dont-wait",
    "Whether a receive with MSG_DONTWAIT waits for SO_RCVTIMEO is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recv(2, "MSG_DONTWAIT", "Enables nonblocking operation")],
    behaviours={
        "at-once": "fails with EAGAIN without blocking",
        "waits-first": "blocks before it fails",
    },
    renamed={"waits": "waits-first"},
    split_from=["readiness.timeouts.nonblocking"],
)


@DONT_WAIT.case(family=ALL, type=(STREAM, DGRAM), mode="flag")
def test_dont_wait(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.5)
    see(_at_once(sockets, ours, sockets.number("MSG_DONTWAIT")))


REPEATS = rule(
    "readiness.timeouts.repeats",
    "A receive after one that timed out waits again, and receives what then arrives.",
    level=MUST,
    sources=[RECEIVE, INPUT],
    behaviours={
        "waits-again": CONFORMS,
        "fails-at-once": "does not wait",
        "lost": "does not receive what arrives",
    },
    renamed={"again": "waits-again"},
)


@REPEATS.case(family=ALL, type=(STREAM, DGRAM))
def test_repeats(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_read_timeout(SHORT)
    # Which error it is, readiness.timeouts.receive asks.
    errors = ("EAGAIN", "ETIMEDOUT")
    waited = [_timed(ours.recv, 8, timed_out=errors) for _ in range(2)]
    ours.set_read_timeout(2.0)
    theirs.send(b"data")
    received = ours.recv(8) == b"data"
    how = "waits-again" if waited == ["on-time", "on-time"] else "fails-at-once"
    see(how if received else "lost", waited=waited)


DIRECTIONS = rule(
    "readiness.timeouts.directions",
    "SO_SNDTIMEO does not limit a receive.",
    level=MUST,
    sources=[OUTPUT, POSIX.recv("DESCRIPTION", "recv() shall block until a message arrives")],
    behaviours={"no-limit": CONFORMS, "limited": "returns when the time has passed"},
)


@DIRECTIONS.case(family=ALL, type=(STREAM, DGRAM))
def test_directions(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_write_timeout(0.01)
    receive = sockets.start("recv", ours, 8)
    see("no-limit" if outcome(receive.result, 0.04) == "hang" else "limited")


POLL = rule(
    "readiness.timeouts.poll",
    "SO_RCVTIMEO does not limit poll().",
    level=MUST,
    sources=[
        POSIX.poll("DESCRIPTION, timeout", "shall wait at least timeout milliseconds"),
        MAN.socket(7, "SO_RCVTIMEO and SO_SNDTIMEO", "timeouts have no effect for select(2)"),
    ],
    behaviours={"no-limit": CONFORMS, "limited": "returns when the time has passed"},
    needs=["poll"],
)


@POLL.case(family=ALL)
def test_poll(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.005)
    started = time.monotonic()
    ours.poll("POLLIN", 0.03)
    see("no-limit" if time.monotonic() - started >= 0.03 else "limited")


GOES_ON = rule(
    "readiness.timeouts.connect-goes-on",
    "Whether a connect goes on when SO_SNDTIMEO has passed is unspecified.",
    level=UNSPECIFIED,
    sources=[LINUX],
    behaviours={"connects-again": "a second connect() succeeds"},
    needs=["full-backlog"],
)


@GOES_ON.case(family=INET)
def test_connect_goes_on(sockets, see, case):
    there = _full_listener(sockets).local_addr()
    client = sockets.new()
    client.set_write_timeout(SHORT)
    connect = sockets.start("connect", client, there)
    if outcome(connect.result, 0.5) in {"hang", "succeeds"}:
        raise NotReached("a connect that times out")
    see(outcome(sockets.start("connect", client, there).result, 0.5, ok="connects-again"))


SEND_NO_LIMIT = rule(
    "readiness.timeouts.send-no-limit",
    "A send waits without limit once the time limit of SO_SNDTIMEO was set to none.",
    level=MUST,
    sources=[
        SOCKET2.set_write_timeout(2, "then write and send calls will block indefinitely"),
        POSIX.chapter("2.10.16", "SO_SNDTIMEO", "zero, which indicates that a send operation"),
    ],
    behaviours={"waits": CONFORMS, "send-returns": "the send returns"},
)


@SEND_NO_LIMIT.case(family=ALL)
def test_send_no_limit(sockets, see, case):
    _ours, theirs = sockets.connected()
    sockets.fill(theirs)
    theirs.set_nonblocking(False)
    theirs.set_write_timeout(SHORT)
    theirs.set_write_timeout(None)
    send = sockets.start("send", theirs, bytes(1 << 20), 0)
    blocked = send.is_blocked()
    see("waits" if blocked and outcome(send.result, 0.05) == "hang" else "send-returns")
