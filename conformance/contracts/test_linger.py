"""linger() and set_linger() of the socket2 document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .calls import attempt

TRUNCATED = SOCKET2.set_linger(5, "only has a precision of seconds and will be silently")

LINGER_SECONDS = rule(
    "contracts.linger.whole-seconds",
    "A linger time of whole seconds reads back as it was set.",
    level=MUST,
    sources=[
        SOCKET2.set_linger(1, "Set value for the SO_LINGER option on this socket"),
        SOCKET2.linger(1, "Get the value of the SO_LINGER option on this socket"),
    ],
    behaviours={
        "same": CONFORMS,
        "another-time": "neither the time that was set nor off",
        "off": "lingering is off",
    },
    renamed={"other": "another-time"},
)


@LINGER_SECONDS.case(family=INET, type=STREAM)
@given(seconds=st.integers(0, 32767))
def test_linger_seconds(sockets, see, case, seconds):
    sock = sockets.new()
    sock.set_linger(float(seconds))
    got = sock.linger()
    how = "off" if got is None else "same" if got == seconds else "another-time"
    see(how, set=seconds, got=got)


LINGER_FRACTION = rule(
    "contracts.linger.fraction",
    "A fraction of a second in a linger time is cut off, or kept by a system that precise.",
    level=MUST,
    sources=[TRUNCATED],
    behaviours={
        "cut-off": CONFORMS,
        "kept": CONFORMS,
        "rounded-up": "the next whole second",
        "another-time": "neither the time that was set nor off",
        "off": "lingering is off",
    },
)


@LINGER_FRACTION.case(family=INET, region=("under-a-second", "over-a-second"))
@given(whole=st.integers(1, 1000), fraction=st.sampled_from([0.25, 0.5, 0.75]))
def test_linger_fraction(sockets, see, case, whole, fraction):
    sock = sockets.new()
    base = 0 if case["region"] == "under-a-second" else whole
    sock.set_linger(base + fraction)
    got = sock.linger()
    names = {base: "cut-off", base + 1: "rounded-up", base + fraction: "kept", None: "off"}
    see(names.get(got, "another-time"), set=base + fraction, got=got)


LINGER_SHORT = rule(
    "contracts.linger.fraction-keeps-lingering",
    "Whether a connection closed with a linger time under a second delivers what was sent is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2.set_linger(
            2, "until all queued messages for the socket have been successfully"
        ),
        TRUNCATED,
    ],
    behaviours={
        "delivered": "the peer receives the data and the end of the stream",
        "cut-short": "the stream ends without all of the data",
        "aborted": "the connection is reset",
    },
)


@LINGER_SHORT.case(family=INET)
def test_linger_short(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_linger(0.5)
    ours.send(b"last words")
    ours.close()
    sockets.wait_for_end(theirs)
    how, got = attempt(sockets.received, theirs, 64)
    if how == "succeeds":
        see("delivered" if got == b"last words" else "cut-short", got=got)
    else:
        see("aborted" if how == "ECONNRESET" else how)


LINGER_NONE = rule(
    "contracts.linger.none",
    "Lingering is off after the linger time was set to None.",
    level=MUST,
    sources=[
        SOCKET2.set_linger(
            3, "Otherwise, the call returns immediately and the closing is done"
        ),
    ],
    behaviours={"off": CONFORMS, "on": "lingering is on"},
)


@LINGER_NONE.case(family=(*INET, UNIX), before="set")
def test_linger_none(sockets, see, case):
    sock = sockets.new()
    sock.set_linger(3.0)
    sock.set_linger(None)
    see("off" if sock.linger() is None else "on")


LINGER_HUGE = rule(
    "contracts.linger.huge",
    "Whether a linger time that is too long for the system's field is refused, clamped or "
    "wrapped is unspecified.",
    level=UNSPECIFIED,
    sources=[SOCKET2.set_linger(1, "Set value for the SO_LINGER option on this socket")],
    behaviours={
        "same": "it fits, and reads back as it was set",
        "clamped": "the longest time that the field holds",
        "wrapped": "what is left of the number in the field",
        "zero": "no time: closing resets the connection",
        "off": "lingering is off",
    },
)


@LINGER_HUGE.case(family=V4, seconds=("2147483648", "4294967296"))
def test_linger_huge(sockets, see, case):
    sock = sockets.new()
    wanted = float(case["seconds"])
    how = outcome(sock.set_linger, wanted)
    if how != "succeeds":
        see(how)
        return
    got = sock.linger()
    # The largest numbers of a short and of an int, signed or not.
    largest = {2.0**bits - 1 for bits in (15, 16, 31, 32)}
    names = {None: "off", wanted: "same", 0.0: "zero", **dict.fromkeys(largest, "clamped")}
    see(names.get(got, "wrapped"), got=got)
