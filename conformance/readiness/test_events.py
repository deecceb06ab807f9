"""Everything that poll() reports in each state of a socket, as a record.

The standard leaves most of it open; the profile records it, so that a change is seen.
"""

from __future__ import annotations

import itertools

from sockspec.errors import SocketError
from sockspec.spec import (
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    POSIX,
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
PAGE = [
    POSIX.poll("DESCRIPTION, events"),
    MAN.poll(2, "DESCRIPTION"),
    FREEBSD.poll(2, "EVENTS"),
]


def _name(told):
    """The events in the order of the standard: `in-out-hup`, or `none`."""
    names = [event.removeprefix("POLL").lower() for event in ORDER if event in told]
    return "-".join(names) or "none"


def _meanings():
    """Every combination of events, with a sentence that names them."""
    found = {"none": "reports nothing"}
    for count in range(1, len(ORDER) + 1):
        for events in itertools.combinations(ORDER, count):
            found[_name(events)] = f"reports {', '.join(events)}"
    return found


MEANINGS = _meanings()


def _record(state, sentence, *needs):
    return rule(
        f"readiness.events.{state}",
        sentence,
        level=UNSPECIFIED,
        sources=PAGE,
        behaviours=MEANINGS,
        needs=["poll", *needs],
    )


FRESH_DATAGRAM = _record("fresh-datagram", "What poll() reports of a datagram socket.")


@FRESH_DATAGRAM.case(family=ALL, type=DGRAM, state=("fresh", "bound", "connected", "data"))
def test_fresh_datagram(sockets, see, case):
    state = case["state"]
    sock = sockets.new() if state == "fresh" else sockets.bound()
    if state in {"connected", "data"}:
        peer = sockets.bound()
        sock.connect(peer.local_addr())
        if state == "data":
            peer.send_to(b"x", sock.local_addr())
            sockets.wait(sock, "POLLIN")
    see(_name(sock.poll(sockets.pollable, 0)))


LISTENING = _record("listening", "What poll() reports of a listening socket.")


@LISTENING.case(family=ALL, queue=("empty", "waiting"))
def test_listening(sockets, see, case):
    listener = sockets.listener()
    if case["queue"] == "waiting":
        sockets.new().connect(listener.local_addr())
        sockets.wait(listener, "POLLIN")
    see(_name(listener.poll(sockets.pollable, 0)))


CONNECTED = _record("connected", "What poll() reports of a connected stream socket.")


@CONNECTED.case(family=ALL, state=("idle", "data", "full", "full-with-data"))
def test_connected(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["state"].startswith("full"):
        sockets.fill(ours)
    if case["state"].endswith("data"):
        theirs.send(b"x")
        sockets.wait(ours, "POLLIN")
    see(_name(ours.poll(sockets.pollable, 0)))


ENDED = _record("ended", "What poll() reports of a stream of which a direction has ended.")


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
        sockets.wait_for_end(ours)  # POLLIN may stand for the data
    see(_name(ours.poll(sockets.pollable, 0)))


FAILED = _record("failed", "What poll() reports of a stream whose connection failed.")


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
    "What poll() reports while a non-blocking connect goes on.",
    "full-backlog",
)


@CONNECTING.case(family=INET)
def test_connecting(sockets, see, case):
    see(_name(sockets.connecting().poll(sockets.pollable, 0)))


REFUSED_DATAGRAM = _record("refused-datagram", "What poll() reports of a refused datagram.")


@REFUSED_DATAGRAM.case(family=INET, type=DGRAM, error=("pending", "taken"))
def test_refused_datagram(sockets, see, case):
    sock, peer = sockets.bound(), sockets.bound()
    sock.connect(peer.local_addr())
    peer.close()
    sock.send(b"x")
    sock.poll((), 1.0)  # for the error, which not every system tells by poll()
    if case["error"] == "taken":
        sock.take_error()
    see(_name(sock.poll(sockets.pollable, 0)))


DATAGRAM_SHUT = _record("datagram-shut", "What poll() reports of a datagram socket shut down.")


@DATAGRAM_SHUT.case(family=ALL, type=DGRAM, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_datagram_shut(sockets, see, case):
    ours, _theirs = sockets.connected()
    how = outcome(ours.shutdown, case["how"])
    see(_name(ours.poll(sockets.pollable, 0)) if how == "succeeds" else how)


PENDING = _record("connect-succeeded", "What poll() reports after a non-blocking connect.")


@PENDING.case(family=ALL, type=STREAM)
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
