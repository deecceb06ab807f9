"""Every primitive of the contract, as the contract says it."""

from __future__ import annotations

import array
import os
import socket
import struct
import sys

import pytest

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.api import Socket
from sockspec.backend import Backend, Message
from sockspec.backends.trace import PRIMITIVES
from sockspec.errors import SocketError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="arranged with Unix sockets")


def answers(symbol, function, *arguments, call=""):
    with pytest.raises(SocketError) as caught:
        function(*arguments)
    assert caught.value.symbol == symbol
    assert caught.value.call == (call or function.__name__)
    assert caught.value.number == caught.value.errno
    return caught.value


def test_every_primitive_is_its_own(backend):
    for name in PRIMITIVES:
        assert getattr(type(backend), name) is not getattr(Backend, name), name


def test_new_sets_close_on_exec_and_raw_does_not(backend, making):
    inet, stream = making.number("AF_INET"), making.number("SOCK_STREAM")
    assert backend.cloexec(making.keep(backend.new(inet, stream))) is True
    assert backend.cloexec(making.keep(backend.new_raw(inet, stream))) is False
    assert backend.cloexec(making.keep(backend.dup(making.stream()))) is True
    answers("EAFNOSUPPORT", backend.new, 12345, stream)


def test_keyword_arguments(backend, making):
    inet, stream = making.number("AF_INET"), making.number("SOCK_STREAM")
    sock = making.keep(backend.new(family=inet, type=stream, protocol=6))
    level, name = making.number("SOL_SOCKET"), making.number("SO_PROTOCOL")
    assert backend.getsockopt(sock, level, name=name, length=4) == struct.pack("i", 6)
    with pytest.raises(TypeError):
        backend.new(inet)
    with pytest.raises(TypeError):
        backend.new(inet, stream, colour=1)


def test_closed_handle_answers_ebadf(backend, making):
    sock, other = making.stream(), making.stream()
    number = backend.fileno(sock)
    backend.close(sock)
    reused = making.stream()
    assert backend.fileno(reused) == number, "the lowest free number is given again"
    answers("EBADF", backend.close, sock)
    answers("EBADF", backend.fileno, sock)
    answers("EBADF", backend.detach, sock)
    answers("EBADF", backend.dup, sock)
    answers("EBADF", backend.recv, sock, 1)
    answers("EBADF", backend.send, sock, b"x")
    answers("EBADF", backend.bind, sock, Inet("127.0.0.1", 0))
    answers("EBADF", backend.nonblocking, sock)
    answers("EBADF", backend.poll, [(other, 1), (sock, 1)], 0)
    assert backend.cloexec(reused) is True


def test_adopt_and_detach(backend, making):
    sock = making.stream()
    number = backend.detach(sock)
    again = making.keep(backend.adopt(number))
    assert backend.fileno(again) == number
    answers("EBADF", backend.adopt, -1)
    reader, writer = os.pipe()
    os.close(writer)
    pipe = making.keep(backend.adopt(reader))
    answers("ENOTSOCK", backend.listen, pipe, 1)


def test_inet6_address_round_trip(backend, making):
    sock = making.keep(backend.new(making.number("AF_INET6"), making.number("SOCK_DGRAM")))
    backend.bind(sock, Inet6("::1", 0))
    name = backend.local_addr(sock)
    assert name == Inet6("::1", name.port, 0, 0)
    assert name.port > 0


@pytest.mark.parametrize("path", [b"", b"\0abstract\0with\0nul", b"plain"])
def test_unix_address_round_trip(backend, making, path, tmp_path, monkeypatch):
    if path.startswith(b"\0") and sys.platform != "linux":
        pytest.skip("abstract names are Linux's")
    monkeypatch.chdir(tmp_path)
    sock = making.keep(backend.new(making.number("AF_UNIX"), making.number("SOCK_STREAM")))
    if path:
        if path.startswith(b"\0"):
            path += str(os.getpid()).encode()
        backend.bind(sock, Unix(path))
    assert backend.local_addr(sock) == Unix(path)


def test_unix_path_that_is_too_long_is_the_systems_to_refuse(backend, making):
    sock = making.keep(backend.new(making.number("AF_UNIX"), making.number("SOCK_STREAM")))
    answers("EINVAL", backend.bind, sock, Unix(b"x" * 200))


def test_addresses_that_are_none(backend, making):
    sock = making.stream()
    with pytest.raises(ValueError, match="IPv4"):
        backend.bind(sock, Inet("localhost", 0))
    with pytest.raises(ValueError, match="IPv6"):
        backend.bind(sock, Inet6("127.0.0.1", 0))
    with pytest.raises(OverflowError):
        backend.bind(sock, Inet("127.0.0.1", 65536))
    with pytest.raises(OverflowError):
        backend.bind(sock, Inet("127.0.0.1", -1))
    with pytest.raises(TypeError, match="an address is"):
        backend.bind(sock, ("127.0.0.1", 0))
    with pytest.raises(TypeError):
        backend.bind(3, Inet("127.0.0.1", 0))


def test_stream(backend, making):
    client, server = making.connected()
    assert backend.peer_addr(client) == backend.local_addr(server)
    assert backend.send(client, b"hello") == 5
    assert backend.recv(server, 3) == b"hel"
    assert backend.recvfrom(server, 10) == (b"lo", None)
    assert backend.send(client, bytearray(b"xy")) == 2
    assert backend.recv_length(server, 10) == 2
    backend.shutdown(client, making.number("SHUT_WR"))
    assert backend.recv(server, 1) == b""


def test_accept_raw_adds_no_flag(backend, making):
    listener, client = making.listener(), making.stream()
    backend.connect(client, backend.local_addr(listener))
    made, address = backend.accept_raw(listener)
    making.keep(made)
    assert backend.cloexec(made) is False
    assert address == backend.local_addr(client)


def test_recv_length_may_be_more_than_the_buffer(backend, making):
    one, other = making.udp(), making.udp()
    trunc, peek = making.number("MSG_TRUNC"), making.number("MSG_PEEK")
    backend.sendto(one, b"abcdef", 0, backend.local_addr(other))
    assert backend.recv(other, 2, peek) == b"ab"
    if sys.platform == "linux":  # elsewhere MSG_TRUNC is only an output flag
        assert backend.recv_length(other, 2, peek | trunc) == 6
        assert backend.recv(other, 2, peek | trunc) == b"ab"
        seen = backend.recvmsg(other, [1, 2], 0, peek | trunc)
        assert (seen.length, seen.data) == (6, (b"a", b"bc"))
    assert backend.recvfrom(other, 2) == (b"ab", backend.local_addr(one))


def test_options(backend, making):
    sock = making.stream()
    level, linger = making.number("SOL_SOCKET"), making.number("SO_LINGER")
    backend.setsockopt(sock, level, linger, struct.pack("ii", 1, 7))
    assert backend.getsockopt(sock, level, linger, 8) == struct.pack("ii", 1, 7)
    assert backend.getsockopt(sock, level, linger, 4096) == struct.pack("ii", 1, 7)
    assert backend.getsockopt(sock, level, linger, 4) == struct.pack("i", 1)
    assert backend.getsockopt(sock, level, linger, 0) == b""
    answers("EINVAL", backend.setsockopt, sock, level, linger, b"")
    with pytest.raises(ValueError, match="negative"):
        backend.getsockopt(sock, level, linger, -1)


def test_nonblocking(backend, making):
    sock = making.udp()
    assert backend.nonblocking(sock) is False
    backend.set_nonblocking(sock, True)
    assert backend.nonblocking(sock) is True
    answers("EAGAIN", backend.recv, sock, 1)
    backend.set_nonblocking(sock, False)
    assert backend.nonblocking(sock) is False


def test_ioctl(backend, making):
    client, server = making.connected()
    backend.send(client, b"abc")
    backend.poll([(server, making.number("POLLIN"))], 5)
    answer = backend.ioctl(server, making.number("FIONREAD"), bytes(4))
    assert answer == struct.pack("i", 3)


def test_sockatmark(backend, making):
    client, server = making.connected()
    backend.send(client, b"a")
    backend.send(client, b"!", making.number("MSG_OOB"))
    assert backend.poll([(server, making.number("POLLPRI"))], 5) == (making.number("POLLPRI"),)
    assert backend.sockatmark(server) is False
    assert backend.recv(server, 10) == b"a"
    assert backend.sockatmark(server) is True
    assert backend.recv(server, 1, making.number("MSG_OOB")) == b"!"


def test_messages(backend, making):
    one, other = making.udp(), making.udp()
    name = backend.local_addr(other)
    assert backend.sendmsg(one, [b"ab", b"", b"cde"], (), 0, name) == 5
    seen = backend.recvmsg(other, [1, 0, 10], 64)
    assert seen == Message(5, (b"a", b"", b"bcde"), (), 0, backend.local_addr(one))


def test_control_data_carries_descriptors(backend, making):
    one, other = making.pair()
    level, rights = making.number("SOL_SOCKET"), making.number("SCM_RIGHTS")
    sent = array.array("i", [backend.fileno(one), backend.fileno(other)]).tobytes()
    assert backend.sendmsg(one, [b"x"], [(level, rights, sent)]) == 1
    seen = backend.recvmsg(other, [1], socket.CMSG_SPACE(8))
    ((got_level, got_type, data),) = seen.control
    assert (got_level, got_type, len(data)) == (level, rights, 8)
    for number in array.array("i", data):
        making.keep(backend.adopt(number))
    assert backend.sendmsg(one, [b"x"], [(level, rights, sent)]) == 1
    seen = backend.recvmsg(other, [1], 1)
    assert seen.control == ()
    assert seen.flags & making.number("MSG_CTRUNC")


def test_poll(backend, making):
    one, other = making.pair()
    readable, writable = making.number("POLLIN"), making.number("POLLOUT")
    assert backend.poll([(one, readable), (other, writable)], 0) == (0, writable)
    assert backend.poll([(one, readable)], 0.002) == (0,)
    backend.send(other, b"x")
    assert backend.poll([(one, readable | writable), (one, 0)], 5) == (readable | writable, 0)
    assert backend.poll([], 0) == ()
    with pytest.raises(ValueError, match="NaN"):
        backend.poll([], float("nan"))


def test_sizes_that_are_none(backend, making):
    one, _ = making.pair()
    with pytest.raises(ValueError, match="negative"):
        backend.recv(one, -1)
    with pytest.raises(MemoryError):
        backend.recv(one, sys.maxsize)
    with pytest.raises(OverflowError):
        backend.listen(one, 2**31)


def test_handle_is_hashable_and_cannot_be_made(making):
    sock = making.stream()
    assert {sock: 1}[sock] == 1
    assert repr(sock).startswith("<socket ")
    with pytest.raises(TypeError):
        type(sock)()


def test_raw_is_returned_where_no_plain_address_fits(backend, making):
    if sys.platform != "linux":
        pytest.skip("AF_NETLINK is Linux's")
    sock = making.keep(backend.new(making.number("AF_NETLINK"), making.number("SOCK_RAW"), 0))
    name = backend.local_addr(sock)
    assert isinstance(name, Raw)
    assert struct.unpack_from("H", name.data)[0] == making.number("AF_NETLINK")
    assert len(name.data) == 12


# -- what the socket interface does not have ------------------------------------------------


def test_read_and_write(backend, making):
    client, server = making.connected()
    assert backend.write(client, b"hello") == 5
    assert backend.read(server, 3) == b"hel"
    assert backend.recv(server, 9) == b"lo"
    assert backend.writev(client, [b"a", b"", bytearray(b"bcd")]) == 4
    assert backend.readv(server, [2, 0, 9]) == (b"ab", b"", b"cd")
    assert backend.readv(server, []) == ()
    backend.close(client)
    assert backend.read(server, 1) == b""
    answers("EBADF", backend.write, client, b"x")
    answers("EBADF", backend.readv, client, [1])


def test_accept4_passes_its_flags_on(backend, making):
    listener, client = making.listener(), making.stream()
    for flags, told in (
        (0, (False, False)),
        (making.number("SOCK_NONBLOCK"), (True, False)),
        (making.number("SOCK_CLOEXEC"), (False, True)),
    ):
        client = making.stream()
        backend.connect(client, backend.local_addr(listener))
        made, address = backend.accept4(listener, flags)
        making.keep(made)
        assert (backend.nonblocking(made), backend.cloexec(made)) == told
        assert address == backend.local_addr(client)
    answers("EINVAL", backend.accept4, listener, 1)


def test_accept4_of_the_face(backend, making):
    listener, client = making.listener(), making.stream()
    backend.connect(client, backend.local_addr(listener))
    made, address = Socket.from_handle(backend, listener).accept4("SOCK_NONBLOCK")
    making.keep(made.handle)
    assert (made.nonblocking(), made.cloexec()) == (True, False)
    assert address == backend.local_addr(client)


def test_type_flags_are_passed_on(backend, making):
    kind = making.number("SOCK_DGRAM") | making.number("SOCK_NONBLOCK")
    sock = making.keep(backend.new_raw(making.number("AF_INET"), kind))
    assert (backend.nonblocking(sock), backend.cloexec(sock)) == (True, False)


def test_batches(backend, making):
    one, other = making.udp(), making.udp()
    name = backend.local_addr(other)
    sent = backend.sendmmsg(one, [([b"ab", b"c"], (), name), ([b"d"], [], name)])
    assert sent == (3, 1)
    wait = making.number("MSG_DONTWAIT")
    seen = backend.recvmmsg(other, [[2, 9], [9], [9]], 0, wait)
    assert seen == (
        Message(3, (b"ab", b"c"), (), 0, backend.local_addr(one)),
        Message(1, (b"d",), (), 0, backend.local_addr(one)),
    )
    answers("EAGAIN", backend.recvmmsg, other, [[1]], 0, wait)
    answers("EBADF", backend.sendmmsg, _closed(backend, making), [([b"x"], (), None)])
    with pytest.raises(ValueError, match="timeout"):
        backend.recvmmsg(other, [[1]], 0, 0, -1.0)


def _closed(backend, making):
    sock = making.stream()
    backend.close(sock)
    return sock


def test_what_is_no_socket(backend, making):
    file, (reader, writer) = making.keep(backend.file(b"content")), backend.pipe()
    making.keep(reader, writer)
    assert backend.read(file, 3) == b"con"
    assert backend.write(writer, b"x") == 1
    assert backend.read(reader, 9) == b"x"
    for each in (file, reader, writer):
        assert backend.cloexec(each) is True
        answers("ENOTSOCK", backend.listen, each, 1)
        answers("ENOTSOCK", backend.local_addr, each)


def test_sendfile(backend, making):
    one, other = making.pair()
    file = making.keep(backend.file(b"content"))
    assert backend.sendfile(one, file, 3, 2) == 2
    assert backend.sendfile(one, file, None, 4) == 4
    assert backend.sendfile(one, file, None, 99) == 3
    assert backend.recv(other, 99) == b"tecontent"
    answers("EBADF", backend.sendfile, one, _closed(backend, making), 0, 1)
