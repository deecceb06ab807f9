"""Where urgent data is refused."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    RFC,
    SEQPACKET,
    SHOULD,
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
UNSUITED = POSIX.send("EOPNOTSUPP", "one or more of the values set in flags")

SEND_DATAGRAM = rule(
    "urgent.refusals.datagram-calls",
    "Every call that sends refuses MSG_OOB on a datagram socket with EOPNOTSUPP.",
    level=MUST,
    sources=[UNSUITED, MS.send("WSAEOPNOTSUPP"), XNU("bsd/kern/uipc_socket.c", "sosend")],
    behaviours={"EOPNOTSUPP": CONFORMS, "succeeds": "it is sent"},
)


@SEND_DATAGRAM.case(family=ALL, type=DGRAM, by=("send", "sendto", "sendmsg"))
def test_send_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    calls = {
        "send": lambda: ours.send_out_of_band(b"X"),
        "sendto": lambda: ours.send_to_with_flags(b"X", theirs.local_addr(), "MSG_OOB"),
        "sendmsg": lambda: ours.send_vectored_with_flags([b"X"], "MSG_OOB"),
    }
    see(outcome(calls[case["by"]]))


SEND_RECORD = rule(
    "urgent.refusals.send-record",
    "A send with MSG_OOB on a local sequenced-packet socket fails with EOPNOTSUPP.",
    level=SHOULD,
    sources=[UNSUITED],
    behaviours={"EOPNOTSUPP": CONFORMS, "succeeds": "it is sent"},
)


@SEND_RECORD.case(family=UNIX, type=SEQPACKET)
def test_send_record(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(outcome(ours.send_out_of_band, b"X"))


RECEIVE_DATAGRAM = rule(
    "urgent.refusals.receive-datagram",
    "A receive with MSG_OOB on a datagram socket is refused.",
    level=MUST,
    sources=[
        POSIX.recv("EOPNOTSUPP", "not supported for this socket type"),
        POSIX.recv("EINVAL", "no out-of-band data is available"),
        MS.recv("WSAEOPNOTSUPP"),
    ],
    behaviours={
        "EOPNOTSUPP": CONFORMS,
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "ignored": "the flag is ignored",
    },
)


@RECEIVE_DATAGRAM.case(family=ALL, type=DGRAM)
def test_receive_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    sockets.wait(ours, "POLLIN")
    see(outcome(ours.recv_out_of_band, 1, ok="ignored"))


SEND_UNCONNECTED = rule(
    "urgent.refusals.send-unconnected",
    "A send with MSG_OOB on a stream socket without a connection fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EPIPE": "as after a shutdown", "succeeds": "succeeds"},
)


@SEND_UNCONNECTED.case(family=INET, state=("fresh", "bound", "listening"))
def test_send_unconnected(sockets, see, case):
    sock = _unconnected(sockets, case["state"])
    see(outcome(sock.send_with_flags, b"X", ("MSG_OOB", "MSG_NOSIGNAL")))


def _unconnected(sockets, state):
    if state == "listening":
        return sockets.listener()
    return sockets.bound() if state == "bound" else sockets.new()


RECEIVE_UNCONNECTED = rule(
    "urgent.refusals.receive-unconnected",
    "A receive with MSG_OOB on a stream socket without a connection is refused.",
    level=MUST,
    sources=[
        POSIX.recv("ENOTCONN", "connection-mode socket that is not connected"),
        POSIX.recv("EINVAL", "no out-of-band data is available"),
    ],
    behaviours={"ENOTCONN": CONFORMS, "EINVAL": CONFORMS, "succeeds": "returns something"},
)


@RECEIVE_UNCONNECTED.case(family=INET, state=("fresh", "bound", "listening"))
def test_receive_unconnected(sockets, see, case):
    sock = _unconnected(sockets, case["state"])
    see(outcome(sock.recv_out_of_band, 1))


EMPTY = rule(
    "urgent.refusals.send-empty",
    "A send of no bytes with MSG_OOB succeeds and sends no urgent data, or is refused.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.8.5"), MS.send("Remarks")],
    behaviours={"nothing-sent": "nothing arrives", "sent": "urgent data arrives"},
    needs=["oob", "poll-priority"],
)


@EMPTY.case(family=INET)
def test_empty(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(theirs.send_out_of_band, b"", ok="nothing-sent")
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    see("sent" if ours.poll("POLLPRI", 0) else how)


LOCAL_STREAM = rule(
    "urgent.refusals.local-stream",
    "A local stream carries urgent data, or refuses it.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "NOTES", "do not support the notion of out-of-band data"),
        XNU("bsd/kern/uipc_usrreq.c", "PRUS_OOB"),
    ],
    behaviours={"carried": "it is received with MSG_OOB", "lost": "it is not received"},
)


@LOCAL_STREAM.case(family=UNIX, type=STREAM)
def test_local_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(theirs.send_out_of_band, b"X", ok="carried")
    if how == "carried":
        sockets.wait(ours, ("POLLPRI", "POLLIN"))
        how = outcome(ours.recv_out_of_band, 1, ok="carried")
        how = "lost" if how == "EINVAL" else how
    see(how)
