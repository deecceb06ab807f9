"""What this backend does beyond the contract, which harness/native/tests checks."""

from __future__ import annotations

import os
import struct
import sys

import pytest

from sockspec.backends import discover
from sockspec.errors import SocketError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="arranged with Unix sockets")


def answers(symbol, call, *arguments):
    with pytest.raises(SocketError) as caught:
        call(*arguments)
    assert caught.value.symbol == symbol
    assert caught.value.call == call.__name__
    assert caught.value.number == caught.value.errno
    return caught.value


def test_entry_point_is_found():
    found = {each.name: each for each in discover()}
    assert found["c"].reason == ""
    assert found["c"].distribution.startswith("sockspec-c ")


def test_what_is_wrong_with_arguments_is_told(backend, making):
    inet, stream = making.number("AF_INET"), making.number("SOCK_STREAM")
    sock = making.keep(backend.new(family=inet, type=stream, protocol=6))
    level, name = making.number("SOL_SOCKET"), making.number("SO_PROTOCOL")
    assert backend.getsockopt(sock, level, name=name, length=4) == struct.pack("i", 6)
    with pytest.raises(TypeError, match="lacks"):
        backend.new(inet)
    with pytest.raises(TypeError, match="no room"):
        backend.new(inet, stream, colour=1)
    with pytest.raises(TypeError, match="no room"):
        backend.new(inet, stream, type=1)
    with pytest.raises(TypeError, match="takes 3"):
        backend.new(inet, stream, 0, 0)


def test_forgotten_socket_is_closed_and_told(backend, making):
    number = backend.fileno(making.stream())
    making.close()
    with pytest.warns(ResourceWarning, match="unclosed <socket"):
        backend.new(making.number("AF_INET"), making.number("SOCK_STREAM"))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_many_messages(backend, making):
    if sys.platform != "linux":
        pytest.skip("recvmmsg and sendmmsg are Linux's")
    one, other = making.udp(), making.udp()
    name = backend.local_addr(other)
    batch = [([b"a"], (), name), ([b"b", b"cd"], (), name), ([], (), name)]
    assert backend.sendmmsg(one, batch) == (1, 3, 0)
    wait = making.number("MSG_DONTWAIT")
    seen = backend.recvmmsg(other, [[4], [1, 4], [4], [4]], flags=wait)
    assert [each.data for each in seen] == [(b"a",), (b"b", b"cd"), (b"",)]
    assert {each.address for each in seen} == {backend.local_addr(one)}
    answers("EAGAIN", backend.recvmmsg, other, [[4]], 0, wait)
    with pytest.raises(ValueError, match="parts, control, address"):
        backend.sendmmsg(one, [([b"a"],)])


def test_a_poll_that_finds_nothing_took_its_time(backend, making):
    one, _other = making.pair()
    assert backend.poll([(one, making.number("POLLIN"))], 0.002) == (0,)
    assert backend.last.nanoseconds >= 2_000_000
    with pytest.raises(ValueError, match="NaN"):
        backend.poll([], float("nan"))
