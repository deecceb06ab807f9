"""The urgent mark: where receives stop, and when sockatmark() returns 1."""

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
    UNSPECIFIED,
    XNU,
    outcome,
    rule,
)

from .stream import read_all, urgent

REACHED = POSIX.sockatmark(
    "RETURN VALUE", "all data preceding the mark has been read, the return value shall be 1"
)
NOT_REACHED = POSIX.sockatmark(
    "RETURN VALUE", "if there is no mark, or if data precedes the mark in the receive queue"
)
OUT_OF_BAND = ("2.10.12", "Socket Out-of-Band Data State")
REMOVED = POSIX.chapter(*OUT_OF_BAND, "without the MSG_PEEK option, the mark is removed from")
ONE_SEGMENT = POSIX.chapter(
    "2.10.11",
    "Socket Receive Queue",
    "shall never return data or ancillary data from",
)
MARK = {"at-mark": "sockatmark() returns 1", "not-at-mark": "sockatmark() returns 0"}
NEEDS = ["oob", "sockatmark"]


def _answer(sock):
    return "at-mark" if sock.at_mark() else "not-at-mark"


AT_MARK = rule(
    "urgent.mark.at-mark",
    "sockatmark() returns 1 when everything before the urgent byte was read.",
    level=MUST,
    sources=[REACHED],
    behaviours=MARK,
    conforming=["at-mark"],
    needs=NEEDS,
)


@AT_MARK.case(family=INET, inline=("inline", "out-of-line"))
def test_at_mark(sockets, see, case):
    ours, _theirs = urgent(sockets, after=b"", inline=case["inline"] == "inline")
    ours.recv(2)
    see(_answer(ours))


BEFORE_MARK = rule(
    "urgent.mark.before",
    "sockatmark() returns 0 while data before the urgent byte is unread.",
    level=MUST,
    sources=[NOT_REACHED],
    behaviours=MARK,
    conforming=["not-at-mark"],
    needs=NEEDS,
)


@BEFORE_MARK.case(family=INET, read=("nothing", "one-of-two"))
def test_before_mark(sockets, see, case):
    ours, _theirs = urgent(sockets, after=b"")
    if case["read"] == "one-of-two":
        ours.recv(1)
    see(_answer(ours))


PAST_MARK = rule(
    "urgent.mark.past",
    "sockatmark() returns 0 when data behind the mark was read.",
    level=MUST,
    sources=[NOT_REACHED, REMOVED],
    behaviours=MARK,
    conforming=["not-at-mark"],
    needs=NEEDS,
)


@PAST_MARK.case(family=INET, inline=("inline", "out-of-line"))
def test_past_mark(sockets, see, case):
    ours, _theirs = urgent(sockets, inline=case["inline"] == "inline")
    ours.recv(2)
    if case["inline"] == "out-of-line":
        ours.recv_out_of_band(1)
    ours.recv(2)
    see(_answer(ours))


NO_MARK = rule(
    "urgent.mark.none",
    "sockatmark() returns 0 for a socket to which no urgent data has come.",
    level=MUST,
    sources=[NOT_REACHED],
    behaviours=MARK,
    conforming=["not-at-mark"],
    aliases=["urgent.mark.unsuited-socket"],
    needs=["sockatmark"],
)


@NO_MARK.case(
    family=INET, state=("idle", "data", "datagram", "listening", "unconnected", "ended")
)
def test_no_mark(sockets, see, case):
    state = case["state"]
    if state in {"idle", "data"}:
        sock, theirs = sockets.connected()
        if state == "data":
            theirs.send(b"plain")
            sockets.wait(sock, "POLLIN")
    elif state == "datagram":
        sock = sockets.new(type=DGRAM)
    elif state == "listening":
        sock = sockets.listener()
    else:
        sock = sockets.new() if state == "unconnected" else sockets.at_eof()
    answers = []
    how = outcome(lambda: answers.append(_answer(sock)))
    see(answers[0] if answers else how)


READ_FIRST = rule(
    "urgent.mark.urgent-read-first",
    "The socket still comes to the mark when the urgent data was received before that.",
    level=MUST,
    sources=[REACHED, REMOVED],
    behaviours=MARK,
    conforming=["at-mark"],
    needs=NEEDS,
    renamed={"stays": "at-mark", "cleared": "not-at-mark"},
    split_from=["urgent.mark.after-urgent-read"],
)


@READ_FIRST.case(family=INET, reached="after-read")
def test_urgent_read_first(sockets, see, case):
    ours, _theirs = urgent(sockets)
    ours.recv_out_of_band(1)
    ours.recv(2)
    see(_answer(ours))


AFTER_READ = rule(
    "urgent.mark.after-urgent-read",
    "Whether a receive with MSG_OOB at the mark removes the mark is unspecified.",
    level=UNSPECIFIED,
    sources=[
        REMOVED,
        XNU(
            "bsd/netinet/tcp_usrreq.c",
            "tcp_usr_rcvoob",
            "so->so_state &= ~SS_RCVATMARK",
            line=1381,
        ),
    ],
    behaviours={"stays": "still at the mark", "cleared": "no longer at a mark"},
    needs=NEEDS,
)


@AFTER_READ.case(family=INET, reached="before-read")
def test_after_urgent_read(sockets, see, case):
    ours, _theirs = urgent(sockets)
    ours.recv(2)
    ours.recv_out_of_band(1)
    see("stays" if ours.at_mark() else "cleared")


ASKING = rule(
    "urgent.mark.asking-keeps-it",
    "sockatmark() does not remove the mark, however often it is called.",
    level=MUST,
    sources=[POSIX.sockatmark("DESCRIPTION", "shall not remove the mark from the stream")],
    behaviours={"kept": CONFORMS, "removed": "a later call returns something else"},
    needs=NEEDS,
)


@ASKING.case(family=INET)
def test_asking(sockets, see, case):
    ours, _theirs = urgent(sockets)
    ours.recv(2)
    answers = [ours.at_mark() for _ in range(4)]
    see("kept" if len(set(answers)) == 1 else "removed", answers=answers)


PEEK = rule(
    "urgent.mark.peek-keeps-it",
    "A peek at the mark does not move the socket beyond it.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread"), REMOVED],
    behaviours={"kept": CONFORMS, "moved": "sockatmark() returns something else after it"},
    needs=NEEDS,
)


@PEEK.case(family=INET, inline=("out-of-line", "inline"))
def test_peek(sockets, see, case):
    ours, _theirs = urgent(sockets, inline=case["inline"] == "inline")
    ours.recv(2)
    before = ours.at_mark()
    sockets.wait(ours, "POLLIN")
    shown = ours.peek(8)
    # Whether it was at the mark is another rule's: a system whose answers are inverted, as
    # those of Windows are, keeps it too.
    after = ours.at_mark()
    see("kept" if after == before else "moved", before=before, shown=shown)


AHEAD = rule(
    "urgent.mark.peek-at-mark",
    "Whether a peek at the mark returns the data behind it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        REMOVED,
        XNU(
            "bsd/kern/uipc_socket.c",
            "soreceive",
            "len > so->so_oobmark - offset",
            line=3730,
        ),
    ],
    behaviours={
        "behind": "it returns what was sent after the urgent data",
        "urgent": "it returns the urgent data",
        "empty": "it returns zero",
    },
    renamed={"nothing": "empty"},
    needs=["oob"],
)


@AHEAD.case(family=INET)
def test_peek_at_mark(sockets, see, case):
    ours, _theirs = urgent(sockets)
    ours.recv(2)
    sockets.wait(ours, "POLLIN")
    shown = ours.peek(8)
    see("urgent" if b"X" in shown else "behind" if shown else "empty", shown=shown)


STOPS = rule(
    "urgent.mark.every-receive-stops",
    "A receive stops at the mark, however much there is before and after it.",
    level=MUST,
    sources=[
        POSIX.chapter(*OUT_OF_BAND, "an empty data segment that cannot be merged with other"),
        ONE_SEGMENT,
        MAN.tcp(7, "Ioctls, SIOCATMARK", "a read never reads across the urgent mark"),
    ],
    behaviours={
        "stops": CONFORMS,
        "crosses": "it returns data from both sides",
        "altered": "it returns something else",
    },
    needs=["oob"],
)


@STOPS.case(
    family=INET,
    by=("recv", "recvfrom", "recvmsg", "peek"),
    inline=("out-of-line", "inline"),
)
@given(before=st.binary(min_size=1, max_size=40), after=st.binary(max_size=40))
def test_every_receive_stops(sockets, see, case, before, after):
    inline = case["inline"] == "inline"
    ours, _theirs = urgent(sockets, before=before, after=after, inline=inline)
    by = case["by"]
    if by == "recvfrom":
        got = ours.recv_from(128)[0]
    elif by == "recvmsg":
        got = b"".join(ours.recv_vectored([5, 128])[0])
    else:
        got = (ours.recv if by == "recv" else ours.peek)(len(before) + 1)
    crosses = got.startswith(before) and len(got) > len(before)
    stops = got and before.startswith(got)
    see("stops" if stops else "crosses" if crosses else "altered", before=before, got=got)


WHOLE = rule(
    "urgent.mark.rest-follows",
    "The normal data on both sides of the mark is received, all of it and in order.",
    level=MUST,
    sources=[
        POSIX.recv("DESCRIPTION", "and no data shall be discarded"),
        POSIX.chapter("2.10.6", "Socket Types", "provides reliable, sequenced, full-duplex"),
    ],
    behaviours={"rest": CONFORMS, "altered": "it returns something else"},
    needs=["oob"],
)

NORMAL = st.binary(max_size=30).map(lambda data: data.replace(b"X", b"x"))


@WHOLE.case(family=INET, inline=("out-of-line", "inline"))
@given(before=NORMAL, after=NORMAL, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_rest_follows(sockets, see, case, before, after, sizes):
    inline = case["inline"] == "inline"
    ours, theirs = urgent(sockets, before=before, after=after, inline=inline)
    theirs.shutdown("SHUT_WR")
    got, turn = b"", 0
    while more := ours.recv(sizes[turn % len(sizes)]):
        got += more
        turn += 1
    # Whether the urgent byte is among it is another rule's (urgent.inline, urgent.receive).
    normal = got.replace(b"X", b"", 1)
    see("rest" if normal == before + after else "altered", sizes=sizes, got=got)


MOVES = rule(
    "urgent.mark.moves",
    "Whether later urgent data moves the mark or sets another one is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.chapter(
            *OUT_OF_BAND, "protocol-specific whether an out-of-band data mark is placed"
        ),
        MAN.tcp(7, "Sockets API", "if the other end sends newer out-of-band data"),
    ],
    behaviours={
        "newest": "receives stop at the newest urgent data only",
        "each": "receives stop at each",
        "neither": "receives stop at neither",
    },
    renamed={"none": "neither"},
    needs=["oob"],
)


@MOVES.case(family=INET)
def test_moves(sockets, see, case):
    ours, theirs = urgent(sockets)
    theirs.send_out_of_band(b"Y")
    theirs.send(b"ef")
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    got = read_all(ours)
    see({1: "neither", 2: "newest"}.get(len(got), "each"), got=got)


AVAILABLE = rule(
    "urgent.mark.available",
    "Whether FIONREAD counts the data behind the mark is unspecified.",
    level=UNSPECIFIED,
    sources=[
        MAN.tcp(7, "Ioctls, SIOCINQ", "the amount of queued unread data in the receive buffer"),
        MS.article("winsock-ioctls", "FIONREAD", "can be read in a single receive operation"),
    ],
    behaviours={
        "to-mark": "it counts what the next receive can return",
        "all-normal": "it counts the data behind the mark too",
        "all": "it counts the urgent data as well",
        "another-number": "it counts something else",
    },
    renamed={"other": "another-number"},
    needs=["oob", "ioctl"],
)


@AVAILABLE.case(family=INET, inline=("out-of-line", "inline"))
def test_available(sockets, see, case):
    inline = case["inline"] == "inline"
    ours, _theirs = urgent(sockets, before=b"abc", after=b"defgh", inline=inline)
    if not inline:
        ours.recv_out_of_band(1)
    got = ours.available()
    see({3: "to-mark", 8: "all-normal", 9: "all"}.get(got, "another-number"), got=got)
