"""The standard library's `socket` module as a backend.

It is an observer with policies of its own, and they are kept, because they are
what a Python program meets: an address of another family becomes a resolver
error before the kernel sees it, a negative backlog becomes 0, `recv(0)` does
not reach the system, EINTR is retried (PEP 475). The profile records them as
behaviours of this backend. What the module cannot do at all is `Unsupported`.
"""

from __future__ import annotations

import functools
import os
import platform
import select
import socket
import sys
from typing import TYPE_CHECKING, Any, cast

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.backend import EXCEPT, READ, WRITE, Handle, KEvent, Message
from sockspec.backends import beyond
from sockspec.backends.epoll import Epoll
from sockspec.backends.facts import REFUSED, facts
from sockspec.backends.files import Files, filled
from sockspec.backends.kqueue import Kqueue
from sockspec.constants import errno_symbol, extra
from sockspec.errors import SocketError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["REFUSED", "Stdlib", "backend"]

_SETS = (READ, WRITE, EXCEPT)


def _to_python(address: SockAddr) -> Any:
    if isinstance(address, Inet):
        return (address.host, address.port)
    if isinstance(address, Inet6):
        # A pair fits sockets of both families, so that an IPv6 address can be
        # given to an IPv4 socket: what happens then is a rule.
        if address.flowinfo == address.scope_id == 0:
            return (address.host, address.port)
        return (address.host, address.port, address.flowinfo, address.scope_id)
    if isinstance(address, Unix):
        return address.path
    known = beyond.to_python(address)
    if known is not None:
        return known
    raise Unsupported("raw-address", "the socket module builds addresses itself")


def _from_python(family: int, address: Any) -> SockAddr | None:
    if address is None:
        return None
    known = beyond.from_python(family, address)
    if known is not None:
        return known
    if isinstance(address, (str, bytes)):
        return Unix(os.fsencode(address))
    if isinstance(address[0], int) and address[0] == socket.AF_UNSPEC:
        return None  # nothing was written: Winsock gives no address for a stream
    if isinstance(address[0], int):
        # A family that the module does not know comes as number and bytes.
        return Raw(_family_bytes(*address) + address[1])
    if family == socket.AF_INET:
        return Inet(*address[:2])
    if family == socket.AF_INET6:
        return Inet6(address[0].partition("%")[0], *address[1:4])
    raise Unsupported(f"address of family {family}", "not known to this backend")


def _family_bytes(family: int, rest: bytes) -> bytes:
    # The BSDs have a length before the family (sys/socket.h: sa_len, sa_family).
    two = platform.system() in {"Linux", "Windows"}
    return family.to_bytes(2, sys.byteorder) if two else bytes([len(rest) + 2, family])


class Stdlib(Files):
    """Sockets of the standard library. A handle is a `socket.socket`."""

    name = "stdlib"

    stands_in_for = "stdlib"
    """So is a subclass, unless it says otherwise: another module behaves as this one."""

    polling: Any = select
    """What polls them."""

    @property
    def version(self) -> str:
        return platform.python_version()

    @property
    def implementation(self) -> str:
        return f"{platform.python_implementation()} {self.version} socket"

    @functools.cache  # noqa: B019 - the numbers of a platform are few and do not change
    def constant(self, symbol: str) -> int | None:
        for module in (socket, select):
            value = getattr(module, symbol, None)
            if isinstance(value, int):
                return int(value)
        return extra(symbol)

    def errno_symbol(self, number: int) -> str:
        return errno_symbol(number)

    # -- creation and end --------------------------------------------------

    @facts
    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        return self.module.socket(family, type, protocol)

    @facts
    def pair(self, family: int, type: int, protocol: int = 0) -> tuple[Handle, Handle]:
        if sys.platform == "win32":
            # The module's socketpair is a pair of TCP connections there.
            raise Unsupported("pair", "Windows has no socketpair")
        one, other = self.module.socketpair(family, type, protocol)
        return one, other

    @facts
    def close(self, sock: Handle) -> None:
        if sock.fileno() < 0:
            raise SocketError("EBADF", 9, "close")
        sock.close()

    @facts
    def dup(self, sock: Handle) -> Handle:
        return sock.dup()

    def fileno(self, sock: Handle) -> int:
        number: int = sock.fileno()
        if number < 0:
            raise SocketError("EBADF", 9, "fileno")
        return number

    @facts
    def adopt(self, fileno: int) -> Handle:
        return self.module.socket(fileno=fileno)

    def detach(self, sock: Handle) -> int:
        return cast("int", sock.detach())

    # -- naming and connection ---------------------------------------------

    @facts
    def bind(self, sock: Handle, address: SockAddr) -> None:
        sock.bind(_to_python(address))

    @facts
    def listen(self, sock: Handle, backlog: int) -> None:
        sock.listen(backlog)

    @facts
    def connect(self, sock: Handle, address: SockAddr) -> None:
        sock.connect(_to_python(address))

    @facts
    def accept(self, sock: Handle) -> tuple[Handle, SockAddr | None]:
        accepted, address = sock.accept()
        return accepted, _from_python(sock.family, address)

    @facts
    def local_addr(self, sock: Handle) -> SockAddr:
        return cast("SockAddr", _from_python(sock.family, sock.getsockname()))

    @facts
    def peer_addr(self, sock: Handle) -> SockAddr:
        return cast("SockAddr", _from_python(sock.family, sock.getpeername()))

    @facts
    def shutdown(self, sock: Handle, how: int) -> None:
        sock.shutdown(how)

    # -- options and descriptor flags --------------------------------------

    @facts
    def getsockopt(self, sock: Handle, level: int, name: int, length: int) -> bytes:
        if not 1 <= length <= 1024:
            # Length 0 selects another form of the module's call; above 1024 it refuses.
            raise Unsupported(
                f"getsockopt of {length} bytes", "the socket module takes 1 to 1024"
            )
        beyond.refuse_options(sock)
        return cast("bytes", sock.getsockopt(level, name, length))

    @facts
    def setsockopt(self, sock: Handle, level: int, name: int, value: bytes) -> None:
        beyond.refuse_options(sock)
        sock.setsockopt(level, name, value)

    def nonblocking(self, sock: Handle) -> bool:
        if sys.platform == "win32":
            raise Unsupported("nonblocking", "Windows cannot tell")
        return not os.get_blocking(self.fileno(sock))

    @facts
    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        # setblocking and not fcntl: the module keeps a flag of its own, and a
        # blocking call on a socket it believes to be in time-out mode polls first.
        sock.setblocking(not on)

    def cloexec(self, sock: Handle) -> bool:
        number = self.fileno(sock)
        if sys.platform == "win32":
            return not os.get_handle_inheritable(number)
        return not os.get_inheritable(number)

    @facts
    def ioctl(self, sock: Handle, request: int, argument: bytes) -> bytes:
        if sys.platform == "win32":
            raise Unsupported("ioctl", "the socket module has no ioctlsocket for queries")
        import fcntl  # noqa: PLC0415 - POSIX only

        return fcntl.ioctl(self.fileno(sock), request, argument)

    def sockatmark(self, sock: Handle) -> bool:
        request = self.constant("SIOCATMARK")
        if request is None:
            raise Unsupported("sockatmark", "no number for SIOCATMARK on this platform")
        answer = self.ioctl(sock, request, bytes(4))
        return int.from_bytes(answer, sys.byteorder) != 0

    # -- data --------------------------------------------------------------

    @facts
    def recv(self, sock: Handle, size: int, flags: int = 0) -> bytes:
        # Not the module's recv: with MSG_TRUNC the system may report more than it
        # wrote, and recv would then hand out memory that nothing was written to.
        buffer = bytearray(size)
        length = sock.recv_into(buffer, size, flags)
        return bytes(buffer[:length])

    @facts
    def recv_length(self, sock: Handle, size: int, flags: int = 0) -> int:
        return cast("int", sock.recv_into(bytearray(size), size, flags))

    @facts
    def recvfrom(
        self, sock: Handle, size: int, flags: int = 0
    ) -> tuple[bytes, SockAddr | None]:
        buffer = bytearray(size)
        length, address = sock.recvfrom_into(buffer, size, flags)
        return bytes(buffer[:length]), _from_python(sock.family, address)

    @facts
    def recvmsg(
        self, sock: Handle, sizes: Sequence[int], control: int = 0, flags: int = 0
    ) -> Message:
        if not hasattr(sock, "recvmsg_into"):
            raise Unsupported("recvmsg", "the socket module has none on this platform")
        buffers = [bytearray(size) for size in sizes]
        length, ancillary, flags_out, address = sock.recvmsg_into(buffers, control, flags)
        source = _from_python(sock.family, address)
        return Message(length, filled(buffers, length), tuple(ancillary), flags_out, source)

    @facts
    def send(self, sock: Handle, data: bytes, flags: int = 0) -> int:
        return cast("int", sock.send(data, flags))

    @facts
    def sendto(self, sock: Handle, data: bytes, flags: int, address: SockAddr) -> int:
        return cast("int", sock.sendto(data, flags, _to_python(address)))

    @facts
    def sendmsg(
        self,
        sock: Handle,
        parts: Sequence[bytes],
        control: Sequence[tuple[int, int, bytes]] = (),
        flags: int = 0,
        address: SockAddr | None = None,
    ) -> int:
        if not hasattr(sock, "sendmsg"):
            raise Unsupported("sendmsg", "the socket module has none on this platform")
        target = None if address is None else _to_python(address)
        return cast("int", sock.sendmsg(parts, control, flags, target))

    # -- readiness ---------------------------------------------------------

    @facts
    def poll(self, wanted: Sequence[tuple[Handle, int]], timeout: float) -> tuple[int, ...]:
        if sys.platform == "win32" and self.polling is select:
            from sockspec.backends.wsapoll import wsapoll  # noqa: PLC0415 - Windows only

            return wsapoll([(self.fileno(sock), events) for sock, events in wanted], timeout)
        if not hasattr(self.polling, "poll"):
            raise Unsupported("poll", "the select module has none on this platform")
        poller = self.polling.poll()
        for sock, events in wanted:
            poller.register(self.fileno(sock), events)
        ready = dict(poller.poll(timeout * 1000))
        return tuple(ready.get(self.fileno(sock), 0) for sock, _ in wanted)

    @facts
    def select(self, wanted: Sequence[tuple[Handle, int]], timeout: float) -> tuple[int, ...]:
        if not hasattr(self.polling, "select"):
            raise Unsupported("select", "the module that polls has none")
        asked = [(self.fileno(sock), bits) for sock, bits in wanted]
        sets = [[number for number, bits in asked if bits & bit] for bit in _SETS]
        ready = self.polling.select(*sets, None if timeout < 0 else timeout)
        left = [(number, bit) for bit, numbers in enumerate(ready) for number in numbers]
        return tuple(
            sum(
                bit for place, bit in enumerate(_SETS) if bits & bit and (number, place) in left
            )
            for number, bits in asked
        )

    @facts
    def epoll_create(self, flags: int = 0) -> Handle:
        if not hasattr(select, "epoll") or self.polling is not select:
            raise Unsupported("epoll_create", "there is no epoll here")
        return Epoll(flags)

    @facts
    def epoll_ctl(
        self, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> None:
        sock.change(operation, self.fileno(target), events, key)

    @facts
    def epoll_wait(
        self, sock: Handle, most: int, timeout: float
    ) -> tuple[tuple[int, int], ...]:
        return cast("tuple[tuple[int, int], ...]", sock.wait(most, timeout))

    @facts
    def kqueue(self) -> Handle:
        if not hasattr(select, "kqueue") or self.polling is not select:
            raise Unsupported("kqueue", "there is no kqueue here")
        return Kqueue()

    @facts
    def kevent(
        self,
        sock: Handle,
        changes: Sequence[tuple[Handle, int, int, int, int, int]],
        most: int,
        timeout: float,
    ) -> tuple[KEvent, ...]:
        asked = [(target.fileno(), *change) for target, *change in changes]
        return cast("tuple[KEvent, ...]", sock.exchange(asked, most, timeout))


def backend() -> Stdlib:
    """The entry point `stdlib`."""
    return Stdlib()
