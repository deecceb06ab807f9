"""read() and write() on a socket, and their vectored forms, beside recv() and send()."""

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
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

ALL = (*INET, UNIX)
READ = POSIX.read("DESCRIPTION", "read() shall be equivalent to recv() with no flags set")
WRITE = POSIX.write("DESCRIPTION", "write() shall be equivalent to send() with no flags set")
VECTOR = MAN.readv(2, "DESCRIPTION", "works just like read(2) except that multiple buffers are")
GATHER = MAN.readv(
    2, "DESCRIPTION", "works just like write(2) except that multiple buffers are"
)
ALTERED = "other bytes, or in another order"


def answer(call, *arguments):
    """How a call ended and what it returned."""
    returned = []
    how = outcome(lambda: returned.append(call(*arguments)))
    return how, returned


def readable(sockets, state):
    """A connected socket with something to receive, or a reason not to wait for it."""
    ours, theirs = sockets.connected()
    if state == "data":
        theirs.send(b"some data")
        sockets.wait(ours, "POLLIN")
    elif state == "two-sends":
        theirs.send(b"some")
        theirs.send(b"data")
        sockets.wait(ours, "POLLIN")
    elif state == "end":
        theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
    elif state == "shut":
        ours.shutdown("SHUT_RD")
    else:
        ours.set_nonblocking(True)
    return ours


READ_AS_RECV = rule(
    "data.read-write.read-as-recv",
    "read() on a socket returns what recv() without flags returns.",
    level=MUST,
    sources=[READ],
    behaviours={"same": CONFORMS, "different": "the two do not return the same"},
    needs=["read-write"],
)


@READ_AS_RECV.case(family=ALL, type=STREAM, state=("data", "end", "shut", "nothing"))
@READ_AS_RECV.case(family=ALL, type=DGRAM, state=("data", "two-sends", "nothing"))
@given(size=st.integers(1, 20))
def test_read_as_recv(sockets, see, case, size):
    by_recv = answer(readable(sockets, case["state"]).recv, size)
    ours = readable(sockets, case["state"])
    by_read = answer(sockets.backend.read, ours.handle, size)
    see("same" if by_read == by_recv else "different", recv=by_recv, read=by_read)


READV = rule(
    "data.read-write.readv-fills-in-order",
    "readv() on a socket fills its buffers one after the other, as one read() would.",
    level=MUST,
    sources=[READ, VECTOR],
    behaviours={"in-order": CONFORMS, "altered": ALTERED},
    needs=["vectors"],
)


@READV.case(family=ALL, type=(STREAM, DGRAM))
@given(
    data=st.binary(min_size=1, max_size=300),
    sizes=st.lists(st.integers(0, 100), min_size=1, max_size=8).filter(any),
)
def test_readv(sockets, see, case, data, sizes):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    parts = sockets.backend.readv(ours.handle, sizes)
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    wanted = tuple(data[start:][:size] for start, size in zip(starts, sizes, strict=True))
    see("in-order" if parts == wanted else "altered", length=len(data), sizes=sizes)


def not_writable(sockets, state):
    """A socket on which nothing can be sent now."""
    if state == "unconnected":
        return sockets.new()
    ours, _theirs = sockets.connected()
    if state == "shut":
        ours.shutdown("SHUT_WR")
    else:
        sockets.fill(ours)
    return ours


WRITE_AS_SEND = rule(
    "data.read-write.write-as-send",
    "write() on a socket does what send() without flags does.",
    level=MUST,
    sources=[WRITE],
    behaviours={
        "same": CONFORMS,
        "different": "the two do not return the same",
        "altered": ALTERED,
    },
    needs=["read-write"],
)


@WRITE_AS_SEND.case(family=ALL, type=(STREAM, DGRAM), state="connected")
@given(data=st.binary(min_size=1, max_size=200))
def test_write_as_send(sockets, see, case, data):
    ours, peer = sockets.connected()
    by_send = answer(ours.send, data)
    other, theirs = sockets.connected()
    by_write = answer(sockets.backend.write, other.handle, data)
    how = "same" if by_write == by_send else "different"
    if how == "same":
        sent = [sockets.received(each, len(data)) for each in (peer, theirs)]
        how = "same" if sent == [data, data] else "altered"
    see(how, send=by_send, write=by_write)


@WRITE_AS_SEND.case(family=ALL, type=STREAM, state=("shut", "full", "unconnected"))
@WRITE_AS_SEND.case(family=ALL, type=DGRAM, state=("shut", "unconnected"))
def test_write_as_send_what_does_not_go(sockets, see, case):
    by_send = answer(not_writable(sockets, case["state"]).send, b"data")
    handle = not_writable(sockets, case["state"]).handle
    by_write = answer(sockets.backend.write, handle, b"data")
    see("same" if by_write == by_send else "different", send=by_send, write=by_write)


WRITEV = rule(
    "data.read-write.writev-gathers-in-order",
    "writev() on a socket sends its buffers in order, as one write() would.",
    level=MUST,
    sources=[WRITE, GATHER],
    behaviours={
        "in-order": CONFORMS,
        "altered": ALTERED,
        "miscounted": "the call returns another number than was sent",
    },
    needs=["vectors"],
)


@WRITEV.case(family=ALL, type=(STREAM, DGRAM))
@given(parts=st.lists(st.binary(max_size=100), min_size=1, max_size=8).filter(any))
def test_writev(sockets, see, case, parts):
    ours, theirs = sockets.connected()
    whole = b"".join(parts)
    count = sockets.backend.writev(ours.handle, parts)
    got = sockets.received(theirs, len(whole))
    how = "in-order" if count == len(whole) else "miscounted"
    see(how if got == whole else "altered", lengths=[len(part) for part in parts])


FILE = MAN.sendfile(2, "DESCRIPTION", "copies data between one file descriptor and another")
OFFSET = MAN.sendfile(2, "DESCRIPTION", "sendfile() does not modify the file offset of in_fd")
MOVES = MAN.sendfile(2, "DESCRIPTION", "file offset will be updated by the call")
SENDFILE = rule(
    "data.read-write.sendfile-sends-content",
    "Whether sendfile() sends the file's bytes from its offset on is unspecified.",
    level=UNSPECIFIED,
    sources=[FILE, OFFSET, MOVES],
    behaviours={
        "content": "sends these bytes, and moves the file only without an offset",
        "altered": ALTERED,
        "moved": "the file is left at another place",
    },
    needs=["sendfile", "no-sockets", "read-write"],
)


@SENDFILE.case(family=(V4, UNIX), offset=("given", "none"))
@given(content=st.binary(min_size=1, max_size=300), start=st.integers(0, 100))
def test_sendfile(sockets, see, case, content, start):
    ours, theirs = sockets.connected()
    file = sockets.of(sockets.backend.file(content))
    skipped = min(start, len(content) - 1)
    offset = skipped if case["offset"] == "given" else None
    if offset is None and skipped:
        sockets.backend.read(file.handle, skipped)
    count = sockets.backend.sendfile(ours.handle, file.handle, offset, 1000)
    got = sockets.received(theirs, len(content) - skipped)
    left = sockets.backend.read(file.handle, 1000)
    how = "content" if left == (content if offset is not None else b"") else "moved"
    right = got == content[skipped:] and count == len(got)
    see(how if right else "altered", length=len(content), skipped=skipped, count=count)


NOTHING = rule(
    "data.read-write.reads-nothing",
    "Whether read() of no bytes removes a datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recv(2, "NOTES", "zero-length datagram is pending, read(2) and recv()")],
    behaviours={
        "still-queued": "the datagram is still there",
        "removed": "the next receive returns the one behind it",
    },
    needs=["read-write"],
)


@NOTHING.case(family=ALL, type=DGRAM, length=("some", "zero"))
def test_reads_nothing(sockets, see, case):
    first = b"first" if case["length"] == "some" else b""
    ours, theirs = sockets.connected()
    for data in (first, b"second"):
        theirs.send(data)
    sockets.wait(ours, "POLLIN")
    how = outcome(sockets.backend.read, ours.handle, 0)
    if how == "succeeds":
        how = "still-queued" if ours.recv(16) == first else "removed"
    see(how)


WRITES_NOTHING = rule(
    "data.read-write.writes-nothing",
    "Whether write() of no bytes sends an empty datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.write(2, "RETURN VALUE", "the results are not specified")],
    behaviours={"sent": "an empty datagram is received", "not-sent": "nothing is received"},
    needs=["read-write"],
)


@WRITES_NOTHING.case(family=ALL, type=DGRAM)
def test_writes_nothing(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(sockets.backend.write, theirs.handle, b"", ok="sent")
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    see("not-sent" if how == "sent" and ours.recv(16) else how)


PART = rule(
    "data.read-write.sendfile-sends-part",
    "Whether sendfile() moves a file by just what it has sent is unspecified.",
    level=UNSPECIFIED,
    sources=[MOVES],
    behaviours={
        "by-what-was-sent": "the file is behind the last byte that was sent",
        "elsewhere": "the file is at another place",
    },
    needs=["sendfile", "no-sockets", "read-write"],
)


@PART.case(family=(V4, UNIX))
def test_sendfile_part(sockets, see, case):
    ours, _theirs = sockets.connected()
    content = bytes(range(256)) * 0x4000
    file = sockets.of(sockets.backend.file(content))
    ours.set_send_buffer_size(0x4000)
    ours.set_nonblocking(True)
    counts = []
    send = sockets.backend.sendfile
    how = outcome(
        lambda: counts.append(send(ours.handle, file.handle, None, len(content))),
        ok="by-what-was-sent",
    )
    if counts and counts[0] < len(content):
        left = sockets.backend.read(file.handle, 8)
        how = how if left == content[counts[0] :][:8] else "elsewhere"
    see(how, sent=counts)
