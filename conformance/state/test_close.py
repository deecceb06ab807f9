"""Closing: what the peer, the other clones and whoever waits learn of it."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    INET,
    KERNEL,
    MAN,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, fill_queue


def stream_of(sock):
    """All that a socket receives, and how it ends: `end`, or the error."""
    got = b""
    while True:
        try:
            piece = sock.recv(64)
        except OSError as error:
            return got, getattr(error, "symbol", "other")
        if not piece:
            return got, "end"
        got += piece


ORDERLY = rule(
    "state.close.peer-ends",
    "When everything was read, closing ends the stream for the peer, in order.",
    level=MUST,
    sources=[RFC(9293, "3.6"), POSIX.close("DESCRIPTION")],
    behaviours={
        "data-then-end": CONFORMS,
        "ECONNRESET": "the connection is reset",
        "lost": "the end comes without the data",
    },
)


@ORDERLY.case(family=ANY)
def test_orderly(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"last words")
    ours.close()
    got, how = stream_of(theirs)
    see(("data-then-end" if got == b"last words" else "lost") if how == "end" else how, got=got)


UNREAD = rule(
    "state.close.unread-data",
    "Closing a stream with unread data resets the connection: the peer learns of the loss.",
    level=SHOULD,
    sources=[RFC(9293, "3.6.1"), RFC(2525, "2.17")],
    behaviours={"ECONNRESET": CONFORMS, "end": "the peer sees an orderly end"},
)


@UNREAD.case(family=ANY)
def test_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"never read")
    sockets.wait(ours, "POLLIN")
    ours.close()
    if case["family"] != UNIX:  # there it is told at once, and not by every poll()
        sockets.wait(theirs, ("POLLHUP", "POLLRDHUP", "POLLERR"))
    see(stream_of(theirs)[1])


SENT_BEFORE = rule(
    "state.close.sent-before-reset",
    "Whether data that was queued for the peer before a reset is still received.",
    level=UNSPECIFIED,
    sources=[RFC(9293, "3.10.7.4"), RFC(9293, "3.6.1")],
    behaviours={
        "data-then-reset": "it is, and then the reset",
        "reset": "the reset takes it away",
        "data-then-end": "it is, and the reset is not told",
    },
)


@SENT_BEFORE.case(family=ANY)
def test_sent_before(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"queued")
    theirs.send(b"never read")
    for sock in (ours, theirs):
        sockets.wait(sock, "POLLIN")
    ours.close()
    if case["family"] != UNIX:  # there it is told at once, and not by every poll()
        sockets.wait(theirs, ("POLLHUP", "POLLRDHUP", "POLLERR"))
    got, how = stream_of(theirs)
    end = "reset" if how == "ECONNRESET" else how
    see(f"data-then-{end}" if got else end)


RESET_ONCE = rule(
    "state.close.reset-told-once",
    "Whether a reset is told once, and the stream has ended after that.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("ECONNRESET"), KERNEL("net/ipv4/tcp.c", "tcp_recvmsg_locked")],
    behaviours={
        "end": "after the error comes the end",
        "ECONNRESET": "the error is told again",
    },
    needs=["reset"],
)


@RESET_ONCE.case(family=INET)
def test_reset_once(sockets, see, case):
    sock = sockets.reset()
    outcome(sock.recv, 1)
    see(outcome(sock.recv, 1, ok="end"))


SEND_TO_CLOSED = rule(
    "state.close.sending-on",
    "The first send after the peer has closed is taken; one after its reset is refused.",
    level=MUST,
    sources=[RFC(9293, "3.6.1"), POSIX.send("EPIPE"), POSIX.send("ECONNRESET")],
    behaviours={
        "EPIPE": CONFORMS,
        "ECONNRESET": CONFORMS,
        "refused": "the first is refused already",
        "taken": "the second is taken as well",
    },
)


@SEND_TO_CLOSED.case(family=INET)
def test_sending_on(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    sockets.wait(ours, "POLLIN")
    if outcome(ours.send, b"first") != "succeeds":
        see("refused")
        return
    ours.poll("POLLHUP", 2.0)  # for the reset, where there is one
    see(outcome(ours.send, b"second", ok="taken"))


SEND_TO_CLOSED_UNIX = rule(
    "state.close.sending-on-local",
    "A send on a unix stream whose peer has closed is refused.",
    level=MUST,
    sources=[POSIX.send("EPIPE"), MAN.unix(7, "ERRORS", "EPIPE")],
    behaviours={"EPIPE": CONFORMS, "ECONNRESET": "it is told as reset", "sent": "it is taken"},
)


@SEND_TO_CLOSED_UNIX.case(family="unix")
def test_sending_on_unix(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.close()
    see(outcome(ours.send, b"x", ok="sent"))


CLONE_STAYS = rule(
    "state.close.clone-stays",
    "Closing one clone of a socket leaves the connection to the others.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION"), SOCKET2.try_clone(1)],
    behaviours={"works": CONFORMS, "ended": "the connection ends with it"},
)


@CLONE_STAYS.case(family=ANY)
def test_clone_stays(sockets, see, case):
    ours, theirs = sockets.connected()
    other = sockets.keep(ours.try_clone())
    ours.close()
    if outcome(other.send, b"on") != "succeeds":
        see("ended")
        return
    sockets.wait(theirs, "POLLIN")
    see("works" if theirs.recv(4) == b"on" else "ended")


LISTENER = rule(
    "state.close.listener-with-queue",
    "What a client learns whose connection was never accepted when the listener closes.",
    level=SHOULD,
    sources=[RFC(9293, "3.10.4"), POSIX.close("DESCRIPTION")],
    behaviours={
        "ECONNRESET": CONFORMS,
        "end": "an orderly end",
        "nothing": "nothing, for as long as we looked",
    },
)


@LISTENER.case(family=ANY)
def test_listener(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    if case["family"] != "unix":
        sockets.wait(listener, "POLLIN")
    listener.close()
    ended = client.poll(("POLLIN", "POLLHUP"), 2.0)
    see(stream_of(client)[1] if ended else "nothing")


LISTENER_WAITING = rule(
    "state.close.accepted-stay",
    "Closing a listener leaves the connections that it accepted.",
    level=MUST,
    sources=[POSIX.close("DESCRIPTION"), RFC(9293, "3.9.1.4")],
    behaviours={"works": CONFORMS, "ended": "they end with it"},
)


@LISTENER_WAITING.case(family=ANY)
def test_accepted_stay(sockets, see, case):
    listener = sockets.listener()
    client, accepted = sockets.client_of(listener)
    listener.close()
    how = outcome(client.send, b"on")
    if how == "succeeds":
        sockets.wait(accepted, "POLLIN")
        how = "works" if accepted.recv(4) == b"on" else "ended"
    see(how)


PENDING_CONNECT = rule(
    "state.close.queue-refused",
    "What a connect that waits for room in the queue learns when the listener closes.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("ECONNREFUSED"), MAN.unix(7, "ERRORS", "ECONNREFUSED")],
    behaviours={
        "ECONNREFUSED": "it is refused",
        "ECONNRESET": "it is reset",
        "waits": "it goes on waiting",
    },
)


@PENDING_CONNECT.case(family="unix")
def test_queue_refused(sockets, see, case):
    listener = sockets.listener(0)
    address = listener.local_addr()
    fill_queue(sockets, listener)
    pending = sockets.start("connect", sockets.new(), address)
    pending.is_blocked()
    listener.close()
    see(outcome(pending.result, ok="connected") if pending.wait(2.0) else "waits")


WAITING = rule(
    "state.close.one-waits",
    "What closing a socket does to a receive of another thread that waits on it.",
    level=UNSPECIFIED,
    sources=[MAN.close(2, "NOTES"), POSIX.close("DESCRIPTION")],
    behaviours={
        "waits": "it goes on waiting, on a socket that nobody else can reach",
        "EBADF": "it is told that the descriptor is gone",
        "ECONNABORTED": "it is aborted",
        "EINTR": "it is interrupted",
        "end": "it returns the end",
    },
)


@WAITING.case(family=ANY)
def test_one_waits(sockets, see, case):
    ours, theirs = sockets.connected()
    pending = sockets.start("recv", ours, 1)
    pending.is_blocked()
    how = outcome(ours.close)
    if how != "succeeds":
        see(how)
        return
    waits = not pending.wait(0.2)
    theirs.close()
    see("waits" if waits else outcome(pending.result, ok="end"))
