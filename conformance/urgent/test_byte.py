"""The urgent byte: sending it, receiving it, losing it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    SOCKET2,
    UNSPECIFIED,
    XNU,
    outcome,
    rule,
)

OOB = POSIX.recv("DESCRIPTION, MSG_OOB", "Requests out-of-band data")
BSD = XNU("bsd/netinet/tcp_usrreq.c", "tcp_usr_rcvoob")


def _urgent(sockets, before=b"ab", urgent=b"X", after=b"cd"):
    """A connection on which normal, urgent and normal data has arrived: (ours, theirs)."""
    ours, theirs = sockets.connected()
    theirs.set_nodelay(True)
    if before:
        theirs.send(before)
    theirs.send_out_of_band(urgent)
    if after:
        theirs.send(after)
    sockets.wait(ours, "POLLPRI")
    return ours, theirs


SKIPPED = rule(
    "urgent.byte.skipped",
    "Urgent data that the reader has gone past is still there for MSG_OOB, or it is not.",
    level=UNSPECIFIED,
    sources=[POSIX.chapter("2.10.12", "Socket Out-of-Band Data State"), BSD],
    behaviours={"kept": "it is received with MSG_OOB"},
    needs=["oob"],
)


@SKIPPED.case(family=INET)
def test_skipped(sockets, see, case):
    ours, theirs = _urgent(sockets)
    ours.recv(16)
    sockets.wait(ours, "POLLIN")
    passed = ours.recv(16)
    theirs.close()
    see(outcome(ours.recv_out_of_band, 1, ok="kept"), passed=passed)


SURVIVES = rule(
    "urgent.byte.survives-looking",
    "Urgent data alone in the queue survives a peek at normal data, and a poll().",
    level=SHOULD,
    sources=[OOB, POSIX.chapter("2.10.12", "Socket Out-of-Band Data State")],
    behaviours={"kept": CONFORMS, "destroyed": "it is gone"},
    needs=["oob"],
)


@SURVIVES.case(family=INET, by=("peek", "poll"))
def test_survives(sockets, see, case):
    ours, _theirs = _urgent(sockets, b"", b"X", b"")
    ours.set_nonblocking(True)
    if case["by"] == "poll":
        ours.poll(sockets.pollable, 0)
    else:
        outcome(ours.peek, 8)
    how = outcome(ours.recv_out_of_band, 1, ok="kept")
    see("destroyed" if how in {"EINVAL", "EAGAIN"} else how)


NO_ROOM = rule(
    "urgent.byte.no-room",
    "A receive with MSG_OOB and no room returns zero and leaves the urgent data.",
    level=SHOULD,
    sources=[OOB, POSIX.recvmsg("DESCRIPTION, msg_iov")],
    behaviours={"left": CONFORMS, "taken": "the next receive has none"},
    needs=["oob", "messages"],
)


@NO_ROOM.case(family=INET)
def test_no_room(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    how = outcome(ours.recvmsg, [0], 0, "MSG_OOB", ok="left")
    after = outcome(ours.recv_out_of_band, 1)
    see("taken" if how == "left" and after != "succeeds" else how, after=after)


FLAG = rule(
    "urgent.byte.flag-clear",
    "Normal data, before and behind the mark, is not marked with MSG_OOB.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION, MSG_OOB", "Out-of-band data was received"),
        SOCKET2.recv_vectored(1),
    ],
    behaviours={"unmarked": CONFORMS, "marked": "the flag is set"},
    needs=["oob", "messages"],
)


@FLAG.case(family=INET, data=("before", "after"))
def test_flag(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    if case["data"] == "after":
        ours.recv_out_of_band(1)
        ours.recv(2)
    _parts, marks = ours.recv_vectored([4])
    see("marked" if marks.is_out_of_band() else "unmarked")


BOTH_WAYS = rule(
    "urgent.byte.both-ways",
    "Urgent data of the two directions of a connection is received apart.",
    level=MUST,
    sources=[OOB, RFC(9293, "3.8.5")],
    behaviours={"apart": CONFORMS, "mixed": "the other direction's is received"},
    needs=["oob"],
)


@BOTH_WAYS.case(family=INET)
def test_both_ways(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send_out_of_band(b"1")
    theirs.send_out_of_band(b"2")
    sockets.wait(ours, "POLLPRI")
    sockets.wait(theirs, "POLLPRI")
    got = ours.recv_out_of_band(1), theirs.recv_out_of_band(1)
    see("apart" if got == (b"2", b"1") else "mixed", got=got)


AT_END = rule(
    "urgent.byte.before-end",
    "Urgent data that the peer sent before it closed is received with MSG_OOB.",
    level=MUST,
    sources=[OOB, RFC(9293, "3.6")],
    behaviours={"received": CONFORMS, "other": "another byte is received"},
    needs=["oob"],
)


@AT_END.case(family=INET, end=("shutdown", "close"))
def test_before_end(sockets, see, case):
    ours, theirs = _urgent(sockets)
    if case["end"] == "close":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    got = []
    how = outcome(lambda: got.append(ours.recv_out_of_band(1)), ok="received")
    see(how if got in ([], [b"X"]) else "other", got=got)


SUCCESSIVE = rule(
    "urgent.byte.one-after-the-other",
    "Each of several urgent bytes is received when it is read before the next is sent.",
    level=MUST,
    sources=[OOB, RFC(9293, "3.8.5")],
    behaviours={"each": CONFORMS, "other": "another byte is received"},
    needs=["oob"],
)


@SUCCESSIVE.case(family=INET)
@given(turns=st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=6))
def test_one_after_the_other(sockets, see, case, turns):
    ours, theirs = sockets.connected()
    theirs.set_nodelay(True)
    got = []
    for turn in turns:
        theirs.send_out_of_band(turn)
        sockets.wait(ours, "POLLPRI")
        got.append(ours.recv_out_of_band(1))
    see("each" if got == [turn[-1:] for turn in turns] else "other", turns=turns, got=got)
