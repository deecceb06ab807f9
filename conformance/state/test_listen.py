"""Listening: in every state of the socket, and how long the queue is."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    KERNEL,
    MAN,
    MAY,
    MUST,
    POSIX,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, fill_queue, held_back, reached

LISTEN_CONNECTED = rule(
    "state.listen.connected",
    "A socket that is connected cannot listen.",
    level=MUST,
    sources=[POSIX.listen("EINVAL", "The socket is already connected")],
    behaviours={
        "EINVAL": CONFORMS,
        "EISCONN": "it is told as connected",
        "listens": "it listens",
    },
)


@LISTEN_CONNECTED.case(family=ANY, state=CONNECTED)
@LISTEN_CONNECTED.case(family=INET, state="connecting")
def test_listen_connected(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).listen, 1, ok="listens"))


LISTEN_AGAIN = rule(
    "state.listen.listening",
    "What listening on a socket that listens already does.",
    level=UNSPECIFIED,
    sources=[POSIX.listen("DESCRIPTION")],
    behaviours={"listens": "it goes on listening", "EINVAL": "it is refused"},
)


@LISTEN_AGAIN.case(family=ANY)
def test_listen_again(sockets, see, case):
    see(outcome(sockets.listener().listen, 3, ok="listens"))


LISTEN_UNBOUND = rule(
    "state.listen.unbound",
    "A socket that is not bound is refused to listen, or bound to an address of its own.",
    level=MAY,
    sources=[
        POSIX.listen("EDESTADDRREQ"),
        MAN.ip(7, "DESCRIPTION", "When listen(2) is called on an unbound socket"),
    ],
    behaviours={
        "EDESTADDRREQ": CONFORMS,
        "EINVAL": "it is refused as invalid",
        "bound": "it listens at an address that the system chose",
        "unbound": "it listens without an address",
    },
    conforming=["bound"],
)


@LISTEN_UNBOUND.case(family=ANY)
def test_listen_unbound(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.listen, 1)
    if how == "succeeds":
        how = "bound" if sock.local_addr().port else "unbound"
    see(how)


LISTEN_DATAGRAM = rule(
    "state.listen.datagram",
    "A datagram socket cannot listen.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS, "listens": "it listens"},
)


@LISTEN_DATAGRAM.case(family=ANY, type=DGRAM, state=("fresh", "bound", "connected"))
def test_listen_datagram(sockets, see, case):
    if case["state"] == "connected":
        sock = sockets.connected()[0]
    else:
        sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.listen, 1, ok="listens"))


LISTEN_SHUT = rule(
    "state.listen.shut-down",
    "A connection that was shut down in both directions cannot listen.",
    level=MUST,
    sources=[
        POSIX.listen("EINVAL", "is already connected"),
        POSIX.listen("EINVAL (may fail)", "has been shut down"),
    ],
    behaviours={"EINVAL": CONFORMS, "EISCONN": "it is told as connected", "listens": "it does"},
)


@LISTEN_SHUT.case(family=ANY)
def test_listen_shut(sockets, see, case):
    see(outcome(reached(sockets, "both-shut").listen, 1, ok="listens"))


LISTEN_FAILED = rule(
    "state.listen.failed",
    "Whether a socket whose connection has failed can listen is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={
        "listens": "it listens",
        "EINVAL": "it is told as connected or shut down",
        "EDESTADDRREQ": "it is told as not bound",
    },
)


@LISTEN_FAILED.case(family=INET, state=("refused", "reset"))
@LISTEN_FAILED.case(family=UNIX, state="refused")
def test_listen_failed(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).listen, 1, ok="listens"))


LISTEN_ACCEPTED = rule(
    "state.listen.accepted",
    "A socket that was accepted cannot listen.",
    level=MUST,
    sources=[
        POSIX.listen("EINVAL", "is already connected"),
        POSIX.accept("DESCRIPTION", "cannot itself accept more connections"),
    ],
    behaviours={"EINVAL": CONFORMS, "EISCONN": "it is told as connected", "listens": "it does"},
)


@LISTEN_ACCEPTED.case(family=ANY)
def test_listen_accepted(sockets, see, case):
    see(outcome(sockets.connected()[1].listen, 1, ok="listens"))


LISTEN_RANGE = rule(
    "state.listen.any-backlog",
    "Any backlog is accepted: one beyond the limit of the system is reduced.",
    level=MUST,
    sources=[
        POSIX.listen("DESCRIPTION", "silently reduce the specified value"),
        POSIX.listen("DESCRIPTION", "backlog argument value that is less than 0"),
    ],
    behaviours={"listens": CONFORMS, "EINVAL": "it is refused"},
)


@LISTEN_RANGE.case(family=ANY, backlog=("-2147483648", "-1", "0", "1", "4096", "2147483647"))
def test_listen_range(sockets, see, case):
    see(outcome(sockets.bound().listen, int(case["backlog"]), ok="listens"))


NEGATIVE = rule(
    "state.listen.negative-backlog",
    "A backlog below 0 makes a queue as long as a backlog of 0 does.",
    level=MUST,
    sources=[POSIX.listen("DESCRIPTION", "had been called with a backlog argument value of 0")],
    behaviours={
        "as-zero": CONFORMS,
        "longer": "the queue is longer",
        "shorter": "it is shorter",
    },
)


@NEGATIVE.case(family=INET, backlog=("-1", "-2147483648"))
def test_negative(sockets, see, case):
    lengths = []
    for backlog in (0, int(case["backlog"])):
        listener = sockets.bound()
        listener.listen(backlog)
        lengths.append(len(fill_queue(sockets, listener, limit=8)[0]))
    zero, negative = lengths
    see("as-zero" if negative == zero else "longer" if negative > zero else "shorter")


LENGTH = rule(
    "state.listen.queue-length",
    "The backlog is a hint: how many connections wait to be accepted is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.listen("DESCRIPTION", "provides a hint to the implementation")],
    behaviours={
        "none": "no connection waits",
        "fewer": "fewer than the backlog",
        "as-many": "as many as the backlog",
        "one-more": "one more than the backlog",
        "more": "more than that",
    },
)


@LENGTH.case(family=INET, backlog=("0", "1", "2", "5"))
def test_length(sockets, see, case):
    backlog = int(case["backlog"])
    waiting = len(fill_queue(sockets, sockets.listener(backlog), limit=12)[0])
    named = {0: "as-many", 1: "one-more"}
    if not waiting and backlog:
        see("none")
    else:
        see(named.get(waiting - backlog, "fewer" if waiting < backlog else "more"), n=waiting)


MONOTONE = rule(
    "state.listen.larger-backlog",
    "A larger backlog does not make the queue shorter.",
    level=SHOULD,
    sources=[POSIX.listen("DESCRIPTION", "shall result in a larger or equal length")],
    behaviours={"longer": CONFORMS, "equal": CONFORMS, "shorter": "it does"},
)


@MONOTONE.case(family=INET)
def test_monotone(sockets, see, case):
    small, large = (
        len(fill_queue(sockets, sockets.listener(backlog), limit=12)[0]) for backlog in (1, 6)
    )
    see("longer" if large > small else "equal" if large == small else "shorter")


UPDATED = rule(
    "state.listen.updates-backlog",
    "Whether listening again changes the length of the queue is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.listen("DESCRIPTION"), KERNEL("net/ipv4/af_inet.c", "inet_listen")],
    behaviours={
        "changed": "the later backlog counts",
        "kept": "the first backlog stays",
        "EINVAL": "it is refused",
    },
)


@UPDATED.case(family=INET, change=("up", "down"))
def test_updated(sockets, see, case):
    before, after = (1, 5) if case["change"] == "up" else (5, 1)
    plain = len(fill_queue(sockets, sockets.listener(before), limit=12)[0])
    listener = sockets.listener(before)
    how = outcome(listener.listen, after)
    again = len(fill_queue(sockets, listener, limit=12)[0])
    see(how if how != "succeeds" else "kept" if again == plain else "changed")


OVERFLOW = rule(
    "state.listen.full-queue",
    "What becomes of a connect to a listener whose queue is full is left open.",
    level=UNSPECIFIED,
    sources=[
        POSIX.listen("DESCRIPTION", "limit the number of outstanding connections"),
        MAN.listen(2, "DESCRIPTION", "the request may be ignored so that a later reattempt"),
    ],
    behaviours={
        "waits": "it stays pending, without an error",
        "ECONNREFUSED": "it is refused",
        "never-full": "the queue takes every connect",
    },
)


@OVERFLOW.case(family=INET)
def test_overflow(sockets, see, case):
    _served, last = fill_queue(sockets, sockets.listener(0))
    if last is None:
        see("never-full")
    else:
        see("ECONNREFUSED" if last.poll("POLLOUT", 0) else "waits")


ROOM = rule(
    "state.listen.room-after-accept",
    "When a connection is accepted, the full queue has room for another.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue")],
    behaviours={"room": CONFORMS, "full": "it stays full"},
    needs=["full-backlog"],
)


@ROOM.case(family=INET)
def test_room(sockets, see, case):
    _waiting, listener = held_back(sockets)
    # Accept all that wait. Then a new client is served at once: the one that was held
    # back tries again only after a time that the system chooses.
    while sockets.accepted(listener) and listener.poll("POLLIN", 0):
        pass
    client = sockets.new()
    client.set_nonblocking(True)
    outcome(client.connect, listener.local_addr())
    see("room" if client.poll("POLLOUT", 1.0) and not client.take_error() else "full")
