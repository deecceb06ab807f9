"""Listening: in every state of the socket, and how long the queue is."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MAY,
    MS,
    MUST,
    POSIX,
    SERVER,
    SHOULD,
    SOCKET2,
    TOKIO,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, connect_ends, fill_queue, held_back, reached

LISTENS = "listen() succeeds"
SHORTER = "the queue is shorter"

LISTEN_CONNECTED = rule(
    "state.listen.connected",
    "listen() on a connected socket fails with EINVAL.",
    level=MUST,
    sources=[
        POSIX.listen("EINVAL", "The socket is already connected"),
        SOCKET2.listen(3, "if listen or connect has already been called on this builder"),
    ],
    behaviours={"EINVAL": CONFORMS, "listens": LISTENS},
    aliases=["contracts.listen.already-connected"],
    renamed={"accepted": "listens"},
)

CONNECTING = rule(
    "state.listen.connecting",
    "Whether a socket whose connect is pending can listen is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        POSIX.listen("EINVAL", "The socket is already connected"),
        FREEBSD.listen(2, "EINVAL", "already connected, or in the process of being connected"),
    ],
    behaviours={"listens": LISTENS},
    split_from=["state.listen.connected"],
)

SHUT_DOWN = rule(
    "state.listen.shut-down",
    "listen() on a connection that is shut down in both directions may fail with EINVAL.",
    level=MAY,
    sources=[POSIX.listen("EINVAL (may fail)", "The socket has been shut down")],
    behaviours={"EINVAL": CONFORMS, "listens": LISTENS},
)

ENDED = rule(
    "state.listen.failed",
    "Whether a socket whose connect was refused, or whose connection ended, can listen is "
    "unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified"),
        POSIX.listen("EINVAL", "The socket is already connected"),
    ],
    behaviours={"listens": LISTENS},
    split_from=["state.listen.connected"],
)


@LISTEN_CONNECTED.case(family=INET, state=CONNECTED)
@LISTEN_CONNECTED.case(family=UNIX, state=("connected", "write-shut", "read-shut"))
@CONNECTING.case(family=INET, state="connecting")
@ENDED.case(family=INET, state=("refused", "reset"))
@ENDED.case(family=UNIX, state=("refused", "peer-closed"))
def test_state(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).listen, 1, ok="listens"))


@SHUT_DOWN.case(family=ANY)
def test_shut_down(sockets, see, case):
    see(outcome(reached(sockets, "both-shut").listen, 1, ok="listens"))


LISTEN_ACCEPTED = rule(
    "state.listen.accepted",
    "listen() on an accepted socket fails with EINVAL.",
    level=MUST,
    sources=[
        POSIX.listen("EINVAL", "The socket is already connected"),
        POSIX.accept("DESCRIPTION", "cannot itself accept more connections"),
    ],
    behaviours={"EINVAL": CONFORMS, "listens": LISTENS},
)


@LISTEN_ACCEPTED.case(family=ANY)
def test_listen_accepted(sockets, see, case):
    see(outcome(sockets.serving()[0].listen, 1, ok="listens"))


LISTEN_UNBOUND = rule(
    "state.listen.unbound",
    "listen() on an unbound socket succeeds, or fails with EDESTADDRREQ.",
    level=MUST,
    sources=[
        POSIX.listen("EDESTADDRREQ", "does not support listening on an unbound socket"),
        MAN.ip(7, "DESCRIPTION", "the socket is automatically bound to a random free port"),
    ],
    behaviours={
        "EDESTADDRREQ": CONFORMS,
        "bound": "it listens at a port that the system chose",
        "unbound": "it listens without a port",
    },
    conforming=["bound", "unbound"],
)


@LISTEN_UNBOUND.case(family=INET)
def test_listen_unbound(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.listen, 1)
    if how == "succeeds":
        how = "bound" if sock.local_addr().port else "unbound"
    see(how)


LISTEN_DATAGRAM = rule(
    "state.listen.datagram",
    "listen() on a datagram socket fails with EOPNOTSUPP.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS, "listens": LISTENS},
)


@LISTEN_DATAGRAM.case(family=INET, type=DGRAM, state=("fresh", "bound", "connected"))
@LISTEN_DATAGRAM.case(family=UNIX, type=DGRAM, state="connected")
def test_listen_datagram(sockets, see, case):
    if case["state"] == "connected":
        sock = sockets.connected()[0]
    else:
        sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.listen, 1, ok="listens"))


ANY_BACKLOG = rule(
    "state.listen.any-backlog",
    "listen() succeeds with any backlog, be it negative or beyond the limit of the system.",
    level=MUST,
    sources=[
        POSIX.listen("DESCRIPTION", "silently reduce the specified value"),
        POSIX.listen("DESCRIPTION", "called with a backlog argument value that is less than 0"),
    ],
    behaviours={"listens": CONFORMS},
)


@ANY_BACKLOG.case(family=ANY, backlog=("-2147483648", "-1", "0", "1", "4096", "2147483647"))
def test_any_backlog(sockets, see, case):
    see(outcome(sockets.bound().listen, int(case["backlog"]), ok="listens"))


NEGATIVE = rule(
    "state.listen.negative-backlog",
    "A negative backlog makes the queue as long as a backlog of 0 does.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.listen("DESCRIPTION", "had been called with a backlog argument value of 0")],
    behaviours={
        "as-zero": CONFORMS,
        "longer": "the queue is longer",
        "shorter": SHORTER,
    },
)


@NEGATIVE.case(family=INET, backlog=("-1", "-2147483648"))
def test_negative(sockets, see, case):
    zero, negative = (
        len(fill_queue(sockets, sockets.listener(backlog), limit=8)[0])
        for backlog in (0, int(case["backlog"]))
    )
    how = "as-zero" if negative == zero else "longer" if negative > zero else "shorter"
    see(how, zero=zero, negative=negative)


LENGTH = rule(
    "state.listen.queue-length",
    "Whether as many connections wait to be accepted as the backlog says is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[POSIX.listen("DESCRIPTION", "provides a hint to the implementation")],
    behaviours={
        "no-connection": "no connection waits",
        "fewer": "fewer than the backlog",
        "as-many": "as many as the backlog",
        "one-more": "one more than the backlog",
        "more": "at least two more than the backlog",
    },
    renamed={"none": "no-connection"},
)


@LENGTH.case(family=INET, backlog=("0", "1", "2", "5"))
def test_length(sockets, see, case):
    backlog = int(case["backlog"])
    sockets.allowed("net.core.somaxconn", backlog)
    waiting = len(fill_queue(sockets, sockets.listener(backlog), limit=12)[0])
    named = {0: "as-many", 1: "one-more"}
    if not waiting and backlog:
        see("no-connection")
    else:
        see(named.get(waiting - backlog, "fewer" if waiting < backlog else "more"), n=waiting)


LARGER = rule(
    "state.listen.larger-backlog",
    "A larger backlog does not make the queue shorter.",
    level=SHOULD,
    judges=SERVER,
    sources=[POSIX.listen("DESCRIPTION", "shall result in a larger or equal length")],
    behaviours={"longer": CONFORMS, "equal": CONFORMS, "shorter": SHORTER},
)


@LARGER.case(family=INET)
def test_larger(sockets, see, case):
    small, large = (
        len(fill_queue(sockets, sockets.listener(backlog), limit=12)[0]) for backlog in (1, 6)
    )
    how = "longer" if large > small else "equal" if large == small else "shorter"
    see(how, small=small, large=large)


UPDATED = rule(
    "state.listen.updates-backlog",
    "Whether a second listen() changes the length of the queue is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.listen("DESCRIPTION", "provides a hint to the implementation"),
        FREEBSD.listen(
            2, "DESCRIPTION", "allows the caller to change the maximum queue length"
        ),
        MS.listen("Remarks", "return success without changing the value for the backlog"),
    ],
    behaviours={
        "changed": "the queue is as long as the second backlog makes it",
        "kept": "the queue is as long as the first backlog makes it",
        "neither": "the queue has another length",
    },
)


@UPDATED.case(family=INET, change=("up", "down"))
def test_updated(sockets, see, case):
    before, after = (1, 5) if case["change"] == "up" else (5, 1)
    sockets.allowed("net.core.somaxconn", max(before, after))
    first, second = (
        len(fill_queue(sockets, sockets.listener(backlog), limit=12)[0])
        for backlog in (before, after)
    )
    listener = sockets.listener(before)
    how = outcome(listener.listen, after)
    if how == "succeeds":
        got = len(fill_queue(sockets, listener, limit=12)[0])
        how = {second: "changed", first: "kept"}.get(got, "neither")
    see(how)


FULL = rule(
    "state.listen.full-queue",
    "Whether a connect to a listener whose queue is full stays pending is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.listen("DESCRIPTION", "limit the number of outstanding connections"),
        MAN.listen(2, "DESCRIPTION", "the request may be ignored so that a later reattempt"),
        TOKIO.listen(4, "the operating-system will start rejecting connections"),
        TOKIO.listen(6, "Behavior is platform specific"),
    ],
    behaviours={
        "waits": "it stays pending, without an error",
        "connected": "it connects, although an earlier one is still pending",
        "never-full": "the queue takes every connect",
    },
    aliases=["contracts.tcp-listener.queue-full", "contracts.tcp-socket.queue-full"],
    renamed={"held-back": "waits", "accepted": "never-full"},
)


@FULL.case(family=INET)
def test_full(sockets, see, case):
    listener = sockets.listener(0)
    _served, last = fill_queue(sockets, listener)
    if last is None:
        see("never-full")
        return
    client = sockets.new()
    client.set_nonblocking(True)
    how = connect_ends(sockets, client, listener.local_addr(), 2.5)
    see("waits" if how == "pending" else how)


ROOM = rule(
    "state.listen.room-after-accept",
    "Accepting the connections of a full queue makes room for another.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue"),
        POSIX.listen("DESCRIPTION", "limit the number of outstanding connections"),
    ],
    behaviours={"room": CONFORMS, "full": "another connect does not succeed"},
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
    how = connect_ends(sockets, client, listener.local_addr(), 1.0)
    see("room" if how == "connected" else "full")
