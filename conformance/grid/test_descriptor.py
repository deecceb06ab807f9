"""What is asked of the descriptor, in every state: its flags, its queue, copies, its end."""

from __future__ import annotations

from sockspec.api import Socket
from sockspec.spec import POSIX, UNSPECIFIED, outcome, rule

from .cells import CLOSED, cells, rest, share
from .states import reached

DUP = POSIX.fcntl("F_DUPFD", "shall refer to the same open file description")
CLOSE = POSIX.close("EBADF", "open file descriptor")
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
        "close-on-exec": "exec() closes the socket",
        "kept-on-exec": "exec() leaves the socket open",
        "at-mark": "the read position is at a mark",
        "not-at-mark": "the read position is at no mark",
    },
)


def asked(call, names):
    """The name of what a call returns, or its error."""
    got = []
    how = outcome(lambda: got.append(call()))
    return how if how != "succeeds" else names[bool(got[0])]


@share(ANSWER, call="get-nonblocking")
def test_mode(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.nonblocking, ("blocking", "nonblocking")))


@share(ANSWER, call="get-cloexec")
def test_cloexec(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.cloexec, ("kept-on-exec", "close-on-exec")))


@share(ANSWER, call="set-nonblocking")
def test_set_mode(sockets, see, case):
    see(outcome(reached(sockets, case).set_nonblocking, False))


@share(ANSWER, call="fionread")
def test_available(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.available, ("zero-bytes", "some-bytes")))


@share(ANSWER, call="sockatmark")
def test_mark(sockets, see, case):
    sock = reached(sockets, case)
    see(asked(sock.at_mark, ("not-at-mark", "at-mark")))


@share(ANSWER, call="dup")
def test_dup(sockets, see, case):
    sock = reached(sockets, case)
    see(outcome(lambda: sockets.keep(sock.try_clone())))


@share(ANSWER, call="close")
def test_close(sockets, see, case):
    see(outcome(reached(sockets, case).close))


@share(ANSWER, call="close-twice")
def test_close_twice(sockets, see, case):
    sock = reached(sockets, case)
    outcome(sock.close)
    see(outcome(sock.close))


DETACH = rule(
    "grid.descriptor.taken-out",
    "Whether a descriptor can be taken out of a socket and put into another is unspecified.",
    level=UNSPECIFIED,
    sources=[DUP],
    behaviours={"succeeds": "the call succeeds", "refused": "what was taken out is refused"},
    needs=["adopt"],
)


@share(DETACH, (), cells() - CLOSED, call="detach")
def test_detach(sockets, see, case):
    sock = reached(sockets, case)
    got = []
    how = outcome(lambda: got.append(sock.into_raw_fd()))
    if how == "succeeds":
        again = outcome(
            lambda: sockets.keep(Socket.from_raw_fd(got[0], backend=sockets.backend))
        )
        how = "succeeds" if again == "succeeds" else "refused"
    see(how)
