"""Descriptors that cannot be passed as control data, or do not fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import SocketError, Unsupported
from sockspec.spec import CONFORMS, MAN, MUST, POSIX, STREAM, UNIX, UNSPECIFIED, outcome, rule

from .rights import NEEDS, TYPES, received, rights


def is_closed(peer):
    """Whether the other end of a stream is closed."""
    return bool(peer.poll("POLLIN", 1.0)) and peer.recv(1) == b""


PASSED = {"passed": "all arrive", "fewer": "not all arrive"}

MOST = rule(
    "data.unix-rights-limits.most",
    "Whether one message can carry 253 descriptors is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SCM_RIGHTS", "SCM_MAX_FD has the value 253")],
    behaviours=PASSED,
    needs=NEEDS,
    aliases=["data.unix-rights.most"],
)

TOO_MANY = rule(
    "data.unix-rights-limits.too-many",
    "Whether one message can carry more than 253 descriptors is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "SCM_RIGHTS", "larger than this limit causes sendmsg(2) to fail")],
    behaviours=PASSED,
    needs=NEEDS,
    aliases=["data.unix-rights.too-many"],
)


def room(sockets, count):
    """Have so many descriptors open for a moment, as there may be a limit that is lower."""
    for each in [opened(sockets) for _ in range(count)]:
        each.close()


def opened(sockets):
    """A socket, or `Unsupported` where the process may open no more."""
    try:
        return sockets.new()
    except SocketError as error:
        raise Unsupported("so many descriptors", f"{error.call}: {error.symbol}") from None


def passing(sockets, count):
    ours, theirs = sockets.connected()
    how = outcome(ours.sendmsg, [b"x"], rights(sockets, *[sockets.new()] * count))
    if how == "succeeds":
        got = received(sockets, theirs.recvmsg([4], 64 + 4 * count))
        how = "passed" if len(got) == count else "fewer"
    return how


@MOST.case(family=UNIX, type=TYPES)
def test_most(sockets, see, case):
    room(sockets, 253)
    see(passing(sockets, 253))


@TOO_MANY.case(family=UNIX, type=TYPES, count=("254", "1000"))
def test_too_many(sockets, see, case):
    see(passing(sockets, int(case["count"])))


BAD = rule(
    "data.unix-rights-limits.bad-descriptor",
    "Whether a number that is no open descriptor can be sent is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.unix(7, "EBADF", "it is not an open file descriptor")],
    behaviours={
        "sent": "the send succeeds",
        "partial": "the send fails, and data arrives all the same",
    },
    needs=NEEDS,
    aliases=["data.unix-rights.bad-descriptor"],
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
    "data.unix-rights-limits.no-room",
    "Whether a descriptor that the receiver does not take is closed is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.unix(7, "SCM_RIGHTS", "the excess file descriptors are automatically closed"),
    ],
    behaviours={"closed": "it is closed", "leaked": "it stays open"},
    needs=NEEDS,
    aliases=["data.unix-rights.no-room"],
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
    "data.unix-rights-limits.truncation-flag",
    "recvmsg() sets MSG_CTRUNC exactly when some descriptors do not fit.",
    level=MUST,
    sources=[
        POSIX.recvmsg("MSG_CTRUNC", "Control data was truncated"),
        MAN.unix(7, "Ancillary messages", "the MSG_CTRUNC flag will be set"),
    ],
    behaviours={
        "exactly-then": CONFORMS,
        "flag-missing": "descriptors are missing and the flag is clear",
        "false-alarm": "no descriptor is missing and the flag is set",
    },
    needs=NEEDS,
    aliases=["data.unix-rights.truncation-told"],
    renamed={"told": "exactly-then", "silent": "flag-missing"},
)


@TRUNCATED.case(family=UNIX, type=TYPES, examples=15)
@given(room=st.integers(0, 48))
def test_truncation_flag(sockets, see, case, room):
    ours, theirs = sockets.connected()
    ours.sendmsg([b"x"], rights(sockets, *[sockets.new()] * 3))
    message = theirs.recvmsg([4], room)
    flag = bool(message.flags & sockets.number("MSG_CTRUNC"))
    whole = len(received(sockets, message)) == 3
    name = "exactly-then" if flag is not whole else "false-alarm" if flag else "flag-missing"
    see(name, room=room)
