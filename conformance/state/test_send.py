"""Sending, in every state of the socket."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, MUST, POSIX, STREAM, outcome, rule

from .states import ANY, reached

SENT = "the bytes are accepted"

NOT_CONNECTED = rule(
    "state.send.not-connected",
    "Sending on a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "sent": SENT},
)


@NOT_CONNECTED.case(family=ANY, state=("fresh", "bound", "listening"))
def test_not_connected(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).send, b"x", ok="sent"))


WRITE_SHUT = rule(
    "state.send.write-shut",
    "Sending on a socket that is shut down for writing fails with EPIPE.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={
        "EPIPE": CONFORMS,
        "sent": SENT,
        "not-shut": "shutdown() fails: the socket is not shut down",
    },
    renamed={"EOPNOTSUPP": "not-shut"},
)


@WRITE_SHUT.case(family=ANY, type=(STREAM, DGRAM), state=("write-shut", "both-shut"))
def test_write_shut(sockets, see, case):
    sock, _theirs = sockets.connected()
    shut = outcome(sock.shutdown, "SHUT_WR" if case["state"] == "write-shut" else "SHUT_RDWR")
    see(outcome(sock.send, b"x", ok="sent") if shut == "succeeds" else "not-shut")


NO_PEER = rule(
    "state.send.datagram-nowhere",
    "Sending on a datagram socket that has no peer fails with EDESTADDRREQ or ENOTCONN.",
    level=MUST,
    sources=[
        POSIX.send("EDESTADDRREQ", "is not connection-mode and no peer address is set"),
        POSIX.send("ENOTCONN", "The socket is not connected"),
    ],
    behaviours={"EDESTADDRREQ": CONFORMS, "ENOTCONN": CONFORMS, "sent": SENT},
    aliases=["data.unix-datagram.no-destination"],
)


@NO_PEER.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_no_peer(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.send, b"x", ok="sent"))
