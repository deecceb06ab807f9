"""MSG_PEEK: a receive that leaves the data in the queue."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import SocketError
from sockspec.spec import (
    BOTH,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SERVER,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

PEEK = POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread")
SOON = POSIX.recv("DESCRIPTION", "data shall be returned to the user as soon as it becomes")
WRITTEN = POSIX.recv(
    "DESCRIPTION", "shall return the length of the message written to the buffer"
)
ALL = (V4, V6, UNIX)
CONSUMED = "what the peek returned is missing from the next receives"
ELSE = "the peek returns other bytes"
DATA = b"the quick brown fox jumps over the lazy dog"


def _received(sock, size=64):
    """What the next receive returns; None where there is nothing for it."""
    sock.set_read_timeout(0.1)
    got = []
    outcome(lambda: got.append(sock.recv(size)))
    return got[0] if got else None


def _peeked(peek, *arguments):
    """What a peek returns; None where it fails because the datagram does not fit.

    That it fails is another rule's: data.peek.short-datagram.
    """
    try:
        return peek(*arguments)
    except SocketError as error:
        if error.symbol != "EMSGSIZE":
            raise
        return None


LEAVES_DATA = rule(
    "data.peek.leaves-data",
    "Peeks of any length, however often they are made, leave the data for the next receive.",
    level=MUST,
    sources=[PEEK, SOCKET2.peek(1, "without removing that data from the queue")],
    behaviours={"still-queued": CONFORMS, "consumed": CONSUMED, "something-else": ELSE},
    renamed={"left": "still-queued", "altered": "something-else"},
)


@LEAVES_DATA.case(family=ALL, type=(STREAM, DGRAM))
@given(lengths=st.lists(st.integers(1, 2 * len(DATA)), min_size=1, max_size=5))
def test_repeated(sockets, see, case, lengths):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    seen = [_peeked(ours.peek, length) for length in lengths]
    got = _received(ours)
    same = all(
        each in {DATA[:length], None} for each, length in zip(seen, lengths, strict=True)
    )
    how = "still-queued" if same else "something-else"
    see(how if got == DATA else "consumed", lengths=lengths, got=got)


LONGER = rule(
    "data.peek.longer-than-queued",
    "A peek for more than is queued on a stream returns what is queued, without waiting.",
    level=MUST,
    sources=[SOON],
    behaviours={"what-is-queued": CONFORMS, "something-else": ELSE},
)


@LONGER.case(family=ALL, mode=BOTH)
def test_longer(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    ours.set_nonblocking(case["mode"] == "nonblocking")
    got = []
    how = outcome(lambda: got.append(ours.peek(4096)), ok="what-is-queued")
    see("something-else" if got and got != [DATA] else how, got=got)


SHORT_DATAGRAM = rule(
    "data.peek.short-datagram",
    "A peek with too small a buffer leaves the whole datagram in the queue.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "and MSG_PEEK is not set in the flags argument, the excess"),
        MS.recv("MSG_PEEK", "is not removed from the input queue"),
    ],
    behaviours={
        "kept": CONFORMS,
        "shortened": "the next receive lacks a part of it",
        "something-else": ELSE,
    },
    renamed={"other-bytes": "something-else"},
)


@SHORT_DATAGRAM.case(family=ALL, type=DGRAM)
@given(size=st.integers(1, len(DATA) - 1))
def test_short_datagram(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    peeked = []
    how = outcome(lambda: peeked.append(ours.peek(size)), ok="kept")
    if how == "kept":
        whole = _received(ours) == DATA
        how = "shortened" if not whole else how if peeked == [DATA[:size]] else "something-else"
    see(how, size=size, peeked=peeked)


EMPTY_DATAGRAM = rule(
    "data.peek.zero-length-datagram",
    "A peek at a zero-length datagram returns no bytes and leaves it in the queue.",
    level=MUST,
    sources=[PEEK, MAN.recv(2, "RETURN VALUE", "permit zero-length datagrams")],
    behaviours={"kept": CONFORMS, "consumed": CONSUMED, "something-else": ELSE},
)


@EMPTY_DATAGRAM.case(family=ALL, type=DGRAM)
def test_zero_length_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"")
    theirs.send(b"behind")
    sockets.wait(ours, "POLLIN")
    peeked, received = [ours.peek(16), ours.peek(16)], [_received(ours), _received(ours)]
    how = "kept" if peeked == [b"", b""] else "something-else"
    see(how if received == [b"", b"behind"] else "consumed", peeked=peeked, received=received)


END = rule(
    "data.peek.end-of-stream",
    "A peek at the end of a stream returns no bytes, however often it is made.",
    level=MUST,
    sources=[POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown")],
    behaviours={"no-bytes": CONFORMS, "bytes": "returns bytes"},
)


@END.case(family=ALL, mode=BOTH)
def test_end_of_stream(sockets, see, case):
    sock = sockets.at_eof()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    got = []
    how = outcome(lambda: got.extend(sock.peek(8) for _ in range(3)), ok="no-bytes")
    see("bytes" if any(got) else how, got=got)


NONE_NONBLOCKING = rule(
    "data.peek.nothing-queued-nonblocking",
    "A peek on a non-blocking socket with nothing queued fails with EAGAIN.",
    level=MUST,
    sources=[
        POSIX.recv("EAGAIN or EWOULDBLOCK", "is marked O_NONBLOCK and no data is waiting"),
    ],
    behaviours={"EAGAIN": CONFORMS},
)


@NONE_NONBLOCKING.case(family=ALL, type=(STREAM, DGRAM))
def test_nothing_queued(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_nonblocking(True)
    see(outcome(ours.peek, 8))


NONE_BLOCKING = rule(
    "data.peek.nothing-queued-blocks",
    "A peek on a blocking socket with nothing queued waits, and returns what arrives.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "shall block until a message arrives")],
    behaviours={
        "waits": CONFORMS,
        "returns-early": "it returns before anything has arrived",
        "consumed": CONSUMED,
        "something-else": ELSE,
    },
)


@NONE_BLOCKING.case(family=ALL, type=(STREAM, DGRAM))
def test_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    peek = sockets.start("recv", ours, 64, sockets.number("MSG_PEEK"))
    blocked = peek.is_blocked()
    theirs.send(DATA)
    got = []
    how = outcome(lambda: got.append(peek.result()), ok="waits")
    if got:
        how = (
            "consumed"
            if _received(ours) != DATA
            else "something-else"
            if got != [DATA]
            else how
        )
    see(how if blocked else "returns-early", got=got)


REAL_LENGTH = rule(
    "data.peek.truncated-length",
    "Whether a peek with MSG_TRUNC returns the length of the whole datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram"),
        WRITTEN,
    ],
    behaviours={
        "real-length": "it returns the length of the datagram",
        "buffer-length": "it returns the length of what fits into the buffer",
        "another-length": "it returns another length",
    },
)


@REAL_LENGTH.case(family=ALL, type=DGRAM)
@given(size=st.integers(1, len(DATA) - 1))
def test_truncated_length(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    lengths = []
    how = outcome(lambda: lengths.append(ours.recv_length(size, ("MSG_PEEK", "MSG_TRUNC"))))
    if lengths:
        names = {len(DATA): "real-length", size: "buffer-length"}
        how = names.get(lengths[0], "another-length")
    see(how, size=size, got=lengths)


SENDER = rule(
    "data.peek.sender",
    "A peek returns the address of the datagram's sender.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.recvfrom(
            "DESCRIPTION", "the source address of the received message shall be stored"
        ),
        SOCKET2.peek_from(4, "the address from whence the data came"),
    ],
    behaviours={
        "sender": CONFORMS,
        "another-address": "it returns another address",
        "no-address": "it returns none",
    },
    renamed={"other": "another-address", "none": "no-address"},
)


@SENDER.case(family=ALL, type=DGRAM, size=("whole", "short"))
def test_sender(sockets, see, case):
    ours, one, two = sockets.bound(), sockets.bound(), sockets.bound()
    one.send_to(DATA, ours.local_addr())
    sockets.wait(ours, "POLLIN")
    two.send_to(DATA, ours.local_addr())
    peeked = []
    size = 64 if case["size"] == "whole" else 3
    how = outcome(lambda: peeked.append(ours.peek_from(size)[1]), ok="sender")
    if peeked == [None]:
        how = "no-address"
    elif peeked and peeked != [one.local_addr()]:
        how = "another-address"
    see(how)


SENDER_LEAVES = rule(
    "data.peek.sender-leaves-data",
    "A peek that returns the sender leaves the data for the next receive.",
    level=MUST,
    sources=[
        PEEK,
        SOCKET2.peek_from(1, "Receives data from the socket, without removing it from the"),
    ],
    behaviours={"still-queued": CONFORMS, "consumed": CONSUMED},
)


@SENDER_LEAVES.case(family=ALL, type=(STREAM, DGRAM))
def test_sender_leaves(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    ours.peek_from(64)
    got = _received(ours)
    see("still-queued" if got == DATA else "consumed", got=got)


PENDING_ERROR = rule(
    "data.peek.pending-error",
    "Whether a peek that fails with a connection's pending error clears it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter("2.10.10", quote="and the pending error is then cleared"),
        POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer"),
    ],
    behaviours={
        "cleared": "the next receive does not fail with it",
        "kept": "the next receive fails with it",
        "not-reported": "the peek does not fail with it",
    },
    renamed={"taken": "cleared"},
    needs=["reset"],
)


@PENDING_ERROR.case(family=INET)
def test_pending_error(sockets, see, case):
    sock = sockets.reset()
    peeked, received = outcome(sock.peek, 1), outcome(sock.recv, 1)
    how = "kept" if received == "ECONNRESET" else "cleared"
    see(how if peeked == "ECONNRESET" else "not-reported", peeked=peeked, received=received)


VECTORED = rule(
    "data.peek.vectored",
    "A peek into several buffers fills them in order and leaves the data in the queue.",
    level=MUST,
    sources=[
        PEEK,
        POSIX.recvmsg("DESCRIPTION, MSG_PEEK", "Peeks at the incoming message"),
        SOCKET2.recv_vectored_with_flags(1, "allows for specification of arbitrary flags"),
    ],
    behaviours={"still-queued": CONFORMS, "consumed": CONSUMED, "something-else": ELSE},
    renamed={"left": "still-queued"},
    needs=["messages"],
)


@VECTORED.case(family=ALL, type=(STREAM, DGRAM))
@given(sizes=st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_vectored(sockets, see, case, sizes):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    peeked = []
    how = outcome(
        lambda: peeked.append(_peeked(ours.recv_vectored_with_flags, [*sizes, 1], "MSG_PEEK"))
    )
    if how != "succeeds":
        see(how, sizes=sizes)
        return
    shown = None if peeked == [None] else b"".join(peeked[0][0])
    how = "still-queued" if shown in {DATA[: sum(sizes) + 1], None} else "something-else"
    see(how if _received(ours) == DATA else "consumed", sizes=sizes, shown=shown)


DONT_WAIT = rule(
    "data.peek.dont-wait",
    "Whether a peek with MSG_DONTWAIT fails with EAGAIN when nothing is queued is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recv(2, "MSG_DONTWAIT", "if the operation would block, the call fails")],
    behaviours={"EAGAIN": "it fails with it and does not wait"},
)


@DONT_WAIT.case(family=ALL, type=(STREAM, DGRAM))
def test_dont_wait(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(outcome(ours.recv_with_flags, 8, ("MSG_PEEK", "MSG_DONTWAIT")))


AFTER_READ = rule(
    "data.peek.after-partial-read",
    "A peek after a part of a stream was received begins with the rest.",
    level=MUST,
    sources=[PEEK, POSIX.chapter("2.10.11", quote="until it is removed by a receive call")],
    behaviours={"rest": CONFORMS, "something-else": ELSE},
)


@AFTER_READ.case(family=ALL)
@given(taken=st.integers(1, len(DATA) - 1), asked=st.integers(1, 64))
def test_after_partial_read(sockets, see, case, taken, asked):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    ours.recv(taken)
    got = ours.peek(asked)
    right = got == DATA[taken:][:asked]
    see("rest" if right else "something-else", taken=taken, asked=asked, got=got)


AVAILABLE = rule(
    "data.peek.available-unchanged",
    "A peek does not change the number of bytes that FIONREAD reports.",
    level=MUST,
    sources=[PEEK],
    behaviours={"as-before": CONFORMS, "changed": "it reports another number"},
    aliases=["data.peek.still-readable"],
    needs=["ioctl"],
)


@AVAILABLE.case(family=ALL, type=(STREAM, DGRAM))
def test_available_unchanged(sockets, see, case):
    # That poll() reports POLLIN as before is readiness.poll.peeked.
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    before = ours.available()
    _peeked(ours.peek, 7)
    after = ours.available()
    see("as-before" if after == before else "changed", before=before, after=after)


OFFSET = rule(
    "data.peek.offset",
    "Whether SO_PEEK_OFF sets where a peek begins, and a peek moves it on, is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.socket(7, "SO_PEEK_OFF", "will be incremented by the number of bytes that were")
    ],
    behaviours={
        "moves-on": "the next peek begins behind what this one returned",
        "stands-still": "every peek begins at the queue's beginning",
        "something-else": ELSE,
    },
)


@OFFSET.case(family=ALL, type=STREAM)
def test_offset(sockets, see, case):
    # The example of socket(7), SO_PEEK_OFF.
    ours, theirs = sockets.connected()
    theirs.send(b"aabbccddeeff")
    sockets.wait(ours, "POLLIN")
    how = outcome(ours.set_int, "SOL_SOCKET", "SO_PEEK_OFF", 4)
    got = [ours.peek(2), ours.peek(2), ours.recv(2), ours.peek(2)]
    if how == "succeeds":
        first = got == [b"aa", b"aa", b"aa", b"bb"]
        wanted = [b"cc", b"dd", b"aa", b"ee"]
        how = "moves-on" if got == wanted else "stands-still" if first else "something-else"
    see(how, got=got)
