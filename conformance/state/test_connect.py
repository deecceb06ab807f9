"""Connecting, in every state of the socket."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    RFC,
    STREAM,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, GOES_ON, held_back, reached, refused

CONNECT_CONNECTED = rule(
    "state.connect.connected",
    "A stream socket that is connected cannot be connected again.",
    level=MUST,
    sources=[
        POSIX.connect("EISCONN", "The specified socket is connection-mode and is already"),
        RFC(9293, "3.10.1"),
    ],
    behaviours={"EISCONN": CONFORMS, "connected": "it is connected anew"},
)


@CONNECT_CONNECTED.case(family=ANY, state=CONNECTED)
def test_connect_connected(sockets, see, case):
    sock = reached(sockets, case["state"])
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))


CONNECT_LISTENING = rule(
    "state.connect.listening",
    "A socket that listens cannot be connected.",
    level=MUST,
    sources=[POSIX.connect("EOPNOTSUPP", "The socket is listening and cannot be connected")],
    behaviours={
        "EOPNOTSUPP": CONFORMS,
        "EISCONN": "it is told as connected",
        "EINVAL": "it is told as invalid",
        "connected": "it is connected",
    },
)


@CONNECT_LISTENING.case(family=ANY)
def test_connect_listening(sockets, see, case):
    address = sockets.listener().local_addr()
    see(outcome(sockets.listener().connect, address, ok="connected"))


CONNECT_PENDING = rule(
    "state.connect.pending",
    "A second connect while the first is pending is refused.",
    level=MUST,
    sources=[POSIX.connect("EALREADY", "A connection request is already in progress")],
    behaviours={"EALREADY": CONFORMS, "EINPROGRESS": "as if it were the first"},
    needs=["full-backlog"],
)


@CONNECT_PENDING.case(family=INET, address=("the-same", "another"))
def test_connect_pending(sockets, see, case):
    sock, listener = held_back(sockets)
    target = listener if case["address"] == "the-same" else sockets.listener()
    see(outcome(sock.connect, target.local_addr(), ok="connected"))


CONNECT_AFTER = rule(
    "state.connect.refused-before",
    "A socket whose connect was refused is in no state that a portable program may use.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={
        "connected": "it connects",
        "ECONNABORTED": "the earlier failure is told once more",
        "ECONNREFUSED": "the earlier failure is told again",
        "EINVAL": "it is dead",
    },
)


@CONNECT_AFTER.case(family=INET, error=("taken", "untaken"), mode=("blocking", "nonblocking"))
def test_connect_after(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    outcome(sock.connect, sockets.dead_address())
    sockets.wait(sock, "POLLOUT")
    if case["error"] == "taken":
        sock.take_error()
    how = outcome(sock.connect, sockets.listener().local_addr(), ok="connected")
    see("connected" if how in GOES_ON else how)


CONNECT_DATAGRAM = rule(
    "state.connect.datagram-again",
    "A datagram socket can be connected again, to another peer.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "or to set or reset the peer address")],
    behaviours={"changed": CONFORMS, "kept": "the first peer stays"},
)


@CONNECT_DATAGRAM.case(family=ANY, type=DGRAM)
def test_connect_datagram(sockets, see, case):
    first, second, sock = sockets.bound(), sockets.bound(), sockets.bound()
    sock.connect(first.local_addr())
    how = outcome(sock.connect, second.local_addr())
    if how == "succeeds":
        how = "changed" if sock.peer_addr() == second.local_addr() else "kept"
    see(how)


CONNECT_REFUSED = rule(
    "state.connect.nobody-listens",
    "Connecting to an address at which nothing listens is refused.",
    level=MUST,
    sources=[POSIX.connect("ECONNREFUSED", "was not listening for connections or refused")],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": "it connects"},
)


@CONNECT_REFUSED.case(family=ANY)
def test_connect_refused(sockets, see, case):
    see(outcome(sockets.new().connect, sockets.dead_address(), ok="connected"))


CONNECT_TWICE_DONE = rule(
    "state.connect.completed-nonblocking",
    "After a non-blocking connect has completed, connecting again is refused as connected.",
    level=MUST,
    sources=[POSIX.connect("EISCONN")],
    behaviours={"EISCONN": CONFORMS, "connected": "success is told, once"},
)


@CONNECT_TWICE_DONE.case(family=INET, time=("first", "second"))
def test_connect_completed(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, address)
    sockets.wait(sock, "POLLOUT")
    how = outcome(sock.connect, address, ok="connected")
    if case["time"] == "second":
        how = outcome(sock.connect, address, ok="connected")
    see(how)


CONNECT_ACCEPTED = rule(
    "state.connect.accepted",
    "A socket that was accepted cannot be connected.",
    level=MUST,
    sources=[POSIX.connect("EISCONN", "is connection-mode and is already connected")],
    behaviours={"EISCONN": CONFORMS, "connected": "it is connected anew"},
)


@CONNECT_ACCEPTED.case(family=ANY)
def test_connect_accepted(sockets, see, case):
    server = sockets.connected()[1]
    see(outcome(server.connect, sockets.listener().local_addr(), ok="connected"))


CONNECT_ENDED = rule(
    "state.connect.ended",
    "Whether a socket whose connection has ended can be connected again is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("EISCONN"), RFC(9293, "3.10.1")],
    behaviours={
        "connected": "it is connected anew",
        "EISCONN": "it counts as connected",
        "ECONNABORTED": "the end of the former connection is told once more",
        "ECONNRESET": "the reset is told",
        "EINVAL": "it is dead",
    },
)


@CONNECT_ENDED.case(family=INET, state=("reset", "both-shut"))
def test_connect_ended(sockets, see, case):
    sock = reached(sockets, case["state"])
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))


IN_PROGRESS = rule(
    "state.connect.in-progress",
    "A non-blocking connect that cannot be made at once goes on in the background.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS", "O_NONBLOCK is set for the file descriptor")],
    behaviours={
        "EINPROGRESS": CONFORMS,
        "EAGAIN": "it is told as an operation that would block",
        "connected": "success is told",
    },
    needs=["full-backlog"],
)


@IN_PROGRESS.case(family=INET)
def test_in_progress(sockets, see, case):
    _waiting, listener = held_back(sockets)
    client = sockets.new()
    client.set_nonblocking(True)
    see(outcome(client.connect, listener.local_addr(), ok="connected"))


WAITS = rule(
    "state.connect.waits",
    "A blocking connect that cannot be made at once waits.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "shall block for up to an unspecified timeout")],
    behaviours={"waits": CONFORMS, "returns": "it returns at once"},
    needs=["full-backlog"],
)


@WAITS.case(family=INET)
def test_waits(sockets, see, case):
    _waiting, listener = held_back(sockets)
    client = sockets.new()
    pending = sockets.start("connect", client, listener.local_addr())
    see("waits" if pending.is_blocked() else "returns")


ESTABLISHED = rule(
    "state.connect.writable-when-made",
    "A connection that was made in the background makes the socket writable, without error.",
    level=MUST,
    sources=[
        POSIX.connect("DESCRIPTION", "file descriptor for the socket is ready for writing")
    ],
    behaviours={"writable": CONFORMS, "error": "with an error", "silent": "it does not"},
)


@ESTABLISHED.case(family=INET)
def test_established(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.listener().local_addr())
    if not sock.poll("POLLOUT", 2.0):
        see("silent")
    else:
        see("error" if sock.take_error() else "writable")


REFUSED_LATER = rule(
    "state.connect.refused-in-background",
    "A connect that is refused in the background leaves the error to be taken.",
    level=MUST,
    sources=[POSIX.connect("ECONNREFUSED"), POSIX.chapter("2.10.16", "SO_ERROR")],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "none": "there is no error",
        "silent": "nothing ends",
    },
)


@REFUSED_LATER.case(family=INET)
def test_refused_later(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    how = outcome(sock.connect, sockets.dead_address())
    if how in GOES_ON:
        how = "silent" if not sock.poll("POLLOUT", 4.0) else sock.take_error() or "none"
    see(getattr(how, "symbol", how))


GETS_NAME = rule(
    "state.connect.binds",
    "Connecting a socket that is not bound binds it to an address of this host.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "is an unused local address")],
    behaviours={"bound": CONFORMS, "no-port": "it has no port", "no-host": "it has no address"},
)


@GETS_NAME.case(family=INET, type=(STREAM, DGRAM))
def test_gets_name(sockets, see, case):
    peer = sockets.listener() if case["type"] == STREAM else sockets.bound()
    sock = sockets.new()
    sock.connect(peer.local_addr())
    got = sock.local_addr()
    local = got.host == sockets.loopback().host
    see("no-port" if not got.port else "bound" if local else "no-host")


KEEPS_NAME = rule(
    "state.connect.keeps-name",
    "Connecting a socket that is bound leaves it its address.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "has not already been bound to a local address")],
    behaviours={"kept": CONFORMS, "another": "it has another address"},
)


@KEEPS_NAME.case(family=ANY, type=(STREAM, DGRAM))
def test_keeps_name(sockets, see, case):
    peer = sockets.listener() if case["type"] == STREAM else sockets.bound()
    sock = sockets.bound()
    before = sock.local_addr()
    sock.connect(peer.local_addr())
    see("kept" if sock.local_addr() == before else "another")


REFUSED_NAME = rule(
    "state.connect.refused-name",
    "Which local address a socket has after its connect was refused is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")],
    behaviours={
        "kept": "the address that it was bound to",
        "port-only": "a port, at no address",
        "host-and-port": "an address and a port",
        "none": "none",
    },
)


@REFUSED_NAME.case(family=INET, bound=("before", "by-connect"))
def test_refused_name(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    before = sock.local_addr() if case["bound"] == "before" else None
    failed = refused(sockets, sock)
    names = []
    how = outcome(lambda: names.append(failed.local_addr()))
    if not names:
        see(how)
        return
    (got,) = names
    if case["bound"] == "before":
        see("kept" if got == before else "none" if not got.port else "port-only")
        return
    if not got.port:
        see("none")
        return
    see("port-only" if got.host == sockets.wildcard().host else "host-and-port")


TO_NOBODY = rule(
    "state.connect.datagram-to-nobody",
    "Connecting a datagram socket makes no connection: it succeeds with nobody there.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "and no connection is made")],
    behaviours={"connected": CONFORMS, "ECONNREFUSED": "it is refused"},
)


@TO_NOBODY.case(family=INET, type=DGRAM, mode=("blocking", "nonblocking"))
def test_to_nobody(sockets, see, case):
    gone = sockets.bound()
    address = gone.local_addr()
    gone.close()
    sock = sockets.new()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    see(outcome(sock.connect, address, ok="connected"))


NONBLOCKING_DATAGRAM = rule(
    "state.connect.datagram-at-once",
    "Connecting a non-blocking datagram socket succeeds at once.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "shall set the socket's peer address")],
    behaviours={"connected": CONFORMS, "EINPROGRESS": "it is told as going on"},
)


@NONBLOCKING_DATAGRAM.case(family=ANY, type=DGRAM)
def test_nonblocking_datagram(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(outcome(sock.connect, sockets.bound().local_addr(), ok="connected"))


SAME_PAIR = rule(
    "state.connect.same-pair",
    "Two connections between the same two addresses cannot be.",
    level=MUST,
    sources=[
        POSIX.connect("EADDRINUSE", "uses addresses that are already in use"),
        RFC(9293, "3.10.1"),
    ],
    behaviours={
        "EADDRINUSE": CONFORMS,
        "EADDRNOTAVAIL": "the address is told as not available",
        "not-bound": "two sockets cannot even be bound to the address",
        "connected": "they can",
    },
)


@SAME_PAIR.case(family=INET, type=STREAM)
def test_same_pair(sockets, see, case):
    target = sockets.listener().local_addr()
    first, second = sockets.new(), sockets.new()
    for sock in (first, second):
        sock.set_reuse_address(True)
    first.bind(sockets.loopback())
    if outcome(second.bind, first.local_addr()) != "succeeds":
        see("not-bound")
        return
    first.connect(target)
    see(outcome(second.connect, target, ok="connected"))
