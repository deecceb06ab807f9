"""SIGPIPE: which call generates it, and who asked not to get it."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    UNIX,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

ANY = (*INET, UNIX)
FLAGGED = {"send": (b"x",), "sendmsg": ([b"x"], ())}
PLAIN = {"write": (b"x",), "writev": ([b"x"],), "sendfile": None}
CALLS = (*FLAGGED, *PLAIN)

NAMES = {
    "signalled": "it fails with EPIPE, and SIGPIPE is generated",
    "signalled-without-error": "SIGPIPE is generated, and it does not fail with EPIPE",
}
GONE = POSIX.send("EPIPE", "the SIGPIPE signal is generated to the calling thread")
NO_SIGNAL = POSIX.send("MSG_NOSIGNAL", "Requests not to send the SIGPIPE signal")


def sender(sockets):
    """A socket whose peer has gone, so that a send fails with EPIPE."""
    if sockets.family == UNIX:
        ours, theirs = sockets.connected()
        theirs.close()
        return ours
    ours = sockets.reset()
    ours.take_error()  # the reset itself is reported once
    return ours


def sends(sockets, sock, call, flags=None):
    """Make a send of that name, and name how it went: its error, and the signal."""
    backend, number = sockets.backend, sockets.number("SIGPIPE")
    before = backend.signals(number)
    if call == "sendfile":
        file = sockets.of(backend.file(b"x"))
        how = outcome(backend.sendfile, sock.handle, file.handle, 0, 1)
    else:
        arguments = {**FLAGGED, **PLAIN}[call]
        rest = () if flags is None else (sockets.number(flags),)
        how = outcome(getattr(backend, call), sock.handle, *arguments, *rest)
    if backend.signals(number) == before:
        return how
    return "signalled" if how == "EPIPE" else "signalled-without-error"


GENERATED = rule(
    "process.sigpipe.generated",
    "A send on a stream whose peer has gone fails with EPIPE and generates SIGPIPE.",
    level=MUST,
    sources=[GONE, POSIX.write("EPIPE", "a SIGPIPE signal shall also be sent to the thread")],
    behaviours={**NAMES, "signalled": CONFORMS},
    needs=["signals"],
)


@GENERATED.case(call=CALLS, family=ANY)
def test_generated(sockets, see, case):
    sock = sender(sockets)
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "count")
    see(sends(sockets, sock, case["call"]))


NOSIGNAL = rule(
    "process.sigpipe.nosignal",
    "With MSG_NOSIGNAL a send fails with EPIPE and generates no SIGPIPE.",
    level=MUST,
    sources=[NO_SIGNAL, GONE],
    behaviours={**NAMES, "EPIPE": CONFORMS},
    needs=["signals"],
)


@NOSIGNAL.case(call=tuple(FLAGGED), family=ANY)
def test_nosignal(sockets, see, case):
    sock = sender(sockets)
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "count")
    see(sends(sockets, sock, case["call"], "MSG_NOSIGNAL"))


IGNORED = rule(
    "process.sigpipe.ignored",
    "A process that ignores SIGPIPE goes on, and its send fails with EPIPE.",
    level=MUST,
    sources=[
        POSIX.chapter("2.4.3", "SIG_IGN", "shall have no effect on the process"),
        POSIX.send("EPIPE", "connection-mode and is no longer connected"),
    ],
    behaviours={"EPIPE": CONFORMS},
    needs=["signals"],
)


@IGNORED.case(call=("send", "write"), family=(V4, UNIX))
def test_ignored(sockets, see, case):
    sock = sender(sockets)
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "ignore")
    see(sends(sockets, sock, case["call"]))


DEFAULT = rule(
    "process.sigpipe.default",
    "A send on a stream whose peer has gone ends a process that does not handle SIGPIPE.",
    level=MUST,
    sources=[GONE, POSIX.header("signal.h", "SIGPIPE", "Write on a pipe with no one to read")],
    behaviours={"crash:SIGPIPE": CONFORMS},
    needs=["signals"],
)


@DEFAULT.case(family=V4)
def test_default(sockets, see, case):
    sock = sender(sockets)
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "default")
    see(sends(sockets, sock, "send"))


SHUT = rule(
    "process.sigpipe.shut-down",
    "Whether a send after shutdown() for writing generates SIGPIPE is unspecified.",
    level=UNSPECIFIED,
    sources=[GONE, POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours=NAMES,
    needs=["signals"],
)


@SHUT.case(call=("send", "write"), family=ANY)
def test_shut_down(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "count")
    see(sends(sockets, ours, case["call"]))


PACKETS = rule(
    "process.sigpipe.seqpacket",
    "Whether a send of a packet to a peer that has gone generates SIGPIPE is unspecified.",
    level=UNSPECIFIED,
    sources=[GONE],
    behaviours=NAMES,
    needs=["signals"],
)


@PACKETS.case(call=("send", "write"), family=UNIX, type=SEQPACKET)
def test_seqpacket(sockets, see, case):
    sock = sender(sockets)
    sockets.backend.on_signal(sockets.number("SIGPIPE"), "count")
    see(sends(sockets, sock, case["call"]))


REST = rule(
    "process.sigpipe.other-calls",
    "Whether a call that sends no data generates SIGPIPE is unspecified.",
    level=UNSPECIFIED,
    sources=[GONE, MAN.send(2, "MSG_NOSIGNAL", "Don't generate a SIGPIPE signal")],
    behaviours={
        "generates": "the call generates SIGPIPE when the peer has gone",
        "no-signal": "the call generates none",
    },
    needs=["signals"],
)
OTHERS = {
    "recv": lambda sock: sock.recv(1),
    "shutdown": lambda sock: sock.shutdown("SHUT_WR"),
    "getpeername": lambda sock: sock.peer_addr(),
    "poll": lambda sock: sock.poll("POLLOUT", 0),
    "empty-send": lambda sock: sock.send(b""),
}


@REST.case(call=tuple(OTHERS), family=(V4, UNIX))
def test_other_calls(sockets, see, case):
    sock = sender(sockets)
    backend, number = sockets.backend, sockets.number("SIGPIPE")
    backend.on_signal(number, "count")
    how = outcome(OTHERS[case["call"]], sock)
    see("generates" if backend.signals(number) else "no-signal", outcome=how)
