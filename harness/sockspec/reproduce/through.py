"""A script over a backend of sockspec: its primitives, and the functions it answers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BackendScript"]

_MAKES_ONE = {"new", "new_raw", "adopt", "dup"}
_MAKES_TWO = {"pair", "pipe"}
_MAKES_WITH_ADDRESS = {"accept", "accept_raw", "accept4"}


class BackendScript:
    """Turns the calls of one trace into calls on the backend that made them."""

    def __init__(self, backend: str) -> None:
        self.lines: list[str] = []
        self.head = _HEAD.format(backend=backend)
        self._names: dict[str, str] = {}  # an address of the trace -> an expression
        self._paths: dict[str, int] = {}
        self._known: set[int] = set()

    def add(self, call: Mapping[str, Any]) -> None:
        """One more call of the trace."""
        if "left_out" in call:
            self.lines.append(
                f"# {call['left_out']} more calls of the same kind are left out here"
            )
            return
        name = call["call"]
        values = ", ".join(self._value(each) for each in call["arguments"])
        face, _, function = name.rpartition(".")
        target = f"backend.answer({face!r}, {function!r})" if face else f"backend.{function}"
        shown = f"{name}({values})".replace("\\", "\\\\").replace('"', "'")
        comma = ", " if values else ""
        self.lines.append(
            f'{self._made(name, call.get("answer"))}show("{shown}", {target}{comma}{values})'
        )
        if name == "local_addr" or function == "local_addr":
            self._remember(call.get("answer"), f"backend.local_addr({values})")

    def _made(self, name: str, answer: Any) -> str:
        """The assignment that keeps a socket that a call answered."""
        if name in _MAKES_WITH_ADDRESS and isinstance(answer, list):
            return f"{self._socket(answer[0])}, _ = "
        if name in _MAKES_TWO and isinstance(answer, list):
            return ", ".join(self._socket(each) for each in answer) + " = "
        if isinstance(answer, dict) and "socket" in answer:
            return f"{self._socket(answer)} = "
        return ""

    def _socket(self, answer: Mapping[str, Any]) -> str:
        self._known.add(answer["socket"])
        return f"s{answer['socket']}"

    def _remember(self, address: Any, expression: str) -> None:
        match address:
            case {"inet": [_, port, *_]} | {"inet6": [_, port, *_]} if port:
                self._names.setdefault(repr(address), expression)

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
            case {"inet": address}:
                return f"Inet{tuple(address)!r}"
            case {"inet6": address}:
                return f"Inet6{tuple(address)!r}"
            case {"unix": text} if text.startswith("00") or not text:
                return f"Unix({bytes.fromhex(text)!r})"
            case {"unix": text}:
                return f"Unix(folder + b'/{self._paths.setdefault(text, len(self._paths))}')"
            case {"pointer": _}:
                return "NOWHERE"
            case {"raw": text}:
                return f"Raw({bytes.fromhex(text)!r})"
            case [{"socket": number}, events]:
                return f"(s{number}, {events})"
            case list():
                return "[" + ", ".join(self._value(each) for each in value) + "]"
            case _:
                return repr(value)


_HEAD = """\
import asyncio
import inspect
import os
import tempfile

from sockspec import backends
from sockspec.address import Inet, Inet6, Raw, Unix
from sockspec.backend import NOWHERE
from sockspec.errors import SocketError, SockspecError

backend = backends.load({backend!r})
folder = os.fsencode(tempfile.mkdtemp())


async def finished(work):
    async with asyncio.timeout(5):
        return await work


def show(what, call, *arguments):
    try:
        answer = call(*arguments)
        if inspect.isawaitable(answer):
            answer = asyncio.run(finished(answer))
    except TimeoutError:
        print(what, "->", "no answer in 5 seconds")
        return None
    except (SocketError, SockspecError) as error:
        print(what, "->", getattr(error, "symbol", error))
        return None
    print(what, "->", answer)
    return answer

"""
