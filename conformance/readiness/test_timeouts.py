"""SO_RCVTIMEO and SO_SNDTIMEO: how long a blocking call may take."""

from __future__ import annotations

import time

from sockspec.errors import SocketError
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SHOULD,
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
RECEIVE = POSIX.chapter("2.10.16", "SO_RCVTIMEO", "how long to wait for an input operation")
SEND = POSIX.chapter("2.10.16", "SO_SNDTIMEO", "time that an output function shall block")
LINUX = MAN.socket(7, "SO_RCVTIMEO and SO_SNDTIMEO")
SHORT = 0.02
ATTEMPTS = 5
TIMED = {
    "on-time": CONFORMS,
    "early": "fails before the time has passed",
    "ETIMEDOUT": "fails as a connection that timed out",
    "succeeds": "returns something",
}


def _timed(call, *arguments):
    """The outcome of a call that is to fail with EAGAIN after `SHORT` seconds.

    Kernels count such times in ticks (time(7), The software clock), and a virtual machine that
    was not running has ticks to make up for: a call that begins then ends early, once. What
    ends early by itself does so each time.
    """
    for _ in range(ATTEMPTS):
        started = time.monotonic()
        how = outcome(call, *arguments)
        if how != "EAGAIN":
            return how
        if time.monotonic() - started >= SHORT:
            return "on-time"
    return "early"


RECEIVES = rule(
    "readiness.timeouts.receive",
    "A receive that finds nothing for the time of SO_RCVTIMEO fails with EAGAIN, not earlier.",
    level=MUST,
    sources=[RECEIVE, SOCKET2.set_read_timeout(1), MS.setsockopt("SO_RCVTIMEO")],
    behaviours=TIMED,
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
    "An accept that finds no connection for the time of SO_RCVTIMEO fails with EAGAIN.",
    level=SHOULD,
    sources=[RECEIVE, LINUX],
    behaviours={**TIMED, "waits": "the time limit has no effect"},
)


@ACCEPTS.case(family=ALL)
def test_accept(sockets, see, case):
    listener = sockets.listener()
    listener.set_read_timeout(SHORT)
    for _ in range(ATTEMPTS):  # as in `_timed`: the call began before the clock did
        accept = sockets.start("accept", listener)
        started = time.monotonic()
        how = outcome(accept.result, 0.3)
        late = time.monotonic() - started >= SHORT / 2
        if late or how != "EAGAIN":
            break
    if how == "hang":
        see("waits")
        return
    see("on-time" if how == "EAGAIN" and late else "early" if how == "EAGAIN" else how)


SENDS = rule(
    "readiness.timeouts.send",
    "A send that finds no room for the time of SO_SNDTIMEO fails with EAGAIN, not earlier.",
    level=MUST,
    sources=[SEND, SOCKET2.set_write_timeout(1), MS.setsockopt("SO_SNDTIMEO")],
    behaviours=TIMED,
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
    "A connect that is not answered for the time of SO_SNDTIMEO ends, the attempt going on.",
    level=UNSPECIFIED,
    sources=[SEND, LINUX, POSIX.connect("EINPROGRESS")],
    behaviours={"waits": "the time limit has no effect"},
    needs=["full-backlog"],
)


@CONNECTS.case(family=INET)
def test_connect(sockets, see, case):
    # A queue is full once a non-blocking connect stays pending on it.
    listener = sockets.listener(0)
    there = listener.local_addr()
    for _ in range(16):
        pending = sockets.new()
        pending.set_nonblocking(True)
        try:
            pending.connect(there)
        except SocketError as error:
            if error.symbol not in {"EINPROGRESS", "EAGAIN"}:  # EAGAIN on Windows
                raise
        if not pending.poll("POLLOUT", 0.02):
            break
    client = sockets.new()
    client.set_write_timeout(SHORT)
    connect = sockets.start("connect", client, there)
    how = outcome(connect.result, 0.5)
    see("waits" if how == "hang" else how)


IN_TIME = rule(
    "readiness.timeouts.in-time",
    "What arrives before the time of SO_RCVTIMEO has passed is returned.",
    level=MUST,
    sources=[RECEIVE],
    behaviours={"received": CONFORMS, "EAGAIN": "fails", "other": "something else"},
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
    see(how if got in ([], [b"data"]) else "other")


NO_LIMIT = rule(
    "readiness.timeouts.no-limit",
    "A timeout of zero, which is none, lets a receive wait.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_RCVTIMEO", "default for this option is the value zero"),
        SOCKET2.set_read_timeout(2),
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
    "A non-blocking socket does not wait for its timeout.",
    level=MUST,
    sources=[POSIX.recv("EAGAIN or EWOULDBLOCK"), LINUX],
    behaviours={"at-once": CONFORMS, "waits": "blocks", "succeeds": "returns something"},
)


@NONBLOCKING.case(family=ALL, type=(STREAM, DGRAM), mode=("socket", "flag"))
def test_nonblocking(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.5)
    flags = 0
    if case["mode"] == "socket":
        ours.set_nonblocking(True)
    else:
        flags = sockets.number("MSG_DONTWAIT")
    receive = sockets.start("recv", ours, 8, flags)
    blocked = receive.is_blocked()
    how = outcome(receive.result)
    see("waits" if blocked else "at-once" if how == "EAGAIN" else how)


REPEATS = rule(
    "readiness.timeouts.repeats",
    "After a receive timed out the next one waits again, and receives what then arrives.",
    level=MUST,
    sources=[RECEIVE],
    behaviours={"again": CONFORMS, "fails-at-once": "does not wait", "lost": "loses data"},
)


@REPEATS.case(family=ALL, type=(STREAM, DGRAM))
def test_repeats(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_read_timeout(SHORT)
    first, second = _timed(ours.recv, 8), _timed(ours.recv, 8)
    ours.set_read_timeout(2.0)
    theirs.send(b"data")
    received = ours.recv(8) == b"data"
    how = "again" if {first, second} <= {"on-time", "ETIMEDOUT"} else "fails-at-once"
    see(how if received else "lost", first=first, second=second)


DIRECTIONS = rule(
    "readiness.timeouts.directions",
    "SO_SNDTIMEO does not limit a receive.",
    level=MUST,
    sources=[SEND, RECEIVE],
    behaviours={"no-limit": CONFORMS, "limited": "the receive ends"},
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
    sources=[POSIX.poll("DESCRIPTION, timeout"), LINUX],
    behaviours={"no-limit": CONFORMS, "limited": "poll returns early"},
    needs=["poll"],
)


@POLL.case(family=ALL)
def test_poll(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.005)
    started = time.monotonic()
    told = ours.poll("POLLIN", 0.03)
    see("no-limit" if not told and time.monotonic() - started >= 0.03 else "limited")
