"""The urgent mark: where reads stop, and what SIOCATMARK says."""

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
    V4,
    V6,
    WINE,
    XNU,
    outcome,
    rule,
)

STATE = POSIX.chapter("2.10.12", "Socket Out-of-Band Data State")
AT_MARK = POSIX.sockatmark("RETURN VALUE", "all data preceding the mark has been read")
BSD = XNU("bsd/kern/uipc_socket.c", "soreceive, so_oobmark")
WINSOCK = WINE("dlls/ws2_32/tests/sock.c", "test_fionread_siocatmark")


def _urgent(sockets, before=b"ab", after=b"cd", inline=False):
    """A connection with normal, urgent ("X") and normal data queued: (ours, theirs)."""
    ours, theirs = sockets.connected()
    ours.set_out_of_band_inline(inline)
    theirs.set_nodelay(True)
    if before:
        theirs.send(before)
    theirs.send_out_of_band(b"X")
    if after:
        theirs.send(after)
    sockets.wait(ours, "POLLPRI")
    return ours, theirs


STOPS = rule(
    "urgent.mark.every-receive-stops",
    "Every kind of receive ends at the mark, however much there is before and after it.",
    level=MUST,
    sources=[STATE, MAN.tcp(7, "SIOCATMARK", "a read never reads across the urgent mark"), BSD],
    behaviours={"stops": CONFORMS, "crosses": "returns data from both sides"},
    needs=["oob"],
)


@STOPS.case(
    family=INET,
    by=("recv", "recvfrom", "recvmsg", "peek"),
    inline=("out-of-line", "inline"),
)
@given(before=st.binary(min_size=1, max_size=40), after=st.binary(max_size=40))
def test_read_stops(sockets, see, case, before, after):
    ours, _theirs = _urgent(sockets, before, after, case["inline"] == "inline")
    by = case["by"]
    if by == "recvfrom":
        got = ours.recv_from(128)[0]
    elif by == "recvmsg":
        got = b"".join(ours.recv_vectored([5, 128])[0])
    else:
        got = (ours.recv if by == "recv" else ours.peek)(len(before) + 1)
    see("stops" if got == before else "crosses", before=before, got=got)


AFTER_READ = rule(
    "urgent.mark.after-urgent-read",
    "At the mark, receiving the urgent data with MSG_OOB leaves the mark, or clears it.",
    level=UNSPECIFIED,
    sources=[
        POSIX.sockatmark("DESCRIPTION", "shall not remove the mark from the stream"),
        BSD,
    ],
    behaviours={"stays": "still at the mark", "cleared": "no longer at a mark"},
    needs=["oob", "sockatmark"],
)


@AFTER_READ.case(family=INET, reached=("before-read", "after-read"))
def test_after_urgent_read(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    if case["reached"] == "before-read":
        ours.recv(2)
        ours.recv_out_of_band(1)
    else:
        ours.recv_out_of_band(1)
        ours.recv(2)
    see("stays" if ours.at_mark() else "cleared")


ASKING = rule(
    "urgent.mark.asking-keeps-it",
    "Asking for the mark does not remove it, however often it is done.",
    level=MUST,
    sources=[POSIX.sockatmark("DESCRIPTION", "shall not remove the mark from the stream")],
    behaviours={"kept": CONFORMS, "removed": "the answer changes"},
    needs=["oob", "sockatmark"],
)


@ASKING.case(family=INET)
def test_asking(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    ours.recv(2)
    told = [ours.at_mark() for _ in range(4)]
    see("kept" if len(set(told)) == 1 else "removed", told=told)


PEEK = rule(
    "urgent.mark.peek-keeps-it",
    "A peek at the mark does not move the socket beyond it.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION, MSG_PEEK", "The data is treated as unread"), AT_MARK],
    behaviours={"kept": CONFORMS, "moved": "the answer is another one after it"},
    needs=["oob", "sockatmark"],
)


@PEEK.case(family=INET, inline=("out-of-line", "inline"))
def test_peek(sockets, see, case):
    ours, _theirs = _urgent(sockets, inline=case["inline"] == "inline")
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
    "A peek at the mark shows the data behind the urgent data, without it.",
    level=UNSPECIFIED,
    sources=[STATE, BSD],
    behaviours={
        "behind": "shows what was sent after the urgent data",
        "urgent": "shows the urgent data",
        "nothing": "shows nothing",
    },
    needs=["oob"],
)


@AHEAD.case(family=INET)
def test_peek_at_mark(sockets, see, case):
    ours, _theirs = _urgent(sockets)
    ours.recv(2)
    sockets.wait(ours, "POLLIN")
    shown = ours.peek(8)
    see("behind" if shown == b"cd" else "urgent" if b"X" in shown else "nothing", shown=shown)


MOVES = rule(
    "urgent.mark.moves",
    "Newer urgent data moves the mark: reads stop at the newest.",
    level=UNSPECIFIED,
    sources=[STATE, MAN.tcp(7, "Sockets API", "if the other end sends newer out-of-band data")],
    behaviours={
        "newest": "reads stop at the newest urgent data only",
        "each": "reads stop at each",
        "none": "reads stop at neither",
    },
    needs=["oob"],
)


@MOVES.case(family=INET)
def test_moves(sockets, see, case):
    ours, theirs = _urgent(sockets)
    theirs.send_out_of_band(b"Y")
    theirs.send(b"ef")
    theirs.shutdown("SHUT_WR")
    sockets.wait(ours, "POLLRDHUP")
    got = []
    while more := ours.recv(16):
        got.append(more)
    how = {1: "none", 2: "newest", 3: "each"}.get(len(got), "each")
    see(how, got=got)


AVAILABLE = rule(
    "urgent.mark.available",
    "FIONREAD counts the normal data before the mark, or all that is queued.",
    level=UNSPECIFIED,
    sources=[MAN.tcp(7, "Ioctls, SIOCINQ"), MS.ioctlsocket("FIONREAD"), WINSOCK],
    behaviours={
        "to-mark": "counts what the next receive can return",
        "all-normal": "counts the data behind the mark too",
        "all": "counts the urgent data as well",
        "other": "counts something else",
    },
    needs=["oob", "ioctl"],
)


@AVAILABLE.case(family=INET, inline=("out-of-line", "inline"))
def test_available(sockets, see, case):
    ours, _theirs = _urgent(sockets, b"abc", b"defgh", case["inline"] == "inline")
    if case["inline"] == "out-of-line":
        ours.recv_out_of_band(1)
    names = {3: "to-mark", 8: "all-normal", 9: "all"}
    got = ours.available()
    see(names.get(got, "other"), got=got)


UNSUITED = rule(
    "urgent.mark.unsuited-socket",
    "A socket that can have no mark is not at one, or the question is refused.",
    level=UNSPECIFIED,
    sources=[POSIX.sockatmark("ERRORS"), MS.ioctlsocket("SIOCATMARK")],
    behaviours={"not-at-mark": "answers no", "at-mark": "answers yes"},
    needs=["sockatmark"],
)


@UNSUITED.case(family=(V4, V6), state=("datagram", "listening", "unconnected", "ended"))
def test_unsuited(sockets, see, case):
    state = case["state"]
    if state == "datagram":
        sock = sockets.new(type=DGRAM)
    elif state == "listening":
        sock = sockets.listener()
    else:
        sock = sockets.new() if state == "unconnected" else sockets.at_eof()
    told = []
    how = outcome(lambda: told.append(sock.at_mark()), ok="not-at-mark")
    see("at-mark" if told == [True] else how)


SPANNING = rule(
    "urgent.mark.rest-follows",
    "After the mark the rest of the stream is received, all of it and in order.",
    level=MUST,
    sources=[STATE, POSIX.recv("DESCRIPTION", "no data shall be discarded")],
    behaviours={"rest": CONFORMS, "altered": "other bytes are received"},
    needs=["oob"],
)


@SPANNING.case(family=INET, inline=("out-of-line", "inline"))
@given(
    before=st.binary(max_size=30),
    after=st.binary(max_size=30),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
def test_rest_follows(sockets, see, case, before, after, sizes):
    inline = case["inline"] == "inline"
    ours, theirs = _urgent(sockets, before, after, inline)
    theirs.shutdown("SHUT_WR")
    got, turn = b"", 0
    while more := ours.recv(sizes[turn % len(sizes)]):
        got += more
        turn += 1
    wanted = before + (b"X" if inline else b"") + after
    see("rest" if got == wanted else "altered", sizes=sizes, got=got)
