"""What poll(2) tells of a socket in each state."""

from __future__ import annotations

from sockspec.spec import DGRAM, MAN, MUST, POSIX, SHOULD, STREAM, rule

from .polled import ANY, READABLE, WRITABLE, readable, writable

IDLE_LISTENER = rule(
    "readiness.poll.listener-idle",
    "A listening socket without a pending connection is not readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), POSIX.pselect("DESCRIPTION")],
    behaviours=READABLE,
    conforming=["not-readable"],
)


@IDLE_LISTENER.case(family=ANY)
def test_listener_idle(sockets, see, case):
    see(readable(sockets.listener()))


PENDING_LISTENER = rule(
    "readiness.poll.listener-pending",
    "A listening socket with a pending connection is readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), POSIX.pselect("DESCRIPTION")],
    behaviours=READABLE,
    conforming=["readable"],
)


@PENDING_LISTENER.case(family=ANY)
def test_listener_pending(sockets, see, case):
    listener = sockets.listener()
    sockets.new().connect(listener.local_addr())
    see(readable(listener, 2.0))


ACCEPTED_LISTENER = rule(
    "readiness.poll.listener-accepted",
    "A listening socket whose only pending connection was accepted is not readable any more.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), POSIX.accept("DESCRIPTION")],
    behaviours=READABLE,
    conforming=["not-readable"],
)


@ACCEPTED_LISTENER.case(family=ANY)
def test_listener_accepted(sockets, see, case):
    listener = sockets.listener()
    sockets.client_of(listener)
    see(readable(listener))


LISTENER_OUT = rule(
    "readiness.poll.listener-not-writable",
    "A listening socket is not writable.",
    level=SHOULD,
    sources=[POSIX.poll("POLLOUT")],
    behaviours=WRITABLE,
    conforming=["not-writable"],
)


@LISTENER_OUT.case(family=ANY)
def test_listener_not_writable(sockets, see, case):
    see(writable(sockets.listener()))


CONNECTED_IDLE = rule(
    "readiness.poll.connected-idle",
    "A connected socket to which nothing was sent is not readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN")],
    behaviours=READABLE,
    conforming=["not-readable"],
)


@CONNECTED_IDLE.case(family=ANY, type=(STREAM, DGRAM))
def test_connected_idle(sockets, see, case):
    see(readable(sockets.connected()[0]))


CONNECTED_OUT = rule(
    "readiness.poll.connected-writable",
    "A connected socket with room in its send buffer is writable.",
    level=MUST,
    sources=[POSIX.poll("POLLOUT")],
    behaviours=WRITABLE,
    conforming=["writable"],
)


@CONNECTED_OUT.case(family=ANY, type=(STREAM, DGRAM))
def test_connected_writable(sockets, see, case):
    see(writable(sockets.connected()[0]))


DATA = rule(
    "readiness.poll.data",
    "A socket with received data is readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN", "Data other than high-priority data may be read")],
    behaviours=READABLE,
    conforming=["readable"],
)


@DATA.case(family=ANY, type=(STREAM, DGRAM))
def test_data(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"x")
    see(readable(ours, 2.0))


DRAINED = rule(
    "readiness.poll.drained",
    "A socket whose received data was all read is not readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN")],
    behaviours=READABLE,
    conforming=["not-readable"],
)


@DRAINED.case(family=ANY, type=(STREAM, DGRAM))
def test_drained(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"xy")
    sockets.wait(ours, "POLLIN")
    ours.recv(16)
    see(readable(ours))


PEEKED = rule(
    "readiness.poll.peeked",
    "Peeking leaves a socket readable.",
    level=MUST,
    sources=[POSIX.recv("MSG_PEEK"), POSIX.poll("POLLIN")],
    behaviours=READABLE,
    conforming=["readable"],
)


@PEEKED.case(family=ANY, type=(STREAM, DGRAM))
def test_peeked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"xy")
    sockets.wait(ours, "POLLIN")
    ours.peek(16)
    see(readable(ours))


EMPTY_DATAGRAM = rule(
    "readiness.poll.empty-datagram",
    "A datagram socket with a received datagram of zero length is readable.",
    level=MUST,
    sources=[
        POSIX.poll("POLLIN"),
        MAN.udp(7, "FIONREAD (SIOCINQ)", "It is safer to use select(2), poll(2), or epoll(7)"),
    ],
    behaviours=READABLE,
    conforming=["readable"],
)


@EMPTY_DATAGRAM.case(family=ANY, type=DGRAM)
def test_empty_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"")
    see(readable(ours, 1.0))


END = rule(
    "readiness.poll.end-of-stream",
    "A stream socket whose peer has closed is readable: reading answers the end at once.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), POSIX.pselect("DESCRIPTION")],
    behaviours=READABLE,
    conforming=["readable"],
)


@END.case(family=ANY)
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    see(readable(ours, 2.0))


END_STAYS = rule(
    "readiness.poll.end-of-stream-stays",
    "A stream socket at its end stays readable after the end was read.",
    level=MUST,
    sources=[POSIX.poll("POLLIN"), POSIX.recv("RETURN VALUE")],
    behaviours=READABLE,
    conforming=["readable"],
)


@END_STAYS.case(family=ANY)
def test_end_of_stream_stays(sockets, see, case):
    sock = sockets.at_eof()
    sock.recv(1)
    see(readable(sock))


HALF_CLOSED_OUT = rule(
    "readiness.poll.peer-shut-writable",
    "A stream socket whose peer shut down writing stays writable.",
    level=MUST,
    sources=[POSIX.poll("POLLOUT"), POSIX.shutdown("SHUT_WR")],
    behaviours=WRITABLE,
    conforming=["writable"],
)


@HALF_CLOSED_OUT.case(family=ANY)
def test_peer_shut_writable(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLIN")
    see(writable(ours))


SHUT_READ = rule(
    "readiness.poll.shut-read",
    "A stream socket shut down for reading is readable: reading returns at once.",
    level=MUST,
    sources=[POSIX.shutdown("SHUT_RD"), POSIX.poll("POLLIN")],
    behaviours=READABLE,
    conforming=["readable"],
)


@SHUT_READ.case(family=ANY)
def test_shut_read(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    see(readable(ours, 1.0))


FULL = rule(
    "readiness.poll.full",
    "A stream socket whose peer reads nothing and whose buffers are full is not writable.",
    level=MUST,
    sources=[POSIX.poll("POLLOUT", "data may be written without blocking")],
    behaviours=WRITABLE,
    conforming=["not-writable"],
)


@FULL.case(family=ANY)
def test_full(sockets, see, case):
    ours, _theirs = sockets.connected()
    sockets.fill(ours)
    see(writable(ours))


EMPTIED = rule(
    "readiness.poll.emptied",
    "A full stream socket becomes writable again when its peer has read everything.",
    level=MUST,
    sources=[POSIX.poll("POLLOUT")],
    behaviours=WRITABLE,
    conforming=["writable"],
)


@EMPTIED.case(family=ANY)
def test_emptied(sockets, see, case):
    ours, theirs = sockets.connected()
    left = sockets.fill(ours)
    while left > 0:
        sockets.wait(theirs, "POLLIN")
        left -= len(theirs.recv(1 << 20))
    see(writable(ours, 2.0))
