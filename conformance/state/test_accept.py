"""Accepting: in every state of the socket, and which connection is accepted."""

from __future__ import annotations

from contextlib import suppress

from sockspec.errors import SocketError
from sockspec.spec import (
    ALONE,
    CONFORMS,
    DGRAM,
    INET,
    MAN,
    MUST,
    POSIX,
    RFC,
    SERVER,
    UNSPECIFIED,
    outcome,
    rule,
)

from .states import ANY, CONNECTED, reached

FIRST = POSIX.accept("DESCRIPTION", "shall extract the first connection on the queue")

ACCEPTED = "a connection is accepted"
ANOTHER = "it is another address"
NOT_QUEUED = "a connect fails while an earlier connection waits: there is no queue"

NOT_LISTENING = rule(
    "state.accept.not-listening",
    "accept() on a socket that does not listen fails with EINVAL.",
    level=MUST,
    sources=[POSIX.accept("EINVAL", "The socket is not accepting connections")],
    behaviours={"EINVAL": CONFORMS, "accepted": ACCEPTED},
)


@NOT_LISTENING.case(family=ANY, state=("fresh", "bound", *CONNECTED, "both-shut"))
@NOT_LISTENING.case(family=INET, state=("reset", "refused", "connecting"))
def test_not_listening(sockets, see, case):
    see(outcome(reached(sockets, case["state"]).accept, ok="accepted"))


DATAGRAM = rule(
    "state.accept.datagram",
    "accept() on a datagram socket fails with EOPNOTSUPP.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.accept("EOPNOTSUPP", "does not support accepting connections")],
    behaviours={"EOPNOTSUPP": CONFORMS, "accepted": ACCEPTED},
)


@DATAGRAM.case(family=ANY, type=DGRAM, state=("fresh", "bound"))
def test_datagram(sockets, see, case):
    sock = sockets.new() if case["state"] == "fresh" else sockets.bound()
    see(outcome(sock.accept, ok="accepted"))


EMPTY = rule(
    "state.accept.empty",
    "A non-blocking accept() fails with EAGAIN when no connection is pending.",
    level=MUST,
    judges=ALONE,
    sources=[POSIX.accept("EAGAIN", "no connections are present to be accepted")],
    behaviours={"EAGAIN": CONFORMS, "accepted": ACCEPTED},
)


@EMPTY.case(family=INET)
def test_empty(sockets, see, case):
    listener = sockets.listener()
    listener.set_nonblocking(True)
    see(outcome(listener.accept, ok="accepted"))


WAITS = rule(
    "state.accept.waits",
    "A blocking accept() blocks until a connection is pending.",
    level=MUST,
    judges=SERVER,
    sources=[POSIX.accept("DESCRIPTION", "shall block until a connection is present")],
    behaviours={"waits": CONFORMS, "returns": "it returns without a connection"},
)


@WAITS.case(family=INET)
def test_waits(sockets, see, case):
    listener = sockets.listener()
    pending = sockets.start("accept", listener)
    if not pending.is_blocked():
        see(outcome(pending.result, ok="returns"))
        return
    sockets.new().connect(listener.local_addr())
    see(outcome(lambda: sockets.backend.close(pending.result()[0]), ok="waits"))


ACCEPTED_SOCKET = rule(
    "state.accept.accepted",
    "accept() on a socket that was itself accepted fails with EINVAL.",
    level=MUST,
    sources=[
        POSIX.accept(
            "DESCRIPTION", "The accepted socket cannot itself accept more connections"
        ),
        POSIX.accept("EINVAL", "The socket is not accepting connections"),
    ],
    behaviours={"EINVAL": CONFORMS, "accepted": ACCEPTED},
)


@ACCEPTED_SOCKET.case(family=ANY)
def test_accepted_socket(sockets, see, case):
    see(outcome(sockets.serving()[0].accept, ok="accepted"))


ORDER = rule(
    "state.accept.order",
    "Connections are accepted in the order in which they were made.",
    level=MUST,
    judges=SERVER,
    sources=[FIRST],
    behaviours={
        "first-first": CONFORMS,
        "another-order": "a later connection is accepted before an earlier one",
        "not-queued": NOT_QUEUED,
    },
    renamed={"ECLOSED": "not-queued"},
)


@ORDER.case(family=ANY)
def test_order(sockets, see, case):
    sockets.allowed("net.core.somaxconn", 4)
    listener = sockets.listener()
    for number in range(4):
        client = sockets.new()
        if outcome(client.connect, listener.local_addr()) != "succeeds":
            see("not-queued")
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
    "A listener accepts a second connection after the first.",
    level=MUST,
    judges=SERVER,
    sources=[POSIX.accept("DESCRIPTION", "remains open and can accept more connections")],
    behaviours={"accepts-again": CONFORMS},
    renamed={"listens": "accepts-again"},
)


@STAYS.case(family=ANY)
def test_stays(sockets, see, case):
    listener = sockets.listener()
    sockets.client_of(listener)
    see(outcome(sockets.client_of, listener, ok="accepts-again"))


PEER = rule(
    "state.accept.peer",
    "accept() returns the address of the connecting socket.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.accept("DESCRIPTION", "the address of the peer for the accepted connection")
    ],
    behaviours={
        "its-address": CONFORMS,
        "another-address": ANOTHER,
        "no-address": "it returns an address of no length",
    },
    aliases=["contracts.accept.address"],
    renamed={"another": "another-address", "none": "no-address", "peer": "its-address"},
)


@PEER.case(family=INET, client=("bound", "unbound"))
def test_peer(sockets, see, case):
    listener = sockets.listener()
    # connect() binds the client that is not bound: it has an address too.
    client = sockets.bound() if case["client"] == "bound" else sockets.new()
    client.connect(listener.local_addr())
    server, address = listener.accept()
    sockets.keep(server)
    if address is None:
        see("no-address")
    else:
        see("its-address" if address == client.local_addr() else "another-address")


CONCRETE = rule(
    "state.accept.concrete-address",
    "A connection to a listener at the unspecified address has the address that was connected.",
    level=MUST,
    judges=ALONE,
    sources=[
        RFC(
            9293,
            "3.9.1.1",
            "then bind the local IP address of the connection to the particular address",
        ),
    ],
    behaviours={
        "concrete": CONFORMS,
        "unspecified": "its local address is the unspecified one, as the listener's is",
        "another-address": ANOTHER,
    },
)


@CONCRETE.case(family=INET)
def test_concrete(sockets, see, case):
    listener = sockets.new()
    listener.bind(sockets.wildcard())
    listener.listen(1)
    client = sockets.new()
    client.connect(sockets.loopback(port=listener.local_addr().port))
    got = sockets.accepted(listener).local_addr()
    if got.host == sockets.wildcard().host:
        see("unspecified")
    else:
        see("concrete" if got == client.peer_addr() else "another-address")


EARLY_DATA = rule(
    "state.accept.data-before",
    "What a client sends before its connection is accepted is received afterwards.",
    level=MUST,
    judges=SERVER,
    sources=[
        RFC(9293, "3.10.7.4", "it is possible to deliver segment data to user RECEIVE buffers"),
        POSIX.recv("DESCRIPTION", "as soon as it becomes available, and no data shall be"),
    ],
    behaviours={"received": CONFORMS, "lost": "it does not arrive, or not all of it"},
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
    arrives = server.poll("POLLIN", 2.0)
    see("received" if arrives and sockets.received(server, 5) == b"early" else "lost")


CLOSED_BEFORE = rule(
    "state.accept.closed-before",
    "A connection that the client closes in order before it is accepted is still accepted.",
    level=MUST,
    judges=SERVER,
    sources=[
        FIRST,
        POSIX.chapter("2.10.13", quote="connections that are awaiting acceptance by the"),
        POSIX.recv("RETURN VALUE", "performed an orderly shutdown, recv() shall return 0"),
    ],
    behaviours={
        "accepted-and-ends": CONFORMS,
        "accepted-with-error": "it is accepted, and recv() on it fails",
        "accepted-with-data": "it is accepted, and recv() returns bytes that were never sent",
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
    got = []
    if outcome(lambda: got.append(server.recv(1))) != "succeeds":
        see("accepted-with-error")
    else:
        see("accepted-with-data" if got[0] else "accepted-and-ends")


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


RESET_BEFORE = rule(
    "state.accept.reset-before",
    "accept() fails with ECONNABORTED when the client has reset the pending connection.",
    level=MUST,
    judges=SERVER,
    sources=[POSIX.accept("ECONNABORTED", "A connection has been aborted")],
    behaviours={
        "ECONNABORTED": CONFORMS,
        "accepted": ACCEPTED,
        "accepted-without-address": "it is accepted, with an address of no length",
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
    "recv() on a connection that was reset before it was accepted fails with ECONNRESET.",
    level=MUST,
    judges=SERVER,
    sources=[
        POSIX.recv("ECONNRESET", "A connection was forcibly closed by a peer"),
        POSIX.accept("ECONNABORTED", "A connection has been aborted"),
    ],
    behaviours={
        "ECONNRESET": CONFORMS,
        "not-accepted": "accept() fails: there is no connection to receive on",
        "end-of-stream": "recv() returns 0, as if the client had closed in order",
    },
    conforming=["not-accepted"],
    needs=["reset"],
    renamed={"end": "end-of-stream"},
)


@RESET_RECV.case(family=INET)
def test_reset_recv(sockets, see, case):
    try:
        server = sockets.accepted(reset_in_queue(sockets))
    except SocketError:
        see("not-accepted")
        return
    see(outcome(server.recv, 1, ok="end-of-stream"))


ONE_EACH = rule(
    "state.accept.one-each",
    "Two calls that wait in accept() on one listener get a connection each.",
    level=MUST,
    judges=SERVER,
    sources=[FIRST],
    behaviours={
        "one-each": CONFORMS,
        "same": "both get the same connection",
        "unknown-peer": "one gets an address that no client has",
        "not-queued": NOT_QUEUED,
    },
    renamed={"other": "unknown-peer", "ECLOSED": "not-queued"},
)


@ONE_EACH.case(family=INET)
def test_one_each(sockets, see, case):
    listener = sockets.listener()
    waiting = [sockets.start("accept", listener) for _ in range(2)]
    for each in waiting:
        each.is_blocked()
    clients = [sockets.new() for _ in range(2)]
    for client in clients:
        if outcome(client.connect, listener.local_addr()) != "succeeds":
            see("not-queued")
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
    see("one-each" if all(address in wanted for address in found) else "unknown-peer")


CLONE = rule(
    "state.accept.clone-of-listener",
    "A clone of a listener accepts from the same queue.",
    level=MUST,
    judges=ALONE,
    sources=[
        POSIX.fcntl("F_DUPFD", "shall refer to the same open file description"),
        MAN.dup(2, "DESCRIPTION", "refers to the same open file description"),
    ],
    behaviours={"accepted": CONFORMS},
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
    see(outcome(sockets.accepted, clone, ok="accepted"))


CLOSED_CONNECTING = rule(
    "state.accept.closed-connecting",
    "Whether a connection ends that was closed right after its connect() is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[
        FIRST,
        POSIX.close(
            "DESCRIPTION", "If fildes refers to a socket, close() shall cause the socket"
        ),
    ],
    behaviours={
        "accepted-and-ends": "it is accepted, and recv() returns zero bytes",
        "accepted-and-open": "it is accepted, and recv() would wait",
        "no-connection": "there is no connection to accept",
    },
)


@CLOSED_CONNECTING.case(family=INET)
def test_closed_connecting(sockets, see, case):
    listener, client = sockets.listener(), sockets.new()
    there = listener.local_addr()
    client.set_nonblocking(True)
    with suppress(SocketError):
        client.connect(there)
    client.close()
    if not listener.poll("POLLIN", 0.5):
        see("no-connection")
        return
    server = sockets.accepted(listener)
    if not server.poll("POLLIN", 0.5):
        see("accepted-and-open")
        return
    see(outcome(server.recv, 4, ok="accepted-and-ends"))
