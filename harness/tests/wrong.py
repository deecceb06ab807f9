"""Sockets that have a feature and get it wrong: the rules have to say so."""

from __future__ import annotations

import errno
import select
import socket

from sockspec.address import Unix
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError


class PadsAbstractNames(Stdlib):
    """Passes the whole structure as the name: a bug of at least seven public projects."""

    def bind(self, sock, address):
        super().bind(sock, _padded(address))

    def connect(self, sock, address):
        super().connect(sock, _padded(address))


def _padded(address):
    if isinstance(address, Unix) and address.path.startswith(b"\0"):
        return Unix(address.path.ljust(108, b"\0"))
    return address


class ReversesMulticast(Stdlib):
    """Has the bytes of IPv4 addresses in the order of the machine."""

    def setsockopt(self, sock, level, name, value):
        options = {socket.IP_ADD_MEMBERSHIP, socket.IP_DROP_MEMBERSHIP, socket.IP_MULTICAST_IF}
        if level == socket.IPPROTO_IP and name in options:
            words = [value[at : at + 4][::-1] for at in range(0, len(value), 4)]
            value = b"".join(words)
        super().setsockopt(sock, level, name, value)


class ReportsErrorForPriority(Stdlib):
    """Says POLLERR where POLLPRI is meant."""

    def poll(self, wanted, timeout):
        told = super().poll(wanted, timeout)
        return tuple(
            events & ~select.POLLPRI | select.POLLERR if events & select.POLLPRI else events
            for events in told
        )


class LosesReusePort(Stdlib):
    """Has lost an option that the platform has."""

    def setsockopt(self, sock, level, name, value):
        if (level, name) == (socket.SOL_SOCKET, socket.SO_REUSEPORT):
            raise SocketError("ENOPROTOOPT", errno.ENOPROTOOPT, "setsockopt")
        super().setsockopt(sock, level, name, value)


class HangsOnUrgent(Stdlib):
    """Never returns from a receive of urgent data, and tells nothing of it before."""

    def poll(self, wanted, timeout):
        return super().poll(
            [(sock, events & ~select.POLLPRI) for sock, events in wanted], timeout
        )

    def recv(self, sock, size, flags=0):
        if flags & socket.MSG_OOB:
            import threading

            threading.Event().wait()
        return super().recv(sock, size, flags)


class RaisesItsOwn(Stdlib):
    """Breaks in a way that is no answer."""

    def pair(self, family, type, protocol=0):
        raise AttributeError("no attribute 'socketpair'")
