"""What becomes of the urgent byte: kept, skipped, lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    POSIX,
    RFC,
    UNSPECIFIED,
    XNU,
    outcome,
    rule,
)

from .stream import receive_urgent, urgent

OOB = POSIX.recv("DESCRIPTION, MSG_OOB", "Requests out-of-band data. The significance")
KEEPS = POSIX.recv("DESCRIPTION", "and no data shall be discarded")

SKIPPED = rule(
    "urgent.byte.skipped",
    "Whether urgent data that the reader has gone past can still be received is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.12",
            "Socket Out-of-Band Data State",
            "The handling of received out-of-band data is protocol-specific",
        ),
        XNU(
            "bsd/netinet/tcp_usrreq.c",
            "tcp_usr_rcvoob",
            "(tp->t_oobflags & TCPOOB_HAVEDATA) == 0",
            line=1375,
        ),
    ],
    behaviours={
        "kept": "it is received with MSG_OOB",
        "other-bytes": "other bytes are received with MSG_OOB",
    },
    needs=["oob"],
)


@SKIPPED.case(family=INET)
def test_skipped(sockets, see, case):
    ours, theirs = urgent(sockets)
    ours.recv(16)
    sockets.wait(ours, "POLLIN")
    passed = ours.recv(16)
    theirs.close()
    see(receive_urgent(ours, {b"X": "kept"}), passed=passed)


SURVIVES = rule(
    "urgent.byte.survives-looking",
    "Urgent data alone in the queue survives a peek without MSG_OOB, and a poll().",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread"),
        KEEPS,
        POSIX.poll("DESCRIPTION", "shall examine the given file descriptor for the event(s)"),
    ],
    behaviours={
        "kept": CONFORMS,
        "destroyed": "it is gone",
        "other-bytes": "other bytes are received with MSG_OOB",
    },
    needs=["oob"],
)


@SURVIVES.case(family=INET, by=("peek", "poll"))
def test_survives(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    ours.set_nonblocking(True)
    if case["by"] == "poll":
        ours.poll(sockets.pollable, 0)
    else:
        outcome(ours.peek, 8)
    how = receive_urgent(ours, {b"X": "kept"})
    see("destroyed" if how in {"EINVAL", "EAGAIN"} else how)


NO_ROOM = rule(
    "urgent.byte.no-room",
    "A zero-length receive with MSG_OOB leaves the urgent data to be received.",
    level=MUST,
    sources=[KEEPS, OOB],
    behaviours={"kept": CONFORMS, "consumed": "the next receive does not return it"},
    renamed={"left": "kept", "taken": "consumed"},
    needs=["oob", "messages"],
)


@NO_ROOM.case(family=INET)
def test_no_room(sockets, see, case):
    ours, _theirs = urgent(sockets)
    how = outcome(ours.recvmsg, [0], 0, "MSG_OOB", ok="kept")
    after = receive_urgent(ours, {b"X": "received"})
    see("consumed" if how == "kept" and after != "received" else how, after=after)


FLAG = rule(
    "urgent.byte.flag-clear",
    "recvmsg() does not set MSG_OOB for normal data, before the mark or behind it.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION, msg_flags", "conditions detected for the received message"),
        POSIX.recvmsg("DESCRIPTION, msg_flags, MSG_OOB", "Out-of-band data was received"),
    ],
    behaviours={"unmarked": CONFORMS, "marked": "the flag is set"},
    needs=["oob", "messages"],
)


@FLAG.case(family=INET, data=("before", "after"))
def test_flag(sockets, see, case):
    ours, _theirs = urgent(sockets)
    if case["data"] == "after":
        ours.recv_out_of_band(1)
        ours.recv(2)
    parts, flags = ours.recv_vectored([4])
    see("marked" if flags.is_out_of_band() else "unmarked", parts=parts)


BOTH_WAYS = rule(
    "urgent.byte.both-ways",
    "The two directions of a connection have urgent data of their own.",
    level=MUST,
    sources=[
        OOB,
        POSIX.chapter("2.10.6", "Socket Types", "sequenced, full-duplex octet streams between"),
    ],
    behaviours={"apart": CONFORMS, "mixed": "something else is received"},
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


BEFORE_END = rule(
    "urgent.byte.before-end",
    "Urgent data that the peer sent before it closed can still be received.",
    level=MUST,
    sources=[
        OOB,
        RFC(9293, "3.6", "reliably deliver all buffers SENT before the connection was CLOSED"),
    ],
    behaviours={
        "received": CONFORMS,
        "other-bytes": "other bytes are received with MSG_OOB",
    },
    renamed={"other": "other-bytes"},
    needs=["oob"],
)


@BEFORE_END.case(family=INET, end=("shutdown", "close"))
def test_before_end(sockets, see, case):
    ours, theirs = urgent(sockets)
    if case["end"] == "close":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    see(receive_urgent(ours, {b"X": "received"}))


SUCCESSIVE = rule(
    "urgent.byte.one-after-the-other",
    "Each of several urgent bytes is received when it is read before the next one is sent.",
    level=MUST,
    sources=[
        OOB,
        RFC(9293, "3.8.5", "whenever it receives an urgent pointer and there was"),
    ],
    behaviours={"each": CONFORMS, "other-bytes": "other bytes are received with MSG_OOB"},
    renamed={"other": "other-bytes"},
    needs=["oob"],
)


@SUCCESSIVE.case(family=INET)
@given(sent=st.lists(st.binary(min_size=1, max_size=1), min_size=1, max_size=6))
def test_one_after_the_other(sockets, see, case, sent):
    ours, theirs = sockets.connected()
    theirs.set_nodelay(True)
    got = []
    for byte in sent:
        theirs.send_out_of_band(byte)
        sockets.wait(ours, "POLLPRI")
        got.append(ours.recv_out_of_band(8))
    see("each" if got == sent else "other-bytes", sent=sent, got=got)


AFTER_END = rule(
    "urgent.byte.after-end",
    "Whether urgent data can be received once the end of the stream was is unspecified.",
    level=UNSPECIFIED,
    sources=[OOB],
    behaviours={
        "received": "it is received",
        "other-bytes": SKIPPED.behaviours["other-bytes"],
    },
    needs=["oob"],
)


@AFTER_END.case(family=INET)
def test_after_end(sockets, see, case):
    ours, theirs = urgent(sockets, before=b"", after=b"")
    theirs.shutdown("SHUT_WR")
    sockets.wait_for_end(ours)
    while outcome(ours.recv, 8) == "succeeds" and ours.recv(8):
        pass
    see(receive_urgent(ours, {b"X": "received"}))
