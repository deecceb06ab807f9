"""Descriptors as control data (SCM_RIGHTS): what arrives, and with which bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    MAN,
    MUST,
    POSIX,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .rights import NEEDS, TYPES, received, rights

RIGHTS = POSIX.header(
    "sys/socket.h", "SCM_RIGHTS", "contains the access rights to be sent or received"
)
DUPLICATED = MAN.unix(
    7, "SCM_RIGHTS", "equivalent to duplicating (dup(2)) a file descriptor into the file"
)
SEGMENTS = POSIX.chapter(
    "2.10.11",
    "Socket Receive Queue",
    "shall never return data or ancillary data from more than one segment",
)
NOT_DELIVERED = {"not-delivered": "no descriptor arrives"}


def is_same(sockets, one, other):
    """Whether two descriptors are the same socket: an option set there is set here."""
    before = other.get_int("SOL_SOCKET", "SO_KEEPALIVE")
    one.set_keepalive(not before)
    return other.get_int("SOL_SOCKET", "SO_KEEPALIVE") != before


DELIVERED = rule(
    "data.unix-rights.delivered",
    "A received descriptor refers to the socket that was sent.",
    level=MUST,
    sources=[RIGHTS, MAN.unix(7, "SCM_RIGHTS", "a reference to an open file description")],
    behaviours={
        "same": CONFORMS,
        "another-socket": "it refers to another socket",
        **NOT_DELIVERED,
    },
    needs=NEEDS,
    renamed={"other": "another-socket", "none": "not-delivered"},
)


@DELIVERED.case(family=UNIX, type=TYPES, passed=("socket", "listener", "itself"))
def test_delivered(sockets, see, case):
    ours, theirs = sockets.connected()
    make = {"socket": sockets.new, "listener": lambda: sockets.listener(4, UNIX, STREAM)}
    passed = make[case["passed"]]() if case["passed"] in make else ours
    ours.sendmsg([b"x"], rights(sockets, passed))
    got = received(sockets, theirs.recvmsg([4], 64))
    if not got:
        see("not-delivered")
    else:
        see("same" if is_same(sockets, got[0], passed) else "another-socket")


TO_ADDRESS = rule(
    "data.unix-rights.to-address",
    "A descriptor arrives also where it is sent to an address, by a socket without a peer.",
    level=MUST,
    sources=[
        RIGHTS,
        POSIX.sendmsg(
            "DESCRIPTION", "the message shall be sent to the address specified by msghdr"
        ),
    ],
    behaviours=DELIVERED.behaviours,
    needs=NEEDS,
)


@TO_ADDRESS.case(family=UNIX, type=DGRAM, sender=("unnamed", "named"))
def test_to_address(sockets, see, case):
    receiver, passed = sockets.bound(), sockets.new("v4", STREAM)
    sender = sockets.new() if case["sender"] == "unnamed" else sockets.bound()
    sender.sendmsg([b"x"], rights(sockets, passed), 0, receiver.local_addr())
    got = received(sockets, receiver.recvmsg([8], 64))
    how = "not-delivered" if not got else "same" if is_same(sockets, passed, got[0]) else ""
    see(how or "another-socket")


ORDER = rule(
    "data.unix-rights.order",
    "Whether the descriptors of one message arrive in the order of the array is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RIGHTS,
        MAN.unix(7, "SCM_RIGHTS", "contains an integer array of the file descriptors"),
    ],
    behaviours={
        "in-order": "all arrive, in that order",
        "mixed": "all arrive, in another order",
        "fewer": "not all arrive",
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
    "Whether a received descriptor shares O_NONBLOCK with the sent one is unspecified.",
    level=UNSPECIFIED,
    sources=[DUPLICATED],
    behaviours={"shared": "set on one, it is set on both", "not-shared": "each has its own"},
    needs=[*NEEDS, "nonblocking-flag"],
    renamed={"separate": "not-shared"},
)


@SHARED.case(family=UNIX, type=TYPES)
def test_shares_flags(sockets, see, case):
    ours, theirs = sockets.connected()
    passed = sockets.new()
    ours.sendmsg([b"x"], rights(sockets, passed))
    (got,) = received(sockets, theirs.recvmsg([4], 64))
    passed.set_nonblocking(True)
    see("shared" if got.nonblocking() else "not-shared")


CLOEXEC = rule(
    "data.unix-rights.close-on-exec",
    "recvmsg() with MSG_CMSG_CLOEXEC sets close-on-exec on the descriptors it receives.",
    level=MUST,
    sources=[
        POSIX.header(
            "sys/socket.h",
            "MSG_CMSG_CLOEXEC",
            "set the FD_CLOEXEC flag on any file descriptors created via SCM_RIGHTS",
        ),
        MAN.recvmsg(
            2, "MSG_CMSG_CLOEXEC", "Set the close-on-exec flag for the file descriptor"
        ),
    ],
    behaviours={"cloexec": CONFORMS, "inheritable": "close-on-exec is not set"},
    needs=NEEDS,
    renamed={"as-asked": "cloexec"},
)

CLOEXEC_UNASKED = rule(
    "data.unix-rights.close-on-exec-unasked",
    "Whether a descriptor received without MSG_CMSG_CLOEXEC closes on exec is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recvmsg(2, "MSG_CMSG_CLOEXEC", "Set the close-on-exec flag for the file")],
    behaviours={
        "cloexec": "close-on-exec is set",
        "inheritable": "close-on-exec is not set",
    },
    needs=NEEDS,
    split_from=["data.unix-rights.close-on-exec"],
    renamed={"as-asked": "inheritable"},
)


@CLOEXEC.case(family=UNIX, type=TYPES, asked="yes")
@CLOEXEC_UNASKED.case(family=UNIX, type=TYPES, asked="no")
def test_close_on_exec(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"x"], rights(sockets, sockets.new()))
    flags = "MSG_CMSG_CLOEXEC" if case["asked"] == "yes" else 0
    (got,) = received(sockets, theirs.recvmsg([4], 64, flags))
    see("cloexec" if got.cloexec() else "inheritable")


IN_FLIGHT = rule(
    "data.unix-rights.in-flight",
    "Whether a sent descriptor stays open when its sender closes it at once is unspecified.",
    level=UNSPECIFIED,
    sources=[DUPLICATED],
    behaviours={
        "open": "the received one works",
        "closed": "the received one is closed",
        **NOT_DELIVERED,
    },
    needs=NEEDS,
    renamed={"none": "not-delivered"},
)


@IN_FLIGHT.case(family=UNIX, type=TYPES, closes=("descriptor", "both"))
def test_in_flight(sockets, see, case):
    ours, theirs = sockets.connected()
    end, other_end = sockets.connected(UNIX, STREAM)
    ours.sendmsg([b"x"], rights(sockets, end))
    end.close()
    if case["closes"] == "both":
        ours.close()
    got = received(sockets, theirs.recvmsg([4], 64))
    if not got:
        see("not-delivered")
        return
    how = outcome(got[0].send, b"alive")
    arrived = other_end.poll("POLLIN", 1.0) and other_end.recv(8) == b"alive"
    see("open" if arrived else "closed", how=how)


BARRIER = rule(
    "data.unix-rights.barrier",
    "One receive returns the data and descriptors of one message that carries descriptors.",
    level=MUST,
    sources=[
        SEGMENTS,
        MAN.unix(7, "Ancillary messages", "ancillary data forms a kind of barrier"),
    ],
    behaviours={"separate": CONFORMS, "merged": "it returns the data of both messages"},
    needs=NEEDS,
)

LATER = rule(
    "data.unix-rights.later-bytes",
    "Whether a receive joins bytes with descriptors and later ones without is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.11",
            "Socket Receive Queue",
            "includes no ancillary data, and if the preceding segment does not terminate",
        ),
        MAN.unix(7, "Ancillary messages", "ancillary data forms a kind of barrier"),
    ],
    behaviours={
        "separate": "it returns the data of the first message",
        "merged": "it returns the data of both messages",
    },
    needs=NEEDS,
    split_from=["data.unix-rights.barrier"],
)


@BARRIER.case(family=UNIX, type=STREAM, then="rights")
@LATER.case(family=UNIX, type=STREAM, then="plain")
def test_barrier(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"aa"], rights(sockets, sockets.new()))
    ours.sendmsg([b"bb"], rights(sockets, sockets.new()) if case["then"] == "rights" else ())
    message = theirs.recvmsg([16], 64)
    received(sockets, message)
    see("separate" if message.data[0] == b"aa" else "merged", got=message.data[0])


EARLIER = rule(
    "data.unix-rights.earlier-bytes",
    "A receive does not return earlier bytes together with the descriptors sent after them.",
    level=MUST,
    sources=[
        SEGMENTS,
        POSIX.chapter(
            "2.10.11",
            "Socket Receive Queue",
            "as if it were queued along with the first normal data octet in the segment",
        ),
        MAN.unix(7, "Ancillary messages", "The first call will receive five bytes of data"),
    ],
    behaviours={
        "apart": CONFORMS,
        "joined": "the earlier bytes come with the descriptors and their bytes",
        "all-joined": "the later bytes come with them, too",
    },
    needs=NEEDS,
    aliases=["data.unix-rights.joins-earlier"],
    renamed={"merged": "all-joined"},
)


@EARLIER.case(family=UNIX, type=STREAM)
def test_earlier_bytes(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"aaaa")
    ours.sendmsg([b"b"], rights(sockets, sockets.new()))
    ours.send(b"cccc")
    message = theirs.recvmsg([20], 64)
    brought = received(sockets, message)
    if message.data[0] == b"aaaa" and not brought:
        see("apart")
    else:
        see("joined" if message.data[0] == b"aaaab" else "all-joined", got=message.data[0])


PEEK = rule(
    "data.unix-rights.peek",
    "Whether a peek returns the descriptors of the message, too, is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.recvmsg("MSG_PEEK", "Peeks at the incoming message")],
    behaviours={
        "both": "the peek and the receive each return one",
        "receive-only": "only the receive returns one",
        "peek-only": "only the peek returns one",
        **NOT_DELIVERED,
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
        see("receive-only" if taken else "not-delivered")


WITHOUT_DATA = rule(
    "data.unix-rights.without-data",
    "Whether descriptors sent without a byte of data arrive is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.11", "Socket Receive Queue", "A segment may contain ancillary data only"
        ),
        MAN.unix(7, "Ancillary messages", "At least one byte of real data should be sent"),
    ],
    behaviours={
        "lost": "the send succeeds and nothing arrives",
        "delivered": "they arrive",
    },
    needs=NEEDS,
)


@WITHOUT_DATA.case(family=UNIX, type=TYPES, data="empty")
def test_without_data(sockets, see, case):
    # That a message without any buffer is refused is asked by data.vectored.no-buffers.
    ours, theirs = sockets.connected()
    how = outcome(ours.sendmsg, [b""], rights(sockets, sockets.new()))
    if how == "succeeds":
        there = theirs.poll("POLLIN", 0)
        got = received(sockets, theirs.recvmsg([4], 64)) if there else []
        how = "delivered" if got else "lost"
    see(how)


ELSEWHERE = rule(
    "data.unix-rights.inet",
    "Whether sending descriptors on an internet socket succeeds is unspecified.",
    level=UNSPECIFIED,
    sources=[RIGHTS],
    behaviours={"sent": "the send succeeds"},
    needs=NEEDS,
)


@ELSEWHERE.case(family=("v4", "v6"), type=(STREAM, DGRAM))
def test_inet(sockets, see, case):
    ours, _theirs = sockets.connected()
    see(outcome(ours.sendmsg, [b"x"], rights(sockets, sockets.new()), ok="sent"))


WITH_PART = rule(
    "data.unix-rights.with-part",
    "Whether descriptors come with the first part of a message alone is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SCM_RIGHTS", "Send or receive a set of open file descriptors")],
    behaviours={
        "first-part": "with the first receive and no other",
        "each-part": "with each receive",
        "later-part": "not with the first receive",
    },
    needs=NEEDS,
)


@WITH_PART.case(family=UNIX, type=STREAM)
def test_with_part(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"whole"], rights(sockets, sockets.new()))
    came = [len(received(sockets, theirs.recvmsg([2], 64))) for _ in range(2)]
    names = {(1, 0): "first-part", (1, 1): "each-part"}
    see(names.get(tuple(came), "later-part"), came=came)
