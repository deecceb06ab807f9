"""The primitives that wait for readiness, and the call whose arguments nothing checks."""

from __future__ import annotations

import errno
import signal
import sys
import threading
import time

import pytest

from sockspec.backend import EXCEPT, NOWHERE, READ, WRITE
from sockspec.errors import SocketError, Unsupported

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="arranged with Unix sockets")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


def answers(symbol, function, *arguments):
    with pytest.raises(SocketError) as caught:
        function(*arguments)
    assert (caught.value.symbol, caught.value.call) == (symbol, function.__name__)


def closed(backend, making):
    sock = making.stream()
    backend.close(sock)
    return sock


@pytest.mark.parametrize("name", ["select", "pselect"])
def test_sets(backend, making, name):
    call = getattr(backend, name)
    one, other = making.pair()
    every = READ | WRITE | EXCEPT
    assert call([(one, every), (other, READ), (one, 0)], 0.0) == (WRITE, 0, 0)
    backend.send(other, b"x")
    assert call([(one, every), (one, READ)], -1.0) == (READ | WRITE, READ)
    started = time.monotonic()
    assert call([(other, READ)], 0.02) == (0,)
    assert time.monotonic() - started >= 0.02
    assert call([], 0.0) == ()
    answers("EBADF", call, [(closed(backend, making), READ)], 0.0)
    with pytest.raises(ValueError, match="NaN"):
        call([], float("nan"))


def test_urgent_data_is_exceptional(backend, making):
    client, server = making.connected()
    backend.send(client, b"!", making.number("MSG_OOB"))
    assert backend.select([(server, EXCEPT)], 5.0) == (EXCEPT,)


def test_ppoll(backend, making):
    one, other = making.pair()
    readable = making.number("POLLIN")
    backend.send(one, b"x")
    assert backend.ppoll([(other, readable), (one, readable)], 1.0) == (readable, 0)
    assert backend.ppoll([(one, readable)], 0.0005, [signal.SIGUSR1]) == (0,)
    answers("EBADF", backend.ppoll, [(closed(backend, making), readable)], 0.0)


@pytest.mark.parametrize("name", ["pselect", "ppoll"])
def test_a_mask_holds_a_signal_back(backend, making, name):
    one, _other = making.pair()
    wanted = [(one, READ if name == "pselect" else making.number("POLLIN"))]
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
    main = threading.main_thread().ident
    try:
        # Blocked already, it is pending when the call begins, whose mask lets it through.
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        signal.pthread_kill(main, signal.SIGUSR1)
        assert getattr(backend, name)(wanted, 0.05, [signal.SIGUSR1]) == (0,)
        assert seen == []
        answers("EINTR", getattr(backend, name), wanted, 5.0, [])
        assert seen == [1]
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR1])
        signal.signal(signal.SIGUSR1, before)


@LINUX
def test_epoll(backend, making):
    number = making.number
    queue = making.keep(backend.epoll_create(number("EPOLL_CLOEXEC")))
    assert backend.cloexec(queue) is True
    one, other = making.pair()
    add, change, remove = (number(f"EPOLL_CTL_{each}") for each in ("ADD", "MOD", "DEL"))
    readable = number("EPOLLIN")
    backend.epoll_ctl(queue, add, one, readable | number("EPOLLET"), 2**64 - 1)
    assert backend.epoll_wait(queue, 4, 0.0) == ()
    backend.send(other, b"x")
    assert backend.epoll_wait(queue, 4, 5.0) == ((readable, 2**64 - 1),)
    assert backend.epoll_wait(queue, 4, 0.002) == ()
    backend.epoll_ctl(queue, change, one, readable)
    assert backend.epoll_wait(queue, 4, -1.0) == ((readable, 0),)
    backend.epoll_ctl(queue, remove, one, 0)
    answers("ENOENT", backend.epoll_ctl, queue, remove, one, 0)
    answers("EINVAL", backend.epoll_wait, queue, 0, 0.0)
    answers("EINVAL", backend.epoll_wait, one, 1, 0.0)
    answers("EINVAL", backend.epoll_create, 1)
    answers("EBADF", backend.epoll_ctl, queue, add, closed(backend, making), readable)


def test_kqueue(backend, making):
    if backend.constant("EVFILT_READ") is None:
        with pytest.raises(Unsupported):
            backend.kqueue()
        with pytest.raises(Unsupported):
            backend.kevent(making.stream(), [], 1, 0.0)
        return
    read, write = making.number("EVFILT_READ"), making.number("EVFILT_WRITE")
    add, remove = making.number("EV_ADD"), making.number("EV_DELETE")
    queue = making.keep(backend.kqueue())
    assert backend.cloexec(queue) is True
    one, other = making.pair()
    added = [(one, read, add | making.number("EV_CLEAR"), 0, 0, 2**64 - 1)]
    assert backend.kevent(queue, added, 4, 0.0) == ()
    backend.send(other, b"abc")
    ((filter, flags, fflags, data, key),) = backend.kevent(queue, [], 4, -1.0)
    assert (filter, fflags, data, key) == (read, 0, 3, 2**64 - 1)
    assert flags & (making.number("EV_EOF") | making.number("EV_ERROR")) == 0
    assert backend.kevent(queue, [(one, read, remove, 0, 0, 0)], 4, 0.002) == ()
    answers("ENOENT", backend.kevent, queue, [(one, read, remove, 0, 0, 0)], 0, 0.0)
    ((_, flags, _, data, key),) = backend.kevent(queue, [(one, write, remove, 0, 0, 9)], 1, 0.0)
    assert (flags & making.number("EV_ERROR") > 0, data, key) == (True, errno.ENOENT, 9)
    answers(
        "EBADF", backend.kevent, queue, [(closed(backend, making), read, add, 0, 0, 0)], 0, 0.0
    )
    answers("EBADF", backend.kevent, closed(backend, making), [], 1, 0.0)
    with pytest.raises(ValueError, match="NaN"):
        backend.kevent(queue, [], 1, float("nan"))


def order(number):
    return number.to_bytes(4, sys.byteorder)


def test_raw_lengths_and_pointers(backend, making):
    sock = making.udp()
    whole = backend.raw_call(sock, "getsockname", [b"\xa5" * 20, order(20)])
    assert whole[0] == 0
    name, length = whole[1]
    assert (len(name), length) == (20, order(16))
    short = backend.raw_call(sock, "getsockname", [b"\xa5" * 20, order(5)])
    assert short == (0, (name[:5] + b"\xa5" * 15, order(16)))
    for nothing in (None, NOWHERE):
        answers("EFAULT", backend.raw_call, sock, "getsockname", [nothing, order(16)])
        answers("EFAULT", backend.raw_call, sock, "bind", [nothing, 16])


def test_raw_shows_what_lies_behind(backend, making):
    one, other = making.pair()
    backend.send(one, b"ab")
    seen = backend.raw_call(other, "recv", [bytearray(b"\xa5" * 6), 6, 0])
    assert seen == (2, (b"ab\xa5\xa5\xa5\xa5",))
    assert backend.raw_call(one, "write", [b"abc", 2]) == (2, (b"abc",))
    assert backend.recv(other, 9) == b"ab"


def test_raw_calls_that_are_none(backend, making):
    sock = making.stream()
    for call, arguments in (
        ("shout", []),
        ("listen", []),
        ("listen", [None]),
        ("bind", [1, 1]),
    ):
        with pytest.raises(TypeError, match="takes such arguments"):
            backend.raw_call(sock, call, arguments)
    with pytest.raises(TypeError):
        backend.raw_call(sock, "bind", [1] * 9)
    answers("EBADF", backend.raw_call, closed(backend, making), "listen", [1])
