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
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

KIND = POSIX.chapter(
    "2.10.6",
    "SOCK_SEQPACKET",
    "a single operation never transfers parts of more than one record",
)
ENTIRE = POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation")


def drained(sock):
    """What every receive returns until nothing is queued: the messages, one by one."""
    got = []
    while sock.poll("POLLIN", 0):
        got.append(sock.recv(4096))
    return got


BOUNDARIES = rule(
    "data.unix-seqpacket.boundaries",
    "Each receive returns one message, whole and in the order of the sends.",
    level=MUST,
    sources=[
        ENTIRE,
        KIND,
        MAN.unix(7, "DESCRIPTION", "and delivers messages in the order that they were sent"),
    ],
    behaviours={
        "kept": CONFORMS,
        "merged": "one receive returns several messages",
        "split": "one message comes with several receives",
        "mixed": "the messages come in another order",
        "altered": "something else comes",
    },
)


@BOUNDARIES.case(family=UNIX, type=SEQPACKET)
@given(messages=st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=8))
def test_boundaries(sockets, see, case, messages):
    ours, theirs = sockets.connected()
    for message in messages:
        ours.send(message)
    got = drained(theirs)
    if got == messages:
        how = "kept"
    elif sorted(got) == sorted(messages):
        how = "mixed"
    elif b"".join(got) == b"".join(messages):
        how = "merged" if len(got) < len(messages) else "split"
    else:
        how = "altered"
    see(how, sent=messages, got=got)


EXCESS = rule(
    "data.unix-seqpacket.excess-discarded",
    "The rest of a message that is longer than the buffer is discarded.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "the excess bytes shall be discarded"), ENTIRE],
    behaviours={"discarded": CONFORMS, "rest-received": "the rest comes with the next receive"},
    renamed={"kept": "rest-received"},
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
    see("discarded" if theirs.recv(16) == b"next" else "rest-received")


TRUNCATED = rule(
    "data.unix-seqpacket.truncation-flag",
    "recvmsg() sets MSG_TRUNC exactly when the message is longer than the buffers.",
    level=MUST,
    sources=[
        POSIX.recvmsg("MSG_TRUNC", "Normal data was truncated"),
        POSIX.recvmsg("DESCRIPTION", "and MSG_TRUNC shall be set in the msg_flags member"),
    ],
    behaviours={
        "exactly-then": CONFORMS,
        "flag-missing": "the message is cut off and the flag is clear",
        "false-alarm": "the message fits and the flag is set",
    },
    needs=["messages"],
    aliases=["data.unix-seqpacket.truncation-told"],
    renamed={"told": "exactly-then", "silent": "flag-missing"},
)


@TRUNCATED.case(family=UNIX, type=SEQPACKET, region="longer")
@given(length=st.integers(9, 500))
def test_longer(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.send(bytes(length))
    flags = theirs.recv_vectored([4, 4])[1]
    see("exactly-then" if flags.is_truncated() else "flag-missing", length=length)


@TRUNCATED.case(family=UNIX, type=SEQPACKET, region="fits")
@given(length=st.integers(1, 8))
def test_fits(sockets, see, case, length):
    ours, theirs = sockets.connected()
    ours.send(bytes(length))
    flags = theirs.recv_vectored([4, 4])[1]
    see("false-alarm" if flags.is_truncated() else "exactly-then", length=length)


REAL = rule(
    "data.unix-seqpacket.real-length",
    "Whether a receive with MSG_TRUNC returns the real length of the message is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram")],
    behaviours={
        "real": "it returns the length of the message",
        "buffer": "it returns the length of the buffer",
        "another-length": "it returns another length",
    },
    renamed={"other": "another-length"},
)


@REAL.case(family=UNIX, type=SEQPACKET)
def test_real_length(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(bytes(100))
    got = []
    how = outcome(lambda: got.append(theirs.recv_length(10, "MSG_TRUNC")))
    see({100: "real", 10: "buffer"}.get(got[0], "another-length") if got else how, got=got)


EMPTY = rule(
    "data.unix-seqpacket.empty-message",
    "Whether a message of no bytes is received, before the next one, is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.send("DESCRIPTION", "The length of the message to be sent is specified by"),
        MAN.recv(2, "RETURN VALUE", "and Internet domains) permit zero-length datagrams"),
    ],
    behaviours={
        "received": "a receive returns zero bytes, and the next one the next message",
        "skipped": "the next message comes at once",
        "refused": "the send fails",
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
    see("received" if drained(theirs) == [b"", b"next"] else "skipped")


LIKE_END = rule(
    "data.unix-seqpacket.empty-or-end",
    "Whether an empty message differs from the end of the connection is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.recvmsg("MSG_EOR", "End-of-record was received (if supported by")],
    behaviours={
        "alike": "both return zero bytes and the same flags",
        "distinguished": "the flags or the lengths differ",
    },
    needs=["messages"],
    renamed={"told": "distinguished"},
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
    alike = (message.length, message.flags) == (end.length, end.flags)
    see("alike" if alike else "distinguished")


RECORD = rule(
    "data.unix-seqpacket.end-of-record",
    "Whether a message sent without MSG_EOR is received with it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            "2.10.6", "SOCK_SEQPACKET", "can be sent using one or more output operations"
        ),
        POSIX.send("MSG_EOR", "Terminates a record (if supported by the protocol)"),
    ],
    behaviours={"marked": "msg_flags has MSG_EOR", "not-marked": "msg_flags has no MSG_EOR"},
    needs=["messages"],
    renamed={"told": "marked", "silent": "not-marked"},
)


@RECORD.case(family=UNIX, type=SEQPACKET, sent="without")
def test_end_of_record(sockets, see, case):
    # That MSG_EOR comes back where it was sent is asked by data.truncation.end-of-record.
    ours, theirs = sockets.connected()
    ours.send(b"x")
    see("marked" if theirs.recv_vectored([4])[1].is_end_of_record() else "not-marked")


VECTORED = rule(
    "data.unix-seqpacket.vectored",
    "Several buffers sent in one call are one message.",
    level=MUST,
    sources=[
        POSIX.sendmsg("DESCRIPTION", "storage area indicated by msg_iov is sent in turn"),
        ENTIRE,
    ],
    behaviours={
        "one": CONFORMS,
        "several": "they come as several messages",
        "altered": "something else comes",
    },
    needs=["messages"],
)


@VECTORED.case(family=UNIX, type=SEQPACKET)
@given(parts=st.lists(st.binary(max_size=50), min_size=2, max_size=6).filter(any))
def test_vectored(sockets, see, case, parts):
    ours, theirs = sockets.connected()
    ours.send_vectored(parts)
    got, whole = drained(theirs), b"".join(parts)
    if got == [whole]:
        see("one")
    else:
        see("several" if b"".join(got) == whole else "altered", parts=parts, got=got)


TOO_LARGE = rule(
    "data.unix-seqpacket.too-large",
    "A message larger than the send buffer is sent whole or fails with EMSGSIZE.",
    level=MUST,
    sources=[
        POSIX.send("EMSGSIZE", "too large to be sent all at once, as the socket requires"),
        POSIX.send("DESCRIPTION", "send() shall fail and no data shall be transmitted"),
    ],
    behaviours={
        "EMSGSIZE": CONFORMS,
        "sent-whole": "it arrives whole",
        "partial": "a part of it arrives",
    },
    conforming=["sent-whole"],
    renamed={"sent": "sent-whole"},
)


@TOO_LARGE.case(family=UNIX, type=SEQPACKET)
def test_too_large(sockets, see, case):
    ours, theirs = sockets.connected()
    size = ours.send_buffer_size() + 1
    how = outcome(ours.send, bytes(size))
    if theirs.poll("POLLIN", 0):
        how = "sent-whole" if len(theirs.recv(size + 1)) == size else "partial"
    see(how, size=size)


UNCONNECTED = rule(
    "data.unix-seqpacket.unconnected",
    "Sending and receiving without a connection fail with ENOTCONN.",
    level=MUST,
    sources=[
        POSIX.send("ENOTCONN", "The socket is not connected"),
        POSIX.recv("ENOTCONN", "attempted on a connection-mode socket that is not connected"),
    ],
    behaviours={"ENOTCONN": CONFORMS},
)


@UNCONNECTED.case(family=UNIX, type=SEQPACKET, call=("send", "recv"), state=("fresh", "bound"))
def test_unconnected(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(getattr(sock, case["call"]), b"x" if case["call"] == "send" else 4))


PEEK = rule(
    "data.unix-seqpacket.peek",
    "A peek returns the first message and leaves it in the queue.",
    level=MUST,
    sources=[
        POSIX.recv("MSG_PEEK", "is treated as unread and the next recv() or similar function"),
        KIND,
    ],
    behaviours={
        "same": CONFORMS,
        "merged": "one receive returns several messages",
        "consumed": "the next receive returns the second message",
        "altered": "something else comes",
    },
    renamed={"taken": "consumed"},
)


@PEEK.case(family=UNIX, type=SEQPACKET)
def test_peek(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"one")
    ours.send(b"two")
    peeked, got = theirs.peek(16), theirs.recv(16)
    if peeked != b"one":
        see("merged" if peeked == b"onetwo" else "altered")
    else:
        see({b"one": "same", b"two": "consumed"}.get(got, "altered"))


FULL = rule(
    "data.unix-seqpacket.full",
    "A non-blocking send takes the whole message or none of it.",
    level=MUST,
    sources=[
        POSIX.send("DESCRIPTION", "does have O_NONBLOCK set, send() shall fail"),
        ENTIRE,
    ],
    behaviours={"whole-or-none": CONFORMS, "partial": "a part of it arrives"},
)


@FULL.case(family=UNIX, type=SEQPACKET)
def test_full(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    size, taken = 5000, []
    while (
        len(taken) < 4096
        and outcome(lambda: taken.append(ours.send(bytes(size)))) == "succeeds"
    ):
        pass
    lengths = {*taken, *(len(theirs.recv(2 * size)) for _ in taken)}
    see("whole-or-none" if lengths == {size} else "partial", lengths=sorted(lengths))
