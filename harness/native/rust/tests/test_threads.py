"""Nothing is retried, and nobody is held up: signals, and other threads."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time

import pytest

from sockspec.errors import SocketError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@pytest.fixture
def alarm():
    """Have SIGALRM come, again and again, with a handler that does nothing."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def interrupted(call, *arguments):
    with pytest.raises(SocketError) as caught:
        call(*arguments)
    return caught.value.symbol == "EINTR"


def test_eintr_is_shown(backend, making, alarm):
    one, _ = making.pair()
    listener = making.listener()
    assert interrupted(backend.recv, one, 1)
    assert interrupted(backend.recvmsg, one, [1])
    assert interrupted(backend.accept, listener)
    assert interrupted(backend.poll, [(one, making.number("POLLIN"))], 30)
    assert interrupted(backend.answer("Socket", "recv"), one, 1)
    assert interrupted(backend.answer("Socket", "peek_from"), one, 1)


def test_socket2s_own_loop_hides_eintr(backend, making, alarm):
    # connect_timeout is documented as more than one call: it goes on after a signal.
    listener = making.listener()
    client = making.stream()
    connect = backend.answer("Socket", "connect_timeout")
    connect(client, backend.local_addr(listener), 5.0)


@pytest.mark.parametrize("face", ["", "Socket"])
def test_a_blocked_call_holds_nobody_up(backend, making, face):
    one, other = making.pair()
    recv = backend.answer(face, "recv") if face else backend.recv
    got = []
    thread = threading.Thread(target=lambda: got.append(recv(one, 1)))
    thread.start()
    begun = time.monotonic()
    count = 0
    while time.monotonic() - begun < 0.05:
        count += 1
    assert thread.is_alive()
    assert count > 100
    backend.send(other, b"x")
    thread.join(5)
    assert got == [b"x"]


def test_start_tells_that_it_is_blocked(backend, making):
    one, other = making.pair()
    pending = backend.start("recv", one, 1)
    assert pending.is_blocked()
    backend.send(other, b"x")
    assert pending.result() == b"x"


def test_close_closes_while_another_thread_waits(backend, making):
    listener = making.listener()
    address = backend.local_addr(listener)
    pending = backend.start("accept", listener)
    assert pending.is_blocked()
    number = backend.fileno(listener)
    backend.close(listener)
    again = making.stream()
    assert backend.fileno(again) == number, "the descriptor was closed at once"
    # What the waiting call makes of it is the system's: on Linux it goes on waiting.
    with socket.create_connection((address.host, address.port)):
        accepted, _ = pending.result()
        backend.close(accepted)


def test_many_threads_share_a_socket(backend, making):
    one, other = making.pair()
    rounds, threads = 500, 4

    def work():
        for _ in range(rounds):
            backend.send(one, b"abcd")

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    left = rounds * threads * 4
    while left:
        left -= len(backend.recv(other, 65536))
    for thread in running:
        thread.join()


def test_one_closer_wins(backend, making):
    for _ in range(200):
        sock = backend.new(making.number("AF_INET"), making.number("SOCK_STREAM"))
        barrier, answers = threading.Barrier(4), []

        def close(sock=sock, barrier=barrier, answers=answers):
            barrier.wait()
            try:
                backend.close(sock)
            except SocketError as error:
                answers.append(error.symbol)
            else:
                answers.append("closed")

        running = [threading.Thread(target=close) for _ in range(4)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        assert sorted(answers) == ["EBADF", "EBADF", "EBADF", "closed"]
