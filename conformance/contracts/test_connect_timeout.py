"""connect_timeout() of the socket2 document."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

LIMITED = SOCKET2.connect_timeout(1, "only waiting for a certain period of time")
CONNECTS_VIA = SOCKET2.connect_timeout(3, "connects via connect(2), and then waits")


def mode(sock):
    return "nonblocking" if sock.nonblocking() else "blocking"


def full_listener(sockets):
    """A listener whose queue has no room for another connection."""
    listener = sockets.listener(0)
    for _ in range(64):
        client = sockets.new()
        client.set_nonblocking(True)
        how = outcome(client.connect, listener.local_addr())
        # Over loopback a connect completes at once, unless the queue is full.
        if how == "EAGAIN" or not client.poll("POLLOUT", 0.02):
            return listener
    raise NotReached("a listener whose queue is full")


BLOCKING_AFTER = rule(
    "contracts.connect-timeout.blocking-afterwards",
    "After connect_timeout has succeeded the socket is blocking, whatever it was before.",
    level=MUST,
    judges=CLIENT,
    sources=[SOCKET2.connect_timeout(6, "it will be returned in blocking mode on success")],
    behaviours={"blocking": CONFORMS, "nonblocking": "O_NONBLOCK is set"},
    needs=["nonblocking-flag"],
)


@BLOCKING_AFTER.case(family=INET, before=("blocking", "nonblocking"), end="connected")
def test_blocking_afterwards(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["before"] == "nonblocking")
    sock.connect_timeout(sockets.listener().local_addr(), 2.0)
    see(mode(sock))


MODE_AFTER_FAILURE = rule(
    "contracts.connect-timeout.mode-after-failure",
    "Whether a socket is blocking after connect_timeout has failed is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[SOCKET2.connect_timeout(6, "and in an indeterminate state on failure")],
    behaviours={"blocking": "O_NONBLOCK is clear", "nonblocking": "O_NONBLOCK is set"},
    needs=["full-backlog", "nonblocking-flag"],
    split_from=["contracts.connect-timeout.blocking-afterwards"],
)


@MODE_AFTER_FAILURE.case(family=INET, before=("blocking", "nonblocking"), end="refused")
def test_mode_after_failure(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["before"] == "nonblocking")
    if outcome(sock.connect_timeout, sockets.dead_address(), 2.0) == "succeeds":
        raise NotReached("a connect_timeout that fails")
    see(mode(sock))


def connecting(sock, address, seconds):
    """How connect_timeout ended: `connected` only if the socket has a peer."""
    how = outcome(sock.connect_timeout, address, seconds)
    if how != "succeeds":
        return how
    return "connected" if outcome(sock.peer_addr) == "succeeds" else "unconnected"


CONNECTS = rule(
    "contracts.connect-timeout.connects",
    "connect_timeout connects to a listening address.",
    level=MUST,
    judges=CLIENT,
    sources=[
        SOCKET2.connect_timeout(1, "Initiate a connection on this socket to the specified")
    ],
    behaviours={
        "connected": CONFORMS,
        "unconnected": "the call succeeds, and the socket has no peer",
    },
)


@CONNECTS.case(family=(*INET, UNIX))
def test_connects(sockets, see, case):
    see(connecting(sockets.new(), sockets.listener().local_addr(), 2.0))


REFUSED = rule(
    "contracts.connect-timeout.refused",
    "connect_timeout to an address at which nothing listens fails with ECONNREFUSED.",
    level=MUST,
    judges=CLIENT,
    sources=[
        CONNECTS_VIA,
        POSIX.connect("ECONNREFUSED", "The target address was not listening for connections"),
    ],
    behaviours={"ECONNREFUSED": CONFORMS},
)


@REFUSED.case(family=(*INET, UNIX))
def test_refused(sockets, see, case):
    see(outcome(sockets.new().connect_timeout, sockets.dead_address(), 3.0))


TIMES_OUT = rule(
    "contracts.connect-timeout.times-out",
    "connect_timeout to a listener whose queue is full fails with ETIMEDOUT.",
    level=MUST,
    judges=CLIENT,
    sources=[
        LIMITED,
        POSIX.connect("ETIMEDOUT", "timed out before a connection was made"),
    ],
    behaviours={"ETIMEDOUT": CONFORMS},
    needs=["full-backlog"],
)


@TIMES_OUT.case(family=(*INET, UNIX))
def test_times_out(sockets, see, case):
    see(outcome(sockets.new().connect_timeout, full_listener(sockets).local_addr(), 0.03))


ZERO = rule(
    "contracts.connect-timeout.zero",
    "connect_timeout with a timeout of zero connects at once, or fails with ETIMEDOUT.",
    level=MUST,
    judges=CLIENT,
    sources=[LIMITED],
    behaviours={
        "ETIMEDOUT": CONFORMS,
        "connected": CONFORMS,
        "unconnected": "the call succeeds, and the socket has no peer",
    },
    renamed={"succeeds": "connected"},
)


@ZERO.case(family=INET)
def test_zero(sockets, see, case):
    see(connecting(sockets.new(), sockets.listener().local_addr(), 0.0))


RETRY = rule(
    "contracts.connect-timeout.retry",
    "Whether a socket whose connect_timeout timed out can be connected again is unspecified.",
    level=UNSPECIFIED,
    judges=CLIENT,
    sources=[
        SOCKET2.connect_timeout(7, "a second call to connect or connect_timeout may fail")
    ],
    behaviours={
        "succeeds": "the second connect succeeds",
        "EALREADY": "the first attempt is still going on",
        "EINPROGRESS": "a second attempt goes on in the background",
    },
    needs=["full-backlog"],
)


@RETRY.case(family=INET)
def test_retry(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.connect_timeout, full_listener(sockets).local_addr(), 0.03)
    if how != "ETIMEDOUT":
        raise NotReached("a connect_timeout that times out")
    sock.set_nonblocking(True)  # so that the second connect returns at once
    see(outcome(sock.connect, sockets.listener().local_addr()))


AGAIN = rule(
    "contracts.connect-timeout.already-connected",
    "connect_timeout on a connected socket fails with EISCONN.",
    level=MUST,
    judges=CLIENT,
    sources=[
        CONNECTS_VIA,
        POSIX.connect("EISCONN", "is connection-mode and is already connected"),
    ],
    behaviours={"EISCONN": CONFORMS},
    renamed={"refused": "EISCONN", "accepted": "succeeds"},
)


@AGAIN.case(family=INET, first=("connect", "connect-timeout"))
def test_again(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = sockets.new()
    if case["first"] == "connect":
        sock.connect(address)
    else:
        sock.connect_timeout(address, 2.0)
    see(outcome(sock.connect_timeout, address, 2.0))


ZERO_THEN = rule(
    "contracts.connect-timeout.zero-then",
    "Whether a socket connects after a connect_timeout of zero is unspecified.",
    level=UNSPECIFIED,
    sources=[SOCKET2.connect_timeout(7, "a second call to connect or connect_timeout may")],
    behaviours={"connects-then": "connect succeeds"},
)


@ZERO_THEN.case(family=INET)
def test_zero_then(sockets, see, case):
    sock, address = sockets.new(), sockets.listener().local_addr()
    if outcome(sock.connect_timeout, address, 0.0) == "succeeds":
        raise NotReached("a connect_timeout that times out")
    sockets.wait(sock, "POLLOUT")
    see(outcome(sock.connect, address, ok="connects-then"))


AFTER_TIMEOUT = rule(
    "contracts.connect-timeout.mode-after-timeout",
    "Whether a socket is blocking after connect_timeout has timed out is unspecified.",
    level=UNSPECIFIED,
    sources=[SOCKET2.connect_timeout(6, "in an indeterminate state on failure")],
    behaviours={"blocking": "O_NONBLOCK is clear", "nonblocking": "O_NONBLOCK is set"},
    needs=["full-backlog", "nonblocking-flag"],
)


@AFTER_TIMEOUT.case(family=INET, before=("blocking", "nonblocking"))
def test_mode_after_timeout(sockets, see, case):
    sock, address = sockets.new(), full_listener(sockets).local_addr()
    sock.set_nonblocking(case["before"] == "nonblocking")
    if outcome(sock.connect_timeout, address, 0.03) != "ETIMEDOUT":
        raise NotReached("a connect_timeout that times out")
    see(mode(sock))
