"""SO_RCVTIMEO and SO_SNDTIMEO: values, units, and what they do."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MAY,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    outcome,
    rule,
)

WHICH = ("SO_RCVTIMEO", "SO_SNDTIMEO")
LEVEL = "SOL_SOCKET"


def timeval(sock, seconds, microseconds):
    order = "<" if sock.backend.byte_order == "little" else ">"
    return struct.pack(
        order + ("qq" if sock.backend.long_size == 8 else "ii"), seconds, microseconds
    )


def limit(sock, which):
    return sock.read_timeout() if which == "SO_RCVTIMEO" else sock.write_timeout()


DEFAULT = rule(
    "options.timeout.default",
    "A new socket has no time limit.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_RCVTIMEO"), MAN.socket(7, "SO_RCVTIMEO")],
    behaviours={"none": CONFORMS, "limited": "there is a limit"},
)


@DEFAULT.case(which=WHICH, family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_default(sockets, see, case):
    see("none" if limit(sockets.new(), case["which"]) is None else "limited")


ROUND_TRIP = rule(
    "options.timeout.round-trip",
    "A time limit reads back as it was set, rounded up to the system's clock tick at the most.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_RCVTIMEO"), SOCKET2.set_read_timeout(1)],
    behaviours={
        "same": "as it was set",
        "rounded-up": "up to a tick more",
        "longer": "more than a tick more",
        "shorter": "less",
        "none": "no limit",
    },
    conforming=["same", "rounded-up"],
)


@ROUND_TRIP.case(
    which=WHICH, family=V4, type=(STREAM, DGRAM), region=("seconds", "microseconds")
)
@given(seconds=st.integers(1, 10**6), micro=st.integers(1, 999_999))
def test_round_trip(sockets, see, case, seconds, micro):
    sock = sockets.new()
    wanted = seconds * 10**6 if case["region"] == "seconds" else micro
    value = timeval(sock, *divmod(wanted, 10**6))
    sock.set_option(LEVEL, case["which"], value)
    told = limit(sock, case["which"])
    if told is None:
        see("none", set=wanted)
        return
    got = round(told * 10**6)
    # No system in use ticks slower than 100 times a second.
    names = {0: "same"}
    if 0 < got - wanted <= 10_000:
        names[got - wanted] = "rounded-up"
    see(names.get(got - wanted, "longer" if got > wanted else "shorter"), set=wanted, got=got)


OVERFLOW = rule(
    "options.timeout.microseconds-over",
    "A million microseconds or more, or a negative number of them, is refused.",
    level=MUST,
    sources=[POSIX.setsockopt("EDOM"), KERNEL("net/core/sock.c", "sock_set_timeout")],
    behaviours={"EDOM": CONFORMS, "EINVAL": "another error", "accepted": "it is taken"},
)


@OVERFLOW.case(which=WHICH, region=("a-million", "more", "negative"))
@given(extra=st.integers(1, 2**30))
def test_microseconds_over(sockets, see, case, extra):
    sock = sockets.new()
    values = {"a-million": 10**6, "more": 10**6 + extra, "negative": -extra}
    value = timeval(sock, 1, values[case["region"]])
    see(outcome(sock.set_option, LEVEL, case["which"], value, ok="accepted"))


NEGATIVE = rule(
    "options.timeout.negative",
    "A negative number of seconds is refused or means no limit.",
    level=MAY,
    sources=[POSIX.setsockopt("EDOM"), KERNEL("net/core/sock.c", "sock_set_timeout")],
    behaviours={
        "EDOM": CONFORMS,
        "EINVAL": CONFORMS,
        "none": CONFORMS,
        "limited": "there is a limit that nobody meant",
    },
)


@NEGATIVE.case(which=WHICH)
@given(seconds=st.integers(-(2**31), -1))
def test_negative(sockets, see, case, seconds):
    sock = sockets.new()
    how = outcome(sock.set_option, LEVEL, case["which"], timeval(sock, seconds, 0))
    if how == "succeeds":
        how = "none" if limit(sock, case["which"]) is None else "limited"
    see(how, set=seconds)


SHORT = rule(
    "options.timeout.short-value",
    "A value that is shorter than a time limit is refused.",
    level=MUST,
    sources=[POSIX.setsockopt("EINVAL", "option is invalid")],
    behaviours={"EINVAL": CONFORMS, "accepted": "it is taken"},
)


@SHORT.case(which=WHICH, length=("0", "1", "4", "8", "15"))
def test_short_value(sockets, see, case):
    sock = sockets.new()
    value = timeval(sock, 1, 0)[: int(case["length"])]
    see(outcome(sock.set_option, LEVEL, case["which"], value, ok="accepted"))


RECEIVES = rule(
    "options.timeout.receive-ends",
    "A receive that finds nothing ends when its time limit has passed.",
    level=MUST,
    sources=[POSIX.recv("EAGAIN"), POSIX.chapter("2.10.16", "SO_RCVTIMEO")],
    behaviours={"EAGAIN": CONFORMS, "received": "it returns without data"},
)


@RECEIVES.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_receive_ends(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_read_timeout(0.01)
    see(outcome(ours.recv, 1, ok="received"))


ACCEPTS = rule(
    "options.timeout.accept-ends",
    "An accept that finds no connection ends when the receive time limit has passed.",
    level=MAY,
    sources=[MAN.socket(7, "SO_RCVTIMEO")],
    behaviours={"EAGAIN": CONFORMS, "hang": "it goes on waiting", "accepted": "it returns"},
    conforming=["hang"],
)


@ACCEPTS.case(family=(*INET, UNIX))
def test_accept_ends(sockets, see, case):
    listener = sockets.listener()
    listener.set_read_timeout(0.01)
    pending = sockets.start("accept", listener)
    if not pending.wait(1.0):
        see("hang")
    else:
        see(outcome(pending.result, ok="accepted"))


SENDS = rule(
    "options.timeout.send-ends",
    "A send that finds no room ends when its time limit has passed.",
    level=MUST,
    sources=[POSIX.send("EAGAIN"), POSIX.chapter("2.10.16", "SO_SNDTIMEO")],
    behaviours={"EAGAIN": CONFORMS, "sent": "it is taken all the same"},
)


@SENDS.case(family=(*INET, UNIX))
def test_send_ends(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_write_timeout(0.01)

    def send():
        ours.set_nonblocking(False)
        return outcome(ours.send, b"x" * 65536, ok="sent")

    see(sockets.when_full(ours, send, taken="sent"))


CONNECTS = rule(
    "options.timeout.connect-ends",
    "A connect that is held back ends when the send time limit has passed.",
    level=MAY,
    sources=[MAN.socket(7, "SO_SNDTIMEO"), POSIX.connect("EINPROGRESS")],
    behaviours={
        "EINPROGRESS": CONFORMS,
        "EAGAIN": CONFORMS,
        "hang": CONFORMS,
        "connected": "no",
    },
    needs=["full-backlog"],
)


@CONNECTS.case(family=INET)
def test_connect_ends(sockets, see, case):
    listener = sockets.listener(0)
    while True:
        client = sockets.new()
        client.set_nonblocking(True)
        outcome(client.connect, listener.local_addr())
        if not client.poll("POLLOUT", 0.02):
            break
    sock = sockets.new()
    sock.set_write_timeout(0.02)
    pending = sockets.start("connect", sock, listener.local_addr())
    if not pending.wait(1.5):
        see("hang")
    else:
        see(outcome(pending.result, ok="connected"))


UNTOUCHED = rule(
    "options.timeout.data-first",
    "Data that is there is received at once, whatever the time limit.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_RCVTIMEO")],
    behaviours={"received": CONFORMS, "EAGAIN": "the limit is told instead"},
)


@UNTOUCHED.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_data_first(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_read_timeout(0.01)
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv, 1, ok="received"))


INHERITED = rule(
    "options.timeout.inherited",
    "What an accepted socket takes over of its listener's time limits.",
    level=MAY,
    sources=[POSIX.accept("DESCRIPTION")],
    behaviours={"inherited": CONFORMS, "none": CONFORMS},
)


@INHERITED.case(which=WHICH, family=(*INET, UNIX))
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    listener.set_option(LEVEL, case["which"], timeval(listener, 7, 0))
    _client, accepted = sockets.client_of(listener)
    see("none" if limit(accepted, case["which"]) is None else "inherited")
