"""take_error() of the socket2 document."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    outcome,
    rule,
)

CLEARS = rule(
    "contracts.take-error.clears",
    "take_error returns the pending error and clears it.",
    level=MUST,
    sources=[
        SOCKET2.take_error(2, "retrieve the stored error in the underlying socket, clearing"),
        POSIX.chapter("2.10.16", "SO_ERROR", "any pending error on the socket and clear the"),
    ],
    behaviours={
        "cleared": CONFORMS,
        "kept": "the second call returns an error again",
        "no-error": "the first call returns no error",
    },
    renamed={"none": "no-error"},
)


@CLEARS.case(family=INET)
def test_clears(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    if outcome(sock.connect, sockets.dead_address()) not in {"EINPROGRESS", "EAGAIN"}:
        raise NotReached("a connect that is refused in the background")
    sockets.wait(sock, "POLLOUT")
    first, second = sock.take_error(), sock.take_error()
    if first is None:
        see("no-error")
    else:
        see("cleared" if second is None else "kept", first=first)


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
