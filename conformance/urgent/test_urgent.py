"""Urgent data of TCP through the socket API: MSG_OOB, the mark, SO_OOBINLINE."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    FREEBSD,
    INET,
    MAN,
    MAY,
    MS,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNSPECIFIED,
    outcome,
    rule,
)

from .stream import OOB, read_all, urgent

RECEIVED = rule(
    "urgent.receive.byte",
    "An urgent byte is received with MSG_OOB.",
    level=MUST,
    sources=[POSIX.recv("MSG_OOB"), SOCKET2.recv_out_of_band(1)],
    behaviours={
        "the-byte": "the urgent byte is returned",
        "other-bytes": "something else is returned",
    },
    conforming=["the-byte"],
    needs=OOB,
)


@RECEIVED.case(family=INET)
def test_received(sockets, see, case):
    got = urgent(sockets, before=b"ab", after=b"cd").recv_out_of_band(8)
    see("the-byte" if got == b"!" else "other-bytes", got=got)


NOT_IN_BAND = rule(
    "urgent.receive.not-in-band",
    "Without SO_OOBINLINE the urgent byte is not among the in-band data.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_OOBINLINE"), SOCKET2.set_out_of_band_inline(2)],
    behaviours={
        "left-out": "the in-band data is complete without the urgent byte",
        "in-band": "the urgent byte is among the data",
        "lost-data": "other data is missing",
    },
    conforming=["left-out"],
    needs=OOB,
)


@NOT_IN_BAND.case(family=INET, taken=("before", "never"))
def test_not_in_band(sockets, see, case):
    sock = urgent(sockets, before=b"ab", after=b"cd")
    if case["taken"] == "before":
        sock.recv_out_of_band(1)
    got = b"".join(read_all(sock))
    names = {b"abcd": "left-out", b"ab!cd": "in-band"}
    see(names.get(got, "lost-data"), got=got)


LAST_BYTE = rule(
    "urgent.send.last-byte",
    "Of several bytes sent with MSG_OOB the last is the urgent one, the others are in-band.",
    level=MAY,
    sources=[
        RFC(6093, "3.1"),
        MAN.tcp(7, "Sockets API", "(a single byte of) urgent data"),
        SOCKET2.send_out_of_band(1),
    ],
    behaviours={
        "last": "the last byte is urgent, the others in-band",
        "all": "all are received with MSG_OOB",
        "other": "otherwise",
    },
    conforming=["last"],
    needs=OOB,
)


@LAST_BYTE.case(family=INET)
def test_last_byte(sockets, see, case):
    sock = urgent(sockets, data=b"xyz")
    band, rest = sock.recv_out_of_band(8), b"".join(read_all(sock))
    names = {(b"z", b"xy"): "last", (b"xyz", b""): "all"}
    see(names.get((band, rest), "other"), band=band, rest=rest)


COUNTED = rule(
    "urgent.send.count",
    "Sending with MSG_OOB answers the number of all bytes, urgent or not.",
    level=MUST,
    sources=[POSIX.send("RETURN VALUE"), SOCKET2.send_out_of_band(1)],
    behaviours={"all": "all bytes are counted", "some": "some are not"},
    conforming=["all"],
    needs=OOB,
)


@COUNTED.case(family=INET)
def test_counted(sockets, see, case):
    _ours, theirs = sockets.connected()
    see("all" if theirs.send_out_of_band(b"abc") == 3 else "some")


ABSENT = rule(
    "urgent.receive.absent",
    "Receiving with MSG_OOB when there is no urgent data is refused.",
    level=MAY,
    sources=[
        POSIX.recv("EINVAL", "The MSG_OOB flag is set and no out-of-band data is available"),
        FREEBSD.recv(2, "EINVAL"),
    ],
    behaviours={"EINVAL": CONFORMS, "EAGAIN": "as if it could still come", "empty": "no bytes"},
    needs=OOB,
)


@ABSENT.case(family=INET, state=("idle", "data", "ended"))
def test_absent(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["state"] == "data":
        theirs.send(b"plain")
        sockets.wait(ours, "POLLIN")
    if case["state"] == "ended":
        theirs.close()
        sockets.wait(ours, "POLLIN")
    ours.set_nonblocking(True)
    see(outcome(ours.recv_out_of_band, 1, ok="empty"))


ONCE = rule(
    "urgent.receive.once",
    "An urgent byte that was received is not received again.",
    level=MUST,
    sources=[POSIX.recv("EINVAL")],
    behaviours={"EINVAL": CONFORMS, "again": "it is returned a second time"},
    needs=OOB,
)


@ONCE.case(family=INET)
def test_once(sockets, see, case):
    sock = urgent(sockets)
    sock.recv_out_of_band(1)
    see(outcome(sock.recv_out_of_band, 1, ok="again"))


PEEKED = rule(
    "urgent.receive.peek",
    "Peeking at urgent data leaves it to be received.",
    level=MUST,
    sources=[POSIX.recv("MSG_PEEK"), POSIX.recv("MSG_OOB")],
    behaviours={
        "left": "the byte is received after the peek",
        "taken": "the peek has taken it",
        "not-shown": "the peek does not show it",
    },
    conforming=["left"],
    needs=OOB,
)


@PEEKED.case(family=INET)
def test_peeked(sockets, see, case):
    sock = urgent(sockets)
    shown = sock.recv_with_flags(1, ("MSG_OOB", "MSG_PEEK"))
    if shown != b"!":
        see("not-shown", shown=shown)
        return
    see("left" if outcome(sock.recv_out_of_band, 1) == "succeeds" else "taken")


OVERWRITTEN = rule(
    "urgent.receive.overwritten",
    "What becomes of an urgent byte when another arrives before it was received.",
    level=UNSPECIFIED,
    sources=[RFC(6093, "3.3"), MAN.tcp(7, "Sockets API")],
    behaviours={
        "falls-into-stream": "the older byte becomes in-band data",
        "lost": "the older byte is nowhere",
        "queued": "both are received with MSG_OOB",
    },
    needs=OOB,
)


@OVERWRITTEN.case(family=INET, unread=("nothing", "data-before"))
def test_overwritten(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["unread"] == "data-before":
        theirs.send(b"d")
    theirs.send_out_of_band(b"1")
    sockets.wait(ours, "POLLPRI")
    theirs.send(b"m")
    theirs.send_out_of_band(b"2")
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    band = ours.recv_out_of_band(8)
    rest = b"".join(read_all(ours))
    if b"1" in rest:
        see("falls-into-stream", band=band, rest=rest)
    else:
        see("queued" if band.startswith(b"1") else "lost", band=band, rest=rest)


INLINE = rule(
    "urgent.inline.in-stream",
    "With SO_OOBINLINE the urgent byte stands in the stream where it was sent.",
    level=MUST,
    sources=[POSIX.chapter("2.10.16", "SO_OOBINLINE"), SOCKET2.set_out_of_band_inline(1)],
    behaviours={
        "in-place": "the stream has every byte in order",
        "left-out": "the urgent byte is missing",
        "misplaced": "the order is another",
    },
    conforming=["in-place"],
    needs=OOB,
)


@INLINE.case(family=INET)
def test_inline(sockets, see, case):
    got = b"".join(read_all(urgent(sockets, before=b"ab", after=b"cd", inline=True)))
    names = {b"ab!cd": "in-place", b"abcd": "left-out"}
    see(names.get(got, "misplaced"), got=got)


INLINE_OOB = rule(
    "urgent.inline.oob-refused",
    "With SO_OOBINLINE receiving with MSG_OOB is refused.",
    level=MAY,
    sources=[POSIX.recv("EINVAL"), FREEBSD.recv(2, "EINVAL"), MS.recv("WSAEINVAL")],
    behaviours={"EINVAL": CONFORMS, "received": "the byte is returned all the same"},
    needs=OOB,
)


@INLINE_OOB.case(family=INET)
def test_inline_oob(sockets, see, case):
    see(outcome(urgent(sockets, inline=True).recv_out_of_band, 1, ok="received"))


AT_MARK = rule(
    "urgent.mark.at-mark",
    "The socket is at the mark when everything before the urgent byte was read.",
    level=MUST,
    sources=[POSIX.sockatmark("RETURN VALUE")],
    behaviours={
        "at-mark": "sockatmark answers yes",
        "not-at-mark": "sockatmark answers no",
    },
    conforming=["at-mark"],
    needs=["oob", "sockatmark"],
)


@AT_MARK.case(family=INET, inline=("inline", "out-of-line"))
def test_at_mark(sockets, see, case):
    sock = urgent(sockets, before=b"ab", inline=case["inline"] == "inline")
    sock.recv(2)
    see("at-mark" if sock.at_mark() else "not-at-mark")


BEFORE_MARK = rule(
    "urgent.mark.before",
    "The socket is not at the mark while data before the urgent byte is unread.",
    level=MUST,
    sources=[POSIX.sockatmark("RETURN VALUE")],
    behaviours=AT_MARK.behaviours,
    conforming=["not-at-mark"],
    needs=["oob", "sockatmark"],
)


@BEFORE_MARK.case(family=INET, read=("nothing", "one-of-two"))
def test_before_mark(sockets, see, case):
    sock = urgent(sockets, before=b"ab")
    if case["read"] == "one-of-two":
        sock.recv(1)
    see("at-mark" if sock.at_mark() else "not-at-mark")


PAST_MARK = rule(
    "urgent.mark.past",
    "The socket is not at the mark when data after the urgent byte was read.",
    level=MUST,
    sources=[POSIX.sockatmark("RETURN VALUE")],
    behaviours=AT_MARK.behaviours,
    conforming=["not-at-mark"],
    needs=["oob", "sockatmark"],
)


@PAST_MARK.case(family=INET, inline=("inline", "out-of-line"))
def test_past_mark(sockets, see, case):
    sock = urgent(sockets, before=b"ab", after=b"cd", inline=case["inline"] == "inline")
    sock.recv(2)
    if case["inline"] == "out-of-line":
        sock.recv_out_of_band(1)
    sock.recv(2)
    see("at-mark" if sock.at_mark() else "not-at-mark")


NO_MARK = rule(
    "urgent.mark.none",
    "A connection on which nothing urgent was sent is not at a mark.",
    level=MUST,
    sources=[POSIX.sockatmark("RETURN VALUE")],
    behaviours=AT_MARK.behaviours,
    conforming=["not-at-mark"],
    needs=["sockatmark"],
)


@NO_MARK.case(family=INET, state=("idle", "data"))
def test_no_mark(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["state"] == "data":
        theirs.send(b"plain")
        sockets.wait(ours, "POLLIN")
    see("at-mark" if ours.at_mark() else "not-at-mark")


ONLY_URGENT = rule(
    "urgent.receive.only-urgent",
    "What an ordinary non-blocking receive does when nothing but an urgent byte is there.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("EAGAIN"), RFC(6093, "3.1")],
    behaviours={
        "EAGAIN": "as if nothing were there, the urgent byte stays",
        "eagain-destroys": "as if nothing were there, and the urgent byte is gone",
        "the-byte": "the urgent byte is returned",
        "no-bytes": "zero bytes are returned",
    },
    needs=OOB,
)


@ONLY_URGENT.case(family=INET)
def test_only_urgent(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send_out_of_band(b"!")
    sockets.wait(ours, "POLLPRI")
    ours.set_nonblocking(True)
    first = outcome(ours.recv, 8, ok="read")
    if first == "read":
        see("the-byte")
        return
    later = outcome(ours.recv_out_of_band, 1)
    see(first if later == "succeeds" else "eagain-destroys", first=first, later=later)


AFTER_SHUT = rule(
    "urgent.send.after-shutdown",
    "Urgent data cannot be sent after shutting down for writing.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "sent": "it is accepted"},
)


@AFTER_SHUT.case(family=INET)
def test_after_shutdown(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_WR")
    see(outcome(ours.send_out_of_band, b"!", ok="sent"))


FLAG = rule(
    "urgent.receive.message-flag",
    "A message received with MSG_OOB carries MSG_OOB in its flags.",
    level=MUST,
    sources=[POSIX.recvmsg("MSG_OOB", "Out-of-band data was received")],
    behaviours={"flagged": "MSG_OOB is set", "unflagged": "MSG_OOB is not set"},
    conforming=["flagged"],
    needs=["oob", "messages"],
)


@FLAG.case(family=INET)
def test_message_flag(sockets, see, case):
    _data, flags = urgent(sockets).recv_vectored_with_flags([4], "MSG_OOB")
    see("flagged" if flags.is_out_of_band() else "unflagged")


SPANNING = rule(
    "urgent.receive.waitall-stops",
    "A receive with MSG_WAITALL does not wait past the mark.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("MSG_WAITALL"), POSIX.sockatmark("DESCRIPTION")],
    behaviours={
        "stops": "only what stands before the mark is returned",
        "skips": "the data of both sides is returned without the urgent byte",
        "spans": "the data of both sides is returned with the urgent byte",
    },
    needs=OOB,
)


@SPANNING.case(family=INET, inline=("inline", "out-of-line"))
def test_waitall_stops(sockets, see, case):
    sock = urgent(sockets, before=b"ab", after=b"cd", inline=case["inline"] == "inline")
    got = sock.recv_with_flags(4, "MSG_WAITALL")
    names = {b"ab": "stops", b"abcd": "skips", b"ab!c": "spans"}
    see(names.get(got, "other"), got=got)
