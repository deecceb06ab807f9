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
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    XNU,
    outcome,
    rule,
)

from .stream import receive_urgent

ALL = (V4, V6, UNIX)
UNSUITED = POSIX.send("EOPNOTSUPP", "does not support one or more of the values set in flags")
NOT_STREAM = "MSG_OOB was specified, but the socket is not stream-style"
UNAVAILABLE = POSIX.recv(
    "EINVAL", "The MSG_OOB flag is set and no out-of-band data is available"
)
NOT_BLOCKING = POSIX.recv(
    "EAGAIN or EWOULDBLOCK", "does not support blocking to await out-of-band data"
)

SEND_DATAGRAM = rule(
    "urgent.refusals.datagram-calls",
    "A send with MSG_OOB on a datagram socket fails with EOPNOTSUPP.",
    level=MUST,
    sources=[
        UNSUITED,
        MS.send("WSAEOPNOTSUPP", NOT_STREAM),
        XNU(
            "bsd/kern/uipc_socket.c",
            "sosend",
            "so->so_type != SOCK_STREAM && (flags & MSG_OOB) != 0",
            line=2227,
        ),
    ],
    behaviours={"EOPNOTSUPP": CONFORMS, "succeeds": "it returns without an error"},
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


LOCAL = rule(
    "urgent.refusals.carried-or-refused",
    "A connected unix socket carries urgent data, or refuses it with EOPNOTSUPP.",
    level=MUST,
    sources=[
        POSIX.send(
            "DESCRIPTION, MSG_OOB", "on sockets that support out-of-band communications"
        ),
        UNSUITED,
        MAN.unix(7, "NOTES", "do not support the notion of out-of-band data"),
        XNU("bsd/kern/uipc_usrreq.c", "uipc_send", "if (flags & PRUS_OOB)", line=518),
    ],
    behaviours={
        "carried": CONFORMS,
        "EOPNOTSUPP": CONFORMS,
        "other-bytes": "a receive with MSG_OOB returns something else",
        "lost": "it is sent, and a receive with MSG_OOB fails",
    },
    aliases=["urgent.refusals.local-stream", "urgent.refusals.send-record"],
)


@LOCAL.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_local(sockets, see, case):
    ours, theirs = sockets.connected()
    # A receive that ignores MSG_OOB returns the normal data.
    theirs.send(b"n")
    how = outcome(theirs.send_out_of_band, b"X", ok="carried")
    if how == "carried":
        sockets.wait(ours, ("POLLPRI", "POLLIN"))
        ours.set_nonblocking(True)
        how = receive_urgent(ours, {b"X": "carried"})
        how = how if how in {"carried", "other-bytes"} else "lost"
    see(how)


RECEIVE_DATAGRAM = rule(
    "urgent.refusals.receive-datagram",
    "A receive with MSG_OOB on a datagram socket fails with EOPNOTSUPP, EINVAL or EAGAIN.",
    level=MUST,
    sources=[
        POSIX.recv("EOPNOTSUPP", "The specified flags are not supported for this socket type"),
        UNAVAILABLE,
        NOT_BLOCKING,
        MS.recv("WSAEOPNOTSUPP", NOT_STREAM),
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


def _unconnected(sockets, state):
    if state == "listening":
        return sockets.listener()
    return sockets.bound() if state == "bound" else sockets.new()


SEND_UNCONNECTED = rule(
    "urgent.refusals.send-unconnected",
    "A send with MSG_OOB on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "succeeds": "it returns without an error"},
)


@SEND_UNCONNECTED.case(family=INET, state=("fresh", "bound", "listening"))
def test_send_unconnected(sockets, see, case):
    sock = _unconnected(sockets, case["state"])
    see(outcome(sock.send_with_flags, b"X", ("MSG_OOB", "MSG_NOSIGNAL")))


RECEIVE_UNCONNECTED = rule(
    "urgent.refusals.receive-unconnected",
    "A receive with MSG_OOB on a stream socket that was never connected fails.",
    level=MUST,
    sources=[
        POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected"),
        UNAVAILABLE,
        NOT_BLOCKING,
    ],
    behaviours={
        "ENOTCONN": CONFORMS,
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "succeeds": "it returns without an error",
    },
)


@RECEIVE_UNCONNECTED.case(family=INET, state=("fresh", "bound", "listening"))
def test_receive_unconnected(sockets, see, case):
    sock = _unconnected(sockets, case["state"])
    see(outcome(sock.recv_out_of_band, 1))


EMPTY = rule(
    "urgent.refusals.send-empty",
    "Whether a send of no bytes with MSG_OOB sends urgent data is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.8.5", "the user must also send at least one data octet"),
        MS.send(
            "Remarks", "is permissible and will be treated by implementations as successful"
        ),
    ],
    behaviours={
        "nothing-sent": "it succeeds, and nothing arrives",
        "sent": "urgent data arrives",
    },
    needs=["oob", "poll-priority"],
)


@EMPTY.case(family=INET)
def test_send_empty(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(theirs.send_out_of_band, b"", ok="nothing-sent")
    theirs.send(b"marker")
    sockets.wait(ours, "POLLIN")
    see("sent" if ours.poll("POLLPRI", 0) else how)
