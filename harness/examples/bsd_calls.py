"""BSD socket calls of any library, through ctypes: what a stack in C is tested with.

Give it the library, what its functions' names begin with, and say what it does not have
by overriding the primitive. Structures and numbers are those of the system it is built for.
"""

from __future__ import annotations

import ctypes
import socket
import struct
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, SockAddr
from sockspec.backend import Backend, Message
from sockspec.backends.stdlib import Stdlib
from sockspec.constants import errno_symbol
from sockspec.errors import SocketError, Unsupported
from sockspec.pending import GRACE, Pending

if TYPE_CHECKING:
    from collections.abc import Sequence

_NONBLOCK, _GETFL, _SETFL = 0o4000, 3, 4  # Linux, <asm-generic/fcntl.h>


class _Iovec(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Msghdr(ctypes.Structure):
    _fields_ = (
        *(("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32)),
        *(("parts", ctypes.POINTER(_Iovec)), ("count", ctypes.c_size_t)),
        *(("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t)),
        ("flags", ctypes.c_int),
    )


class _Pollfd(ctypes.Structure):
    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


def pack(address: SockAddr) -> bytes:
    """The `sockaddr` of an address."""
    if isinstance(address, Inet):
        host = socket.inet_aton(address.host)
        return struct.pack("=H2s4s8x", socket.AF_INET, address.port.to_bytes(2, "big"), host)
    if isinstance(address, Inet6):
        port, flow = address.port.to_bytes(2, "big"), address.flowinfo.to_bytes(4, "big")
        host = socket.inet_pton(socket.AF_INET6, address.host)
        return struct.pack("=H2s4s16sI", socket.AF_INET6, port, flow, host, address.scope_id)
    if isinstance(address, Raw):
        return address.data
    raise Unsupported("unix", "the library has no such family")


def unpack(raw: bytes) -> SockAddr | None:
    """The address in a `sockaddr`, None in none."""
    family = int.from_bytes(raw[:2], "little")
    port = int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET and len(raw) == 16:
        return Inet(socket.inet_ntoa(raw[4:8]), port)
    if family == socket.AF_INET6 and len(raw) == 28:
        flow, scope = int.from_bytes(raw[4:8], "big"), int.from_bytes(raw[24:], "little")
        return Inet6(socket.inet_ntop(family, raw[8:24]), port, flow, scope)
    return Raw(raw) if raw else None


class Handle:
    """A socket. Its number may be given again after close; a handle is not."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Started(Pending):
    def is_blocked(self, within: float = 5.0) -> bool:
        # A library may wait in futex(2), as one that waits for the interpreter does, so
        # that the system cannot tell.
        return not self.wait(min(within, GRACE))


class Bsd(Backend):
    """The calls that a library has, without those that need descriptors of the system."""

    def __init__(self, library: str, prefix: str) -> None:
        self._library, self._prefix = ctypes.CDLL(library, use_errno=True), prefix
        for name in ("recv", "recvfrom", "recvmsg", "send", "sendto", "sendmsg"):
            self._function(name).restype = ctypes.c_ssize_t

    def _function(self, name: str) -> Any:
        return getattr(self._library, self._prefix + name)

    def _call(self, name: str, *arguments: Any) -> int:
        numbers = (each.number if isinstance(each, Handle) else each for each in arguments)
        answer = int(self._function(name)(*numbers))
        if answer < 0:
            number = ctypes.get_errno()
            raise SocketError(errno_symbol(number), number, name)
        return answer

    def _named(self, name: str, *arguments: Any) -> tuple[int, SockAddr | None]:
        address, length = ctypes.create_string_buffer(128), ctypes.c_uint32(128)
        answer = self._call(name, *arguments, address, ctypes.byref(length))
        return answer, unpack(address.raw[: length.value])

    def constant(self, symbol: str) -> int | None:
        return Stdlib().constant(symbol)

    def errno_symbol(self, number: int) -> str:
        return errno_symbol(number)

    def start(self, primitive: str, *arguments: Any) -> Pending:
        return _Started(getattr(self, primitive), *arguments)

    def new(self, family: int, type: int, protocol: int = 0) -> Handle:
        return Handle(self._call("socket", family, type, protocol))

    new_raw = new

    def close(self, sock: Handle) -> None:
        number, sock.number = sock.number, -1
        self._call("close", number)

    def bind(self, sock: Handle, address: SockAddr) -> None:
        raw = pack(address)
        self._call("bind", sock, raw, len(raw))

    def listen(self, sock: Handle, backlog: int) -> None:
        self._call("listen", sock, backlog)

    def connect(self, sock: Handle, address: SockAddr) -> None:
        raw = pack(address)
        self._call("connect", sock, raw, len(raw))

    def accept(self, sock: Handle) -> tuple[Handle, SockAddr | None]:
        number, address = self._named("accept", sock)
        return Handle(number), address

    accept_raw = accept

    def local_addr(self, sock: Handle) -> SockAddr:
        return self._named("getsockname", sock)[1] or Raw(b"")

    def peer_addr(self, sock: Handle) -> SockAddr:
        return self._named("getpeername", sock)[1] or Raw(b"")

    def shutdown(self, sock: Handle, how: int) -> None:
        self._call("shutdown", sock, how)

    def getsockopt(self, sock: Handle, level: int, name: int, length: int) -> bytes:
        value, size = ctypes.create_string_buffer(max(length, 1)), ctypes.c_uint32(length)
        self._call("getsockopt", sock, level, name, value, ctypes.byref(size))
        return value.raw[: min(length, size.value)]

    def setsockopt(self, sock: Handle, level: int, name: int, value: bytes) -> None:
        self._call("setsockopt", sock, level, name, value, len(value))

    def nonblocking(self, sock: Handle) -> bool:
        return bool(self._call("fcntl", sock, _GETFL, 0) & _NONBLOCK)

    def set_nonblocking(self, sock: Handle, on: bool) -> None:
        flags = self._call("fcntl", sock, _GETFL, 0) & ~_NONBLOCK
        self._call("fcntl", sock, _SETFL, flags | (_NONBLOCK if on else 0))

    def ioctl(self, sock: Handle, request: int, argument: bytes) -> bytes:
        value = ctypes.create_string_buffer(argument, max(len(argument), 1))
        self._call("ioctl", sock, ctypes.c_long(request), value)
        return value.raw[: len(argument)]

    def recv(self, sock: Handle, size: int, flags: int = 0) -> bytes:
        buffer = ctypes.create_string_buffer(max(size, 1))
        length = self._call("recv", sock, buffer, ctypes.c_size_t(size), flags)
        return buffer.raw[: min(size, length)]

    def recv_length(self, sock: Handle, size: int, flags: int = 0) -> int:
        buffer = ctypes.create_string_buffer(max(size, 1))
        return self._call("recv", sock, buffer, ctypes.c_size_t(size), flags)

    def recvfrom(
        self, sock: Handle, size: int, flags: int = 0
    ) -> tuple[bytes, SockAddr | None]:
        buffer = ctypes.create_string_buffer(max(size, 1))
        length, address = self._named("recvfrom", sock, buffer, ctypes.c_size_t(size), flags)
        return buffer.raw[: min(size, length)], address

    def send(self, sock: Handle, data: bytes, flags: int = 0) -> int:
        return self._call("send", sock, data, ctypes.c_size_t(len(data)), flags)

    def sendto(self, sock: Handle, data: bytes, flags: int, address: SockAddr) -> int:
        raw, length = pack(address), ctypes.c_size_t(len(data))
        return self._call("sendto", sock, data, length, flags, raw, len(raw))

    def recvmsg(
        self, sock: Handle, sizes: Sequence[int], control: int = 0, flags: int = 0
    ) -> Message:
        buffers = [ctypes.create_string_buffer(max(size, 1)) for size in sizes]
        header, address = _header(buffers, sizes), ctypes.create_string_buffer(128)
        header.name, header.name_length = ctypes.addressof(address), 128
        space = ctypes.create_string_buffer(max(control, 1))
        header.control = ctypes.addressof(space) if control else None
        header.control_length = control
        length = self._call("recvmsg", sock, ctypes.byref(header), flags)
        ends = [min(size, max(0, length - sum(sizes[:at]))) for at, size in enumerate(sizes)]
        data = tuple(each.raw[:end] for each, end in zip(buffers, ends, strict=True))
        records = tuple(_records(space.raw[: header.control_length if control else 0]))
        source = unpack(address.raw[: header.name_length])
        return Message(length, data, records, header.flags, source)

    def sendmsg(
        self,
        sock: Handle,
        parts: Sequence[bytes],
        control: Sequence[tuple[int, int, bytes]] = (),
        flags: int = 0,
        address: SockAddr | None = None,
    ) -> int:
        buffers = [ctypes.create_string_buffer(part, max(len(part), 1)) for part in parts]
        header = _header(buffers, [len(part) for part in parts])
        raw = pack(address) if address else b""
        name, records = ctypes.create_string_buffer(raw, 128), b"".join(map(_record, control))
        header.name, header.name_length = ctypes.addressof(name) if raw else None, len(raw)
        space = ctypes.create_string_buffer(records, max(len(records), 1))
        header.control = ctypes.addressof(space) if records else None
        header.control_length = len(records)
        return self._call("sendmsg", sock, ctypes.byref(header), flags)

    def poll(self, wanted: Sequence[tuple[Handle, int]], timeout: float) -> tuple[int, ...]:
        asked = (_Pollfd * len(wanted))(*(_Pollfd(each.number, what) for each, what in wanted))
        self._call("poll", asked, ctypes.c_ulong(len(wanted)), int(timeout * 1000))
        return tuple(each.revents for each in asked)


def _header(buffers: Sequence[Any], sizes: Sequence[int]) -> _Msghdr:
    parts = (_Iovec * max(1, len(sizes)))(
        *(
            _Iovec(ctypes.addressof(each), size)
            for each, size in zip(buffers, sizes, strict=True)
        )
    )
    return _Msghdr(parts=parts, count=len(sizes))


# struct cmsghdr: a size_t of length, level, type; each record aligned to 8 bytes.
def _record(record: tuple[int, int, bytes]) -> bytes:
    level, kind, data = record
    return struct.pack("@Nii", 16 + len(data), level, kind) + data + bytes(-len(data) % 8)


def _records(raw: bytes) -> list[tuple[int, int, bytes]]:
    found, at = [], 0
    while at + 16 <= len(raw):
        length, level, kind = struct.unpack_from("@Nii", raw, at)
        if length < 16:
            break
        found.append((level, kind, raw[at + 16 : at + length]))
        at += length + -length % 8
    return found
