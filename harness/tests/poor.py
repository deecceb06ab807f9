"""Sockets that lack features, in the way in which a system lacks them."""

from __future__ import annotations

import errno
import select
import socket

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError, Unsupported
from sockspec.run.probes import PROBES

LACKABLE = frozenset(PROBES) - {
    *("new-raw", "accept-raw", "accept4", "raw-address", "unix-files", "adopt"),
    *("read-write", "vectors", "batches", "sendfile", "no-sockets"),
    *("select", "pselect", "ppoll", "epoll", "kqueue", "raw-call", "packets", "own-packets"),
    *("link", "ports"),
}
"""What `Poor` can be without."""

_KINDS = {
    "ipv4": (socket.AF_INET, None, "EAFNOSUPPORT"),
    "ipv6": (socket.AF_INET6, None, "EAFNOSUPPORT"),
    "unix": (socket.AF_UNIX, None, "EAFNOSUPPORT"),
    "unix-dgram": (socket.AF_UNIX, socket.SOCK_DGRAM, "EPROTOTYPE"),
    "seqpacket": (socket.AF_UNIX, socket.SOCK_SEQPACKET, "EPROTONOSUPPORT"),
    "raw": (socket.AF_INET, socket.SOCK_RAW, "EPERM"),
}
_KINDS |= {
    name: (getattr(socket, f"AF_{name.upper()}", None), None, "EAFNOSUPPORT")
    for name in ("netlink", "vsock", "packet")
}

_OPTIONS = {
    "reuse-port": {(socket.SOL_SOCKET, "SO_REUSEPORT")},
    "device": {(socket.SOL_SOCKET, "SO_BINDTODEVICE")},
    "multicast-v4": {
        (socket.IPPROTO_IP, f"IP_{name}")
        for name in (
            *("ADD_MEMBERSHIP", "DROP_MEMBERSHIP", "ADD_SOURCE_MEMBERSHIP"),
            *("DROP_SOURCE_MEMBERSHIP", "MULTICAST_IF"),
        )
    },
    "multicast-v6": {
        (socket.IPPROTO_IPV6, f"IPV6_{name}")
        for name in ("JOIN_GROUP", "LEAVE_GROUP", "MULTICAST_IF")
    },
}


class Poor(Stdlib):
    """The standard library's sockets without some features."""

    def __init__(self, *lacks: str) -> None:
        self.lacks = frozenset(lacks)

    def _without(self, feature: str, symbol: str, call: str) -> None:
        if feature in self.lacks:
            raise SocketError(symbol, getattr(errno, symbol), call)

    def _lacks(self, feature: str, call: str) -> None:
        if feature in self.lacks:
            raise Unsupported(call, "it has none")

    def _address(self, address: SockAddr | None, call: str) -> None:
        match address:
            case Inet(host) if host.startswith("127.") and host != "127.0.0.1":
                self._without("other-loopback", "EADDRNOTAVAIL", call)
            case Inet6("::1"):
                self._without("ipv6-address", "EADDRNOTAVAIL", call)
            case Raw(data) if data[8:12] == b"\1\0\0\0":  # VMADDR_CID_LOCAL
                self._without("vsock-loopback", "EADDRNOTAVAIL", call)
            case Unix(b"") if call == "bind":
                self._without("unix-autobind", "EINVAL", call)
            case Unix(path) if path.startswith(b"\0"):
                self._without("unix-abstract", "EINVAL", call)

    def _option(self, level: int, name: int, call: str) -> None:
        for feature, options in _OPTIONS.items():
            if any((level, name) == (of, self.constant(symbol)) for of, symbol in options):
                self._without(feature, "ENOPROTOOPT", call)

    def _flags(self, flags: int, call: str) -> None:
        if flags & socket.MSG_OOB:
            self._without("oob", "EOPNOTSUPP", call)

    def new(self, family, type, protocol=0):
        for feature, (of, kind, symbol) in _KINDS.items():
            if family == of and kind in {None, type}:
                self._without(feature, symbol, "new")
        if protocol == socket.IPPROTO_ICMP:
            self._without("ping", "EACCES", "new")
        return super().new(family, type, protocol)

    def pair(self, family, type, protocol=0):
        self._without("pair", "EOPNOTSUPP", "pair")
        return super().pair(family, type, protocol)

    def bind(self, sock, address):
        self._address(address, "bind")
        super().bind(sock, address)

    def connect(self, sock, address):
        self._address(address, "connect")
        super().connect(sock, address)

    def listen(self, sock, backlog):
        super().listen(sock, 4096 if "full-backlog" in self.lacks else backlog)

    def setsockopt(self, sock, level, name, value):
        self._option(level, name, "setsockopt")
        if (level, name) == (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) and not any(value):
            self._without("dual-stack", "EINVAL", "setsockopt")
        if name == socket.SO_LINGER and "reset" in self.lacks:
            return
        super().setsockopt(sock, level, name, value)

    def getsockopt(self, sock, level, name, length):
        self._option(level, name, "getsockopt")
        return super().getsockopt(sock, level, name, length)

    def nonblocking(self, sock):
        self._lacks("nonblocking-flag", "nonblocking")
        return super().nonblocking(sock)

    def ioctl(self, sock, request, argument):
        if request == self.constant("FIONREAD"):
            self._without("ioctl", "ENOTTY", "ioctl")
        return super().ioctl(sock, request, argument)

    def sockatmark(self, sock):
        self._without("sockatmark", "ENOTTY", "sockatmark")
        return super().sockatmark(sock)

    def send(self, sock, data, flags=0):
        self._flags(flags, "send")
        return super().send(sock, data, flags)

    def recv(self, sock, size, flags=0):
        self._flags(flags, "recv")
        return super().recv(sock, size, flags)

    def recvfrom(self, sock, size, flags=0):
        self._flags(flags, "recvfrom")
        return super().recvfrom(sock, size, flags)

    def sendto(self, sock, data, flags, address):
        self._flags(flags, "sendto")
        self._address(address, "sendto")
        return super().sendto(sock, data, flags, address)

    def sendmsg(self, sock, parts, control=(), flags=0, address=None):
        self._lacks("messages", "sendmsg")
        self._flags(flags, "sendmsg")
        self._address(address, "sendmsg")
        return super().sendmsg(sock, parts, control, flags, address)

    def recvmsg(self, sock, sizes, control=0, flags=0):
        self._lacks("messages", "recvmsg")
        self._flags(flags, "recvmsg")
        return super().recvmsg(sock, sizes, control, flags)

    def poll(self, wanted, timeout):
        self._lacks("poll", "poll")
        if "poll-priority" in self.lacks:
            wanted = [(sock, events & ~select.POLLPRI) for sock, events in wanted]
        return super().poll(wanted, timeout)


def without_ipv6() -> Poor:
    """A host with IPv6 sockets and no address to bind one to."""
    return Poor("ipv6-address")


def without_abstract_names() -> Poor:
    """A system whose unix sockets have names of files only."""
    return Poor("unix-abstract")


def without_multicast() -> Poor:
    """A system that can join no group of IPv4."""
    return Poor("multicast-v4")


def without_priority() -> Poor:
    """A system whose poll() never reports urgent data."""
    return Poor("poll-priority")


def poorest() -> Poor:
    """As little as a system can have on which the suite still makes sense."""
    # Options that are ignored, as SO_LINGER and a backlog would be, are divergences.
    return Poor(*LACKABLE - {"ipv4", "poll", "messages", "reset", "full-backlog"})
