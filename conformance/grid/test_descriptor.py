"""What is asked of the descriptor, in every state: its flags, its queue, copies, its end."""

from __future__ import annotations

from sockspec.spec import POSIX, UNIX, V4, outcome

from .cells import cells, rest, share
from .states import reached

DUP = POSIX.fcntl("F_DUPFD", "shall refer to the same open file description")
CLOSE = POSIX.close("EBADF", "open file descriptor")
HERE = cells(family=(V4, UNIX))
"""The descriptor is not the protocol's: one family of the internet stands for three."""

ANSWER = rest(
    "descriptor",
    "a descriptor can be asked, copied, given up and closed",
    sources=[DUP, CLOSE],
    behaviours={
        "succeeds": "the call succeeds",
        "nonblocking": "the socket is non-blocking",
        "blocking": "the socket is blocking",
        "zero-bytes": "FIONREAD returns 0",
        "some-bytes": "FIONREAD returns how many bytes wait",
        "at-mark": "the read position is at a mark",
        "not-at-mark": "the read position is at no mark",
    },
)


def asked(call, names):
    """The name of what a call returns, or its error."""
    got = []
    how = outcome(lambda: got.append(call()))
    return how if how != "succeeds" else names[bool(got[0])]


@share(ANSWER, (), HERE, call="get-nonblocking")
def test_mode(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.nonblocking, ("blocking", "nonblocking")))


@share(ANSWER, (), HERE, call="set-nonblocking")
def test_set_mode(sockets, see, case):
    see(outcome(reached(sockets, case).set_nonblocking, False))


@share(ANSWER, (), HERE, call="fionread")
def test_available(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.available, ("zero-bytes", "some-bytes")))


@share(ANSWER, (), HERE, call="sockatmark")
def test_mark(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.at_mark, ("not-at-mark", "at-mark")))


@share(ANSWER, (), HERE, call="dup")
def test_dup(sockets, see, case):
    sock = reached(sockets, case)
    see(outcome(lambda: sockets.keep(sock.try_clone())))


@share(ANSWER, (), HERE, call="close")
def test_close(sockets, see, case):
    see(outcome(reached(sockets, case).close))


@share(ANSWER, (), HERE, call="close-twice")
def test_close_twice(sockets, see, case):
    sock = reached(sockets, case)
    outcome(sock.close)
    see(outcome(sock.close))
