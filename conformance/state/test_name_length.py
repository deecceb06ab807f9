"""Names that come back into less room than they need, and into more."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

ALL = (*INET, UNIX)
CALLS = ("getsockname", "getpeername", "accept")
ROOM = ("none", "one", "family", "half", "whole", "more")
PATTERN = bytes([0xA5, 0x5A, 0xC3, 0x3C]) * 64
CUT = "the stored address shall be truncated"


def named(sockets, call):
    """A socket whose name a call returns: bound by path, so that none is empty."""
    listener, client = sockets.listener(), sockets.bound()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    if call == "accept":
        return listener
    return sockets.accepted(listener) if call == "getpeername" else client


def asked(sockets, sock, call, room):
    """A name in `room` bytes of a longer buffer: the buffer, and the length that came back."""
    order = sockets.backend.byte_order
    given = [PATTERN, room.to_bytes(4, order)]
    answer, (buffer, length) = sockets.backend.raw_call(sock.handle, call, given)
    if call == "accept":
        sockets.of(sockets.backend.adopt(answer))
    return buffer, int.from_bytes(length, order)


def sized(whole, room):
    return {"none": 0, "one": 1, "family": 2, "half": whole // 2, "whole": whole}.get(
        room, whole + 20
    )


TRUNCATED = rule(
    "state.name-length.truncated",
    "A name for which there is too little room is truncated, and written nowhere else.",
    level=MUST,
    sources=[
        POSIX.getsockname("DESCRIPTION", CUT),
        POSIX.getpeername("DESCRIPTION", CUT),
        POSIX.accept("DESCRIPTION", CUT),
    ],
    behaviours={
        "truncated": CONFORMS,
        "other-name": "the bytes are not the beginning of the name",
        "beyond": "writes behind the length that it was given",
    },
    needs=["raw-call", "adopt"],
)


@TRUNCATED.case(call=CALLS, family=ALL, room=ROOM)
def test_truncated(sockets, see, case):
    call, sock = case["call"], named(sockets, case["call"])
    whole, length = asked(sockets, sock, call, 200)
    room = sized(length, case["room"])
    if call == "accept":
        # Another client, whose name is as long.
        client = sockets.bound()
        client.connect(sock.local_addr())
        sockets.wait(sock, "POLLIN")
        whole, _length = asked(sockets, client, "getsockname", 200)
    seen = []
    how = outcome(lambda: seen.append(asked(sockets, sock, call, room)))
    if not seen:
        see(how, room=room)
        return
    buffer, _length = seen[0]
    kept = min(room, length)
    how = "truncated" if buffer[:kept] == whole[:kept] else "other-name"
    see(how if buffer[room:] == PATTERN[room:] else "beyond", room=room, length=length)


RETURNED = rule(
    "state.name-length.returned",
    "Whether the length returned with a truncated name is that of the whole name is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.getsockname(
            "DESCRIPTION", "on output specifies the length of the stored address"
        ),
        POSIX.getsockname("DESCRIPTION", "store the length of this address in the object"),
        MAN.getsockname(
            2, "DESCRIPTION", "will return a value greater than was supplied to the"
        ),
        FREEBSD.getsockname(2, "DESCRIPTION", "contains the actual size in bytes of the name"),
    ],
    behaviours={
        "whole-length": "it is the length of the whole name",
        "stored-length": "it is the length of what was stored",
        "other-length": "it is another number",
    },
    needs=["raw-call", "adopt"],
)


@RETURNED.case(call=CALLS, family=ALL, room=("none", "one", "family", "half"))
def test_returned(sockets, see, case):
    call, sock = case["call"], named(sockets, case["call"])
    _whole, length = asked(sockets, sock, "getsockname", 200)
    if case["family"] == UNIX and call != "getsockname":
        length = asked(sockets, sock, call, 200)[1]
    room = sized(length, case["room"])
    if call == "accept" and case["family"] == UNIX:
        sockets.bound().connect(sock.local_addr())
        sockets.wait(sock, "POLLIN")
    _buffer, came = asked(sockets, sock, call, room)
    names = {length: "whole-length", room: "stored-length"}
    see(names.get(came, "other-length"), room=room, length=length, came=came)
