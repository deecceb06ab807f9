"""What the tests of every native backend share: sockets that are closed again."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from sockspec import backends
from sockspec.address import Inet, Unix
from sockspec.errors import SocketError


class Making:
    """Makes sockets of the backend, and closes what a test left open."""

    def __init__(self, backend):
        self.backend = backend
        self.open = []

    def keep(self, *socks):
        self.open.extend(socks)
        return socks[0] if len(socks) == 1 else socks

    def number(self, symbol):
        value = self.backend.constant(symbol)
        assert value is not None, symbol
        return value

    def stream(self):
        return self.keep(self.backend.new(self.number("AF_INET"), self.number("SOCK_STREAM")))

    def udp(self):
        made = self.keep(self.backend.new(self.number("AF_INET"), self.number("SOCK_DGRAM")))
        self.backend.bind(made, Inet("127.0.0.1", 0))
        return made

    def pair(self, type="SOCK_STREAM"):
        return self.keep(*self.backend.pair(self.number("AF_UNIX"), self.number(type)))

    def listener(self):
        made = self.stream()
        self.backend.bind(made, Inet("127.0.0.1", 0))
        self.backend.listen(made, 4)
        return made

    def connected(self):
        listener, client = self.listener(), self.stream()
        self.backend.connect(client, self.backend.local_addr(listener))
        return client, self.keep(self.backend.accept(listener)[0])

    def close(self):
        for sock in self.open:
            with suppress(SocketError):
                self.backend.close(sock)


@pytest.fixture
def making(backend):
    made = Making(backend)
    yield made
    made.close()


@pytest.fixture
def name_local_sockets():
    """Has an agent name local sockets in folders of its own, and remove these."""

    def use(agent):
        remote = backends.load(f"agent:{agent}")
        try:
            path = Path(remote.folder())
            sock = remote.new(remote.constant("AF_UNIX"), remote.constant("SOCK_STREAM"))
            remote.bind(sock, Unix(os.fsencode(path / "name")))
            assert (path / "name").is_socket()
            other = Path(remote.folder())
            assert other != path
            assert list(other.iterdir()) == []
            remote.reset()
            assert not path.exists()
            assert not other.exists()
        finally:
            remote.shut_down()

    return use
