"""Addresses of netlink, VSOCK and packet sockets, as Python's module has them and as bytes.

The structures are Linux's: sockaddr_nl, sockaddr_vm and sockaddr_ll.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any

from sockspec.address import Raw
from sockspec.backends import interface
from sockspec.errors import Unsupported

__all__ = ["from_python", "refuse_options", "to_python"]

_NETLINK, _VSOCK, _PACKET = (
    getattr(socket, name, -1) for name in ("AF_NETLINK", "AF_VSOCK", "AF_PACKET")
)


def to_python(address: Raw) -> Any:
    """What the module takes for an address of these families; None for all others."""
    data = address.data
    family = int.from_bytes(data[:2], sys.byteorder)
    if family == _NETLINK and len(data) == 12:
        return struct.unpack("=II", data[4:])
    if family == _VSOCK and len(data) == 16:
        port, context = struct.unpack("=II", data[4:12])
        return context, port
    if family == _PACKET and len(data) == 20:
        protocol, index, hardware, kind, length = struct.unpack("!H", data[2:4]) + (
            struct.unpack("=iHBB", data[4:12])
        )
        name = interface.name_of(index) if index else ""
        if not (kind or hardware or length):  # which PyPy would have otherwise
            return name, protocol
        where: Any = data[12 : 12 + length]
        if sys.implementation.name == "pypy":  # where it is text that is taken, not bytes
            where = where.decode("latin-1")
        return name, protocol, kind, hardware, where
    return None


def refuse_options(sock: socket.socket) -> None:
    """Raise `Unsupported` for a VSOCK socket: of its options the module knows 64 bits only."""
    if sock.family == _VSOCK:
        raise Unsupported("options of VSOCK", "the socket module takes only numbers of 64 bits")


def from_python(family: int, told: Any) -> Raw | None:
    """The bytes of what the module returned for an address of these families, or None."""
    head = family.to_bytes(2, sys.byteorder)
    if family == _NETLINK:
        return Raw(head + bytes(2) + struct.pack("=II", *told))
    if family == _VSOCK:
        context, port = told
        return Raw(head + bytes(2) + struct.pack("=II", port, context) + bytes(4))
    if family == _PACKET:
        name, protocol, kind, hardware, data = (*told, 0, 0, b"")[:5]
        index = interface.index_of(name) if name else 0
        rest = struct.pack("=iHBB", index, hardware, kind, len(data))
        return Raw(head + struct.pack("!H", protocol) + rest + data.ljust(8, b"\0"))
    return None
