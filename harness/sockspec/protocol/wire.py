"""Values over the wire, the agent's side: the standard library alone, Python 3.9.

What the fields of a call mean stands in `sockspec.protocol.calls`; here is how they are read
into the arguments of a backend's primitive, and how its answer is written.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

from sockspec.address import Inet, Inet6, Raw, SockAddr, Unix
from sockspec.backend import NOWHERE, Message
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Handle

__all__ = ["Handles", "address", "plain"]


def _bytes(text: str) -> bytes:
    return b64decode(text, validate=True)


def _text(data: bytes | bytearray) -> str:
    return b64encode(data).decode("ascii")


def address(told: Mapping[str, Any] | None) -> SockAddr | None:
    """An address as the wire has it; None for null."""
    if told is None:
        return None
    family = told["family"]
    if family == "inet":
        return Inet(told["host"], told["port"])
    if family == "inet6":
        scope = told.get("flowinfo", 0), told.get("scope_id", 0)
        return Inet6(told["host"], told["port"], *scope)
    if family == "unix":
        return Unix(_bytes(told["path"]))
    return Raw(_bytes(told["data"]))


def _address(given: SockAddr) -> dict[str, Any]:
    if isinstance(given, Inet):
        return {"family": "inet", "host": given.host, "port": given.port}
    if isinstance(given, Inet6):
        made = {"family": "inet6", "host": given.host, "port": given.port}
        return {**made, "flowinfo": given.flowinfo, "scope_id": given.scope_id}
    if isinstance(given, Unix):
        return {"family": "unix", "path": _text(given.path)}
    return {"family": "raw", "data": _text(given.data)}


def _parts(told: Any) -> list[bytes]:
    return [_bytes(each) for each in told]


def _control(told: Any) -> Any:
    # Of `sendmsg` the control data, of `recvmsg` the room for them.
    if isinstance(told, int):
        return told
    return [(level, kind, _bytes(data)) for level, kind, data in told]


def _messages(told: Any) -> list[Any]:
    return [(_parts(parts), _control(items), address(to)) for parts, items, to in told]


def _raw(told: Any) -> Any:
    if isinstance(told, str):
        return _bytes(told)
    return NOWHERE if isinstance(told, dict) else told


_ARGUMENTS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("value", "argument", "data", "content"), _bytes),
    "address": address,
    "parts": _parts,
    "control": _control,
    "messages": _messages,
    "arguments": lambda told: [_raw(each) for each in told],
}
"""How an argument is read, by its name; all others are what they are in JSON."""


_SOCKETS = {"sock", "file", "target"}
"""The arguments that are a socket, or what has a number as one."""


def plain(value: Any) -> Any:
    """An answer that holds no sockets, as JSON has it. Raises `TypeError` for another."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return _text(value)
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    if isinstance(value, (Inet, Inet6, Unix, Raw)):
        return _address(value)
    if isinstance(value, Message):
        return {name: plain(each) for name, each in vars(value).items()}
    raise TypeError(f"{type(value).__name__} is nothing that the contract returns")


class Handles:
    """The sockets that are open, by the numbers that the client knows them by."""

    def __init__(self) -> None:
        self.handles: dict[int, Handle] = {}
        self.ended: set[int] = set()
        """Those that were closed or given up. The backend itself answers for them."""
        self._made = 0

    def add(self, handle: Handle) -> int:
        """Give a socket its number; none is used twice."""
        self._made += 1
        self.handles[self._made] = handle
        return self._made

    def arguments(self, call: dict[str, Any]) -> list[Any]:
        """The arguments of a primitive, in order."""
        read = []
        for name, told in call.items():
            if name in _SOCKETS:
                read.append(self.of(told))
            elif name in {"wanted", "changes"}:
                read.append([(self.of(number), *rest) for number, *rest in told])
            elif name != "primitive":
                read.append(_ARGUMENTS[name](told) if name in _ARGUMENTS else told)
        return read

    def of(self, number: int) -> Handle:
        """The socket of a number; EBADF when there never was one, or a reset closed it."""
        try:
            return self.handles[number]
        except KeyError:
            raise SocketError("EBADF", 9, "", "no such socket") from None

    def value(self, primitive: str, answer: Any) -> Any:
        """What a primitive answered, with numbers for the sockets that it made."""
        if primitive in {"new", "new_raw", "file", "epoll_create", "kqueue", "dup", "adopt"}:
            return self.add(answer)
        if primitive in {"pair", "pipe"}:
            return [self.add(each) for each in answer]
        if primitive in {"accept", "accept_raw", "accept4"}:
            return [self.add(answer[0]), plain(answer[1])]
        return plain(answer)

    def clear(self) -> list[Handle]:
        """Forget all; those that are still to be closed."""
        left = [each for number, each in self.handles.items() if number not in self.ended]
        self.handles.clear()
        self.ended.clear()
        return left
