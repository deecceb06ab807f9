"""Order and message boundaries."""

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
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    V4,
    V6,
    outcome,
    rule,
)

ALL = (V4, V6, UNIX)
BOUNDARIES = POSIX.recv("DESCRIPTION", "message boundaries shall be ignored")
ENTIRE = POSIX.recv("DESCRIPTION", "the entire message shall be read in a single operation")
messages = st.lists(st.binary(max_size=300), min_size=1, max_size=12)

STREAM_ORDER = rule(
    "data.order.stream",
    "A stream delivers what was sent, in order, however it was cut by sends and receives.",
    level=MUST,
    sources=[BOUNDARIES, RFC(9293, "2.2", "reliable, in-order, byte-stream service")],
    behaviours={"same": CONFORMS, "altered": "other bytes or another order arrive"},
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
    "One receive returns what several sends put into a stream, once it has arrived.",
    level=MUST,
    sources=[BOUNDARIES],
    behaviours={"together": CONFORMS, "first-only": "returns the bytes of the first send"},
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
    see("together" if got == whole else "first-only", pieces=[len(each) for each in pieces])


SPLIT = rule(
    "data.order.stream-splits",
    "Receives of one byte each return the bytes of one send one after the other.",
    level=MUST,
    sources=[BOUNDARIES],
    behaviours={"each": CONFORMS, "altered": "other bytes arrive"},
)


@SPLIT.case(family=ALL)
@given(data=st.binary(min_size=1, max_size=40))
def test_splits(sockets, see, case, data):
    ours, theirs = sockets.connected()
    theirs.send(data)
    got = [ours.recv(1) for _ in data]
    see("each" if b"".join(got) == data else "altered", data=data)


BOTH_WAYS = rule(
    "data.order.both-ways",
    "The two directions of a connection do not disturb each other.",
    level=MUST,
    sources=[
        RFC(9293, "2.2", "Data flow is supported bidirectionally"),
        POSIX.chapter("2.10.6", "SOCK_STREAM"),
    ],
    behaviours={"apart": CONFORMS, "mixed": "other bytes arrive"},
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
        whole = b"".join(wanted[mine])
        if case["type"] == STREAM:
            got = sockets.received(reader, len(whole))
        else:
            got = b"".join(reader.recv(128) for _ in wanted[mine])
        apart = apart and got == whole
    see("apart" if apart else "mixed", turns=[(mine, len(data)) for mine, data in turns])


BEFORE_END = rule(
    "data.order.before-end",
    "Everything that was sent before a stream ended is received before the end is.",
    level=MUST,
    sources=[
        POSIX.recv("RETURN VALUE", "If no messages are available to be received and the peer"),
        RFC(9293, "3.6", "reliably deliver all buffers SENT before the connection was CLOSED"),
    ],
    behaviours={"all-then-end": CONFORMS, "lost": "the end comes first", "no-end": "no end"},
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
    if got != b"".join(pieces):
        how = "lost"
    see("no-end" if any(again) else how, pieces=[len(each) for each in pieces], got=len(got))


LARGE = rule(
    "data.order.large-transfer",
    "A megabyte sent while the peer reads arrives unchanged, in whatever portions it is taken.",
    level=MUST,
    sources=[RFC(9293, "2.2", "reliable, in-order, byte-stream service"), SOCKET2.send(1)],
    behaviours={"same": CONFORMS, "altered": "other bytes arrive", "short": "not all arrives"},
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
    sources=[ENTIRE, RFC(768, "Introduction")],
    behaviours={"one-each": CONFORMS, "joined-or-split": "returns something else"},
)


@DATAGRAMS.case(family=ALL, type=DGRAM)
@given(sent=messages.map(lambda each: each[:9]))
def test_datagrams(sockets, see, case, sent):
    # UDP promises no order, and so none is asked for; a Unix datagram queue holds ten.
    # Whether an empty one comes at all is a rule of its own.
    ours, theirs = sockets.connected()
    sent = [each or b"-" for each in sent]
    for each in sent:
        theirs.send(each)
    got = [ours.recv(400) for _ in sent]
    same = Counter(got) == Counter(sent)
    see("one-each" if same else "joined-or-split", sent=[len(each) for each in sent])


RECORDS = rule(
    "data.order.local-datagrams",
    "Datagrams and records between local sockets arrive in the order in which they were sent.",
    level=MUST,
    sources=[
        POSIX.chapter("2.10.6", "Socket Types, SOCK_SEQPACKET"),
        POSIX.chapter("2.10.17", "Use of Sockets for Local UNIX Connections"),
    ],
    behaviours={"in-order": CONFORMS, "altered": "others, or in another order"},
)


@RECORDS.case(family=UNIX, type=(DGRAM, SEQPACKET))
@given(sent=st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=9))
def test_records(sockets, see, case, sent):
    ours, theirs = sockets.connected()
    for each in sent:
        theirs.send(each)
    got = [ours.recv(400) for _ in sent]
    see("in-order" if got == sent else "altered", sent=[len(each) for each in sent])


SENDERS = rule(
    "data.order.senders",
    "Each datagram comes with the address of the socket that sent it.",
    level=MUST,
    sources=[POSIX.recvfrom("DESCRIPTION, address"), SOCKET2.recv_from(1)],
    behaviours={"sender": CONFORMS, "other": "another address", "none": "no address"},
)


@SENDERS.case(family=ALL, type=DGRAM)
@given(turns=st.lists(st.integers(0, 2), min_size=1, max_size=8))
def test_senders(sockets, see, case, turns):
    ours = sockets.bound()
    senders = [sockets.bound() for _ in range(3)]
    for turn in turns:
        senders[turn].send_to(bytes([turn]), ours.local_addr())
    wanted = {bytes([turn]): sender.local_addr() for turn, sender in enumerate(senders)}
    got = [ours.recv_from(4) for _ in turns]
    if any(sender is None for _, sender in got):
        see("none")
        return
    right = all(wanted[data] == sender for data, sender in got)
    see("sender" if right else "other", turns=turns)


SHORT_READ = rule(
    "data.order.returns-what-is-there",
    "A receive on a stream returns what has arrived and does not wait for the buffer to fill.",
    level=MUST,
    sources=[POSIX.recv("DESCRIPTION", "shall be returned to the user as soon as it becomes")],
    behaviours={"what-is-there": CONFORMS, "waits": "waits for more"},
)


@SHORT_READ.case(family=ALL, by=("recv", "recvfrom", "recvmsg"))
def test_returns_what_is_there(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    sockets.wait(ours, "POLLIN")
    room = [[4096]] if case["by"] == "recvmsg" else [4096]
    receive = sockets.start(case["by"], ours, *room)
    see("waits" if receive.is_blocked() else "what-is-there")


STREAM_SENDER = rule(
    "data.order.stream-sender",
    "A receive on a connected stream with room for an address does not fail for it.",
    level=MUST,
    sources=[POSIX.recvfrom("DESCRIPTION, address", "the value stored in the object")],
    behaviours={"none": CONFORMS, "peer": CONFORMS, "other": "an address that is no peer's"},
)


@STREAM_SENDER.case(family=INET)
def test_stream_sender(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"abc")
    _data, sender = ours.recv_from(16)
    see("none" if sender is None else "peer" if sender == ours.peer_addr() else "other")
