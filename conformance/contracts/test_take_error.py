"""take_error() of the socket2 document."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    TOKIO,
    UNIX,
    rule,
)

from .tokio import fresh

NO_ERROR = rule(
    "contracts.take-error.none",
    "take_error of a socket on which nothing has failed returns no error.",
    level=MUST,
    sources=[
        SOCKET2.take_error(1, "Get the value of the SO_ERROR option on this socket"),
        POSIX.chapter("2.10.16", "SO_ERROR", "a value of 0 if there is no pending error"),
    ],
    behaviours={"no-error": CONFORMS, "error-pending": "an error is returned"},
    renamed={"none": "no-error", "some": "error-pending"},
)


@NO_ERROR.case(family=(*INET, UNIX), type=(STREAM, DGRAM), state=("fresh", "connected"))
def test_no_error(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.connected()[0]
    error = sock.take_error()
    see("no-error" if error is None else "error-pending", error=error)


OF_TCP_SOCKET = rule(
    "contracts.take-error.tcp-socket",
    "take_error of a TcpSocket on which nothing has failed returns no error.",
    level=MUST,
    sources=[
        TOKIO.take_error(1, "Returns the value of the SO_ERROR option"),
        POSIX.chapter("2.10.16", "SO_ERROR", "a value of 0 if there is no pending error"),
    ],
    behaviours={"no-error": CONFORMS, "error-pending": "an error is returned"},
)


@OF_TCP_SOCKET.case(family=INET, state=("fresh", "bound"))
def test_tcp_socket(sockets, see, case):
    sock = fresh(sockets, case)
    if case["state"] == "bound":
        sock.bind(sockets.loopback())
    error = sock.take_error()
    see("no-error" if error is None else "error-pending", error=error)
