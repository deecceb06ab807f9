"""The two faces: complete, routed to originals, and true to the documents' own code."""

from __future__ import annotations

import asyncio
import socket as std
import sys
import threading

import pytest

from sockspec import Socket, TcpSocket
from sockspec.address import Inet, Inet6, parse
from sockspec.api import TcpKeepalive, documents
from sockspec.api.base import to_address
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import Consumed, SocketError, Unsupported
from sockspec.run.functions import availability

linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux has")


@pytest.fixture
def tcp():
    with Socket("AF_INET", "SOCK_STREAM") as sock:
        yield sock


@pytest.fixture
def listener():
    with Socket("AF_INET", "SOCK_STREAM") as sock:
        sock.bind(parse("127.0.0.1:0"))
        sock.listen(8)
        yield sock


# -- completeness ------------------------------------------------------------------


def test_no_documented_function_is_missing():
    assert len(documents.SOCKET2) == len(set(documents.SOCKET2)) == 77
    assert len(documents.TOKIO) == len(set(documents.TOKIO)) == 22
    assert [
        name for name in documents.SOCKET2 if not callable(getattr(Socket, name, None))
    ] == []
    assert [
        name for name in documents.TOKIO if not callable(getattr(TcpSocket, name, None))
    ] == []


@pytest.mark.parametrize(
    ("face", "names"), [(Socket, documents.SOCKET2), (TcpSocket, documents.TOKIO)]
)
def test_every_documented_function_is_documented(face, names):
    assert [name for name in names if not (getattr(face, name).__doc__ or "").strip()] == []


ROUND_TRIPS = [
    ("AF_INET", "SOCK_DGRAM", "broadcast", True, True),
    ("AF_INET", "SOCK_STREAM", "keepalive", True, True),
    ("AF_INET", "SOCK_STREAM", "linger", 5.9, 5.0),
    ("AF_INET", "SOCK_STREAM", "linger", None, None),
    ("AF_INET", "SOCK_STREAM", "linger", 0.5, 0.0),
    ("AF_INET", "SOCK_STREAM", "out_of_band_inline", True, True),
    ("AF_INET", "SOCK_STREAM", "read_timeout", 2.0, 2.0),
    ("AF_INET", "SOCK_STREAM", "read_timeout", None, None),
    ("AF_INET", "SOCK_STREAM", "read_timeout", 1e-7, None),
    ("AF_INET", "SOCK_STREAM", "write_timeout", 3.0, 3.0),
    ("AF_INET", "SOCK_STREAM", "reuse_address", True, True),
    ("AF_INET", "SOCK_STREAM", "ttl", 40, 40),
    ("AF_INET", "SOCK_DGRAM", "multicast_ttl_v4", 7, 7),
    ("AF_INET", "SOCK_DGRAM", "multicast_loop_v4", False, False),
    ("AF_INET", "SOCK_DGRAM", "multicast_if_v4", "127.0.0.1", "127.0.0.1"),
    ("AF_INET6", "SOCK_STREAM", "only_v6", True, True),
    ("AF_INET6", "SOCK_STREAM", "unicast_hops_v6", 30, 30),
    ("AF_INET6", "SOCK_DGRAM", "multicast_hops_v6", 4, 4),
    ("AF_INET6", "SOCK_DGRAM", "multicast_loop_v6", False, False),
    ("AF_INET", "SOCK_STREAM", "nodelay", True, True),
]


@linux
@pytest.mark.parametrize(("family", "kind", "name", "value", "back"), ROUND_TRIPS)
def test_options_go_there_and_back(family, kind, name, value, back):
    with Socket(family, kind) as sock:
        getattr(sock, f"set_{name}")(value)
        assert getattr(sock, name)() == back


@linux
def test_the_newer_options_answer(tcp):
    assert tcp.type() == std.SOCK_STREAM
    assert tcp.domain() == std.AF_INET
    assert tcp.protocol() == std.IPPROTO_TCP
    assert not tcp.is_listener()
    tcp.set_tcp_keepalive(TcpKeepalive(time=60.5, interval=5, retries=3))
    assert tcp.keepalive()
    told = (tcp.tcp_keepalive_time(), tcp.tcp_keepalive_interval(), tcp.tcp_keepalive_retries())
    assert told == (60.0, 5.0, 3)
    tcp.set_tcp_user_timeout(1.5)
    assert tcp.tcp_user_timeout() == 1.5
    assert tcp.cookie() > 0
    assert tcp.device() is None


@linux
def test_a_file_is_sent():
    one, other = Socket.pair("AF_UNIX", "SOCK_STREAM")
    with one, other, Socket.from_handle(one.backend, one.backend.file(b"content")) as file:
        assert one.sendfile(file, 3, 2) == 2
        assert one.sendfile(file, 5) == 2
        assert other.recv(9) == b"tent"


@linux
def test_sizes_wrap_as_in_the_document(tcp):
    tcp.set_recv_buffer_size(2**32 + 65536)
    wrapped = tcp.recv_buffer_size()
    tcp.set_recv_buffer_size(65536)
    assert tcp.recv_buffer_size() == wrapped


def test_a_negative_duration_is_none(tcp):
    with pytest.raises(ValueError, match="not negative"):
        tcp.set_read_timeout(-1.0)


# -- addresses -----------------------------------------------------------------------


def test_addresses_read_as_the_documents_write_them():
    assert parse("127.0.0.1:80") == Inet("127.0.0.1", 80)
    assert parse("[fe80::1%3]:80") == Inet6("fe80::1", 80, 0, 3)
    assert str(parse("[::1]:80")) == "[::1]:80"
    assert to_address(("::1", 5)) == Inet6("::1", 5)
    assert to_address(("127.0.0.1", 5)) == Inet("127.0.0.1", 5)
    for wrong in ("127.0.0.1", "localhost:80", "[::1]", "127.0.0.1:99999", ":80"):
        with pytest.raises(ValueError):
            parse(wrong)


# -- ownership -----------------------------------------------------------------------


def test_a_consumed_socket_says_who_took_it(tcp):
    taken = tcp.into_std()
    with taken, pytest.raises(Consumed, match="into_std"):
        tcp.local_addr()
    assert "raw: None" in repr(tcp)


def test_descriptors_move_without_closing(tcp):
    number = tcp.into_raw_fd()
    with Socket.from_raw_fd(number) as again:
        assert again.as_raw_fd() == number
        assert again.local_addr() == Inet("0.0.0.0", 0)


def test_a_clone_outlives_the_original(listener):
    clone = listener.try_clone()
    address = listener.local_addr()
    listener.close()
    assert clone.local_addr() == address
    clone.close()
    listener._handle = Stdlib().new(std.AF_INET, std.SOCK_STREAM, 0)


# -- connecting ----------------------------------------------------------------------


def test_connect_timeout_leaves_the_socket_blocking(listener, tcp):
    tcp.set_nonblocking(True)
    tcp.connect_timeout(listener.local_addr(), 2.0)
    assert not tcp.nonblocking()
    assert tcp.peer_addr() == listener.local_addr()


def test_connect_timeout_tells_the_refusal(tcp):
    with Socket("AF_INET", "SOCK_STREAM") as closed:
        closed.bind(parse("127.0.0.1:0"))
        with pytest.raises(SocketError) as caught:
            tcp.connect_timeout(closed.local_addr(), 2.0)
    assert caught.value.symbol == "ECONNREFUSED"
    assert not tcp.nonblocking()


def test_no_time_at_all_is_a_time_out_that_is_no_answer_of_the_system(listener, tcp):
    class Slow(Stdlib):
        def connect(self, sock, address):
            raise SocketError("EINPROGRESS", 115, "connect")

    slow = Socket.from_handle(Slow(), tcp.handle)
    with pytest.raises(SocketError) as caught:
        slow.connect_timeout(listener.local_addr(), 0.0)
    assert (caught.value.symbol, caught.value.number) == ("ETIMEDOUT", 0)


def test_an_awaited_connect_and_listen():
    async def talk():
        async with await _bound().listen(8) as server:
            async with await TcpSocket.new_v4().connect(server.local_addr()) as client:
                accepted, peer = await server.accept()
                assert peer == client.local_addr()
                await client.write_all(b"x" * 300_000)
                client.shutdown()
                size = 0
                while data := await accepted.read(65536):
                    size += len(data)
                accepted.close()
                return size

    assert asyncio.run(talk()) == 300_000


def _bound() -> TcpSocket:
    sock = TcpSocket.new_v4()
    sock.bind(parse("127.0.0.1:0"))
    return sock


def test_connect_and_listen_consume():
    async def use(how):
        sock = _bound()
        if how == "listen":
            (await sock.listen(1)).close()
        else:
            with pytest.raises(SocketError):
                await sock.connect(parse("127.0.0.1:1"))
        with pytest.raises(Consumed, match=how):
            sock.local_addr()

    for how in ("listen", "connect"):
        asyncio.run(use(how))


def test_a_cancelled_connect_closes_the_socket(listener):
    class Never(Stdlib):
        closed = threading.Event()

        def connect(self, sock, address):
            raise SocketError("EINPROGRESS", 115, "connect")

        def poll(self, wanted, timeout):
            return (0,)

        def close(self, sock):
            super().close(sock)
            self.closed.set()

    async def cancelled():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await TcpSocket.new_v4(backend=Never()).connect(listener.local_addr())

    asyncio.run(cancelled())
    assert Never.closed.wait(1)


def test_a_tcp_socket_is_non_blocking_and_closed_when_dropped():
    sock = TcpSocket.new_v4()
    number = sock.as_raw_fd()
    assert sock.backend.nonblocking(sock.handle)
    assert sock.backend.cloexec(sock.handle)
    del sock
    import os

    with pytest.raises(OSError):
        os.fstat(number)


def test_a_backlog_is_a_u32():
    passed = []

    class Told(Stdlib):
        def listen(self, sock, backlog):
            passed.append(backlog)
            super().listen(sock, backlog)

    async def listen(backlog):
        (await TcpSocket.new_v4(backend=Told()).listen(backlog)).close()

    for backlog in (1024, 2**32 - 1):
        asyncio.run(listen(backlog))
    assert passed == [1024, -1]
    with pytest.raises(ValueError, match="u32"):
        asyncio.run(listen(-1))


# -- backends ------------------------------------------------------------------------


def test_an_original_answers_where_the_backend_has_one():
    class Original(Stdlib):
        def answer(self, face, function):
            if (face, function) == ("Socket", "ttl"):
                return lambda handle: (handle.fileno() >= 0, "the original")
            return None

    with Socket("AF_INET", "SOCK_STREAM", backend=Original()) as sock:
        assert sock.ttl() == (True, "the original")
        assert isinstance(sock.nodelay(), bool)


def test_what_the_platform_lacks_is_named():
    class Poor(Stdlib):
        def constant(self, symbol):
            return None if symbol == "SO_KEEPALIVE" else super().constant(symbol)

    with Socket("AF_INET", "SOCK_STREAM", backend=Poor()) as sock:
        with pytest.raises(Unsupported, match="SO_KEEPALIVE is not available"):
            sock.set_keepalive(True)
        assert sock.nodelay() is False


# -- the table -----------------------------------------------------------------------


def test_the_table_asks_every_documented_function():
    told = availability(Stdlib())
    assert len(told) == 77 + 22
    lacking = {name: why for name, why in told.items() if why}
    if sys.platform == "linux":
        assert set(lacking) == {"Socket.new_raw", "Socket.accept_raw"}
    assert all("is not available" in why for why in lacking.values())


def test_a_socket_that_cannot_be_made_nonblocking_is_closed():
    made = []

    class Blocking(Stdlib):
        def new(self, *arguments):
            made.append(super().new(*arguments))
            return made[-1]

        def set_nonblocking(self, sock, on):
            raise Unsupported("set_nonblocking", "every call waits")

    with pytest.raises(Unsupported) as refused:
        TcpSocket.new_v4(backend=Blocking())
    # While the error is held, nothing drops the socket: whoever made it has closed it.
    assert refused.traceback
    assert [sock.fileno() for sock in made] == [-1]
