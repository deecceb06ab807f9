"""What poll(2) tells of a socket in each state."""

from __future__ import annotations

from sockspec.observe import outcome
from sockspec.rules import DGRAM, INET, MUST, SHOULD, STREAM, UNIX, UNSPECIFIED, V4, rule
from sockspec.sources import MAN, POSIX

READABLE = {"readable": "POLLIN is there", "not-readable": "POLLIN is not there"}
WRITABLE = {"writable": "POLLOUT is there", "not-writable": "POLLOUT is not there"}

ANY = (*INET, UNIX)


def readable(sock, within=0.0):
    return "readable" if "POLLIN" in sock.poll("POLLIN", within) else "not-readable"


def writable(sock, within=0.0):
    return "writable" if "POLLOUT" in sock.poll("POLLOUT", within) else "not-writable"


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


PARTLY_READ = rule(
    "readiness.poll.partly-read",
    "A stream of whose received data some was read stays readable.",
    level=MUST,
    sources=[POSIX.poll("POLLIN")],
    behaviours=READABLE,
    conforming=["readable"],
)


@PARTLY_READ.case(family=ANY)
def test_partly_read(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"xy")
    sockets.wait(ours, "POLLIN")
    ours.recv(1)
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
    sources=[POSIX.poll("POLLIN"), MAN.recv(2, "RETURN VALUE")],
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


HANGUP_AND_OUT = rule(
    "readiness.poll.hangup-excludes-writable",
    "POLLHUP and POLLOUT are never there together.",
    level=MUST,
    sources=[POSIX.poll("POLLHUP", "This event and POLLOUT are mutually-exclusive")],
    behaviours={
        "exclusive": "at most one of the two is there",
        "together": "both are there at once",
    },
    conforming=["exclusive"],
)


@HANGUP_AND_OUT.case(family=ANY, state=("fresh", "both-shut", "both-ended", "reset"))
def test_hangup_excludes_writable(sockets, see, case):
    sock = _hung_up(sockets, case["state"])
    events = sock.poll(["POLLIN", "POLLOUT"], 1.0)
    see("together" if {"POLLHUP", "POLLOUT"} <= events else "exclusive", events=events)


def _hung_up(sockets, state):
    if state == "fresh":
        return sockets.new()
    if state == "reset":
        return sockets.reset()
    ours, theirs = sockets.connected()
    if state == "both-shut":
        ours.shutdown("SHUT_RDWR")
    else:
        ours.shutdown("SHUT_WR")
        theirs.close()
        sockets.wait(ours, "POLLIN")
    return ours


RESET = rule(
    "readiness.poll.reset",
    "A stream socket whose connection was reset reports an error or a hangup.",
    level=MUST,
    sources=[POSIX.poll("POLLERR", "An error has occurred"), POSIX.poll("POLLHUP")],
    behaviours={
        "error": "POLLERR alone",
        "hangup": "POLLHUP alone",
        "error-and-hangup": "both",
        "nothing": "neither POLLERR nor POLLHUP",
    },
    conforming=["error", "hangup", "error-and-hangup"],
)


def trouble(events):
    names = {"POLLERR": "error", "POLLHUP": "hangup"}
    return "-and-".join(names[each] for each in names if each in events) or "nothing"


@RESET.case(family=INET)
def test_reset(sockets, see, case):
    see(trouble(sockets.reset().poll("POLLIN", 1.0)))


ERROR_TAKEN = rule(
    "readiness.poll.error-taken",
    "POLLERR goes away when the pending error was taken.",
    level=UNSPECIFIED,
    sources=[POSIX.getsockopt("SO_ERROR"), POSIX.poll("POLLERR")],
    behaviours={"gone": "POLLERR is gone", "stays": "POLLERR stays"},
)


@ERROR_TAKEN.case(family=INET)
def test_error_taken(sockets, see, case):
    sock = sockets.reset()
    sock.take_error()
    see("stays" if "POLLERR" in sock.poll("POLLIN", 0) else "gone")


REFUSED = rule(
    "readiness.poll.refused",
    "A non-blocking socket whose connect was refused is writable or reports an error.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS"), POSIX.poll("POLLOUT")],
    behaviours={
        "told": "POLLOUT, POLLERR or POLLHUP is there",
        "silent": "none of them is there",
    },
    conforming=["told"],
)


@REFUSED.case(family=INET)
def test_refused(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, sockets.dead_address())
    see("told" if sock.poll("POLLOUT", 2.0) else "silent")


CONNECTING = rule(
    "readiness.poll.connecting",
    "A socket whose connect is pending is not writable.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS"), POSIX.poll("POLLOUT")],
    behaviours=WRITABLE,
    conforming=["not-writable"],
    needs=["full-backlog"],
)


@CONNECTING.case(family=INET)
def test_connecting(sockets, see, case):
    see(writable(sockets.connecting()))


COMPLETED = rule(
    "readiness.poll.connect-completed",
    "A socket whose pending connect has completed is writable.",
    level=MUST,
    sources=[POSIX.connect("EINPROGRESS", "the file descriptor is ready for writing")],
    behaviours=WRITABLE,
    conforming=["writable"],
)


@COMPLETED.case(family=INET)
def test_connect_completed(sockets, see, case):
    listener = sockets.listener()
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, listener.local_addr())
    see(writable(sock, 2.0))


FRESH = rule(
    "readiness.poll.fresh",
    "A stream socket that was never connected has events of its own.",
    level=UNSPECIFIED,
    sources=[POSIX.poll("DESCRIPTION")],
    behaviours={
        "nothing": "no event",
        "writable": "POLLOUT alone",
        "hangup": "POLLHUP alone",
        "writable-hangup": "POLLOUT and POLLHUP",
    },
)


@FRESH.case(family=ANY, state=("unbound", "bound"))
def test_fresh(sockets, see, case):
    sock = sockets.new() if case["state"] == "unbound" else sockets.bound()
    events = sock.poll(["POLLIN", "POLLOUT"], 0)
    names = [name for name in ("POLLOUT", "POLLHUP", "POLLIN", "POLLERR") if name in events]
    words = {"POLLOUT": "writable", "POLLHUP": "hangup"}
    see("-".join(words.get(name, name) for name in names) or "nothing", events=events)


UDP_ERROR = rule(
    "readiness.poll.datagram-refused",
    "A connected datagram socket whose datagram was refused reports an error.",
    level=SHOULD,
    sources=[POSIX.poll("POLLERR"), MAN.udp(7, "ERRORS")],
    behaviours={
        "error": "POLLERR alone",
        "hangup": "POLLHUP alone",
        "error-and-hangup": "both",
        "nothing": "neither POLLERR nor POLLHUP",
    },
    conforming=["error", "error-and-hangup"],
)


@UDP_ERROR.case(family=INET, type=DGRAM)
def test_datagram_refused(sockets, see, case):
    address = sockets.udp().local_addr()
    dead = sockets.udp()
    address = dead.local_addr()
    dead.close()
    sock = sockets.new()
    sock.connect(address)
    sock.send(b"x")
    see(trouble(sock.poll("POLLIN", 1.0)))


UNASKED = rule(
    "readiness.poll.error-unasked",
    "POLLERR and POLLHUP are told without being asked for.",
    level=MUST,
    sources=[POSIX.poll("POLLHUP", "only valid in the revents bitmask")],
    behaviours={"told": "one of them is there", "silent": "neither is there"},
    conforming=["told"],
)


@UNASKED.case(family=INET)
def test_error_unasked(sockets, see, case):
    events = sockets.reset().poll(0, 1.0)
    see("told" if events & {"POLLERR", "POLLHUP"} else "silent", events=events)


ORDER = rule(
    "readiness.poll.order",
    "Each socket's events stand at its own place in the answer.",
    level=MUST,
    sources=[POSIX.poll("DESCRIPTION")],
    behaviours={"own-place": "at its own place", "misplaced": "at another's place"},
    conforming=["own-place"],
)


@ORDER.case(family=V4, ready=("first", "second", "third"))
def test_order(sockets, see, case):
    pairs = [sockets.connected() for _ in range(3)]
    chosen = ("first", "second", "third").index(case["ready"])
    pairs[chosen][1].send(b"x")
    sockets.wait(pairs[chosen][0], "POLLIN")
    event = sockets.number("POLLIN")
    told = sockets.backend.poll([(ours.handle, event) for ours, _ in pairs], 1.0)
    wanted = tuple(event if place == chosen else 0 for place in range(3))
    see("own-place" if told == wanted else "misplaced", told=told)
