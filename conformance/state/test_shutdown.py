"""Shutting down, in every state, and what it does."""

from __future__ import annotations

from sockspec.observe import outcome
from sockspec.rules import CONFORMS, MUST, UNSPECIFIED, rule
from sockspec.sources import POSIX

from .states import ANY, reached

SHUTDOWN_LONELY = rule(
    "state.shutdown.not-connected",
    "A socket that is not connected cannot be shut down.",
    level=MUST,
    sources=[POSIX.shutdown("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "shut": "it is shut down"},
)


@SHUTDOWN_LONELY.case(
    family=ANY, state=("fresh", "bound", "listening"), how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR")
)
def test_shutdown_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).shutdown, case["how"], ok="shut"))


SHUTDOWN_AGAIN = rule(
    "state.shutdown.again",
    "Shutting down what is shut down already.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("DESCRIPTION"), POSIX.shutdown("ENOTCONN")],
    behaviours={"shut": "it succeeds", "ENOTCONN": "it is refused"},
)


@SHUTDOWN_AGAIN.case(family=ANY, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_shutdown_again(sockets, see, case):
    sock, _theirs = sockets.connected()
    sock.shutdown(case["how"])
    see(outcome(sock.shutdown, case["how"], ok="shut"))


SHUTDOWN_BAD = rule(
    "state.shutdown.bad-how",
    "A half that does not exist cannot be shut down.",
    level=MUST,
    sources=[POSIX.shutdown("EINVAL", "The how argument is invalid")],
    behaviours={"EINVAL": CONFORMS, "shut": "it is taken"},
)


@SHUTDOWN_BAD.case(family=ANY, how=("-1", "3", "7"))
def test_shutdown_bad(sockets, see, case):
    see(outcome(sockets.connected()[0].shutdown, int(case["how"]), ok="shut"))
