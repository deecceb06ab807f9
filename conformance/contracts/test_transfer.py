"""The many functions of the socket2 document that send and receive: they agree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Inet
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SERVER,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    outcome,
    rule,
)

PIECES = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5)


def sent(sock, how, data, to):
    """Send a list of pieces by one function, in one call; how many bytes it counts."""
    whole = b"".join(data)
    return {
        "send": lambda: sock.send(whole),
        "send_with_flags": lambda: sock.send_with_flags(whole, 0),
        "send_vectored": lambda: sock.send_vectored(data),
        "send_vectored_with_flags": lambda: sock.send_vectored_with_flags(data, 0),
        "send_to": lambda: sock.send_to(whole, to),
        "send_to_with_flags": lambda: sock.send_to_with_flags(whole, to, 0),
        "send_to_vectored": lambda: sock.send_to_vectored(data, to),
        "send_to_vectored_with_flags": lambda: sock.send_to_vectored_with_flags(data, to, 0),
    }[how]()


def received(sock, how, sizes):
    """Receive into room for `sizes` by one function: (bytes, address or None)."""
    room = sum(sizes)
    if how in {"recv", "peek"}:
        return getattr(sock, how)(room), None
    if how == "recv_with_flags":
        return sock.recv_with_flags(room, 0), None
    if how in {"recv_from", "peek_from"}:
        return getattr(sock, how)(room)
    if how == "recv_from_with_flags":
        return sock.recv_from_with_flags(room, 0)
    flags = (0,) if how.endswith("_with_flags") else ()
    got = getattr(sock, how)(sizes, *flags)
    return b"".join(got[0]), got[2] if "from" in how else None


SENDING = rule(
    "contracts.transfer.every-send",
    "Every function that sends returns how many bytes it sent, and these arrive.",
    level=MUST,
    judges=CLIENT,
    sources=[
        SOCKET2.send(3, "On success returns the number of bytes that were sent"),
        SOCKET2.send_with_flags(1, "Identical to send but allows for specification of"),
        SOCKET2.send_vectored(2, "Returns the amount of bytes written"),
        SOCKET2.send_vectored_with_flags(1, "Identical to send_vectored but allows for"),
        SOCKET2.send_to(2, "On success, returns the number of bytes written"),
        SOCKET2.send_to_with_flags(1, "Identical to send_to but allows for specification of"),
        SOCKET2.send_to_vectored(2, "Returns the amount of bytes written"),
        SOCKET2.send_to_vectored_with_flags(1, "Identical to send_to_vectored but allows for"),
    ],
    behaviours={
        "same": CONFORMS,
        "other-count": "the count is not that of the bytes that arrive",
        "other-data": "the bytes are not those that were sent",
    },
)

CONNECTED = ("send", "send_with_flags", "send_vectored", "send_vectored_with_flags")
ADDRESSED = (
    "send_to",
    "send_to_with_flags",
    "send_to_vectored",
    "send_to_vectored_with_flags",
)


@SENDING.case(family=(*INET, UNIX), type=STREAM, by=CONNECTED)
@SENDING.case(family=(*INET, UNIX), type=DGRAM, by=CONNECTED + ADDRESSED)
@given(data=PIECES)
def test_every_send(sockets, see, case, data):
    whole = b"".join(data)
    if case["by"] in ADDRESSED:
        ours, theirs = sockets.bound(), sockets.bound()
        count = sent(ours, case["by"], data, theirs.local_addr())
    else:
        ours, theirs = sockets.connected()
        count = sent(ours, case["by"], data, None)
    got = b""
    while len(got) < min(count, len(whole)):
        sockets.wait(theirs, "POLLIN")
        got += theirs.recv(2048)
    # A stream may take, and count, a part; a datagram is sent whole.
    taken = count > 0 if case["type"] == STREAM else count == len(whole)
    if not taken or count != len(got):
        see("other-count", data=data, count=count, got=got)
    else:
        see("same" if got == whole[:count] else "other-data", data=data, count=count, got=got)


RECEIVING = rule(
    "contracts.transfer.every-receive",
    "Every function that receives returns all bytes of a datagram and no more, and its sender "
    "where it returns an address.",
    level=MUST,
    judges=SERVER,
    sources=[
        SOCKET2.recv(5, "promises to not write uninitialised bytes to the buffer"),
        SOCKET2.recv_with_flags(1, "Identical to recv but allows for specification of"),
        SOCKET2.recv_vectored(2, "Unlike recv this allows passing multiple buffers"),
        SOCKET2.recv_vectored_with_flags(1, "Identical to recv_vectored but allows for"),
        SOCKET2.peek(1, "without removing that data from the queue"),
        SOCKET2.recv_from(2, "and the address from whence the data came"),
        SOCKET2.recv_from_with_flags(1, "Identical to recv_from but allows for specification"),
        SOCKET2.recv_from_vectored(2, "and the remote address from the data is coming"),
        SOCKET2.recv_from_vectored_with_flags(1, "Identical to recv_from_vectored but allows"),
        SOCKET2.peek_from(4, "and the address from whence the data came"),
    ],
    behaviours={
        "same": CONFORMS,
        "other-data": "the bytes are not those that were sent",
        "other-sender": "the address is not the sender's",
        "no-sender": "no address is returned",
    },
    aliases=["contracts.recv.never-beyond"],
    renamed={"exact": "same", "beyond": "other-data"},
)

PLAIN = ("recv", "recv_with_flags", "recv_vectored", "recv_vectored_with_flags", "peek")
FROM = (
    "recv_from",
    "recv_from_with_flags",
    "recv_from_vectored",
    "recv_from_vectored_with_flags",
    "peek_from",
)


@RECEIVING.case(family=(*INET, UNIX), type=DGRAM, by=PLAIN + FROM)
@given(data=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(1, 100), max_size=4))
def test_every_receive(sockets, see, case, data, cuts):
    ours, theirs = sockets.bound(), sockets.bound()
    theirs.send_to(data, ours.local_addr())
    got, address = received(ours, case["by"], [*cuts, 300])
    if got != data:
        see("other-data", data=data, got=got)
    elif case["by"] in FROM and address is None:
        see("no-sender", data=data)
    elif case["by"] in FROM and address != theirs.local_addr():
        see("other-sender", got=address)
    else:
        see("same")


STREAM_RECEIVING = rule(
    "contracts.transfer.every-receive-of-stream",
    "Every function that receives from a stream returns its first bytes.",
    level=MUST,
    sources=[
        SOCKET2.recv(1, "Receives data on the socket from the remote address to which it is"),
        SOCKET2.recv_vectored(
            1, "Receives data on the socket from the remote address to which"
        ),
        SOCKET2.peek(1, "Receives data on the socket from the remote adress to which it is"),
        SOCKET2.recv_from(1, "Receives data from the socket"),
        SOCKET2.recv_from_vectored(1, "Receives data from the socket"),
        SOCKET2.peek_from(1, "Receives data from the socket, without removing it from the"),
    ],
    behaviours={
        "same": CONFORMS,
        "other-data": "the bytes are not those that were sent",
    },
)


@STREAM_RECEIVING.case(family=(*INET, UNIX), type=STREAM, by=PLAIN + FROM)
@given(data=st.binary(min_size=1, max_size=300), room=st.integers(1, 400))
def test_every_receive_of_stream(sockets, see, case, data, room):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    got = received(ours, case["by"], [room])[0]
    # A stream may arrive in pieces: fewer bytes than there is room for are no fault.
    fine = got and len(got) <= room and data.startswith(got)
    see("same" if fine else "other-data", data=data, room=room, got=got)


NOT_ADDRESSED = rule(
    "contracts.transfer.connected-address",
    "send_to on a connected stream sends to its peer, whatever the address, or fails with "
    "EISCONN.",
    level=MUST,
    sources=[
        POSIX.sendto(
            "DESCRIPTION", "If the socket is connection-mode, dest_addr shall be ignored"
        ),
        POSIX.sendto("EISCONN", "was specified and the socket is already connected"),
    ],
    behaviours={
        "to-the-peer": CONFORMS,
        "EISCONN": CONFORMS,
        "lost": "the call succeeds, and the peer does not receive what was sent",
    },
)


@NOT_ADDRESSED.case(family=V4, type=STREAM)
def test_connected_address(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.send_to, b"x", Inet("127.0.0.1", 9))
    if how == "succeeds":
        how = "to-the-peer" if theirs.poll("POLLIN", 2.0) and theirs.recv(2) == b"x" else "lost"
    see(how)
