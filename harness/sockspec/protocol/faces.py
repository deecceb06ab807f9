"""Values of the documents' functions, at both ends of the wire.

Only a backend that answers functions of the faces itself needs them.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.api import RecvFlags, Socket, TcpKeepalive, TcpSocket
from sockspec.errors import SocketError
from sockspec.protocol.wire import address, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

__all__ = ["functions", "read", "write"]


def functions(backend: Backend) -> list[str]:
    """The functions of the faces that a backend answers itself: `"Socket.set_linger"`."""
    return [
        f"{face.face}.{name}"
        for face in (Socket, TcpSocket)
        for name in dir(face)
        if not name.startswith("_") and backend.answer(face.face, name) is not None
    ]


def write(value: Any, number: Callable[[Any], int]) -> Any:
    """A value as JSON has it; `number` gives the number of a socket, for all that is none."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": b64encode(value).decode("ascii")}
    if isinstance(value, list | tuple):
        return [write(each, number) for each in value]
    if isinstance(value, Inet | Inet6 | Unix | Raw):
        return plain(value)
    if isinstance(value, TcpKeepalive):
        return {"keepalive": list(astuple(value))}
    if isinstance(value, RecvFlags):
        return {"recv_flags": list(astuple(value))}
    if isinstance(value, SocketError):
        return {"error": [value.symbol, value.number, value.call, value.strerror]}
    return {"socket": number(value)}


def read(told: Any, socket: Callable[[int], Any]) -> Any:
    """The value that was written; `socket` gives the socket of a number."""
    if isinstance(told, list):
        return tuple(read(each, socket) for each in told)
    if not isinstance(told, dict):
        return told
    if "family" in told:
        return address(told)
    ((kind, what),) = told.items()
    match kind:
        case "bytes":
            return b64decode(what, validate=True)
        case "socket":
            return socket(what)
        case "keepalive":
            return TcpKeepalive(*what)
        case "recv_flags":
            return RecvFlags(*what)
        case "error":
            return SocketError(*what)
    raise ValueError(f"a value of kind {kind!r} is none that a face has")
