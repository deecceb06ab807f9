"""Sending and receiving nothing: zero-length datagrams, sends and buffers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    ALONE,
    BOTH,
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
WAYS = ("recv", "recvfrom", "recvmsg")
COUNT = POSIX.send("RETURN VALUE", "send() shall return the number of bytes sent")
MINIMUM = RFC(768, "Fields", "This means the minimum value of the length is eight")
PERMITTED = MAN.recv(2, "RETURN VALUE", "permit zero-length datagrams. When such a datagram")
WHOLE = POSIX.chapter(
    "2.10.6", "Socket Types, SOCK_DGRAM", "must be received in a single input operation"
)
ZERO = "it returns zero"
MISCOUNTED = "it returns another number than zero"


def _receive_nothing(sock, way, ok="zero"):
    """How a zero-length receive went, by one of the three calls: `ok` when it returned zero."""
    calls = {
        "recv": lambda: len(sock.recv(0)),
        "recvfrom": lambda: len(sock.recv_from(0)[0]),
        "recvmsg": lambda: sock.recvmsg([0]).length,
    }
    return _counted(calls[way], ok)


def _send_nothing(sock, way, ok, flags=0):
    """How a send of no bytes went, by one of the two calls: `ok` when it returned zero."""
    calls = {
        "send": lambda: sock.send_with_flags(b"", flags),
        "sendmsg": lambda: sock.send_vectored_with_flags([b"", b""], flags),
    }
    return _counted(calls[way], ok)


def _counted(call, ok):
    counts = []
    how = outcome(lambda: counts.append(call()), ok=ok)
    return how if counts in ([], [0]) else "miscounted"


DELIVERED = rule(
    "data.empty.datagram-delivered",
    "A zero-length datagram is delivered like any other.",
    level=MUST,
    sources=[
        WHOLE,
        MINIMUM,
        PERMITTED,
        RFC(8085, "5", "A UDP receiver can receive a valid UDP datagram with a zero-length"),
        MS.recvfrom("Remarks", "For UDP if the packet received contains no data (empty)"),
    ],
    behaviours={"delivered": CONFORMS, "lost": "it is not received"},
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
    # UDP promises no order.
    see(how if sorted(got) == sorted(lengths) else "lost", sent=lengths, got=got)


WAYS_TO_SEND = rule(
    "data.empty.datagram-sent",
    "A send of no bytes on a datagram socket returns zero and sends a datagram.",
    level=MUST,
    judges=CLIENT,
    sources=[
        COUNT,
        POSIX.send(
            "DESCRIPTION", "shall initiate transmission of a message from the specified"
        ),
        POSIX.sendmsg("DESCRIPTION, msg_iov", "Some of these sizes can be zero"),
        MS.send("Remarks", "For message-oriented sockets, a zero-length transport datagram is"),
    ],
    behaviours={
        "sent": CONFORMS,
        "not-sent": "no datagram arrives",
        "miscounted": MISCOUNTED,
    },
)


@WAYS_TO_SEND.case(family=ALL, type=DGRAM, by=("send", "sendto", "sendmsg"))
def test_ways_to_send(sockets, see, case):
    receiver, sender = sockets.receiver(), sockets.bound()
    there = receiver.local_addr()
    if case["by"] == "send":
        sender.connect(there)
        count = sender.send(b"")
    elif case["by"] == "sendto":
        count = sender.send_to(b"", there)
    else:
        count = sender.send_to_vectored([b""], there)
    sender.send_to(b"marker", there)
    sockets.wait(receiver, "POLLIN")
    arrived = receiver.recv(16) == b""
    see("not-sent" if not arrived else "sent" if count == 0 else "miscounted", count=count)


STREAM_SEND = rule(
    "data.empty.stream-send",
    "A send of no bytes on a connected stream returns zero and delivers nothing.",
    level=MUST,
    sources=[
        COUNT,
        POSIX.sendmsg("DESCRIPTION, msg_iov", "Some of these sizes can be zero"),
        MS.send("Remarks", "permissible and will be treated by implementations as successful"),
    ],
    behaviours={
        "nothing-delivered": CONFORMS,
        "end-of-stream": "the peer reads the end of the stream before the end of the data",
        "something-delivered": "the peer reads more than was sent",
        "miscounted": MISCOUNTED,
    },
    renamed={"nothing": "nothing-delivered", "something": "something-delivered"},
)


@STREAM_SEND.case(family=ALL, by=("send", "sendmsg"), full=("room", "full"))
def test_stream_send(sockets, see, case):
    ours, theirs = sockets.connected()
    sent = sockets.fill(theirs) if case["full"] == "full" else theirs.send(b"before")
    how = _send_nothing(theirs, case["by"], ok="nothing-delivered")
    theirs.shutdown("SHUT_WR")
    got = len(sockets.received(ours, sent + 1))
    if how == "nothing-delivered" and got != sent:
        how = "something-delivered" if got > sent else "end-of-stream"
    see(how, sent=sent, got=got)


CLOSED_SEND = rule(
    "data.empty.stream-send-after-shutdown",
    "A send of no bytes fails with EPIPE after the socket was shut down for writing.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={
        "EPIPE": CONFORMS,
        "succeeds": ZERO,
        "miscounted": MISCOUNTED,
    },
)


@CLOSED_SEND.case(family=ALL, by=("send", "sendmsg"))
def test_send_after_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    see(_send_nothing(ours, case["by"], ok="succeeds", flags="MSG_NOSIGNAL"))


UNCONNECTED_SEND = rule(
    "data.empty.stream-send-unconnected",
    "A send of no bytes on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={
        "ENOTCONN": CONFORMS,
        "succeeds": ZERO,
        "miscounted": MISCOUNTED,
    },
)


@UNCONNECTED_SEND.case(family=ALL)
def test_send_unconnected(sockets, see, case):
    see(_send_nothing(sockets.new(), "send", ok="succeeds", flags="MSG_NOSIGNAL"))


RECEIVE_QUEUED = rule(
    "data.empty.receive-leaves-stream",
    "A zero-length receive on a stream with data returns zero and leaves the data.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "and no data shall be discarded"),
        POSIX.recv("RETURN VALUE", "recv() shall return the length of the message in bytes"),
    ],
    behaviours={
        "kept": CONFORMS,
        "consumed": "data is missing afterwards",
        "miscounted": MISCOUNTED,
    },
    renamed={"left": "kept"},
)


@RECEIVE_QUEUED.case(family=ALL, by=WAYS)
def test_receive_queued(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"data")
    sockets.wait(ours, "POLLIN")
    how = _receive_nothing(ours, case["by"], ok="kept")
    got = ours.recv(16)
    see(how if got == b"data" else "consumed", got=got)


# recv() waits where there is nothing to receive; read(), which equals it, returns zero when
# it is asked for nothing.
WAITS = POSIX.recv("DESCRIPTION", "recv() shall block until a message arrives")
FAILS = POSIX.recv("EAGAIN or EWOULDBLOCK", "no data is waiting to be received")
AT_ONCE = POSIX.read("DESCRIPTION", "the read() function shall return zero and have no other")

RECEIVE_NONE = rule(
    "data.empty.receive-without-data",
    "Whether a zero-length recvmsg() on a stream without data returns at once is unspecified.",
    level=UNSPECIFIED,
    sources=[
        WAITS,
        AT_ONCE,
        XNU("bsd/kern/uipc_socket.c", "soreceive", "if (uio_resid(uio) == 0)", line=3574),
        MS.recv("WSAEINVAL", "(for byte stream sockets only) len was zero or negative"),
    ],
    behaviours={
        "zero": ZERO,
        "blocks": "it waits for data",
        "miscounted": MISCOUNTED,
    },
)


@RECEIVE_NONE.case(family=ALL, mode=BOTH)
def test_receive_without_data(sockets, see, case):
    ours, _theirs = sockets.connected()
    if case["mode"] == "nonblocking":
        ours.set_nonblocking(True)
        see(_receive_nothing(ours, "recvmsg"))
        return
    receive = sockets.start("recvmsg", ours, [0])
    see("blocks" if receive.is_blocked() else outcome(receive.result, ok="zero"))


RECV_NONE = rule(
    "data.empty.recv-without-data",
    "Whether a zero-length recv() on a non-blocking stream without data fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        FAILS,
        AT_ONCE,
        MAN.recv(2, "RETURN VALUE", "The value 0 may also be returned if"),
    ],
    behaviours={"zero": ZERO, "miscounted": MISCOUNTED},
)


@RECV_NONE.case(family=ALL, by=("recv", "recvfrom"))
def test_recv_without_data(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_nonblocking(True)
    see(_receive_nothing(ours, case["by"]))


RECEIVE_END = rule(
    "data.empty.receive-at-end",
    "A zero-length receive at the end of a stream returns zero.",
    level=MUST,
    sources=[POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown, recv()")],
    behaviours={"zero": CONFORMS, "miscounted": MISCOUNTED},
)


@RECEIVE_END.case(family=ALL, by=WAYS)
def test_receive_at_end(sockets, see, case):
    sock = sockets.at_eof()
    sock.set_nonblocking(True)
    see(_receive_nothing(sock, case["by"]))


RECEIVE_RESET = rule(
    "data.empty.receive-after-reset",
    "A zero-length receive on a connection that was reset fails with ECONNRESET.",
    level=MUST,
    sources=[POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={"ECONNRESET": CONFORMS, "zero": ZERO, "miscounted": MISCOUNTED},
    needs=["reset"],
)


@RECEIVE_RESET.case(family=INET, by=WAYS)
def test_receive_after_reset(sockets, see, case):
    see(_receive_nothing(sockets.reset(), case["by"]))


RECEIVE_UNCONNECTED = rule(
    "data.empty.receive-unconnected",
    "A zero-length receive on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "zero": ZERO, "miscounted": MISCOUNTED},
)


@RECEIVE_UNCONNECTED.case(family=ALL, by=WAYS)
def test_receive_unconnected(sockets, see, case):
    see(_receive_nothing(sockets.new(), case["by"]))


RECEIVE_DATAGRAM = rule(
    "data.empty.receive-takes-datagram",
    "A zero-length receive removes a whole datagram from the queue.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation"),
        POSIX.recv("DESCRIPTION", "the excess bytes shall be discarded"),
    ],
    behaviours={
        "removed": CONFORMS,
        "still-queued": "the datagram is received next",
        "altered": "something else is received next",
        "miscounted": MISCOUNTED,
    },
    renamed={"taken": "removed", "left": "still-queued"},
)


@RECEIVE_DATAGRAM.case(family=ALL, type=DGRAM, by=WAYS, length=("some", "zero"))
def test_receive_datagram(sockets, see, case):
    first = b"first" if case["length"] == "some" else b""
    ours, theirs = sockets.connected()
    theirs.send(first)
    theirs.send(b"second")
    sockets.wait(ours, "POLLIN")
    how = _receive_nothing(ours, case["by"], ok="removed")
    got = ours.recv(16)
    names = {first: "still-queued", b"second": how}
    see(names.get(got, "altered"), got=got)


NO_END = rule(
    "data.empty.datagram-no-end",
    "After a zero-length datagram the datagrams behind it are received.",
    level=MUST,
    sources=[WHOLE, PERMITTED],
    behaviours={"goes-on": CONFORMS, "ended": "what comes after it is not received"},
)


@NO_END.case(family=ALL, type=DGRAM, mode=BOTH)
def test_no_end(sockets, see, case):
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


SENDER = rule(
    "data.empty.datagram-sender",
    "A zero-length datagram is received with the address of its sender.",
    level=MUST,
    judges=ALONE,
    sources=[
        POSIX.recvfrom("DESCRIPTION", "source address of the received message shall be stored"),
        PERMITTED,
    ],
    behaviours={
        "senders-address": CONFORMS,
        "another-address": "another address is returned, or none",
        "lost": "it is not received",
    },
)


@SENDER.case(family=ALL, type=DGRAM, by=("recvfrom", "recvmsg"))
def test_sender(sockets, see, case):
    ours, theirs = sockets.bound(), sockets.bound()
    theirs.send_to(b"", ours.local_addr())
    if not ours.poll("POLLIN", 1.0):
        see("lost")
        return
    got = []
    if case["by"] == "recvfrom":
        how = outcome(lambda: got.append(ours.recv_from(8)[1]), ok="senders-address")
    else:
        how = outcome(lambda: got.append(ours.recvmsg([8]).address), ok="senders-address")
    see("another-address" if got and got != [theirs.local_addr()] else how)
