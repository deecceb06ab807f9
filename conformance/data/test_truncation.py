"""Messages that are longer than the buffer, and MSG_TRUNC."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
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
ALL = (V4, V6, UNIX)
DATA = b"the quick brown fox jumps over the lazy dog"
CUT = {
    "cut": CONFORMS,
    "rest-comes-next": "the rest is returned by the next receive",
    "lost": "the next message is lost with it",
    "other-bytes": "the buffer does not hold the message's beginning",
}

DISCARDED = rule(
    "data.truncation.excess-discarded",
    "A message longer than the buffer fills it; its rest is gone, the next message is next.",
    level=MUST,
    sources=[EXCESS, MS.recvfrom("WSAEMSGSIZE")],
    behaviours=CUT,
)


def _cut(sockets, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    theirs.send(b"next")
    sockets.wait(ours, "POLLIN")
    got = []
    how = outcome(lambda: got.append(ours.recv(size)), ok="cut")
    after = ours.recv(64)
    if after != b"next":
        how = "rest-comes-next" if after in DATA else "lost"
    elif got and got != [DATA[:size]]:
        how = "other-bytes"
    return how, got


@DISCARDED.case(family=ALL, type=DGRAM)
@given(size=st.integers(1, len(DATA) - 1))
def test_datagram(sockets, see, case, size):
    how, got = _cut(sockets, size)
    see(how, size=size, got=got)


@DISCARDED.case(family=UNIX, type=SEQPACKET)
@given(size=st.integers(1, len(DATA) - 1))
def test_record(sockets, see, case, size):
    how, got = _cut(sockets, size)
    see(how, size=size, got=got)


STREAM_KEEPS = rule(
    "data.truncation.stream-keeps-rest",
    "What a stream has beyond the buffer stays for the next receive.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "and no data shall be discarded")],
    behaviours={"kept": CONFORMS, "lost": "it does not come"},
)


@STREAM_KEEPS.case(family=ALL)
@given(size=st.integers(1, len(DATA) - 1))
def test_stream(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = ours.recv(size), ours.recv(64)
    see("kept" if got == (DATA[:size], DATA[size:]) else "lost", size=size, got=got)


FLAG = rule(
    "data.truncation.flag-set",
    "A message longer than the buffers is marked with MSG_TRUNC.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION", "MSG_TRUNC shall be set in the msg_flags member"),
        SOCKET2.recv_vectored(2),
    ],
    behaviours={"marked": CONFORMS, "unmarked": "the flag is not set"},
    needs=["messages"],
)


@FLAG.case(family=ALL, type=DGRAM)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_flag(sockets, see, case, sizes):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    marks = []
    how = outcome(lambda: marks.append(ours.recv_vectored(sizes)[1].is_truncated()))
    see("marked" if marks == [True] else "unmarked" if marks else how, sizes=sizes)


@FLAG.case(family=UNIX, type=SEQPACKET)
def test_flag_of_record(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    see("marked" if ours.recv_vectored([3])[1].is_truncated() else "unmarked")


NO_FLAG = rule(
    "data.truncation.flag-clear",
    "A message that fits, exactly or with room to spare, is not marked with MSG_TRUNC.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, MSG_TRUNC", "Normal data was truncated")],
    behaviours={"unmarked": CONFORMS, "marked": "the flag is set"},
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
    "Data of a stream is never marked with MSG_TRUNC.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION", "no data shall be discarded")],
    behaviours={"unmarked": CONFORMS, "marked": "the flag is set"},
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
    "A receive with MSG_TRUNC in its flags returns the length of the whole datagram.",
    level=UNSPECIFIED,
    sources=[
        MAN.recv(2, "MSG_TRUNC", "return the real length of the packet or datagram"),
        POSIX.recv("DESCRIPTION, flags"),
    ],
    behaviours={
        "real-length": "returns the length of the datagram",
        "buffer-length": "returns the length of what fitted",
    },
)


@REAL_LENGTH.case(family=ALL, type=DGRAM, by=("recv", "recvmsg"))
@given(size=st.integers(1, len(DATA) - 1))
def test_real_length(sockets, see, case, size):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    told = []
    receives = {
        "recv": lambda: told.append(ours.recv_length(size, "MSG_TRUNC")),
        "recvmsg": lambda: told.append(ours.recvmsg([size], 0, "MSG_TRUNC").length),
    }
    how = outcome(receives[case["by"]], ok="buffer-length")
    see("real-length" if told == [len(DATA)] else how, size=size, got=told)


STREAM_DISCARDS = rule(
    "data.truncation.stream-discards",
    "A receive with MSG_TRUNC on a TCP stream throws the bytes away instead of storing them.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "Sockets API, MSG_TRUNC", "received bytes of data to be discarded")],
    behaviours={
        "discarded": "the bytes are gone and the buffer is untouched",
        "stored": "the bytes are in the buffer",
        "left": "the bytes are received next",
    },
)


@STREAM_DISCARDS.case(family=INET)
def test_stream_discards(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(DATA)
    sockets.wait(ours, "POLLIN")
    got = ours.recv_with_flags(9, "MSG_TRUNC")
    rest = ours.recv(64)
    how = "left" if rest == DATA else "stored" if got == DATA[:9] else "discarded"
    see(how, got=got, rest=rest)


ECHO = rule(
    "data.truncation.flags-not-echoed",
    "The flags given to a receive do not come back in the flags of the message.",
    level=MUST,
    sources=[POSIX.recvmsg("DESCRIPTION, msg_flags", "conditions detected for the received")],
    behaviours={"clear": CONFORMS, "echoed": "the given flag comes back"},
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
    flags = ours.recvmsg([len(DATA)], 0, case["flag"]).flags
    see("echoed" if flags & sockets.number(case["flag"]) else "clear", flags=flags)


END_OF_RECORD = rule(
    "data.truncation.end-of-record",
    "A record that was ended with MSG_EOR is marked with MSG_EOR where it is received.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION, MSG_EOR", "End-of-record was received"),
        POSIX.chapter("2.10.6", "Socket Types, SOCK_SEQPACKET"),
    ],
    behaviours={"marked": CONFORMS, "unmarked": "the flag is not set"},
    needs=["messages"],
)


@END_OF_RECORD.case(family=UNIX, type=SEQPACKET)
def test_end_of_record(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send_with_flags(DATA, "MSG_EOR")
    sockets.wait(ours, "POLLIN")
    see("marked" if ours.recv_vectored([64])[1].is_end_of_record() else "unmarked")
