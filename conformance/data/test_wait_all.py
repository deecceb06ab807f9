"""MSG_WAITALL: a receive that waits for all that was asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MAY,
    MS,
    MUST,
    POSIX,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

WAITALL = POSIX.recv("DESCRIPTION, MSG_WAITALL", "block until the full amount of data")
LESS = POSIX.recv("DESCRIPTION, MSG_WAITALL", "The function may return the smaller amount")
ALL = (V4, V6, UNIX)
FULL = {
    "full": CONFORMS,
    "short": "it returns fewer bytes than were asked for, or does not wait for them",
    "altered": "it returns other bytes",
}
EMPTY = "it returns no bytes, as at the end of a stream"

WAITS = rule(
    "data.wait-all.waits-until-full",
    "A receive with MSG_WAITALL on a stream waits until all that was asked for has arrived.",
    level=MUST,
    sources=[WAITALL, MAN.recv(2, "MSG_WAITALL", "until the full request is")],
    behaviours=FULL,
)


@WAITS.case(family=ALL)
def test_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    blocked = receive.is_blocked()
    theirs.send(b"def")
    blocked = blocked and receive.is_blocked()
    theirs.send(b"ghi")
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="full")
    if got and (not blocked or len(got[0]) < 9):
        how = "short"
    elif got and got != [b"abcdefghi"]:
        how = "altered"
    see(how, got=got)


QUEUED = rule(
    "data.wait-all.any-pieces",
    "A receive with MSG_WAITALL returns all that it asks for, in whatever pieces it was sent.",
    level=MUST,
    sources=[WAITALL],
    behaviours=FULL,
)


@QUEUED.case(family=ALL)
@given(pieces=st.lists(st.binary(min_size=1, max_size=400), min_size=1, max_size=8))
def test_any_pieces(sockets, see, case, pieces):
    ours, theirs = sockets.connected()
    for piece in pieces:
        theirs.send(piece)
    whole = b"".join(pieces)
    got = []
    how = outcome(
        lambda: got.append(ours.recv_with_flags(len(whole), "MSG_WAITALL")), ok="full"
    )
    if got and got != [whole]:
        how = "short" if len(got[0]) < len(whole) else "altered"
    see(how, lengths=[len(piece) for piece in pieces], got=[len(each) for each in got])


VECTORED = rule(
    "data.wait-all.vectored",
    "A receive with MSG_WAITALL into several buffers waits until all of them are full.",
    level=MUST,
    sources=[
        POSIX.recvmsg("DESCRIPTION, MSG_WAITALL", "block until the full amount of data"),
        SOCKET2.recv_vectored_with_flags(1, "allows for specification of arbitrary flags"),
    ],
    behaviours=FULL,
    needs=["messages"],
)


@VECTORED.case(family=ALL)
def test_vectored(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = sockets.number("MSG_WAITALL")
    receive = sockets.start("recvmsg", ours, [2, 2, 2], 0, flags)
    blocked = receive.is_blocked()
    theirs.send(b"def")
    got = []
    how = outcome(lambda: got.extend(receive.result().data), ok="full")
    if how == "full" and (not blocked or len(b"".join(got)) < 6):
        how = "short"
    elif how == "full" and got != [b"ab", b"cd", b"ef"]:
        how = "altered"
    see(how, got=got)


END = rule(
    "data.wait-all.end-of-stream",
    "A receive with MSG_WAITALL returns what came when the stream ends before it is full.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_WAITALL", "if the connection is terminated"),
        POSIX.recv("DESCRIPTION", "and no data shall be discarded"),
        POSIX.recv("RETURN VALUE", "the peer has performed an orderly shutdown"),
    ],
    behaviours={"what-came": CONFORMS, "empty": EMPTY, "altered": FULL["altered"]},
    renamed={"nothing": "empty"},
)


@END.case(family=ALL, ends=("before", "while-waiting"), queued=("none", "some"))
def test_end_of_stream(sockets, see, case):
    ours, theirs = sockets.connected()
    came = b"abc" if case["queued"] == "some" else b""
    if came:
        theirs.send(came)
        sockets.wait(ours, "POLLIN")
    if case["ends"] == "before":
        theirs.shutdown("SHUT_WR")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    if case["ends"] == "while-waiting":
        receive.is_blocked()
        theirs.shutdown("SHUT_WR")
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="what-came")
    if got and got != [came]:
        how = "empty" if got == [b""] else "altered"
    see(how, got=got)


RESET = rule(
    "data.wait-all.reset",
    "A receive with MSG_WAITALL returns what came or fails with ECONNRESET after a reset.",
    level=MUST,
    sources=[LESS, POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={
        "what-came": CONFORMS,
        "ECONNRESET": CONFORMS,
        "empty": EMPTY,
        "altered": FULL["altered"],
    },
    renamed={"nothing": "empty"},
    needs=["reset"],
)


@RESET.case(family=INET, queued=("none", "some"))
def test_reset(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["queued"] == "some":
        theirs.send(b"abc")
        sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    receive.is_blocked()
    theirs.set_linger(0.0)
    theirs.close()
    got = []
    how = outcome(lambda: got.append(receive.result()))
    if got:
        came = case["queued"] == "some" and got == [b"abc"]
        how = "what-came" if came else "empty" if got == [b""] else "altered"
    see(how, got=got)


QUEUED_PART = {
    "what-is-queued": CONFORMS,
    "altered": FULL["altered"],
}
NONBLOCKING = rule(
    "data.wait-all.nonblocking",
    "A receive with MSG_WAITALL on a non-blocking socket returns what is queued.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.7", quote="transfer only as much as is available, and then return"),
        MS.recv(
            "MSG_WAITALL", "if the socket is in a non-blocking mode, then this call will fail"
        ),
    ],
    behaviours=QUEUED_PART,
)
DONT_WAIT = rule(
    "data.wait-all.dont-wait",
    "Whether MSG_WAITALL with MSG_DONTWAIT returns what is queued is unspecified.",
    level=UNSPECIFIED,
    sources=[
        WAITALL,
        MAN.recv(2, "MSG_DONTWAIT", "if the operation would block, the call fails"),
    ],
    behaviours=QUEUED_PART | {"what-is-queued": "it returns what is queued"},
    split_from=["data.wait-all.nonblocking"],
)


@NONBLOCKING.case(family=ALL, by="socket")
@DONT_WAIT.case(family=ALL, by="flag")
def test_nonblocking(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = ["MSG_WAITALL"]
    if case["by"] == "flag":
        flags.append("MSG_DONTWAIT")
    else:
        ours.set_nonblocking(True)
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(6, flags)), ok="what-is-queued")
    see("altered" if got and got != [b"abc"] else how, got=got)


EMPTY_NONBLOCKING = rule(
    "data.wait-all.nothing-queued-nonblocking",
    "A non-blocking receive with MSG_WAITALL fails with EAGAIN when nothing is queued.",
    level=MUST,
    sources=[
        POSIX.recv("EAGAIN or EWOULDBLOCK", "is marked O_NONBLOCK and no data is waiting"),
        MS.recv(
            "MSG_WAITALL", "if the socket is in a non-blocking mode, then this call will fail"
        ),
    ],
    behaviours={"EAGAIN": CONFORMS},
)


@EMPTY_NONBLOCKING.case(family=ALL, type=(STREAM, DGRAM))
def test_nothing_queued(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.set_nonblocking(True)
    see(outcome(ours.recv_with_flags, 6, "MSG_WAITALL"))


DATAGRAM = rule(
    "data.wait-all.datagram",
    "A receive with MSG_WAITALL on a datagram socket returns one datagram.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation"),
        MAN.recv(2, "MSG_WAITALL", "This flag has no effect for datagram sockets"),
    ],
    behaviours={
        "one-datagram": CONFORMS,
        "joined": "it returns several as one",
        "altered": FULL["altered"],
        "waits": "it waits for more",
    },
)


@DATAGRAM.case(family=ALL, type=DGRAM)
def test_datagram(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    theirs.send(b"def")
    sockets.wait(ours, "POLLIN")
    receive = sockets.start("recv", ours, 9, sockets.number("MSG_WAITALL"))
    if receive.is_blocked():
        see("waits")
        return
    got = []
    how = outcome(lambda: got.append(receive.result()), ok="one-datagram")
    if got and got != [b"abc"]:
        how = "joined" if got == [b"abcdef"] else "altered"
    see(how, got=got)


TIMEOUT = rule(
    "data.wait-all.receive-timeout",
    "After SO_RCVTIMEO a receive with MSG_WAITALL returns what came, or fails with EAGAIN.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.16", "SO_RCVTIMEO", "it shall return with a partial count"),
        SOCKET2.set_read_timeout(1, "Set value for the SO_RCVTIMEO option on this socket"),
    ],
    behaviours={
        "as-promised": CONFORMS,
        "lost": "it fails with EAGAIN although something came",
        "empty": EMPTY,
        "altered": FULL["altered"],
    },
)


@TIMEOUT.case(family=ALL, queued=("none", "some"))
def test_receive_timeout(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["queued"] == "some":
        theirs.send(b"abc")
        sockets.wait(ours, "POLLIN")
    ours.set_read_timeout(0.02)
    came = [b"abc"] if case["queued"] == "some" else []
    got = []
    how = outcome(lambda: got.append(ours.recv_with_flags(9, "MSG_WAITALL")))
    if how == "EAGAIN":
        how = "lost" if came else "as-promised"
    elif got:
        how = "as-promised" if got == came else "empty" if got == [b""] else "altered"
    see(how, got=got)


PEEK = rule(
    "data.wait-all.peek",
    "A peek with MSG_WAITALL waits for all that was asked for or returns what is queued.",
    level=MAY,
    sources=[
        POSIX.recv("DESCRIPTION, MSG_WAITALL", "if MSG_PEEK was specified"),
        MS.recv("MSG_WAITALL", "if MSG_WAITALL is specified along with MSG_OOB, MSG_PEEK"),
    ],
    behaviours={
        "waits-for-all": CONFORMS,
        "returns-what-is-queued": CONFORMS,
        "consumed": "what the peek returned is missing from the next receives",
        "altered": FULL["altered"],
    },
    aliases=["data.peek.wait-all"],
)


@PEEK.case(family=ALL)
def test_peek(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    flags = sockets.number("MSG_PEEK") | sockets.number("MSG_WAITALL")
    peek = sockets.start("recv", ours, 6, flags)
    queued = b"abc"
    if peek.is_blocked():
        theirs.send(b"def")
        queued += b"def"
    got = []
    how = outcome(lambda: got.append(peek.result()))
    if got:
        names = {b"abc": "returns-what-is-queued", b"abcdef": "waits-for-all"}
        how = names.get(got[0], "altered")
        theirs.shutdown("SHUT_WR")
        rest = b""
        while more := ours.recv(16):
            rest += more
        how = how if rest == queued else "consumed"
    see(how, got=got)
