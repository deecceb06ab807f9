"""When a socket is writable: when poll() reports POLLOUT.

POSIX defines it for pselect(): a socket is ready for writing when a send would not block,
be it that it sends or fails. But poll() never reports POLLOUT beside POLLHUP.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CLIENT,
    CONFORMS,
    DGRAM,
    INET,
    MS,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
POLLOUT = POSIX.poll("POLLOUT", "Normal data may be written without blocking")
READY = POSIX.pselect("DESCRIPTION", "an output function with O_NONBLOCK clear would not block")
HANGUP = POSIX.poll("POLLHUP", "a stream can never be writable if a hangup has occurred")
CONNECTED = POSIX.poll(
    "DESCRIPTION", "ready for writing, once a connection has been established"
)
FAILED = POSIX.pselect("DESCRIPTION", "failed leaving a pending error, the socket shall be")
REPORTED = {"writable": "reports POLLOUT", "not-writable": "does not report POLLOUT"}
OR_HANGUP = {**REPORTED, "hangup": "reports POLLHUP, which rules out POLLOUT"}


def _writable(sock, within=0.0):
    return "writable" if "POLLOUT" in sock.poll("POLLOUT", within) else "not-writable"


def _writable_or_hangup(sock, within=0.0):
    events = sock.poll("POLLOUT", within)
    hangup = "hangup" if "POLLHUP" in events else "not-writable"
    return "writable" if "POLLOUT" in events else hangup


CONNECTED_IDLE = rule(
    "readiness.writable.connected",
    "A connected socket with room in its send buffer is writable.",
    level=MUST,
    sources=[POLLOUT],
    behaviours=REPORTED,
    conforming=["writable"],
    needs=["poll"],
    aliases=["readiness.poll.connected-writable"],
)


@CONNECTED_IDLE.case(family=ALL, type=(STREAM, DGRAM))
def test_connected(sockets, see, case):
    see(_writable(sockets.connected()[0]))


DATAGRAM = rule(
    "readiness.writable.datagram",
    "A datagram socket without a peer that has sent nothing is writable.",
    level=MUST,
    sources=[READY],
    behaviours=REPORTED,
    conforming=["writable"],
    needs=["poll"],
)


@DATAGRAM.case(family=ALL, type=DGRAM, state=("fresh", "bound"))
def test_datagram(sockets, see, case):
    see(_writable(sockets.new() if case["state"] == "fresh" else sockets.bound()))


FULL = rule(
    "readiness.writable.full",
    "A stream socket without room in its send buffer is not writable.",
    level=MUST,
    sources=[POLLOUT],
    behaviours=REPORTED,
    conforming=["not-writable"],
    needs=["poll"],
    aliases=["readiness.poll.full"],
)


@FULL.case(family=ALL)
def test_full(sockets, see, case):
    ours, _theirs = sockets.connected()
    sockets.fill(ours)
    see(_writable(ours))


EMPTIED = rule(
    "readiness.writable.emptied",
    "A full stream socket is writable again when its peer has received everything.",
    level=MUST,
    sources=[POLLOUT],
    behaviours=REPORTED,
    conforming=["writable"],
    needs=["poll"],
    aliases=["readiness.poll.emptied"],
)


@EMPTIED.case(family=ALL)
def test_emptied(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.received(theirs, sockets.fill(ours))
    see(_writable(ours, 2.0))


AGREES = rule(
    "readiness.writable.agrees-with-send",
    "A send of one byte on a stream socket that poll() reported as writable does not block.",
    level=MUST,
    sources=[POLLOUT, READY],
    behaviours={"agrees": CONFORMS, "blocks": "reports POLLOUT, but a send would block"},
    needs=["poll"],
)


@AGREES.case(family=ALL, examples=8)
@given(portions=st.lists(st.integers(1, 200_000), min_size=1, max_size=12))
def test_agrees_with_send(sockets, see, case, portions):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    ours.set_nonblocking(True)
    how = "agrees"
    for portion in portions:
        outcome(ours.recv, portion)
        if _writable(theirs) == "writable" and outcome(theirs.send, b"x") == "EAGAIN":
            how = "blocks"
    see(how, portions=portions)


CONNECTING = rule(
    "readiness.writable.connecting",
    "A socket whose non-blocking connect is pending is not writable.",
    level=MUST,
    judges=CLIENT,
    sources=[CONNECTED],
    behaviours=REPORTED,
    conforming=["not-writable"],
    needs=["full-backlog", "poll"],
    aliases=["readiness.poll.connecting"],
)


@CONNECTING.case(family=INET)
def test_connecting(sockets, see, case):
    see(_writable(sockets.connecting()))


COMPLETED = rule(
    "readiness.writable.connect-completed",
    "A socket whose non-blocking connect has succeeded is writable.",
    level=MUST,
    judges=CLIENT,
    sources=[
        CONNECTED,
        POSIX.connect("DESCRIPTION", "descriptor for the socket is ready for writing"),
    ],
    behaviours=REPORTED,
    conforming=["writable"],
    needs=["poll"],
    aliases=["readiness.poll.connect-completed"],
)


@COMPLETED.case(family=INET)
def test_connect_completed(sockets, see, case):
    listener, sock = sockets.listener(), sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, listener.local_addr())
    see(_writable(sock, 2.0))


CONNECT_FAILED = rule(
    "readiness.writable.connect-failed",
    "A socket whose non-blocking connect was refused is writable, with ECONNREFUSED pending.",
    level=MUST,
    judges=CLIENT,
    sources=[
        FAILED,
        POSIX.chapter("2.10.15", "ECONNREFUSED", "the attempt to connect was forcefully"),
        MS.select("exceptfds", "failure of the connect attempt is indicated in exceptfds"),
    ],
    behaviours={
        "writable": CONFORMS,
        "not-writable": "does not report POLLOUT",
        "no-error": "SO_ERROR holds no error",
    },
    needs=["poll"],
    aliases=["readiness.poll.refused"],
    renamed={"told": "writable", "silent": "not-writable"},
)


def _refused(sockets):
    client, there = sockets.new(), sockets.dead_address()
    client.set_nonblocking(True)
    outcome(client.connect, there)
    return client


@CONNECT_FAILED.case(family=INET)
def test_connect_failed(sockets, see, case):
    client = _refused(sockets)
    how = _writable(client, 5.0)
    error = client.take_error()
    if error is None:
        how = "no-error"
    elif error.symbol != "ECONNREFUSED":
        how = error.symbol
    see(how)


READABLE_TOO = rule(
    "readiness.writable.connect-failed-readable",
    "A socket whose non-blocking connect was refused is readable.",
    level=MUST,
    judges=CLIENT,
    sources=[
        POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is blocked"),
        POSIX.chapter("2.10.10", "pending error", "response to a subsequent send(), recv()"),
    ],
    behaviours={"readable": CONFORMS, "not-readable": "does not report POLLIN"},
    needs=["poll"],
)


@READABLE_TOO.case(family=INET)
def test_connect_failed_readable(sockets, see, case):
    client = _refused(sockets)
    sockets.wait(client, "POLLOUT")
    see("readable" if "POLLIN" in client.poll("POLLIN", 0) else "not-readable")


PEER_SHUTDOWN = rule(
    "readiness.writable.peer-shutdown",
    "A stream socket whose peer was shut down for writing is writable.",
    level=MUST,
    sources=[POLLOUT],
    behaviours=REPORTED,
    conforming=["writable"],
    needs=["poll"],
    aliases=["readiness.poll.peer-shut-writable"],
)


@PEER_SHUTDOWN.case(family=ALL)
def test_peer_shutdown(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLIN")
    see(_writable(ours))


OWN_SHUTDOWN = rule(
    "readiness.writable.own-shutdown",
    "A stream socket shut down for writing is writable, unless poll() reports POLLHUP.",
    level=MUST,
    sources=[
        READY,
        HANGUP,
        POSIX.send("EPIPE", "The socket is shut down for writing"),
        SOCKET2.shutdown(2, "will cause all pending and future I/O on the specified portions"),
    ],
    behaviours=OR_HANGUP,
    conforming=["writable", "hangup"],
    needs=["poll"],
)


@OWN_SHUTDOWN.case(family=ALL, how=("SHUT_WR", "SHUT_RDWR"))
def test_own_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown(case["how"])
    see(_writable_or_hangup(ours))


PEER_GONE = rule(
    "readiness.writable.peer-gone-while-full",
    "A full stream socket whose peer goes is writable, unless poll() reports POLLHUP.",
    level=MUST,
    sources=[READY, HANGUP, POSIX.send("EPIPE", "connection-mode and is no longer connected")],
    behaviours=OR_HANGUP,
    conforming=["writable", "hangup"],
    needs=["poll"],
)


@PEER_GONE.case(family=ALL)
def test_peer_gone_while_full(sockets, see, case):
    ours, theirs = sockets.connected()
    sockets.fill(theirs)
    if case["family"] != UNIX:
        ours.set_linger(
            0.0
        )  # after an orderly close nothing more could be sent but no error is known
    ours.close()
    see(_writable_or_hangup(theirs, 2.0))
