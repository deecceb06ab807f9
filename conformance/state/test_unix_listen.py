"""How a unix socket listens: its queue, when that is full, and when the listener goes."""

from __future__ import annotations

from sockspec.errors import Unsupported
from sockspec.spec import (
    BLOCKING,
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    NONBLOCKING,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import fill_queue

CONNECTING = (STREAM, SEQPACKET)

REFUSED = POSIX.connect(
    "ECONNREFUSED", "was not listening for connections or refused the connection request"
)
HINT = POSIX.listen("DESCRIPTION", "shall use to limit the number of outstanding connections")


def full(sockets, backlog):
    """A listener whose queue is full."""
    listener = sockets.listener(backlog)
    if fill_queue(sockets, listener)[1] is None:
        raise Unsupported("a full queue", f"a backlog of {backlog} does not limit it")
    return listener


LISTEN_UNBOUND = rule(
    "state.unix-listen.unbound",
    "Listening on an unbound unix socket succeeds or fails with EDESTADDRREQ.",
    level=MUST,
    sources=[
        POSIX.listen(
            "EDESTADDRREQ", "and the protocol does not support listening on an unbound socket"
        )
    ],
    behaviours={"EDESTADDRREQ": CONFORMS, "listens": "it listens"},
    conforming=["listens"],
)


@LISTEN_UNBOUND.case(family=UNIX, type=CONNECTING)
def test_listen_unbound(sockets, see, case):
    see(outcome(sockets.new().listen, 4, ok="listens"))


LISTEN_DGRAM = rule(
    "state.unix-listen.datagram",
    "Listening on a unix datagram socket fails with EOPNOTSUPP.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS, "listens": "it listens"},
    needs=["unix-dgram"],
)


@LISTEN_DGRAM.case(family=UNIX, type=DGRAM, name=("bound", "unbound"))
def test_listen_datagram(sockets, see, case):
    sock = sockets.bound() if case["name"] == "bound" else sockets.new()
    see(outcome(sock.listen, 4, ok="listens"))


FULL_NONBLOCKING = rule(
    "state.unix-listen.full-nonblocking",
    "A non-blocking connect to a full queue fails with EINPROGRESS or ECONNREFUSED.",
    level=MUST,
    sources=[
        POSIX.connect("EINPROGRESS", "and the connection cannot be immediately established"),
        REFUSED,
        HINT,
        MAN.connect(2, "EAGAIN", "and the connection cannot be completed immediately"),
    ],
    behaviours={
        "EINPROGRESS": CONFORMS,
        "ECONNREFUSED": CONFORMS,
        "unlimited": "the queue takes 24 connections, whatever the backlog",
    },
)


@FULL_NONBLOCKING.case(family=UNIX, type=CONNECTING, backlog=("0", "1", "4"))
def test_full_nonblocking(sockets, see, case):
    listener = sockets.listener(int(case["backlog"]))
    fill_queue(sockets, listener)
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, listener.local_addr(), ok="unlimited"))


FULL_BLOCKING = rule(
    "state.unix-listen.full-blocking",
    "A blocking connect to a full queue waits for an accept, or fails with ECONNREFUSED.",
    level=MUST,
    sources=[
        POSIX.connect(
            "DESCRIPTION", "connect() shall block for up to an unspecified timeout interval"
        ),
        REFUSED,
    ],
    behaviours={
        "waits": "it waits until there is room, or a connection",
        "ECONNREFUSED": CONFORMS,
        "connected": "it succeeds",
        "stuck": "it goes on waiting",
    },
    conforming=["waits"],
)


@FULL_BLOCKING.case(family=UNIX, type=CONNECTING)
def test_full_blocking(sockets, see, case):
    listener = full(sockets, 1)
    pending = sockets.start("connect", sockets.new(), listener.local_addr())
    if not pending.is_blocked():
        see(outcome(pending.result, 0.0, ok="connected"))
        return
    sockets.accepted(listener)
    see(outcome(pending.result, 1.0, ok="waits") if pending.wait(1.0) else "stuck")


FULL_CLOSED = rule(
    "state.unix-listen.closed-while-waiting",
    "Whether a connect that waits fails when the listener closes is unspecified.",
    level=UNSPECIFIED,
    sources=[REFUSED],
    behaviours={
        "connected": "it succeeds",
        "stuck": "it goes on waiting",
        "not-waiting": "it did not wait at all",
    },
    aliases=["state.close.queue-refused"],
    renamed={"waits": "stuck"},
)


@FULL_CLOSED.case(family=UNIX, type=CONNECTING)
def test_closed_while_waiting(sockets, see, case):
    listener = full(sockets, 1)
    pending = sockets.start("connect", sockets.new(), listener.local_addr())
    if not pending.is_blocked():
        see("not-waiting")
        return
    listener.close()
    see(outcome(pending.result, 1.0, ok="connected") if pending.wait(1.0) else "stuck")


ROOM = rule(
    "state.unix-listen.room-after-accept",
    "An accept makes room for another connection in a full queue.",
    level=MUST,
    sources=[
        POSIX.accept(
            "DESCRIPTION",
            "shall extract the first connection on the queue of pending connections",
        ),
        HINT,
    ],
    behaviours={"connected": "it succeeds"},
    conforming=["connected"],
)


@ROOM.case(family=UNIX, type=CONNECTING)
def test_room_after_accept(sockets, see, case):
    listener = full(sockets, 2)
    sockets.accepted(listener)
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, listener.local_addr(), ok="connected"))


LIMIT = rule(
    "state.unix-listen.backlog",
    "Whether a queue holds exactly as many connections as the backlog is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.listen(
            "DESCRIPTION", "The backlog argument provides a hint to the implementation"
        )
    ],
    behaviours={
        "backlog": "it holds as many",
        "one-more": "it holds one more",
        "more": "it holds at least two more",
        "fewer": "it holds fewer",
    },
)


@LIMIT.case(family=UNIX, type=CONNECTING, backlog=("0", "1", "5", "17"))
def test_backlog(sockets, see, case):
    backlog = int(case["backlog"])
    sockets.allowed("net.core.somaxconn", backlog)
    held = len(fill_queue(sockets, sockets.listener(backlog))[0])
    if held < backlog:
        see("fewer", held=held)
    else:
        see({0: "backlog", 1: "one-more"}.get(held - backlog, "more"), held=held)


UNACCEPTED = rule(
    "state.unix-listen.unaccepted-write",
    "What a client writes before its connection is accepted is received after it.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.6", "SOCK_STREAM", "provides reliable, sequenced, full-duplex octet"
        ),
        POSIX.chapter(
            "2.10.6", "SOCK_SEQPACKET", "socket type is similar to the SOCK_STREAM type"
        ),
    ],
    behaviours={"delivered": "the data is received", "lost": "the data is not received"},
    conforming=["delivered"],
)

UNACCEPTED_CLOSED = rule(
    "state.unix-listen.closed-client-write",
    "Whether what a client wrote is received when it closed before the accept is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.accept("ECONNABORTED", "A connection has been aborted")],
    behaviours={"delivered": "the data is received", "lost": "the data is not received"},
    split_from=["state.unix-listen.unaccepted-write"],
)


@UNACCEPTED.case(family=UNIX, type=CONNECTING, client="open")
@UNACCEPTED_CLOSED.case(family=UNIX, type=CONNECTING, client="closed")
def test_unaccepted_write(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    client.send(b"early")
    if case["client"] == "closed":
        client.close()
    server = sockets.accepted(listener)
    arrived = server.poll("POLLIN", 1.0) and server.recv(16) == b"early"
    see("delivered" if arrived else "lost")


LISTENER_CLOSED = rule(
    "state.unix-listen.closed-unaccepted",
    "Whether a connection not accepted ends when the listener closes is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.close(
            "DESCRIPTION", "If fildes refers to a socket, close() shall cause the socket"
        ),
        POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer"),
    ],
    behaviours={
        "returns-zero": "a receive returns zero bytes",
        "open": "a receive would wait",
    },
    renamed={"end": "returns-zero"},
)


@LISTENER_CLOSED.case(family=UNIX, type=CONNECTING, client=("silent", "wrote"))
def test_closed_unaccepted(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    if case["client"] == "wrote":
        client.send(b"unread")
    listener.close()
    client.set_nonblocking(True)
    how = outcome(client.recv, 4, ok="returns-zero")
    see("open" if how == "EAGAIN" else how)


ACCEPT = rule(
    "state.unix-listen.accept-without-connection",
    "accept() waits for a connection, or fails with EAGAIN on a non-blocking listener.",
    level=MUST,
    sources=[
        POSIX.accept("DESCRIPTION", "accept() shall block until a connection is present"),
        POSIX.accept("EAGAIN", "and no connections are present to be accepted"),
    ],
    behaviours={
        "waits-for-one": "on a blocking listener it waits until there is a connection",
        "EAGAIN": CONFORMS,
        "returns-at-once": "on a blocking listener it does not wait",
        "stuck": "it goes on waiting",
        "accepted": "on a non-blocking listener it succeeds",
    },
    conforming=["waits-for-one"],
    renamed={"waits": "waits-for-one"},
)


@ACCEPT.case(family=UNIX, type=CONNECTING, mode=(BLOCKING, NONBLOCKING))
def test_accept_without_connection(sockets, see, case):
    listener = sockets.listener()
    if case["mode"] == NONBLOCKING:
        listener.set_nonblocking(True)
        see(outcome(listener.accept, ok="accepted"))
        return
    pending = sockets.start("accept", listener)
    if not pending.is_blocked():
        see("returns-at-once")
        return
    sockets.new().connect(listener.local_addr())
    if not pending.wait(1.0):
        see("stuck")
        return
    sockets.backend.close(pending.result(0.0)[0])
    see("waits-for-one")
