"""Sending and receiving, in every state."""

from __future__ import annotations

from sockspec.spec import CONFORMS, DGRAM, INET, MUST, POSIX, STREAM, outcome, rule

from .states import ANY, reached

SEND_LONELY = rule(
    "state.send.not-connected",
    "A stream socket that is not connected cannot send.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EPIPE": "as if it were shut down", "sent": "it sends"},
)


@SEND_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
def test_send_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).send, b"x", ok="sent"))


SEND_SHUT = rule(
    "state.send.write-shut",
    "A socket that is shut down for writing cannot send.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "sent": "it sends"},
)


@SEND_SHUT.case(family=ANY, type=(STREAM, DGRAM), state=("write-shut", "both-shut"))
def test_send_shut(sockets, see, case):
    sock, _theirs = sockets.connected()
    # Not every system shuts down a datagram socket.
    how = outcome(sock.shutdown, "SHUT_WR" if case["state"] == "write-shut" else "SHUT_RDWR")
    see(outcome(sock.send, b"x", ok="sent") if how == "succeeds" else how)


SEND_RESET = rule(
    "state.send.reset",
    "A socket whose connection was reset cannot send.",
    level=MUST,
    sources=[POSIX.send("ECONNRESET"), POSIX.send("EPIPE")],
    behaviours={"ECONNRESET": CONFORMS, "EPIPE": CONFORMS, "sent": "it sends"},
    needs=["reset"],
)


@SEND_RESET.case(family=INET)
def test_send_reset(sockets, see, case):
    see(outcome(sockets.reset().send, b"x", ok="sent"))


SEND_NOWHERE = rule(
    "state.send.datagram-nowhere",
    "A datagram socket without a peer cannot send without an address.",
    level=MUST,
    sources=[POSIX.send("EDESTADDRREQ", "and no peer address is set")],
    behaviours={"EDESTADDRREQ": CONFORMS, "ENOTCONN": CONFORMS, "sent": "it sends"},
)


@SEND_NOWHERE.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_send_nowhere(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.send, b"x", ok="sent"))


RECV_LONELY = rule(
    "state.recv.not-connected",
    "A stream socket that is not connected cannot receive.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EINVAL": "it is told as invalid", "received": "it does"},
)


@RECV_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
def test_recv_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).recv, 1, ok="received"))
