"""Sequenced packets: connections that keep the boundaries of messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import Unsupported
from sockspec.spec import (
    CONFORMS,
    MAN,
    MUST,
    POSIX,
    SEQPACKET,
    SHOULD,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

KIND = POSIX.chapter("2.10.6", "SOCK_SEQPACKET", "record boundaries are maintained")

BOUNDARIES = rule(
    "data.unix-seqpacket.boundaries",
    "One receive answers one message, whole and in order, whatever the sizes.",
    level=MUST,
    sources=[MAN.unix(7, "SOCK_SEQPACKET", "preserves message boundaries"), KIND],
    behaviours={
        "kept": CONFORMS,
        "merged": "messages are put together",
        "split": "a message comes in parts",
        "mixed": "in another order",
    },
)


@BOUNDARIES.case(family=UNIX, type=SEQPACKET)
@given(messages=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_boundaries(sockets, see, case, messages):
    ours, theirs = sockets.connected()
    for message in messages:
        ours.send(message)
    got = [theirs.recv(4096) for _ in messages]
    if got == messages:
        see("kept")
    elif sorted(got) == sorted(messages):
        see("mixed", sent=messages, got=got)
    else:
        longer = sum(map(len, got)) >= sum(map(len, messages))
        see("split" if longer else "merged", sent=messages, got=got)


EXCESS = rule(
    "data.unix-seqpacket.excess-discarded",
    "What does not fit into the buffer is discarded, and the next message follows.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "the excess bytes shall be discarded"), KIND],
    behaviours={"discarded": CONFORMS, "kept": "the rest comes with the next receive"},
)


@EXCESS.case(family=UNIX, type=SEQPACKET, call=("recv", "recvmsg"))
def test_excess_discarded(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"abcdef")
    ours.send(b"next")
    if case["call"] == "recv":
        theirs.recv(3)
    else:
        theirs.recvmsg([1, 2])
    see("discarded" if theirs.recv(16) == b"next" else "kept")


TRUNCATED = rule(
    "data.unix-seqpacket.truncation-told",
    "MSG_TRUNC is set when the message was longer than the buffers, and only then.",
    level=MUST,
    sources=[POSIX.recvmsg("MSG_TRUNC"), MAN.recvmsg(2, "MSG_TRUNC")],
    behaviours={
        "told": CONFORMS,
        "silent": "cut off, and the flag is clear",
        "false-alarm": "whole, and the flag is set",
    },
    needs=["messages"],
)


@TRUNCATED.case(family=UNIX, type=SEQPACKET, region="longer")
@given(length=st.integers(9, 500))
def test_longer(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.send(bytes(length))
    see("told" if theirs.recv_vectored([4, 4])[1].is_truncated() else "silent", length=length)


@TRUNCATED.case(family=UNIX, type=SEQPACKET, region="fits")
@given(length=st.integers(1, 8))
def test_fits(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.send(bytes(length))
    flags = theirs.recv_vectored([4, 4])[1]
    see("false-alarm" if flags.is_truncated() else "told", length=length)


REAL = rule(
    "data.unix-seqpacket.real-length",
    "With the flag MSG_TRUNC receiving answers the real length of the message.",
    level=SHOULD,
    sources=[MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram")],
    behaviours={"real": CONFORMS, "buffer": "the length of the buffer", "other": "another"},
)


@REAL.case(family=UNIX, type=SEQPACKET)
def test_real_length(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(bytes(100))
    got = theirs.recv_length(10, "MSG_TRUNC")
    see({100: "real", 10: "buffer"}.get(got, "other"))


EMPTY = rule(
    "data.unix-seqpacket.empty-message",
    "An empty message is a message: receiving it answers zero bytes, and the next follows.",
    level=SHOULD,
    sources=[POSIX.send("DESCRIPTION"), MAN.recv(2, "RETURN VALUE", "zero-length datagrams")],
    behaviours={
        "received": CONFORMS,
        "skipped": "the next message comes at once",
        "refused": "it is not sent",
    },
)


@EMPTY.case(family=UNIX, type=SEQPACKET)
def test_empty_message(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.send, b"")
    ours.send(b"next")
    if how != "succeeds":
        see("refused", how=how)
        return
    first = theirs.recv(16)
    see("received" if first == b"" and theirs.recv(16) == b"next" else "skipped")


LIKE_END = rule(
    "data.unix-seqpacket.empty-or-end",
    "Whether msg_flags tell an empty message from the end of the connection is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.recvmsg("MSG_EOR", "if supported by the protocol")],
    behaviours={"alike": "both answer zero and the same flags", "told": "the flags differ"},
    needs=["messages"],
)


@LIKE_END.case(family=UNIX, type=SEQPACKET)
def test_empty_or_end(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"")
    if not theirs.poll("POLLIN", 1.0):
        raise Unsupported("empty messages", "none arrives")
    message = theirs.recvmsg([4])
    ours.close()
    end = theirs.recvmsg([4])
    see("alike" if (message.length, message.flags) == (end.length, end.flags) else "told")


RECORD = rule(
    "data.unix-seqpacket.end-of-record",
    "Whether the receiver is told of MSG_EOR depends on the protocol.",
    level=UNSPECIFIED,
    sources=[POSIX.recvmsg("MSG_EOR"), POSIX.send("MSG_EOR")],
    behaviours={"told": "msg_flags has MSG_EOR", "silent": "it has not"},
    needs=["messages"],
)


@RECORD.case(family=UNIX, type=SEQPACKET, sent=("with", "without"))
def test_end_of_record(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send_with_flags(b"x", "MSG_EOR" if case["sent"] == "with" else 0)
    see("told" if theirs.recv_vectored([4])[1].is_end_of_record() else "silent")


VECTORED = rule(
    "data.unix-seqpacket.vectored",
    "Several buffers that are sent in one call are one message.",
    level=MUST,
    sources=[POSIX.sendmsg("DESCRIPTION"), KIND],
    behaviours={"one": CONFORMS, "several": "they come as several"},
    needs=["messages"],
)


@VECTORED.case(family=UNIX, type=SEQPACKET)
@given(parts=st.lists(st.binary(max_size=50), min_size=2, max_size=6).filter(any))
def test_vectored(sockets, see, case, parts):
    ours, theirs = sockets.connected()
    ours.send_vectored(parts)
    see("one" if theirs.recv(4096) == b"".join(parts) else "several", parts=parts)


TOO_LARGE = rule(
    "data.unix-seqpacket.too-large",
    "A message larger than the send buffer answers EMSGSIZE.",
    level=MUST,
    sources=[
        POSIX.send("EMSGSIZE", "too large to be sent all at once"),
        MAN.unix(7, "SO_SNDBUF"),
    ],
    behaviours={"EMSGSIZE": CONFORMS, "sent": "it is sent", "partial": "a part of it is sent"},
)


@TOO_LARGE.case(family=UNIX, type=SEQPACKET)
def test_too_large(sockets, see, case):
    ours, _theirs = sockets.connected()
    size = ours.send_buffer_size()
    how = outcome(ours.send, bytes(size + 1), ok="sent")
    see(how)


UNCONNECTED = rule(
    "data.unix-seqpacket.unconnected",
    "Sending and receiving without a connection answer ENOTCONN.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN"), POSIX.recv("ENOTCONN")],
    behaviours={"ENOTCONN": CONFORMS, "succeeds": "it succeeds", "EINVAL": "refused otherwise"},
)


@UNCONNECTED.case(family=UNIX, type=SEQPACKET, call=("send", "recv"), state=("fresh", "bound"))
def test_unconnected(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(getattr(sock, case["call"]), b"x" if case["call"] == "send" else 4))


END = rule(
    "data.unix-seqpacket.peer-closed-receive",
    "When the peer has closed, receiving answers zero bytes, again and again.",
    level=MUST,
    sources=[POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown")],
    behaviours={
        "end": CONFORMS,
        "data": "data comes",
        "once": "another answer the second time",
    },
)


@END.case(family=UNIX, type=SEQPACKET, peer=("closed", "shut-down"))
def test_peer_closed_receive(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "closed":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    how = outcome(ours.peek, 4, ok="end")
    if how == "end" and ours.recv(4):
        how = "data"
    see("once" if how == "end" and outcome(ours.recv, 4) != "succeeds" else how)


BROKEN = rule(
    "data.unix-seqpacket.peer-closed-send",
    "When the peer has closed, or reads no more, sending answers EPIPE.",
    level=MUST,
    sources=[POSIX.send("EPIPE")],
    behaviours={"EPIPE": CONFORMS, "sent": "it is sent"},
)


@BROKEN.case(family=UNIX, type=SEQPACKET, peer=("closed", "shut-down"))
def test_peer_closed_send(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "closed":
        theirs.close()
    else:
        theirs.shutdown("SHUT_RD")
    see(outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL", ok="sent"))


UNREAD = rule(
    "data.unix-seqpacket.closed-with-unread",
    "What the peer of a socket that was closed with messages unread is told is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("ECONNRESET"), POSIX.close("DESCRIPTION")],
    behaviours={"ECONNRESET": "the connection was reset", "end": "the end"},
)


@UNREAD.case(family=UNIX, type=SEQPACKET)
def test_closed_with_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"unread")
    theirs.close()
    see(outcome(ours.recv, 4, ok="end"))


REST = rule(
    "data.unix-seqpacket.rest-before-end",
    "Messages that were sent before the close are received before the end.",
    level=MUST,
    sources=[POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown"), KIND],
    behaviours={"all-first": CONFORMS, "lost": "messages are missing"},
)


@REST.case(family=UNIX, type=SEQPACKET, end=("close", "shutdown"))
def test_rest_before_end(sockets, see, case):
    ours, theirs = sockets.connected()
    for message in (b"one", b"two", b"three"):
        ours.send(message)
    if case["end"] == "close":
        ours.close()
    else:
        ours.shutdown("SHUT_WR")
    got = [theirs.recv(16) for _ in range(4)]
    see("all-first" if got == [b"one", b"two", b"three", b""] else "lost")


PEEK = rule(
    "data.unix-seqpacket.peek",
    "Peeking answers the first message only, and leaves it in the queue.",
    level=MUST,
    sources=[POSIX.recv("MSG_PEEK", "treated as unread")],
    behaviours={"same": CONFORMS, "merged": "it looks at several", "taken": "it takes it"},
)


@PEEK.case(family=UNIX, type=SEQPACKET)
def test_peek(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"one")
    ours.send(b"two")
    first = theirs.peek(16)
    if first != b"one":
        see("merged")
    else:
        see("same" if theirs.recv(16) == b"one" else "taken")


FULL = rule(
    "data.unix-seqpacket.full",
    "When the send buffer is full a non-blocking send takes the whole message or none of it.",
    level=MUST,
    sources=[POSIX.send("EAGAIN"), KIND],
    behaviours={"whole-or-none": CONFORMS, "partial": "a part of a message is taken"},
)


@FULL.case(family=UNIX, type=SEQPACKET)
def test_full(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    size, sent = 5000, 0
    while outcome(ours.send, bytes(size)) == "succeeds" and sent < 4096:
        sent += 1
    lengths = {len(theirs.recv(2 * size)) for _ in range(sent)}
    see("whole-or-none" if lengths == {size} else "partial")
