"""Receiving urgent data with MSG_OOB, and what the other receives do meanwhile."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNSPECIFIED,
    outcome,
    rule,
)

from .stream import read_all, receive_urgent, urgent

APART = POSIX.chapter(
    "2.10.12",
    "Socket Out-of-Band Data State",
    "returned only in response to a receive call that requests out-of-band data",
)
NOT_INLINE = POSIX.chapter(
    "2.10.16", "SO_OOBINLINE", "out-of-band data not to be placed in the normal data input"
)
UNAVAILABLE = (
    POSIX.recv("EINVAL", "The MSG_OOB flag is set and no out-of-band data is available"),
    POSIX.recv("EAGAIN or EWOULDBLOCK", "does not support blocking to await out-of-band data"),
)

RECEIVED = rule(
    "urgent.receive.byte",
    "A receive with MSG_OOB returns the urgent byte.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_OOB", "Requests out-of-band data. The significance"),
        SOCKET2.recv_out_of_band(1, "Receives out-of-band (OOB) data on the socket"),
    ],
    behaviours={"the-byte": CONFORMS, "other-bytes": "something else is returned"},
    needs=["oob"],
)


@RECEIVED.case(family=INET)
def test_received(sockets, see, case):
    ours, _theirs = urgent(sockets)
    see(receive_urgent(ours, {b"X": "the-byte"}))


NOT_IN_BAND = rule(
    "urgent.receive.not-in-band",
    "Without SO_OOBINLINE a receive without MSG_OOB does not return the urgent byte.",
    level=MUST,
    sources=[
        NOT_INLINE,
        SOCKET2.set_out_of_band_inline(3, "only when the MSG_OOB flag is set during receiving"),
    ],
    behaviours={
        "left-out": CONFORMS,
        "in-band": "the urgent byte is among the normal data",
        "lost-data": "normal data is missing or altered",
    },
    needs=["oob"],
)


@NOT_IN_BAND.case(family=INET, taken=("before", "never"))
def test_not_in_band(sockets, see, case):
    ours, theirs = urgent(sockets)
    if case["taken"] == "before":
        ours.recv_out_of_band(1)
    got = b"".join(read_all(ours, theirs))
    see({b"abcd": "left-out", b"abXcd": "in-band"}.get(got, "lost-data"), got=got)


ABSENT = rule(
    "urgent.receive.absent",
    "A receive with MSG_OOB fails with EINVAL or EAGAIN when there is no urgent data.",
    level=MUST,
    sources=UNAVAILABLE,
    behaviours={
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "empty": "zero bytes are returned",
        "other-bytes": "something else is returned",
    },
    needs=["oob"],
)


@ABSENT.case(family=INET, state=("idle", "data"))
def test_absent(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["state"] == "data":
        theirs.send(b"plain")
        sockets.wait(ours, "POLLIN")
    ours.set_nonblocking(True)
    see(receive_urgent(ours, {b"": "empty"}))


ABSENT_AT_END = rule(
    "urgent.receive.absent-at-end",
    "A receive with MSG_OOB at the end of a stream fails, or returns zero as any receive does.",
    level=MUST,
    sources=[
        *UNAVAILABLE,
        POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown"),
    ],
    behaviours={
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "empty": CONFORMS,
        "other-bytes": "something else is returned",
    },
    needs=["oob"],
    split_from=["urgent.receive.absent"],
)


@ABSENT_AT_END.case(family=INET, state="ended")
def test_absent_at_end(sockets, see, case):
    ours = sockets.at_eof()
    ours.set_nonblocking(True)
    see(receive_urgent(ours, {b"": "empty"}))


ONCE = rule(
    "urgent.receive.once",
    "An urgent byte that was received with MSG_OOB is not received with it again.",
    level=MUST,
    sources=UNAVAILABLE,
    behaviours={
        "EINVAL": CONFORMS,
        "EAGAIN": CONFORMS,
        "again": "it is returned a second time",
        "empty": "zero bytes are returned",
        "other-bytes": "something else is returned",
    },
    needs=["oob"],
)


@ONCE.case(family=INET)
def test_once(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    ours.recv_out_of_band(1)
    see(receive_urgent(ours, {b"X": "again", b"": "empty"}))


PEEKED = rule(
    "urgent.receive.peek",
    "A peek with MSG_OOB returns the urgent byte and leaves it to be received.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_PEEK", "similar function shall still return this data"),
        MAN.tcp(7, "Sockets API", "It is possible to peek at out-of-band data"),
    ],
    behaviours={
        "kept": CONFORMS,
        "consumed": "the byte cannot be received after the peek",
        "not-shown": "the peek does not return the byte",
    },
    renamed={"left": "kept", "taken": "consumed"},
    needs=["oob"],
)


@PEEKED.case(family=INET)
def test_peeked(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    peeked = receive_urgent(ours, {b"X": "shown"}, peek=True)
    after = receive_urgent(ours, {b"X": "kept"})
    how = "kept" if after == "kept" else "consumed"
    see(how if peeked == "shown" else "not-shown", peeked=peeked, after=after)


OVERWRITTEN = rule(
    "urgent.receive.overwritten",
    "Whether an urgent byte can still be received once a later one has arrived is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.8.5", "the update will be invisible to the user"),
        MAN.tcp(7, "Sockets API", "the older urgent data is inserted as normal data"),
    ],
    behaviours={
        "falls-into-stream": "the older byte becomes in-band data",
        "lost": "the older byte is nowhere",
        "queued": "both are received with MSG_OOB",
    },
    needs=["oob"],
)


@OVERWRITTEN.case(family=INET, unread=("nothing", "data-before"))
def test_overwritten(sockets, see, case):
    before = b"d" if case["unread"] == "data-before" else b""
    ours, theirs = urgent(sockets, before=before, data=b"1", after=b"m")
    theirs.send_out_of_band(b"2")
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    band = ours.recv_out_of_band(8)
    rest = b"".join(read_all(ours))
    how = "queued" if band.startswith(b"1") else "lost"
    see("falls-into-stream" if b"1" in rest else how, band=band, rest=rest)


ONLY_URGENT = rule(
    "urgent.receive.only-urgent",
    "A receive without MSG_OOB neither returns nor discards an urgent byte that is alone.",
    level=MUST,
    sources=[
        APART,
        POSIX.recv("DESCRIPTION", "and no data shall be discarded"),
        POSIX.recv("EAGAIN or EWOULDBLOCK", "no data is waiting to be received"),
    ],
    behaviours={
        "EAGAIN": CONFORMS,
        "eagain-destroys": "it fails with EAGAIN, and the urgent byte is gone",
        "the-byte": "it returns the urgent byte",
        "no-bytes": "it returns zero",
    },
    needs=["oob"],
)


@ONLY_URGENT.case(family=INET)
def test_only_urgent(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    ours.set_nonblocking(True)
    got = []
    how = outcome(lambda: got.append(ours.recv(8)))
    later = receive_urgent(ours, {b"X": "kept"})
    if got:
        see("the-byte" if got[0] else "no-bytes", got=got, later=later)
    elif how == "EAGAIN":
        see("EAGAIN" if later == "kept" else "eagain-destroys", later=later)
    else:
        see(how, later=later)


FLAG = rule(
    "urgent.receive.message-flag",
    "recvmsg() with MSG_OOB sets MSG_OOB in the flags of the message.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, msg_flags, MSG_OOB", "Out-of-band data was received")],
    behaviours={"flagged": CONFORMS, "unflagged": "MSG_OOB is not set"},
    needs=["oob", "messages"],
)


@FLAG.case(family=INET)
def test_message_flag(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    _data, flags = ours.recv_vectored_with_flags([4], "MSG_OOB")
    see("flagged" if flags.is_out_of_band() else "unflagged")


# Two clauses disagree: the list of what ends MSG_WAITALL early has no mark in it.
SPANNING = rule(
    "urgent.receive.waitall-stops",
    "Whether a receive with MSG_WAITALL stops at the mark is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_WAITALL", "block until the full amount of data can be"),
        POSIX.chapter(
            "2.10.11", "Socket Receive Queue", "shall never return data or ancillary data from"
        ),
    ],
    behaviours={
        "stops": "only what stands before the mark is returned",
        "skips": "the data of both sides is returned without the urgent byte",
        "spans": "the data of both sides is returned with the urgent byte",
        "other-bytes": "something else is returned",
    },
    needs=["oob"],
)


@SPANNING.case(family=INET, inline=("inline", "out-of-line"))
def test_waitall_stops(sockets, see, case):
    ours, _theirs = urgent(sockets, inline=case["inline"] == "inline")
    got = ours.recv_with_flags(4, "MSG_WAITALL")
    names = {b"ab": "stops", b"abcd": "skips", b"abXc": "spans"}
    see(names.get(got, "other-bytes"), got=got)


TRUNCATING = rule(
    "urgent.receive.truncating",
    "Whether a receive with MSG_OOB and MSG_TRUNC stores the urgent byte is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "Sockets API", "MSG_TRUNC also has this effect when used in")],
    behaviours={"stored": "it does", "not-stored": "it counts a byte and stores another"},
    needs=["oob"],
)


@TRUNCATING.case(family=INET)
def test_truncating(sockets, see, case):
    ours, _theirs = urgent(sockets, before=b"", after=b"")
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(1, ("MSG_OOB", "MSG_TRUNC"))))
    see(how if not got else "stored" if got == [b"X"] else "not-stored", got=got)
