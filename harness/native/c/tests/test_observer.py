"""What this backend shows and others hide."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import struct
import sys
import threading
import time

import pytest
from sockspec_c import GuardViolated

from sockspec.address import Inet, Raw
from sockspec.errors import SocketError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and ioctls of POSIX")

linux = pytest.mark.skipif(sys.platform != "linux", reason="what Linux answers")


def symbol_of(call, *arguments):
    try:
        call(*arguments)
    except SocketError as error:
        return error.symbol
    return "ok"


def sockaddr_in(family, host="127.0.0.1", port=0):
    packed = bytes(int(part) for part in host.split("."))
    return struct.pack("=HH", family, int.from_bytes(port.to_bytes(2), sys.byteorder)) + packed


@linux
def test_address_of_any_bytes(backend, making):
    sock = making.stream()
    inet = sockaddr_in(making.number("AF_INET"))
    assert symbol_of(backend.bind, sock, Raw(b"")) == "EINVAL"
    assert symbol_of(backend.bind, sock, Raw(inet)) == "EINVAL", "8 of 16 bytes"
    assert symbol_of(backend.bind, sock, Raw(bytes(300))) == "EINVAL", "above sockaddr_storage"
    wrong = sockaddr_in(making.number("AF_INET6")) + bytes(8)
    assert symbol_of(backend.bind, sock, Raw(wrong)) == "EAFNOSUPPORT"
    assert backend.last.length_in == 16
    long = inet + bytes(8) + b"behind the address"
    assert symbol_of(backend.bind, sock, Raw(long)) == "ok"
    assert backend.last.length_in == len(long)


@linux
def test_datagram_socket_is_disconnected_by_unspec(backend, making):
    one, other = making.udp(), making.udp()
    backend.connect(one, backend.local_addr(other))
    assert backend.peer_addr(one) == backend.local_addr(other)
    backend.connect(one, Raw(struct.pack("=H", making.number("AF_UNSPEC")) + bytes(14)))
    assert symbol_of(backend.peer_addr, one) == "ENOTCONN"
    assert symbol_of(backend.sendto, one, b"x", 0, Raw(b"\2\0")) == "EINVAL"


def test_last_shows_lengths_and_the_address_as_written(backend, making):
    sock = making.stream()
    level, kind = making.number("SOL_SOCKET"), making.number("SO_TYPE")
    backend.getsockopt(sock, level, kind, 100)
    last = backend.last
    assert (last.call, last.rc, last.errno) == ("getsockopt", 0, 0)
    assert (last.length_in, last.length_out) == (100, 4)
    assert last.guards_intact is True
    assert last.nanoseconds > 0
    backend.local_addr(sock)
    assert (backend.last.length_in, backend.last.length_out) == (128, 16)
    assert len(backend.last.address) == 16
    assert symbol_of(backend.peer_addr, sock) == "ENOTCONN"
    assert (backend.last.rc, backend.last.errno) == (-1, errno.ENOTCONN)


def test_last_belongs_to_its_thread(backend, making):
    sock = making.stream()
    pending = backend.start("observed", "cloexec", sock)
    backend.nonblocking(sock)
    answer, seen = pending.result()
    assert answer is True
    assert seen.call == "cloexec"
    assert backend.last.call == "nonblocking"


@linux
def test_write_outside_of_a_buffer_is_seen(backend, making):
    sock = making.udp()
    # FIONREAD writes an int whatever room there is (ioctl(2) has no length).
    with pytest.raises(GuardViolated, match="outside") as caught:
        backend.ioctl(sock, making.number("FIONREAD"), b"")
    assert caught.value.call == "ioctl"
    assert backend.last.rc == 0
    assert backend.last.guards_intact is False
    assert pickle.loads(pickle.dumps(caught.value)).call == "ioctl"
    backend.ioctl(sock, making.number("FIONREAD"), bytes(4))
    assert backend.last.guards_intact is True


@pytest.fixture
def alarms():
    """Have SIGALRM call what the test says, and repeat until it is told to stop."""
    old = signal.getsignal(signal.SIGALRM)

    def arm(handler):
        signal.signal(signal.SIGALRM, handler)
        # Repeated, because one that comes before the call has begun interrupts nothing.
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)

    yield arm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


def test_interrupted_call_is_not_made_again(backend, making, alarms):
    sock = making.udp()
    ran = []
    alarms(lambda *_: ran.append(1))
    for call, arguments in ((backend.recv, (sock, 1)), (backend.poll, ([(sock, 1)], 30))):
        ran.clear()
        assert symbol_of(call, *arguments) == "EINTR"
        assert ran, "Python's handler ran before the error was raised"
    assert backend.last.errno == errno.EINTR


def test_exception_of_a_signal_handler_goes_ahead(backend, making, alarms):
    sock = making.udp()

    def handler(*_):
        raise KeyError("handler")

    alarms(handler)
    with pytest.raises(KeyError, match="handler"):
        backend.recv(sock, 1)


def test_lock_is_released_while_a_call_blocks(backend, making):
    one, other = making.pair()
    pending = backend.start("recv", one, 1)
    assert pending.is_blocked()
    done = threading.Event()
    threading.Thread(target=done.set).start()
    assert done.wait(5), "another thread runs while one blocks"
    backend.send(other, b"x")
    assert pending.result() == b"x"


@linux
@pytest.mark.parametrize(
    "primitive", ["accept", "recvfrom", "recvmsg", "connect", "sendmsg", "poll"]
)
def test_every_blocking_call_lets_others_run(backend, making, primitive):
    until = time.monotonic() + 30
    if primitive == "accept":
        arguments = (making.listener(),)
    elif primitive == "connect":
        listener = making.stream()
        backend.bind(listener, Inet("127.0.0.1", 0))
        backend.listen(listener, 0)
        name = backend.local_addr(listener)
        client = making.stream()
        backend.connect(client, name)
        arguments = (making.stream(), name)  # the queue is full, and the SYN is dropped
    elif primitive == "sendmsg":
        one, _ = making.pair()
        backend.set_nonblocking(one, True)
        while symbol_of(backend.send, one, bytes(65536)) == "ok":
            assert time.monotonic() < until
        backend.set_nonblocking(one, False)
        arguments = (one, [bytes(65536)])
    else:
        sock, _ = making.pair()
        arguments = {
            "recvfrom": (sock, 1),
            "recvmsg": (sock, [1]),
            "poll": ([(sock, making.number("POLLIN"))], 30),
        }[primitive]
    pending = backend.start(primitive, *arguments)
    assert pending.is_blocked()
    sock = arguments[0][0][0] if primitive == "poll" else arguments[0]
    # The end of both directions wakes every one of these calls, with a value or an error.
    symbol_of(backend.shutdown, sock, making.number("SHUT_RDWR"))
    assert symbol_of(pending.result) in {"ok", "EPIPE", "EINVAL", "ECONNRESET"}


def test_negative_backlog_reaches_the_system(backend, making):
    sock = making.stream()
    backend.bind(sock, Inet("127.0.0.1", 0))
    backend.listen(sock, -1)
    assert backend.last.rc == 0


def test_no_retry_of_a_partial_write(backend, making):
    one, _ = making.pair()
    backend.set_nonblocking(one, True)
    size = 1 << 24
    assert 0 < backend.send(one, bytes(size)) < size
    assert os.get_blocking(backend.fileno(one)) is False
