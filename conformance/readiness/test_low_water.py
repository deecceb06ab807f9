"""SO_RCVLOWAT: how much has to be there before a socket counts as readable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import NotReached, Unsupported
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    GVISOR,
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
SMALLER = POSIX.chapter("2.10.16", "SO_RCVLOWAT", "the smaller of the low water mark value")
POLLED = MAN.socket(7, "SO_RCVLOWAT", "indicate a socket as readable only if at least")


def _set_mark(sock, mark):
    """Set the mark. POSIX lets a system refuse that; these rules then have no subject."""
    how = outcome(sock.set_int, "SOL_SOCKET", "SO_RCVLOWAT", mark)
    if how != "succeeds":
        raise Unsupported("SO_RCVLOWAT", f"setting it answers {how}")


def _queue(sockets, ours, theirs, count):
    """Have exactly `count` bytes in the queue of `ours`, low-water mark or not."""
    theirs.send(bytes(count))
    for _ in range(1000):
        if ours.available() == count:
            return
        sockets.wait(theirs, "POLLOUT")
    raise NotReached("the bytes in the queue")


READABLE = rule(
    "readiness.low-water.readable",
    "A stream socket is readable from SO_RCVLOWAT bytes on, and not with fewer.",
    level=SHOULD,
    sources=[MARK, POLLED, FREEBSD.getsockopt(2, "SO_RCVLOWAT")],
    behaviours={
        "from-mark-on": CONFORMS,
        "too-early": "readable with fewer bytes",
        "too-late": "not readable with that many",
    },
    needs=["poll", "ioctl"],
)


@READABLE.case(family=ALL, queued=("fewer", "as-many", "more"))
@given(mark=st.integers(2, 500), share=st.floats(0, 1))
def test_readable(sockets, see, case, mark, share):
    ours, theirs = sockets.connected()
    _set_mark(ours, mark)
    count = {"fewer": 1 + int(share * (mark - 2)), "as-many": mark, "more": mark + 1}
    _queue(sockets, ours, theirs, count[case["queued"]])
    readable = "POLLIN" in ours.poll("POLLIN", 0)
    wanted = case["queued"] != "fewer"
    how = "from-mark-on" if readable is wanted else "too-early" if readable else "too-late"
    see(how, mark=mark, queued=count[case["queued"]])


END = rule(
    "readiness.low-water.end-of-stream",
    "The end of a stream makes it readable even when fewer than SO_RCVLOWAT bytes are left.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "return data, an end-of-file indication"), MARK],
    behaviours={"readable": CONFORMS, "not-readable": "poll does not report POLLIN"},
    needs=["poll"],
)


@END.case(family=ALL, left=("none", "some"))
def test_end(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 100)
    if case["left"] == "some":
        theirs.send(b"few")
    theirs.shutdown("SHUT_WR")
    see("readable" if "POLLIN" in ours.poll("POLLIN", 1.0) else "not-readable")


BLOCKS = rule(
    "readiness.low-water.receive-waits",
    "A blocking receive waits for SO_RCVLOWAT bytes, or for all it asks for if that is less.",
    level=MUST,
    sources=[SMALLER],
    behaviours={
        "as-promised": CONFORMS,
        "too-early": "returns with fewer bytes",
        "too-late": "waits although they are there",
        "not-woken": "waits on when the rest has come",
    },
    needs=["ioctl"],
)


@BLOCKS.case(family=ALL, asks=("more-than-mark", "less-than-mark"))
def test_receive_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    if case["asks"] == "less-than-mark":
        receive = sockets.start("recv", ours, 10)
        see("too-late" if receive.is_blocked() else "as-promised")
        return
    receive = sockets.start("recv", ours, 64)
    blocked = receive.is_blocked()
    theirs.send(bytes(10))
    got = []
    how = outcome(lambda: got.append(receive.result(0.3)), ok="too-early")
    if how == "hang":
        how = "not-woken"
    see("as-promised" if blocked and got == [bytes(20)] else how, got=got)


NONBLOCKING = rule(
    "readiness.low-water.nonblocking-receive",
    "A non-blocking receive with fewer than SO_RCVLOWAT bytes queued returns them, or fails.",
    level=UNSPECIFIED,
    sources=[SMALLER, POSIX.recv("EAGAIN or EWOULDBLOCK")],
    behaviours={"returns-them": "the mark is for waiting only"},
    needs=["ioctl"],
)


@NONBLOCKING.case(family=ALL, mode=("socket", "flag"))
def test_nonblocking(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    ours.set_nonblocking(case["mode"] == "socket")
    flags = "MSG_DONTWAIT" if case["mode"] == "flag" else 0
    see(outcome(ours.recv_with_flags, 64, flags, ok="returns-them"))


DATAGRAM = rule(
    "readiness.low-water.datagram",
    "A datagram shorter than SO_RCVLOWAT makes the socket readable, or does not.",
    level=UNSPECIFIED,
    sources=[MARK, GVISOR("test/syscalls/linux/socket_generic_test_cases.cc", "SO_RCVLOWAT")],
    behaviours={"readable": "poll reports POLLIN", "not-readable": "poll does not"},
    needs=["poll"],
)


@DATAGRAM.case(family=ALL, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    theirs.send(b"short")
    see("readable" if "POLLIN" in ours.poll("POLLIN", 0.05) else "not-readable")


LOWERED = rule(
    "readiness.low-water.lowered",
    "Lowering SO_RCVLOWAT to what is queued makes a stream socket readable.",
    level=SHOULD,
    sources=[MARK, POLLED],
    behaviours={"readable": CONFORMS, "not-readable": "poll does not report POLLIN"},
    needs=["poll", "ioctl"],
)


@LOWERED.case(family=ALL, while_polling=("no", "yes"))
def test_lowered(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    _queue(sockets, ours, theirs, 10)
    if case["while_polling"] == "no":
        _set_mark(ours, 10)
        see("readable" if ours.poll("POLLIN", 0) else "not-readable")
        return
    asked = [(ours.handle, sockets.number("POLLIN"))]
    waiting = sockets.backend.start("poll", asked, 2.0)
    waiting.is_blocked()
    _set_mark(ours, 10)
    see("readable" if waiting.result()[0] else "not-readable")


URGENT = rule(
    "readiness.low-water.urgent",
    "Urgent data is reported by POLLPRI however few bytes there are.",
    level=MUST,
    sources=[POSIX.pselect("DESCRIPTION", "the MSG_OOB flag set would return out-of-band")],
    behaviours={"reported": CONFORMS, "not-reported": "it is not"},
    needs=["oob", "poll-priority"],
)


@URGENT.case(family=INET)
def test_urgent(sockets, see, case):
    ours, theirs = sockets.connected()
    _set_mark(ours, 20)
    theirs.send_out_of_band(b"X")
    see("reported" if "POLLPRI" in ours.poll("POLLPRI", 1.0) else "not-reported")
