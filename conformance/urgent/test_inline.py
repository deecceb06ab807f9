"""SO_OOBINLINE: urgent data in its place among the normal data."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import CONFORMS, FREEBSD, INET, MUST, POSIX, UNSPECIFIED, WINE, rule

INLINE = POSIX.chapter("2.10.16", "SO_OOBINLINE")


def _queued(sockets, inline, before=b"ab", urgent=b"X", after=b"cd"):
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(inline)
    theirs.set_nodelay(True)
    if before:
        theirs.send(before)
    theirs.send_out_of_band(urgent)
    if after:
        theirs.send(after)
    sockets.wait(ours, "POLLPRI")
    return ours, theirs


def _rest(ours, theirs):
    theirs.shutdown("SHUT_WR")
    got = b""
    while more := ours.recv(64):
        got += more
    return got


READABLE = rule(
    "urgent.inline.readable",
    "With SO_OOBINLINE urgent data alone makes the socket readable.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "as out-of-band data is enqueued with normal data")],
    behaviours={"readable": CONFORMS, "not-readable": "poll does not report POLLIN"},
    needs=["oob"],
)


@READABLE.case(family=INET)
def test_readable(sockets, see, case):
    ours, _theirs = _queued(sockets, True, b"", b"X", b"")
    see("readable" if "POLLIN" in ours.poll("POLLIN", 0.5) else "not-readable")


SEVERAL = rule(
    "urgent.inline.several",
    "With SO_OOBINLINE several urgent bytes are all received, in order.",
    level=MUST,
    sources=[INLINE, FREEBSD.getsockopt(2, "SO_OOBINLINE")],
    behaviours={"all": CONFORMS, "lost": "an older one is missing"},
    needs=["oob"],
)


@SEVERAL.case(family=INET)
@given(turns=st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=6)), max_size=6))
def test_several(sockets, see, case, turns):
    ours, theirs = _queued(sockets, True)
    for urgent, data in turns:
        if urgent:
            theirs.send_out_of_band(data)
        else:
            theirs.send(data)
    got = _rest(ours, theirs)
    wanted = b"abXcd" + b"".join(data for _, data in turns)
    see("all" if got == wanted else "lost", turns=turns, got=got)


LATE = rule(
    "urgent.inline.enabled-late",
    "SO_OOBINLINE set after urgent data arrived moves it among the normal data, or does not.",
    level=UNSPECIFIED,
    sources=[INLINE, WINE("dlls/ws2_32/tests/sock.c", "test_select")],
    behaviours={
        "moved": "it is received among the normal data",
        "not-moved": "it is not",
        "altered": "something else is received",
    },
    needs=["oob"],
)


@LATE.case(family=INET, when=("before-reading", "at-mark", "only-urgent"))
def test_enabled_late(sockets, see, case):
    alone = case["when"] == "only-urgent"
    before, after = (b"", b"") if alone else (b"ab", b"cd")
    ours, theirs = _queued(sockets, False, before, b"X", after)
    got = ours.recv(2) if case["when"] == "at-mark" else b""
    ours.set_out_of_band_inline(True)
    got += _rest(ours, theirs)
    moved, kept = got == before + b"X" + after, got == before + after
    see("moved" if moved else "not-moved" if kept else "altered", got=got)


TWICE = rule(
    "urgent.inline.received-twice",
    "Urgent data that was received with MSG_OOB is not received again once it goes inline.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread"),
        WINE("dlls/ws2_32/tests/sock.c", "test_select"),
    ],
    behaviours={"once": CONFORMS, "twice": "it is received a second time"},
    needs=["oob"],
)


@TWICE.case(family=INET)
def test_twice(sockets, see, case):
    ours, theirs = _queued(sockets, False)
    ours.recv_out_of_band(1)
    ours.set_out_of_band_inline(True)
    got = _rest(ours, theirs)
    see("once" if got == b"abcd" else "twice", got=got)


DISABLED = rule(
    "urgent.inline.disabled-late",
    "SO_OOBINLINE cleared before the mark is reached takes urgent data out of the normal data.",
    level=UNSPECIFIED,
    sources=[INLINE],
    behaviours={"taken-out": "it is not received", "stays": "it is received in its place"},
    needs=["oob"],
)


@DISABLED.case(family=INET)
def test_disabled_late(sockets, see, case):
    ours, theirs = _queued(sockets, True)
    ours.set_out_of_band_inline(False)
    got = _rest(ours, theirs)
    see("stays" if b"X" in got else "taken-out", got=got)
