"""What the socket2 document says of listening and connecting."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    SHOULD,
    SOCKET2,
    STREAM,
    UNIX,
    outcome,
    rule,
)

ERROR = {"refused": "an error is returned", "accepted": "the call succeeds"}


def refused(call, *arguments):
    return "accepted" if outcome(call, *arguments) == "succeeds" else "refused"


LISTEN_TWICE = rule(
    "contracts.listen.already-listening",
    "Listening on a socket that listens already is an error.",
    level=MUST,
    sources=[SOCKET2.listen(3, "An error will be returned if listen or connect has already")],
    behaviours=ERROR,
    conforming=["refused"],
)


@LISTEN_TWICE.case(family=(*INET, UNIX))
def test_listen_twice(sockets, see, case):
    see(refused(sockets.listener().listen, 4))


LISTEN_CONNECTED = rule(
    "contracts.listen.already-connected",
    "Listening on a socket that is connected is an error.",
    level=MUST,
    sources=[SOCKET2.listen(3, "An error will be returned if listen or connect has already")],
    behaviours=ERROR,
    conforming=["refused"],
)


@LISTEN_CONNECTED.case(family=(*INET, UNIX))
def test_listen_connected(sockets, see, case):
    see(refused(sockets.connected()[0].listen, 4))


CONNECT_TWICE = rule(
    "contracts.connect.already-connected",
    "Connecting a socket that is connected is an error.",
    level=MUST,
    sources=[SOCKET2.connect(3, "An error will be returned if listen or connect has already")],
    behaviours=ERROR,
    conforming=["refused"],
)


@CONNECT_TWICE.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
def test_connect_twice(sockets, see, case):
    ours, theirs = sockets.connected()
    see(refused(ours.connect, theirs.local_addr()))


CONNECT_LISTENER = rule(
    "contracts.connect.already-listening",
    "Connecting a socket that listens is an error.",
    level=MUST,
    sources=[SOCKET2.connect(3, "An error will be returned if listen or connect has already")],
    behaviours=ERROR,
    conforming=["refused"],
)


@CONNECT_LISTENER.case(family=(*INET, UNIX))
def test_connect_listener(sockets, see, case):
    see(refused(sockets.listener().connect, sockets.listener().local_addr()))


OPTIONS_CONNECTING = rule(
    "contracts.connect.options-while-connecting",
    "Socket options cannot be set while a non-blocking connect is in progress.",
    level=MUST,
    sources=[SOCKET2.connect(4, "socket option can't be set while connecting")],
    behaviours=ERROR,
    conforming=["refused"],
    needs=["full-backlog"],
)


@OPTIONS_CONNECTING.case(family=INET, option=("nodelay", "keepalive", "recv-buffer-size"))
def test_options_while_connecting(sockets, see, case):
    sock = sockets.connecting()
    setter = getattr(sock, f"set_{case['option'].replace('-', '_')}")
    see(refused(setter, 65536 if "size" in case["option"] else True))


OPTIONS_AFTER = rule(
    "contracts.connect.options-after",
    "Socket options can be set before and after connecting.",
    level=MUST,
    sources=[SOCKET2.connect(5, "Socket options can be safely set before and after")],
    behaviours=ERROR,
    conforming=["accepted"],
)


@OPTIONS_AFTER.case(family=INET, when=("before", "after"))
def test_options_after(sockets, see, case):
    sock = sockets.new() if case["when"] == "before" else sockets.connected()[0]
    see(refused(sock.set_nodelay, True))


BLOCKING_AFTER = rule(
    "contracts.connect-timeout.blocking-afterwards",
    "After connect_timeout the socket is in blocking mode, whatever it was before.",
    level=MUST,
    sources=[SOCKET2.connect_timeout(6, "it will be returned in blocking mode on success")],
    behaviours={"blocking": "O_NONBLOCK is clear", "nonblocking": "O_NONBLOCK is set"},
    conforming=["blocking"],
    needs=["nonblocking-flag"],
)


@BLOCKING_AFTER.case(
    family=INET, before=("blocking", "nonblocking"), end=("connected", "refused")
)
def test_blocking_afterwards(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["before"] == "nonblocking")
    if case["end"] == "connected":
        sock.connect_timeout(sockets.listener().local_addr(), 2.0)
    else:
        outcome(sock.connect_timeout, sockets.dead_address(), 2.0)
    see("nonblocking" if sock.nonblocking() else "blocking")


CONNECTS = rule(
    "contracts.connect-timeout.connects",
    "connect_timeout connects to a listening address.",
    level=MUST,
    sources=[SOCKET2.connect_timeout(1)],
    behaviours={"connected": CONFORMS, "unconnected": "it returns without a connection"},
)


@CONNECTS.case(family=(*INET, UNIX))
def test_connects(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.connect_timeout, sockets.listener().local_addr(), 2.0)
    if how == "succeeds":
        how = "connected" if outcome(sock.peer_addr) == "succeeds" else "unconnected"
    see(how)


TELLS_REFUSAL = rule(
    "contracts.connect-timeout.refused",
    "connect_timeout to an address at which nothing listens tells the refusal.",
    level=MUST,
    sources=[SOCKET2.connect_timeout(3)],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "ETIMEDOUT": "the refusal was missed",
        "succeeds": "success",
    },
)


@TELLS_REFUSAL.case(family=(*INET, UNIX))
def test_refused(sockets, see, case):
    see(outcome(sockets.new().connect_timeout, sockets.dead_address(), 3.0))


TIMES_OUT = rule(
    "contracts.connect-timeout.times-out",
    "connect_timeout to a listener whose queue is full ends with a time-out.",
    level=MUST,
    sources=[SOCKET2.connect_timeout(1)],
    behaviours={
        "ETIMEDOUT": CONFORMS,
        "EOTHER": "an error without a number of the system",
        "succeeds": "success",
    },
    needs=["full-backlog"],
)


@TIMES_OUT.case(family=(*INET, UNIX))
def test_times_out(sockets, see, case):
    listener = sockets.listener(0)
    # Fill the queue: the first connects that are held back show that it is full.
    while True:
        client = sockets.new()
        client.set_nonblocking(True)
        if outcome(client.connect, listener.local_addr()) == "EAGAIN":
            break
        if not client.poll("POLLOUT", 0.02):
            break
    see(outcome(sockets.new().connect_timeout, listener.local_addr(), 0.03))


ZERO = rule(
    "contracts.connect-timeout.zero",
    "With no time at all connect_timeout ends with a time-out unless the connection is there.",
    level=MUST,
    sources=[SOCKET2.connect_timeout(1, "only waiting for a certain period of time")],
    behaviours={
        "ETIMEDOUT": CONFORMS,
        "succeeds": CONFORMS,
        "blocked": "it waits all the same",
    },
)


@ZERO.case(family=INET)
def test_zero(sockets, see, case):
    see(outcome(sockets.new().connect_timeout, sockets.listener().local_addr(), 0.0))


RETRY = rule(
    "contracts.connect-timeout.retry",
    "After a time-out a second connect on the same socket may fail: the first goes on.",
    level=SHOULD,
    sources=[SOCKET2.connect_timeout(7, "it may still be processing in the background")],
    behaviours={"EALREADY": CONFORMS, "EINPROGRESS": CONFORMS, "succeeds": "it connects"},
    needs=["full-backlog"],
)


@RETRY.case(family=INET)
def test_retry(sockets, see, case):
    # As connect_timeout leaves it when its time is over, but still non-blocking, so that
    # the second connect answers at once.
    sock = sockets.connecting()
    see(outcome(sock.connect, sockets.listener().local_addr()))


AGAIN = rule(
    "contracts.connect-timeout.already-connected",
    "connect_timeout on a socket that is connected is an error.",
    level=MUST,
    sources=[SOCKET2.connect(3), SOCKET2.connect_timeout(1)],
    behaviours=ERROR,
    conforming=["refused"],
)


@AGAIN.case(family=INET, first=("connect", "connect-timeout"))
def test_again(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = sockets.new()
    if case["first"] == "connect":
        sock.connect(address)
    else:
        sock.connect_timeout(address, 2.0)
    see(refused(sock.connect_timeout, address, 2.0))
