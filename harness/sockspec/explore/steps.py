"""A program: steps that name their sockets by number, as a folder or a server keeps them."""

from __future__ import annotations

import json
import random
import string
from dataclasses import dataclass
from typing import Any

__all__ = ["LONGEST", "Step", "dump", "load", "payload"]

LONGEST = 300_000
"""Bytes of the longest payload: no datagram of any family is that long."""

_LETTERS = "".join(random.Random(0).choices(string.ascii_lowercase, k=65536))  # noqa: S311


@dataclass(frozen=True, slots=True)
class Step:
    """One call, on sockets by number, with arguments that say no port, path or descriptor.

    `makes` are the numbers of the sockets that it makes. An address is `("of", n)`, the name
    of socket n, or a word; flags and events are tuples of symbols; what is sent is a size
    and a place in a text in which no part occurs twice.
    """

    call: str
    on: tuple[int, ...] = ()
    args: tuple[Any, ...] = ()
    makes: tuple[int, ...] = ()

    def __str__(self) -> str:
        made = ", ".join(f"s{each}" for each in self.makes)
        on = ", ".join(f"s{each}" for each in self.on)
        values = ", ".join([*([on] if on else []), *(map(_shown, self.args))])
        return f"{made} = {self.call}({values})" if made else f"{self.call}({values})"


def _shown(value: Any) -> str:
    match value:
        case ("of", int(number)):
            return f"address of s{number}"
        case ("bytes", int(size), int()):
            return f"{size} bytes"
        case tuple() if value and all(isinstance(each, str) for each in value):
            return "|".join(value)
        case tuple():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case _:
            return str(value)


def payload(size: int, at: int) -> bytes:
    """`size` letters, from a place of a text in which no part occurs twice."""
    at %= 32768
    while len(text := _LETTERS[at : at + size]) < size:
        return (text + _LETTERS * (size // len(_LETTERS) + 1))[:size].encode()
    return text.encode()


def dump(program: list[Step]) -> bytes:
    """The program as a database keeps it: a JSON list."""
    rows = [[each.call, each.on, each.args, each.makes] for each in program]
    return json.dumps(rows, separators=(",", ":")).encode()


def load(kept: bytes) -> list[Step] | None:
    """A program that was kept; None for what is none."""
    try:
        return [Step(call, *map(_tuples, rest)) for call, *rest in json.loads(kept)]
    except (ValueError, TypeError):
        return None


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
