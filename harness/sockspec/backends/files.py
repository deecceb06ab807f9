"""What a Python program does to a socket with `os`: the calls of files, on its descriptor."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.backend import Backend, Handle
from sockspec.backends.facts import facts
from sockspec.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Files", "filled"]


def filled(buffers: Sequence[bytearray], length: int) -> tuple[bytes, ...]:
    """What a call that wrote `length` bytes in all left in each buffer."""
    left, data = length, []
    for buffer in buffers:
        data.append(bytes(buffer[: max(0, left)]))
        left -= len(buffer)
    return tuple(data)


class Files(Backend):
    """A backend whose handles are sockets of a module of Python."""

    module: Any = socket
    """What makes the sockets: this module, or one that stands in for it."""

    @facts
    def file(self, content: bytes) -> Handle:
        self._need_files("file")
        number, path = tempfile.mkstemp(prefix="sockspec-")
        Path(path).unlink()
        if os.write(number, content) != len(content):
            os.close(number)
            raise Unsupported("file", f"it does not take {len(content)} bytes at once")
        os.lseek(number, 0, os.SEEK_SET)
        return self._no_socket(number)

    @facts
    def pipe(self) -> tuple[Handle, Handle]:
        self._need_files("pipe")
        one, other = os.pipe()
        return self._no_socket(one), self._no_socket(other)

    def _need_files(self, primitive: str) -> None:
        if sys.platform == "win32":
            raise Unsupported(primitive, "sockets are no files on Windows")
        if primitive != "file" and not hasattr(os, primitive):
            raise Unsupported(primitive, "the interpreter's module os has none")
        if self.module is not socket:
            raise Unsupported(primitive, "another module makes the sockets")

    def _no_socket(self, number: int) -> Handle:
        # The module adopts sockets alone; but whose descriptor another one is moved to is none.
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        os.dup2(number, made.fileno(), inheritable=False)
        os.close(number)
        return made

    @facts
    def read(self, sock: Handle, size: int) -> bytes:
        self._need_files("read")
        return os.read(self.fileno(sock), size)

    @facts
    def readv(self, sock: Handle, sizes: Sequence[int]) -> tuple[bytes, ...]:
        self._need_files("readv")
        buffers = [bytearray(size) for size in sizes]
        return filled(buffers, os.readv(self.fileno(sock), buffers))

    @facts
    def write(self, sock: Handle, data: bytes) -> int:
        self._need_files("write")
        return os.write(self.fileno(sock), data)

    @facts
    def writev(self, sock: Handle, parts: Sequence[bytes]) -> int:
        self._need_files("writev")
        return os.writev(self.fileno(sock), parts)

    @facts
    def sendfile(self, sock: Handle, file: Handle, offset: int | None, count: int) -> int:
        self._need_files("sendfile")
        if sys.platform != "linux":
            raise Unsupported("sendfile", "the platform's call is another one than Linux's")

        return os.sendfile(self.fileno(sock), self.fileno(file), offset, count)
