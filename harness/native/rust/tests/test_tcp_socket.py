"""tokio's TcpSocket: it is consumed, awaited, cancelled, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import socket
import sys

import pytest

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.api import TcpSocket
from sockspec.errors import Consumed, SocketError, Unsupported

HERE = Inet("127.0.0.1", 0)


@pytest.fixture
def sock(backend):
    return TcpSocket.new_v4(backend=backend)


def test_born_nonblocking_and_close_on_exec(backend):
    for make in (TcpSocket.new_v4, TcpSocket.new_v6):
        sock = make(backend=backend)
        assert backend.nonblocking(sock.handle) is True
        assert backend.cloexec(sock.handle) is True


def test_options(sock):
    for name in ("reuseaddr", "reuseport"):
        for value in (True, False):
            getattr(sock, f"set_{name}")(value)
            assert getattr(sock, name)() is value
    sock.set_linger(3)
    assert sock.linger() == 3.0
    sock.set_linger(None)
    assert sock.linger() is None
    sock.set_tos(0x10)
    assert sock.tos() == 0x10
    sock.set_send_buffer_size(65536)
    sock.set_recv_buffer_size(65536)
    assert sock.send_buffer_size() >= 65536
    assert sock.recv_buffer_size() >= 65536
    assert sock.take_error() is None
    sock.bind(HERE)
    assert sock.local_addr().host == "127.0.0.1"


@pytest.mark.skipif(sys.platform != "linux", reason="SO_BINDTODEVICE is Linux's")
def test_device(sock):
    assert sock.device() is None
    try:
        sock.bind_device(b"lo")
    except SocketError:
        pytest.skip("takes a privilege on this kernel")
    assert sock.device() == b"lo"
    sock.bind_device(None)
    assert sock.device() is None


def test_newer_functions(backend, sock):
    for name in ("nodelay", "keepalive"):
        backend.answer("TcpSocket", f"set_{name}")(sock.handle, True)
        assert backend.answer("TcpSocket", name)(sock.handle) is True
    backend.answer("TcpSocket", "set_zero_linger")(sock.handle)
    assert sock.linger() == 0.0
    assert backend.answer("TcpSocket", "debug")(sock.handle).startswith("Socket { raw: ")


def test_connect_and_listen(backend, sock):
    async def work():
        sock.bind(HERE)
        address = sock.local_addr()
        handle = sock.handle
        async with await sock.listen(4) as listener:
            with pytest.raises(Consumed):
                sock.local_addr()
            with pytest.raises(Consumed):
                backend.fileno(handle)
            client = TcpSocket.new_v4(backend=backend)
            taken = client.handle
            stream = await client.connect(address)
            with pytest.raises(Consumed):
                backend.recv(taken, 1)
            server, peer = await listener.accept()
            assert peer == stream.local_addr()
            assert backend.nonblocking(stream.handle) is True
            await stream.write_all(b"hello")
            assert await server.read(5) == b"hello"
            stream.close()
            server.close()

    asyncio.run(work())


def test_connect_of_ipv6(backend):
    async def work():
        sock = TcpSocket.new_v6(backend=backend)
        sock.bind(Inet6("::1", 0))
        listener = await sock.listen(1)
        stream = await TcpSocket.new_v6(backend=backend).connect(listener.local_addr())
        assert stream.peer_addr() == listener.local_addr()
        stream.close()
        listener.close()

    asyncio.run(work())


def test_connect_tells_the_error(backend):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = Inet(*probe.getsockname())
    with pytest.raises(SocketError) as caught:
        asyncio.run(TcpSocket.new_v4(backend=backend).connect(dead))
    assert (caught.value.symbol, caught.value.call) == ("ECONNREFUSED", "connect")
    assert caught.value.number > 0


def full_listener():
    """A listener whose queue is full: connecting to it waits (Linux drops the SYN)."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        waiting.append(client)
    return listener, waiting


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue answers elsewhere")
def test_cancelling_closes(backend, sock):
    listener, waiting = full_listener()
    number = sock.as_raw_fd()

    async def work():
        async with asyncio.timeout(0.2):
            await sock.connect(Inet(*listener.getsockname()))

    try:
        with pytest.raises(TimeoutError):
            asyncio.run(work())
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)
    finally:
        for each in (listener, *waiting):
            each.close()


def test_an_attempt_that_is_not_awaited_closes(backend, making):
    taken = backend.answer("TcpSocket", "new_v4")()
    number = backend.fileno(taken)
    attempt = backend.answer("TcpSocket", "connect")(taken, Inet("127.0.0.1", 1))
    assert repr(attempt) == "<connecting>"
    os.fstat(number)
    del attempt
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_many_attempts_at_once(backend):
    async def work():
        sock = TcpSocket.new_v4(backend=backend)
        sock.bind(HERE)
        listener = await sock.listen(64)
        attempts = [
            TcpSocket.new_v4(backend=backend).connect(listener.local_addr()) for _ in range(40)
        ]
        for stream in await asyncio.gather(*attempts):
            stream.close()
        listener.close()

    asyncio.run(work())


@pytest.mark.parametrize("address", [Unix(b"name"), Raw(b"\x02\x00")])
def test_what_socketaddr_cannot_say(sock, address):
    with pytest.raises(Unsupported, match="SocketAddr"):
        sock.bind(address)


def test_from_std_stream(backend):
    std = socket.socket()
    number = std.fileno()
    sock = backend.answer("TcpSocket", "from_std_stream")(std.detach())
    assert backend.fileno(sock) == number
    assert backend.nonblocking(sock) is False  # as in tokio, the caller's business
    adopted = TcpSocket.from_std_stream(socket.socket(), backend=backend)
    adopted.set_reuseaddr(True)
    assert adopted.reuseaddr() is True
    with pytest.raises(SocketError, match="EBADF"):
        backend.answer("TcpSocket", "from_std_stream")(-1)


def test_backlog_is_a_u32(backend):
    listen = backend.answer("TcpSocket", "listen")
    for wrong in (-1, 2**32):
        with pytest.raises(OverflowError):
            listen(backend.answer("TcpSocket", "new_v4")(), wrong)
    backend.close(listen(backend.answer("TcpSocket", "new_v4")(), 2**32 - 1))
