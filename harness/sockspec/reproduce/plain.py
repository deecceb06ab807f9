"""A script over Python's `socket` and `select` modules, with nothing of sockspec.

Ports are those that the system chooses when it runs: an address that a socket of the
trace had is written as that socket's `getsockname()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PlainScript"]


def _port(address: Mapping[str, Any]) -> list[int]:
    value = next(iter(address.values()))
    return value[1:2] if isinstance(value, list) else []


_METHODS = {
    "local_addr": "getsockname",
    "peer_addr": "getpeername",
    "recv_length": "recv",
    "recvmsg": "recvmsg_into",
}


class PlainScript:
    """Turns the calls of one trace into statements."""

    head = """\
import errno
import os
import select
import socket
import tempfile

folder = os.fsencode(tempfile.mkdtemp())


def show(what, call, *arguments):
    try:
        answer = call(*arguments)
    except OSError as error:
        print(what, "->", errno.errorcode.get(error.errno, error))
        return None
    print(what, "->", answer)
    return answer

"""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[str, str] = {}  # an address of the trace -> an expression
        self._paths: dict[str, int] = {}

    def add(self, call: Mapping[str, Any]) -> None:
        """One more call of the trace."""
        if "left_out" in call:
            self.lines.append(
                f"# {call['left_out']} more calls of the same kind are left out here"
            )
            return
        primitive = call["call"].rpartition(".")[2]
        arguments = call["arguments"]
        writer = getattr(self, f"_{primitive}", None)
        if writer is not None:
            writer(arguments, call)
        elif arguments and isinstance(arguments[0], dict) and "socket" in arguments[0]:
            self._method(primitive, arguments)
        else:
            self.lines.append(
                f"# {primitive}: a call that Python's socket module does not have"
            )

    # -- making ---------------------------------------------------------------

    def _new(self, arguments: Sequence[Any], call: Mapping[str, Any]) -> None:
        values = ", ".join(str(each) for each in arguments)
        if "answer" in call:
            name = self._name(call["answer"])
            self.lines.append(f"{name} = socket.socket({values})")
        else:
            self.lines.append(f'show("socket({values})", socket.socket, {values})')

    _new_raw = _new

    def _pair(self, arguments: Sequence[Any], call: Mapping[str, Any]) -> None:
        values = ", ".join(str(each) for each in arguments)
        if "answer" in call:
            one, other = (self._name(each) for each in call["answer"])
            self.lines.append(f"{one}, {other} = socket.socketpair({values})")
        else:
            self.lines.append(f'show("socketpair({values})", socket.socketpair, {values})')

    def _accept(self, arguments: Sequence[Any], call: Mapping[str, Any]) -> None:
        listener = self._name(arguments[0])
        if "answer" in call:
            made, address = call["answer"]
            self.lines.append(f"{self._name(made)}, _ = {listener}.accept()")
            self._remember(address, f"{self._name(made)}.getpeername()")
        else:
            self.lines.append(f'show("{listener}.accept()", {listener}.accept)')

    _accept_raw = _accept

    def _dup(self, arguments: Sequence[Any], call: Mapping[str, Any]) -> None:
        if "answer" in call:
            self.lines.append(
                f"{self._name(call['answer'])} = {self._name(arguments[0])}.dup()"
            )

    # -- names ----------------------------------------------------------------

    def _local_addr(self, arguments: Sequence[Any], call: Mapping[str, Any]) -> None:
        name = self._name(arguments[0])
        self._remember(call.get("answer"), f"{name}.getsockname()")
        self.lines.append(f'show("{name}.getsockname()", {name}.getsockname)')

    def _remember(self, address: Any, expression: str) -> None:
        # Port 0 asks for a port and is nobody's address.
        if isinstance(address, dict) and "unix" not in address and 0 not in _port(address):
            self._names.setdefault(repr(address), expression)

    # -- readiness ------------------------------------------------------------

    def _poll(self, arguments: Sequence[Any], _call: Mapping[str, Any]) -> None:
        wanted, timeout = arguments
        self.lines.append("poller = select.poll()")
        for sock, events in wanted:
            self.lines.append(f"poller.register({self._name(sock)}, {events})")
        self.lines.append(f'show("poll", poller.poll, {timeout * 1000!r})')

    # -- the rest -------------------------------------------------------------

    def _set_nonblocking(self, arguments: Sequence[Any], _call: Mapping[str, Any]) -> None:
        self.lines.append(f"{self._name(arguments[0])}.setblocking({not arguments[1]})")

    def _nonblocking(self, arguments: Sequence[Any], _call: Mapping[str, Any]) -> None:
        name = self._name(arguments[0])
        self.lines.append(f'show("{name}.getblocking()", {name}.getblocking)')

    def _recvmsg(self, arguments: Sequence[Any], _call: Mapping[str, Any]) -> None:
        sock, sizes, control, flags = (*arguments, 0, 0)[:4]
        name = self._name(sock)
        buffers = ", ".join(f"bytearray({size})" for size in sizes)
        self.lines.append(
            f'show("{name}.recvmsg_into", {name}.recvmsg_into, [{buffers}], {control}, {flags})'
        )

    def _sockatmark(self, arguments: Sequence[Any], _call: Mapping[str, Any]) -> None:
        name = self._name(arguments[0])
        self.lines.append("import fcntl")
        self.lines.append(
            f'show("SIOCATMARK", fcntl.ioctl, {name}, 0x8905, bytes(4))  # Linux\'s number'
        )

    def _method(self, primitive: str, arguments: Sequence[Any]) -> None:
        name = self._name(arguments[0])
        method = _METHODS.get(primitive, primitive)
        values = ", ".join(self._value(each) for each in arguments[1:])
        shown = f"{name}.{method}({values})".replace("\\", "\\\\").replace('"', "'")
        comma = ", " if values else ""
        self.lines.append(f'show("{shown}", {name}.{method}{comma}{values})')

    # -- values ---------------------------------------------------------------

    def _name(self, sock: Mapping[str, Any]) -> str:
        return f"s{sock['socket']}"

    def _value(self, value: Any) -> str:
        match value:
            case dict() if repr(value) in self._names:
                return self._names[repr(value)]
            case {"socket": number}:
                return f"s{number}"
            case {"bytes": head, "length": length}:
                return f"bytes.fromhex({head!r}).ljust({length}, b'.')"
            case {"bytes": text}:
                return repr(bytes.fromhex(text))
            case {"inet": [host, port]}:
                return repr((host, port))
            case {"inet6": address}:
                return repr(tuple(address))
            case {"unix": text} if text.startswith("00") or not text:
                return repr(bytes.fromhex(text))
            case {"unix": text}:
                number = self._paths.setdefault(text, len(self._paths))
                return f"folder + b'/{number}'"
            case {"raw": text}:
                return f"{bytes.fromhex(text)!r}  # a raw sockaddr: needs the C backend"
            case list():
                return "[" + ", ".join(self._value(each) for each in value) + "]"
            case _:
                return repr(value)
