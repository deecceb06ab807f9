"""When a socket is readable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
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
POLLIN = POSIX.poll("POLLIN", "Data other than high-priority data may be read without")
READY = POSIX.pselect("DESCRIPTION", "shall be considered ready for reading when a call to")
TOLD = {
    "readable": "poll reports POLLIN",
    "not-readable": "poll does not report POLLIN",
}


def _told(sock, within=0.0):
    return "readable" if "POLLIN" in sock.poll("POLLIN", within) else "not-readable"


REST = rule(
    "readiness.readable.rest",
    "A stream socket stays readable until the last byte of its queue was read.",
    level=MUST,
    sources=[POLLIN],
    behaviours={"until-last": CONFORMS, "too-short": "ends early", "too-long": "goes on"},
    needs=["poll"],
)


@REST.case(family=ALL)
@given(length=st.integers(1, 60), step=st.integers(1, 20))
def test_rest(sockets, see, case, length, step):
    ours, theirs = sockets.connected()
    theirs.send(bytes(length))
    sockets.wait(ours, "POLLIN")
    left = length
    while left > 0 and "POLLIN" in ours.poll("POLLIN", 0):
        left -= len(ours.recv(step))
    after = _told(ours)
    how = "too-long" if after == "readable" else "until-last"
    see("too-short" if left else how, length=length, step=step)


RESET = rule(
    "readiness.readable.reset",
    "A stream socket whose peer reset the connection is readable.",
    level=MUST,
    sources=[
        READY,
        POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is"),
    ],
    behaviours=TOLD,
    conforming=["readable"],
    needs=["reset", "poll"],
)


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_linger(0.0)
    theirs.close()
    see(_told(ours, 1.0))


WRITE_SHUTDOWN = rule(
    "readiness.readable.own-write-shutdown",
    "A stream socket that was shut down for writing is not readable for that.",
    level=MUST,
    sources=[READY, POSIX.shutdown("SHUT_WR", "Disables further send operations")],
    behaviours=TOLD,
    conforming=["not-readable"],
    needs=["poll"],
)


@WRITE_SHUTDOWN.case(family=ALL)
def test_own_write_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    see(_told(ours))


LISTENER = rule(
    "readiness.readable.listener-until-last",
    "A listening socket stays readable until the last waiting connection was accepted.",
    level=MUST,
    sources=[
        POSIX.pselect("DESCRIPTION", "if an incoming connection request has been received")
    ],
    behaviours={
        "right": CONFORMS,
        "false": "readable without a connection",
        "missed": "not readable with one",
    },
    needs=["poll"],
)


@LISTENER.case(family=ALL)
@given(count=st.integers(2, 6))
def test_listener(sockets, see, case, count):
    listener = sockets.listener()
    told = [_told(listener)]
    for _ in range(count):
        how = outcome(sockets.new().connect, listener.local_addr())
        if how != "succeeds":
            see(how, count=count)  # there is no queue
            return
    for _ in range(count):
        told.append(_told(listener, 1.0))
        sockets.accepted(listener)
    told.append(_told(listener))
    missed = "not-readable" in told[1:-1]
    false = "readable" in (told[0], told[-1])
    see("missed" if missed else "false" if false else "right", count=count)


GONE = rule(
    "readiness.readable.connection-reset-in-queue",
    "What a listener says of a connection that was reset before it was accepted.",
    level=UNSPECIFIED,
    sources=[MAN.accept(2, "NOTES", "because the connection might have been removed")],
    behaviours={
        "accepted": "the connection is accepted",
        "withdrawn": "the listener is no longer readable",
        "blocks": "the listener is readable and has nothing to accept",
    },
    needs=["reset", "poll"],
)


@GONE.case(family=INET)
def test_reset_in_queue(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    client.set_linger(0.0)
    client.close()
    if not listener.poll("POLLIN", 0.02):
        see("withdrawn")
        return
    listener.set_nonblocking(True)
    how = outcome(sockets.accepted, listener, ok="accepted")
    see("blocks" if how == "EAGAIN" else how)


UNBOUND = rule(
    "readiness.readable.fresh-datagram",
    "A datagram socket that has received nothing is not readable.",
    level=MUST,
    sources=[POLLIN],
    behaviours=TOLD,
    conforming=["not-readable"],
    needs=["poll"],
)


@UNBOUND.case(family=ALL, type=DGRAM, state=("fresh", "bound", "connected"))
def test_fresh_datagram(sockets, see, case):
    state = case["state"]
    sock = sockets.new() if state == "fresh" else sockets.bound()
    if state == "connected":
        sock.connect(sockets.bound().local_addr())
    see(_told(sock))


FROM_OTHERS = rule(
    "readiness.readable.filtered-datagram",
    "A datagram that the peer filter keeps away does not make a connected socket readable.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "limits the remote sender for subsequent recv()")],
    behaviours=TOLD,
    conforming=["not-readable"],
    needs=["poll"],
)


@FROM_OTHERS.case(family=INET, type=DGRAM)
def test_filtered(sockets, see, case):
    ours, _peer = sockets.connected()
    outcome(sockets.bound().send_to, b"x", ours.local_addr())
    see(_told(ours, 0.02))


PENDING_ERROR = rule(
    "readiness.readable.pending-error",
    "A pending error is reported to whoever polls for POLLIN: a receive would not block.",
    level=MUST,
    sources=[
        POSIX.poll("POLLERR", "An error has occurred on the device or stream"),
        POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is"),
    ],
    behaviours={"reported": CONFORMS, "silent": "poll reports nothing"},
    needs=["poll"],
)


@PENDING_ERROR.case(family=INET, type=DGRAM, polls=("late", "waiting"))
def test_pending_error(sockets, see, case):
    ours, peer = sockets.bound(), sockets.bound()
    ours.connect(peer.local_addr())
    peer.close()
    asked = [(ours.handle, sockets.number("POLLIN"))]
    if case["polls"] == "waiting":
        waiting = sockets.backend.start("poll", asked, 1.0)
        waiting.is_blocked()
        ours.send(b"x")
        told = waiting.result()
    else:
        ours.send(b"x")
        told = sockets.backend.poll(asked, 1.0)
    see("reported" if told[0] else "silent")


AGREES = rule(
    "readiness.readable.agrees-with-recv",
    "When poll() says that a socket is readable, a receive on it does not block.",
    level=MUST,
    sources=[READY],
    behaviours={"agrees": CONFORMS, "blocks": "readable, but a receive would block"},
    needs=["poll"],
)


@AGREES.case(family=ALL, type=(STREAM, DGRAM))
@given(steps=st.lists(st.sampled_from(["send", "empty", "recv", "end"]), max_size=10))
def test_agrees(sockets, see, case, steps):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    how, ended = "agrees", False
    for step in steps:
        if step == "recv":
            readable = "POLLIN" in ours.poll("POLLIN", 0)
            if outcome(ours.recv, 4) == "EAGAIN" and readable:
                how = "blocks"
        elif not ended and step == "end" and case["type"] == STREAM:
            theirs.shutdown("SHUT_WR")
            ended = True
        elif not ended and step != "end":
            theirs.send(b"data" if step == "send" else b"")
    see(how, steps=steps)
