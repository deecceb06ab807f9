"""What the tokio document says of TcpSocket, on the face that implements it."""

from __future__ import annotations

import asyncio

from sockspec.api import TcpSocket
from sockspec.errors import Consumed, SocketError
from sockspec.observe import outcome
from sockspec.rules import CONFORMS, INET, MUST, SHOULD, UNSPECIFIED, V4, V6, rule
from sockspec.sources import SOCKET2, TOKIO


def fresh(sockets, case):
    """A TcpSocket of the case's family."""
    make = TcpSocket.new_v6 if case.get("family") == V6 else TcpSocket.new_v4
    return make(backend=sockets.backend)


def bound(sockets, case):
    sock = fresh(sockets, case)
    sock.bind(sockets.loopback())
    return sock


def awaited(work):
    """Run a coroutine to its end, five seconds at most."""

    async def limited():
        async with asyncio.timeout(5):
            return await work

    return asyncio.run(limited())


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
    if outcome(sockets.new().connect, listener.local_addr()) != "ok":
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
    see("listens" if how == "ok" else "silent")
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
    see("listens" if how == "ok" else "silent")
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
    if how == "ok":
        how = "unspecified" if sock.local_addr() == sockets.wildcard() else "other"
    see(how)


FLAGS = rule(
    "contracts.tcp-socket.flags",
    "SO_REUSEADDR and SO_REUSEPORT read back as they were set.",
    level=MUST,
    sources=[
        TOKIO.set_reuseaddr(1),
        TOKIO.reuseaddr(1, "Retrieves the value set for SO_REUSEADDR"),
        TOKIO.set_reuseport(1),
        TOKIO.reuseport(1),
    ],
    behaviours={"same": CONFORMS, "other": "the opposite"},
)


@FLAGS.case(family=INET, option=("reuseaddr", "reuseport"), value=("on", "off", "untouched"))
def test_flags(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = case["value"] == "on"
    if case["value"] != "untouched":
        getattr(sock, f"set_{case['option']}")(wanted)
    see("same" if getattr(sock, case["option"])() is wanted else "other")


BUFFERS = rule(
    "contracts.tcp-socket.buffer-size",
    "A buffer size is set, and what reads back is at least what was asked for.",
    level=SHOULD,
    sources=[
        TOKIO.set_recv_buffer_size(1),
        TOKIO.recv_buffer_size(3, "may not be the same"),
        TOKIO.set_send_buffer_size(1),
        TOKIO.send_buffer_size(3),
    ],
    behaviours={"enough": CONFORMS, "less": "less than was asked for"},
)


@BUFFERS.case(family=INET, which=("recv", "send"))
def test_buffers(sockets, see, case):
    sock = fresh(sockets, case)
    getattr(sock, f"set_{case['which']}_buffer_size")(65536)
    got = getattr(sock, f"{case['which']}_buffer_size")()
    see("enough" if got >= 65536 else "less", got=got)


TOS_KEPT = rule(
    "contracts.tcp-socket.tos",
    "The type-of-service field that is set is the one that is used: it reads back.",
    level=MUST,
    sources=[
        TOKIO.set_tos(2, "sets the type-of-service field that is used in every packet"),
        TOKIO.tos(1),
    ],
    behaviours={
        "same": CONFORMS,
        "ecn-masked": "without its two lowest bits",
        "other": "other",
    },
)


@TOS_KEPT.case(family=V4, bits=("dscp", "ecn"))
def test_tos(sockets, see, case):
    sock = fresh(sockets, case)
    value = 0x60 if case["bits"] == "dscp" else 0x63
    sock.set_tos(value)
    got = sock.tos()
    see("same" if got == value else "ecn-masked" if got == value & ~3 else "other", got=got)


LINGER = rule(
    "contracts.tcp-socket.linger",
    "A linger time of whole seconds reads back as it was set; without one lingering is off.",
    level=MUST,
    sources=[TOKIO.set_linger(1), TOKIO.linger(1)],
    behaviours={"same": CONFORMS, "other": "another time, or none"},
)


@LINGER.case(family=INET, time=("none", "zero", "seconds"))
def test_linger(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = {"none": None, "zero": 0.0, "seconds": 7.0}[case["time"]]
    sock.set_linger(wanted)
    got = sock.linger()
    see("same" if got == wanted else "other", got=got)


BIND = rule(
    "contracts.tcp-socket.bind",
    "bind gives the socket the address, and a second socket is refused there.",
    level=MUST,
    sources=[TOKIO.bind(1), TOKIO.local_addr(1)],
    behaviours={"EADDRINUSE": CONFORMS, "bound": "both are bound", "other": "another address"},
)


@BIND.case(family=INET)
def test_bind(sockets, see, case):
    first = bound(sockets, case)
    address = first.local_addr()
    if address.host != sockets.loopback().host or not address.port:
        see("other", got=address)
        return
    see(outcome(fresh(sockets, case).bind, address, ok="bound"))


DEVICE_READ = rule(
    "contracts.tcp-socket.device",
    "The interface that a socket was bound to is read back; a new socket has none.",
    level=MUST,
    sources=[TOKIO.device(1), TOKIO.bind_device(1)],
    behaviours={
        "same": CONFORMS,
        "other": "another interface, or none",
        "EPERM": "it is not permitted",
    },
    needs=["device"],
)


@DEVICE_READ.case(family=V4, interface=("none", "lo"))
def test_device(sockets, see, case):
    sock = fresh(sockets, case)
    wanted = None
    how = "same"
    if case["interface"] == "lo":
        wanted = b"lo"
        how = outcome(sock.bind_device, wanted, ok="same")
    told = []
    if how == "same":
        how = outcome(lambda: told.append(sock.device()), ok="same")
    see("other" if told not in ([], [wanted]) else how)


DEVICE = rule(
    "contracts.tcp-socket.device-removed",
    "Binding to no interface removes the binding to one.",
    level=MUST,
    sources=[TOKIO.bind_device(3, "If interface is None or an empty string it removes")],
    behaviours={"removed": CONFORMS, "EPERM": "it is not permitted", "kept": "it stays"},
    needs=["device", "privileged"],
)


@DEVICE.case(family=V4, given=("none", "empty"))
def test_device_removed(sockets, see, case):
    sock = fresh(sockets, case)
    sock.bind_device(b"lo")
    how = outcome(sock.bind_device, None if case["given"] == "none" else b"")
    if how == "ok":
        how = "removed" if sock.device() is None else "kept"
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
