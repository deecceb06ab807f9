"""Closing: what the peer sees of it, the other clones, and a call that waits."""

from __future__ import annotations

from sockspec.errors import NotReached
from sockspec.spec import (
    CONFORMS,
    INET,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    RFC,
    SEQPACKET,
    SERVER,
    SHOULD,
    SOCKET2,
    STREAM,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY
from .traffic import ENDINGS, carries, delivered

END = {"end-of-stream": ENDINGS["end-of-stream"]}
RESET_SHOWS_LOSS = RFC(9293, "3.6.1", "SHOULD send a RST to show that data was lost")
DESTROYED = POSIX.close("DESCRIPTION", "close() shall cause the socket to be destroyed")
WORKS = {"works": CONFORMS, **ENDINGS}


def close_with_unread(sockets, ours, theirs):
    """Close a socket that has not read what its peer has sent."""
    theirs.send(b"never read")
    sockets.wait(ours, "POLLIN")
    ours.close()
    if sockets.family != UNIX:  # there the peer knows when close() returns
        sockets.wait(theirs, ("POLLHUP", "POLLRDHUP", "POLLERR"))


ORDERLY = rule(
    "state.close.peer-ends",
    "After a close the peer receives all that was sent, and then the end of the stream.",
    level=MUST,
    sources=[
        RFC(9293, "3.6", "will reliably deliver all buffers SENT before the connection"),
        POSIX.recv(
            "RETURN VALUE", "the peer has performed an orderly shutdown, recv() shall return 0"
        ),
        SOCKET2.page("Trait Implementations", "impl Drop for Socket"),
    ],
    behaviours={
        "data-then-end": CONFORMS,
        "lost": "the stream ends without the data",
        "stays-open": ENDINGS["stays-open"],
    },
    aliases=["contracts.socket.dropped", "contracts.drop.closes"],
    renamed={"ended": "data-then-end", "open": "stays-open"},
)


@ORDERLY.case(family=ANY)
def test_orderly(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"last words")
    ours.close()
    got, how = delivered(theirs)
    if how == "end-of-stream":
        how = "data-then-end" if got == b"last words" else "lost"
    see(how, got=got)


UNREAD = rule(
    "state.close.unread-data",
    "Closing a TCP socket with unread data resets the connection.",
    level=SHOULD,
    sources=[RESET_SHOWS_LOSS, RFC(2525, "2.17", "Failure to RST on close with data pending")],
    behaviours={"ECONNRESET": CONFORMS, **ENDINGS},
    renamed={"end": "end-of-stream"},
)

UNREAD_UNIX = rule(
    "state.close.unread-data-unix",
    "Whether closing a unix stream with unread data resets the connection is unspecified.",
    level=UNSPECIFIED,
    sources=[DESTROYED, POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours=ENDINGS,
    renamed={"end": "end-of-stream"},
    split_from=["state.close.unread-data"],
)


@UNREAD.case(family=INET)
@UNREAD_UNIX.case(family=UNIX)
def test_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    close_with_unread(sockets, ours, theirs)
    see(delivered(theirs)[1])


SENT_BEFORE = rule(
    "state.close.sent-before-reset",
    "Whether data that arrived before a reset is still received is unspecified.",
    level=UNSPECIFIED,
    sources=[
        RFC(9293, "3.10.7.4", "All segment queues should be flushed"),
        RESET_SHOWS_LOSS,
    ],
    behaviours={
        "data-then-reset": "the data is received, then the reset is reported",
        "reset": "the reset is reported, and the data is lost",
        "data-then-end": "the data is received, and the reset is never reported",
        "lost": "the stream ends without the data",
    },
)


@SENT_BEFORE.case(family=ANY)
def test_sent_before(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"queued")
    sockets.wait(theirs, "POLLIN")
    close_with_unread(sockets, ours, theirs)
    got, how = delivered(theirs)
    names = {
        (True, "ECONNRESET"): "data-then-reset",
        (False, "ECONNRESET"): "reset",
        (True, "end-of-stream"): "data-then-end",
        (False, "end-of-stream"): "lost",
    }
    see(names.get((got == b"queued", how), how), got=got)


RESET_ONCE = rule(
    "state.close.reset-reported-once",
    "Whether a second receive reports a reset again is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer"),
        POSIX.chapter("2.10.10", quote="the pending error is then cleared"),
    ],
    behaviours=END,
    needs=["reset"],
    aliases=["state.close.reset-told-once"],
    renamed={"end": "end-of-stream"},
)


@RESET_ONCE.case(family=INET)
def test_reset_once(sockets, see, case):
    sock = sockets.reset()
    outcome(sock.recv, 1)
    see(outcome(sock.recv, 1, ok="end-of-stream"))


FIRST_SEND = rule(
    "state.close.first-send",
    "The first send after a TCP peer has closed succeeds.",
    level=MUST,
    sources=[
        RFC(9293, "3.6.1", "is permitted to continue sending data in the open direction"),
        RFC(
            9293,
            "3.10.2",
            "Segmentize the buffer and send it with a piggybacked",
        ),
    ],
    behaviours={"succeeds": CONFORMS},
)


@FIRST_SEND.case(family=INET)
def test_first_send(sockets, see, case):
    see(outcome(sockets.at_eof().send, b"first"))


SENDING_ON = rule(
    "state.close.sending-on",
    "After a TCP peer has closed, the send after the first fails with EPIPE or ECONNRESET.",
    level=SHOULD,
    sources=[
        RESET_SHOWS_LOSS,
        POSIX.send("EPIPE", "the socket is connection-mode and is no longer connected"),
        POSIX.send("ECONNRESET", "A connection was forcibly closed by a peer"),
    ],
    behaviours={
        "EPIPE": CONFORMS,
        "ECONNRESET": CONFORMS,
        "second-accepted": "the peer has not reset the connection, and the send succeeds",
    },
    renamed={"taken": "second-accepted"},
)


@SENDING_ON.case(family=INET)
def test_sending_on(sockets, see, case):
    sock = sockets.at_eof()
    sock.send(b"first")
    sock.poll("POLLHUP", 2.0)  # the peer's reset, where there is one
    see(outcome(sock.send, b"second", ok="second-accepted"))


SENDING_ON_UNIX = rule(
    "state.close.sending-on-unix",
    "A send on a unix stream whose peer has closed fails with EPIPE.",
    level=MUST,
    sources=[
        POSIX.send("EPIPE", "the socket is connection-mode and is no longer connected"),
        MAN.unix(7, "EPIPE", "Remote socket was closed on a stream socket"),
    ],
    behaviours={"EPIPE": CONFORMS, "sent": "the send succeeds"},
    aliases=["state.close.sending-on-local"],
)


@SENDING_ON_UNIX.case(family=UNIX)
def test_sending_on_unix(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    see(outcome(ours.send, b"x", ok="sent"))


CLONE_STAYS = rule(
    "state.close.clone-stays",
    "Closing one clone of a socket leaves the connection open for the others.",
    level=MUST,
    sources=[
        POSIX.close("DESCRIPTION", "When all file descriptors associated with an open file"),
        SOCKET2.try_clone(1, "a new independently owned handle to the underlying socket"),
    ],
    behaviours=WORKS,
    renamed={"ended": "end-of-stream"},
)


@CLONE_STAYS.case(family=ANY)
def test_clone_stays(sockets, see, case):
    ours, theirs = sockets.connected()
    clone = sockets.keep(ours.try_clone())
    ours.close()
    see(carries(clone, theirs))


NEVER_ACCEPTED = rule(
    "state.close.listener-with-queue",
    "Whether closing a listener resets the connections waiting to be accepted is unspecified.",
    level=UNSPECIFIED,
    judges=SERVER,
    sources=[
        POSIX.chapter(
            "2.10.13", "Connection Indication Queue", "connections that are awaiting acceptance"
        ),
        DESTROYED,
    ],
    behaviours=ENDINGS,
    renamed={"end": "end-of-stream", "nothing": "stays-open"},
)


@NEVER_ACCEPTED.case(family=INET)
def test_never_accepted(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    listener.close()
    see(delivered(client)[1])


ACCEPTED_STAY = rule(
    "state.close.accepted-stay",
    "Closing a listener leaves the connections open that it has accepted.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "create a new socket with the same socket type"),
        DESTROYED,
    ],
    behaviours=WORKS,
    renamed={"ended": "end-of-stream"},
)


@ACCEPTED_STAY.case(family=ANY)
def test_accepted_stay(sockets, see, case):
    listener = sockets.listener()
    client, accepted = sockets.client_of(listener)
    listener.close()
    see(carries(client, accepted))


WAITING = rule(
    "state.close.one-waits",
    "Whether closing a socket ends another thread's receive on it is unspecified.",
    level=UNSPECIFIED,
    sources=[
        POSIX.close("DESCRIPTION", "Whether any I/O operation is canceled"),
        MAN.close(2, "NOTES", "The behavior in this situation varies across systems"),
    ],
    behaviours={"waits": "the receive goes on waiting", **END},
    renamed={"end": "end-of-stream"},
)


@WAITING.case(family=ANY)
def test_one_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    pending = sockets.start("recv", ours, 1)
    if not pending.is_blocked():
        raise NotReached("a receive that waits")
    how = outcome(ours.close)
    if how != "succeeds":
        see(how)
        return
    waits = not pending.wait(0.2)
    theirs.close()
    see("waits" if waits else outcome(pending.result, ok="end-of-stream"))


LATE_RESET = {
    "end-of-stream": "recv() returns 0",
    "no-error": "SO_ERROR has none",
    **{f"pending-{name.lower()}": f"SO_ERROR is {name}" for name in ("EPIPE", "ECONNRESET")},
}
AFTER_LATE_RESET = rule(
    "state.close.reset-after-end",
    "Whether a reset that comes after the peer's end is reported is unspecified.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/ipv4/tcp_input.c", "tcp_reset", "case TCP_CLOSE_WAIT:")],
    behaviours=LATE_RESET,
)


@AFTER_LATE_RESET.case(family=INET, by=("get-error", "recv"))
def test_reset_after_end(sockets, see, case):
    sock = sockets.at_eof()
    sock.send(b"first")
    sock.poll("POLLHUP", 2.0)  # the reset that answers it
    if case["by"] == "recv":
        see(outcome(sock.recv, 1, ok="end-of-stream"))
        return
    error = sock.take_error()
    see(f"pending-{error.symbol.lower()}" if error else "no-error")


UNREAD_ONCE = rule(
    "state.close.unread-unix-again",
    "Whether a second receive fails after a peer closed with data unread is unspecified.",
    level=UNSPECIFIED,
    sources=[KERNEL("net/unix/af_unix.c", "unix_release_sock", "skpair->sk_err = ECONNRESET")],
    behaviours=END,
)


@UNREAD_ONCE.case(family=UNIX, type=(STREAM, SEQPACKET))
def test_unread_again(sockets, see, case):
    ours, theirs = sockets.connected()
    close_with_unread(sockets, ours, theirs)
    outcome(theirs.recv, 1)
    see(outcome(theirs.recv, 1, ok="end-of-stream"))
