"""Interfaces by number and by name, also where Python's module cannot say (PyPy)."""

from __future__ import annotations

import socket
import struct

__all__ = ["index_of", "name_of"]

_NAME, _INDEX = 0x8910, 0x8933  # SIOCGIFNAME, SIOCGIFINDEX: netdevice(7)


def name_of(index: int) -> str:
    """What the interface of a number is called. Raises `OSError` when there is none."""
    if hasattr(socket, "if_indextoname"):
        return socket.if_indextoname(index)
    told = _asked(_NAME, struct.pack("=16xi20x", index))
    return told[:16].partition(b"\0")[0].decode()


def index_of(name: str) -> int:
    """The number of the interface of a name. Raises `OSError` when there is none."""
    if hasattr(socket, "if_nametoindex"):
        return socket.if_nametoindex(name)
    told = _asked(_INDEX, struct.pack("=16s24x", name.encode()))
    return int(struct.unpack_from("=16xi", told)[0])


def _asked(request: int, about: bytes) -> bytes:
    import fcntl  # noqa: PLC0415 - only on Unix

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, request, about)
