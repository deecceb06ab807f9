"""What this backend does beyond the contract, which harness/native/tests checks."""

from __future__ import annotations

import os
import sys

import pytest

from sockspec.backends import discover
from sockspec.errors import SocketError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="arranged with Unix sockets")


def answers(symbol, function, *arguments, call=""):
    with pytest.raises(SocketError) as caught:
        function(*arguments)
    assert caught.value.symbol == symbol
    assert caught.value.call == (call or function.__name__)
    assert caught.value.number == caught.value.errno
    return caught.value


def test_entry_point_is_found():
    found = {each.name: each for each in discover()}
    assert found["rust"].reason == ""
    assert found["rust"].distribution.startswith("sockspec-rust ")


def test_dropping_closes(backend, making):
    sock = backend.new(making.number("AF_INET"), making.number("SOCK_STREAM"))
    number = backend.fileno(sock)
    del sock
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_originals_of_a_closed_handle_answer_ebadf(backend, making):
    sock = making.stream()
    backend.close(sock)
    answers("EBADF", backend.answer("Socket", "nodelay"), sock, call="nodelay")
    answers("EBADF", backend.answer("TcpSocket", "reuseaddr"), sock, call="reuseaddr")
