"""kqueue: what its filters tell of a socket, as data and as flags. No standard has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import DGRAM, FREEBSD, INET, STREAM, UNIX, XNU, outcome

from .kqueue import UNREPORTED, Queue, manuals, open_rule, readable, told

ALL = (*INET, UNIX)
LISTENING = manuals("EVFILT_READ", "return when there is an incoming connection pending")
BACKLOG = manuals("EVFILT_READ", "contains the size of the listen backlog")
COUNTED = manuals(
    "EVFILT_READ", "contains the number of bytes of protocol data available to read"
)
LOW_WATER = manuals("EVFILT_READ", "specifying the new low water mark in data")
END = manuals(
    "EVFILT_READ", "If the read direction of the socket has shutdown, then the filter"
)
FAILED = manuals("EVFILT_READ", "returns the socket error (if any) in fflags")
PENDING = manuals("EVFILT_READ", "while there is still data pending in the socket buffer")
ROOM = manuals("EVFILT_WRITE", "will contain the amount of space remaining in the write buffer")
READER = manuals("EVFILT_WRITE", "EV_EOF when the reader disconnects")
COUNTS = {
    "exact": "it is",
    "another-number": "it is another number",
    **UNREPORTED,
}


def number_told(events, expected):
    """Name whether the one event has the number that is right."""
    if not events:
        return "not-reported"
    return "exact" if [each.data for each in events] == [expected] else "another-number"


WAITING = open_rule(
    "readiness.kqueue-data.connections",
    "EVFILT_READ reports how many connections a listener has",
    [*LISTENING, *BACKLOG],
    COUNTS,
)


@WAITING.case(family=ALL, waiting=("0", "1", "3"))
def test_connections(sockets, see, case):
    queue, listener, waiting = Queue(sockets), sockets.listener(), int(case["waiting"])
    for _ in range(waiting):
        sockets.new().connect(listener.local_addr())
    if waiting:
        sockets.wait_for_datagrams()  # what was sent before has come, too
    queue.add(listener)
    see(number_told(queue.kevent(), waiting))


LATER = open_rule(
    "readiness.kqueue-data.listens-later",
    "EVFILT_READ reports connections of a socket that listened after it was added",
    [
        *LISTENING,
        XNU(
            "bsd/kern/uipc_socket.c",
            "filt_soread_common",
            "handle the listen case dynamically",
        ),
    ],
)


@LATER.case(family=ALL)
def test_listens_later(sockets, see, case):
    queue, sock = Queue(sockets), sockets.bound()
    queue.add(sock)
    sock.listen(4)
    sockets.new().connect(sock.local_addr())
    sockets.wait(sock, "POLLIN")
    see(told(queue.kevent()))


BYTES = open_rule(
    "readiness.kqueue-data.bytes",
    "EVFILT_READ reports how many bytes are queued",
    COUNTED,
    COUNTS,
)


@BYTES.case(family=ALL, type=(STREAM, DGRAM))
@given(size=st.integers(1, 1000))
def test_bytes(sockets, see, case, size):
    queue, (ours, _theirs) = Queue(sockets), readable(sockets, bytes(size))
    if case["type"] == STREAM and case["family"] != UNIX:
        sockets.wait_for_bytes(ours, size)
    queue.add(ours)
    see(number_told(queue.kevent(), size), size=size)


SPACE = open_rule(
    "readiness.kqueue-data.space",
    "EVFILT_WRITE reports how much room there is to send",
    ROOM,
    {
        "some": "it returns a number of bytes up to the buffer's size",
        "zero": "it is reported, with no room at all",
        "more-than-fits": "it returns more than the buffer's size",
        **UNREPORTED,
    },
)


@SPACE.case(family=ALL, state=("idle", "full"))
def test_space(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), sockets.connected()
    if case["state"] == "full":
        sockets.fill(ours)
    queue.add(ours, "WRITE")
    events = queue.kevent()
    if not events:
        see("not-reported")
        return
    room, size = events[0].data, ours.send_buffer_size()
    see(
        "more-than-fits" if room > size else "some" if room > 0 else "zero",
        room=room,
        size=size,
    )


MARK = open_rule(
    "readiness.kqueue-data.low-water",
    "EVFILT_READ reports data from its own low-water mark on",
    LOW_WATER,
    {
        "at-mark": "it reports as many bytes, and not fewer",
        "below-mark": "it reports fewer",
        **UNREPORTED,
    },
)


@MARK.case(family=ALL)
def test_low_water(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    queue.add(ours, notes=("LOWAT",), data=4)
    theirs.send(b"abc")
    sockets.wait_for_bytes(ours, 3)
    if queue.kevent():
        see("below-mark")
        return
    theirs.send(b"d")
    see("at-mark" if queue.kevent(within=1.0) else "not-reported")


OWN = open_rule(
    "readiness.kqueue-data.low-water-own",
    "the low-water mark of a filter changes SO_RCVLOWAT",
    manuals("EVFILT_READ", "This may be overridden with a per-filter low water mark"),
    {"unchanged": "it stays as it was", "changed": "it is another"},
)


@OWN.case(family=ALL)
def test_low_water_own(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), sockets.connected()
    before = ours.get_int("SOL_SOCKET", "SO_RCVLOWAT")
    queue.add(ours, notes=("LOWAT",), data=4)
    after = ours.get_int("SOL_SOCKET", "SO_RCVLOWAT")
    see("unchanged" if after == before else "changed", before=before, after=after)


BEYOND = open_rule(
    "readiness.kqueue-data.low-water-beyond",
    "EVFILT_WRITE reports an empty buffer that is smaller than its low-water mark",
    [
        *manuals("EVFILT_WRITE", "the low water mark and socket error handling is identical"),
        XNU("bsd/kern/uipc_socket.c", "filt_sowrite_common", "if (kn->kn_sdata > hiwat)"),
    ],
)


@BEYOND.case(family=ALL)
def test_low_water_beyond(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), sockets.connected()
    queue.add(ours, "WRITE", notes=("LOWAT",), data=2**30)
    see(told(queue.kevent()))


def end(sockets, ours, theirs, cause):
    """Bring about what ends one direction or both."""
    if cause == "own-read":
        ours.shutdown("SHUT_RD")
    elif cause == "own-write":
        ours.shutdown("SHUT_WR")
    elif cause == "peer-write":
        theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
    else:
        theirs.close()
        sockets.wait(ours, "POLLIN")


ENDS = open_rule(
    "readiness.kqueue-data.end",
    "a filter has EV_EOF at the end of its direction",
    [*END, *READER],
    {
        "with-end": "it is reported with EV_EOF",
        "without-end": "it is reported without EV_EOF",
        **UNREPORTED,
    },
)


@ENDS.case(
    family=ALL, filter="READ", cause=("own-read", "own-write", "peer-write", "peer-closed")
)
@ENDS.case(
    family=ALL, filter="WRITE", cause=("own-read", "own-write", "peer-write", "peer-closed")
)
def test_end(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), sockets.connected()
    end(sockets, ours, theirs, case["cause"])
    queue.add(ours, case["filter"])
    events = queue.kevent()
    has_end = any(queue.has(each, "EOF") for each in events)
    see("not-reported" if not events else "with-end" if has_end else "without-end")


BEHIND = open_rule(
    "readiness.kqueue-data.end-behind-data",
    "EVFILT_READ reports an end that comes after data",
    PENDING,
    {
        "both": "EV_EOF is set, and the data are counted",
        "data-alone": "the data are counted, and EV_EOF is not set",
        "end-alone": "EV_EOF is set, and other data counted",
        **UNREPORTED,
    },
)


@BEHIND.case(family=ALL)
def test_end_behind_data(sockets, see, case):
    queue, (ours, theirs) = Queue(sockets), readable(sockets, b"abc")
    theirs.shutdown("SHUT_WR")
    sockets.wait_for_end(ours)
    queue.add(ours)
    events = queue.kevent()
    if not events:
        see("not-reported")
    elif queue.has(events[0], "EOF"):
        see("both" if events[0].data == 3 else "end-alone", count=events[0].data)
    else:
        see("data-alone")


def failed(sockets, cause):
    """A socket with a pending error."""
    if cause == "reset":
        return sockets.reset()
    if cause == "refused":
        sock = sockets.new(type=STREAM)
        sock.set_nonblocking(True)
        outcome(sock.connect, sockets.dead_address(type=STREAM))
        sockets.wait(sock, ("POLLERR", "POLLHUP", "POLLOUT"))
        return sock
    sock = sockets.new(type=DGRAM)
    sock.connect(sockets.dead_address(type=STREAM))
    sock.send(b"x")
    sockets.wait(sock, ("POLLERR", "POLLIN"))
    return sock


IN_FFLAGS = open_rule(
    "readiness.kqueue-data.error",
    "a filter returns the pending error of a socket in fflags",
    FAILED,
    {"no-error": "fflags has none", **UNREPORTED},
)


@IN_FFLAGS.case(
    family=INET, cause=("reset", "refused", "refused-datagram"), filter=("READ", "WRITE")
)
def test_error(sockets, see, case):
    queue, sock = Queue(sockets), failed(sockets, case["cause"])
    queue.add(sock, case["filter"])
    events = queue.kevent()
    if not events:
        see("not-reported")
        return
    error = events[0].fflags
    see(sockets.backend.errno_symbol(error) if error else "no-error")


STAYS = open_rule(
    "readiness.kqueue-data.error-stays",
    "a pending error stays when kevent() has told it",
    FAILED,
    {"gone": "SO_ERROR has none any more"},
)


@STAYS.case(family=INET, cause=("reset", "refused", "refused-datagram"))
def test_error_stays(sockets, see, case):
    queue, sock = Queue(sockets), failed(sockets, case["cause"])
    queue.add(sock)
    queue.kevent()
    number = sock.get_int("SOL_SOCKET", "SO_ERROR")
    see(sockets.backend.errno_symbol(number) if number else "gone")


CONNECTED = open_rule(
    "readiness.kqueue-data.connected",
    "EVFILT_WRITE reports a socket when it is connected, not before",
    manuals("EVFILT_WRITE", "returns whenever it is possible to write to the descriptor"),
    {
        "when-connected": "it does",
        "before": "it reports one that is not",
        **UNREPORTED,
    },
)


@CONNECTED.case(family=ALL)
def test_connected(sockets, see, case):
    queue, sock, listener = Queue(sockets), sockets.new(), sockets.listener()
    queue.add(sock, "WRITE")
    if queue.kevent():
        see("before")
        return
    sock.connect(listener.local_addr())
    see("when-connected" if queue.kevent(within=1.0) else "not-reported")


EMPTY = open_rule(
    "readiness.kqueue-data.empty",
    "EVFILT_EMPTY reports a socket that has sent all",
    [FREEBSD.kqueue(2, "EVFILT_EMPTY", "there is no remaining data in the write buffer")],
)


@EMPTY.case(family=INET, state=("idle", "full"))
def test_empty(sockets, see, case):
    queue, (ours, _theirs) = Queue(sockets), sockets.connected()
    if case["state"] == "full":
        sockets.fill(ours)
    queue.add(ours, "EMPTY")
    see(told(queue.kevent()))
