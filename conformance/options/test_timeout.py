"""SO_RCVTIMEO and SO_SNDTIMEO as values. How long a call then blocks is readiness.timeouts."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import SocketError, Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SERVER,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

WHICH = ("SO_RCVTIMEO", "SO_SNDTIMEO")
LEVEL = "SOL_SOCKET"
MILLION = 10**6

ZERO_RECEIVE = POSIX.chapter(
    "2.10.16", "SO_RCVTIMEO", "which indicates that a receive operation will not time out"
)
ZERO_SEND = POSIX.chapter(
    "2.10.16", "SO_SNDTIMEO", "which indicates that a send operation will not time out"
)
TIMEVAL = POSIX.chapter(
    "2.10.16", "SO_RCVTIMEO", "a timeval structure with the number of seconds and microseconds"
)
TOO_BIG = POSIX.setsockopt("EDOM", "are too big to fit into the timeout fields")

LIMITED = "there is a time limit"
REFUSED = "the value is refused"


def encoded(sock, seconds, microseconds):
    """`struct timeval`, two longs; on Windows a number of milliseconds.

    `Unsupported` where that cannot hold the time.
    """
    order = "<" if sock.backend.byte_order == "little" else ">"
    if sock.backend.system != "win32":
        form = "qq" if sock.backend.long_size == 8 else "ii"
        return struct.pack(order + form, seconds, microseconds)
    try:
        if microseconds:
            raise struct.error("only whole seconds are set here")
        return struct.pack(order + "I", seconds * 1000)
    except struct.error as error:
        raise Unsupported("struct timeval", str(error)) from None


def limit(sock, which):
    """The time limit in seconds, None without one."""
    return sock.read_timeout() if which == "SO_RCVTIMEO" else sock.write_timeout()


def put(sock, which, seconds):
    """Set a time limit; `Unsupported` where the option cannot be set, as POSIX allows."""
    try:
        sock.set_option(LEVEL, which, encoded(sock, *seconds))
    except SocketError as error:
        if error.symbol != "ENOPROTOOPT":
            raise
        raise Unsupported(which, "setting it fails with ENOPROTOOPT") from None


DEFAULT = rule(
    "options.timeout.default",
    "A new socket has no time limit.",
    level=MUST,
    sources=[ZERO_RECEIVE, ZERO_SEND],
    behaviours={"no-limit": CONFORMS, "limited": LIMITED},
    renamed={"none": "no-limit"},
)


@DEFAULT.case(which=WHICH, family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_default(sockets, see, case):
    see("no-limit" if limit(sockets.new(), case["which"]) is None else "limited")


ROUND_TRIP = rule(
    "options.timeout.round-trip",
    "A time limit reads back as it was set, or rounded up to the system's clock tick.",
    level=MUST,
    sources=[
        POSIX.setsockopt("DESCRIPTION", "or is rounded up to align with the resolution"),
        TIMEVAL,
    ],
    behaviours={
        "same": CONFORMS,
        "rounded-up": CONFORMS,
        "longer": "it reads back as more than a tick more",
        "shorter": "it reads back as a shorter time",
        "no-limit": "there is no time limit",
    },
    renamed={"none": "no-limit"},
)


@ROUND_TRIP.case(
    which=WHICH, family=V4, type=(STREAM, DGRAM), region=("seconds", "microseconds")
)
@given(seconds=st.integers(1, MILLION), micro=st.integers(1, MILLION - 1))
def test_round_trip(sockets, see, case, seconds, micro):
    sock = sockets.new()
    wanted = seconds * MILLION if case["region"] == "seconds" else micro
    put(sock, case["which"], divmod(wanted, MILLION))
    read = limit(sock, case["which"])
    if read is None:
        see("no-limit", set=wanted)
        return
    got = round(read * MILLION)
    # No system in use ticks slower than 100 times a second.
    if got == wanted:
        how = "same"
    elif got < wanted:
        how = "shorter"
    else:
        how = "rounded-up" if got - wanted <= 10_000 else "longer"
    see(how, set=wanted, got=got)


OVERFLOW = rule(
    "options.timeout.microseconds-over",
    "Whether a time limit with a million microseconds or more, or with fewer than zero, is "
    "refused is unspecified.",
    level=UNSPECIFIED,
    sources=[TIMEVAL, TOO_BIG],
    behaviours={"EDOM": REFUSED, "EINVAL": REFUSED, "accepted": "the call succeeds"},
)


@OVERFLOW.case(which=WHICH, region=("a-million", "more", "negative"))
@given(extra=st.integers(1, 2**30))
def test_microseconds_over(sockets, see, case, extra):
    sock = sockets.new()
    values = {"a-million": MILLION, "more": MILLION + extra, "negative": -extra}
    value = encoded(sock, 1, values[case["region"]])
    see(outcome(sock.set_option, LEVEL, case["which"], value, ok="accepted"))


NEGATIVE = rule(
    "options.timeout.negative",
    "Whether a time limit of a negative number of seconds is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[TIMEVAL, TOO_BIG],
    behaviours={
        "EDOM": REFUSED,
        "EINVAL": REFUSED,
        "reads-as-zero": "it reads back as zero, which stands for no time limit",
        "limited": LIMITED,
    },
    renamed={"none": "reads-as-zero"},
)


@NEGATIVE.case(which=WHICH)
@given(seconds=st.integers(-(2**31), -1))
def test_negative(sockets, see, case, seconds):
    sock = sockets.new()
    how = outcome(sock.set_option, LEVEL, case["which"], encoded(sock, seconds, 0))
    if how == "succeeds":
        how = "reads-as-zero" if limit(sock, case["which"]) is None else "limited"
    see(how, set=seconds)


SHORT = rule(
    "options.timeout.short-value",
    "Whether a value that is shorter than a struct timeval is refused is unspecified.",
    level=UNSPECIFIED,
    sources=[
        TIMEVAL,
        MAN.getsockopt(2, "EINVAL", "optlen invalid in setsockopt()"),
        MS.setsockopt("Return value, WSAEFAULT", "the optlen parameter is too small"),
    ],
    behaviours={"EINVAL": REFUSED, "EFAULT": REFUSED, "accepted": "the call succeeds"},
)


@SHORT.case(which=WHICH, length=("0", "1", "4", "8", "15"))
def test_short_value(sockets, see, case):
    sock = sockets.new()
    whole, length = encoded(sock, 1, 0), int(case["length"])
    if length >= len(whole):
        raise Unsupported("struct timeval", f"it has {len(whole)} bytes here")
    see(outcome(sock.set_option, LEVEL, case["which"], whole[:length], ok="accepted"))


INHERITED = rule(
    "options.timeout.inherited",
    "Whether an accepted socket inherits the time limits of its listener is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "with the same socket type protocol and address family")
    ],
    behaviours={
        "inherited": "it has the listener's time limit",
        "no-limit": "there is no time limit",
        "another-limit": "it has another time limit",
    },
    renamed={"none": "no-limit"},
)


@INHERITED.case(which=WHICH, family=(*INET, UNIX))
def test_inherited(sockets, see, case):
    listener = sockets.listener()
    put(listener, case["which"], (7, 0))
    _client, accepted = sockets.client_of(listener)
    got = limit(accepted, case["which"])
    see({None: "no-limit", 7.0: "inherited"}.get(got, "another-limit"), got=got)
