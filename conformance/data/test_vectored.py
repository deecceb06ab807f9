"""Vectored sends and receives: several buffers in one call."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    MUST,
    POSIX,
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
IN_TURN = POSIX.sendmsg("DESCRIPTION, msg_iov", "The data from each storage area")
SOME_EMPTY = POSIX.sendmsg("DESCRIPTION, msg_iov", "Some of these sizes can be zero")
SENDING = SOCKET2.send_vectored(1, "Send data to the connected peer")
RECEIVING = SOCKET2.recv_vectored(2, "Unlike recv this allows passing multiple buffers")
ALTERED = "other bytes arrive, or in another order"
parts = st.lists(st.binary(max_size=200), min_size=1, max_size=12)
sizes = st.lists(st.integers(0, 200), min_size=1, max_size=12)

SENDS = rule(
    "data.vectored.send-any-split",
    "A send of several buffers, empty ones included, sends their bytes in order.",
    level=MUST,
    sources=[IN_TURN, SOME_EMPTY, SENDING],
    behaviours={
        "same": CONFORMS,
        "altered": ALTERED,
        "miscounted": "the call returns another number than was sent",
    },
    needs=["messages"],
)


@SENDS.case(family=ALL, type=(STREAM, DGRAM))
@given(pieces=parts)
def test_send(sockets, see, case, pieces):
    ours, theirs = sockets.connected()
    whole = b"".join(pieces)
    count = theirs.send_vectored(pieces)
    if case["type"] == STREAM:
        theirs.shutdown("SHUT_WR")
        got = sockets.received(ours, len(whole) + 1)
    else:
        got = ours.recv(4096)
    how = "same" if count == len(whole) else "miscounted"
    see(how if got == whole else "altered", lengths=[len(piece) for piece in pieces])


RECEIVES = rule(
    "data.vectored.receive-any-split",
    "A receive into several buffers fills one after the other.",
    level=MUST,
    sources=[FILLED, RECEIVING],
    behaviours={"in-order": CONFORMS, "altered": ALTERED},
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
    "Bytes sent from several buffers arrive in several others, whatever the sizes of both.",
    level=MUST,
    sources=[IN_TURN, FILLED, SENDING, RECEIVING],
    behaviours={"same": CONFORMS, "altered": ALTERED},
    needs=["messages"],
)


@ROUND_TRIP.case(family=ALL, type=(STREAM, DGRAM))
@given(pieces=parts.filter(any), sizes=sizes)
def test_round_trip(sockets, see, case, pieces, sizes):
    ours, theirs = sockets.connected()
    whole = b"".join(pieces)
    theirs.send_vectored(pieces)
    if case["type"] == STREAM:
        theirs.shutdown("SHUT_WR")
    room = [*sizes, len(whole)]
    got, how = b"", "same"
    while how == "same" and len(got) < len(whole):  # a stream can arrive in pieces
        parts = []
        how = outcome(lambda: parts.extend(ours.recv_vectored(room)[0]), ok="same")  # noqa: B023
        got += b"".join(parts)
        if case["type"] == DGRAM or not any(parts):
            break
    see(how if how != "same" or got == whole else "altered", room=room)


ONE_MESSAGE = rule(
    "data.vectored.one-datagram",
    "Several buffers sent in one call arrive as one datagram.",
    level=MUST,
    judges=CLIENT,
    sources=[
        IN_TURN,
        POSIX.chapter("2.10.6", "SOCK_DGRAM", "must be sent in a single output operation"),
        SOCKET2.send_to_vectored(1, "Send data to a peer listening on addr"),
    ],
    behaviours={
        "one": CONFORMS,
        "several": "the first datagram holds only a part of the bytes",
        "altered": ALTERED,
        "other-sender": "the receive returns another sender's address",
    },
    needs=["messages"],
)


@ONE_MESSAGE.case(family=ALL, type=DGRAM)
@given(pieces=parts)
def test_one_datagram(sockets, see, case, pieces):
    receiver, sender = sockets.receiver(), sockets.bound()
    sender.send_to_vectored(pieces, receiver.local_addr())
    sender.send_to(b"marker", receiver.local_addr())
    sockets.wait(receiver, "POLLIN")
    got, _flags, named = receiver.recv_from_vectored([100] * 25)
    data, whole = b"".join(got), b"".join(pieces)
    if data == whole and receiver.recv(64) == b"marker":
        how = "one" if named == sender.local_addr() else "other-sender"
    else:
        how = "several" if len(data) < len(whole) and whole.startswith(data) else "altered"
    see(how, lengths=[len(piece) for piece in pieces], got=len(data))


EMPTY = rule(
    "data.vectored.empty-buffers",
    "A send of empty buffers sends no bytes to a stream, and an empty datagram elsewhere.",
    level=MUST,
    sources=[SOME_EMPTY, IN_TURN],
    behaviours={"no-bytes": CONFORMS, "something-else": "other bytes arrive"},
    renamed={"as-promised": "no-bytes"},
    needs=["messages"],
)


@EMPTY.case(family=ALL, type=(STREAM, DGRAM))
@given(count=st.integers(1, 16))
def test_empty_buffers(sockets, see, case, count):
    ours, theirs = sockets.connected()
    how = outcome(theirs.send_vectored, [b""] * count, ok="no-bytes")
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    got = ours.recv(64)
    wanted = b"marker" if case["type"] == STREAM else b""
    see("something-else" if how == "no-bytes" and got != wanted else how, count=count, got=got)


AT_LEAST = rule(
    "data.vectored.at-least-sixteen",
    "A send or receive with sixteen buffers, the least value of IOV_MAX, succeeds.",
    level=MUST,
    sources=[
        POSIX.header("limits.h", "IOV_MAX", "Minimum Acceptable Value: {_XOPEN_IOV_MAX}"),
        POSIX.header("limits.h", "_XOPEN_IOV_MAX", "Value: 16"),
        POSIX.sendmsg("EMSGSIZE", "or is greater than {IOV_MAX}"),
    ],
    behaviours={"succeeds": CONFORMS, "partly": "not all of the buffers are used"},
    renamed={"taken": "succeeds"},
    needs=["messages"],
)


@AT_LEAST.case(family=ALL, type=(STREAM, DGRAM), direction=("send", "receive"))
def test_at_least(sockets, see, case):
    ours, theirs = sockets.connected()
    pieces = [bytes([number]) for number in range(16)]
    parts = []
    if case["direction"] == "send":
        how = outcome(theirs.send_vectored, pieces)
        if how == "succeeds":
            parts = [ours.recv(64) if case["type"] == DGRAM else sockets.received(ours, 16)]
    else:
        theirs.send(b"".join(pieces))
        sockets.wait(ours, "POLLIN")
        how = outcome(lambda: parts.extend(ours.recv_vectored([1] * 16)[0]))
    see(
        "partly" if how == "succeeds" and b"".join(parts) != b"".join(pieces) else how,
        got=parts,
    )


def _iov_max():
    # sysconf() is asked on this machine, not where an agent runs: all systems have 1024.
    return os.sysconf("SC_IOV_MAX") if hasattr(os, "sysconf") else 1024


TOO_MANY = rule(
    "data.vectored.too-many",
    "A send or receive with more than IOV_MAX buffers fails with EMSGSIZE, and no sooner.",
    level=MUST,
    sources=[
        POSIX.sendmsg("EMSGSIZE", "or is greater than {IOV_MAX}"),
        POSIX.recvmsg("EMSGSIZE", "less than or equal to 0, or is greater than {IOV_MAX}"),
    ],
    behaviours={
        "limit": CONFORMS,
        "more-taken": "it succeeds with one buffer more than IOV_MAX",
    },
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
        most_taken = outcome(ours.recv_vectored, [1] * most)
        theirs.send(b"x")
        more_taken = outcome(ours.recv_vectored, [1] * (most + 1))
    how = {"EMSGSIZE": "limit", "succeeds": "more-taken"}.get(more_taken, more_taken)
    see(how if most_taken == "succeeds" else most_taken, most=most_taken, more=more_taken)


NO_BUFFERS = rule(
    "data.vectored.no-buffers",
    "A send or receive with no buffers fails with EMSGSIZE.",
    level=MUST,
    sources=[
        POSIX.sendmsg(
            "EMSGSIZE", "the msg_iovlen member of the msghdr structure pointed to by"
        ),
        POSIX.recvmsg("EMSGSIZE", "less than or equal to 0, or is greater than {IOV_MAX}"),
    ],
    behaviours={"EMSGSIZE": CONFORMS},
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
    "A non-blocking send of several buffers with too little room sends the beginning.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.7", quote="transfer only as much as is available, and then return"),
        POSIX.sendmsg("RETURN VALUE", "sendmsg() shall return the number of bytes sent"),
    ],
    behaviours={
        "beginning": CONFORMS,
        "all": "it sends more than there can be room for",
        "zero": "it returns zero",
        "altered": ALTERED,
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
    whole, counts = b"".join(pieces), []
    how = outcome(lambda: counts.append(theirs.send_vectored(pieces)), ok="beginning")
    theirs.close()
    got = bytearray()
    while more := ours.recv(1 << 20):
        got += more
    if counts:
        (count,) = counts
        how = (
            "altered"
            if got != whole[:count]
            else {0: "zero", len(whole): "all"}.get(count, how)
        )
    see(how, sizes=sizes, counts=counts)
