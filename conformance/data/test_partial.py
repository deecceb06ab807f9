"""Sends that find too little room: partial, failing, or waiting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
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
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
COUNT = POSIX.send("RETURN VALUE", "shall return the number of bytes sent")
FULL_FAILS = POSIX.send("EAGAIN or EWOULDBLOCK", "the requested operation would block")
RESET_FAILS = POSIX.send("ECONNRESET", "A connection was forcibly closed by a peer")
GONE_FAILS = POSIX.send("EPIPE", "is connection-mode and is no longer connected")
ZERO, MORE = "returns zero", "sends more than there can be room for"


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
    "A non-blocking send of more than there is room for sends the beginning and counts it.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.7", quote="transfer only as much as is available, and then return"),
        COUNT,
    ],
    behaviours={
        "beginning": CONFORMS,
        "all": MORE,
        "zero": ZERO,
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
    counts = []
    how = outcome(lambda: counts.append(theirs.send(data)), ok="beginning")
    theirs.shutdown("SHUT_WR")
    got = _read_all(ours)
    if counts:
        (count,) = counts
        how = (
            "altered" if got != data[:count] else {0: "zero", len(data): "all"}.get(count, how)
        )
    see(how, counts=counts, got=len(got))


COUNTED = rule(
    "data.partial.all-counted",
    "As many bytes arrive as many non-blocking sends returned together.",
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
    "A send on a full non-blocking socket fails with EAGAIN.",
    level=MUST,
    sources=[FULL_FAILS],
    behaviours={"EAGAIN": CONFORMS, "zero": ZERO},
)
FULL_DONT_WAIT = rule(
    "data.partial.full-dont-wait",
    "Whether a send with MSG_DONTWAIT on a full socket fails with EAGAIN is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.send(2, "MSG_DONTWAIT", "if the operation would block, EAGAIN or EWOULDBLOCK")
    ],
    behaviours={"zero": ZERO},
    split_from=["data.partial.full"],
)


@FULL.case(family=ALL, by=("send", "sendmsg"), mode="socket")
@FULL_DONT_WAIT.case(family=ALL, by=("send", "sendmsg"), mode="flag")
def test_full(sockets, see, case):
    _ours, theirs = sockets.connected()
    flags = "MSG_DONTWAIT" if case["mode"] == "flag" else 0
    call = {
        "send": lambda: theirs.send_with_flags(b"x", flags),
        "sendmsg": lambda: theirs.send_vectored_with_flags([b"x"], flags),
    }[case["by"]]

    def send():
        theirs.set_nonblocking(case["mode"] == "socket")
        counts = []
        how = outcome(lambda: counts.append(call()))
        return "zero" if counts == [0] else how

    see(sockets.when_full(theirs, send, taken="succeeds"))


WAITS = {
    "waits-and-takes-all": CONFORMS,
    "short": "sends a part of the bytes",
    "returns-early": "returns before there is room",
}
BLOCKS = rule(
    "data.partial.blocking-waits",
    "A blocking send waits for room until it has sent all bytes.",
    level=MUST,
    sources=[
        POSIX.send("DESCRIPTION", "send() shall block until space is available"),
        POSIX.chapter("2.10.16", "SO_SNDLOWAT", "process all of the data supplied by the call"),
    ],
    behaviours=WAITS,
)
BLOCKS_VECTORED = rule(
    "data.partial.blocking-vectored",
    "A blocking send of several buffers waits for room until it has sent all of them.",
    level=MUST,
    sources=[
        POSIX.sendmsg(
            "DESCRIPTION", "the sendmsg() function shall block until space is available"
        ),
        POSIX.chapter("2.10.16", "SO_SNDLOWAT", "process all of the data supplied by the call"),
    ],
    behaviours=WAITS,
    needs=["messages"],
)


def _waiting(sockets, call, *arguments):
    """How a blocking send of 256 KiB on a full socket goes while the peer receives."""
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    theirs.set_nonblocking(False)
    send = sockets.start(call, theirs, *arguments)
    blocked = send.is_blocked()
    _make_room(ours, send)
    counts = []
    how = outcome(lambda: counts.append(send.result()), ok="waits-and-takes-all")
    if counts and counts != [1 << 18]:
        how = "short"
    return how if blocked or not counts else "returns-early"


@BLOCKS.case(family=ALL)
def test_blocks(sockets, see, case):
    see(_waiting(sockets, "send", bytes(1 << 18), 0))


@BLOCKS_VECTORED.case(family=ALL)
def test_blocks_vectored(sockets, see, case):
    see(_waiting(sockets, "sendmsg", [bytes(1 << 15)] * 8, (), 0, None))


TIMEOUT = rule(
    "data.partial.send-timeout",
    "After SO_SNDTIMEO a send returns the number of bytes sent, or fails with EAGAIN if none.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_SNDTIMEO", "it shall return with a partial count"),
        SOCKET2.set_write_timeout(1, "Set value for the SO_SNDTIMEO option on this socket"),
    ],
    behaviours={
        "as-promised": CONFORMS,
        "all": MORE,
        "zero": ZERO,
        "lost": "fails although bytes were sent",
        "miscounted": "returns another number than arrives",
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
        how = {0: "zero", more: "all", got: "as-promised"}.get(counts[0], "miscounted")
    elif how == "EAGAIN":
        how = "as-promised" if got == 0 else "lost"
    see(how, counts=counts, got=got)


RESET = rule(
    "data.partial.reset-while-waiting",
    "A send that waits for room fails when the peer resets the connection.",
    level=MUST,
    sources=[RESET_FAILS, GONE_FAILS],
    behaviours={"ECONNRESET": CONFORMS, "EPIPE": CONFORMS},
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
    "The first send after a reset fails with ECONNRESET, and later ones with EPIPE.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.15", "ECONNRESET", "The peer has aborted the connection"),
        POSIX.chapter("2.10.10", quote="returned in response to a subsequent send()"),
        GONE_FAILS,
    ],
    behaviours={
        "reset-then-pipe": CONFORMS,
        "reset-each-time": "every send fails with ECONNRESET",
        "pipe-each-time": "every send fails with EPIPE",
        "another-sequence": "the sends fail with other errors, or in another order",
    },
    aliases=["state.send.reset"],
    renamed={"sent": "succeeds"},
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
    how = "succeeds" if "succeeds" in got else "another-sequence"
    see(names.get(tuple(got), how), got=got)


DATAGRAM = rule(
    "data.partial.datagram-never",
    "A datagram is sent whole or not at all, however full the queues are.",
    level=MUST,
    sources=[
        POSIX.send("DESCRIPTION", "send() shall fail and no data shall be transmitted"),
        POSIX.chapter("2.10.6", "SOCK_DGRAM", "must be sent in a single output operation"),
    ],
    behaviours={"whole": CONFORMS, "part": "a part of one is sent or arrives"},
)


@DATAGRAM.case(family=ALL, type=DGRAM, examples=6)
@given(length=st.integers(1, 8000))
def test_datagram(sockets, see, case, length):
    ours, theirs = sockets.connected()
    theirs.set_nonblocking(True)
    data = bytes(place % 251 for place in range(length))
    counts = []
    for _ in range(300):
        how = outcome(lambda: counts.append(theirs.send(data)))
        if how != "succeeds":  # the queue is full
            break
    if not counts:
        see(how, length=length)
        return
    sockets.wait(ours, "POLLIN")
    arrived = set()
    while ours.poll("POLLIN", 0):
        arrived.add(ours.recv(1 << 14))
    whole = set(counts) == {length} and arrived == {data}
    see("whole" if whole else "part", length=length)


ROOM_AGAIN = rule(
    "data.partial.room-again",
    "A send on a full socket succeeds again once the peer has received everything.",
    level=MUST,
    sources=[
        POSIX.send("DESCRIPTION", "determine when it is possible to send more data"),
        POSIX.poll("POLLOUT", "Normal data may be written without blocking"),
    ],
    behaviours={"succeeds": CONFORMS},
    renamed={"room": "succeeds", "none": "EAGAIN"},
    needs=["poll"],
)


@ROOM_AGAIN.case(family=ALL)
def test_room_again(sockets, see, case):
    ours, theirs = sockets.connected()
    count = sockets.fill(theirs)
    sockets.received(ours, count)
    theirs.poll("POLLOUT", 2.0)  # that poll reports the room is readiness.poll.emptied
    see(outcome(theirs.send, b"x"))


FULL_URGENT = rule(
    "data.partial.urgent-when-full",
    "Whether a full non-blocking socket has room for urgent data is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.send("MSG_OOB", "semantics of out-of-band data are protocol-specific"),
        FULL_FAILS,
    ],
    behaviours={"succeeds": "there is room for it", "EAGAIN": "there is none"},
    renamed={"taken": "succeeds"},
    needs=["oob"],
)


@FULL_URGENT.case(family=INET, type=STREAM)
def test_urgent_when_full(sockets, see, case):
    _ours, theirs = sockets.connected()
    sockets.fill(theirs)
    see(outcome(theirs.send_out_of_band, b"!"))
