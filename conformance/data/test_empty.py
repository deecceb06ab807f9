"""Sending and receiving nothing: zero-length datagrams, sends and buffers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
LENGTH = POSIX.send("DESCRIPTION, length")
WAYS = ("recv", "recvfrom", "recvmsg")


def _receive_nothing(sock, way):
    """A receive with no room, by each of the three calls; how many bytes came."""
    if way == "recv":
        return len(sock.recv(0))
    if way == "recvfrom":
        return len(sock.recv_from(0)[0])
    return sock.recvmsg([0]).length


DELIVERED = rule(
    "data.empty.datagram-delivered",
    "A zero-length datagram is delivered, in its place among the others.",
    level=MUST,
    sources=[
        RFC(768, "Fields", "Length is the length in octets of this user datagram"),
        MAN.recv(2, "RETURN VALUE", "permit zero-length datagrams"),
        MS.recvfrom("Remarks, zero-length datagrams"),
    ],
    behaviours={"delivered": CONFORMS, "lost": "it does not come"},
)


@DELIVERED.case(family=ALL, type=DGRAM)
@given(lengths=st.lists(st.sampled_from([0, 0, 1, 9]), min_size=1, max_size=8))
def test_datagram(sockets, see, case, lengths):
    ours, theirs = sockets.connected()
    ours.set_read_timeout(1.0)
    for length in lengths:
        theirs.send(bytes(length))
    got = []
    how = outcome(lambda: got.extend(len(ours.recv(16)) for _ in lengths), ok="delivered")
    see(how if got == lengths else "lost", sent=lengths, got=got)


WAYS_TO_SEND = rule(
    "data.empty.datagram-sent",
    "A datagram without bytes is sent by every call that sends, and counted as zero.",
    level=MUST,
    sources=[LENGTH, POSIX.sendto("length"), POSIX.sendmsg("DESCRIPTION, msg_iov")],
    behaviours={
        "sent": CONFORMS,
        "not-sent": "nothing arrives",
        "miscounted": "the call returns another number",
    },
)


@WAYS_TO_SEND.case(family=ALL, type=DGRAM, by=("send", "sendto", "sendmsg"))
def test_ways_to_send(sockets, see, case):
    ours, theirs = sockets.bound(), sockets.bound()
    there = ours.local_addr()
    if case["by"] == "send":
        theirs.connect(there)
        count = theirs.send(b"")
    elif case["by"] == "sendto":
        count = theirs.send_to(b"", there)
    else:
        count = theirs.send_to_vectored([b""], there)
    theirs.send_to(b"marker", there)
    sockets.wait(ours, "POLLIN")
    arrived = ours.recv(16) == b""
    see("not-sent" if not arrived else "sent" if count == 0 else "miscounted", count=count)


STREAM_SEND = rule(
    "data.empty.stream-send",
    "A send of no bytes on a connected stream succeeds and delivers nothing.",
    level=MUST,
    sources=[LENGTH, MS.send("Remarks", "zero is permissible"), POSIX.send("RETURN VALUE")],
    behaviours={
        "nothing": CONFORMS,
        "end-of-stream": "the peer reads an end",
        "something": "the peer reads something",
    },
)


@STREAM_SEND.case(family=ALL, by=("send", "sendmsg"), full=("room", "full"))
def test_stream_send(sockets, see, case):
    ours, theirs = sockets.connected()
    taken = sockets.fill(theirs) if case["full"] == "full" else theirs.send(b"before")
    if case["by"] == "send":
        how = outcome(theirs.send, b"", ok="nothing")
    else:
        how = outcome(theirs.send_vectored, [b"", b""], ok="nothing")
    theirs.shutdown("SHUT_WR")
    got = len(sockets.received(ours, taken + 1))
    if how == "nothing" and got != taken:
        how = "something" if got > taken else "end-of-stream"
    see(how, taken=taken, got=got)


CLOSED_SEND = rule(
    "data.empty.stream-send-after-shutdown",
    "A send of no bytes after the socket was shut down for writing fails with EPIPE.",
    level=SHOULD,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "succeeds": "succeeds"},
)


@CLOSED_SEND.case(family=ALL, by=("send", "sendmsg"))
def test_send_after_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    if case["by"] == "send":
        see(outcome(ours.send_with_flags, b"", "MSG_NOSIGNAL"))
    else:
        see(outcome(ours.send_vectored_with_flags, [b""], "MSG_NOSIGNAL"))


UNCONNECTED_SEND = rule(
    "data.empty.stream-send-unconnected",
    "A send of no bytes on a stream socket that was never connected fails with ENOTCONN.",
    level=SHOULD,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "succeeds": "succeeds", "EPIPE": "as after a shutdown"},
)


@UNCONNECTED_SEND.case(family=ALL)
def test_send_unconnected(sockets, see, case):
    see(outcome(sockets.new().send_with_flags, b"", "MSG_NOSIGNAL"))


RECEIVE_QUEUED = rule(
    "data.empty.receive-leaves-stream",
    "A receive without room on a stream with data returns zero and leaves the data.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "no data shall be discarded"),
        MAN.recv(
            2, "RETURN VALUE", "requested number of bytes to receive from a stream socket"
        ),
    ],
    behaviours={"left": CONFORMS, "consumed": "data is missing afterwards"},
)


@RECEIVE_QUEUED.case(family=ALL, by=WAYS)
def test_receive_queued(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"data")
    sockets.wait(ours, "POLLIN")
    how = outcome(_receive_nothing, ours, case["by"], ok="left")
    got = ours.recv(16)
    see(how if got == b"data" else "consumed", got=got)


RECEIVE_NONE = rule(
    "data.empty.receive-without-data",
    "A receive without room on a stream without data returns zero, or acts as with room.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("EAGAIN or EWOULDBLOCK", "no data is waiting to be received"),
        XNU("bsd/kern/uipc_socket.c", "soreceive, uio_resid() == 0"),
        MS.recv("WSAEINVAL", "was zero or negative"),
    ],
    behaviours={"zero": "returns zero at once", "blocks": "waits for data"},
)


@RECEIVE_NONE.case(family=ALL, mode=("blocking", "nonblocking"))
def test_receive_without_data(sockets, see, case):
    ours, _theirs = sockets.connected()
    if case["mode"] == "nonblocking":
        ours.set_nonblocking(True)
        see(outcome(_receive_nothing, ours, "recvmsg", ok="zero"))
        return
    receive = sockets.start("recvmsg", ours, [0])
    see("blocks" if receive.is_blocked() else outcome(receive.result, ok="zero"))


RECV_NONE = rule(
    "data.empty.recv-without-data",
    "recv() without room on a non-blocking stream without data acts as recvmsg() does.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("EAGAIN or EWOULDBLOCK", "no data is waiting to be received")],
    behaviours={"zero": "returns zero at once"},
)


@RECV_NONE.case(family=ALL, by=("recv", "recvfrom"))
def test_recv_without_data(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_nonblocking(True)
    see(outcome(_receive_nothing, ours, case["by"], ok="zero"))


RECEIVE_END = rule(
    "data.empty.receive-at-end",
    "A receive without room at the end of a stream returns zero.",
    level=MUST,
    sources=[POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown")],
    behaviours={"zero": CONFORMS},
)


@RECEIVE_END.case(family=ALL, by=WAYS)
def test_receive_at_end(sockets, see, case):
    sock = sockets.at_eof()
    sock.set_nonblocking(True)
    see(outcome(_receive_nothing, sock, case["by"], ok="zero"))


RECEIVE_RESET = rule(
    "data.empty.receive-after-reset",
    "A receive without room on a connection that was reset fails with ECONNRESET.",
    level=MUST,
    sources=[POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={"ECONNRESET": CONFORMS, "zero": "returns zero, as at the end"},
    needs=["reset"],
)


@RECEIVE_RESET.case(family=INET, by=WAYS)
def test_receive_after_reset(sockets, see, case):
    see(outcome(_receive_nothing, sockets.reset(), case["by"], ok="zero"))


RECEIVE_UNCONNECTED = rule(
    "data.empty.receive-unconnected",
    "A receive without room on a stream that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "zero": "returns zero"},
)


@RECEIVE_UNCONNECTED.case(family=ALL, by=WAYS)
def test_receive_unconnected(sockets, see, case):
    see(outcome(_receive_nothing, sockets.new(), case["by"], ok="zero"))


RECEIVE_DATAGRAM = rule(
    "data.empty.receive-takes-datagram",
    "A receive without room takes a whole datagram from the queue.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "the excess bytes shall be discarded")],
    behaviours={"taken": CONFORMS, "left": "the datagram is received next"},
)


@RECEIVE_DATAGRAM.case(family=ALL, type=DGRAM, by=WAYS, length=("some", "zero"))
def test_receive_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"first" if case["length"] == "some" else b"")
    theirs.send(b"second")
    sockets.wait(ours, "POLLIN")
    how = outcome(_receive_nothing, ours, case["by"], ok="taken")
    got = ours.recv(16)
    see(how if got == b"second" else "left", got=got)


NO_SPURIOUS = rule(
    "data.empty.datagram-no-end",
    "A zero-length datagram is no end: what is sent after it is received.",
    level=MUST,
    sources=[MAN.recv(2, "RETURN VALUE", "When such a datagram is received")],
    behaviours={"goes-on": CONFORMS, "ended": "nothing is received after it"},
)


@NO_SPURIOUS.case(family=ALL, type=DGRAM, mode=("blocking", "nonblocking"))
def test_goes_on(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"")
    # Where it is lost, which is another rule's (data.empty.datagram-delivered), the next
    # comes all the same.
    if ours.poll("POLLIN", 1.0):
        ours.recv(16)
    theirs.send(b"after")
    sockets.wait(ours, "POLLIN")
    ours.set_nonblocking(case["mode"] == "nonblocking")
    see("goes-on" if ours.recv(16) == b"after" else "ended")
