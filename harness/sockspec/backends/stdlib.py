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
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.backend import EXCEPT, READ, WRITE, Backend, Handle, Message
from sockspec.backends.epoll import Epoll
from sockspec.constants import errno_symbol, extra
from sockspec.errors import SocketError, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["REFUSED", "Stdlib", "backend"]

REFUSED = "EPYTHON"
"""Symbol of a refusal of the module itself, which never reached the system."""

_SETS = (READ, WRITE, EXCEPT)

_Call = TypeVar("_Call", bound="Callable[..., Any]")

# Names of the resolver's errors, by number (<netdb.h>); the module raises them for
# an address that does not fit the socket's family.
_EAI = {value: name for name, value in vars(socket).items() if name.startswith("EAI_")}

# How an address of another family is refused: "AF_INET address must be tuple", "a
# bytes-like object is required, not 'tuple'" where a path is wanted; by PyPy "expected
# bytes, got tuple object" there, and "too many values to unpack" of a path.
_OTHER_FAMILY = ("address", "not 'tuple'", "got tuple", "values to unpack")


def _facts(call: _Call) -> _Call:
    """Turn the module's exceptions into `SocketError`, naming the primitive."""
    name = call.__name__

    @functools.wraps(call)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except SocketError:
            raise
        except socket.gaierror as error:
            code = error.errno or 0
            # Wine hands on numbers of its host's resolver, which are below 0.
            unknown = f"EAI_{code}".replace("-", "MINUS_")
            raise SocketError(_EAI.get(code, unknown), code, name) from None
        except OSError as error:
            number: int | None = getattr(error, "winerror", None) or error.errno
            if number is None:
                raise SocketError(REFUSED, 0, name, str(error)) from None
            raise SocketError(errno_symbol(number), number, name) from None
        except (TypeError, ValueError) as error:
            if not any(each in str(error) for each in _OTHER_FAMILY):
                raise
            raise SocketError(REFUSED, 0, name, str(error)) from None

    return cast("_Call", wrapped)


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
    raise Unsupported("raw-address", "the socket module builds addresses itself")


def _from_python(family: int, address: Any) -> SockAddr | None:
    if address is None:
        return None
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


def _filled(buffers: Sequence[bytearray], length: int) -> tuple[bytes, ...]:
    """What a call that wrote `length` bytes in all left in each buffer."""
    left, data = length, []
    for buffer in buffers:
        data.append(bytes(buffer[: max(0, left)]))
        left -= len(buffer)
    return tuple(data)


class Stdlib(Backend):
    """Sockets of the standard library. A handle is a `socket.socket`."""

    name = "stdlib"

    stands_in_for = "stdlib"
    """So is a subclass, unless it says otherwise: another module behaves as this one."""

    module: Any = socket
    """What makes the sockets: this module, or one that stands in for it."""

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

    @_facts
    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        return self.module.socket(family, type, protocol)

    @_facts
    def pair(self, family: int, type: int, protocol: int = 0) -> tuple[Handle, Handle]:
        if sys.platform == "win32":
            # The module's socketpair is a pair of TCP connections there.
            raise Unsupported("pair", "Windows has no socketpair")
        one, other = self.module.socketpair(family, type, protocol)
        return one, other

    @_facts
    def file(self, content: bytes) -> Handle:
        self._need_files("file")
        number, path = tempfile.mkstemp(prefix="sockspec-")
        Path(path).unlink()
        if os.write(number, content) != len(content):
            os.close(number)
            raise Unsupported("file", f"it does not take {len(content)} bytes at once")
        os.lseek(number, 0, os.SEEK_SET)
        return self._no_socket(number)

    @_facts
    def pipe(self) -> tuple[Handle, Handle]:
        self._need_files("pipe")
        one, other = os.pipe()
        return self._no_socket(one), self._no_socket(other)

    def _need_files(self, primitive: str) -> None:
        if sys.platform == "win32":
            raise Unsupported(primitive, "sockets are no files on Windows")
        if self.module is not socket:
            raise Unsupported(primitive, "another module makes the sockets")

    def _no_socket(self, number: int) -> Handle:
        # The module adopts sockets alone; but whose descriptor another one is moved to is none.
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        os.dup2(number, made.fileno(), inheritable=False)
        os.close(number)
        return made

    @_facts
    def close(self, sock: Handle) -> None:
        if sock.fileno() < 0:
            raise SocketError("EBADF", 9, "close")
        sock.close()

    @_facts
    def dup(self, sock: Handle) -> Handle:
        return sock.dup()

    def fileno(self, sock: Handle) -> int:
        number: int = sock.fileno()
        if number < 0:
            raise SocketError("EBADF", 9, "fileno")
        return number

    @_facts
    def adopt(self, fileno: int) -> Handle:
        return self.module.socket(fileno=fileno)

    def detach(self, sock: Handle) -> int:
        return cast("int", sock.detach())

    # -- naming and connection ---------------------------------------------

    @_facts
    def bind(self, sock: Handle, address: SockAddr) -> None:
        sock.bind(_to_python(address))

    @_facts
    def listen(self, sock: Handle, backlog: int) -> None:
        sock.listen(backlog)

    @_facts
    def connect(self, sock: Handle, address: SockAddr) -> None:
        sock.connect(_to_python(address))

    @_facts
    def accept(self, sock: Handle) -> tuple[Handle, SockAddr | None]:
        accepted, address = sock.accept()
        return accepted, _from_python(sock.family, address)

    @_facts
    def local_addr(self, sock: Handle) -> SockAddr:
        return cast("SockAddr", _from_python(sock.family, sock.getsockname()))

    @_facts
    def peer_addr(self, sock: Handle) -> SockAddr:
        return cast("SockAddr", _from_python(sock.family, sock.getpeername()))

    @_facts
    def shutdown(self, sock: Handle, how: int) -> None:
        sock.shutdown(how)

    # -- options and descriptor flags --------------------------------------

    @_facts
    def getsockopt(self, sock: Handle, level: int, name: int, length: int) -> bytes:
        if not 1 <= length <= 1024:
            # Length 0 selects another form of the module's call; above 1024 it refuses.
            raise Unsupported(
                f"getsockopt of {length} bytes", "the socket module takes 1 to 1024"
            )
        return cast("bytes", sock.getsockopt(level, name, length))

    @_facts
    def setsockopt(self, sock: Handle, level: int, name: int, value: bytes) -> None:
        sock.setsockopt(level, name, value)

    def nonblocking(self, sock: Handle) -> bool:
        if sys.platform == "win32":
            raise Unsupported("nonblocking", "Windows cannot tell")
        return not os.get_blocking(self.fileno(sock))

    @_facts
    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        # setblocking and not fcntl: the module keeps a flag of its own, and a
        # blocking call on a socket it believes to be in time-out mode polls first.
        sock.setblocking(not on)

    def cloexec(self, sock: Handle) -> bool:
        number = self.fileno(sock)
        if sys.platform == "win32":
            return not os.get_handle_inheritable(number)
        return not os.get_inheritable(number)

    @_facts
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

    @_facts
    def recv(self, sock: Handle, size: int, flags: int = 0) -> bytes:
        # Not the module's recv: with MSG_TRUNC the system may report more than it
        # wrote, and recv would then hand out memory that nothing was written to.
        buffer = bytearray(size)
        length = sock.recv_into(buffer, size, flags)
        return bytes(buffer[:length])

    @_facts
    def recv_length(self, sock: Handle, size: int, flags: int = 0) -> int:
        return cast("int", sock.recv_into(bytearray(size), size, flags))

    @_facts
    def recvfrom(
        self, sock: Handle, size: int, flags: int = 0
    ) -> tuple[bytes, SockAddr | None]:
        buffer = bytearray(size)
        length, address = sock.recvfrom_into(buffer, size, flags)
        return bytes(buffer[:length]), _from_python(sock.family, address)

    @_facts
    def recvmsg(
        self, sock: Handle, sizes: Sequence[int], control: int = 0, flags: int = 0
    ) -> Message:
        if not hasattr(sock, "recvmsg_into"):
            raise Unsupported("recvmsg", "the socket module has none on this platform")
        buffers = [bytearray(size) for size in sizes]
        length, ancillary, flags_out, address = sock.recvmsg_into(buffers, control, flags)
        source = _from_python(sock.family, address)
        return Message(length, _filled(buffers, length), tuple(ancillary), flags_out, source)

    @_facts
    def send(self, sock: Handle, data: bytes, flags: int = 0) -> int:
        return cast("int", sock.send(data, flags))

    @_facts
    def sendto(self, sock: Handle, data: bytes, flags: int, address: SockAddr) -> int:
        return cast("int", sock.sendto(data, flags, _to_python(address)))

    @_facts
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

    # The module has none of these; a program calls them in `os`, on the descriptor.

    @_facts
    def read(self, sock: Handle, size: int) -> bytes:
        self._need_files("read")
        return os.read(self.fileno(sock), size)

    @_facts
    def readv(self, sock: Handle, sizes: Sequence[int]) -> tuple[bytes, ...]:
        self._need_files("readv")
        buffers = [bytearray(size) for size in sizes]
        return _filled(buffers, os.readv(self.fileno(sock), buffers))

    @_facts
    def write(self, sock: Handle, data: bytes) -> int:
        self._need_files("write")
        return os.write(self.fileno(sock), data)

    @_facts
    def writev(self, sock: Handle, parts: Sequence[bytes]) -> int:
        self._need_files("writev")
        return os.writev(self.fileno(sock), parts)

    @_facts
    def sendfile(self, sock: Handle, file: Handle, offset: int | None, count: int) -> int:
        self._need_files("sendfile")
        if sys.platform != "linux":
            raise Unsupported("sendfile", "the platform's call is another one than Linux's")

        return os.sendfile(self.fileno(sock), self.fileno(file), offset, count)

    # -- readiness ---------------------------------------------------------

    @_facts
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

    @_facts
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

    @_facts
    def epoll_create(self, flags: int = 0) -> Handle:
        if not hasattr(select, "epoll") or self.polling is not select:
            raise Unsupported("epoll_create", "there is no epoll here")
        return Epoll(flags)

    @_facts
    def epoll_ctl(
        self, sock: Handle, operation: int, target: Handle, events: int, key: int = 0
    ) -> None:
        sock.change(operation, self.fileno(target), events, key)

    @_facts
    def epoll_wait(
        self, sock: Handle, most: int, timeout: float
    ) -> tuple[tuple[int, int], ...]:
        return cast("tuple[tuple[int, int], ...]", sock.wait(most, timeout))


def backend() -> Stdlib:
    """The entry point `stdlib`."""
    return Stdlib()
