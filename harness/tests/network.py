"""Backends for the tests of links: wrong in a way that only the wire shows."""

from __future__ import annotations

from sockspec import platform
from sockspec.backends.stdlib import Stdlib


class Stored(Stdlib):
    """Keeps a TTL in a table of its own, from which it reads back, and sends another."""

    name = "stored"
    stands_in_for = "stdlib"

    def __init__(self):
        super().__init__()
        self._lifetimes = {}

    def setsockopt(self, sock, level, name, value):
        if self._is_lifetime(level, name):
            self._lifetimes[sock] = value
            return
        super().setsockopt(sock, level, name, value)

    def getsockopt(self, sock, level, name, length):
        if self._is_lifetime(level, name) and sock in self._lifetimes:
            return self._lifetimes[sock][:length]
        return super().getsockopt(sock, level, name, length)

    def _is_lifetime(self, level, name):
        return (level, name) == (self.constant("IPPROTO_IP"), self.constant("IP_TTL"))


class Elsewhere(Stdlib):
    """Says to be on a platform that only the standard describes."""

    name = "elsewhere"
    stands_in_for = "stdlib"

    def facts(self):
        return {**platform.facts(), "profile": "posix"}
