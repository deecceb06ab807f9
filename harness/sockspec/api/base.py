"""What both faces stand on: a handle of a backend, and its options as bytes or numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from sockspec.address import Inet, Inet6, SockAddr, Unix
from sockspec.api import codec
from sockspec.errors import Consumed, Unsupported

if TYPE_CHECKING:
    from sockspec.backend import Backend, Handle

__all__ = ["Address", "Face", "Symbols", "default_backend", "descriptors_of", "to_address"]

Symbols = int | str | Iterable[str]
"""Flags or events: a number, a symbol (`"MSG_PEEK"`), or several."""

Address = SockAddr | tuple[str, int]
"""An address of `sockspec.address`, or a pair of host and port."""


def default_backend() -> Backend:
    """The backend of a face that is not given one: `stdlib`."""
    from sockspec.backends import stdlib  # noqa: PLC0415 - a face on another backend needs none

    return stdlib.backend()


def to_address(address: Address) -> SockAddr:
    """An address as backends take it; a pair is IPv6 when its host has a colon."""
    if isinstance(address, Inet | Inet6 | Unix) or not isinstance(address, tuple):
        return address
    host, port = address
    return Inet6(host, port) if ":" in host else Inet(host, port)


def descriptors_of(backend: Backend, function: str) -> Backend:
    """The backend, when its descriptors are this process's; else `Unsupported`."""
    if not backend.local:
        raise Unsupported(function, f"{backend.name} is in another process")
    return backend


class Face:
    """A handle, and the raw access to options that every typed function goes through."""

    face: ClassVar[str] = ""

    def __init__(self, backend: Backend, handle: Handle) -> None:
        self.backend = backend
        self._handle: Handle | None = handle
        self._taken_by = ""

    @property
    def handle(self) -> Handle:
        """The backend's handle. Raises `Consumed` after a function has taken it."""
        if self._taken_by:
            raise Consumed(f"the socket was taken by {self._taken_by}")
        return self._handle

    def _take(self, by: str) -> Handle:
        handle = self.handle
        self._taken_by = by
        self._handle = None
        return handle

    def number(self, symbol: int | str) -> int:
        """The platform's number of a symbol. Raises `Unsupported` when it has none."""
        if isinstance(symbol, int):
            return symbol
        value = self.backend.constant(symbol)
        if value is None:
            raise Unsupported(symbol, f"{self.backend.name} has no number for it here")
        return value

    def mask(self, symbols: Symbols) -> int:
        """The number of flags: one or several, by number or symbol."""
        if isinstance(symbols, int | str):
            return self.number(symbols)
        whole = 0
        for symbol in symbols:
            whole |= self.number(symbol)
        return whole

    # -- options -------------------------------------------------------------

    def get_option(self, level: int | str, name: int | str, length: int = 4) -> bytes:
        """getsockopt(2): as many bytes as came back of `length`."""
        return self.backend.getsockopt(
            self.handle, self.number(level), self.number(name), length
        )

    def set_option(self, level: int | str, name: int | str, value: bytes) -> None:
        """setsockopt(2) with exactly these bytes."""
        self.backend.setsockopt(self.handle, self.number(level), self.number(name), value)

    def get_int(self, level: int | str, name: int | str) -> int:
        """An option that is a C int."""
        return codec.to_int(self.backend, self.get_option(level, name, 4))

    def set_int(self, level: int | str, name: int | str, value: int) -> None:
        """Set an option that is a C int; a wider value keeps its low 32 bits."""
        self.set_option(level, name, codec.c_int(self.backend, value))

    def _get_bool(self, level: str, name: str) -> bool:
        return self.get_int(level, name) != 0

    def _get_size(self, level: str, name: str) -> int:
        # `c_int as usize`: a negative number becomes a huge one.
        return self.get_int(level, name) & 0xFFFF_FFFF_FFFF_FFFF

    def _get_text(self, level: str, name: str, length: int) -> str:
        return self.get_option(level, name, length).rstrip(b"\0").decode()
