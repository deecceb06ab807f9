"""Options of a socket that is shut down, reset or closed."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MS,
    MUST,
    POSIX,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

SHUT_DOWN = POSIX.setsockopt("EINVAL", "or the socket has been shut down")
ACCEPTED = "the call succeeds"

SHUT = rule(
    "options.state.both-shut",
    "Setting an option of a socket that is shut down in both directions fails with EINVAL.",
    level=MUST,
    sources=[SHUT_DOWN],
    behaviours={"EINVAL": CONFORMS, "accepted": ACCEPTED},
)

RESET = rule(
    "options.state.reset",
    "Whether setting an option of a socket whose connection was reset fails is unspecified.",
    level=UNSPECIFIED,
    sources=[SHUT_DOWN, MS.setsockopt("Remarks", "socket of any type, in any state")],
    behaviours={"EINVAL": "the call fails", "accepted": ACCEPTED},
    split_from=["options.state.both-shut"],
)


@SHUT.case(family=INET, option=("SO_KEEPALIVE", "TCP_NODELAY"), how="shut")
@RESET.case(family=INET, option=("SO_KEEPALIVE", "TCP_NODELAY"), how="reset")
def test_both_shut(sockets, see, case):
    if case["how"] == "reset":
        sock = sockets.reset()
    else:
        sock, _theirs = sockets.connected()
        sock.shutdown("SHUT_RDWR")
    level = "SOL_SOCKET" if case["option"].startswith("SO_") else "IPPROTO_TCP"
    see(outcome(sock.set_int, level, case["option"], 1, ok="accepted"))


CLOSED = rule(
    "options.state.closed",
    "Setting or reading an option of a closed socket fails with EBADF or ENOTSOCK.",
    level=MUST,
    sources=[
        POSIX.setsockopt("EBADF", "The socket argument is not a valid file descriptor"),
        POSIX.setsockopt("ENOTSOCK", "The socket argument does not refer to a socket"),
        POSIX.getsockopt("EBADF", "The socket argument is not a valid file descriptor"),
        POSIX.getsockopt("ENOTSOCK", "The socket argument does not refer to a socket"),
    ],
    behaviours={"EBADF": CONFORMS, "ENOTSOCK": CONFORMS, "accepted": ACCEPTED},
)


@CLOSED.case(family=(*INET, UNIX), call=("set", "get"))
def test_closed(sockets, see, case):
    sock = sockets.new()
    sock.close()
    if case["call"] == "set":
        see(outcome(sock.set_int, "SOL_SOCKET", "SO_KEEPALIVE", 1, ok="accepted"))
    else:
        see(outcome(sock.get_int, "SOL_SOCKET", "SO_KEEPALIVE", ok="accepted"))
