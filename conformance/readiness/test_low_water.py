"""SO_RCVLOWAT: how many bytes make a socket readable and let a blocking receive return."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import NotReached, Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MAN,
    MUST,
    POSIX,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
MARK = POSIX.chapter("2.10.16", "SO_RCVLOWAT", "minimum number of bytes to process for socket")
WAITS = POSIX.chapter(
    "2.10.16", "SO_RCVLOWAT", "blocking receive calls normally wait until they have received"
)
READY = POSIX.pselect("DESCRIPTION", "an input function with O_NONBLOCK clear would not block")
LINUX = MAN.socket(7, "SO_RCVLOWAT", "indicate a socket as readable only if at least")
BSD = FREEBSD.getsockopt(2, "SO_RCVLOWAT", "is an option to set the minimum count for input")
REPORTED = {"readable": "reports POLLIN", "not-readable": "does not report POLLIN"}


def _set_mark(sock, mark):
    """Set the mark, which a system may refuse: then these rules have no subject."""
    how = outcome(sock.set_int, "SOL_SOCKET", "SO_RCVLOWAT", mark)
    if how != "succeeds":
        raise Unsupported("SO_RCVLOWAT", f"setting it fails with {how}")


def _queue(sockets, ours, theirs, count):
    """Have exactly `count` bytes in the queue of `ours`, readable or not."""
    theirs.send(bytes(count))
    for _ in range(1000):
        if ours.available() == count:
            return
        sockets.wait(theirs, "POLLOUT")
    raise NotReached("the bytes in the queue")


def _readable(sock, within=0.0):
    return "readable" if "POLLIN" in sock.poll("POLLIN", within) else "not-readable"


READABLE = rule(
    "readiness.low-water.readable",
    "A stream socket is readable from SO_RCVLOWAT bytes on, and not with fewer.",
    level=SHOULD,  # POSIX: a receive "normally" waits
    sources=[WAITS, READY, LINUX, BSD],
    behaviours={
        "from-mark-on": CONFORMS,
        "too-early": "does not wait for SO_RCVLOWAT bytes",
        "too-late": "waits although SO_RCVLOWAT bytes are there",
    },
    needs=["poll", "ioctl"],
)


@READABLE.case(family=ALL, queued=("fewer", "as-many", "more"))
@given(
    fewer_of=st.integers(2, 500).flatmap(
        lambda mark: st.tuples(st.integers(1, mark - 1), st.just(mark))
    )
)
def test_readable(sockets, see, case, fewer_of):
    fewer, mark = fewer_of
    count = {"fewer": fewer, "as-many": mark, "more": mark + 1}[case["queued"]]
    ours, theirs = sockets.connected()
    _set_mark(ours, mark)
    _queue(sockets, ours, theirs, count)
    readable = _readable(ours) == "readable"
    wrong = "too-early" if readable else "too-late"
    see("from-mark-on" if readable is (count >= mark) else wrong, mark=mark, queued=count)


END = rule(
    "readiness.low-water.end-of-stream",
    "A stream socket at its end is readable even if fewer than SO_RCVLOWAT bytes are queued.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "might return data, an end-of-file indication")],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll"],
)


@END.case(family=ALL, left=("none", "some"))
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 100)
    if case["left"] == "some":
        theirs.send(b"few")
    theirs.shutdown("SHUT_WR")
    see(_readable(ours, 1.0))


RECEIVE_WAITS = rule(
    "readiness.low-water.receive-waits",
    "A blocking receive waits for SO_RCVLOWAT bytes, or for all it asks for if that is less.",
    level=SHOULD,  # POSIX: it "normally" waits
    sources=[
        WAITS,
        POSIX.chapter("2.10.16", "SO_RCVLOWAT", "the smaller of the low water mark value or"),
        BSD,
    ],
    behaviours={
        "until-enough": CONFORMS,
        "too-early": "does not wait for SO_RCVLOWAT bytes",
        "too-late": "waits although SO_RCVLOWAT bytes are there",
        "not-woken": "waits on when the rest has come",
        "altered": "returns different bytes",
    },
    needs=["ioctl"],
    renamed={"as-promised": "until-enough"},
)


@RECEIVE_WAITS.case(family=ALL, asks=("more-than-mark", "less-than-mark"))
def test_receive_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    if case["asks"] == "less-than-mark":
        receive = sockets.start("recv", ours, 10)
        if receive.is_blocked():
            see("too-late")
        else:
            see("until-enough" if receive.result() == bytes(10) else "altered")
        return
    receive = sockets.start("recv", ours, 64)
    blocked = receive.is_blocked()
    theirs.send(bytes(10))
    got = []
    how = outcome(lambda: got.append(receive.result(0.3)), ok="too-early")
    if how == "hang":
        how = "not-woken"
    elif blocked and got and len(got[0]) == 20:
        how = "until-enough" if got == [bytes(20)] else "altered"
    see(how, got=got)


NONBLOCKING = rule(
    "readiness.low-water.nonblocking-receive",
    "Whether a non-blocking receive returns fewer than SO_RCVLOWAT bytes is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MARK,
        POSIX.chapter("2.10.7", "data transfer", "transfer only as much as is available"),
    ],
    behaviours={"returns-them": "returns what is queued", "altered": "returns different bytes"},
    needs=["ioctl"],
)


@NONBLOCKING.case(family=ALL, mode=("socket", "flag"))
def test_nonblocking_receive(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    ours.set_nonblocking(case["mode"] == "socket")
    flags = "MSG_DONTWAIT" if case["mode"] == "flag" else 0
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(64, flags)), ok="returns-them")
    see(how if got in ([], [bytes(10)]) else "altered", got=got)


DATAGRAM = rule(
    "readiness.low-water.datagram",
    "Whether a datagram shorter than SO_RCVLOWAT makes a socket readable is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MARK,
        POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation"),
    ],
    behaviours=REPORTED,
    needs=["poll"],
)


@DATAGRAM.case(family=ALL, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    theirs.send(b"short")
    sockets.wait_for_datagrams()
    see(_readable(ours))


LOWERED = rule(
    "readiness.low-water.lowered",
    "A stream socket becomes readable when SO_RCVLOWAT is lowered to what is queued.",
    level=SHOULD,  # POSIX: a receive "normally" waits
    sources=[WAITS, READY, LINUX],
    behaviours=REPORTED,
    conforming=["readable"],
    needs=["poll", "ioctl"],
)


@LOWERED.case(family=ALL, while_polling=("no", "yes"))
def test_lowered(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    if case["while_polling"] == "no":
        _set_mark(ours, 10)
        see(_readable(ours))
        return
    polling = sockets.backend.start("poll", [(ours.handle, sockets.number("POLLIN"))], 2.0)
    polling.is_blocked()
    _set_mark(ours, 10)
    woken = polling.result()[0] & sockets.number("POLLIN")
    see("readable" if woken else "not-readable")


URGENT = rule(
    "readiness.low-water.urgent",
    "poll() reports urgent data with POLLPRI even if fewer than SO_RCVLOWAT bytes are queued.",
    level=MUST,
    sources=[
        POSIX.poll("POLLPRI", "High-priority data may be read without blocking"),
        POSIX.pselect("DESCRIPTION", "the MSG_OOB flag set would return out-of-band data"),
    ],
    behaviours={"reported": CONFORMS, "not-reported": "does not report POLLPRI"},
    needs=["oob", "poll-priority"],
)


@URGENT.case(family=INET)
def test_urgent(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    theirs.send_out_of_band(b"X")
    see("reported" if "POLLPRI" in ours.poll("POLLPRI", 1.0) else "not-reported")
