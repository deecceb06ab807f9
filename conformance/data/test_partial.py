"""Sends that find too little room: partial, refused, or waiting."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import SocketError
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
ROOM = POSIX.send("DESCRIPTION", "does have O_NONBLOCK set")
COUNT = POSIX.send("RETURN VALUE", "the number of bytes sent")


def _make_room(sock, send):
    """Receive until the send that waits for room has returned."""
    while not send.finished:
        if sock.poll("POLLIN", 0.01):
            sock.recv(1 << 20)


def _read_all(sock):
    got = bytearray()
    while more := sock.recv(1 << 20):
        got += more
    return bytes(got)


SHORT = rule(
    "data.partial.nonblocking-short",
    "A non-blocking send of more than there is room for takes the beginning, and counts it.",
    level=MUST,
    sources=[COUNT, FREEBSD.getsockopt(2, "SO_SNDLOWAT")],
    behaviours={
        "beginning": CONFORMS,
        "all": "takes more than there can be room for",
        "altered": "other bytes arrive than were counted",
    },
)


@SHORT.case(family=ALL, examples=4)
@given(seed=st.integers(1, 250))
def test_short(sockets, see, case, seed):
    ours, theirs = sockets.connected()
    theirs.set_nonblocking(True)
    pattern = bytes(place * seed % 251 for place in range(4096))
    data = pattern * (sockets.more_than_fits(ours, theirs) // len(pattern))
    count = theirs.send(data)
    theirs.shutdown("SHUT_WR")
    got = _read_all(ours)
    how = "beginning" if got == data[:count] else "altered"
    see("all" if count == len(data) else how, count=count, got=len(got))


COUNTED = rule(
    "data.partial.all-counted",
    "What many non-blocking sends took together is what arrives, no more and no less.",
    level=MUST,
    sources=[COUNT],
    behaviours={"same": CONFORMS, "less": "bytes are lost", "more": "bytes are repeated"},
)


@COUNTED.case(family=ALL)
def test_all_counted(sockets, see, case):
    ours, theirs = sockets.connected()
    taken = sockets.fill(theirs)
    theirs.shutdown("SHUT_WR")
    got = len(_read_all(ours))
    see("same" if got == taken else "less" if got < taken else "more", taken=taken, got=got)


FULL = rule(
    "data.partial.full",
    "A send that may not block fails with EAGAIN when there is no room at all.",
    level=MUST,
    sources=[POSIX.send("EAGAIN or EWOULDBLOCK"), MAN.send(2, "MSG_DONTWAIT")],
    behaviours={"EAGAIN": CONFORMS, "succeeds": "takes some", "zero": "returns zero"},
)


@FULL.case(family=ALL, by=("send", "sendmsg"), mode=("socket", "flag"))
def test_full(sockets, see, case):
    _ours, theirs = sockets.connected()
    flags = "MSG_DONTWAIT" if case["mode"] == "flag" else 0
    call = {
        "send": lambda: theirs.send_with_flags(b"x", flags),
        "sendmsg": lambda: theirs.send_vectored_with_flags([b"x"], flags),
    }[case["by"]]

    def send():
        theirs.set_nonblocking(case["mode"] == "socket")
        taken = []
        how = outcome(lambda: taken.append(call()))
        return "zero" if taken == [0] else how

    see(sockets.when_full(theirs, send, taken="succeeds"))


BLOCKS = rule(
    "data.partial.blocking-waits",
    "A blocking send waits for room, and takes all of the bytes.",
    level=MUST,
    sources=[POSIX.send("DESCRIPTION", "send() shall block until space is available")],
    behaviours={
        "waits-and-takes-all": CONFORMS,
        "short": "takes a part of the bytes",
        "returns-early": "returns before there is room",
    },
)


@BLOCKS.case(family=ALL)
def test_blocks(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    theirs.set_nonblocking(False)
    send = sockets.start("send", theirs, bytes(1 << 18), 0)
    blocked = send.is_blocked()
    _make_room(ours, send)
    counts = []
    how = outcome(lambda: counts.append(send.result()), ok="waits-and-takes-all")
    if counts and counts != [1 << 18]:
        how = "short"
    see(how if blocked or not counts else "returns-early", counts=counts)


BLOCKS_VECTORED = rule(
    "data.partial.blocking-vectored",
    "A blocking vectored send waits for room, and takes all of its buffers.",
    level=MUST,
    sources=[POSIX.sendmsg("DESCRIPTION", "shall block until space is available")],
    behaviours={"waits-and-takes-all": CONFORMS, "short": "takes a part of the bytes"},
    needs=["messages"],
)


@BLOCKS_VECTORED.case(family=ALL)
def test_blocks_vectored(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    theirs.set_nonblocking(False)
    pieces = [bytes(1 << 15)] * 8
    send = sockets.start("sendmsg", theirs, pieces, (), 0, None)
    send.is_blocked()
    _make_room(ours, send)
    counts = []
    how = outcome(lambda: counts.append(send.result()), ok="waits-and-takes-all")
    see("short" if counts and counts != [1 << 18] else how, counts=counts)


TIMEOUT = rule(
    "data.partial.send-timeout",
    "When SO_SNDTIMEO passes, a send returns what it took, or fails with EAGAIN if nothing.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_SNDTIMEO", "it shall return with a partial count"),
        SOCKET2.set_write_timeout(1),
    ],
    behaviours={
        "as-promised": CONFORMS,
        "all": "takes more than there can be room for",
        "zero": "returns zero",
        "lost": "fails although it took some",
    },
)


@TIMEOUT.case(family=ALL, room=("some", "none"))
def test_timeout(sockets, see, case):
    ours, theirs = sockets.connected()
    counts, more = [], sockets.more_than_fits(ours, theirs)
    before = 0
    if case["room"] == "none":
        before = sockets.fill(theirs)
        theirs.set_nonblocking(False)
    theirs.set_write_timeout(0.02)
    how = outcome(lambda: counts.append(theirs.send(bytes(more))))
    theirs.shutdown("SHUT_WR")
    got = len(_read_all(ours)) - before
    if counts:
        how = "all" if counts == [more] else "as-promised" if counts == [got] else "lost"
        how = "zero" if counts == [0] else how
    elif how == "EAGAIN":
        how = "as-promised" if got == 0 else "lost"
    see(how, counts=counts, got=got)


RESET = rule(
    "data.partial.reset-while-waiting",
    "A send that waits for room ends when the peer resets the connection.",
    level=MUST,
    sources=[
        POSIX.send("ECONNRESET", "A connection was forcibly closed by a peer"),
        POSIX.send("EPIPE"),
    ],
    behaviours={"ECONNRESET": CONFORMS, "EPIPE": CONFORMS, "succeeds": "succeeds"},
)


@RESET.case(family=INET)
def test_reset_while_waiting(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    theirs.set_nonblocking(False)
    send = sockets.start("send", theirs, b"x", sockets.number("MSG_NOSIGNAL"))
    send.is_blocked()
    ours.set_linger(0.0)
    ours.close()
    see(outcome(send.result))


AFTER_RESET = rule(
    "data.partial.after-reset",
    "After a reset a send fails with ECONNRESET, and once that was reported with EPIPE.",
    level=MUST,
    sources=[
        POSIX.send("ECONNRESET", "A connection was forcibly closed by a peer"),
        POSIX.send("EPIPE", "is no longer connected"),
    ],
    behaviours={
        "reset-then-pipe": CONFORMS,
        "reset-each-time": "ECONNRESET again",
        "pipe-each-time": "EPIPE from the first send on",
        "succeeds": "a send succeeds",
    },
    needs=["reset"],
)


@AFTER_RESET.case(family=INET)
def test_after_reset(sockets, see, case):
    sock = sockets.reset()
    got = [outcome(sock.send_with_flags, b"x", "MSG_NOSIGNAL") for _ in range(3)]
    names = {
        ("ECONNRESET", "EPIPE", "EPIPE"): "reset-then-pipe",
        ("ECONNRESET", "ECONNRESET", "ECONNRESET"): "reset-each-time",
        ("EPIPE", "EPIPE", "EPIPE"): "pipe-each-time",
    }
    see(names.get(tuple(got), "succeeds" if "succeeds" in got else got[0]), got=got)


DATAGRAM = rule(
    "data.partial.datagram-never",
    "A datagram is sent whole or not at all, however full the buffers are.",
    level=MUST,
    sources=[POSIX.send("EMSGSIZE"), POSIX.recv("DESCRIPTION", "the entire message")],
    behaviours={"whole": CONFORMS, "part": "a part is taken or arrives"},
)


@DATAGRAM.case(family=ALL, type=DGRAM, examples=6)
@given(length=st.integers(1, 8000))
def test_datagram(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    theirs.set_nonblocking(True)
    counts = []
    with suppress(SocketError):  # full
        counts.extend(theirs.send(bytes(length)) for _ in range(300))
    lengths = set()
    while ours.poll("POLLIN", 0):
        lengths.add(len(ours.recv(1 << 14)))
    whole = set(counts) == {length} and lengths == {length}
    see("whole" if whole else "part", length=length)


ROOM_AGAIN = rule(
    "data.partial.room-again",
    "Once the peer has received everything, a send on a full socket finds room again.",
    level=MUST,
    sources=[ROOM, POSIX.poll("POLLOUT", "may be written without blocking")],
    behaviours={"room": CONFORMS, "none": "poll reports no room"},
    needs=["poll"],
)


@ROOM_AGAIN.case(family=ALL)
def test_room_again(sockets, see, case):
    ours, theirs = sockets.connected()
    taken = sockets.fill(theirs)
    sockets.received(ours, taken)
    if not theirs.poll("POLLOUT", 2.0):
        see("none")
        return
    see(outcome(theirs.send, b"x", ok="room"))


FULL_URGENT = rule(
    "data.partial.urgent-when-full",
    "Urgent data finds room, or none, in a full socket.",
    level=UNSPECIFIED,
    sources=[
        XNU("bsd/kern/uipc_socket.c", "sosendcheck: 1024 bytes more for MSG_OOB"),
        POSIX.send("EAGAIN or EWOULDBLOCK"),
    ],
    behaviours={"taken": "there is room for it", "EAGAIN": "there is none"},
    needs=["oob"],
)


@FULL_URGENT.case(family=INET, type=STREAM)
def test_urgent_when_full(sockets, see, case):
    _ours, theirs = sockets.connected()
    sockets.fill(theirs)
    see(outcome(theirs.send_out_of_band, b"!", ok="taken"))
