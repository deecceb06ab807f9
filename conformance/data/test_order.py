"""Order, message boundaries, and the address a message came from."""

from __future__ import annotations

import time
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sockspec.errors import NotReached
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    RFC,
    SERVER,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
BOUNDARIES = POSIX.recv("DESCRIPTION", "message boundaries shall be ignored")
ENTIRE = POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation")
SEQUENCED = POSIX.chapter(
    "2.10.6", "SOCK_STREAM", "reliable, sequenced, full-duplex octet streams"
)
MERGED = POSIX.chapter(
    "2.10.11", quote="the segments are logically merged into a single segment"
)
TCP = RFC(9293, "2.2", "reliable, in-order, byte-stream service")
ALTERED = "other bytes arrive, or in another order"
messages = st.lists(st.binary(max_size=300), min_size=1, max_size=12)

STREAM_ORDER = rule(
    "data.order.stream",
    "A stream delivers what was sent, in order, whatever the sizes of sends and receives.",
    level=MUST,
    sources=[SEQUENCED, BOUNDARIES, TCP],
    behaviours={"same": CONFORMS, "altered": ALTERED},
    aliases=["data.order.stream-splits"],
    renamed={"each": "same"},
)


@STREAM_ORDER.case(family=ALL)
@given(pieces=messages, sizes=st.lists(st.integers(1, 500), min_size=1, max_size=6))
def test_stream(sockets, see, case, pieces, sizes):
    ours, theirs = sockets.connected()
    for piece in pieces:
        theirs.send(piece)
    theirs.shutdown("SHUT_WR")
    got, turn = bytearray(), 0
    while more := ours.recv(sizes[turn % len(sizes)]):
        got += more
        turn += 1
    whole = b"".join(pieces)
    see("same" if got == whole else "altered", pieces=[len(each) for each in pieces])


COALESCED = rule(
    "data.order.stream-coalesces",
    "One receive returns the bytes of several sends on a stream once they have arrived.",
    level=MUST,
    sources=[BOUNDARIES, MERGED],
    behaviours={"together": CONFORMS, "first-only": "returns fewer", "altered": ALTERED},
    needs=["ioctl"],
)


@COALESCED.case(family=ALL)
@given(pieces=st.lists(st.binary(min_size=1, max_size=99), min_size=2, max_size=6))
def test_coalesces(sockets, see, case, pieces):
    ours, theirs = sockets.connected()
    if case["family"] != UNIX:
        # Otherwise small sends wait for acknowledgements, which are delayed.
        theirs.set_nodelay(True)
    for piece in pieces:
        theirs.send(piece)
    whole = b"".join(pieces)
    until = time.monotonic() + 2.0
    while ours.available() < len(whole):
        if time.monotonic() > until:
            raise NotReached("all bytes in the queue")
        sockets.wait(ours, "POLLIN")
    got = ours.recv(4096)
    how = "together" if got == whole else "first-only" if whole.startswith(got) else "altered"
    see(how, pieces=[len(each) for each in pieces])


BOTH_WAYS = rule(
    "data.order.both-ways",
    "The two directions of a connection do not disturb each other.",
    level=MUST,
    sources=[
        SEQUENCED,
        RFC(9293, "2.2", "Data flow is supported bidirectionally"),
        POSIX.chapter(
            "2.10.6", "SOCK_DGRAM", "only datagrams from that peer shall be received"
        ),
    ],
    behaviours={"apart": CONFORMS, "mixed": "other messages arrive than were sent"},
)


@BOTH_WAYS.case(family=ALL, type=(STREAM, DGRAM), examples=10)
@given(turns=st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=99)), max_size=9))
def test_both_ways(sockets, see, case, turns):
    ours, theirs = sockets.connected()
    if case["type"] == STREAM and case["family"] != UNIX:
        # Otherwise small sends wait for acknowledgements, which are delayed.
        ours.set_nodelay(True)
        theirs.set_nodelay(True)
    for mine, data in turns:
        (ours if mine else theirs).send(data)
    wanted = {mine: [data for who, data in turns if who is mine] for mine in (True, False)}
    apart = True
    for mine, reader in ((True, theirs), (False, ours)):
        if case["type"] == STREAM:
            whole = b"".join(wanted[mine])
            apart = apart and sockets.received(reader, len(whole)) == whole
        else:  # UDP promises no order
            got = Counter(reader.recv(128) for _ in wanted[mine])
            apart = apart and got == Counter(wanted[mine])
    see("apart" if apart else "mixed", turns=[(mine, len(data)) for mine, data in turns])


BEFORE_END = rule(
    "data.order.before-end",
    "A receive returns everything that was sent before the end of a stream, and then zero.",
    level=MUST,
    sources=[
        POSIX.recv("RETURN VALUE", "If no messages are available to be received and the peer"),
        SEQUENCED,
        RFC(9293, "3.6", "reliably deliver all buffers SENT before the connection was CLOSED"),
    ],
    behaviours={
        "all-then-end": CONFORMS,
        "lost": "the end comes before all bytes have",
        "altered": ALTERED,
        "no-end": "a receive after the end returns bytes again",
    },
)


@BEFORE_END.case(family=ALL, by=("shutdown", "close"))
@given(pieces=messages)
def test_before_end(sockets, see, case, pieces):
    ours, theirs = sockets.connected()
    for piece in pieces:
        theirs.send(piece)
    if case["by"] == "close":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    got = bytearray()
    while more := ours.recv(64):
        got += more
    again = []
    how = outcome(lambda: again.append(ours.recv(64)), ok="all-then-end")
    whole = b"".join(pieces)
    if got != whole:
        how = "lost" if whole.startswith(got) else "altered"
    see("no-end" if any(again) else how, pieces=[len(each) for each in pieces], got=len(got))


LARGE = rule(
    "data.order.large-transfer",
    "A megabyte that is sent while the peer receives arrives unchanged.",
    level=MUST,
    sources=[SEQUENCED, TCP],
    behaviours={"same": CONFORMS, "altered": ALTERED, "short": "not all of it arrives"},
)


@LARGE.case(family=ALL, examples=2)
@given(portion=st.integers(5_000, 90_000))
def test_large(sockets, see, case, portion):
    ours, theirs = sockets.connected()
    whole = bytes(place * place % 251 for place in range(1 << 16)) * 16
    theirs.set_nonblocking(True)
    got, sent = bytearray(), 0
    while len(got) < len(whole):
        if sent < len(whole) and theirs.poll("POLLOUT", 0):
            sent += theirs.send(whole[sent : sent + portion])
            if sent == len(whole):
                theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
        more = ours.recv(portion)
        got += more
        if not more:
            break
    how = "same" if got == whole else "altered" if len(got) == len(whole) else "short"
    see(how, portion=portion)


DATAGRAMS = rule(
    "data.order.datagram-boundaries",
    "Each receive returns exactly one of the datagrams that were sent.",
    level=MUST,
    sources=[
        ENTIRE,
        POSIX.chapter("2.10.6", "SOCK_DGRAM", "must be received in a single input operation"),
    ],
    behaviours={"one-each": CONFORMS, "joined-or-split": "returns something else"},
    # The order of local datagrams is asked in data.unix-datagram.reliable.
    aliases=["data.order.local-datagrams"],
    renamed={"in-order": "one-each", "altered": "joined-or-split"},
)


@DATAGRAMS.case(family=ALL, type=DGRAM)
@given(sent=messages.map(lambda each: each[:9]))
def test_datagrams(sockets, see, case, sent):
    # UDP promises no order, so none is asked for; a Unix datagram queue holds ten.
    # Whether an empty datagram arrives is a rule of its own.
    ours, theirs = sockets.connected()
    sent = [each or b"-" for each in sent]
    for each in sent:
        theirs.send(each)
    got = [ours.recv(400) for _ in sent]
    same = Counter(got) == Counter(sent)
    see("one-each" if same else "joined-or-split", sent=[len(each) for each in sent])


ADDRESSES = {"another-address": "it returns another address", "no-address": "it returns none"}
SENDERS = rule(
    "data.order.senders",
    "recvfrom() returns each datagram with the address of the socket that sent it.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.recvfrom(
            "DESCRIPTION", "the source address of the received message shall be stored"
        ),
        SOCKET2.recv_from(2, "the address from whence the data came"),
    ],
    behaviours={"sender": CONFORMS} | ADDRESSES,
    renamed={"other": "another-address", "none": "no-address"},
)


@SENDERS.case(family=ALL, type=DGRAM)
@given(turns=st.lists(st.integers(0, 2), min_size=1, max_size=8))
def test_senders(sockets, see, case, turns):
    if case["family"] == UNIX:
        sockets.allowed("net.unix.max_dgram_qlen", len(turns))
    ours = sockets.bound()
    senders = [sockets.bound() for _ in range(3)]
    for turn in turns:
        senders[turn].send_to(bytes([turn]), ours.local_addr())
    wanted = {bytes([turn]): sender.local_addr() for turn, sender in enumerate(senders)}
    got = [ours.recv_from(4) for _ in turns]
    if any(sender is None for _, sender in got):
        see("no-address")
        return
    right = all(wanted.get(data) == sender for data, sender in got)
    see("sender" if right else "another-address", turns=turns)


SHORT_READ = rule(
    "data.order.returns-what-is-there",
    "A receive on a stream returns what has arrived and does not wait for the buffer to fill.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "shall be returned to the user as soon as it becomes")],
    behaviours={"what-is-there": CONFORMS, "waits": "waits for more", "altered": ALTERED},
)


@SHORT_READ.case(family=ALL, by=("recv", "recvfrom", "recvmsg"))
def test_returns_what_is_there(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    room = [[4096]] if case["by"] == "recvmsg" else [4096]
    receive = sockets.start(case["by"], ours, *room)
    if receive.is_blocked():
        see("waits")
        return
    data = {"recvfrom": lambda got: got[0], "recvmsg": lambda got: b"".join(got.data)}
    bytes_of = data.get(case["by"], bytes)
    got = []
    how = outcome(lambda: got.append(bytes_of(receive.result())), ok="what-is-there")
    see("altered" if got and got != [b"abc"] else how)


STREAM_SENDER = rule(
    "data.order.stream-sender",
    "Whether recvfrom() on a connected stream returns the address of the peer is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recvfrom(
            "DESCRIPTION", "the value stored in the object pointed to by address is"
        ),
    ],
    behaviours={"peer": "it returns the address of the peer"} | ADDRESSES,
    renamed={"other": "another-address", "none": "no-address"},
)


@STREAM_SENDER.case(family=INET)
def test_stream_sender(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    senders = []
    how = outcome(lambda: senders.append(ours.recv_from(16)[1]))
    if senders == [None]:
        how = "no-address"
    elif senders:
        how = "peer" if senders == [ours.peer_addr()] else "another-address"
    see(how)
