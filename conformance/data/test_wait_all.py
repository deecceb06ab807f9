"""MSG_WAITALL: a receive that waits until all that was asked for is there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
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

WAITALL = POSIX.recv("DESCRIPTION, MSG_WAITALL", "block until the full amount of data")
LESS = POSIX.recv("DESCRIPTION, MSG_WAITALL", "The function may return the smaller amount")
ALL = (V4, V6, UNIX)

WAITS = rule(
    "data.wait-all.waits-until-full",
    "A receive with MSG_WAITALL on a stream waits until all that was asked for has arrived.",
    level=MUST,
    sources=[WAITALL, MAN.recv(2, "MSG_WAITALL", "until the full request is")],
    behaviours={
        "full": CONFORMS,
        "short": "returns a part of it",
        "altered": "returns other bytes",
    },
)


@WAITS.case(family=ALL)
def test_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    blocked = receive.is_blocked()
    theirs.send(b"def")
    blocked = blocked and receive.is_blocked()
    theirs.send(b"ghi")
    got = receive.result()
    whole = blocked and len(got) == 9
    see("full" if whole and got == b"abcdefghi" else "altered" if whole else "short", got=got)


QUEUED = rule(
    "data.wait-all.any-pieces",
    "A receive with MSG_WAITALL returns all it asks for, in whatever pieces it was sent.",
    level=MUST,
    sources=[WAITALL],
    behaviours={
        "full": CONFORMS,
        "short": "returns a part of it",
        "altered": "returns other bytes",
    },
)


@QUEUED.case(family=ALL)
@given(pieces=st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=8))
def test_any_pieces(sockets, see, case, pieces):
    ours, theirs = sockets.connected()
    for piece in pieces:
        theirs.send(piece)
    whole = b"".join(pieces)
    got = ours.recv_with_flags(len(whole), "MSG_WAITALL")
    how = "full" if got == whole else "short" if len(got) < len(whole) else "altered"
    see(how, lengths=[len(piece) for piece in pieces], got=len(got))


VECTORED = rule(
    "data.wait-all.vectored",
    "A receive with MSG_WAITALL into several buffers waits until all of them are full.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, MSG_WAITALL"), SOCKET2.recv_vectored_with_flags(1)],
    behaviours={"full": CONFORMS, "short": "a buffer has room left"},
    needs=["messages"],
)


@VECTORED.case(family=ALL)
def test_vectored(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = sockets.number("MSG_WAITALL")
    receive = sockets.start("recvmsg", ours, [2, 2, 2], 0, flags)
    receive.is_blocked()
    theirs.send(b"def")
    data = receive.result().data
    see("full" if data == (b"ab", b"cd", b"ef") else "short", got=data)


END = rule(
    "data.wait-all.end-of-stream",
    "A receive with MSG_WAITALL returns what there is when the stream ends before it is full.",
    level=MUST,
    sources=[LESS, POSIX.recv("DESCRIPTION, MSG_WAITALL", "if the connection is terminated")],
    behaviours={
        "what-came": CONFORMS,
        "nothing": "loses what came",
        "succeeds": "something else",
    },
)


@END.case(family=ALL, ends=("before", "while-waiting"), queued=("none", "some"))
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    came = b"abc" if case["queued"] == "some" else b""
    if came:
        theirs.send(came)
        sockets.wait(ours, "POLLIN")
    if case["ends"] == "before":
        theirs.shutdown("SHUT_WR")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    if case["ends"] == "while-waiting":
        receive.is_blocked()
        theirs.shutdown("SHUT_WR")
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="succeeds")
    see("what-came" if got == [came] else "nothing" if got == [b""] else how, got=got)


RESET = rule(
    "data.wait-all.reset",
    "A receive with MSG_WAITALL ends when the peer resets the connection.",
    level=MUST,
    sources=[LESS, POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={"what-came": CONFORMS, "ECONNRESET": CONFORMS, "nothing": "reads as an end"},
    needs=["reset"],
)


@RESET.case(family=INET, queued=("none", "some"))
def test_reset(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["queued"] == "some":
        theirs.send(b"abc")
        sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    receive.is_blocked()
    theirs.set_linger(0.0)
    theirs.close()
    got = []
    how = outcome(lambda: got.append(receive.result()))
    see("what-came" if got == [b"abc"] else "nothing" if got else how, got=got)


NONBLOCKING = rule(
    "data.wait-all.nonblocking",
    "A receive with MSG_WAITALL that may not block returns a part, or refuses.",
    level=UNSPECIFIED,
    sources=[WAITALL, MS.recv("MSG_WAITALL", "WSAEOPNOTSUPP")],
    behaviours={
        "what-is-queued": "returns what is there",
        "EAGAIN": "fails, as not all is there",
        "EOPNOTSUPP": "refuses the flag",
    },
)


@NONBLOCKING.case(family=ALL, by=("socket", "flag"))
def test_nonblocking(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = ["MSG_WAITALL"]
    if case["by"] == "flag":
        flags.append("MSG_DONTWAIT")
    else:
        ours.set_nonblocking(True)
    see(outcome(ours.recv_with_flags, 6, flags, ok="what-is-queued"))


EMPTY_NONBLOCKING = rule(
    "data.wait-all.nothing-queued-nonblocking",
    "A receive with MSG_WAITALL on a non-blocking socket with nothing queued does not wait.",
    level=MUST,
    sources=[POSIX.recv("EAGAIN or EWOULDBLOCK"), MS.recv("MSG_WAITALL")],
    behaviours={
        "EAGAIN": CONFORMS,
        "EOPNOTSUPP": "refuses the flag",
        "succeeds": "returns something",
    },
)


@EMPTY_NONBLOCKING.case(family=ALL, type=(STREAM, DGRAM))
def test_nothing_queued(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_nonblocking(True)
    see(outcome(ours.recv_with_flags, 6, "MSG_WAITALL"))


DATAGRAM = rule(
    "data.wait-all.datagram",
    "A receive with MSG_WAITALL on a datagram socket returns one datagram.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation"),
        MAN.recv(2, "MSG_WAITALL", "This flag has no effect for datagram sockets"),
    ],
    behaviours={
        "one-datagram": CONFORMS,
        "joined": "returns several as one",
        "waits": "waits for more",
    },
)


@DATAGRAM.case(family=ALL, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    theirs.send(b"def")
    sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    if receive.is_blocked():
        see("waits")
        return
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="one-datagram")
    see("joined" if got and got != [b"abc"] else how, got=got)


TIMEOUT = rule(
    "data.wait-all.receive-timeout",
    "A receive with MSG_WAITALL returns what came when SO_RCVTIMEO passes, EAGAIN if nothing.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_RCVTIMEO", "it shall return with a partial count"),
        SOCKET2.set_read_timeout(1),
    ],
    behaviours={
        "as-promised": CONFORMS,
        "lost": "fails although something came",
        "empty": "returns no bytes, as at the end of a stream",
    },
)


@TIMEOUT.case(family=ALL, queued=("none", "some"))
def test_receive_timeout(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["queued"] == "some":
        theirs.send(b"abc")
        sockets.wait(ours, "POLLIN")
    ours.set_read_timeout(0.02)
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(9, "MSG_WAITALL")))
    if case["queued"] == "some":
        how = "as-promised" if got == [b"abc"] else "lost" if how == "EAGAIN" else how
    elif how == "EAGAIN":
        how = "as-promised"
    see("empty" if got == [b""] else how, got=got)
