"""The end of a connection of sequenced packets: what is still received, and sent."""

from __future__ import annotations

from sockspec.spec import CONFORMS, MUST, POSIX, SEQPACKET, UNIX, UNSPECIFIED, outcome, rule

SHUTDOWN = POSIX.recv(
    "RETURN VALUE", "the peer has performed an orderly shutdown, recv() shall return 0"
)

RECEIVE = rule(
    "data.unix-seqpacket-end.peer-closed-receive",
    "Every receive returns zero bytes when the peer has closed or shut down writing.",
    level=MUST,
    sources=[SHUTDOWN],
    behaviours={
        "returns-zero": CONFORMS,
        "data": "a receive returns data",
        "once": "only the first receive returns zero bytes",
    },
    renamed={"end": "returns-zero"},
    aliases=["data.unix-seqpacket.peer-closed-receive"],
)


@RECEIVE.case(family=UNIX, type=SEQPACKET, peer=("closed", "shut-down"))
def test_peer_closed_receive(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "closed":
        theirs.close()
    else:
        theirs.shutdown("SHUT_WR")
    got = []
    for _ in range(3):
        how = outcome(lambda: got.append(ours.recv(4)), ok="returns-zero")
        if how != "returns-zero":
            see("once" if got else how, how=how)
            return
    see("data" if any(got) else "returns-zero")


SEND = rule(
    "data.unix-seqpacket-end.peer-closed-send",
    "Sending when the peer has closed fails with EPIPE.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "the socket is connection-mode and is no longer connected")],
    behaviours={"EPIPE": CONFORMS, "sent": "the send succeeds"},
    aliases=["data.unix-seqpacket.peer-closed-send"],
)

SEND_SHUT = rule(
    "data.unix-seqpacket-end.peer-shut-send",
    "Whether sending to a peer that has shut down reading fails is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.header("sys/socket.h", "SHUT_RD", "Disables further receive operations")],
    behaviours={"sent": "the send succeeds"},
    split_from=["data.unix-seqpacket.peer-closed-send"],
)


@SEND.case(family=UNIX, type=SEQPACKET, peer="closed")
@SEND_SHUT.case(family=UNIX, type=SEQPACKET, peer="shut-down")
def test_peer_closed_send(sockets, see, case):
    ours, theirs = sockets.connected()
    if case["peer"] == "closed":
        theirs.close()
    else:
        theirs.shutdown("SHUT_RD")
    see(outcome(ours.send_with_flags, b"x", "MSG_NOSIGNAL", ok="sent"))


UNREAD = rule(
    "data.unix-seqpacket-end.closed-with-unread",
    "Whether a receive fails when the peer closed with messages unread is unspecified.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer")],
    behaviours={"returns-zero": "it returns zero bytes"},
    renamed={"end": "returns-zero"},
    aliases=["data.unix-seqpacket.closed-with-unread"],
)


@UNREAD.case(family=UNIX, type=SEQPACKET)
def test_closed_with_unread(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"unread")
    theirs.close()
    see(outcome(ours.recv, 4, ok="returns-zero"))


REST = rule(
    "data.unix-seqpacket-end.rest-before-end",
    "Messages sent before the connection ended are received before its end.",
    level=MUST,
    sources=[
        POSIX.recv(
            "RETURN VALUE", "If no messages are available to be received and the peer has"
        )
    ],
    behaviours={"all-first": CONFORMS, "lost": "messages are missing or altered"},
    aliases=["data.unix-seqpacket.rest-before-end"],
)


@REST.case(family=UNIX, type=SEQPACKET, end=("close", "shutdown"))
def test_rest_before_end(sockets, see, case):
    ours, theirs = sockets.connected()
    for message in (b"one", b"two", b"three"):
        ours.send(message)
    if case["end"] == "close":
        ours.close()
    else:
        ours.shutdown("SHUT_WR")
    got = [theirs.recv(16) for _ in range(4)]
    see("all-first" if got == [b"one", b"two", b"three", b""] else "lost", got=got)
