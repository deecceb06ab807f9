"""`Socket`: the API of `socket2::Socket` over any backend."""

from __future__ import annotations

import socket as std
import time
from typing import TYPE_CHECKING, Any

from sockspec.api.base import (
    Address,
    Face,
    Symbols,
    default_backend,
    descriptors_of,
    to_address,
)
from sockspec.api.documents import documented
from sockspec.api.ip import Ip
from sockspec.api.ipv6 import Ipv6
from sockspec.api.sol_socket import SolSocket
from sockspec.api.tcp import Tcp
from sockspec.api.transfer import Transfer
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from typing import Self

    from sockspec.address import SockAddr
    from sockspec.backend import Backend, Handle

__all__ = ["Socket"]

_LONGEST_POLL = 2**31 - 1  # milliseconds that poll(2) takes


class Socket(Transfer, SolSocket, Ip, Ipv6, Tcp):
    """A socket, with every function of the socket2 document under its name there.

    Domain, type and protocol are symbols (`"AF_INET"`) or numbers; addresses are those
    of `sockspec.address`, or pairs of host and port; durations are seconds, None
    where the document has `Option<Duration>`. A function answers `SocketError` with
    what the system said, and `Unsupported` for what the platform or backend lacks.

    https://docs.rs/socket2/0.4.0/socket2/struct.Socket.html
    """

    face = "Socket"

    def __init__(
        self,
        domain: int | str,
        type: int | str,
        protocol: int | str = 0,
        *,
        backend: Backend | None = None,
    ) -> None:
        """socket(2), close-on-exec set."""
        backend = backend or default_backend()
        super().__init__(backend, None)
        numbers = (self.number(domain), self.number(type), self.number(protocol))
        self._handle = backend.new(*numbers)

    @classmethod
    def from_handle(cls, backend: Backend, handle: Handle) -> Self:
        """A socket around a handle of a backend, which it owns from now on."""
        made = cls.__new__(cls)
        Face.__init__(made, backend, handle)
        return made

    # -- creation and end ------------------------------------------------------

    @classmethod
    def new(
        cls,
        domain: int | str,
        type: int | str,
        protocol: int | str = 0,
        *,
        backend: Backend | None = None,
    ) -> Self:
        """socket(2), close-on-exec set."""
        return cls(domain, type, protocol, backend=backend)

    @classmethod
    def new_raw(
        cls,
        domain: int | str,
        type: int | str,
        protocol: int | str = 0,
        *,
        backend: Backend | None = None,
    ) -> Self:
        """socket(2) and nothing else."""
        made = cls.from_handle(backend or default_backend(), None)
        numbers = (made.number(domain), made.number(type), made.number(protocol))
        made._handle = made.backend.new_raw(*numbers)  # noqa: SLF001 - its own class
        return made

    @classmethod
    def pair(
        cls,
        domain: int | str,
        type: int | str,
        protocol: int | str = 0,
        *,
        backend: Backend | None = None,
    ) -> tuple[Self, Self]:
        """socketpair(2), close-on-exec set (newer than the document)."""
        made = cls.from_handle(backend or default_backend(), None)
        numbers = (made.number(domain), made.number(type), made.number(protocol))
        one, other = made.backend.pair(*numbers)
        return cls.from_handle(made.backend, one), cls.from_handle(made.backend, other)

    def close(self) -> None:
        """close(2), which in the document dropping does. Again: what the backend answers."""
        self.backend.close(self.handle)

    def try_clone(self) -> Self:
        """A second, independently owned handle to the same socket, close-on-exec set."""
        return type(self).from_handle(self.backend, self.backend.dup(self.handle))

    def as_raw_fd(self) -> int:
        """The descriptor, still owned by this socket."""
        return self.backend.fileno(self.handle)

    def into_raw_fd(self) -> int:
        """The descriptor, no longer owned: this socket is consumed, nothing is closed."""
        return self.backend.detach(self._take("into_raw_fd"))

    @classmethod
    def from_raw_fd(cls, fd: int, *, backend: Backend | None = None) -> Self:
        """A socket that owns an open descriptor of this process."""
        backend = backend or default_backend()
        return cls.from_handle(backend, backend.adopt(fd))

    def into_std(self) -> std.socket:
        """Python's own socket object for it: this socket is consumed."""
        backend = descriptors_of(self.backend, "into_std")
        return std.socket(fileno=backend.detach(self._take("into_std")))

    @classmethod
    def from_std(cls, sock: std.socket, *, backend: Backend | None = None) -> Self:
        """A socket that takes over Python's own socket object."""
        backend = descriptors_of(backend or default_backend(), "from_std")
        return cls.from_raw_fd(sock.detach(), backend=backend)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if not self._taken_by:
            self.close()

    # -- naming and connection ---------------------------------------------------

    @documented
    def bind(self, address: Address) -> None:
        """bind(2)."""
        self.backend.bind(self.handle, to_address(address))

    @documented
    def connect(self, address: Address) -> None:
        """connect(2)."""
        self.backend.connect(self.handle, to_address(address))

    @documented
    def connect_timeout(self, addr: Address, timeout: float) -> None:
        """Connect, and wait `timeout` seconds at most for the connection.

        Makes the socket non-blocking, connects, makes it blocking again, and polls; the
        socket is blocking afterwards whatever happened. A time-out is `ETIMEDOUT` with
        number 0, as it is no answer of the system; the attempt may go on.
        """
        self.backend.set_nonblocking(self.handle, True)
        try:
            self.backend.connect(self.handle, to_address(addr))
        except SocketError as error:
            # socket2 takes EAGAIN for "in progress" too (sys/unix.rs, connect_timeout).
            if error.symbol not in {"EINPROGRESS", "EAGAIN"}:
                raise
        else:
            return
        finally:
            self.backend.set_nonblocking(self.handle, False)
        self._poll_connect(timeout)

    def _poll_connect(self, timeout: float) -> None:
        until = time.monotonic() + timeout
        writable = self.number("POLLIN") | self.number("POLLOUT")
        failed = self.number("POLLHUP") | self.number("POLLERR")
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise SocketError("ETIMEDOUT", 0, "connect_timeout", "connection timed out")
            # Rounded up to a millisecond, so that the rest is not spent in a busy loop.
            milliseconds = min(max(int(left * 1000), 1), _LONGEST_POLL)
            try:
                ready = self.backend.poll([(self.handle, writable)], milliseconds / 1000)[0]
            except SocketError as error:
                if error.symbol == "EINTR":
                    continue
                raise
            if ready & failed:
                pending = self.take_error()
                if pending is None:
                    raise SocketError("EOTHER", 0, "connect_timeout", "no error after POLLHUP")
                raise SocketError(pending.symbol, pending.number, "connect_timeout")
            if ready:
                return

    @documented
    def listen(self, backlog: int) -> None:
        """listen(2), the backlog as it is."""
        self.backend.listen(self.handle, backlog)

    def accept(self) -> tuple[Self, SockAddr | None]:
        """accept4(2), close-on-exec set; the address None where the system gave none."""
        handle, address = self.backend.accept(self.handle)
        return type(self).from_handle(self.backend, handle), address

    def accept_raw(self) -> tuple[Self, SockAddr | None]:
        """accept(2) and nothing else."""
        handle, address = self.backend.accept_raw(self.handle)
        return type(self).from_handle(self.backend, handle), address

    def accept4(self, flags: Symbols) -> tuple[Self, SockAddr | None]:
        """accept4(2) with these flags and no other (newer than the document)."""
        handle, address = self.backend.accept4(self.handle, self.mask(flags))
        return type(self).from_handle(self.backend, handle), address

    @documented
    def local_addr(self) -> SockAddr:
        """getsockname(2)."""
        return self.backend.local_addr(self.handle)

    @documented
    def peer_addr(self) -> SockAddr:
        """getpeername(2)."""
        return self.backend.peer_addr(self.handle)

    @documented
    def shutdown(self, how: int | str) -> None:
        """shutdown(2): `"SHUT_RD"`, `"SHUT_WR"` or `"SHUT_RDWR"`."""
        self.backend.shutdown(self.handle, self.number(how))

    # -- descriptor flags --------------------------------------------------------

    @documented
    def set_nonblocking(self, nonblocking: bool) -> None:
        """O_NONBLOCK, or FIONBIO."""
        self.backend.set_nonblocking(self.handle, nonblocking)

    @documented
    def nonblocking(self) -> bool:
        """Whether it is non-blocking; Windows cannot tell (newer than the document)."""
        return self.backend.nonblocking(self.handle)

    def cloexec(self) -> bool:
        """Whether close-on-exec is set."""
        return self.backend.cloexec(self.handle)

    # -- readiness ----------------------------------------------------------------

    def poll(self, events: Symbols, timeout: float) -> frozenset[str]:
        """poll(2): the names of the events that are there, empty after `timeout` seconds."""
        ready = self.backend.poll([(self.handle, self.mask(events))], timeout)[0]
        names = ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL")
        more = ("POLLRDHUP", "POLLRDNORM", "POLLRDBAND", "POLLWRNORM", "POLLWRBAND")
        return frozenset(
            name for name in (*names, *more) if ready & (self.backend.constant(name) or 0)
        )

    def at_mark(self) -> bool:
        """sockatmark(3)."""
        return self.backend.sockatmark(self.handle)

    def available(self) -> int:
        """FIONREAD: bytes that can be read now (of a datagram socket: of the next one)."""
        answer = self.backend.ioctl(self.handle, self.number("FIONREAD"), bytes(4))
        return int.from_bytes(answer, self.backend.byte_order)

    # -- Read and Write -------------------------------------------------------------

    def read(self, size: int) -> bytes:
        """`recv`, as the document's Read."""
        return self.recv(size)

    def write(self, data: bytes) -> int:
        """`send`, as the document's Write."""
        return self.send(data)

    def flush(self) -> None:
        """Nothing: a socket has no buffer of its own."""

    def __repr__(self) -> str:
        """As the document's Debug: descriptor and both addresses, None where there is none."""
        told = {
            "raw": self._or_none(self.backend.fileno),
            "local_addr": self._or_none(self.backend.local_addr),
            "peer_addr": self._or_none(self.backend.peer_addr),
        }
        return f"Socket {{ {', '.join(f'{name}: {value}' for name, value in told.items())} }}"

    def _or_none(self, call: Any) -> Any:
        try:
            return None if self._taken_by else call(self._handle)
        except Exception:
            return None  # printing a socket never fails, whatever the backend does
