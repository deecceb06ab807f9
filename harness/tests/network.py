"""Backends for the tests of links: wrong in a way that only the wire shows."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import suppress

from sockspec import platform
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, Faulty
from sockspec.faults.options import remembered


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


class Abortive(Stdlib):
    """Ends a connection with RST in place of FIN, and takes a RST for an end in order."""

    name = "abortive"
    stands_in_for = "stdlib"

    def close(self, sock):
        if sock.fileno() >= 0 and sock.family != socket.AF_UNIX:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        super().close(sock)

    def recv(self, sock, size, flags=0):
        try:
            return super().recv(sock, size, flags)
        except SocketError as error:
            if error.symbol != "ECONNRESET":
                raise
            return b""


class Early(Stdlib):
    """Has the urgent pointer one octet too early, and reads it so: to itself it is right."""

    name = "early"
    stands_in_for = "stdlib"

    def __init__(self):
        super().__init__()
        self._held = {}

    def send(self, sock, data, flags):
        if not flags & socket.MSG_OOB or len(data) < 2:
            return super().send(sock, data, flags)
        plain = flags & ~socket.MSG_OOB
        return super().send(sock, data[:-1], flags) + super().send(sock, data[-1:], plain)

    def recv(self, sock, size, flags=0):
        if flags & socket.MSG_OOB:
            marked = super().recv(sock, 1, flags)
            before, behind = super().recv(sock, 64), super().recv(sock, 1)
            self._held[sock] = before + marked
            return behind
        return self._held.pop(sock, b"") or super().recv(sock, size, flags)


def _remembers(level, option):
    """A backend that reads an option back as it was set, and goes on as before."""

    def made():
        right = Stdlib()
        fault = Fault("test/option/remembered", "", (), remembered(level, option))
        return Faulty(right, fault)

    return made


Elsewhere4 = _remembers("IPPROTO_IP", "IP_MULTICAST_IF")
Elsewhere6 = _remembers("IPPROTO_IPV6", "IPV6_MULTICAST_IF")
Permitted = _remembers("SOL_SOCKET", "SO_BROADCAST")
Undevised = _remembers("SOL_SOCKET", "SO_BINDTODEVICE")
Undiscovered = _remembers("IPPROTO_IP", "IP_MTU_DISCOVER")
Impatient = _remembers("IPPROTO_TCP", "TCP_USER_TIMEOUT")


class Ending(Stdlib):
    """Ends with its process when it is to accept a connection."""

    name = "ending"
    stands_in_for = "stdlib"

    def accept(self, sock):
        os._exit(3)
