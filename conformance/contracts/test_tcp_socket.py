"""`TcpSocket` of the tokio document: creation, name, connection and end."""

from __future__ import annotations

from sockspec.api import TcpSocket
from sockspec.spec import (
    CLIENT,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    TOKIO,
    UNSPECIFIED,
    V6,
    outcome,
    rule,
)

from .calls import attempt
from .tokio import CONSUMED, awaited, bound, fresh, gone, unkept

KIND = rule(
    "contracts.tcp-socket.kind",
    "A TcpSocket is a stream socket of the family that it was made for.",
    level=MUST,
    sources=[
        TOKIO.new_v4(2, "Calls socket(2) with AF_INET and SOCK_STREAM"),
        TOKIO.new_v6(2, "Calls socket(2) with AF_INET6 and SOCK_STREAM"),
    ],
    behaviours={"as-asked": CONFORMS, "another-kind": "it has another family or type"},
    renamed={"other": "another-kind"},
)


@KIND.case(family=INET)
def test_kind(sockets, see, case):
    sock = fresh(sockets, case)
    family = sockets.number("AF_INET6" if case["family"] == V6 else "AF_INET")
    got = (sock.get_int("SOL_SOCKET", "SO_DOMAIN"), sock.get_int("SOL_SOCKET", "SO_TYPE"))
    see(
        "as-asked" if got == (family, sockets.number("SOCK_STREAM")) else "another-kind",
        got=got,
    )


NONBLOCKING = rule(
    "contracts.tcp-socket.nonblocking",
    "Whether a new TcpSocket is non-blocking is unspecified.",
    level=UNSPECIFIED,
    sources=[
        TOKIO.new_v4(2, "Calls socket(2) with AF_INET and SOCK_STREAM"),
        TOKIO.new_v6(2, "Calls socket(2) with AF_INET6 and SOCK_STREAM"),
    ],
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
    sources=[
        TOKIO.page("TcpSocket", "is closed when the TcpSocket value is dropped"),
    ],
    behaviours={"closed": CONFORMS},
)


@DROPPED.case(family=INET)
def test_dropped(sockets, see, case):
    sock = unkept(sockets, case)
    sock.bind(sockets.loopback())
    address = sock.local_addr()
    del sock
    see(outcome(sockets.new().bind, address, ok="closed"))


BIND = rule(
    "contracts.tcp-socket.bind",
    "Binding a TcpSocket to the address of another fails with EADDRINUSE.",
    level=MUST,
    sources=[
        TOKIO.bind(2, "This calls the bind(2) operating-system function"),
        POSIX.bind("EADDRINUSE", "The specified address is already in use"),
    ],
    behaviours={
        "EADDRINUSE": CONFORMS,
        "bound": "both are bound to it",
        "another-address": "an address that it was not bound to",
    },
    renamed={"other": "another-address"},
)


@BIND.case(family=INET)
def test_bind(sockets, see, case):
    first = bound(sockets, case)
    address = first.local_addr()
    if address.host != sockets.loopback().host or not address.port:
        see("another-address", got=address)
        return
    see(outcome(fresh(sockets, case).bind, address, ok="bound"))


UNBOUND = rule(
    "contracts.tcp-socket.local-addr-unbound",
    "Whether local_addr of an unbound TcpSocket returns an address or fails is unspecified.",
    level=UNSPECIFIED,
    sources=[
        TOKIO.local_addr(2, "Will fail on windows if called before bind"),
        POSIX.getsockname(
            "DESCRIPTION", "has not been bound to a local name, the value stored"
        ),
    ],
    behaviours={
        "wildcard": "the unspecified address and port 0",
        "EINVAL": "an unbound socket has no address",
        "another-address": "an address that it was not bound to",
    },
    renamed={"unspecified": "wildcard", "other": "another-address"},
)


@UNBOUND.case(family=INET)
def test_local_addr_unbound(sockets, see, case):
    how, got = attempt(fresh(sockets, case).local_addr)
    if how == "succeeds":
        how = "wildcard" if got == sockets.wildcard() else "another-address"
    see(how, got=got)


CONNECT_CONSUMES = rule(
    "contracts.tcp-socket.connect-consumes",
    "connect consumes the TcpSocket and returns a connected stream.",
    level=MUST,
    judges=CLIENT,
    sources=[
        TOKIO.connect(2, "The TcpSocket is consumed"),
        TOKIO.connect(3, "a connected TcpStream is returned"),
    ],
    behaviours={**CONSUMED, "unconnected": "the stream has another peer"},
    conforming=["consumed"],
)


@CONNECT_CONSUMES.case(family=INET)
def test_connect_consumes(sockets, see, case):
    address = sockets.listener().local_addr()
    sock = fresh(sockets, case)
    stream = awaited(sock.connect(address))
    see(gone(sock) if stream.peer_addr() == address else "unconnected")
    stream.close()


def connecting(sock, address):
    """How `connect` ended."""
    return outcome(lambda: awaited(sock.connect(address)).close(), ok="connected")


CONNECT_ERROR = rule(
    "contracts.tcp-socket.connect-error",
    "connect to an address at which nothing listens fails with ECONNREFUSED.",
    level=MUST,
    judges=CLIENT,
    sources=[
        TOKIO.connect(4, "If the connection fails, the encountered error is returned"),
        POSIX.connect("ECONNREFUSED", "The target address was not listening for connections"),
    ],
    behaviours={"ECONNREFUSED": CONFORMS, "connected": "a stream is returned"},
)


@CONNECT_ERROR.case(family=INET)
def test_connect_error(sockets, see, case):
    see(connecting(fresh(sockets, case), sockets.dead_address()))


def adopted(sockets, made):
    """A TcpSocket made from the descriptor of a socket, which it owns from then on."""
    return TcpSocket.from_raw_fd(made.backend.detach(made.handle), backend=sockets.backend)


FROM_RAW_FD = rule(
    "contracts.tcp-socket.from-raw-fd",
    "A TcpSocket made from the descriptor of a socket is that socket.",
    level=MUST,
    sources=[TOKIO.page("FromRawFd", "Converts a RawFd to a TcpSocket")],
    behaviours={"same": CONFORMS, "another-socket": "it has another local address"},
    needs=["adopt"],
)


@FROM_RAW_FD.case(family=INET)
def test_from_raw_fd(sockets, see, case):
    made = sockets.bound()
    address = made.local_addr()
    see("same" if adopted(sockets, made).local_addr() == address else "another-socket")


FROM_STD_STREAM = rule(
    "contracts.tcp-socket.from-std-stream",
    "A TcpSocket made from a socket of the standard library is that socket.",
    level=MUST,
    sources=[TOKIO.from_std_stream(1, "Converts a std::net::TcpStream into a TcpSocket")],
    behaviours={"same": CONFORMS, "another-socket": "it has another local address"},
    needs=["adopt"],
    renamed={"other": "another-socket"},
)


@FROM_STD_STREAM.case(family=INET)
def test_from_std_stream(sockets, see, case):
    made = sockets.bound()
    address = made.local_addr()
    sock = TcpSocket.from_std_stream(made.into_std(), backend=sockets.backend)
    see("same" if sock.local_addr() == address else "another-socket")


FROM_CONNECTED = rule(
    "contracts.tcp-socket.from-connected",
    "connect of a TcpSocket made from the descriptor of a connected socket fails with EISCONN.",
    level=MUST,
    sources=[
        TOKIO.connect(5, "This calls the connect(2) operating-system function"),
        POSIX.connect("EISCONN", "is connection-mode and is already connected"),
    ],
    behaviours={"EISCONN": CONFORMS, "connected": "a stream is returned"},
    needs=["adopt"],
)


@FROM_CONNECTED.case(family=INET)
def test_from_connected(sockets, see, case):
    made, theirs = sockets.connected()
    see(connecting(adopted(sockets, made), theirs.local_addr()))


CLOEXEC = rule(
    "contracts.tcp-socket.cloexec",
    "Whether a new TcpSocket has close-on-exec set is unspecified.",
    level=UNSPECIFIED,
    sources=[TOKIO.new_v4(2, "Calls socket(2) with AF_INET and SOCK_STREAM")],
    behaviours={"cloexec": "close-on-exec is set", "inheritable": "close-on-exec is clear"},
)


@CLOEXEC.case(family=INET)
def test_cloexec(sockets, see, case):
    sock = fresh(sockets, case)
    see("cloexec" if sock.backend.cloexec(sock.handle) else "inheritable")


BIND_AGAIN = rule(
    "contracts.tcp-socket.bind-again",
    "A second bind of a TcpSocket fails with EINVAL.",
    level=MUST,
    sources=[
        TOKIO.bind(2, "calls the bind(2) operating-system function"),
        POSIX.bind("EINVAL", "The socket is already bound to an address"),
    ],
    behaviours={"EINVAL": CONFORMS, "bound-again": "the call succeeds"},
)


@BIND_AGAIN.case(family=INET)
def test_bind_again(sockets, see, case):
    sock = bound(sockets, case)
    see(outcome(sock.bind, sockets.loopback(), ok="bound-again"))


SELF = rule(
    "contracts.tcp-socket.self-connect",
    "Whether a TcpSocket can connect to its own address is unspecified.",
    level=UNSPECIFIED,
    sources=[TOKIO.connect(5, "calls the connect(2) operating-system function")],
    behaviours={"connected": "a stream is returned"},
)


@SELF.case(family=INET)
def test_self_connect(sockets, see, case):
    sock = bound(sockets, case)
    see(connecting(sock, sock.local_addr()))


FROM_STD_CONNECTED = rule(
    "contracts.tcp-socket.from-std-connected",
    "connect of a TcpSocket made from a connected socket of the standard library fails.",
    level=MUST,
    sources=[
        TOKIO.from_std_stream(2, "must not have been connected prior to calling this function"),
        POSIX.connect("EISCONN", "is connection-mode and is already connected"),
    ],
    behaviours={"EISCONN": CONFORMS, "connected": "a stream is returned"},
    needs=["adopt"],
)


@FROM_STD_CONNECTED.case(family=INET)
def test_from_std_connected(sockets, see, case):
    made, theirs = sockets.connected()
    sock = TcpSocket.from_std_stream(made.into_std(), backend=sockets.backend)
    see(connecting(sock, theirs.local_addr()))
