"""What the tokio document says of TcpSocket, on the face that implements it."""

from __future__ import annotations

from sockspec.api import TcpSocket
from sockspec.errors import Consumed, SocketError
from sockspec.spec import (
    CONFORMS,
    INET,
    MUST,
    SOCKET2,
    TOKIO,
    UNSPECIFIED,
    V4,
    V6,
    outcome,
    rule,
)

from .tokio import awaited, bound, fresh

CREATED = rule(
    "contracts.tcp-socket.kind",
    "A TcpSocket is a stream socket of the family that it was made for.",
    level=MUST,
    sources=[TOKIO.new_v4(2, "Calls socket(2) with AF_INET and SOCK_STREAM"), TOKIO.new_v6(2)],
    behaviours={"as-asked": CONFORMS, "other": "of another family or type"},
)


@CREATED.case(family=INET)
def test_created(sockets, see, case):
    sock = fresh(sockets, case)
    family = sockets.number("AF_INET6" if case["family"] == V6 else "AF_INET")
    got = (sock.get_int("SOL_SOCKET", "SO_DOMAIN"), sock.get_int("SOL_SOCKET", "SO_TYPE"))
    see("as-asked" if got == (family, sockets.number("SOCK_STREAM")) else "other", got=got)


NONBLOCKING = rule(
    "contracts.tcp-socket.nonblocking",
    "A TcpSocket is non-blocking from birth.",
    level=UNSPECIFIED,
    sources=[TOKIO.new_v4(1)],
    behaviours={"nonblocking": "O_NONBLOCK is set", "blocking": "O_NONBLOCK is clear"},
    needs=["nonblocking-flag"],
)


@NONBLOCKING.case(family=INET)
def test_nonblocking(sockets, see, case):
    sock = fresh(sockets, case)
    see("nonblocking" if sock.backend.nonblocking(sock.handle) else "blocking")


DROPPED = rule(
    "contracts.tcp-socket.dropped",
    "Dropping a TcpSocket closes it: its port can be bound again.",
    level=MUST,
    sources=[TOKIO.page("The underlying socket is closed when the TcpSocket value is dropped")],
    behaviours={"closed": CONFORMS, "EADDRINUSE": "the port stays taken"},
)


@DROPPED.case(family=INET)
def test_dropped(sockets, see, case):
    sock = bound(sockets, case)
    address = sock.local_addr()
    del sock
    see(outcome(sockets.new().bind, address, ok="closed"))


CONNECT_CONSUMES = rule(
    "contracts.tcp-socket.connect-consumes",
    "connect takes the TcpSocket and answers a connected stream.",
    level=MUST,
    sources=[TOKIO.connect(2, "The TcpSocket is consumed")],
    behaviours={
        "consumed": "the stream is connected and the socket is gone",
        "usable": "the socket can be used afterwards",
        "unconnected": "the stream is not connected",
    },
    conforming=["consumed"],
)


@CONNECT_CONSUMES.case(family=INET)
def test_connect_consumes(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = fresh(sockets, case)
    stream = awaited(sock.connect(address))
    if stream.peer_addr() != address:
        see("unconnected")
    else:
        see(gone(sock))
    stream.close()


def gone(sock):
    try:
        sock.local_addr()
    except Consumed:
        return "consumed"
    return "usable"


LISTEN_CONSUMES = rule(
    "contracts.tcp-socket.listen-consumes",
    "listen takes the TcpSocket and answers a listener.",
    level=MUST,
    sources=[TOKIO.listen(1, "Converts the socket into a TcpListener")],
    behaviours={
        "consumed": "the listener listens and the socket is gone",
        "usable": "the socket can be used afterwards",
        "silent": "nothing listens",
    },
    conforming=["consumed"],
)


@LISTEN_CONSUMES.case(family=INET)
def test_listen_consumes(sockets, see, case):
    sock = bound(sockets, case)
    listener = awaited(sock.listen(4))
    if outcome(sockets.new().connect, listener.local_addr()) != "succeeds":
        see("silent")
    else:
        see(gone(sock))
    listener.close()


CONNECT_ERROR = rule(
    "contracts.tcp-socket.connect-error",
    "connect answers the error that the connection met.",
    level=MUST,
    sources=[TOKIO.connect(4, "If the connection fails, the encountered error is returned")],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": "a stream all the same"},
)


@CONNECT_ERROR.case(family=INET)
def test_connect_error(sockets, see, case):
    dead = sockets.dead_address()

    def connect():
        awaited(fresh(sockets, case).connect(dead)).close()

    see(outcome(connect, ok="connected"))


ACCEPTS = rule(
    "contracts.tcp-socket.accepts",
    "A listener answers the connections that arrive, with the peer's address.",
    level=MUST,
    sources=[TOKIO.listen(3, "Connection are removed from the queue with TcpListener::accept")],
    behaviours={"accepted": CONFORMS, "other": "another peer"},
)


@ACCEPTS.case(family=INET)
def test_accepts(sockets, see, case):
    async def work():
        async with await bound(sockets, case).listen(4) as listener:
            client = sockets.new()
            client.connect(listener.local_addr())
            stream, address = await listener.accept()
            stream.close()
            return address == client.local_addr()

    see("accepted" if awaited(work()) else "other")


BIND_EQUIVALENT = rule(
    "contracts.tcp-socket.bind-equivalent",
    "The steps that the document gives for TcpListener::bind lead to a listener.",
    level=MUST,
    sources=[TOKIO.page('Calling TcpListener::bind("127.0.0.1:8080") is equivalent to')],
    behaviours={"listens": CONFORMS, "silent": "nothing listens"},
)


@BIND_EQUIVALENT.case(family=INET)
def test_bind_equivalent(sockets, see, case):
    sock = fresh(sockets, case)
    sock.set_reuseaddr(True)
    sock.bind(sockets.loopback())
    listener = awaited(sock.listen(1024))
    how = outcome(sockets.new().connect, listener.local_addr())
    see("listens" if how == "succeeds" else "silent")
    listener.close()


QUEUE_FULL = rule(
    "contracts.tcp-socket.queue-full",
    "When the queue of a listener is full, the system rejects further connections.",
    level=MUST,
    sources=[TOKIO.listen(4, "the operating-system will start rejecting connections")],
    behaviours={
        "ECONNREFUSED": CONFORMS,
        "held-back": "the connect stays pending",
        "accepted": "the connection is established all the same",
    },
)


@QUEUE_FULL.case(family=INET)
def test_queue_full(sockets, see, case):
    listener = awaited(bound(sockets, case).listen(1))
    address = listener.local_addr()
    how = "accepted"
    for _ in range(32):
        client = sockets.new()
        client.set_nonblocking(True)
        if outcome(client.connect, address) == "ECONNREFUSED":
            how = "ECONNREFUSED"
            break
        if not client.poll("POLLOUT", 0.05):
            how = "held-back"
            break
        error = client.take_error()
        if error is not None:
            how = error.symbol
            break
    see(how)
    listener.close()


BACKLOG_WIDE = rule(
    "contracts.tcp-socket.backlog-wide",
    "Every backlog of the document's type is taken, up to the largest.",
    level=MUST,
    sources=[TOKIO.listen(2, "backlog defines the maximum number of pending connections")],
    behaviours={"listens": CONFORMS, "silent": "nothing listens", "EINVAL": "it is refused"},
)


@BACKLOG_WIDE.case(family=V4, backlog=("1", "1024", "2147483647", "2147483648", "4294967295"))
def test_backlog_wide(sockets, see, case):
    try:
        listener = awaited(bound(sockets, case).listen(int(case["backlog"])))
    except SocketError as error:
        see(error.symbol)
        return
    how = outcome(sockets.new().connect, listener.local_addr())
    see("listens" if how == "succeeds" else "silent")
    listener.close()


UNBOUND_NAME = rule(
    "contracts.tcp-socket.local-addr-unbound",
    "Before bind the local address is the unspecified one; on Windows it is an error.",
    level=MUST,
    sources=[TOKIO.local_addr(2, "Will fail on windows if called before bind")],
    behaviours={"unspecified": CONFORMS, "EINVAL": CONFORMS, "other": "another address"},
)


@UNBOUND_NAME.case(family=INET)
def test_unbound_name(sockets, see, case):
    sock = fresh(sockets, case)
    how = outcome(sock.local_addr)
    if how == "succeeds":
        how = "unspecified" if sock.local_addr() == sockets.wildcard() else "other"
    see(how)


FROM_STD = rule(
    "contracts.tcp-socket.from-std-stream",
    "A TcpSocket made from a standard socket is that socket.",
    level=MUST,
    sources=[TOKIO.from_std_stream(1), SOCKET2.page("From<TcpStream>")],
    behaviours={"same": CONFORMS, "other": "another socket"},
    needs=["adopt"],
)


@FROM_STD.case(family=INET)
def test_from_std(sockets, see, case):
    made = sockets.bound()
    address = made.local_addr()
    number = made.backend.detach(made.handle)
    sock = TcpSocket.from_raw_fd(number, backend=sockets.backend)
    see("same" if sock.local_addr() == address else "other")


NOT_CONNECTED = rule(
    "contracts.tcp-socket.from-connected",
    "A connected socket that was made a TcpSocket cannot be connected.",
    level=MUST,
    sources=[TOKIO.from_std_stream(2, "must not have been connected prior to calling")],
    behaviours={"EISCONN": CONFORMS, "connected": "it connects all the same"},
    needs=["adopt"],
)


@NOT_CONNECTED.case(family=INET)
def test_not_connected(sockets, see, case):
    made, theirs = sockets.connected()
    number = made.backend.detach(made.handle)
    sock = TcpSocket.from_raw_fd(number, backend=sockets.backend)

    def connect():
        awaited(sock.connect(theirs.local_addr())).close()

    see(outcome(connect, ok="connected"))
