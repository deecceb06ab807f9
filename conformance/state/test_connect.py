"""Connecting a stream socket: in every state, at once and in the background.

Where a unix socket can connect to is a subject of its own, `unix-connect`.
"""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MAY,
    MS,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, GOES_ON, connect_ends, held_back, reached, refused

EISCONN = POSIX.connect("EISCONN", "is connection-mode and is already connected")
STATE = POSIX.connect("APPLICATION USAGE", "the state of the socket is unspecified")
EXISTS = RFC(9293, "3.10.1", 'Return "error: connection already exists"')

CONNECTS = "connect() succeeds"
PENDING = "the connect neither succeeds nor fails"
DEAD = "the socket cannot be used again"
EARLIER = "the earlier error is reported once more"

CONNECT_CONNECTED = rule(
    "state.connect.connected",
    "connect() on a connected stream socket fails with EISCONN.",
    level=MUST,
    sources=[
        EISCONN,
        EXISTS,
        SOCKET2.connect(3, "if listen or connect has already been called on this builder"),
    ],
    behaviours={"EISCONN": CONFORMS, "connected": CONNECTS},
    aliases=["contracts.connect.already-connected"],
    renamed={"accepted": "connected"},
)

CONNECT_ENDED = rule(
    "state.connect.ended",
    "Whether a socket whose connection has ended can be connected again is unspecified.",
    level=UNSPECIFIED,
    sources=[EISCONN],
    behaviours={
        "connected": CONNECTS,
        "EISCONN": "the socket counts as connected",
        "ECONNABORTED": EARLIER,
        "ECONNRESET": EARLIER,
        "EINVAL": DEAD,
    },
    split_from=["state.connect.connected"],
)


@CONNECT_CONNECTED.case(family=INET, state=CONNECTED)
@CONNECT_CONNECTED.case(family=UNIX, state=("write-shut", "read-shut"))
@CONNECT_ENDED.case(family=INET, state=("reset", "both-shut"))
@CONNECT_ENDED.case(family=UNIX, state="peer-closed")
def test_state(sockets, see, case):
    sock = reached(sockets, case["state"])
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))


CONNECT_ACCEPTED = rule(
    "state.connect.accepted",
    "connect() on an accepted socket fails with EISCONN.",
    level=MUST,
    sources=[EISCONN],
    behaviours={"EISCONN": CONFORMS, "connected": CONNECTS},
)


@CONNECT_ACCEPTED.case(family=INET)
def test_accepted(sockets, see, case):
    server = sockets.serving()[0]
    see(outcome(server.connect, sockets.listener().local_addr(), ok="connected"))


CONNECT_AFTER = rule(
    "state.connect.refused-before",
    "Whether a socket whose connect was refused can be connected is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[STATE, MS.connect("Return value", "can call connect again for the same socket")],
    behaviours={
        "connected": CONNECTS,
        "pending": PENDING,
        "ECONNABORTED": EARLIER,
        "ECONNREFUSED": EARLIER,
        "EINVAL": DEAD,
    },
)


@CONNECT_AFTER.case(family=INET, error=("taken", "untaken"), mode=("blocking", "nonblocking"))
def test_refused_before(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    if outcome(sock.connect, sockets.dead_address()) in GOES_ON:
        sockets.wait(sock, "POLLOUT")
    if case["error"] == "taken":
        sock.take_error()
    see(connect_ends(sockets, sock, sockets.listener().local_addr()))


CONNECT_REFUSED = rule(
    "state.connect.nobody-listens",
    "connect() to an address at which nobody listens fails with ECONNREFUSED.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("ECONNREFUSED", "was not listening for connections or refused")],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": CONNECTS},
)


@CONNECT_REFUSED.case(family=INET)
def test_nobody_listens(sockets, see, case):
    see(outcome(sockets.new().connect, sockets.dead_address(), ok="connected"))


WAITS = rule(
    "state.connect.waits",
    "A blocking connect() blocks while the connection cannot be established.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("DESCRIPTION", "shall block for up to an unspecified timeout")],
    behaviours={"waits": CONFORMS, "returns": "it returns at once"},
    needs=["full-backlog"],
)


@WAITS.case(family=INET)
def test_waits(sockets, see, case):
    _waiting, listener = held_back(sockets)
    pending = sockets.start("connect", sockets.new(), listener.local_addr())
    see("waits" if pending.is_blocked() else outcome(pending.result, ok="returns"))


IN_PROGRESS = rule(
    "state.connect.in-progress",
    "A non-blocking connect() that cannot be completed at once fails with EINPROGRESS.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("EINPROGRESS", "the connection cannot be immediately established")],
    behaviours={"EINPROGRESS": CONFORMS, "connected": CONNECTS},
    needs=["full-backlog"],
)


@IN_PROGRESS.case(family=INET)
def test_in_progress(sockets, see, case):
    _waiting, listener = held_back(sockets)
    client = sockets.new()
    client.set_nonblocking(True)
    see(outcome(client.connect, listener.local_addr(), ok="connected"))


CONNECT_PENDING = rule(
    "state.connect.pending",
    "A second connect() while the first is in progress fails with EALREADY.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("EALREADY", "A connection request is already in progress")],
    behaviours={"EALREADY": CONFORMS, "connected": CONNECTS},
    needs=["full-backlog"],
)


@CONNECT_PENDING.case(family=INET, address=("the-same", "another"))
def test_pending(sockets, see, case):
    sock, listener = held_back(sockets)
    target = listener if case["address"] == "the-same" else sockets.listener()
    see(outcome(sock.connect, target.local_addr(), ok="connected"))


ESTABLISHED = rule(
    "state.connect.established-in-background",
    "A non-blocking connect() to a listener establishes the connection in the background.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.connect("DESCRIPTION", "the connection shall be established asynchronously"),
    ],
    behaviours={
        "established": CONFORMS,
        "pending": PENDING,
        "no-peer": "the socket is writable and without error, and has no peer",
    },
    aliases=["state.connect.writable-when-made"],
    renamed={"writable": "established", "silent": "pending"},
)


@ESTABLISHED.case(family=INET)
def test_established(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    how = connect_ends(sockets, sock, sockets.listener().local_addr())
    if how == "connected":
        how = "established" if outcome(sock.peer_addr) == "succeeds" else "no-peer"
    see(how)


REFUSED_LATER = rule(
    "state.connect.refused-in-background",
    "A non-blocking connect() that is refused leaves ECONNREFUSED as the pending error.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.chapter(
            "2.10.15", "ECONNREFUSED", "the attempt to connect was forcefully rejected"
        )
    ],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": CONNECTS, "pending": PENDING},
    renamed={"none": "connected", "silent": "pending"},
)


@REFUSED_LATER.case(family=INET)
def test_refused_later(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    see(connect_ends(sockets, sock, sockets.dead_address()))


CONNECT_COMPLETED = rule(
    "state.connect.completed-nonblocking",
    "connect() after a non-blocking connect() has completed fails with EISCONN.",
    level=MUST,
    judges=CLIENT,
    sources=[EISCONN],
    behaviours={"EISCONN": CONFORMS, "connected": CONNECTS},
)


@CONNECT_COMPLETED.case(family=INET, time=("first", "second"))
def test_completed(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, address)
    sockets.wait(sock, "POLLOUT")
    how = outcome(sock.connect, address, ok="connected")
    if case["time"] == "second":
        how = outcome(sock.connect, address, ok="connected")
    see(how)


BINDS = rule(
    "state.connect.binds",
    "connect() binds an unbound socket to a local address.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("DESCRIPTION", "connect() shall bind it to an address which")],
    behaviours={
        "bound": CONFORMS,
        "no-port": "the local address has no port",
        "no-host": "the local address is the unspecified one",
        "peers-address": "the local address is that of the peer",
    },
)


@BINDS.case(family=INET, type=(STREAM, DGRAM))
def test_binds(sockets, see, case):
    peer = sockets.receiver()
    sock = sockets.new()
    sock.connect(peer.local_addr())
    got = sock.local_addr()
    if not got.port:
        see("no-port")
    elif got == peer.local_addr():
        see("peers-address")
    else:
        see("no-host" if got.host == sockets.wildcard().host else "bound")


KEEPS_NAME = rule(
    "state.connect.keeps-name",
    "connect() does not change the local address of a bound socket.",
    level=MUST,
    judges=CLIENT,
    sources=[POSIX.connect("DESCRIPTION", "If the socket has not already been bound to a")],
    behaviours={"kept": CONFORMS, "another-address": "it has another local address"},
    renamed={"another": "another-address"},
)


@KEEPS_NAME.case(family=ANY, type=(STREAM, DGRAM))
def test_keeps_name(sockets, see, case):
    peer = sockets.receiver()
    sock = sockets.bound()
    before = sock.local_addr()
    sock.connect(peer.local_addr())
    see("kept" if sock.local_addr() == before else "another-address")


REFUSED_NAME = rule(
    "state.connect.refused-name",
    "Whether a socket has a local address after its connect was refused is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[STATE],
    behaviours={
        "kept": "the address that it was bound to before",
        "port-only": "a port at the unspecified address",
        "host-and-port": "a port at an address of this host",
        "no-address": "no port",
    },
    renamed={"none": "no-address"},
)


@REFUSED_NAME.case(family=INET, bound=("before", "by-connect"))
def test_refused_name(sockets, see, case):
    sock = sockets.bound() if case["bound"] == "before" else sockets.new()
    before = sock.local_addr() if case["bound"] == "before" else None
    refused(sockets, sock)
    names = []
    how = outcome(lambda: names.append(sock.local_addr()))
    if how == "succeeds":
        (got,) = names
        if got == before:
            how = "kept"
        elif not got.port:
            how = "no-address"
        else:
            how = "port-only" if got.host == sockets.wildcard().host else "host-and-port"
    see(how)


SAME_PAIR = rule(
    "state.connect.same-pair",
    "A second connect() between the same two addresses may fail with EADDRINUSE.",
    level=MAY,
    judges=ALONE,
    sources=[
        POSIX.connect("EADDRINUSE (may fail)", "uses addresses that are already in use"),
        EXISTS,
    ],
    behaviours={
        "EADDRINUSE": CONFORMS,
        "not-bound": "bind() does not let two sockets have the same local address",
        "connected": CONNECTS,
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


RECOVERS = rule(
    "state.connect.refused-then-twice",
    "Whether the second connect after one that was refused succeeds is unspecified.",
    level=UNSPECIFIED,
    sources=[STATE],
    behaviours={"connected": CONNECTS, "pending": PENDING},
)


@RECOVERS.case(family=INET, error=("taken", "untaken"), mode=("blocking", "nonblocking"))
def test_refused_then_twice(sockets, see, case):
    sock, address = sockets.new(), sockets.listener().local_addr()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    if outcome(sock.connect, sockets.dead_address()) in GOES_ON:
        sockets.wait(sock, "POLLOUT")
    if case["error"] == "taken":
        sock.take_error()
    first = connect_ends(sockets, sock, address)
    see(first if first == "connected" else connect_ends(sockets, sock, address), first=first)
