"""SO_OOBINLINE: urgent data in its place among the normal data."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import CONFORMS, FREEBSD, INET, MS, MUST, POSIX, SOCKET2, UNSPECIFIED, rule

from .stream import read_all, receive_urgent, urgent

INLINE = POSIX.chapter(
    "2.10.16", "SO_OOBINLINE", "be placed in the normal data input queue as received"
)

IN_STREAM = rule(
    "urgent.inline.in-stream",
    "With SO_OOBINLINE the urgent byte stands in the stream where it was sent.",
    level=MUST,
    sources=[
        INLINE,
        SOCKET2.set_out_of_band_inline(2, "directly placed into the receive data stream"),
    ],
    behaviours={
        "in-place": CONFORMS,
        "left-out": "the urgent byte is missing",
        "misplaced": "the bytes come in another order, or other bytes come",
    },
    needs=["oob"],
)


@IN_STREAM.case(family=INET)
def test_in_stream(sockets, see, case):
    got = b"".join(read_all(*urgent(sockets, inline=True)))
    see({b"abXcd": "in-place", b"abcd": "left-out"}.get(got, "misplaced"), got=got)


SEVERAL = rule(
    "urgent.inline.several",
    "With SO_OOBINLINE the data of several urgent sends is received, all of it and in order.",
    level=MUST,
    sources=[
        INLINE,
        FREEBSD.getsockopt(
            2, "SO_OOBINLINE", "be placed in the normal data input queue as received"
        ),
    ],
    behaviours={
        "all": CONFORMS,
        "lost": "some of it is missing",
        "misplaced": "the bytes come in another order, or other bytes come",
    },
    needs=["oob"],
)


@SEVERAL.case(family=INET)
@given(
    turns=st.lists(
        st.tuples(st.booleans(), st.binary(min_size=1, max_size=6)), min_size=1, max_size=6
    )
)
def test_several(sockets, see, case, turns):
    ours, theirs = urgent(sockets, inline=True)
    for is_urgent, data in turns:
        if is_urgent:
            theirs.send_out_of_band(data)
        else:
            theirs.send(data)
    got = b"".join(read_all(ours, theirs))
    wanted = b"abXcd" + b"".join(data for _, data in turns)
    how = "lost" if len(got) < len(wanted) else "misplaced"
    see("all" if got == wanted else how, turns=turns, got=got)


READABLE = rule(
    "urgent.inline.readable",
    "With SO_OOBINLINE urgent data alone makes the socket readable.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "as out-of-band data is enqueued with normal data")],
    behaviours={"readable": CONFORMS, "not-readable": "poll() does not report POLLIN"},
    needs=["oob"],
)


@READABLE.case(family=INET)
def test_readable(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"", inline=True)
    see("readable" if "POLLIN" in ours.poll("POLLIN", 0.5) else "not-readable")


REFUSED = rule(
    "urgent.inline.oob-refused",
    "With SO_OOBINLINE a receive with MSG_OOB fails with EINVAL or EAGAIN.",
    level=MUST,
    sources=[
        POSIX.recv("EINVAL", "The MSG_OOB flag is set and no out-of-band data is available"),
        POSIX.recv("EAGAIN or EWOULDBLOCK", "does not support blocking to await out-of-band"),
        INLINE,
        MS.recv("WSAEINVAL", "MSG_OOB was specified for a socket with SO_OOBINLINE enabled"),
    ],
    behaviours={
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "received": "the urgent byte is returned",
        "other-bytes": "something else is returned",
    },
    needs=["oob"],
)


@REFUSED.case(family=INET)
def test_oob_refused(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"", inline=True)
    see(receive_urgent(ours, {b"X": "received"}))


LATE = rule(
    "urgent.inline.enabled-late",
    "Whether SO_OOBINLINE applies to urgent data that arrived earlier is unspecified.",
    level=UNSPECIFIED,
    sources=[INLINE],
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
    ours, theirs = urgent(sockets, before=before, after=after)
    got = ours.recv(2) if case["when"] == "at-mark" else b""
    ours.set_out_of_band_inline(True)
    got += b"".join(read_all(ours, theirs))
    names = {before + b"X" + after: "moved", before + after: "not-moved"}
    see(names.get(got, "altered"), got=got)


TWICE = rule(
    "urgent.inline.received-twice",
    "Urgent data that was received with MSG_OOB is not received again with SO_OOBINLINE.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.11", "Socket Receive Queue", "until it is removed by a receive call"
        )
    ],
    behaviours={
        "once": CONFORMS,
        "twice": "it is received a second time",
        "altered": "something else is received",
    },
    needs=["oob"],
)


@TWICE.case(family=INET)
def test_twice(sockets, see, case):
    ours, theirs = urgent(sockets)
    ours.recv_out_of_band(1)
    ours.set_out_of_band_inline(True)
    got = b"".join(read_all(ours, theirs))
    see({b"abcd": "once", b"abXcd": "twice"}.get(got, "altered"), got=got)


DISABLED = rule(
    "urgent.inline.disabled-late",
    "Whether clearing SO_OOBINLINE takes queued urgent data out of the stream is unspecified.",
    level=UNSPECIFIED,
    sources=[INLINE],
    behaviours={
        "taken-out": "it is not received among the normal data",
        "stays": "it is received in its place",
        "altered": "something else is received",
    },
    needs=["oob"],
)


@DISABLED.case(family=INET)
def test_disabled_late(sockets, see, case):
    ours, theirs = urgent(sockets, inline=True)
    ours.set_out_of_band_inline(False)
    got = b"".join(read_all(ours, theirs))
    see({b"abXcd": "stays", b"abcd": "taken-out"}.get(got, "altered"), got=got)
