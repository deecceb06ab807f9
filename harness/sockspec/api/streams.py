"""What a `TcpSocket` becomes: a connected stream or a listener. Awaited, on any backend."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec.api.base import Face
from sockspec.api.socket import Socket
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from typing import Self

    from sockspec.address import SockAddr
    from sockspec.backend import Backend, Handle

__all__ = ["TcpListener", "TcpStream", "readiness"]

_SLICE = 0.05
"""Seconds of one poll in a worker thread: how long a cancelled wait lingers there."""


async def readiness(backend: Backend, handle: Handle, events: int) -> int:
    """Wait for poll(2) events without holding up the event loop; what is there.

    The backend polls in a worker thread, in short slices, so that it works for every
    backend and a cancellation leaves nothing behind.
    """
    ready = backend.poll([(handle, events)], 0)[0]
    while not ready:
        import asyncio  # noqa: PLC0415 - big, and few calls wait

        ready = (await asyncio.to_thread(backend.poll, [(handle, events)], _SLICE))[0]
    return ready


class _Connected(Face):
    """A non-blocking handle, owned."""

    def local_addr(self) -> SockAddr:
        """getsockname(2)."""
        return self.backend.local_addr(self.handle)

    def take_error(self) -> SocketError | None:
        """SO_ERROR, which is cleared."""
        number = self.get_int("SOL_SOCKET", "SO_ERROR")
        if number == 0:
            return None
        return SocketError(self.backend.errno_symbol(number), number, "take_error")

    def close(self) -> None:
        """close(2); a second time does nothing."""
        if not self._taken_by:
            self.backend.close(self._take("close"))

    def into_socket(self) -> Socket:
        """The socket beneath, still non-blocking; this object is consumed."""
        return Socket.from_handle(self.backend, self._take("into_socket"))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Dropping closes, as in the document.
        with suppress(Exception):  # nobody is there to be told
            self.close()


class TcpStream(_Connected):
    """A connected stream."""

    face = "TcpStream"

    def peer_addr(self) -> SockAddr:
        """getpeername(2)."""
        return self.backend.peer_addr(self.handle)

    async def read(self, size: int) -> bytes:
        """Up to `size` bytes, empty at the end; waits until there are some."""
        return await self._receive(size, 0)

    async def peek(self, size: int) -> bytes:
        """As `read`, without taking from the queue."""
        return await self._receive(size, self.number("MSG_PEEK"))

    async def _receive(self, size: int, flags: int) -> bytes:
        while True:
            await readiness(self.backend, self.handle, self.number("POLLIN"))
            try:
                return self.backend.recv(self.handle, size, flags)
            except SocketError as error:
                if error.symbol != "EAGAIN":
                    raise

    async def write(self, data: bytes) -> int:
        """Send as much as is taken at once; waits until something is."""
        while True:
            await readiness(self.backend, self.handle, self.number("POLLOUT"))
            try:
                return self.backend.send(self.handle, data, 0)
            except SocketError as error:
                if error.symbol != "EAGAIN":
                    raise

    async def write_all(self, data: bytes) -> None:
        """Send all of it."""
        while data:
            data = data[await self.write(data) :]

    def shutdown(self) -> None:
        """Shut down the write half."""
        self.backend.shutdown(self.handle, self.number("SHUT_WR"))


class TcpListener(_Connected):
    """A listening socket."""

    face = "TcpListener"

    async def accept(self) -> tuple[TcpStream, SockAddr | None]:
        """The next connection and its peer's address; waits until there is one."""
        while True:
            await readiness(self.backend, self.handle, self.number("POLLIN"))
            try:
                handle, address = self.backend.accept(self.handle)
            except SocketError as error:
                if error.symbol != "EAGAIN":
                    raise
                continue
            self.backend.set_nonblocking(handle, True)
            return TcpStream(self.backend, handle), address
