"""Descriptors as control data (SCM_RIGHTS): what arrives, and what comes of the rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.api import Socket
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SHOULD,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

TYPES = (STREAM, DGRAM, SEQPACKET)
NEEDS = ["messages", "adopt"]
RIGHTS = POSIX.header("sys/socket.h", "SCM_RIGHTS", "Indicates that the data array contains")


def rights(sockets, *passed):
    """The control data that passes these sockets, or descriptors by number."""
    numbers = [each if isinstance(each, int) else each.as_raw_fd() for each in passed]
    order = sockets.backend.byte_order
    data = b"".join(number.to_bytes(4, order, signed=True) for number in numbers)
    return [(sockets.number("SOL_SOCKET"), sockets.number("SCM_RIGHTS"), data)]


def received(sockets, message):
    """The sockets that a message brought, in order."""
    order, wanted = sockets.backend.byte_order, sockets.number("SCM_RIGHTS")
    return [
        sockets.keep(
            Socket.from_raw_fd(
                int.from_bytes(data[at : at + 4], order), backend=sockets.backend
            )
        )
        for _level, kind, data in message.control
        if kind == wanted
        for at in range(0, len(data) - 3, 4)
    ]


def is_same(sockets, one, other):
    """Whether two descriptors are the same socket: an option set there is set here."""
    before = other.get_int("SOL_SOCKET", "SO_KEEPALIVE")
    one.set_keepalive(not before)
    return other.get_int("SOL_SOCKET", "SO_KEEPALIVE") != before


def is_closed(peer):
    """Whether the other end of a stream is closed."""
    return bool(peer.poll("POLLIN", 1.0)) and peer.recv(1) == b""


DELIVERED = rule(
    "data.unix-rights.delivered",
    "A passed descriptor refers to the same socket for the one who receives it.",
    level=MUST,
    sources=[RIGHTS, MAN.unix(7, "SCM_RIGHTS", "a reference to an open file description")],
    behaviours={
        "same": CONFORMS,
        "other": "it is another socket",
        "none": "no descriptor arrives",
    },
    needs=NEEDS,
)


@DELIVERED.case(family=UNIX, type=TYPES, passed=("socket", "listener", "itself"))
def test_delivered(sockets, see, case):
    ours, theirs = sockets.connected()
    make = {"socket": sockets.new, "listener": lambda: sockets.listener(4, UNIX, STREAM)}
    passed = make[case["passed"]]() if case["passed"] in make else ours
    ours.sendmsg([b"x"], rights(sockets, passed))
    got = received(sockets, theirs.recvmsg([4], 64))
    if not got:
        see("none")
    else:
        see("same" if is_same(sockets, got[0], passed) else "other")


ORDER = rule(
    "data.unix-rights.order",
    "All descriptors of one message arrive, in the order in which they were given.",
    level=MUST,
    sources=[RIGHTS, MAN.unix(7, "SCM_RIGHTS")],
    behaviours={
        "in-order": CONFORMS,
        "fewer": "not all arrive",
        "mixed": "in another order",
    },
    needs=NEEDS,
)


@ORDER.case(family=UNIX, type=TYPES, examples=5)
@given(count=st.integers(2, 20))
def test_order(sockets, see, case, count):
    ours, theirs = sockets.connected()
    passed = [sockets.new() for _ in range(count)]
    ours.sendmsg([b"x"], rights(sockets, *passed))
    got = received(sockets, theirs.recvmsg([4], 32 + 4 * count))
    if len(got) != count:
        see("fewer", sent=count, got=len(got))
        return
    pairs = zip(passed, got, strict=True)
    see("in-order" if all(is_same(sockets, a, b) for a, b in pairs) else "mixed", sent=count)


SHARED = rule(
    "data.unix-rights.shares-flags",
    "A passed descriptor shares its open file description: O_NONBLOCK set here is set there.",
    level=MUST,
    sources=[MAN.unix(7, "SCM_RIGHTS", "equivalent to duplicating (dup(2)) a file descriptor")],
    behaviours={"shared": CONFORMS, "separate": "it is not"},
    needs=[*NEEDS, "nonblocking-flag"],
)


@SHARED.case(family=UNIX, type=TYPES)
def test_shares_flags(sockets, see, case):
    ours, theirs = sockets.connected()
    passed = sockets.new()
    ours.sendmsg([b"x"], rights(sockets, passed))
    (got,) = received(sockets, theirs.recvmsg([4], 64))
    passed.set_nonblocking(True)
    see("shared" if got.nonblocking() else "separate")


CLOEXEC = rule(
    "data.unix-rights.close-on-exec",
    "A received descriptor has close-on-exec set if it was asked for, and not otherwise.",
    level=MUST,
    sources=[
        POSIX.recvmsg("MSG_CMSG_CLOEXEC"),
        MAN.recvmsg(
            2, "MSG_CMSG_CLOEXEC", "Set the close-on-exec flag for the file descriptor"
        ),
    ],
    behaviours={"as-asked": CONFORMS, "cloexec": "set unasked", "inheritable": "not set"},
    needs=NEEDS,
)


@CLOEXEC.case(family=UNIX, type=TYPES, asked=("yes", "no"))
def test_close_on_exec(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"x"], rights(sockets, sockets.new()))
    asked = case["asked"] == "yes"
    message = theirs.recvmsg([4], 64, "MSG_CMSG_CLOEXEC" if asked else 0)
    (got,) = received(sockets, message)
    if got.cloexec() == asked:
        see("as-asked")
    else:
        see("inheritable" if asked else "cloexec")


SENDER_CLOSES = rule(
    "data.unix-rights.in-flight",
    "A descriptor stays open on its way: the sender can close its own at once.",
    level=MUST,
    sources=[RIGHTS, MAN.unix(7, "SCM_RIGHTS")],
    behaviours={"open": CONFORMS, "closed": "what arrives is closed", "none": "none arrives"},
    needs=NEEDS,
)


@SENDER_CLOSES.case(family=UNIX, type=TYPES, closes=("descriptor", "both"))
def test_in_flight(sockets, see, case):
    ours, theirs = sockets.connected()
    end, other_end = sockets.connected(UNIX, STREAM)
    ours.sendmsg([b"x"], rights(sockets, end))
    end.close()
    if case["closes"] == "both":
        ours.close()
    got = received(sockets, theirs.recvmsg([4], 64))
    if not got:
        see("none")
        return
    got[0].send(b"alive")
    arrived = other_end.poll("POLLIN", 1.0) and other_end.recv(8) == b"alive"
    see("open" if arrived else "closed")


BARRIER = rule(
    "data.unix-rights.barrier",
    "Bytes of a stream that came with descriptors are not read together with later ones.",
    level=SHOULD,
    sources=[MAN.unix(7, "Ancillary messages", "ancillary data forms a kind of barrier")],
    behaviours={
        "separate": "each read brings the bytes and descriptors of one message",
        "merged": "one read brings the bytes of both",
    },
    conforming=["separate"],
    needs=NEEDS,
)


@BARRIER.case(family=UNIX, type=STREAM, then=("rights", "plain"))
def test_barrier(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"aa"], rights(sockets, sockets.new()))
    ours.sendmsg([b"bb"], rights(sockets, sockets.new()) if case["then"] == "rights" else ())
    message = theirs.recvmsg([16], 64)
    received(sockets, message)
    see("separate" if message.data[0] == b"aa" else "merged")


JOINS = rule(
    "data.unix-rights.joins-earlier",
    "Bytes of a stream without descriptors are read together with the message that has some.",
    level=SHOULD,
    sources=[
        MAN.unix(7, "Ancillary messages", "The first call will receive five bytes of data")
    ],
    behaviours={
        "joined": CONFORMS,
        "apart": "the plain bytes come alone",
        "merged": "all come",
    },
    needs=NEEDS,
)


@JOINS.case(family=UNIX, type=STREAM)
def test_joins_earlier(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"aaaa")
    ours.sendmsg([b"b"], rights(sockets, sockets.new()))
    ours.send(b"cccc")
    message = theirs.recvmsg([20], 64)
    brought = received(sockets, message)
    if message.data[0] == b"aaaab" and brought:
        see("joined")
    else:
        see("apart" if message.data[0] == b"aaaa" else "merged")


MOST = rule(
    "data.unix-rights.most",
    "One message passes 253 descriptors.",
    level=SHOULD,
    sources=[MAN.unix(7, "SCM_RIGHTS", "SCM_MAX_FD has the value 253")],
    behaviours={"passed": CONFORMS, "EINVAL": "it is refused", "fewer": "some are lost"},
    needs=NEEDS,
)

TOO_MANY = rule(
    "data.unix-rights.too-many",
    "More than 253 descriptors in one message answer EINVAL.",
    level=SHOULD,
    sources=[MAN.unix(7, "SCM_RIGHTS", "larger than this limit causes sendmsg(2) to fail")],
    behaviours={"EINVAL": CONFORMS, "passed": "all are passed", "fewer": "some are lost"},
    needs=NEEDS,
)


def passing(sockets, count):
    ours, theirs = sockets.connected()
    how = outcome(ours.sendmsg, [b"x"], rights(sockets, *[sockets.new()] * count))
    if how == "succeeds":
        got = received(sockets, theirs.recvmsg([4], 64 + 4 * count))
        how = "passed" if len(got) == count else "fewer"
    return how


@MOST.case(family=UNIX, type=TYPES)
def test_most(sockets, see, case):
    see(passing(sockets, 253))


@TOO_MANY.case(family=UNIX, type=TYPES, count=("254", "1000"))
def test_too_many(sockets, see, case):
    see(passing(sockets, int(case["count"])))


BAD = rule(
    "data.unix-rights.bad-descriptor",
    "Passing a descriptor that is not open answers EBADF, and sends nothing.",
    level=MUST,
    sources=[MAN.unix(7, "EBADF", "sending a file descriptor as ancillary data")],
    behaviours={
        "EBADF": CONFORMS,
        "sent": "it succeeds",
        "partial": "refused, but data arrives",
    },
    needs=NEEDS,
)


@BAD.case(family=UNIX, type=TYPES, which=("never-open", "negative", "second"))
def test_bad_descriptor(sockets, see, case):
    ours, theirs = sockets.connected()
    passed = {
        "never-open": (0x3FFF_FFFF,),
        "negative": (-1,),
        "second": (sockets.new(), 0x3FFF_FFFF),
    }
    how = outcome(ours.sendmsg, [b"x"], rights(sockets, *passed[case["which"]]), ok="sent")
    if how != "sent" and theirs.poll("POLLIN", 0):
        how = "partial"
    see(how)


NO_ROOM = rule(
    "data.unix-rights.no-room",
    "A descriptor for which the receiver has no room is closed, not leaked.",
    level=MUST,
    sources=[
        MAN.unix(7, "SCM_RIGHTS", "the excess file descriptors are automatically closed"),
        FREEBSD.recv(2, "MSG_CTRUNC"),
    ],
    behaviours={"closed": CONFORMS, "leaked": "it stays open"},
    needs=NEEDS,
)


@NO_ROOM.case(family=UNIX, type=TYPES, how=("recv", "recvmsg", "recv_from", "receiver-closes"))
def test_no_room(sockets, see, case):
    ours, theirs = sockets.connected()
    end, other_end = sockets.connected(UNIX, STREAM)
    ours.sendmsg([b"x"], rights(sockets, end))
    end.close()
    match case["how"]:
        case "recvmsg":
            theirs.recvmsg([4], 0)
        case "receiver-closes":
            theirs.close()
        case call:
            getattr(theirs, call)(4)
    see("closed" if is_closed(other_end) else "leaked")


TRUNCATED = rule(
    "data.unix-rights.truncation-told",
    "MSG_CTRUNC is set when not all descriptors fit, and only then.",
    level=MUST,
    sources=[
        POSIX.recvmsg("MSG_CTRUNC", "Control data was truncated"),
        MAN.unix(7, "Ancillary messages", "the MSG_CTRUNC flag will be set"),
    ],
    behaviours={
        "told": CONFORMS,
        "silent": "descriptors are missing and the flag is clear",
        "false-alarm": "all are there and the flag is set",
    },
    needs=NEEDS,
)


@TRUNCATED.case(family=UNIX, type=TYPES, examples=15)
@given(room=st.integers(0, 48))
def test_truncation_told(sockets, see, case, room):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"x"], rights(sockets, *[sockets.new()] * 3))
    message = theirs.recvmsg([4], room)
    flag = bool(message.flags & sockets.number("MSG_CTRUNC"))
    whole = len(received(sockets, message)) == 3
    name = "told" if flag is not whole else "false-alarm" if flag else "silent"
    see(name, room=room)


PEEK = rule(
    "data.unix-rights.peek",
    "Whether peeking at a message brings its descriptors too is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.recvmsg("MSG_PEEK"), MAN.unix(7, "SCM_RIGHTS")],
    behaviours={
        "both": "peeking and receiving each bring one",
        "receive-only": "only receiving brings it",
        "peek-only": "only peeking brings it",
    },
    needs=NEEDS,
)


@PEEK.case(family=UNIX, type=TYPES)
def test_peek(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"x"], rights(sockets, sockets.new()))
    peeked = received(sockets, theirs.recvmsg([4], 64, "MSG_PEEK"))
    taken = received(sockets, theirs.recvmsg([4], 64))
    if peeked:
        see("both" if taken else "peek-only")
    else:
        see("receive-only")


WITHOUT_DATA = rule(
    "data.unix-rights.without-data",
    "Whether descriptors that are sent with no byte of data arrive is left open.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "Ancillary messages", "At least one byte of real data should be sent"),
    ],
    behaviours={
        "lost": "sending succeeds and nothing arrives",
        "delivered": "they arrive without data",
    },
    needs=NEEDS,
)


@WITHOUT_DATA.case(family=UNIX, type=TYPES, data=("empty", "no-buffers"))
def test_without_data(sockets, see, case):
    ours, theirs = sockets.connected()
    parts = [b""] if case["data"] == "empty" else []
    how = outcome(ours.sendmsg, parts, rights(sockets, sockets.new()))
    if how == "succeeds":
        there = theirs.poll("POLLIN", 0)
        got = received(sockets, theirs.recvmsg([4], 64)) if there else []
        how = "delivered" if got else "lost"
    see(how)


ELSEWHERE = rule(
    "data.unix-rights.inet",
    "What becomes of descriptors that are given to an internet socket is left open.",
    level=UNSPECIFIED,
    sources=[RIGHTS],
    behaviours={"sent": "the data is sent without them", "EINVAL": "it is refused"},
    needs=NEEDS,
)


@ELSEWHERE.case(family=("v4", "v6"), type=(STREAM, DGRAM))
def test_inet(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(outcome(ours.sendmsg, [b"x"], rights(sockets, sockets.new()), ok="sent"))
