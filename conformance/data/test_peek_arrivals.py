"""Peeks between receives that empty the queue, over several arrivals."""

from __future__ import annotations

from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MUST,
    POSIX,
    SEQPACKET,
    SOCKET2,
    STREAM,
    UNIX,
    outcome,
    rule,
)

PEEK = POSIX.recv("MSG_PEEK", "The data is treated as unread")

EMPTIED = rule(
    "data.peek-arrivals.emptied",
    "A non-blocking peek after a receive that emptied the queue fails with EAGAIN.",
    level=MUST,
    sources=[
        POSIX.recv("EAGAIN or EWOULDBLOCK", "is marked O_NONBLOCK and no data is waiting")
    ],
    behaviours={
        "EAGAIN": CONFORMS,
        "old-data": "the peek returns what was received before",
        "end-of-stream": "the peek returns no bytes",
        "misread": "a receive returned something else than what was sent",
    },
)

NEXT = rule(
    "data.peek-arrivals.next",
    "After a receive that emptied the queue a peek returns what arrives next and nothing else.",
    level=MUST,
    sources=[PEEK],
    behaviours={
        "next": CONFORMS,
        "something-else": "the peek returns other bytes",
        "misread": "a receive returned something else than what was sent",
    },
)

ROUNDS = (b"first", b"second one", b"3")


@EMPTIED.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
@EMPTIED.case(family=UNIX, type=SEQPACKET)
def test_emptied(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.set_nonblocking(True)
    for data in ROUNDS:
        theirs.send(data)
        sockets.wait(ours, "POLLIN")
        if ours.peek(32) != data or ours.recv(32) != data:
            see("misread")
            return
        got = []
        how = outcome(lambda got=got: got.append(ours.peek(32)))
        if how != "EAGAIN":
            see(how if how != "succeeds" else "old-data" if got[0] else "end-of-stream")
            return
    see("EAGAIN")


@NEXT.case(family=(*INET, UNIX), type=(STREAM, DGRAM))
@NEXT.case(family=UNIX, type=SEQPACKET)
def test_next(sockets, see, case):
    ours, theirs = sockets.connected()
    for data in ROUNDS:
        theirs.send(data)
        sockets.wait(ours, "POLLIN")
        for size in (1, 32):
            if ours.peek(size) != data[:size]:
                see("something-else", sent=data)
                return
        if ours.recv(32) != data:
            see("misread", sent=data)
            return
    see("next")


SENDER_AGAIN = rule(
    "data.peek-arrivals.sender-again",
    "Peeks that return the sender return the same bytes and sender each time.",
    level=MUST,
    judges=ALONE,
    sources=[SOCKET2.peek_from(2, "Successive calls return the same data")],
    behaviours={"same-again": CONFORMS, "differs": "another peek returns something else"},
)


@SENDER_AGAIN.case(family=(*INET, UNIX), type=DGRAM)
def test_sender_again(sockets, see, case):
    ours, first, second = sockets.bound(), sockets.bound(), sockets.bound()
    for sender in (first, second):
        sender.send_to(b"data", ours.local_addr())
    sockets.wait(ours, "POLLIN")
    got = {ours.peek_from(16) for _ in range(3)}
    see("same-again" if len(got) == 1 else "differs", got=len(got))


VECTORED_SENDER = rule(
    "data.peek-arrivals.vectored-sender",
    "A vectored peek that returns the sender leaves the datagram for the next receive.",
    level=MUST,
    judges=ALONE,
    sources=[
        SOCKET2.recv_from_vectored_with_flags(1, "allows for specification of arbitrary flags"),
        PEEK,
    ],
    behaviours={"still-queued": CONFORMS, "taken-off": "the next receive returns another"},
)


@VECTORED_SENDER.case(family=(*INET, UNIX), type=DGRAM)
def test_vectored_sender(sockets, see, case):
    ours, sender = sockets.bound(), sockets.bound()
    for data in (b"first", b"second"):
        sender.send_to(data, ours.local_addr())
    sockets.wait(ours, "POLLIN")
    ours.recv_from_vectored_with_flags([2, 14], "MSG_PEEK")
    see("still-queued" if ours.recv(16) == b"first" else "taken-off")
