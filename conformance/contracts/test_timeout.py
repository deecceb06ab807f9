"""read_timeout(), write_timeout() and their setters of the socket2 document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

NEVER = (
    POSIX.chapter(
        "2.10.16", "SO_RCVTIMEO", "zero, which indicates that a receive operation will not"
    ),
    POSIX.chapter(
        "2.10.16", "SO_SNDTIMEO", "zero, which indicates that a send operation will not"
    ),
)
PRECISION = (
    POSIX.chapter(
        "2.10.16", "SO_RCVTIMEO", "the number of seconds and microseconds specifying"
    ),
    POSIX.chapter(
        "2.10.16", "SO_SNDTIMEO", "the number of seconds and microseconds specifying"
    ),
)
NO_LIMIT, LIMITED = "it reads back as None", "it reads back as a time"


def limit(sock, case):
    """The timeout of a case that the socket has, in seconds, or None."""
    return getattr(sock, f"{case['which']}_timeout")()


def set_limit(sock, case, seconds):
    getattr(sock, f"set_{case['which']}_timeout")(seconds)


TIMEOUT_NONE = rule(
    "contracts.timeout.none",
    "A timeout that was set to None reads back as None.",
    level=MUST,
    sources=[
        SOCKET2.read_timeout(2, "If the returned timeout is None, then read and recv calls"),
        SOCKET2.set_read_timeout(2, "If timeout is None, then read and recv calls will block"),
        SOCKET2.write_timeout(2, "If the returned timeout is None, then write and send calls"),
        SOCKET2.set_write_timeout(
            2, "If timeout is None, then write and send calls will block"
        ),
        *NEVER,
    ],
    behaviours={"no-limit": CONFORMS, "limited": LIMITED},
    renamed={"none": "no-limit"},
)


@TIMEOUT_NONE.case(family=(*INET, UNIX), which=("read", "write"), before="set")
def test_timeout_none(sockets, see, case):
    sock = sockets.new()
    set_limit(sock, case, 3.0)
    set_limit(sock, case, None)
    see("no-limit" if limit(sock, case) is None else "limited")


TIMEOUT_ZERO = rule(
    "contracts.timeout.zero",
    "A timeout of zero means no timeout: it reads back as None.",
    level=MUST,
    sources=NEVER,
    behaviours={"no-limit": CONFORMS, "limited": LIMITED},
    renamed={"none": "no-limit"},
)


@TIMEOUT_ZERO.case(family=V4, which=("read", "write"))
def test_timeout_zero(sockets, see, case):
    sock = sockets.new()
    how = outcome(set_limit, sock, case, 0.0)
    if how == "succeeds":
        how = "no-limit" if limit(sock, case) is None else "limited"
    see(how)


TIMEOUT_TINY = rule(
    "contracts.timeout.tiny",
    "A timeout of a microsecond or more does not read back as None, which means no timeout.",
    level=MUST,
    sources=PRECISION,
    behaviours={"limited": CONFORMS, "no-limit": NO_LIMIT},
    renamed={"none": "no-limit"},
)

UNDER_MICROSECOND = rule(
    "contracts.timeout.under-microsecond",
    "Whether a timeout under a microsecond reads back as None, which means no timeout, is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=PRECISION,
    behaviours={"limited": LIMITED, "no-limit": NO_LIMIT},
    split_from=["contracts.timeout.tiny"],
    renamed={"none": "no-limit"},
)


@TIMEOUT_TINY.case(family=V4, which=("read", "write"), region="from-1-us")
@UNDER_MICROSECOND.case(family=V4, which=("read", "write"), region="under-1-us")
@given(count=st.integers(1, 999))
def test_timeout_tiny(sockets, see, case, count):
    sock = sockets.new()
    seconds = count * (1e-9 if case["region"] == "under-1-us" else 1e-6)
    set_limit(sock, case, seconds)
    got = limit(sock, case)
    see("no-limit" if got is None else "limited", set=seconds, got=got)


ROUND_TRIP = rule(
    "contracts.timeout.round-trip",
    "A timeout of whole seconds, and None, reads back as it was set.",
    level=MUST,
    sources=[
        SOCKET2.set_read_timeout(1, "Set value for the SO_RCVTIMEO option on this socket"),
        SOCKET2.read_timeout(1, "Get value for the SO_RCVTIMEO option on this socket"),
        SOCKET2.set_write_timeout(1, "Set value for the SO_SNDTIMEO option on this socket"),
        SOCKET2.write_timeout(1, "Get value for the SO_SNDTIMEO option on this socket"),
    ],
    behaviours={
        "same": CONFORMS,
        "no-limit": NO_LIMIT,
        "another-time": "neither the time that was set nor None",
    },
    aliases=["contracts.value.timeout"],
    renamed={"none": "no-limit", "other": "another-time"},
)


@ROUND_TRIP.case(family=V4, type=STREAM, option=("read_timeout", "write_timeout"))
@given(value=st.one_of(st.none(), st.integers(1, 100_000).map(float)))
def test_round_trip(sockets, see, case, value):
    sock = sockets.new()
    getattr(sock, f"set_{case['option']}")(value)
    got = getattr(sock, case["option"])()
    how = "same" if got == value else "no-limit" if got is None else "another-time"
    see(how, set=value, got=got)


HUGE = rule(
    "contracts.timeout.huge",
    "Whether a timeout of a hundred years and more reads back as it was set is unspecified.",
    level=UNSPECIFIED,
    sources=PRECISION,
    behaviours={
        "as-set": "it reads back as it was set",
        "no-limit": NO_LIMIT,
        "shorter": "it reads back as a shorter time",
        "longer": "it reads back as a longer time",
    },
)


@HUGE.case(family=V4, which=("read", "write"), seconds=("4294967296", "1000000000000"))
def test_timeout_huge(sockets, see, case):
    sock, wanted = sockets.new(), float(case["seconds"])
    how = outcome(set_limit, sock, case, wanted)
    if how == "succeeds":
        got = limit(sock, case)
        how = "no-limit" if got is None else "as-set" if got == wanted else "shorter"
        how = "longer" if got is not None and got > wanted else how
    see(how)
