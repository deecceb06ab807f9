"""Shutting down: in which states it succeeds, and what it does to either half."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import (
    ALONE,
    CLIENT,
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    MS,
    MUST,
    POSIX,
    RFC,
    SOCKET2,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, reached
from .traffic import ENDINGS, carries, delivered

HALVES = ("SHUT_RD", "SHUT_WR")
HOW = (*HALVES, "SHUT_RDWR")
SHUT = {"shut": "the call succeeds"}
WAITS = {"waits": "the call goes on waiting"}
ATTEMPTS = 5  # to have a send wait that has sent nothing

NOT_CONNECTED = POSIX.shutdown("ENOTCONN", "The socket is not connected")
NO_RECEIVE = POSIX.shutdown("SHUT_RD", "Disables further receive operations")
AT_ONCE = SOCKET2.shutdown(2, "to return immediately with an appropriate value")
ONE_HALF = SOCKET2.shutdown(1, "Shuts down the read, write, or both halves")

LONELY = rule(
    "state.shutdown.not-connected",
    "Shutting down a stream socket that was never connected fails with ENOTCONN.",
    level=MUST,
    sources=[NOT_CONNECTED],
    behaviours={"ENOTCONN": CONFORMS, **SHUT},
)


@LONELY.case(family=ANY, state=("fresh", "bound", "listening"), how=HOW)
def test_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).shutdown, case["how"], ok="shut"))


CONNECTING = rule(
    "state.shutdown.connecting",
    "Shutting down a socket whose connect is pending fails with ENOTCONN.",
    level=MUST,
    judges=CLIENT,
    sources=[NOT_CONNECTED],
    behaviours={"ENOTCONN": CONFORMS, **SHUT},
    needs=["full-backlog"],
)


@CONNECTING.case(family=INET, how=HOW)
def test_connecting(sockets, see, case):
    see(outcome(sockets.connecting().shutdown, case["how"], ok="shut"))


WITHOUT_PEER = rule(
    "state.shutdown.datagram-without-peer",
    "Shutting down a datagram socket without a peer fails with ENOTCONN.",
    level=MUST,
    sources=[
        NOT_CONNECTED,
        FREEBSD.shutdown(2, "IMPLEMENTATION NOTES", "Failure, as socket is not connected"),
    ],
    behaviours={"ENOTCONN": CONFORMS, **SHUT},
)


@WITHOUT_PEER.case(family=ANY, type=DGRAM, how=HALVES)
def test_datagram_without_peer(sockets, see, case):
    see(outcome(sockets.bound().shutdown, case["how"], ok="shut"))


AGAIN = rule(
    "state.shutdown.again",
    "Whether what is already shut down can be shut down again is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.shutdown("DESCRIPTION", "disables subsequent send and/or receive operations"),
        NOT_CONNECTED,
    ],
    behaviours=SHUT,
)


@AGAIN.case(family=ANY, how=HOW)
def test_again(sockets, see, case):
    sock, _theirs = sockets.connected()
    sock.shutdown(case["how"])
    see(outcome(sock.shutdown, case["how"], ok="shut"))


BAD_HOW = rule(
    "state.shutdown.bad-how",
    "Shutting down with an invalid how argument fails with EINVAL.",
    level=MUST,
    sources=[POSIX.shutdown("EINVAL", "The how argument is invalid")],
    behaviours={"EINVAL": CONFORMS, **SHUT},
)


@BAD_HOW.case(family=ANY, how=("-1", "3", "7"))
def test_bad_how(sockets, see, case):
    see(outcome(sockets.connected()[0].shutdown, int(case["how"]), ok="shut"))


PEER_ENDS = rule(
    "state.shutdown.peer-ends",
    "After SHUT_WR the peer receives all that was sent, and then the end of the stream.",
    level=MUST,
    sources=[
        POSIX.recv(
            "RETURN VALUE", "the peer has performed an orderly shutdown, recv() shall return 0"
        ),
        RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection"),
        ONE_HALF,
    ],
    behaviours={
        "data-then-end": CONFORMS,
        "end-too-soon": "the stream ends without the data",
        "no-end": "the stream does not end",
    },
)


@PEER_ENDS.case(family=ANY, how=("SHUT_WR", "SHUT_RDWR"))
def test_peer_ends(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"before the end")
    ours.shutdown(case["how"])
    got, how = delivered(theirs)
    if how == "end-of-stream":
        how = "data-then-end" if got == b"before the end" else "end-too-soon"
    see("no-end" if how == "stays-open" else how, got=got)


@PEER_ENDS.case(family=ANY, how="SHUT_WR", first=("peer", "own-reading"))
def test_peer_ends_first(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["first"] == "peer":
        theirs.shutdown("SHUT_WR")
        sockets.wait(ours, "POLLIN")
    else:
        ours.shutdown("SHUT_RD")
    ours.send(b"before the end")
    ours.shutdown("SHUT_WR")
    got, how = delivered(theirs)
    if how == "end-of-stream":
        how = "data-then-end" if got == b"before the end" else "end-too-soon"
    see("no-end" if how == "stays-open" else how, got=got)


OTHER_HALF = rule(
    "state.shutdown.other-half",
    "Shutting down one half of a connection leaves the other half working.",
    level=MUST,
    sources=[
        POSIX.shutdown("DESCRIPTION", "all or part of a full-duplex connection"),
        RFC(9293, "3.6.1", "the two directions of a TCP connection are closed independently"),
        ONE_HALF,
    ],
    behaviours={"works": CONFORMS, **ENDINGS},
    renamed={"ended": "end-of-stream"},
)


@OTHER_HALF.case(family=ANY, how=HALVES)
def test_other_half(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown(case["how"])
    see(carries(ours, theirs) if case["how"] == "SHUT_RD" else carries(theirs, ours))


RECEIVE_ENDS = rule(
    "state.shutdown.receive-ends",
    "After SHUT_RD a receive with nothing queued returns 0 at once.",
    level=MUST,
    sources=[AT_ONCE, NO_RECEIVE],
    behaviours={"end-of-stream": CONFORMS},
    renamed={"end": "end-of-stream"},
)


@RECEIVE_ENDS.case(family=ANY)
def test_receive_ends(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    ours.set_nonblocking(True)
    see(outcome(ours.recv, 1, ok="end-of-stream"))


QUEUED = rule(
    "state.shutdown.queued-before",
    "Data that was queued before SHUT_RD is not received after it.",
    level=MUST,
    sources=[
        NO_RECEIVE,
        POSIX.shutdown("DESCRIPTION", "disables subsequent send and/or receive operations"),
        MS.shutdown("Remarks", "the connection is reset, since the data cannot be delivered"),
    ],
    behaviours={
        "discarded": "recv() returns 0",
        "ESHUTDOWN": CONFORMS,
        "received": "recv() returns the data",
        "altered": "recv() returns other data",
    },
    conforming=["discarded"],
)


def after_shut(sock, sent):
    """What a receive makes of data that was sent: `discarded`, `received`, or its error."""
    sock.set_nonblocking(True)
    got = []
    how = outcome(lambda: got.append(sock.recv(16)), ok="discarded")
    return how if got in ([], [b""]) else "received" if got == [sent] else "altered"


@QUEUED.case(family=ANY)
def test_queued(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"queued")
    sockets.wait(ours, "POLLIN")
    ours.shutdown("SHUT_RD")
    see(after_shut(ours, b"queued"))


LATER = rule(
    "state.shutdown.data-later",
    "Data that arrives after SHUT_RD is not received.",
    level=MUST,
    sources=[
        NO_RECEIVE,
        AT_ONCE,
        MS.shutdown("Remarks", "or data arrives subsequently, the connection is reset"),
    ],
    behaviours={
        "discarded": "recv() returns 0",
        "reset": "the connection is reset",
        "refused": "the peer cannot send",
        "ESHUTDOWN": CONFORMS,
        "received": "recv() returns the data",
        "altered": "recv() returns other data",
    },
    conforming=["discarded", "reset", "refused"],
    aliases=["contracts.shutdown.future"],
    renamed={"end": "discarded", "end-of-stream": "discarded", "late-data": "received"},
)


@LATER.case(family=ANY)
def test_later(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    if outcome(theirs.send, b"later") != "succeeds":
        see("refused")
        return
    # A reset may take its time; that none comes shows in nothing else.
    if theirs.poll("POLLERR", 0.2):
        see("reset")
        return
    see(after_shut(ours, b"later"))


WAKES_RECEIVE = rule(
    "state.shutdown.wakes-receive",
    "Shutting down for reading makes a pending receive return 0.",
    level=MUST,
    sources=[SOCKET2.shutdown(2, "will cause all pending and future I/O")],
    behaviours={"end-of-stream": CONFORMS, **WAITS},
    aliases=["contracts.shutdown.pending"],
    renamed={"end": "end-of-stream", "woken": "end-of-stream", "blocked": "waits"},
)


@WAKES_RECEIVE.case(family=ANY, how=("SHUT_RD", "SHUT_RDWR"))
def test_wakes_receive(sockets, see, case):
    ours, theirs = sockets.connected()
    pending = sockets.start("recv", ours, 1)
    if not pending.is_blocked():
        raise NotReached("a receive that waits")
    how = outcome(ours.shutdown, case["how"])
    if how != "succeeds":
        see(how)
    elif pending.wait(2.0):
        see(outcome(pending.result, ok="end-of-stream"))
    else:
        theirs.close()
        see("waits")


LISTENER = rule(
    "state.shutdown.listener",
    "Whether shutting down a listener for reading ends a pending accept is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[NOT_CONNECTED, ONE_HALF],
    behaviours=WAITS,
)


@LISTENER.case(family=ANY)
def test_listener(sockets, see, case):
    listener = sockets.listener()
    address = listener.local_addr()
    pending = sockets.start("accept", listener)
    if not pending.is_blocked():
        raise NotReached("an accept that waits")
    how = outcome(listener.shutdown, "SHUT_RD")
    if how != "succeeds" or not pending.wait(2.0):
        # Let it end before the example does, where the listener still takes a connection.
        if outcome(sockets.new().connect, address) == "succeeds":
            sockets.backend.close(pending.result()[0])
        see("waits" if how == "succeeds" else how)
        return
    see(outcome(pending.result))


CLONES = rule(
    "state.shutdown.clones",
    "Shutting down one clone of a socket for writing shuts down all of them.",
    level=MUST,
    sources=[
        POSIX.shutdown("DESCRIPTION", "connection on the socket associated with the file"),
        POSIX.send("EPIPE", "The socket is shut down for writing"),
        SOCKET2.try_clone(1, "a new independently owned handle to the underlying socket"),
    ],
    behaviours={"EPIPE": CONFORMS, "sent": "the other clone still sends"},
)


@CLONES.case(family=ANY)
def test_clones(sockets, see, case):
    ours, _theirs = sockets.connected()
    clone = sockets.keep(ours.try_clone())
    ours.shutdown("SHUT_WR")
    see(outcome(clone.send, b"x", ok="sent"))


REACHED_LISTENER = rule(
    "state.shutdown.listener-reached",
    "Whether a listener that was shut down is still reached is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_CONNECTED],
    behaviours={"reached": "connect() succeeds"},
)


@REACHED_LISTENER.case(family=ANY, how=HOW, then=("nothing", "listens-again"))
def test_listener_reached(sockets, see, case):
    listener = sockets.listener()
    # With a port of its own: to be given the one that the listener may lose, and to connect to
    # itself, would be another matter.
    client = sockets.bound()
    outcome(listener.shutdown, case["how"])
    if case["then"] == "listens-again":
        outcome(listener.listen, 4)
    see(outcome(client.connect, listener.local_addr(), ok="reached"))


WAKES_DATAGRAM = rule(
    "state.shutdown.wakes-datagram",
    "Whether shutting down a datagram socket ends a receive that waits is unspecified.",
    level=UNSPECIFIED,
    sources=[NO_RECEIVE, NOT_CONNECTED],
    behaviours={"end-of-stream": ENDINGS["end-of-stream"], **WAITS},
)


@WAKES_DATAGRAM.case(family=ANY, type=DGRAM, peer=("some", "nobody"), how="SHUT_RD")
def test_wakes_datagram(sockets, see, case):
    ours = sockets.connected()[0] if case["peer"] == "some" else sockets.bound()
    pending = sockets.start("recv", ours, 1)
    if not pending.is_blocked():
        raise NotReached("a receive that waits")
    outcome(ours.shutdown, case["how"])
    see(outcome(pending.result, ok="end-of-stream") if pending.wait(0.3) else "waits")


WAKES_SEND = rule(
    "state.shutdown.wakes-send",
    "Shutting down for writing makes a send that waits for room fail with EPIPE.",
    level=MUST,
    sources=[AT_ONCE, POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "some-sent": "it returns how many it has sent", **WAITS},
)


@WAKES_SEND.case(family=INET, how=("SHUT_WR", "SHUT_RDWR"))
def test_wakes_send(sockets, see, case):
    # A probe of the closed window (RFC 9293, 3.8.6.1) can find room that was not there: a send
    # that has sent some by then may tell so, and another connection is tried, a few times.
    for _ in range(ATTEMPTS):
        behaviour, sent = _woken(sockets, case["how"])
        if not sent:
            break
    see(behaviour)


def _woken(sockets, how):
    ours, _theirs = sockets.connected()
    sockets.fill(ours)
    ours.set_nonblocking(False)
    pending = sockets.start("send", ours, bytes(1 << 20), sockets.number("MSG_NOSIGNAL"))
    if not pending.is_blocked():
        raise NotReached("a send that waits")
    ours.shutdown(how)
    if not pending.wait(2.0):
        return "waits", 0
    sent = []
    behaviour = outcome(lambda: sent.append(pending.result()), ok="some-sent")
    return behaviour, sum(sent)


CONNECTING_ERROR = rule(
    "state.shutdown.connecting-error",
    "Whether shutting down a socket whose connect is pending leaves an error is unspecified.",
    level=UNSPECIFIED,
    sources=[NOT_CONNECTED],
    behaviours={
        "no-error": "SO_ERROR has none",
        "pending-econnreset": "SO_ERROR is ECONNRESET",
        "pending-another": "SO_ERROR is another error",
    },
)


@CONNECTING_ERROR.case(family=INET, how=HOW)
def test_connecting_error(sockets, see, case):
    sock = sockets.connecting()
    outcome(sock.shutdown, case["how"])
    error = sock.take_error()
    reset = error is not None and error.symbol == "ECONNRESET"
    see("no-error" if error is None else "pending-econnreset" if reset else "pending-another")


PEER_READS_NOT = rule(
    "state.shutdown.peer-reads-not",
    "Whether a send to what was shut down for reading fails is unspecified.",
    level=UNSPECIFIED,
    sources=[NO_RECEIVE, POSIX.send("EPIPE", "the socket is connection-mode and is no longer")],
    behaviours={"send-succeeds": "the send succeeds"},
)


@PEER_READS_NOT.case(family=ANY)
def test_peer_reads_not(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    see(outcome(theirs.send_with_flags, b"x", "MSG_NOSIGNAL", ok="send-succeeds"))
