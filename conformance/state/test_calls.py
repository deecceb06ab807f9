"""Every call in every state of a stream socket."""

from __future__ import annotations

from sockspec.observe import outcome
from sockspec.rules import CONFORMS, DGRAM, INET, MAY, MUST, STREAM, UNIX, UNSPECIFIED, rule
from sockspec.sources import MAN, POSIX, RFC

ANY = (*INET, UNIX)


def reached(sockets, state):
    """A stream socket in that state."""
    if state == "fresh":
        return sockets.new()
    if state == "bound":
        return sockets.bound()
    if state == "listening":
        return sockets.listener()
    if state == "connecting":
        return sockets.connecting()
    if state == "reset":
        return sockets.reset()
    if state == "refused":
        sock = sockets.new()
        outcome(sock.connect, sockets.dead_address())
        return sock
    ours, theirs = sockets.connected()
    if state == "peer-closed":
        theirs.close()
        sockets.wait(ours, "POLLIN")
    elif state == "write-shut":
        ours.shutdown("SHUT_WR")
    elif state == "read-shut":
        ours.shutdown("SHUT_RD")
    elif state == "both-shut":
        ours.shutdown("SHUT_RDWR")
    return ours


CONNECTED = ("connected", "peer-closed", "write-shut", "read-shut")

BIND_AGAIN = rule(
    "state.bind.bound",
    "A socket that is bound already cannot be bound again.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, "EISCONN": CONFORMS, "bound": "it is bound to another"},
)


@BIND_AGAIN.case(family=ANY, state=("bound", "listening", *CONNECTED))
@BIND_AGAIN.case(family=INET, state=("reset", "connecting"))
def test_bind_again(sockets, see, case):
    sock = reached(sockets, case["state"])
    if case["family"] == UNIX and case["state"] in CONNECTED:
        # A unix socket that connects is not bound by that: the accepted end is.
        sock = sockets.bound()
        sock.connect(sockets.listener().local_addr())
    see(outcome(sock.bind, sockets.loopback(), ok="bound"))


BIND_DATAGRAM = rule(
    "state.bind.bound-datagram",
    "A datagram socket that is bound already cannot be bound again.",
    level=MUST,
    sources=[POSIX.bind("EINVAL", "The socket is already bound to an address")],
    behaviours={"EINVAL": CONFORMS, "bound": "it is bound to another"},
)


@BIND_DATAGRAM.case(family=ANY, type=DGRAM, state=("bound", "connected"))
def test_bind_datagram(sockets, see, case):
    sock = sockets.bound() if case["state"] == "bound" else sockets.connected()[0]
    see(outcome(sock.bind, sockets.loopback(), ok="bound"))


LISTEN_CONNECTED = rule(
    "state.listen.connected",
    "A socket that is connected cannot listen.",
    level=MUST,
    sources=[POSIX.listen("EINVAL", "The socket is already connected")],
    behaviours={
        "EINVAL": CONFORMS,
        "EISCONN": "it is told as connected",
        "listens": "it listens",
    },
)


@LISTEN_CONNECTED.case(family=ANY, state=CONNECTED)
@LISTEN_CONNECTED.case(family=INET, state="connecting")
def test_listen_connected(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).listen, 1, ok="listens"))


LISTEN_AGAIN = rule(
    "state.listen.listening",
    "What listening on a socket that listens already does.",
    level=UNSPECIFIED,
    sources=[POSIX.listen("DESCRIPTION")],
    behaviours={"listens": "it goes on listening", "EINVAL": "it is refused"},
)


@LISTEN_AGAIN.case(family=ANY)
def test_listen_again(sockets, see, case):
    see(outcome(sockets.listener().listen, 3, ok="listens"))


LISTEN_UNBOUND = rule(
    "state.listen.unbound",
    "A socket that is not bound is refused to listen, or bound to an address of its own.",
    level=MAY,
    sources=[POSIX.listen("EDESTADDRREQ"), MAN.ip(7, "Address format")],
    behaviours={
        "EDESTADDRREQ": CONFORMS,
        "EINVAL": "it is refused as invalid",
        "bound": "it listens at an address that the system chose",
        "unbound": "it listens without an address",
    },
    conforming=["bound"],
)


@LISTEN_UNBOUND.case(family=ANY)
def test_listen_unbound(sockets, see, case):
    sock = sockets.new()
    how = outcome(sock.listen, 1)
    if how == "ok":
        how = "bound" if sock.local_addr().port else "unbound"
    see(how)


LISTEN_DATAGRAM = rule(
    "state.listen.datagram",
    "A datagram socket cannot listen.",
    level=MUST,
    sources=[POSIX.listen("EOPNOTSUPP", "The socket protocol does not support listen()")],
    behaviours={"EOPNOTSUPP": CONFORMS, "listens": "it listens"},
)


@LISTEN_DATAGRAM.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_listen_datagram(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.listen, 1, ok="listens"))


ACCEPT_DEAF = rule(
    "state.accept.not-listening",
    "A socket that does not listen cannot accept.",
    level=MUST,
    sources=[POSIX.accept("EINVAL", "The socket is not accepting connections")],
    behaviours={"EINVAL": CONFORMS, "accepted": "it accepts"},
)


@ACCEPT_DEAF.case(family=ANY, state=("fresh", "bound", *CONNECTED, "both-shut"))
@ACCEPT_DEAF.case(family=INET, state=("reset", "refused", "connecting"))
def test_accept_deaf(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).accept, ok="accepted"))


ACCEPT_DATAGRAM = rule(
    "state.accept.datagram",
    "A datagram socket cannot accept.",
    level=MUST,
    sources=[POSIX.accept("EOPNOTSUPP", "does not support accepting connections")],
    behaviours={
        "EOPNOTSUPP": CONFORMS,
        "EINVAL": "as if it could listen",
        "accepted": "it does",
    },
)


@ACCEPT_DATAGRAM.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_accept_datagram(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.accept, ok="accepted"))


ACCEPT_EMPTY = rule(
    "state.accept.empty",
    "Accepting without waiting when no connection is there is refused.",
    level=MUST,
    sources=[POSIX.accept("EAGAIN", "no connections are present to be accepted")],
    behaviours={"EAGAIN": CONFORMS, "accepted": "it accepts"},
)


@ACCEPT_EMPTY.case(family=ANY)
def test_accept_empty(sockets, see, case):
    listener = sockets.listener()
    listener.set_nonblocking(True)
    see(outcome(listener.accept, ok="accepted"))


ACCEPT_WAITS = rule(
    "state.accept.waits",
    "Accepting when no connection is there waits for one.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "shall block until a connection is present")],
    behaviours={"waits": CONFORMS, "returns": "it returns at once"},
)


@ACCEPT_WAITS.case(family=ANY)
def test_accept_waits(sockets, see, case):
    listener = sockets.listener()
    pending = sockets.start("accept", listener)
    blocked = pending.is_blocked()
    sockets.new().connect(listener.local_addr())
    sockets.backend.close(pending.result()[0])
    see("waits" if blocked else "returns")


CONNECT_CONNECTED = rule(
    "state.connect.connected",
    "A stream socket that is connected cannot be connected again.",
    level=MUST,
    sources=[
        POSIX.connect("EISCONN", "The specified socket is connection-mode and is already"),
        RFC(9293, "3.10.1"),
    ],
    behaviours={"EISCONN": CONFORMS, "connected": "it is connected anew"},
)


@CONNECT_CONNECTED.case(family=ANY, state=CONNECTED)
def test_connect_connected(sockets, see, case):
    sock = reached(sockets, case["state"])
    see(outcome(sock.connect, sockets.listener().local_addr(), ok="connected"))


CONNECT_LISTENING = rule(
    "state.connect.listening",
    "A socket that listens cannot be connected.",
    level=MUST,
    sources=[POSIX.connect("EOPNOTSUPP", "The socket is listening and cannot be connected")],
    behaviours={
        "EOPNOTSUPP": CONFORMS,
        "EISCONN": "it is told as connected",
        "EINVAL": "it is told as invalid",
        "connected": "it is connected",
    },
)


@CONNECT_LISTENING.case(family=ANY)
def test_connect_listening(sockets, see, case):
    address = sockets.listener().local_addr()
    see(outcome(sockets.listener().connect, address, ok="connected"))


CONNECT_PENDING = rule(
    "state.connect.pending",
    "A second connect while the first is pending is refused.",
    level=MUST,
    sources=[POSIX.connect("EALREADY", "A connection request is already in progress")],
    behaviours={"EALREADY": CONFORMS, "EINPROGRESS": "as if it were the first"},
    needs=["full-backlog"],
)


@CONNECT_PENDING.case(family=INET, address=("the-same", "another"))
def test_connect_pending(sockets, see, case):
    sock = sockets.connecting()
    address = sockets.listener().local_addr()
    see(outcome(sock.connect, address, ok="connected"))


CONNECT_AFTER = rule(
    "state.connect.refused-before",
    "A socket whose connect was refused is in no state that a portable program may use.",
    level=UNSPECIFIED,
    sources=[POSIX.connect("DESCRIPTION", "the state of the socket is unspecified")],
    behaviours={
        "connected": "it connects",
        "ECONNABORTED": "the earlier failure is told once more",
        "ECONNREFUSED": "the earlier failure is told again",
        "EINVAL": "it is dead",
    },
)


@CONNECT_AFTER.case(family=INET, error=("taken", "untaken"), mode=("blocking", "nonblocking"))
def test_connect_after(sockets, see, case):
    sock = sockets.new()
    sock.set_nonblocking(case["mode"] == "nonblocking")
    outcome(sock.connect, sockets.dead_address())
    sockets.wait(sock, "POLLOUT")
    if case["error"] == "taken":
        sock.take_error()
    how = outcome(sock.connect, sockets.listener().local_addr(), ok="connected")
    see("connected" if how == "EINPROGRESS" else how)


CONNECT_DATAGRAM = rule(
    "state.connect.datagram-again",
    "A datagram socket can be connected again, to another peer.",
    level=MUST,
    sources=[POSIX.connect("DESCRIPTION", "may be used to change the peer address")],
    behaviours={"changed": CONFORMS, "kept": "the first peer stays"},
)


@CONNECT_DATAGRAM.case(family=ANY, type=DGRAM)
def test_connect_datagram(sockets, see, case):
    first, second, sock = sockets.bound(), sockets.bound(), sockets.bound()
    sock.connect(first.local_addr())
    how = outcome(sock.connect, second.local_addr())
    if how == "ok":
        how = "changed" if sock.peer_addr() == second.local_addr() else "kept"
    see(how)


CONNECT_REFUSED = rule(
    "state.connect.nobody-listens",
    "Connecting to an address at which nothing listens is refused.",
    level=MUST,
    sources=[POSIX.connect("ECONNREFUSED", "was not listening for connections or refused")],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": "it connects"},
)


@CONNECT_REFUSED.case(family=ANY)
def test_connect_refused(sockets, see, case):
    see(outcome(sockets.new().connect, sockets.dead_address(), ok="connected"))


CONNECT_TWICE_DONE = rule(
    "state.connect.completed-nonblocking",
    "After a non-blocking connect has completed, connecting again is refused as connected.",
    level=MUST,
    sources=[POSIX.connect("EISCONN")],
    behaviours={"EISCONN": CONFORMS, "connected": "success is told, once"},
)


@CONNECT_TWICE_DONE.case(family=INET, time=("first", "second"))
def test_connect_completed(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = sockets.new()
    sock.set_nonblocking(True)
    outcome(sock.connect, address)
    sockets.wait(sock, "POLLOUT")
    how = outcome(sock.connect, address, ok="connected")
    if case["time"] == "second":
        how = outcome(sock.connect, address, ok="connected")
    see(how)


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


SEND_LONELY = rule(
    "state.send.not-connected",
    "A stream socket that is not connected cannot send.",
    level=MUST,
    sources=[POSIX.send("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EPIPE": "as if it were shut down", "sent": "it sends"},
)


@SEND_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
def test_send_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).send, b"x", ok="sent"))


SEND_SHUT = rule(
    "state.send.write-shut",
    "A socket that is shut down for writing cannot send.",
    level=MUST,
    sources=[POSIX.send("EPIPE", "The socket is shut down for writing")],
    behaviours={"EPIPE": CONFORMS, "sent": "it sends"},
)


@SEND_SHUT.case(family=ANY, type=(STREAM, DGRAM), state=("write-shut", "both-shut"))
def test_send_shut(sockets, see, case):
    sock, _theirs = sockets.connected()
    sock.shutdown("SHUT_WR" if case["state"] == "write-shut" else "SHUT_RDWR")
    see(outcome(sock.send, b"x", ok="sent"))


SEND_RESET = rule(
    "state.send.reset",
    "A socket whose connection was reset cannot send.",
    level=MUST,
    sources=[POSIX.send("ECONNRESET"), POSIX.send("EPIPE")],
    behaviours={"ECONNRESET": CONFORMS, "EPIPE": CONFORMS, "sent": "it sends"},
)


@SEND_RESET.case(family=INET)
def test_send_reset(sockets, see, case):
    see(outcome(sockets.reset().send, b"x", ok="sent"))


SEND_NOWHERE = rule(
    "state.send.datagram-nowhere",
    "A datagram socket without a peer cannot send without an address.",
    level=MUST,
    sources=[POSIX.send("EDESTADDRREQ", "and no peer address is set")],
    behaviours={"EDESTADDRREQ": CONFORMS, "ENOTCONN": CONFORMS, "sent": "it sends"},
)


@SEND_NOWHERE.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_send_nowhere(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.send, b"x", ok="sent"))


RECV_LONELY = rule(
    "state.recv.not-connected",
    "A stream socket that is not connected cannot receive.",
    level=MUST,
    sources=[POSIX.recv("ENOTCONN", "on a connection-mode socket that is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EINVAL": "it is told as invalid", "received": "it does"},
)


@RECV_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
def test_recv_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).recv, 1, ok="received"))


PEER_LONELY = rule(
    "state.peer-addr.not-connected",
    "A socket that is not connected has no peer.",
    level=MUST,
    sources=[POSIX.getpeername("ENOTCONN", "The socket is not connected")],
    behaviours={"ENOTCONN": CONFORMS, "EINVAL": CONFORMS, "named": "it has one"},
)


@PEER_LONELY.case(family=ANY, state=("fresh", "bound", "listening"))
@PEER_LONELY.case(family=INET, state=("connecting", "refused", "reset"))
def test_peer_lonely(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).peer_addr, ok="named"))


PEER_KEPT = rule(
    "state.peer-addr.half-closed",
    "A connection that is closed in one direction still has its peer.",
    level=MUST,
    sources=[POSIX.getpeername("DESCRIPTION")],
    behaviours={"named": CONFORMS, "ENOTCONN": "it has none", "EINVAL": "it has none"},
)


@PEER_KEPT.case(family=ANY, state=("peer-closed", "write-shut", "read-shut"))
def test_peer_kept(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).peer_addr, ok="named"))
