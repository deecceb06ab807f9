"""Calls that need a descriptor when the process can have no more."""

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
ALL_OPEN = "All file descriptors available to the process are currently open"
SPARE = 8  # descriptors, more than any test here needs


def limited(sockets, spare=0):
    """Let so many more descriptors be opened."""
    sockets.backend.limit_descriptors(spare)


CREATION = rule(
    "process.limit.creation",
    "A call that makes a descriptor fails with EMFILE when the process can open no more.",
    level=MUST,
    sources=[
        POSIX.socket("EMFILE", ALL_OPEN),
        POSIX.accept("EMFILE", ALL_OPEN),
        POSIX.fcntl("EMFILE", "all file descriptors available to the process are"),
    ],
    behaviours={"EMFILE": CONFORMS},
    needs=["descriptor-limit"],
)
MAKING = {
    "socket": lambda sockets, _sock: sockets.new(),
    "accept": lambda sockets, sock: sockets.accepted(sock),
    "dup": lambda sockets, sock: sockets.keep(sock.try_clone()),
}


@CREATION.case(call=tuple(MAKING), family=ANY)
def test_creation(sockets, see, case):
    listener = sockets.listener()
    sockets.new().connect(listener.local_addr())
    limited(sockets)
    see(outcome(MAKING[case["call"]], sockets, listener))


PAIR = rule(
    "process.limit.pair",
    "A socketpair() for which descriptors are missing fails with EMFILE, and leaves none.",
    level=MUST,
    sources=[POSIX.socketpair("EMFILE", "or all but one, of the file descriptors available")],
    behaviours={"EMFILE": CONFORMS, "leaves-one": "it fails, and one descriptor stays open"},
    needs=["descriptor-limit", "pair"],
)


@PAIR.case(spare=("0", "1"), family=UNIX)
def test_pair(sockets, see, case):
    spare = int(case["spare"])
    domain, kind = sockets.number("AF_UNIX"), sockets.number("SOCK_STREAM")
    limited(sockets, spare)
    how = outcome(sockets.backend.pair, domain, kind, 0)
    left = sum(outcome(sockets.new) == "succeeds" for _ in range(spare + 1))
    see("leaves-one" if how == "EMFILE" and left < spare else how)


QUEUED = rule(
    "process.limit.stays-queued",
    "Whether a connection stays queued when accept() fails with EMFILE is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept("EMFILE", ALL_OPEN),
        MAN.accept(2, "EMFILE", "The per-process limit on the number of open file"),
    ],
    behaviours={
        "stays-queued": "the listener stays readable, and the connection is accepted later",
        "not-readable": "the connection is accepted later, but the listener is not readable",
        "lost": "the connection is not accepted later",
        "accepted": "accept() succeeds",
    },
    needs=["descriptor-limit"],
)


@QUEUED.case(family=ANY)
@QUEUED.case(family=UNIX, type=SEQPACKET)
def test_stays_queued(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    limited(sockets)
    how = outcome(sockets.accepted, listener, ok="accepted")
    if how != "EMFILE":
        see(how)
        return
    readable = bool(listener.poll("POLLIN", 0))
    limited(sockets, SPARE)
    listener.set_nonblocking(True)
    if outcome(listener.accept) != "succeeds":
        see("lost")
        return
    see("stays-queued" if readable else "not-readable")


NO_CONNECTION = rule(
    "process.limit.nothing-to-accept",
    "Whether accept() without a connection fails with EMFILE at once is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.accept("EMFILE", ALL_OPEN),
        MAN.accept(2, "EMFILE", "The per-process limit on the number of open file"),
    ],
    behaviours={"waits": "it waits for a connection"},
    needs=["descriptor-limit"],
)


@NO_CONNECTION.case(family=(V4, UNIX), mode=("blocking", "nonblocking"))
def test_nothing_to_accept(sockets, see, case):
    listener = sockets.listener()
    listener.set_nonblocking(case["mode"] == "nonblocking")
    limited(sockets)
    pending = sockets.start("accept", listener)
    see(outcome(pending.result) if pending.wait(0.2) else "waits")
