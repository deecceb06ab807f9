"""Messages that are longer than the buffer, and MSG_TRUNC."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MS,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

EXCESS = POSIX.recv("DESCRIPTION", "the excess bytes shall be discarded")
SET = POSIX.recvmsg("DESCRIPTION", "MSG_TRUNC shall be set in the msg_flags member")
CUT = POSIX.recvmsg("DESCRIPTION, MSG_TRUNC", "Normal data was truncated")
ALL = (V4, V6, UNIX)
DATA = b"the quick brown fox jumps over the lazy dog"
MARKED, UNMARKED = "MSG_TRUNC is set", "MSG_TRUNC is not set"
ELSE = "the buffers do not hold the beginning of the datagram"
ALTERED = "the next receive does not continue where this one ended"

DISCARDED = rule(
    "data.truncation.excess-discarded",
    "What does not fit of a datagram is discarded, and the next receive returns the next one.",
    level=MUST,
    sources=[
        EXCESS,
        MS.recvfrom("WSAEMSGSIZE", "too large to fit into the buffer pointed to by"),
    ],
    behaviours={
        "cut": CONFORMS,
        "rest-comes-next": "the rest is returned by the next receive",
        "lost": "the next datagram is lost with it",
        "other-bytes": ELSE,
    },
)


@DISCARDED.case(family=ALL, type=DGRAM)
@given(size=st.integers(1, len(DATA) - 1))
def test_datagram(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    theirs.send(b"next")
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recv(size)), ok="cut")
    after = ours.recv(64) if ours.poll("POLLIN", 2.0) else None
    if after != b"next":
        how = "rest-comes-next" if after and after in DATA else "lost"
    elif got and got != [DATA[:size]]:
        how = "other-bytes"
    see(how, size=size, got=got)


STREAM_KEEPS = rule(
    "data.truncation.stream-keeps-rest",
    "What does not fit into the buffer of a receive on a stream stays for the next receive.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "and no data shall be discarded")],
    behaviours={"kept": CONFORMS, "altered": ALTERED},
    renamed={"lost": "altered"},
)


@STREAM_KEEPS.case(family=ALL)
@given(size=st.integers(1, len(DATA) - 1))
def test_stream(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = ours.recv(size), ours.recv(64)
    see("kept" if got == (DATA[:size], DATA[size:]) else "altered", size=size, got=got)


FLAG = rule(
    "data.truncation.flag-set",
    "recvmsg() sets MSG_TRUNC when a datagram is longer than the buffers.",
    level=MUST,
    sources=[SET, SOCKET2.recv_vectored(5, "this function returns the flags for the received")],
    behaviours={
        "marked": CONFORMS,
        "unmarked": UNMARKED,
        "other-bytes": ELSE,
        "long-count": "it returns a length that is more than the buffers hold",
    },
    needs=["messages"],
)


@FLAG.case(family=ALL, type=DGRAM)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_flag(sockets, see, case, sizes):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recvmsg(sizes)))
    for message in got:
        how = "marked" if message.flags & sockets.number("MSG_TRUNC") else "unmarked"
        if b"".join(message.data) != DATA[: sum(sizes)]:
            how = "other-bytes"
        elif message.length > sum(sizes):
            how = "long-count"
    see(how, sizes=sizes, got=[message.length for message in got])


NO_FLAG = rule(
    "data.truncation.flag-clear",
    "recvmsg() does not set MSG_TRUNC when a datagram fits, exactly or with room to spare.",
    level=MUST,
    sources=[CUT],
    behaviours={"unmarked": CONFORMS, "marked": MARKED},
    needs=["messages"],
)


@NO_FLAG.case(family=ALL, type=DGRAM, room=("exact", "spare"))
@given(length=st.integers(1, 300))
def test_no_flag(sockets, see, case, length):
    ours, theirs = sockets.connected()
    theirs.send(bytes(length))
    sockets.wait(ours, "POLLIN")
    room = length + (case["room"] == "spare")
    marked = ours.recv_vectored([room])[1].is_truncated()
    see("marked" if marked else "unmarked", length=length)


NEVER_ON_STREAM = rule(
    "data.truncation.flag-clear-on-stream",
    "recvmsg() never sets MSG_TRUNC on a stream.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION", "and no data shall be discarded"), CUT],
    behaviours={"unmarked": CONFORMS, "marked": MARKED},
    needs=["messages"],
)


@NEVER_ON_STREAM.case(family=ALL, how=("part", "all"))
def test_never_on_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    marked = ours.recv_vectored([3 if case["how"] == "part" else 64])[1].is_truncated()
    see("marked" if marked else "unmarked")


REAL_LENGTH = rule(
    "data.truncation.real-length",
    "Whether a receive with MSG_TRUNC returns the length of the whole datagram is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram"),
        POSIX.recv(
            "DESCRIPTION", "shall return the length of the message written to the buffer"
        ),
    ],
    behaviours={
        "real-length": "it returns the length of the datagram",
        "buffer-length": "it returns the length of what fits into the buffer",
        "another-length": "it returns another length",
    },
)


@REAL_LENGTH.case(family=ALL, type=DGRAM, by=("recv", "recvmsg"))
@given(size=st.integers(1, len(DATA) - 1))
def test_real_length(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    receive = {
        "recv": lambda: ours.recv_length(size, "MSG_TRUNC"),
        "recvmsg": lambda: ours.recvmsg([size], 0, "MSG_TRUNC").length,
    }[case["by"]]
    lengths = []
    how = outcome(lambda: lengths.append(receive()))
    if lengths:
        names = {len(DATA): "real-length", size: "buffer-length"}
        how = names.get(lengths[0], "another-length")
    see(how, size=size, got=lengths)


STREAM_DISCARDS = rule(
    "data.truncation.stream-discards",
    "Whether a receive with MSG_TRUNC on a TCP stream discards the bytes is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "Sockets API, MSG_TRUNC", "received bytes of data to be discarded")],
    behaviours={
        "discarded": "the bytes are gone, and the buffer does not hold them",
        "stored": "the buffer holds the bytes",
        "still-queued": "the next receive returns the bytes",
        "altered": ALTERED,
    },
    renamed={"left": "still-queued"},
)


@STREAM_DISCARDS.case(family=INET)
def test_stream_discards(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(9, "MSG_TRUNC")))
    if not got:
        see(how)
        return
    rest = ours.recv(64)
    if rest == DATA[9:]:
        how = "stored" if got == [DATA[:9]] else "discarded"
    else:
        how = "still-queued" if rest == DATA else "altered"
    see(how, got=got, rest=rest)


ECHO = rule(
    "data.truncation.flags-not-echoed",
    "recvmsg() does not set in msg_flags what it was given in flags.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION", "flags that indicate conditions detected for the")],
    behaviours={"clear": CONFORMS, "echoed": "the given flag is set"},
    needs=["messages"],
)


@ECHO.case(
    family=(V4, UNIX),
    type=(STREAM, DGRAM),
    flag=("MSG_PEEK", "MSG_WAITALL", "MSG_DONTWAIT", "MSG_CMSG_CLOEXEC"),
)
def test_not_echoed(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recvmsg([len(DATA)], 0, case["flag"]).flags))
    if got:
        how = "echoed" if got[0] & sockets.number(case["flag"]) else "clear"
    see(how, flags=got)


END_OF_RECORD = rule(
    "data.truncation.end-of-record",
    "recvmsg() sets MSG_EOR at the end of a record that was sent with MSG_EOR.",
    level=MUST,
    sources=[
        POSIX.chapter(
            "2.10.6",
            "SOCK_SEQPACKET",
            "Record boundaries are visible to the receiver via the MSG_EOR flag",
        ),
        POSIX.recvmsg("DESCRIPTION, MSG_EOR", "End-of-record was received"),
    ],
    behaviours={"end-marked": CONFORMS, "end-unmarked": "MSG_EOR is not set"},
    renamed={"marked": "end-marked", "unmarked": "end-unmarked"},
    needs=["messages"],
)


@END_OF_RECORD.case(family=UNIX, type=SEQPACKET)
def test_end_of_record(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send_with_flags(DATA, "MSG_EOR")
    sockets.wait(ours, "POLLIN")
    flags = ours.recv_vectored([64])[1]
    see("end-marked" if flags.is_end_of_record() else "end-unmarked")


STREAM_PEEKED = rule(
    "data.truncation.stream-peeked",
    "Whether a peek with MSG_TRUNC on a TCP stream leaves its bytes queued is unspecified.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "Sockets API", "use of MSG_TRUNC in the flags argument of recv(2)")],
    behaviours={
        "still-queued": "the next receive returns the bytes",
        "removed": "they are gone",
    },
)


@STREAM_PEEKED.case(family=INET)
def test_stream_peeked(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    how = outcome(ours.recv_with_flags, 9, ("MSG_PEEK", "MSG_TRUNC"))
    if how == "succeeds":
        ours.set_nonblocking(True)
        got = []
        outcome(lambda: got.append(ours.recv(64)))
        how = "still-queued" if got == [DATA] else "removed"
    see(how)


SENDER_TOO = rule(
    "data.truncation.with-sender",
    "A vectored receive that returns the sender says, too, that a datagram was cut.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.recv_from_vectored(2, "Returns the amount of bytes read, the RecvFlags"),
        CUT,
    ],
    behaviours={"marked": CONFORMS, "unmarked": UNMARKED},
)


@SENDER_TOO.case(family=ALL, type=DGRAM)
@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_with_sender(sockets, see, case, sizes):
    ours, theirs = sockets.bound(), sockets.bound()
    theirs.send_to(DATA, ours.local_addr())
    sockets.wait(ours, "POLLIN")
    flags = ours.recv_from_vectored(sizes)[1]
    see("marked" if flags.is_truncated() else "unmarked", sizes=sizes)
