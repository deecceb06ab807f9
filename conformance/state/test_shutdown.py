"""Shutting down, in every state, and what it does."""

from __future__ import annotations

from sockspec.spec import (
    CONFORMS,
    DGRAM,
    FREEBSD,
    INET,
    KERNEL,
    MS,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    SOCKET2,
    UNIX,
    UNSPECIFIED,
    XNU,
    outcome,
    rule,
)

from .states import ANY, reached

SHUTDOWN_LONELY = rule(
    "state.shutdown.not-connected",
    "A socket that is not connected cannot be shut down.",
    level=MUST,
    sources=[POSIX.shutdown("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "shut": "it is shut down"},
)


@SHUTDOWN_LONELY.case(
    family=ANY, state=("fresh", "bound", "listening"), how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR")
)
def test_shutdown_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).shutdown, case["how"], ok="shut"))


SHUTDOWN_AGAIN = rule(
    "state.shutdown.again",
    "Shutting down what is shut down already.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("DESCRIPTION"), POSIX.shutdown("ENOTCONN")],
    behaviours={"shut": "it succeeds", "ENOTCONN": "it is refused"},
)


@SHUTDOWN_AGAIN.case(family=ANY, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_shutdown_again(sockets, see, case):
    sock, _theirs = sockets.connected()
    sock.shutdown(case["how"])
    see(outcome(sock.shutdown, case["how"], ok="shut"))


SHUTDOWN_BAD = rule(
    "state.shutdown.bad-how",
    "A half that does not exist cannot be shut down.",
    level=MUST,
    sources=[POSIX.shutdown("EINVAL", "The how argument is invalid")],
    behaviours={"EINVAL": CONFORMS, "shut": "it is taken"},
)


@SHUTDOWN_BAD.case(family=ANY, how=("-1", "3", "7"))
def test_shutdown_bad(sockets, see, case):
    see(outcome(sockets.connected()[0].shutdown, int(case["how"]), ok="shut"))


END = rule(
    "state.shutdown.peer-ends",
    "Shutting down for writing ends the stream for the peer, after all that was sent.",
    level=MUST,
    sources=[RFC(9293, "3.6"), POSIX.shutdown("SHUT_WR"), SOCKET2.shutdown(1)],
    behaviours={
        "data-then-end": CONFORMS,
        "end-too-soon": "the end comes before the data",
        "no-end": "the end does not come",
    },
)


@END.case(family=ANY, how=("SHUT_WR", "SHUT_RDWR"))
def test_end(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.send(b"before the end")
    ours.shutdown(case["how"])
    got = b""
    while theirs.poll("POLLIN", 2.0):
        piece = theirs.recv(64)
        if not piece:
            see("data-then-end" if got == b"before the end" else "end-too-soon", got=got)
            return
        got += piece
    see("no-end", got=got)


STILL_READS = rule(
    "state.shutdown.other-half",
    "Shutting down one half of a connection leaves the other half working.",
    level=MUST,
    sources=[POSIX.shutdown("DESCRIPTION"), RFC(9293, "3.6"), SOCKET2.shutdown(1)],
    behaviours={"works": CONFORMS, "ended": "it ends as well"},
)


@STILL_READS.case(family=ANY, how=("SHUT_RD", "SHUT_WR"))
def test_other_half(sockets, see, case):
    ours, theirs = sockets.connected()
    ours.shutdown(case["how"])
    sender, receiver = (ours, theirs) if case["how"] == "SHUT_RD" else (theirs, ours)
    how = outcome(sender.send, b"still")
    if how == "succeeds":
        sockets.wait(receiver, "POLLIN")
        how = "works" if receiver.recv(8) == b"still" else "ended"
    see(how)


READ_ENDS = rule(
    "state.shutdown.receive-ends",
    "After SHUT_RD a receive with nothing queued returns the end at once.",
    level=MUST,
    sources=[POSIX.shutdown("SHUT_RD"), SOCKET2.shutdown(2)],
    behaviours={"end": CONFORMS, "EAGAIN": "it would wait"},
)


@READ_ENDS.case(family=ANY)
def test_receive_ends(sockets, see, case):
    ours, _theirs = sockets.connected()
    ours.shutdown("SHUT_RD")
    ours.set_nonblocking(True)
    see(outcome(ours.recv, 1, ok="end"))


QUEUED = rule(
    "state.shutdown.queued-before",
    "Whether data that was queued before SHUT_RD is still received is left open.",
    level=UNSPECIFIED,
    sources=[
        POSIX.shutdown("SHUT_RD"),
        XNU("bsd/kern/uipc_socket.c", "sorflush"),
        MS.shutdown("Remarks"),
    ],
    behaviours={"received": "it is", "discarded": "it is not"},
)


@QUEUED.case(family=ANY)
def test_queued(sockets, see, case):
    ours, theirs = sockets.connected()
    theirs.send(b"queued")
    sockets.wait(ours, "POLLIN")
    ours.shutdown("SHUT_RD")
    got = []
    how = outcome(lambda: got.append(ours.recv(16)), ok="discarded")
    see("received" if got == [b"queued"] else how)


LATER = rule(
    "state.shutdown.data-later",
    "What becomes of data that arrives after SHUT_RD.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2.shutdown(2),
        MS.shutdown("Remarks"),
        KERNEL("net/ipv4/tcp.c", "tcp_recvmsg"),
    ],
    behaviours={
        "received": "it is received all the same",
        "discarded": "it is acknowledged and thrown away",
        "reset": "the connection is reset",
        "refused": "the peer cannot send",
    },
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
    ours.set_nonblocking(True)
    got = []
    how = outcome(lambda: got.append(ours.recv(16)), ok="discarded")
    see("received" if got == [b"later"] else how)


WAKES_RECV = rule(
    "state.shutdown.wakes-receive",
    "Shutting down for reading wakes a receive that waits; it returns the end.",
    level=SHOULD,
    sources=[SOCKET2.shutdown(2), POSIX.shutdown("SHUT_RD")],
    behaviours={"end": CONFORMS, "waits": "it goes on waiting"},
)


@WAKES_RECV.case(family=ANY, how=("SHUT_RD", "SHUT_RDWR"))
def test_wakes_receive(sockets, see, case):
    ours, theirs = sockets.connected()
    pending = sockets.start("recv", ours, 1)
    pending.is_blocked()
    how = outcome(ours.shutdown, case["how"])
    if how != "succeeds":
        see(how)
    elif pending.wait(2.0):
        see(outcome(pending.result, ok="end"))
    else:
        theirs.close()
        see("waits")


WAKES_ACCEPT = rule(
    "state.shutdown.listener",
    "What shutting down a listener for reading does to one who waits in accept.",
    level=UNSPECIFIED,
    sources=[
        SOCKET2.shutdown(2),
        KERNEL("net/ipv4/af_inet.c", "inet_shutdown"),
        POSIX.shutdown("ENOTCONN"),
    ],
    behaviours={
        "EINVAL": "it returns, refused as not listening",
        "ECONNABORTED": "it returns, aborted",
        "ENOTCONN": "the listener cannot be shut down",
        "waits": "it goes on waiting",
    },
)


@WAKES_ACCEPT.case(family=ANY)
def test_wakes_accept(sockets, see, case):
    listener = sockets.listener()
    address = listener.local_addr()
    pending = sockets.start("accept", listener)
    pending.is_blocked()
    how = outcome(listener.shutdown, "SHUT_RD")
    if how != "succeeds" or not pending.wait(2.0):
        # Let it end before the example does, where the listener still takes a connection.
        if outcome(sockets.new().connect, address) == "succeeds":
            sockets.backend.close(pending.result()[0])
        see("waits" if how == "succeeds" else how)
        return
    see(outcome(pending.result, ok="accepted"))


CONNECTING = rule(
    "state.shutdown.connecting",
    "Whether a socket whose connect is pending can be shut down.",
    level=UNSPECIFIED,
    sources=[POSIX.shutdown("ENOTCONN"), KERNEL("net/ipv4/af_inet.c", "inet_shutdown")],
    behaviours={"shut": "the attempt is given up", "ENOTCONN": "it is refused"},
    needs=["full-backlog"],
)


@CONNECTING.case(family=INET, how=("SHUT_RD", "SHUT_WR", "SHUT_RDWR"))
def test_connecting(sockets, see, case):
    see(outcome(sockets.connecting().shutdown, case["how"], ok="shut"))


UNCONNECTED_DATAGRAM = rule(
    "state.shutdown.datagram-without-peer",
    "A datagram socket without a peer cannot be shut down.",
    level=MUST,
    sources=[
        POSIX.shutdown("ENOTCONN", "The socket is not connected"),
        FREEBSD.shutdown(2, "BUGS"),
    ],
    behaviours={"ENOTCONN": CONFORMS, "shut": "it is shut down"},
)


@UNCONNECTED_DATAGRAM.case(family=(*INET, UNIX), type=DGRAM, how=("SHUT_RD", "SHUT_WR"))
def test_datagram_without_peer(sockets, see, case):
    see(outcome(sockets.bound().shutdown, case["how"], ok="shut"))


CLONES = rule(
    "state.shutdown.clones",
    "Shutting down one clone of a socket shuts down the connection, for all of them.",
    level=MUST,
    sources=[POSIX.shutdown("DESCRIPTION"), SOCKET2.try_clone(1)],
    behaviours={"EPIPE": CONFORMS, "sent": "the other clone still sends"},
)


@CLONES.case(family=ANY)
def test_clones(sockets, see, case):
    ours, _theirs = sockets.connected()
    other = sockets.keep(ours.try_clone())
    ours.shutdown("SHUT_WR")
    see(outcome(other.send, b"x", ok="sent"))
