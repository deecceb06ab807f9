"""listen() of the tokio document, and the listener that it makes."""

from __future__ import annotations

from sockspec.errors import SocketError
from sockspec.spec import (
    ALONE,
    CONFORMS,
    INET,
    MUST,
    POSIX,
    TOKIO,
    UNSPECIFIED,
    V4,
    outcome,
    rule,
)

from .tokio import CONSUMED, awaited, bound, fresh, gone

NOT_LISTENING = "a connect to the listener's address fails"


def listens(sockets, listener):
    return outcome(sockets.new().connect, listener.local_addr()) == "succeeds"


CONSUMES = rule(
    "contracts.tcp-listener.consumes",
    "listen consumes the TcpSocket and returns a listener.",
    level=MUST,
    judges=ALONE,
    sources=[TOKIO.listen(1, "Converts the socket into a TcpListener")],
    behaviours={**CONSUMED, "not-listening": NOT_LISTENING},
    conforming=["consumed"],
    aliases=["contracts.tcp-socket.listen-consumes"],
    renamed={"silent": "not-listening"},
)


@CONSUMES.case(family=INET)
def test_consumes(sockets, see, case):
    sock = bound(sockets, case)
    listener = awaited(sock.listen(4))
    see(gone(sock) if listens(sockets, listener) else "not-listening")
    listener.close()


ACCEPTS = rule(
    "contracts.tcp-listener.accepts",
    "accept returns a connection that has arrived, with the address of its peer.",
    level=MUST,
    judges=ALONE,
    sources=[
        TOKIO.listen(3, "are removed from the queue with TcpListener::accept"),
        POSIX.accept("DESCRIPTION", "the address of the peer for the accepted connection"),
    ],
    behaviours={"accepted": CONFORMS, "another-peer": "the address is not the client's"},
    aliases=["contracts.tcp-socket.accepts"],
    renamed={"other": "another-peer"},
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

    see("accepted" if awaited(work()) else "another-peer")


BIND_EQUIVALENT = rule(
    "contracts.tcp-listener.bind-equivalent",
    "The steps that are equivalent to TcpListener::bind make a listener.",
    level=MUST,
    judges=ALONE,
    sources=[
        TOKIO.page("TcpSocket", 'Calling TcpListener::bind("127.0.0.1:8080") is equivalent to')
    ],
    behaviours={"listens": CONFORMS, "not-listening": NOT_LISTENING},
    aliases=["contracts.tcp-socket.bind-equivalent"],
    renamed={"silent": "not-listening"},
)


@BIND_EQUIVALENT.case(family=INET)
def test_bind_equivalent(sockets, see, case):
    sock = fresh(sockets, case)
    sock.set_reuseaddr(True)
    sock.bind(sockets.loopback())
    listener = awaited(sock.listen(1024))
    see("listens" if listens(sockets, listener) else "not-listening")
    listener.close()


BACKLOG_WIDE = rule(
    "contracts.tcp-listener.backlog-wide",
    "listen accepts every backlog from 1 to 4294967295.",
    level=MUST,
    judges=ALONE,
    sources=[
        TOKIO.listen(2, "backlog defines the maximum number of pending connections"),
        POSIX.listen("DESCRIPTION", "impose a limit on backlog and silently reduce the"),
    ],
    behaviours={"listens": CONFORMS, "not-listening": NOT_LISTENING},
    aliases=["contracts.tcp-socket.backlog-wide"],
    renamed={"silent": "not-listening"},
)


@BACKLOG_WIDE.case(family=V4, backlog=("1", "1024", "2147483647", "2147483648", "4294967295"))
def test_backlog_wide(sockets, see, case):
    try:
        listener = awaited(bound(sockets, case).listen(int(case["backlog"])))
    except SocketError as error:
        see(error.symbol)
        return
    see("listens" if listens(sockets, listener) else "not-listening")
    listener.close()


UNBOUND = rule(
    "contracts.tcp-listener.unbound",
    "Whether a TcpSocket that was not bound can listen is unspecified.",
    level=UNSPECIFIED,
    sources=[TOKIO.listen(5, "marking the socket as a passive socket")],
    behaviours={"bound-to-port": "it does, at a port", "without-port": "it does, at no port"},
)


@UNBOUND.case(family=INET)
def test_unbound(sockets, see, case):
    try:
        listener = awaited(fresh(sockets, case).listen(4))
    except SocketError as error:
        see(error.symbol)
        return
    see("bound-to-port" if listener.local_addr().port else "without-port")
    listener.close()


MODE = rule(
    "contracts.tcp-listener.accepted-mode",
    "Whether a stream that a TcpListener accepted is non-blocking is unspecified.",
    level=UNSPECIFIED,
    judges=ALONE,
    sources=[TOKIO.listen(3, "removed from the queue with TcpListener::accept")],
    behaviours={"nonblocking": "it is", "blocking": "it is not"},
    needs=["nonblocking-flag"],
)


@MODE.case(family=INET)
def test_accepted_mode(sockets, see, case):
    async def work():
        async with await bound(sockets, case).listen(4) as listener:
            client = sockets.new()
            client.connect(listener.local_addr())
            stream, _address = await listener.accept()
            with stream.into_socket() as accepted:
                return accepted.nonblocking()

    see("nonblocking" if awaited(work()) else "blocking")
