"""When a socket is readable: when poll() reports POLLIN.

POSIX defines it for pselect(): a socket is ready for reading when a receive would not block,
be it that it returns data, reports the end, or fails.
"""

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
    SERVER,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
POLLIN = POSIX.poll("POLLIN", "Data other than high-priority data may be read without")
READY = POSIX.pselect("DESCRIPTION", "an input function with O_NONBLOCK clear would not block")
END = POSIX.pselect("DESCRIPTION", "The function might return data, an end-of-file indication")
ERROR = POSIX.pselect("DESCRIPTION", "an error other than one indicating that it is blocked")
CONNECTIONS = POSIX.poll("DESCRIPTION", "ready for reading, once connections are available")
REPORTED = {"readable": "reports POLLIN", "not-readable": "does not report POLLIN"}


def _readable(sock, within=0.0):
    return "readable" if "POLLIN" in sock.poll("POLLIN", within) else "not-readable"


LISTENER_IDLE = rule(
    "readiness.readable.listener-idle",
    "A listening socket without a pending connection is not readable.",
    level=MUST,
    sources=[CONNECTIONS],
    behaviours=REPORTED,
    conforming=["not-readable"],
    needs=["poll"],
    aliases=["readiness.poll.listener-idle"],
)


@LISTENER_IDLE.case(family=ALL)
def test_listener_idle(sockets, see, case):
    see(_readable(sockets.listener()))


LISTENER_PENDING = rule(
    "readiness.readable.listener-pending",
    "A listening socket with a pending connection is readable.",
    level=MUST,
    judges=SERVER,
    sources=[CONNECTIONS],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.listener-pending"],
)


@LISTENER_PENDING.case(family=ALL)
def test_listener_pending(sockets, see, case):
    listener = sockets.listener()
    sockets.new().connect(listener.local_addr())
    see(_readable(listener, 2.0))


LISTENER = rule(
    "readiness.readable.listener-until-last",
    "A listening socket stays readable until the last pending connection has been accepted.",
    level=MUST,
    judges=SERVER,
    sources=[CONNECTIONS, POSIX.accept("DESCRIPTION", "shall extract the first connection on")],
    behaviours={
        "until-last": CONFORMS,
        "stays-readable": "reports POLLIN when everything has been read or accepted",
        "ends-early": "does not report POLLIN although something is queued",
    },
    needs=["poll"],
    aliases=["readiness.poll.listener-accepted"],
    renamed={
        "right": "until-last",
        "not-readable": "until-last",
        "false": "stays-readable",
        "missed": "ends-early",
    },
)


@LISTENER.case(family=ALL)
@given(count=st.integers(2, 6))
def test_listener_until_last(sockets, see, case, count):
    sockets.allowed("net.core.somaxconn", count)
    listener = sockets.listener()
    for _ in range(count):
        how = outcome(sockets.new().connect, listener.local_addr())
        if how != "succeeds":
            see(how, count=count)  # there is no queue
            return
    queued = []
    for _ in range(count):
        queued.append(_readable(listener, 1.0))
        sockets.accepted(listener)
    drained = _readable(listener)
    late = "stays-readable" if drained == "readable" else "until-last"
    see("ends-early" if "not-readable" in queued else late, count=count)


LISTENER_RESET = rule(
    "readiness.readable.connection-reset-in-queue",
    "accept() on a listening socket that is readable does not block, even if its pending "
    "connection has been reset.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.pselect("DESCRIPTION", "a call to the accept() function shall complete without"),
        POSIX.accept("ECONNABORTED", "A connection has been aborted"),
        MAN.accept(2, "NOTES", "because the connection might have been removed"),
    ],
    behaviours={
        "accepted": "stays readable, and the connection is accepted",
        "withdrawn": "is no longer readable",
        "ECONNABORTED": CONFORMS,
        "accept-blocks": "stays readable, but has no connection to accept",
    },
    conforming=["accepted", "withdrawn"],
    needs=["reset", "poll"],
    renamed={"blocks": "accept-blocks"},
)


@LISTENER_RESET.case(family=INET)
def test_connection_reset_in_queue(sockets, see, case):
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
    see("accept-blocks" if how == "EAGAIN" else how)


IDLE = rule(
    "readiness.readable.connected-idle",
    "A connected socket that has received nothing is not readable.",
    level=MUST,
    sources=[POLLIN],
    behaviours=REPORTED,
    conforming=["not-readable"],
    needs=["poll"],
    aliases=["readiness.poll.connected-idle"],
)


@IDLE.case(family=ALL, type=(STREAM, DGRAM))
def test_connected_idle(sockets, see, case):
    see(_readable(sockets.connected()[0]))


FRESH_DATAGRAM = rule(
    "readiness.readable.fresh-datagram",
    "A datagram socket without a peer that has received nothing is not readable.",
    level=MUST,
    sources=[POLLIN],
    behaviours=REPORTED,
    conforming=["not-readable"],
    needs=["poll"],
)


@FRESH_DATAGRAM.case(family=ALL, type=DGRAM, state=("fresh", "bound"))
def test_fresh_datagram(sockets, see, case):
    see(_readable(sockets.new() if case["state"] == "fresh" else sockets.bound()))


DATA = rule(
    "readiness.readable.data",
    "A socket with received data is readable.",
    level=MUST,
    sources=[POLLIN],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.data"],
)


@DATA.case(family=ALL, type=(STREAM, DGRAM))
def test_data(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    see(_readable(ours, 2.0))


DRAINED = rule(
    "readiness.readable.drained",
    "A socket stays readable until the last of its data has been read.",
    level=MUST,
    sources=[POLLIN],
    behaviours={
        "until-last": CONFORMS,
        "stays-readable": "reports POLLIN when everything has been read or accepted",
        "ends-early": "does not report POLLIN although something is queued",
    },
    needs=["poll"],
    aliases=["readiness.poll.drained", "readiness.readable.rest"],
    renamed={
        "not-readable": "until-last",
        "readable": "stays-readable",
        "too-long": "stays-readable",
        "too-short": "ends-early",
    },
)


@DRAINED.case(family=ALL, type=(STREAM, DGRAM))
@given(lengths=st.lists(st.integers(1, 20), min_size=1, max_size=4), step=st.integers(1, 20))
def test_drained(sockets, see, case, lengths, step):
    ours, theirs = sockets.connected()
    stream = case["type"] == STREAM
    for message in [bytes(sum(lengths))] if stream else map(bytes, lengths):
        theirs.send(message)
    if not stream:
        sockets.wait_for_datagrams()
    unread = sum(lengths) if stream else len(lengths)
    while unread > 0 and _readable(ours, 1.0) == "readable":
        unread -= len(ours.recv(step)) if stream else bool(ours.recv(20))
    late = "stays-readable" if _readable(ours) == "readable" else "until-last"
    see("ends-early" if unread else late, lengths=lengths, step=step)


PEEKED = rule(
    "readiness.readable.peeked",
    "A socket whose data has been peeked at stays readable.",
    level=MUST,
    sources=[
        POSIX.recv("MSG_PEEK", "The data is treated as unread"),
        POLLIN,
    ],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.peeked"],
)


@PEEKED.case(family=ALL, type=(STREAM, DGRAM))
def test_peeked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"xy")
    sockets.wait(ours, "POLLIN")
    ours.peek(16)
    see(_readable(ours))


EMPTY_DATAGRAM = rule(
    "readiness.readable.empty-datagram",
    "A socket that has received a datagram of zero length is readable.",
    level=MUST,
    sources=[
        READY,
        MAN.udp(7, "FIONREAD", "the next pending datagram contains zero bytes of data"),
    ],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.empty-datagram"],
)


@EMPTY_DATAGRAM.case(family=ALL, type=DGRAM)
def test_empty_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"")
    see(_readable(ours, 1.0))


FILTERED = rule(
    "readiness.readable.filtered-datagram",
    "A connected datagram socket is not readable after a datagram from another than its peer.",
    level=MUST,
    sources=[
        POSIX.connect("DESCRIPTION", "limits the remote sender for subsequent recv()"),
        POLLIN,
    ],
    behaviours=REPORTED,
    conforming=["not-readable"],
    needs=["poll"],
)


@FILTERED.case(family=INET, type=DGRAM)
def test_filtered_datagram(sockets, see, case):
    ours, _peer = sockets.connected()
    sockets.bound().send_to(b"x", ours.local_addr())
    sockets.wait_for_datagrams()
    see(_readable(ours))


END_OF_STREAM = rule(
    "readiness.readable.end-of-stream",
    "A stream socket whose peer has closed is readable.",
    level=MUST,
    sources=[END],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.end-of-stream"],
)


@END_OF_STREAM.case(family=ALL)
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    see(_readable(ours, 2.0))


END_STAYS = rule(
    "readiness.readable.end-of-stream-stays",
    "A stream socket stays readable after a receive has reported the end of the stream.",
    level=MUST,
    sources=[END, POSIX.recv("RETURN VALUE", "peer has performed an orderly shutdown, recv()")],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.end-of-stream-stays"],
)


@END_STAYS.case(family=ALL)
def test_end_of_stream_stays(sockets, see, case):
    sock = sockets.at_eof()
    sock.recv(1)
    see(_readable(sock))


RESET = rule(
    "readiness.readable.reset",
    "A stream socket whose peer reset the connection is readable.",
    level=MUST,
    sources=[ERROR, POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["reset", "poll"],
)


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.set_linger(0.0)
    theirs.close()
    see(_readable(ours, 1.0))


SHUT = [
    READY,
    SOCKET2.shutdown(2, "will cause all pending and future I/O on the specified portions"),
]

READ_SHUTDOWN = rule(
    "readiness.readable.own-read-shutdown",
    "A stream socket that was shut down for reading is readable.",
    level=MUST,
    sources=SHUT,
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
    aliases=["readiness.poll.shut-read"],
)


@READ_SHUTDOWN.case(family=ALL)
def test_own_read_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    see(_readable(ours, 1.0))


READ_SHUTDOWN_STAYS = rule(
    "readiness.readable.own-read-shutdown-stays",
    "A stream socket that was shut down for reading stays readable after a receive.",
    level=MUST,
    sources=SHUT,
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
)


@READ_SHUTDOWN_STAYS.case(family=ALL)
def test_own_read_shutdown_stays(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    ours.recv(1)
    see(_readable(ours, 1.0))


WRITE_SHUTDOWN = rule(
    "readiness.readable.own-write-shutdown",
    "A stream socket without data that was shut down for writing only is not readable.",
    level=MUST,
    sources=[READY, POSIX.shutdown("SHUT_WR", "Disables further send operations")],
    behaviours=REPORTED,
    conforming=["not-readable"],
    needs=["poll"],
)


@WRITE_SHUTDOWN.case(family=ALL)
def test_own_write_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    see(_readable(ours))


AGREES = rule(
    "readiness.readable.agrees-with-recv",
    "A receive on a socket that poll() has reported as readable does not block.",
    level=MUST,
    sources=[POLLIN, READY],
    behaviours={"agrees": CONFORMS, "blocks": "reports POLLIN, but a receive would block"},
    needs=["poll"],
)


@AGREES.case(family=ALL, type=(STREAM, DGRAM))
@given(steps=st.lists(st.sampled_from(["send", "empty", "recv", "end"]), max_size=10))
def test_agrees_with_recv(sockets, see, case, steps):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    how, ended = "agrees", False
    for step in steps:
        if step == "recv":
            readable = _readable(ours) == "readable"
            if outcome(ours.recv, 4) == "EAGAIN" and readable:
                how = "blocks"
        elif not ended and step == "end" and case["type"] == STREAM:
            theirs.shutdown("SHUT_WR")
            ended = True
        elif not ended and step != "end":
            theirs.send(b"data" if step == "send" else b"")
    see(how, steps=steps)
