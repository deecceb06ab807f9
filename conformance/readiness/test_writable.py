"""When a socket is writable, and what a connect in progress says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MS,
    MUST,
    POSIX,
    SHOULD,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
POLLOUT = POSIX.poll("POLLOUT", "Normal data may be written without blocking")
READY = POSIX.pselect("DESCRIPTION", "shall be considered ready for writing when a call to")
MADE = POSIX.pselect("DESCRIPTION", "succeeded or failed leaving a pending error")
TOLD = {"writable": "poll reports POLLOUT", "not-writable": "poll does not report POLLOUT"}


def _told(sock, within=0.0):
    return "writable" if "POLLOUT" in sock.poll("POLLOUT", within) else "not-writable"


PEER_GONE = rule(
    "readiness.writable.peer-gone-while-full",
    "A full stream socket becomes writable when its peer goes: a send would not block.",
    level=MUST,
    sources=[READY],
    behaviours=TOLD,
    conforming=["writable"],
    needs=["poll"],
)


@PEER_GONE.case(family=ALL)
def test_peer_gone(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    if case["family"] != UNIX:
        ours.set_linger(0.0)
    ours.close()
    see(_told(theirs, 2.0))


DATAGRAM = rule(
    "readiness.writable.datagram",
    "A datagram socket that has sent nothing is writable, with or without a peer.",
    level=MUST,
    sources=[POLLOUT],
    behaviours=TOLD,
    conforming=["writable"],
    needs=["poll"],
)


@DATAGRAM.case(family=ALL, type=DGRAM, state=("fresh", "bound", "connected"))
def test_datagram(sockets, see, case):
    state = case["state"]
    sock = sockets.new() if state == "fresh" else sockets.bound()
    if state == "connected":
        sock.connect(sockets.bound().local_addr())
    see(_told(sock))


REFUSED = rule(
    "readiness.writable.connect-failed",
    "A non-blocking connect that failed makes the socket writable, and SO_ERROR says why.",
    level=MUST,
    sources=[MADE, POSIX.connect("ECONNREFUSED"), MS.select("exceptfds")],
    behaviours={
        "writable": CONFORMS,
        "not-writable": "poll does not report POLLOUT",
        "no-error": "SO_ERROR holds no error",
    },
    needs=["poll"],
)


def _refused(sockets):
    client = sockets.new()
    there = sockets.dead_address()
    client.set_nonblocking(True)
    outcome(client.connect, there)
    return client


@REFUSED.case(family=INET)
def test_connect_failed(sockets, see, case):
    client = _refused(sockets)
    told = client.poll("POLLOUT", 5.0)
    error = client.take_error()
    how = "writable" if "POLLOUT" in told else "not-writable"
    see(
        "no-error" if error is None else how if error.symbol == "ECONNREFUSED" else error.symbol
    )


READABLE_TOO = rule(
    "readiness.writable.connect-failed-readable",
    "A connect that failed makes the socket readable: a receive would not block.",
    level=SHOULD,
    sources=[POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is")],
    behaviours={"readable": CONFORMS, "not-readable": "poll does not report POLLIN"},
    needs=["poll"],
)


@READABLE_TOO.case(family=INET)
def test_connect_failed_readable(sockets, see, case):
    client = _refused(sockets)
    sockets.wait(client, "POLLOUT")
    see("readable" if "POLLIN" in client.poll("POLLIN", 0) else "not-readable")


WRITE_SHUTDOWN = rule(
    "readiness.writable.own-shutdown",
    "A stream socket that was shut down for writing is writable: a send fails at once.",
    level=MUST,
    sources=[READY, POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours=TOLD,
    conforming=["writable"],
    needs=["poll"],
)


@WRITE_SHUTDOWN.case(family=ALL, how=("SHUT_WR", "SHUT_RDWR"))
def test_own_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown(case["how"])
    see(_told(ours))


AGREES = rule(
    "readiness.writable.agrees-with-send",
    "When poll() says that a stream socket is writable, a send of one byte is taken.",
    level=MUST,
    sources=[READY],
    behaviours={"agrees": CONFORMS, "blocks": "writable, but a send would block"},
    needs=["poll"],
)


@AGREES.case(family=ALL, examples=8)
@given(portions=st.lists(st.integers(1, 200_000), min_size=1, max_size=12))
def test_agrees(sockets, see, case, portions):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    ours.set_nonblocking(True)
    how = "agrees"
    for portion in portions:
        outcome(ours.recv, portion)
        if _told(theirs) == "writable" and outcome(theirs.send, b"x") == "EAGAIN":
            how = "blocks"
    see(how, portions=portions)
