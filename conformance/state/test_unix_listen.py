"""How a unix socket listens: its queue, when that is full, and when the listener goes."""

from __future__ import annotations

from sockspec.spec import (
    BLOCKING,
    CONFORMS,
    DGRAM,
    FREEBSD,
    KERNEL,
    MAN,
    MUST,
    NONBLOCKING,
    POSIX,
    SEQPACKET,
    SHOULD,
    STREAM,
    UNIX,
    outcome,
    rule,
)

CONNECTING = (STREAM, SEQPACKET)

LISTEN_UNBOUND = rule(
    "state.unix-listen.unbound",
    "Listening on a unix socket without a name answers EDESTADDRREQ.",
    level=MUST,
    sources=[POSIX.listen("EDESTADDRREQ", "does not support listening on an unbound socket")],
    behaviours={"EDESTADDRREQ": CONFORMS, "listens": "it listens"},
)


@LISTEN_UNBOUND.case(family=UNIX, type=CONNECTING)
def test_listen_unbound(sockets, see, case):
    see(outcome(sockets.new().listen, 4, ok="listens"))


LISTEN_DGRAM = rule(
    "state.unix-listen.datagram",
    "Listening on a datagram socket answers EOPNOTSUPP.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS, "listens": "it listens"},
    needs=["unix-dgram"],
)


@LISTEN_DGRAM.case(family=UNIX, type=DGRAM, name=("bound", "unbound"))
def test_listen_datagram(sockets, see, case):
    sock = sockets.bound() if case["name"] == "bound" else sockets.new()
    see(outcome(sock.listen, 4, ok="listens"))


def fill(sockets, listener):
    """Connect until the listener's queue takes no more; the clients."""
    clients = []
    while len(clients) < 64:
        client = sockets.new()
        client.set_nonblocking(True)
        if outcome(client.connect, listener.local_addr()) != "succeeds":
            return clients
        clients.append(client)
    return clients


FULL_NONBLOCKING = rule(
    "state.unix-listen.full-nonblocking",
    "A non-blocking connect to a listener whose queue is full answers EINPROGRESS.",
    level=MUST,
    sources=[
        POSIX.connect("EINPROGRESS", "O_NONBLOCK is set for the file descriptor"),
        MAN.connect(2, "EAGAIN", "For nonblocking UNIX domain sockets"),
    ],
    behaviours={
        "EINPROGRESS": CONFORMS,
        "EAGAIN": "it is to be tried again",
        "ECONNREFUSED": "it is refused",
        "unlimited": "64 connections are taken without one being accepted",
    },
)


@FULL_NONBLOCKING.case(family=UNIX, type=CONNECTING, backlog=("0", "1", "4"))
def test_full_nonblocking(sockets, see, case):
    listener = sockets.listener(int(case["backlog"]))
    fill(sockets, listener)
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, listener.local_addr(), ok="unlimited"))


FULL_BLOCKING = rule(
    "state.unix-listen.full-blocking",
    "A blocking connect to a listener whose queue is full waits until one is accepted.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "connect() shall block for up to an unspecified")],
    behaviours={
        "waits": "until a connection is accepted",
        "connected": "it does not wait",
        "stuck": "it waits on after one was accepted",
    },
    conforming=["waits"],
)


@FULL_BLOCKING.case(family=UNIX, type=CONNECTING)
def test_full_blocking(sockets, see, case):
    listener = sockets.listener(1)
    fill(sockets, listener)
    pending = sockets.start("connect", sockets.new(), listener.local_addr())
    if not pending.is_blocked():
        see(outcome(pending.result, 0.0, ok="connected"))
        return
    sockets.accepted(listener)
    see(outcome(pending.result, 1.0, ok="waits") if pending.wait(1.0) else "stuck")


FULL_CLOSED = rule(
    "state.unix-listen.closed-while-waiting",
    "A connect that waits at a full queue is refused when the listener closes.",
    level=SHOULD,
    sources=[POSIX.connect("ECONNREFUSED"), KERNEL("net/unix/af_unix.c", "unix_release_sock")],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "connected": "it succeeds",
        "stuck": "it waits on",
        "not-waiting": "it did not wait at all",
    },
)


@FULL_CLOSED.case(family=UNIX, type=CONNECTING)
def test_closed_while_waiting(sockets, see, case):
    listener = sockets.listener(1)
    fill(sockets, listener)
    pending = sockets.start("connect", sockets.new(), listener.local_addr())
    if not pending.is_blocked():
        see("not-waiting")
        return
    listener.close()
    see(outcome(pending.result, 1.0, ok="connected") if pending.wait(1.0) else "stuck")


ROOM = rule(
    "state.unix-listen.room-after-accept",
    "When a connection is accepted, the full queue has room for another.",
    level=MUST,
    sources=[POSIX.listen("DESCRIPTION", "limit the number of outstanding connections")],
    behaviours={"connected": CONFORMS, "EAGAIN": "the queue is still full"},
)


@ROOM.case(family=UNIX, type=CONNECTING)
def test_room_after_accept(sockets, see, case):
    listener = sockets.listener(2)
    fill(sockets, listener)
    sockets.accepted(listener)
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, listener.local_addr(), ok="connected"))


LIMIT = rule(
    "state.unix-listen.backlog",
    "The queue of a unix listener holds the backlog, or a little more.",
    level=SHOULD,
    sources=[
        POSIX.listen("DESCRIPTION", "The implementation may have an upper limit"),
        FREEBSD.listen(2, "DESCRIPTION"),
    ],
    behaviours={
        "backlog": "as many connections as the backlog says",
        "one-more": "one more than the backlog says",
        "more": "more than that",
        "fewer": "fewer than the backlog says",
    },
    conforming=["backlog", "one-more", "more"],
)


@LIMIT.case(family=UNIX, type=CONNECTING, backlog=("0", "1", "5", "17"))
def test_backlog(sockets, see, case):
    backlog = int(case["backlog"])
    held = len(fill(sockets, sockets.listener(backlog)))
    if held == backlog:
        see("backlog", held=held)
    elif held == backlog + 1:
        see("one-more", held=held)
    else:
        see("more" if held > backlog else "fewer", held=held)


UNACCEPTED = rule(
    "state.unix-listen.unaccepted-write",
    "A client can write before its connection was accepted, and the data is not lost.",
    level=SHOULD,
    sources=[POSIX.connect("DESCRIPTION"), POSIX.accept("DESCRIPTION")],
    behaviours={"delivered": CONFORMS, "lost": "nothing arrives"},
)


@UNACCEPTED.case(family=UNIX, type=CONNECTING, client=("open", "closed"))
def test_unaccepted_write(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    client.send(b"early")
    if case["client"] == "closed":
        client.close()
    server = sockets.accepted(listener)
    server.set_nonblocking(True)
    see("delivered" if server.recv(16) == b"early" else "lost")


LISTENER_CLOSED = rule(
    "state.unix-listen.closed-unaccepted",
    "A connection that was not accepted ends when the listener closes.",
    level=SHOULD,
    sources=[KERNEL("net/unix/af_unix.c", "unix_release_sock")],
    behaviours={
        "ECONNRESET": "reading tells that it was reset",
        "end": "reading tells the end of the stream",
        "open": "reading would wait",
    },
    conforming=["ECONNRESET", "end"],
)


@LISTENER_CLOSED.case(family=UNIX, type=CONNECTING, client=("silent", "wrote"))
def test_closed_unaccepted(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    if case["client"] == "wrote":
        client.send(b"unread")
    listener.close()
    client.set_nonblocking(True)
    how = outcome(client.recv, 4, ok="end")
    see("open" if how == "EAGAIN" else how)


ACCEPT_MODE = rule(
    "state.unix-listen.accept-without-connection",
    "accept without a connection waits for one, or answers EAGAIN on a non-blocking listener.",
    level=MUST,
    sources=[POSIX.accept("EAGAIN"), POSIX.accept("DESCRIPTION", "accept() shall block until")],
    behaviours={"waits": "until there is one", "EAGAIN": CONFORMS, "stuck": "it waits on"},
    conforming=["waits"],
)


@ACCEPT_MODE.case(family=UNIX, type=CONNECTING, mode=(BLOCKING, NONBLOCKING))
def test_accept_without_connection(sockets, see, case):
    listener = sockets.listener()
    if case["mode"] == NONBLOCKING:
        listener.set_nonblocking(True)
        see(outcome(listener.accept))
        return
    pending = sockets.start("accept", listener)
    assert pending.is_blocked()
    sockets.new().connect(listener.local_addr())
    if not pending.wait(1.0):
        see("stuck")
        return
    sockets.backend.close(pending.result(0.0)[0])
    see("waits")
