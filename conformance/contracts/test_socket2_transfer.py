"""What the socket2 document says of its many ways to send and to receive: they agree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sockspec.address import Inet
from sockspec.spec import CONFORMS, DGRAM, INET, MUST, SOCKET2, STREAM, UNIX, V4, outcome, rule

PIECES = st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=5)


def sent(sock, how, data, to):
    """Send all of `data`, a list of pieces, by one function; how many bytes it counts."""
    whole = b"".join(data)
    return {
        "send": lambda: sock.send(whole),
        "send_with_flags": lambda: sock.send_with_flags(whole, 0),
        "send_vectored": lambda: sock.send_vectored(data),
        "send_vectored_with_flags": lambda: sock.send_vectored_with_flags(data, 0),
        "send_to": lambda: sock.send_to(whole, to),
        "send_to_with_flags": lambda: sock.send_to_with_flags(whole, to, 0),
        "send_to_vectored": lambda: sock.send_to_vectored(data, to),
        "send_to_vectored_with_flags": lambda: sock.send_to_vectored_with_flags(data, to, 0),
    }[how]()


def received(sock, how, sizes):
    """Receive into room for `sizes` by one function: (bytes, address or None)."""
    room = sum(sizes)
    if how in {"recv", "peek"}:
        return getattr(sock, how)(room), None
    if how == "recv_with_flags":
        return sock.recv_with_flags(room, 0), None
    if how in {"recv_from", "peek_from"}:
        return getattr(sock, how)(room)
    if how == "recv_from_with_flags":
        return sock.recv_from_with_flags(room, 0)
    flags = (0,) if how.endswith("_with_flags") else ()
    got = getattr(sock, how)(sizes, *flags)
    return b"".join(got[0]), got[2] if "from" in how else None


SENDING = rule(
    "contracts.transfer.every-send",
    "Every function that sends counts the bytes that it sent, and sends these.",
    level=MUST,
    sources=[
        SOCKET2.send_with_flags(1),
        SOCKET2.send_vectored_with_flags(1),
        SOCKET2.send_to(1),
        SOCKET2.send_to_with_flags(1),
        SOCKET2.send_to_vectored_with_flags(1),
    ],
    behaviours={
        "same": CONFORMS,
        "other-count": "it counts other than was sent",
        "other-data": "other bytes arrive",
    },
)

CONNECTED = ("send", "send_with_flags", "send_vectored", "send_vectored_with_flags")
ADDRESSED = (
    "send_to",
    "send_to_with_flags",
    "send_to_vectored",
    "send_to_vectored_with_flags",
)


@SENDING.case(family=(*INET, UNIX), type=STREAM, by=CONNECTED)
@SENDING.case(family=(*INET, UNIX), type=DGRAM, by=CONNECTED + ADDRESSED)
@given(data=PIECES)
def test_every_send(sockets, see, case, data):
    whole = b"".join(data)
    if case["by"] in ADDRESSED:
        ours, theirs = sockets.bound(), sockets.bound()
        count = sent(ours, case["by"], data, theirs.local_addr())
    else:
        ours, theirs = sockets.connected()
        count = sent(ours, case["by"], data, None)
    got = b""
    while len(got) < count:
        sockets.wait(theirs, "POLLIN")
        got += theirs.recv(2048)
    see(
        "other-count" if count != len(whole) else "same" if got == whole else "other-data",
        data=data,
        count=count,
    )


RECEIVING = rule(
    "contracts.transfer.every-receive",
    "Every function that receives answers the bytes that were sent, and from whom it can tell.",
    level=MUST,
    sources=[
        SOCKET2.recv_with_flags(1),
        SOCKET2.recv_from_with_flags(1),
        SOCKET2.recv_from_vectored(1),
        SOCKET2.recv_from_vectored_with_flags(1),
    ],
    behaviours={
        "same": CONFORMS,
        "other-data": "other bytes are answered",
        "other-sender": "another address is answered",
        "no-sender": "no address is answered",
    },
)

PLAIN = ("recv", "recv_with_flags", "recv_vectored", "recv_vectored_with_flags", "peek")
FROM = (
    "recv_from",
    "recv_from_with_flags",
    "recv_from_vectored",
    "recv_from_vectored_with_flags",
    "peek_from",
)


@RECEIVING.case(family=INET, type=DGRAM, by=PLAIN + FROM)
@given(data=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(1, 100), max_size=4))
def test_every_receive(sockets, see, case, data, cuts):
    ours, theirs = sockets.bound(), sockets.bound()
    theirs.send_to(data, ours.local_addr())
    got, address = received(ours, case["by"], [*cuts, 300])
    if got != data:
        see("other-data", data=data, got=got)
    elif case["by"] in FROM and address is None:
        see("no-sender", data=data)
    elif case["by"] in FROM and address != theirs.local_addr():
        see("other-sender", got=address)
    else:
        see("same")


STREAM_RECEIVING = rule(
    "contracts.transfer.every-receive-of-stream",
    "Every function that receives from a stream answers its bytes from the first on.",
    level=MUST,
    sources=[SOCKET2.recv_with_flags(1), SOCKET2.recv(1), SOCKET2.recv_vectored(1)],
    behaviours={"same": CONFORMS, "other-data": "other bytes are answered"},
)


@STREAM_RECEIVING.case(family=(*INET, UNIX), type=STREAM, by=PLAIN + FROM)
@given(data=st.binary(min_size=1, max_size=300), room=st.integers(1, 400))
def test_every_receive_of_stream(sockets, see, case, data, room):
    ours, theirs = sockets.connected()
    theirs.send(data)
    sockets.wait(ours, "POLLIN")
    got = received(ours, case["by"], [room])[0]
    see("same" if got == data[:room] else "other-data", data=data, room=room, got=got)


BIND = rule(
    "contracts.bind.address",
    "bind gives the socket the address: it is where others reach it.",
    level=MUST,
    sources=[SOCKET2.bind(1), SOCKET2.local_addr(1)],
    behaviours={"reached": CONFORMS, "other": "it has another address"},
)


@BIND.case(family=(*INET, UNIX), type=DGRAM)
def test_bind(sockets, see, case):
    wanted = sockets.loopback()
    sock, other = sockets.new(), sockets.bound()
    sock.bind(wanted)
    address = sock.local_addr()
    other.send_to(b"here", address)
    sockets.wait(sock, "POLLIN")
    kept = address == wanted if case["family"] == UNIX else address.host == wanted.host
    see("reached" if kept and sock.recv(8) == b"here" else "other", got=address)


THREADS = rule(
    "contracts.socket.threads",
    "A socket can be used by several threads at once: nothing of what they send is lost.",
    level=MUST,
    sources=[SOCKET2.page("Send, Sync")],
    behaviours={
        "all-arrived": CONFORMS,
        "lost": "some bytes are missing",
        "changed": "bytes arrive that nobody sent",
    },
)


@THREADS.case(family=(*INET, UNIX), type=STREAM)
def test_threads(sockets, see, case):
    ours, theirs = sockets.connected()
    each = 64 * 1024
    letters = (b"a", b"b", b"c", b"d")
    # Each call sends at most what the buffer takes: a thread sends until all of it is taken.
    working = {letter: sockets.start("send", ours, letter * each) for letter in letters}
    left = dict.fromkeys(letters, each)
    got = dict.fromkeys(letters, 0)
    strange, quiet, done = 0, 0, []
    while sum(got.values()) + strange < len(letters) * each and quiet < 100:
        # A send that took a part of its bytes may have ended since: never wait long.
        piece = theirs.recv(65536) if theirs.poll("POLLIN", 0.02) else b""
        quiet = 0 if piece else quiet + 1
        counts = {letter: piece.count(letter) for letter in letters}
        strange += len(piece) - sum(counts.values())
        for letter, count in counts.items():
            got[letter] += count
        for letter, pending in list(working.items()):
            if pending.finished:
                how = outcome(lambda pending=pending: done.append(pending.result()))
                if how != "succeeds":
                    see(how)
                    return
                left[letter] -= done.pop()
                del working[letter]
                if left[letter]:
                    working[letter] = sockets.start("send", ours, letter * left[letter])
    see("changed" if strange else "all-arrived" if set(got.values()) == {each} else "lost")


NOT_ADDRESSED = rule(
    "contracts.transfer.connected-address",
    "send_to on a connected stream goes to its peer, whatever the address, or is refused.",
    level=MUST,
    sources=[SOCKET2.send_to(1)],
    behaviours={
        "to-the-peer": CONFORMS,
        "EISCONN": CONFORMS,
        "lost": "it goes elsewhere",
    },
)


@NOT_ADDRESSED.case(family=V4, type=STREAM)
def test_connected_address(sockets, see, case):
    ours, theirs = sockets.connected()
    how = outcome(ours.send_to, b"x", Inet("127.0.0.1", 9))
    if how == "succeeds":
        how = "to-the-peer" if theirs.poll("POLLIN", 2.0) and theirs.recv(2) == b"x" else "lost"
    see(how)
