"""MSG_PEEK: looking at what is queued without taking it."""

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
    MAY,
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

PEEK = POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread")
ALL = (V4, V6, UNIX)
DATA = b"the quick brown fox jumps over the lazy dog"


def _received(sock, size=64):
    """What the next receive returns; None where a peek has left nothing for it."""
    sock.set_read_timeout(0.1)
    got = []
    outcome(lambda: got.append(sock.recv(size)))
    return got[0] if got else None


def _peeked(peek, *arguments):
    """What a peek shows; None where it is refused, as the datagram does not fit.

    That it is refused is another rule's: data.peek.short-datagram.
    """
    try:
        return peek(*arguments)
    except SocketError as error:
        if error.symbol != "EMSGSIZE":
            raise
        return None


LEAVES_DATA = rule(
    "data.peek.leaves-data",
    "What was peeked at, in pieces of any length and any number of times, is received next.",
    level=MUST,
    sources=[PEEK, SOCKET2.peek(1)],
    behaviours={
        "left": CONFORMS,
        "consumed": "what was peeked at is missing from what is received",
        "altered": "a peek shows something else than is received",
    },
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
    see("consumed" if got != DATA else "left" if same else "altered", lengths=lengths, got=got)


LONGER = rule(
    "data.peek.longer-than-queued",
    "A peek for more than is queued on a stream returns what there is, without waiting.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "data shall be returned to the user as soon as")],
    behaviours={"what-is-queued": CONFORMS, "something-else": "returns other bytes"},
)


@LONGER.case(family=ALL, mode=BOTH)
def test_longer(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    ours.set_nonblocking(case["mode"] == "nonblocking")
    got = ours.peek(4096)
    see("what-is-queued" if got == DATA else "something-else", got=got)


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
        "other-bytes": "the peek does not show the datagram's beginning",
    },
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
        how = "shortened" if not whole else how if peeked == [DATA[:size]] else "other-bytes"
    see(how, size=size, peeked=peeked)


EMPTY_DATAGRAM = rule(
    "data.peek.zero-length-datagram",
    "A peek at a zero-length datagram returns no bytes and leaves it in the queue.",
    level=MUST,
    sources=[PEEK, MAN.recv(2, "RETURN VALUE, zero-length datagrams")],
    behaviours={"kept": CONFORMS, "consumed": "the datagram behind it comes next"},
)


@EMPTY_DATAGRAM.case(family=ALL, type=DGRAM)
def test_zero_length_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"")
    theirs.send(b"behind")
    sockets.wait(ours, "POLLIN")
    got = [ours.peek(16), ours.peek(16), _received(ours), _received(ours)]
    see("kept" if got == [b"", b"", b"", b"behind"] else "consumed", got=got)


END = rule(
    "data.peek.end-of-stream",
    "At the end of a stream a peek returns no bytes, however often it is made.",
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
    sources=[POSIX.recv("EAGAIN or EWOULDBLOCK")],
    behaviours={"EAGAIN": CONFORMS, "succeeds": "returns"},
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
        "returns-early": "returns before anything arrived",
        "something-else": "returns other bytes than arrived",
    },
)


@NONE_BLOCKING.case(family=ALL, type=(STREAM, DGRAM))
def test_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    peek = sockets.start("recv", ours, 64, sockets.number("MSG_PEEK"))
    blocked = peek.is_blocked()
    theirs.send(DATA)
    right = peek.result() == DATA and _received(ours) == DATA
    see("returns-early" if not blocked else "waits" if right else "something-else")


WAIT_ALL = rule(
    "data.peek.wait-all",
    "A peek with MSG_WAITALL waits for all that was asked for or returns what is queued.",
    level=MAY,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_WAITALL", "if MSG_PEEK was specified"),
        MS.recv("MSG_WAITALL"),
    ],
    behaviours={"waits-for-all": CONFORMS, "returns-what-is-queued": CONFORMS},
)


@WAIT_ALL.case(family=ALL)
def test_wait_all(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = sockets.number("MSG_PEEK") | sockets.number("MSG_WAITALL")
    peek = sockets.start("recv", ours, 6, flags)
    if peek.is_blocked():
        theirs.send(b"def")
        see("waits-for-all" if peek.result() == b"abcdef" else "returns-what-is-queued")
    else:
        see(outcome(peek.result, ok="returns-what-is-queued"))


REAL_LENGTH = rule(
    "data.peek.truncated-length",
    "A peek with MSG_TRUNC in its flags tells how long the whole datagram is.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram"),
        POSIX.recv("DESCRIPTION, flags"),
    ],
    behaviours={
        "real-length": "returns the length of the datagram",
        "buffer-length": "returns the length of what fitted",
    },
)


@REAL_LENGTH.case(family=ALL, type=DGRAM)
@given(size=st.integers(1, len(DATA) - 1))
def test_truncated_length(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    told = []
    peek = ("MSG_PEEK", "MSG_TRUNC")
    how = outcome(lambda: told.append(ours.recv_length(size, peek)), ok="buffer-length")
    see("real-length" if told == [len(DATA)] else how, size=size, got=told)


SENDER = rule(
    "data.peek.sender",
    "A peek shows the address of the datagram's sender.",
    level=MUST,
    sources=[POSIX.recvfrom("DESCRIPTION, address"), SOCKET2.peek_from(1)],
    behaviours={"sender": CONFORMS, "other": "shows another address", "none": "shows none"},
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
        how = "none"
    elif peeked and peeked != [one.local_addr()]:
        how = "other"
    see(how)


PENDING_ERROR = rule(
    "data.peek.pending-error",
    "A peek that fails with the pending error of the connection takes the error with it.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("ECONNRESET"), POSIX.chapter("2.10.16", "SO_ERROR")],
    behaviours={
        "taken": "the next receive does not fail with it",
        "kept": "the next receive fails with it",
    },
    needs=["reset"],
)


@PENDING_ERROR.case(family=INET)
def test_pending_error(sockets, see, case):
    sock = sockets.reset()
    peeked, received = outcome(sock.peek, 1), outcome(sock.recv, 1)
    how = "kept" if received == "ECONNRESET" else "taken"
    see(how if peeked == "ECONNRESET" else "taken", peeked=peeked, received=received)


VECTORED = rule(
    "data.peek.vectored",
    "A peek into several buffers fills them in order and takes nothing.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, MSG_PEEK"), SOCKET2.recv_vectored_with_flags(1)],
    behaviours={"left": CONFORMS, "consumed": "taken or altered"},
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
    filled = shown in {DATA[: sum(sizes) + 1], None}
    see("left" if filled and _received(ours) == DATA else "consumed", sizes=sizes, shown=shown)


DONT_WAIT = rule(
    "data.peek.dont-wait",
    "A peek with MSG_DONTWAIT on a blocking socket fails with EAGAIN when nothing is queued.",
    level=MUST,
    sources=[MAN.recv(2, "MSG_DONTWAIT", "if the operation would block, the call fails")],
    behaviours={"EAGAIN": CONFORMS, "succeeds": "returns"},
)


@DONT_WAIT.case(family=ALL, type=(STREAM, DGRAM))
def test_dont_wait(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(outcome(ours.recv_with_flags, 8, ("MSG_PEEK", "MSG_DONTWAIT")))


AFTER_READ = rule(
    "data.peek.after-partial-read",
    "After a part of a stream was received, a peek shows the rest from there on.",
    level=MUST,
    sources=[PEEK],
    behaviours={"rest": CONFORMS, "something-else": "shows other bytes"},
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


STILL_READABLE = rule(
    "data.peek.still-readable",
    "After a peek the socket is as readable as before, with as many bytes.",
    level=MUST,
    sources=[PEEK, POSIX.poll("POLLIN")],
    behaviours={"as-before": CONFORMS, "changed": "less readable than before the peek"},
    needs=["poll", "ioctl"],
)


@STILL_READABLE.case(family=ALL, type=(STREAM, DGRAM))
def test_still_readable(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    before = ours.available()
    _peeked(ours.peek, 7)
    same = ours.available() == before and "POLLIN" in ours.poll("POLLIN", 0)
    see("as-before" if same else "changed")


OFFSET = rule(
    "data.peek.offset",
    "With SO_PEEK_OFF a peek begins at the offset and moves it on by what it showed.",
    level=MAY,
    sources=[MAN.socket(7, "SO_PEEK_OFF")],
    behaviours={
        "moves-on": CONFORMS,
        "stands-still": "every peek shows the queue's beginning",
        "something-else": "a peek shows other bytes",
    },
)


@OFFSET.case(family=(V4, V6, UNIX), type=STREAM)
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
