"""Every event that poll() reports in each state of a socket, for the record.

What the standard asks for are rules of their own (readiness.poll, .readable, .writable). What
else is reported it leaves open; the profiles record it, so that a change is noticed.
"""

from __future__ import annotations

from sockspec.errors import SocketError
from sockspec.spec import (
    CLIENT,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    OURS,
    POSIX,
    SEQPACKET,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
ORDER = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL")
SOURCES = [
    POSIX.poll("DESCRIPTION", "high-priority data are file and device-specific"),
    MAN.poll(2, "DESCRIPTION", "filled by the kernel with the events that actually occurred"),
    FREEBSD.poll(2, "POLLERR", "An exceptional condition has occurred on the device or socket"),
]


def _name(events):
    """The events in the order of the standard: `in-out-hup`, or `no-events`."""
    names = [event.removeprefix("POLL").lower() for event in ORDER if event in events]
    return "-".join(names) or "no-events"


MEANINGS = {
    "no-events": "reports no event",
    **{event.removeprefix("POLL").lower(): f"reports {event}" for event in ORDER},
}


def _record(state, question, *needs, aliases=(), renamed=None, judges=OURS):
    return rule(
        f"readiness.events.{state}",
        f"Whether poll() reports {question} is unspecified.",
        level=UNSPECIFIED,
        judges=judges,
        sources=SOURCES,
        behaviours=MEANINGS,
        combined=True,
        needs=["poll", *needs],
        aliases=aliases,
        renamed={"none": "no-events", **(renamed or {})},
    )


FRESH_STREAM = _record(
    "fresh-stream",
    "any event on a stream socket that was never connected",
    aliases=["readiness.poll.fresh"],
    renamed={
        "nothing": "no-events",
        "writable": "out",
        "hangup": "hup",
        "writable-hangup": "out-hup",
    },
)


@FRESH_STREAM.case(family=ALL, state=("unbound", "bound"))
def test_fresh_stream(sockets, see, case):
    sock = sockets.new() if case["state"] == "unbound" else sockets.bound()
    see(_name(sock.poll(sockets.pollable, 0)))


FRESH_DATAGRAM = _record(
    "fresh-datagram", "events beyond POLLIN and POLLOUT on a datagram socket"
)


@FRESH_DATAGRAM.case(family=ALL, type=DGRAM, state=("fresh", "bound", "connected", "data"))
def test_fresh_datagram(sockets, see, case):
    state = case["state"]
    sock = sockets.new() if state == "fresh" else sockets.bound()
    if state in {"connected", "data"}:
        peer = sockets.receiver()
        sock.connect(peer.local_addr())
        if state == "data":
            peer.send_to(b"x", sock.local_addr())
            sockets.wait(sock, "POLLIN")
    see(_name(sock.poll(sockets.pollable, 0)))


LISTENING = _record(
    "listening",
    "events beyond POLLIN on a listening socket",
    aliases=["readiness.poll.listener-not-writable"],
)


@LISTENING.case(family=ALL, queue=("empty", "waiting"))
def test_listening(sockets, see, case):
    listener = sockets.listener()
    if case["queue"] == "waiting":
        sockets.new().connect(listener.local_addr())
        sockets.wait(listener, "POLLIN")
    see(_name(listener.poll(sockets.pollable, 0)))


CONNECTED = _record(
    "connected", "events beyond POLLIN and POLLOUT on a connected stream socket"
)


@CONNECTED.case(family=ALL, state=("idle", "data", "full", "full-with-data"))
def test_connected(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["state"].startswith("full"):
        sockets.fill(ours)
    if case["state"].endswith("data"):
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    see(_name(ours.poll(sockets.pollable, 0)))


ENDED = _record(
    "ended", "events beyond POLLIN and POLLOUT once a direction of a stream has ended"
)


@ENDED.case(
    family=ALL,
    ended=("peer-write", "own-write", "own-read", "own-both", "both-write", "peer-closed"),
    data=("none", "queued"),
)
def test_ended(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["data"] == "queued":
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    ended = case["ended"]
    if ended in {"own-write", "both-write"}:
        ours.shutdown("SHUT_WR")
    if ended in {"peer-write", "both-write"}:
        theirs.shutdown("SHUT_WR")
    if ended.startswith("own-") and ended != "own-write":
        ours.shutdown("SHUT_RD" if ended == "own-read" else "SHUT_RDWR")
    if ended == "peer-closed":
        theirs.close()
    if ended.startswith(("peer", "both")):
        sockets.wait_for_end(ours)  # POLLIN may be there for the data
    see(_name(ours.poll(sockets.pollable, 0)))


FAILED = _record(
    "failed",
    "events beyond POLLIN and POLLOUT on a stream socket whose connection failed",
)


def _failed(sockets, cause):
    if cause == "reset":
        return sockets.reset()
    sock, there = sockets.new(), sockets.dead_address()
    sock.set_nonblocking(True)
    outcome(sock.connect, there)
    sockets.wait(sock, ())
    return sock


@FAILED.case(family=INET, cause=("reset", "refused"), error=("pending", "taken"))
def test_failed(sockets, see, case):
    sock = _failed(sockets, case["cause"])
    if case["error"] == "taken":
        sock.take_error()
    see(_name(sock.poll(sockets.pollable, 0)))


CONNECTING = _record(
    "connecting",
    "events other than POLLOUT while a non-blocking connect is pending",
    "full-backlog",
)


@CONNECTING.case(family=INET)
def test_connecting(sockets, see, case):
    see(_name(sockets.connecting().poll(sockets.pollable, 0)))


REFUSED_DATAGRAM = _record(
    "refused-datagram",
    "a refused datagram with POLLIN, POLLERR or both",
    judges=CLIENT,
)


@REFUSED_DATAGRAM.case(family=INET, type=DGRAM, error=("pending", "taken"))
def test_refused_datagram(sockets, see, case):
    sock, peer = sockets.bound(), sockets.receiver()
    sock.connect(peer.local_addr())
    peer.close()
    sock.send(b"x")
    sock.poll((), 1.0)  # for the error, which poll() does not report everywhere
    if case["error"] == "taken":
        sock.take_error()
    see(_name(sock.poll(sockets.pollable, 0)))


DATAGRAM_SHUT = _record(
    "datagram-shut",
    "events beyond POLLIN and POLLOUT on a datagram socket that was shut down",
)


@DATAGRAM_SHUT.case(family=ALL, type=DGRAM, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_datagram_shut(sockets, see, case):
    ours, _theirs = sockets.connected()
    how = outcome(ours.shutdown, case["how"])
    see(_name(ours.poll(sockets.pollable, 0)) if how == "succeeds" else how)


CONNECT_SUCCEEDED = _record(
    "connect-succeeded",
    "events beyond POLLOUT once a non-blocking connect has succeeded",
    judges=CLIENT,
)


@CONNECT_SUCCEEDED.case(family=ALL, type=STREAM)
def test_connect_succeeded(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.set_nonblocking(True)
    try:
        client.connect(listener.local_addr())
    except SocketError as error:
        if error.symbol not in {"EINPROGRESS", "EAGAIN"}:  # EAGAIN on Windows
            raise
    sockets.wait(client, "POLLOUT")
    see(_name(client.poll(sockets.pollable, 0)))


CONNECTING_SHUT = _record(
    "connecting-shut",
    "events on a stream socket that was shut down while its connect was pending",
    "full-backlog",
)


@CONNECTING_SHUT.case(family=INET, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_connecting_shut(sockets, see, case):
    sock = sockets.connecting()
    outcome(sock.shutdown, case["how"])
    see(_name(sock.poll(sockets.pollable, 0)))


UNREAD_UNIX = _record(
    "unread-unix", "events on a unix socket whose peer closed with data of it unread"
)


@UNREAD_UNIX.case(family=UNIX, type=(STREAM, DGRAM, SEQPACKET))
def test_unread_unix(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"unread")
    theirs.close()
    see(_name(ours.poll(sockets.pollable, 0)))


UNACCEPTED = _record(
    "unaccepted-unix", "events on a unix socket whose listener closed before accept()"
)


@UNACCEPTED.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_unaccepted_unix(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    client.connect(listener.local_addr())
    listener.close()
    see(_name(client.poll(sockets.pollable, 0)))
