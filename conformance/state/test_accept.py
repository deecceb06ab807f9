"""Accepting: in every state of the socket, and which connection is accepted."""

from __future__ import annotations

from sockspec.errors import SocketError
from sockspec.spec import (
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MAY,
    MUST,
    POSIX,
    RFC,
    SHOULD,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, reached

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


ACCEPTED_DEAF = rule(
    "state.accept.accepted",
    "A socket that was accepted cannot itself accept.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "cannot itself accept more connections")],
    behaviours={"EINVAL": CONFORMS, "accepted": "it accepts"},
)


@ACCEPTED_DEAF.case(family=ANY)
def test_accepted_deaf(sockets, see, case):
    see(outcome(sockets.connected()[1].accept, ok="accepted"))


ORDER = rule(
    "state.accept.order",
    "Connections are accepted in the order in which they were made.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue")],
    behaviours={"first-first": CONFORMS, "another-order": "they are not"},
)


@ORDER.case(family=ANY)
def test_order(sockets, see, case):
    listener = sockets.listener()
    for number in range(4):
        client = sockets.new()
        how = outcome(client.connect, listener.local_addr())
        if how != "succeeds":
            see(how)  # there is no queue
            return
        client.send(bytes([number]))
    order = []
    for _ in range(4):
        server = sockets.accepted(listener)
        sockets.wait(server, "POLLIN")
        order.append(server.recv(1)[0])
    see("first-first" if order == [0, 1, 2, 3] else "another-order", order=order)


STAYS = rule(
    "state.accept.listener-stays",
    "A listener that has accepted goes on listening.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "remains open and can accept more connections")],
    behaviours={"listens": CONFORMS, "ECONNREFUSED": "it is over"},
)


@STAYS.case(family=ANY)
def test_stays(sockets, see, case):
    listener = sockets.listener()
    sockets.client_of(listener)
    see(outcome(sockets.new().connect, listener.local_addr(), ok="listens"))


PEER = rule(
    "state.accept.peer",
    "accept answers the address of the connecting socket.",
    level=MUST,
    sources=[
        POSIX.accept("DESCRIPTION", "the address of the peer for the accepted connection")
    ],
    behaviours={"its-address": CONFORMS, "another": "another address", "none": "no address"},
)


@PEER.case(family=INET, client=("bound", "unbound"))
def test_peer(sockets, see, case):
    listener = sockets.listener()
    client = sockets.bound() if case["client"] == "bound" else sockets.new()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    if address is None:
        see("none")
    else:
        see("its-address" if address == client.local_addr() else "another")


CONCRETE = rule(
    "state.accept.concrete-address",
    "A connection to a listener at the unspecified address has a concrete local address.",
    level=MUST,
    sources=[
        RFC(9293, "3.9.1.1"),
        POSIX.getsockname("DESCRIPTION"),
    ],
    behaviours={"concrete": CONFORMS, "unspecified": "the listener's own address"},
)


@CONCRETE.case(family=INET)
def test_concrete(sockets, see, case):
    listener = sockets.new()
    listener.bind(sockets.wildcard())
    listener.listen(1)
    client = sockets.new()
    client.connect(sockets.loopback(port=listener.local_addr().port))
    server = sockets.accepted(listener)
    see("concrete" if server.local_addr() == client.peer_addr() else "unspecified")


EARLY_DATA = rule(
    "state.accept.data-before",
    "What a client sends before it is accepted is received after.",
    level=MUST,
    sources=[RFC(9293, "3.10.7.4"), POSIX.accept("DESCRIPTION")],
    behaviours={"received": CONFORMS, "lost": "it is lost"},
)


@EARLY_DATA.case(family=INET, client=("open", "closed"))
def test_early_data(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    client.send(b"early")
    if case["client"] == "closed":
        client.close()
    server = sockets.accepted(listener)
    sockets.wait(server, "POLLIN")
    see("received" if server.recv(16) == b"early" else "lost")


CLOSED_BEFORE = rule(
    "state.accept.closed-before",
    "A connection that the client closed in order before it was accepted is accepted.",
    level=SHOULD,
    sources=[POSIX.accept("DESCRIPTION"), RFC(9293, "3.6")],
    behaviours={
        "accepted-and-ends": CONFORMS,
        "accepted-with-error": "it is accepted, and reading it fails",
        "ECONNABORTED": "accept tells it as aborted",
        "EAGAIN": "it is taken out of the queue",
    },
)


@CLOSED_BEFORE.case(family=ANY)
def test_closed_before(sockets, see, case):
    listener = sockets.listener()
    listener.set_nonblocking(True)
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    client.close()
    try:
        server = sockets.accepted(listener)
    except SocketError as error:
        see(error.symbol)
        return
    sockets.wait(server, "POLLIN")
    ended = outcome(server.recv, 1) == "succeeds"
    see("accepted-and-ends" if ended else "accepted-with-error")


RESET_BEFORE = rule(
    "state.accept.reset-before",
    "A connection that the client reset before it was accepted may be told as aborted.",
    level=MAY,
    sources=[POSIX.accept("ECONNABORTED", "A connection has been aborted")],
    behaviours={
        "ECONNABORTED": CONFORMS,
        "accepted": CONFORMS,
        "accepted-without-address": "it is accepted, with an address of no length",
        "EAGAIN": "it is taken out of the queue, and accept finds nothing",
        "ECONNRESET": "accept tells the reset",
    },
    needs=["reset"],
)


@RESET_BEFORE.case(family=INET)
def test_reset_before(sockets, see, case):
    listener = reset_in_queue(sockets)
    try:
        server, address = listener.accept()
    except SocketError as error:
        see(error.symbol)
        return
    sockets.keep(server)
    see("accepted" if address else "accepted-without-address")


RESET_RECV = rule(
    "state.accept.reset-before-recv",
    "What receiving on a connection does that was reset before it was accepted is left open.",
    level=UNSPECIFIED,
    sources=[POSIX.recv("ECONNRESET"), POSIX.accept("ECONNABORTED")],
    behaviours={
        "ECONNRESET": "the reset is told",
        "ENOTCONN": "it is told as not connected",
        "end": "as if the peer had closed",
        "not-accepted": "there is no such connection",
    },
    needs=["reset"],
)


@RESET_RECV.case(family=INET)
def test_reset_recv(sockets, see, case):
    try:
        server = sockets.accepted(reset_in_queue(sockets))
    except SocketError:
        see("not-accepted")
        return
    see(outcome(server.recv, 1, ok="end"))


def reset_in_queue(sockets):
    """A non-blocking listener whose only connection was reset by its client."""
    listener = sockets.listener()
    listener.set_nonblocking(True)
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    client.set_linger(0.0)
    client.close()
    return listener


ONE_EACH = rule(
    "state.accept.one-each",
    "Two that wait in accept get one connection each, not the same.",
    level=MUST,
    sources=[POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue")],
    behaviours={"one-each": CONFORMS, "same": "both get the same", "other": "another mixture"},
)


@ONE_EACH.case(family=INET)
def test_one_each(sockets, see, case):
    listener = sockets.listener()
    waiting = [sockets.start("accept", listener) for _ in range(2)]
    for each in waiting:
        each.is_blocked()
    clients = [sockets.new() for _ in range(2)]
    for client in clients:
        how = outcome(client.connect, listener.local_addr())
        if how != "succeeds":
            see(how)  # there is no queue
            return
    found = []
    for each in waiting:
        try:
            handle, address = each.result()
        except SocketError as error:
            see(error.symbol)
            return
        found.append(address)
        sockets.backend.close(handle)
    if found[0] == found[1]:
        see("same")
        return
    wanted = [client.local_addr() for client in clients]
    see("one-each" if all(address in wanted for address in found) else "other")


CLONE = rule(
    "state.accept.clone-of-listener",
    "A clone of a listener accepts from the same queue.",
    level=MUST,
    sources=[
        POSIX.fcntl("F_DUPFD", "refer to the same open file description"),
        MAN.dup(2, "DESCRIPTION", "refers to the same open file description"),
    ],
    behaviours={
        "accepted": CONFORMS,
        "EINVAL": "it does not listen",
        "EAGAIN": "another queue",
    },
)


@CLONE.case(family=ANY, original=("open", "closed"))
def test_clone_of_listener(sockets, see, case):
    listener = sockets.listener()
    client = sockets.new()
    client.connect(listener.local_addr())
    sockets.wait(listener, "POLLIN")
    clone = sockets.keep(listener.try_clone())
    clone.set_nonblocking(True)
    if case["original"] == "closed":
        listener.close()
    see(outcome(lambda: sockets.accepted(clone), ok="accepted"))
