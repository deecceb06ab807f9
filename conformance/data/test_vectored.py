"""Vectored I/O: several buffers in one call."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
FILLED = POSIX.recvmsg("DESCRIPTION, msg_iov", "is filled with received data in turn")
parts = st.lists(st.binary(max_size=200), min_size=1, max_size=12)
sizes = st.lists(st.integers(0, 200), min_size=1, max_size=12)

SENDS = rule(
    "data.vectored.send-any-split",
    "Bytes split over buffers in any way, empty ones included, are sent as the bytes in order.",
    level=MUST,
    sources=[POSIX.sendmsg("DESCRIPTION, msg_iov"), SOCKET2.send_vectored(1)],
    behaviours={
        "same": CONFORMS,
        "altered": "other bytes arrive",
        "miscounted": "the call returns another number than was sent",
    },
    needs=["messages"],
)


def _sent(sockets, pieces):
    ours, theirs = sockets.connected()
    whole = b"".join(pieces)
    count = theirs.send_vectored(pieces)
    theirs.send(b"!")
    streamed = sockets.type == STREAM
    got = sockets.received(ours, len(whole) + 1) if streamed else ours.recv(len(whole))
    if got != whole + b"!" * streamed:
        return "altered"
    return "same" if count == len(whole) else "miscounted"


@SENDS.case(family=ALL, type=(STREAM, DGRAM))
@given(pieces=parts)
def test_send(sockets, see, case, pieces):
    see(_sent(sockets, pieces), lengths=[len(piece) for piece in pieces])


@SENDS.case(family=UNIX, type=SEQPACKET)
@given(pieces=parts.filter(any))
def test_send_record(sockets, see, case, pieces):
    see(_sent(sockets, pieces), lengths=[len(piece) for piece in pieces])


RECEIVES = rule(
    "data.vectored.receive-any-split",
    "A receive fills its buffers one after the other, however the room is split over them.",
    level=MUST,
    sources=[FILLED, SOCKET2.recv_vectored(1)],
    behaviours={"in-order": CONFORMS, "altered": "a buffer holds something else"},
    needs=["messages"],
)


@RECEIVES.case(family=ALL, type=(STREAM, DGRAM))
@given(data=st.binary(min_size=1, max_size=400), sizes=sizes)
def test_receive(sockets, see, case, data, sizes):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    # A datagram that does not fit is another rule's: data.truncation.excess-discarded.
    room = [*sizes, len(data) if case["type"] == DGRAM else 1]
    parts = []
    how = outcome(lambda: parts.append(ours.recv_vectored(room)[0]))
    if how != "succeeds":
        see(how, length=len(data), room=room)
        return
    starts = [sum(room[:place]) for place in range(len(room))]
    wanted = tuple(data[start:][:size] for start, size in zip(starts, room, strict=True))
    see("in-order" if parts == [wanted] else "altered", length=len(data), room=room)


ROUND_TRIP = rule(
    "data.vectored.round-trip",
    "Bytes sent from any split of buffers arrive in any other split of buffers.",
    level=MUST,
    sources=[FILLED, SOCKET2.send_vectored(1), SOCKET2.recv_vectored(1)],
    behaviours={"same": CONFORMS, "altered": "other bytes arrive"},
    needs=["messages"],
)


@ROUND_TRIP.case(family=ALL, type=(STREAM, DGRAM))
@given(pieces=parts.filter(any), sizes=sizes)
def test_round_trip(sockets, see, case, pieces, sizes):
    ours, theirs = sockets.connected()
    whole = b"".join(pieces)
    theirs.send_vectored(pieces)
    sockets.wait(ours, "POLLIN")
    room = [*sizes, len(whole)]
    parts = []
    how = outcome(lambda: parts.extend(ours.recv_vectored(room)[0]), ok="same")
    see(how if how != "same" or b"".join(parts) == whole else "altered", room=room)


ONE_MESSAGE = rule(
    "data.vectored.one-datagram",
    "Several buffers sent to an address make one datagram, received whole by several buffers.",
    level=MUST,
    sources=[POSIX.sendmsg("DESCRIPTION"), SOCKET2.send_to_vectored(1)],
    behaviours={
        "one": CONFORMS,
        "several": "arrives in several datagrams",
        "other-sender": "the receive shows another sender",
    },
    needs=["messages"],
)


@ONE_MESSAGE.case(family=ALL, type=DGRAM)
@given(pieces=parts)
def test_one_datagram(sockets, see, case, pieces):
    ours, theirs = sockets.bound(), sockets.bound()
    theirs.send_to_vectored(pieces, ours.local_addr())
    theirs.send_to(b"marker", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    got, _flags, sender = ours.recv_from_vectored([100] * 25)
    whole = b"".join(got) == b"".join(pieces) and ours.recv(64) == b"marker"
    right = sender == theirs.local_addr()
    see("several" if not whole else "one" if right else "other-sender")


EMPTY = rule(
    "data.vectored.empty-buffers",
    "Buffers without bytes send nothing on a stream and an empty datagram elsewhere.",
    level=MUST,
    sources=[
        POSIX.sendmsg("DESCRIPTION, msg_iov"),
        POSIX.send("length"),
    ],
    behaviours={"as-promised": CONFORMS, "something-else": "something else arrives"},
    needs=["messages"],
)


@EMPTY.case(family=ALL, type=(STREAM, DGRAM))
@given(count=st.integers(1, 16))
def test_empty_buffers(sockets, see, case, count):
    ours, theirs = sockets.connected()
    how = outcome(theirs.send_vectored, [b""] * count, ok="as-promised")
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    wanted = b"marker" if case["type"] == STREAM else b""
    got = ours.recv(64)
    see(how if got == wanted else "something-else", count=count, got=got)


AT_LEAST = rule(
    "data.vectored.at-least-sixteen",
    "Sixteen buffers, which every system takes, are sent and received in one call.",
    level=MUST,
    sources=[
        POSIX.header("limits.h", "_XOPEN_IOV_MAX"),
        POSIX.sendmsg("EMSGSIZE", "greater than {IOV_MAX}"),
    ],
    behaviours={"taken": CONFORMS, "partly": "not all of the buffers are used"},
    needs=["messages"],
)


@AT_LEAST.case(family=ALL, type=(STREAM, DGRAM), direction=("send", "receive"))
def test_at_least(sockets, see, case):
    ours, theirs = sockets.connected()
    pieces = [bytes([number]) for number in range(16)]
    if case["direction"] == "send":
        how = outcome(theirs.send_vectored, pieces, ok="taken")
        got = ours.recv(16) if case["type"] == DGRAM else sockets.received(ours, 16)
    else:
        theirs.send(b"".join(pieces))
        sockets.wait(ours, "POLLIN")
        parts = []
        how = outcome(lambda: parts.extend(ours.recv_vectored([1] * 16)[0]), ok="taken")
        got = b"".join(parts)
    see(how if how != "taken" or got == b"".join(pieces) else "partly", got=got)


def _iov_max():
    # POSIX 2.10 promises IOV_MAX through sysconf(); 1024 on every system that has it.
    return os.sysconf("SC_IOV_MAX") if hasattr(os, "sysconf") else 1024


TOO_MANY = rule(
    "data.vectored.too-many",
    "IOV_MAX buffers are taken and one more fails with EMSGSIZE.",
    level=MUST,
    sources=[
        POSIX.sendmsg("EMSGSIZE", "greater than {IOV_MAX}"),
        POSIX.recvmsg("EMSGSIZE", "less than or equal to 0, or is greater than"),
    ],
    behaviours={"limit": CONFORMS, "more-taken": "one more is taken as well"},
    needs=["messages"],
)


@TOO_MANY.case(family=ALL, type=(STREAM, DGRAM), direction=("send", "receive"))
def test_too_many(sockets, see, case):
    ours, theirs = sockets.connected()
    most = _iov_max()
    if case["direction"] == "send":
        most_taken = outcome(theirs.send_vectored, [b"x"] * most)
        more_taken = outcome(theirs.send_vectored, [b"x"] * (most + 1))
    else:
        theirs.send(b"x")
        theirs.send(b"x")
        most_taken = outcome(ours.recv_vectored, [1] * most)
        theirs.send(b"x")
        more_taken = outcome(ours.recv_vectored, [1] * (most + 1))
    how = "limit" if more_taken == "EMSGSIZE" else more_taken
    how = "more-taken" if how == "succeeds" else how
    see(how if most_taken == "succeeds" else most_taken, most=most_taken, more=more_taken)


NO_BUFFERS = rule(
    "data.vectored.no-buffers",
    "A message call without any buffer fails with EMSGSIZE.",
    level=MUST,
    sources=[POSIX.recvmsg("EMSGSIZE", "is less than or equal to 0")],
    behaviours={"EMSGSIZE": CONFORMS, "succeeds": "the call succeeds"},
    needs=["messages"],
)


@NO_BUFFERS.case(family=ALL, type=(STREAM, DGRAM), direction=("send", "receive"))
def test_no_buffers(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["direction"] == "send":
        see(outcome(theirs.send_vectored, []))
        return
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv_vectored, []))


PARTIAL = rule(
    "data.vectored.partial",
    "A vectored send that finds too little room takes the beginning of the bytes.",
    level=MUST,
    sources=[POSIX.sendmsg("RETURN VALUE"), POSIX.send("RETURN VALUE, number of bytes sent")],
    behaviours={
        "beginning": CONFORMS,
        "all": "takes more than there can be room for",
        "altered": "other bytes arrive",
    },
    needs=["messages"],
)


@PARTIAL.case(family=ALL, examples=6)
@given(sizes=st.lists(st.integers(1, 40_000), min_size=2, max_size=20))
def test_partial(sockets, see, case, sizes):
    ours, theirs = sockets.connected()
    theirs.set_nonblocking(True)
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    pieces.extend([b"\xff" * 100_000] * (sockets.more_than_fits(ours, theirs) // 100_000 + 1))
    theirs.set_send_buffer_size(1)
    count = theirs.send_vectored(pieces)
    theirs.close()
    got = bytearray()
    while more := ours.recv(1 << 20):
        got += more
    whole = b"".join(pieces)
    how = "beginning" if got == whole[:count] else "altered"
    see("all" if count == len(whole) else how, sizes=sizes, count=count)
