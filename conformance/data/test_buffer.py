"""What a receive leaves in its buffer behind the bytes that it counts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    rule,
)

ALL = (*INET, UNIX)
PATTERN = bytes([0xA5, 0x5A, 0xC3, 0x3C])
CALLS = ("recv", "recvfrom", "read")
WHOLE = SOCKET2.recv(5, "promises to not write uninitialised bytes to the buffer")


def pattern(size):
    return (PATTERN * size)[:size]


def received(sockets, sock, call, size, flags=(), more=0):
    """A receive into a buffer full of a pattern: what it returned, and the whole buffer.

    The buffer is longer than the call is told by `more` bytes.
    """
    mask = 0
    for each in flags:
        mask |= sockets.number(each)
    arguments = [pattern(size + more), size, mask]
    if call == "recvfrom":
        arguments += [None, None]
    if call == "read":
        arguments = arguments[:2]
    count, (buffer,) = sockets.backend.raw_call(sock.handle, call, arguments)
    return count, buffer


BEHIND = rule(
    "data.buffer.behind-count",
    "Whether a receive changes its buffer behind the bytes that it counts is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("RETURN VALUE", "recv() shall return the length of the message in bytes"),
        WHOLE,
    ],
    behaviours={
        "untouched": "the rest of the buffer is as it was",
        "overwritten": "bytes behind those that are counted have changed",
        "altered": "the bytes that are counted are not those that were sent",
    },
    needs=["raw-call"],
)


@BEHIND.case(family=ALL, type=(STREAM, DGRAM), call=CALLS, flag="none")
@BEHIND.case(family=ALL, type=(STREAM, DGRAM), call=("recv", "recvfrom"), flag="peek")
@given(data=st.binary(min_size=1, max_size=100), spare=st.integers(0, 200))
def test_behind_count(sockets, see, case, data, spare):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    flags = ("MSG_PEEK",) if case["flag"] == "peek" else ()
    count, buffer = received(sockets, ours, case["call"], len(data) + spare, flags)
    how = "untouched" if buffer[count:] == pattern(len(buffer))[count:] else "overwritten"
    see(how if buffer[:count] == data[:count] else "altered", length=len(data), spare=spare)


BEYOND = rule(
    "data.buffer.never-beyond-size",
    "A receive writes nothing behind the length that it was given.",
    level=MUST,
    sources=[
        POSIX.recv(
            "DESCRIPTION, length", "Specifies the length in bytes of the buffer pointed"
        ),
    ],
    behaviours={"within": CONFORMS, "beyond": "writes behind the length"},
    needs=["raw-call"],
)


@BEYOND.case(family=ALL, type=(STREAM, DGRAM), call=CALLS)
@given(data=st.binary(min_size=2, max_size=100), size=st.integers(0, 60))
def test_never_beyond_size(sockets, see, case, data, size):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    _count, buffer = received(sockets, ours, case["call"], size, more=200 - size)
    see("within" if buffer[size:] == pattern(200)[size:] else "beyond", sent=data, size=size)
