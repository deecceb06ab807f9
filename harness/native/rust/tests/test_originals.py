"""Each function of the two documents is answered by the original, with the face's types."""

from __future__ import annotations

import inspect
import os
import socket
import sys

import pytest

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.api import RecvFlags, Socket, TcpKeepalive, TcpSocket
from sockspec.api.documents import SOCKET2, TOKIO
from sockspec.errors import SocketError, Unsupported
from sockspec.run.functions import availability

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux's own")

HERE = Inet("127.0.0.1", 0)


@pytest.fixture
def tcp(backend):
    with Socket("AF_INET", "SOCK_STREAM", backend=backend) as made:
        yield made


@pytest.fixture
def udp(backend):
    with Socket("AF_INET", "SOCK_DGRAM", backend=backend) as made:
        made.bind(HERE)
        yield made


@pytest.fixture
def six(backend):
    with Socket("AF_INET6", "SOCK_DGRAM", backend=backend) as made:
        yield made


@pytest.fixture
def unix(backend):
    with Socket("AF_UNIX", "SOCK_STREAM", backend=backend) as made:
        yield made


@pytest.mark.parametrize(
    ("face", "function"),
    [*(("Socket", each) for each in SOCKET2), *(("TcpSocket", each) for each in TOKIO)],
)
def test_documented_function_is_answered(backend, face, function):
    assert callable(backend.answer(face, function))


def test_every_routed_function_of_the_faces_is_answered(backend):
    for face in (Socket, TcpSocket):
        for name, function in inspect.getmembers(face, inspect.isfunction):
            if hasattr(function, "__wrapped__"):  # what `documented` routes
                assert callable(backend.answer(face.__name__, name)), name


def test_there_is_no_original_for_what_is_none(backend):
    assert backend.answer("Socket", "no_such_function") is None
    assert backend.answer("TcpStream", "read") is None


def test_every_function_can_be_called(backend):
    assert {name: why for name, why in availability(backend).items() if why} == {}


BOOLEANS = ("keepalive", "out_of_band_inline", "reuse_address", "reuse_port", "nodelay")
BOOLEANS_UDP = ("broadcast", "multicast_loop_v4", "recv_tos_v4")
BOOLEANS_SIX = ("multicast_loop_v6", "only_v6", "recv_tclass_v6", "recv_hoplimit_v6")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("tcp", name) for name in BOOLEANS),
        *(("udp", name) for name in BOOLEANS_UDP),
        *(("six", name) for name in BOOLEANS_SIX),
    ],
)
def test_booleans(kind, name, request):
    sock = request.getfixturevalue(kind)
    for value in (True, False):
        getattr(sock, f"set_{name}")(value)
        assert getattr(sock, name)() is value


NUMBERS = {
    "ttl": ("tcp", 40),
    "tos_v4": ("tcp", 0x10),
    "multicast_ttl_v4": ("udp", 7),
    "multicast_if_v4": ("udp", "127.0.0.1"),
    "multicast_hops_v6": ("six", 7),
    "multicast_if_v6": ("six", 1),
    "unicast_hops_v6": ("six", 40),
    "tclass_v6": ("six", 8),
    "linger": ("tcp", 7.0),
    "read_timeout": ("tcp", 0.5),
    "write_timeout": ("tcp", 0.5),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_values(name, request):
    kind, value = NUMBERS[name]
    sock = request.getfixturevalue(kind)
    getattr(sock, f"set_{name}")(value)
    assert getattr(sock, name)() == value
    if name in {"linger", "read_timeout", "write_timeout"}:
        getattr(sock, f"set_{name}")(None)
        assert getattr(sock, name)() is None


LINUX = {
    "priority": ("tcp", 3),
    "passcred": ("unix", True),
    "busy_poll": ("tcp", 0),
    "freebind_v4": ("tcp", True),
    "freebind_v6": ("six", True),
    "multicast_all_v4": ("udp", False),
    "multicast_all_v6": ("six", False),
    "tcp_cork": ("tcp", True),
    "tcp_quickack": ("tcp", False),
    "tcp_thin_linear_timeouts": ("tcp", True),
    "tcp_user_timeout": ("tcp", 2.5),
    "tcp_notsent_lowat": ("tcp", 4096),
}


@linux
@pytest.mark.parametrize("name", LINUX)
def test_values_of_linux(name, request):
    kind, value = LINUX[name]
    sock = request.getfixturevalue(kind)
    getattr(sock, f"set_{name}")(value)
    assert getattr(sock, name)() == value


@linux
def test_facts_of_linux(tcp, udp):
    assert tcp.type() == socket.SOCK_STREAM
    assert tcp.domain() == socket.AF_INET
    assert tcp.protocol() == socket.IPPROTO_TCP
    assert tcp.is_listener() is False
    tcp.listen(1)
    assert tcp.is_listener() is True
    assert tcp.cookie() != udp.cookie()
    assert tcp.device() is None
    assert tcp.tcp_congestion().rstrip(b"\0")
    tcp.set_tcp_congestion(tcp.tcp_congestion().rstrip(b"\0"))
    assert tcp.tcp_mss() > 0


def test_keepalive_parameters(tcp):
    tcp.set_tcp_keepalive(TcpKeepalive(time=60, interval=7.9, retries=3))
    assert tcp.keepalive() is True
    assert (tcp.tcp_keepalive_time(), tcp.tcp_keepalive_interval()) == (60.0, 7.0)
    assert tcp.tcp_keepalive_retries() == 3


def test_numbers_are_wrapped_as_rust_casts_do(tcp):
    tcp.set_recv_buffer_size(2**64 + 65536)
    wrapped = tcp.recv_buffer_size()
    tcp.set_recv_buffer_size(65536)
    assert tcp.recv_buffer_size() == wrapped
    tcp.set_recv_buffer_size(-1)


def test_durations_that_are_none(tcp):
    for wrong in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="not negative"):
            tcp.set_read_timeout(wrong)
    tcp.set_read_timeout(float("inf"))


def test_truncation_is_the_originals(tcp):
    tcp.set_linger(0.5)
    assert tcp.linger() == 0.0
    tcp.set_linger(99.99999999999999)  # a Duration has nanoseconds: this is 100 s
    assert tcp.linger() == 100.0
    tcp.set_linger(99.999999999)
    assert tcp.linger() == 99.0
    tcp.set_read_timeout(500e-9)
    assert tcp.read_timeout() is None


def test_multicast(udp, six):
    udp.join_multicast_v4("239.255.77.77", "127.0.0.1")
    udp.leave_multicast_v4("239.255.77.77", "127.0.0.1")
    with pytest.raises(SocketError) as caught:
        udp.leave_multicast_v4("239.255.77.77", "127.0.0.1")
    assert (caught.value.symbol, caught.value.call) == ("EADDRNOTAVAIL", "leave_multicast_v4")
    udp.join_multicast_v4_n("239.255.77.77", 1)
    udp.leave_multicast_v4_n("239.255.77.77", 1)
    udp.join_ssm_v4("127.0.0.1", "232.1.1.1", "127.0.0.1")
    udp.leave_ssm_v4("127.0.0.1", "232.1.1.1", "127.0.0.1")
    six.join_multicast_v6("ff11::7777", 1)
    six.leave_multicast_v6("ff11::7777", 1)


def test_datagrams(backend, udp):
    with Socket("AF_INET", "SOCK_DGRAM", backend=backend) as other:
        other.bind(("127.0.0.1", 0))
        there, here = other.local_addr(), udp.local_addr()
        assert udp.send_to(b"ab", there) == 2
        assert other.peek_from(1) == (b"a", here)
        assert other.peek_sender() == here
        assert other.recv_from(9) == (b"ab", here)
        assert udp.send_to_with_flags(b"cd", (there.host, there.port), "MSG_DONTWAIT") == 2
        assert other.recv_from_with_flags(9, ["MSG_PEEK", "MSG_DONTWAIT"]) == (b"cd", here)
        assert other.recv_from_with_flags(1, 0) == (b"c", here)
        assert udp.send_to_vectored([b"e", b"", b"fg"], there) == 3
        data, flags, source = other.recv_from_vectored([1, 1])
        assert (data, source) == ((b"e", b"f"), here)
        assert isinstance(flags, RecvFlags)
        assert flags.is_truncated()
        udp.connect(there)
        assert udp.peer_addr() == there
        assert udp.send_vectored_with_flags([b"h", b"i"], 0) == 2
        assert other.recv_vectored_with_flags([1, 5], "MSG_PEEK")[0] == (b"h", b"i")
        data, flags, source = other.recv_from_vectored_with_flags([5], 0)
        assert (data, source, flags.is_truncated()) == ((b"hi",), here, False)


def test_streams(backend, tcp):
    tcp.bind(HERE)
    tcp.listen(4)
    with Socket("AF_INET", "SOCK_STREAM", backend=backend) as client:
        client.connect_timeout(tcp.local_addr(), 5.0)
        server, address = tcp.accept()
        assert address == client.local_addr()
        assert client.send(b"hello") == 5
        assert server.peek(2) == b"he"
        assert server.recv_with_flags(2, "MSG_PEEK") == b"he"
        assert server.recv(5) == b"hello"
        assert client.send_out_of_band(b"!") == 1
        server.poll("POLLPRI", 5)
        assert server.recv_out_of_band(1) == b"!"
        assert client.send_vectored([b"a", b"bc"]) == 3
        assert server.recv_vectored([2, 5])[0] == (b"ab", b"c")
        client.shutdown("SHUT_WR")
        assert server.recv_from(1)[0] == b""
        with pytest.raises(Unsupported, match="Shutdown"):
            client.shutdown(99)
        client.set_nonblocking(True)
        assert client.nonblocking() is True
        server.close()


def test_read_write_and_debug(backend, making):
    one, other = making.pair()
    names = ("read", "write", "flush", "debug")
    read, write, flush, debug = (backend.answer("Socket", name) for name in names)
    assert write(one, b"abc") == 3
    flush(one)
    assert read(other, 10) == b"abc"
    assert debug(one).startswith("Socket { raw: ")


def test_creation_by_the_originals(backend, making):
    inet, stream = making.number("AF_INET"), making.number("SOCK_STREAM")
    made = making.keep(backend.answer("Socket", "new")(inet, stream))
    bare = making.keep(backend.answer("Socket", "new_raw")(inet, stream, 6))
    copy = making.keep(backend.answer("Socket", "try_clone")(made))
    assert [backend.cloexec(each) for each in (made, bare, copy)] == [True, False, True]
    one, other = backend.answer("Socket", "pair")(making.number("AF_UNIX"), stream)
    making.keep(one, other)
    listener = making.listener()
    for accept, cloexec in (("accept", True), ("accept_raw", False)):
        client = making.stream()
        backend.connect(client, backend.local_addr(listener))
        accepted, address = backend.answer("Socket", accept)(listener)
        making.keep(accepted)
        assert address == backend.local_addr(client)
        assert backend.cloexec(accepted) is cloexec


@pytest.mark.parametrize("kind", ["TcpStream", "TcpListener", "UdpSocket", "OwnedFd"])
def test_conversions_keep_the_descriptor(backend, making, kind):
    sock = making.stream()
    number = backend.fileno(sock)
    assert backend.answer("Socket", "into_std")(sock, kind) == number
    with pytest.raises(SocketError, match="EBADF"):
        backend.fileno(sock)
    again = making.keep(backend.answer("Socket", "from_std")(number, kind))
    assert backend.answer("Socket", "as_raw_fd")(again) == number
    assert backend.answer("Socket", "into_raw_fd")(again) == number
    making.keep(backend.answer("Socket", "from_raw_fd")(number))
    with pytest.raises(ValueError, match="Nothing"):
        backend.answer("Socket", "into_std")(making.stream(), "Nothing")


def test_addresses(backend, tmp_path, monkeypatch, six):
    monkeypatch.chdir(tmp_path)
    six.bind(Inet6("::1", 0))
    assert six.local_addr().host == "::1"
    with Socket("AF_UNIX", "SOCK_STREAM", backend=backend) as unix:
        with pytest.raises(Unsupported, match="raw-address"):
            unix.bind(Raw(bytes(200)))
        with pytest.raises(SocketError) as caught:
            unix.bind(Unix(b"x" * 200))
        # socket2's own refusal: it has no number of the system's.
        assert (caught.value.symbol, caught.value.number) == ("ERUST", 0)
        assert "SUN_LEN" in caught.value.strerror
        unix.bind(Unix(b"name"))
        assert unix.local_addr() == Unix(b"name")
        assert os.stat("name")  # noqa: PTH116 - as the system was given it


def test_errors_keep_their_number(tcp, udp):
    with pytest.raises(SocketError) as caught:
        tcp.peer_addr()
    error = caught.value
    assert (error.symbol, error.number, error.errno, error.call) == (
        *("ENOTCONN", error.number, error.number, "peer_addr"),
    )
    assert error.number > 0
    assert tcp.take_error() is None
    udp.connect(Inet("127.0.0.1", 1))
    udp.send(b"x")
    udp.poll("POLLIN", 5)
    taken = udp.take_error()
    assert isinstance(taken, SocketError)
    assert (taken.symbol, taken.call) == ("ECONNREFUSED", "take_error")


def test_a_timeout_has_a_name(tcp):
    with pytest.raises(SocketError) as caught:
        tcp.connect_timeout(Inet("127.0.0.1", 1), 0.0)
    # Refused at once, or no time left to see it: either is named.
    assert (caught.value.symbol, caught.value.number == 0) in {
        ("ECONNREFUSED", False),
        ("ETIMEDOUT", True),
    }
    assert tcp.nonblocking() is False
