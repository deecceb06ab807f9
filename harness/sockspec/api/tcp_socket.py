"""`TcpSocket`: the API of `tokio::net::TcpSocket` over any backend."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec.api import codec
from sockspec.api.base import Address, Face, default_backend, descriptors_of, to_address
from sockspec.api.documents import documented
from sockspec.api.streams import TcpListener, TcpStream, readiness
from sockspec.errors import SocketError

if TYPE_CHECKING:
    import socket as std
    from typing import Self

    from sockspec.address import SockAddr
    from sockspec.backend import Backend

__all__ = ["TcpSocket"]


class TcpSocket(Face):
    """A TCP socket that is not yet a stream or a listener.

    Every function of the tokio document under its name there. Non-blocking and
    close-on-exec from birth. `connect` and `listen` consume it, and are awaited; use
    afterwards raises `Consumed`. It is closed when it is dropped.

    https://docs.rs/tokio/1.28.0/tokio/net/struct.TcpSocket.html
    """

    face = "TcpSocket"

    # -- creation and end --------------------------------------------------------

    @classmethod
    def new_v4(cls, *, backend: Backend | None = None) -> Self:
        """socket(2) with AF_INET and SOCK_STREAM."""
        return cls._new("AF_INET", backend or default_backend())

    @classmethod
    def new_v6(cls, *, backend: Backend | None = None) -> Self:
        """socket(2) with AF_INET6 and SOCK_STREAM."""
        return cls._new("AF_INET6", backend or default_backend())

    @classmethod
    def _new(cls, family: str, backend: Backend) -> Self:
        original = backend.answer(cls.face, "new_v4" if family == "AF_INET" else "new_v6")
        if original is not None:
            return cls(backend, original())
        made = cls(backend, None)
        made._handle = backend.new(made.number(family), made.number("SOCK_STREAM"), 0)
        try:
            backend.set_nonblocking(made._handle, True)
        except BaseException:
            made.close()
            raise
        return made

    @classmethod
    def from_std_stream(cls, stream: std.socket, *, backend: Backend | None = None) -> Self:
        """Take over Python's own socket object, which must not be connected.

        As in tokio it is the caller who makes it non-blocking.
        """
        backend = descriptors_of(backend or default_backend(), "from_std_stream")
        return cls.from_raw_fd(stream.detach(), backend=backend)

    @classmethod
    def from_raw_fd(cls, fd: int, *, backend: Backend | None = None) -> Self:
        """Take over an open descriptor; the caller makes it non-blocking."""
        backend = backend or default_backend()
        return cls(backend, backend.adopt(fd))

    def as_raw_fd(self) -> int:
        """The descriptor, still owned by this socket."""
        return self.backend.fileno(self.handle)

    def into_raw_fd(self) -> int:
        """The descriptor, no longer owned: this socket is consumed."""
        return self.backend.detach(self._take("into_raw_fd"))

    def close(self) -> None:
        """close(2), as dropping does; a second time does nothing."""
        if not self._taken_by:
            self.backend.close(self._take("close"))

    def __del__(self) -> None:
        with suppress(Exception):  # nobody is there to be told
            self.close()

    # -- options -------------------------------------------------------------------

    @documented
    def set_reuseaddr(self, reuseaddr: bool) -> None:
        """Set SO_REUSEADDR, before bind."""
        self.set_int("SOL_SOCKET", "SO_REUSEADDR", int(reuseaddr))

    @documented
    def reuseaddr(self) -> bool:
        """SO_REUSEADDR."""
        return self._get_bool("SOL_SOCKET", "SO_REUSEADDR")

    @documented
    def set_reuseport(self, reuseport: bool) -> None:
        """Set SO_REUSEPORT, before bind; not on Windows, Solaris and illumos."""
        self.set_int("SOL_SOCKET", "SO_REUSEPORT", int(reuseport))

    @documented
    def reuseport(self) -> bool:
        """SO_REUSEPORT."""
        return self._get_bool("SOL_SOCKET", "SO_REUSEPORT")

    @documented
    def set_send_buffer_size(self, size: int) -> None:
        """Set SO_SNDBUF; 0 to 2**32 - 1 bytes, the system may clamp."""
        self.set_int("SOL_SOCKET", "SO_SNDBUF", size)

    @documented
    def send_buffer_size(self) -> int:
        """SO_SNDBUF, in bytes; Linux answers twice what was set."""
        return self.get_int("SOL_SOCKET", "SO_SNDBUF") & 0xFFFFFFFF

    @documented
    def set_recv_buffer_size(self, size: int) -> None:
        """Set SO_RCVBUF; 0 to 2**32 - 1 bytes, the system may clamp."""
        self.set_int("SOL_SOCKET", "SO_RCVBUF", size)

    @documented
    def recv_buffer_size(self) -> int:
        """SO_RCVBUF, in bytes; Linux answers twice what was set."""
        return self.get_int("SOL_SOCKET", "SO_RCVBUF") & 0xFFFFFFFF

    @documented
    def set_linger(self, dur: float | None) -> None:
        """Set SO_LINGER, in whole seconds."""
        self.set_option("SOL_SOCKET", self._linger, codec.linger(self.backend, dur))

    @documented
    def linger(self) -> float | None:
        """SO_LINGER, in seconds; None when off."""
        length = 4 if self.backend.system == "win32" else 8
        raw = self.get_option("SOL_SOCKET", self._linger, length)
        return codec.to_linger(self.backend, raw)

    @property
    def _linger(self) -> str:
        return "SO_LINGER_SEC" if self.backend.system == "darwin" else "SO_LINGER"

    @documented
    def tos(self) -> int:
        """IP_TOS."""
        return self.get_int("IPPROTO_IP", "IP_TOS")

    @documented
    def set_tos(self, tos: int) -> None:
        """Set IP_TOS, the type-of-service field of every packet sent."""
        self.set_int("IPPROTO_IP", "IP_TOS", tos)

    @documented
    def device(self) -> bytes | None:
        """SO_BINDTODEVICE (Linux): the interface's name, None when bound to none."""
        return self.get_option("SOL_SOCKET", "SO_BINDTODEVICE", 16).rstrip(b"\0") or None

    @documented
    def bind_device(self, interface: bytes | None) -> None:
        """Set SO_BINDTODEVICE; None or empty removes the binding."""
        self.set_option("SOL_SOCKET", "SO_BINDTODEVICE", interface or b"")

    # -- naming and connection -------------------------------------------------------

    @documented
    def local_addr(self) -> SockAddr:
        """getsockname(2); fails on Windows before bind."""
        return self.backend.local_addr(self.handle)

    @documented
    def take_error(self) -> SocketError | None:
        """SO_ERROR; None when there is none."""
        number = self.get_int("SOL_SOCKET", "SO_ERROR")
        if number == 0:
            return None
        return SocketError(self.backend.errno_symbol(number), number, "take_error")

    @documented
    def bind(self, addr: Address) -> None:
        """bind(2)."""
        self.backend.bind(self.handle, to_address(addr))

    async def connect(self, addr: Address) -> TcpStream:
        """connect(2), and wait for the connection. Consumes the socket.

        The stream, or the error that the system or SO_ERROR told. Cancelled, or on an
        error, the socket is closed.
        """
        original = self.backend.answer(self.face, "connect")
        handle = self._take("connect")
        if original is not None:
            return TcpStream(self.backend, await _awaited(original(handle, to_address(addr))))
        stream = TcpStream(self.backend, handle)
        try:
            try:
                self.backend.connect(handle, to_address(addr))
            except SocketError as error:
                # EAGAIN stands for WSAEWOULDBLOCK, Winsock's word for "in progress". On
                # Unix it is an error, and tokio returns it at once.
                in_progress = "EAGAIN" if self.backend.system == "win32" else "EINPROGRESS"
                if error.symbol != in_progress:
                    raise
            await readiness(self.backend, handle, self.number("POLLOUT"))
            pending = stream.take_error()
            if pending is not None:
                raise SocketError(pending.symbol, pending.number, "connect")
        except BaseException:
            stream.close()
            raise
        return stream

    async def listen(self, backlog: int) -> TcpListener:
        """listen(2). Consumes the socket. `backlog` is a u32, passed on as a C int."""
        if not 0 <= backlog <= 0xFFFFFFFF:
            raise ValueError(f"a backlog is a u32: {backlog}")
        original = self.backend.answer(self.face, "listen")
        handle = self._take("listen")
        if original is not None:
            return TcpListener(self.backend, await _awaited(original(handle, backlog)))
        listener = TcpListener(self.backend, handle)
        try:
            signed = backlog - 2**32 if backlog > 0x7FFFFFFF else backlog
            self.backend.listen(handle, signed)
        except BaseException:
            listener.close()
            raise
        return listener

    def __repr__(self) -> str:
        """As the document's Debug."""
        state = f"taken by {self._taken_by}" if self._taken_by else f"handle: {self._handle!r}"
        return f"TcpSocket {{ {state} }}"


async def _awaited(answer: object) -> object:
    """An original's answer: a value, or something to be awaited for it."""
    return await answer if hasattr(answer, "__await__") else answer
