"""The calls and the packets of a witness on one time line, where its run kept the packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.reproduce.names import Flags, Names, Symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Event", "events", "frames"]


class _Call(msgspec.Struct, frozen=True):
    call: str = "..."
    arguments: list[Any] = []
    answer: Any = None
    error: str = ""
    at: float | None = None
    theirs: bool = False
    left_out: int = 0
    """Calls of a long witness that are not told, in place of one."""


class _Packet(msgspec.Struct, frozen=True):
    packet: str
    after: int
    at: float | None = None
    theirs: bool = False
    frame: int = 0


class _Witness(msgspec.Struct, frozen=True):
    calls: list[_Call] = []
    packets: list[_Packet] = []


@dataclass(frozen=True, slots=True)
class Event:
    """A call, or a packet on its way, at one of the two ends.

    `at` is in seconds after the first call, None where it was not kept; `frame` the number
    of a packet in the file of the capture, from 1, and 0 where it has none.
    """

    text: str
    at: float | None
    theirs: bool
    is_packet: bool = False
    frame: int = 0

    @property
    def time(self) -> str:
        """`0.123 ms`."""
        return "" if self.at is None else f"{self.at * 1000:.3f} ms"


_NOBODY = Names(known=False)

_MESSAGE = ("", "", "flags")
_OPTION = ("", "level", "option")
_NEW = ("family", "type", "protocol")
_MEANT = {
    **dict.fromkeys(("new", "new_raw", "pair"), _NEW),
    **dict.fromkeys(("getsockopt", "setsockopt"), _OPTION),
    **dict.fromkeys(("recv", "recv_length", "recvfrom", "send", "sendto"), _MESSAGE),
    **dict.fromkeys(("recvmsg", "sendmsg"), ("", "", "", "flags")),
    "shutdown": ("", "how"),
    "ioctl": ("", "request"),
}
"""What numbers among the arguments of a call stand for."""


def events(witness: Mapping[str, Any], names: Names = _NOBODY) -> list[Event]:
    """What happened, in its order; nothing where no packets were kept.

    Nothing as well of what is no witness: a run file can have anything there. `names` are
    those of the platform's numbers.
    """
    if not witness.get("packets"):
        return []
    try:
        return list(_events(msgspec.convert(dict(witness), _Witness), names))
    except msgspec.ValidationError:
        return []


def frames(found: list[Event]) -> tuple[int, int] | None:
    """The first and the last frame in the file of the capture, where that is known."""
    numbers = [each.frame for each in found if each.frame]
    return (min(numbers), max(numbers)) if numbers else None


def _events(witness: _Witness, names: Names) -> Iterator[Event]:
    packets = list(witness.packets)
    made = 0
    for call in witness.calls:
        made += call.left_out or 1
        yield Event(_told(call, names), call.at, call.theirs)
        while packets and packets[0].after <= made:
            yield _sent(packets.pop(0))
    yield from map(_sent, packets)


def _sent(packet: _Packet) -> Event:
    return Event(packet.packet, packet.at, packet.theirs, is_packet=True, frame=packet.frame)


def _told(call: _Call, names: Names) -> str:
    if call.left_out:
        return f"... {call.left_out} more calls"
    arguments = ", ".join(map(_brief, _named(call, names)))
    answer = call.error or _brief(call.answer)
    return f"{call.call}({arguments})" + (f" = {answer}" if answer else "")


def _named(call: _Call, names: Names) -> Iterator[Any]:
    meant = _MEANT.get(call.call, ())
    for place, given in enumerate(call.arguments):
        kind = meant[place] if place < len(meant) else ""
        if not kind or type(given) is not int:
            yield given
        elif kind == "option":
            level = call.arguments[1]
            yield names.option(level, given) if type(level) is int else given
        else:
            yield getattr(names, kind)(given)


def _brief(value: Any) -> str:
    if isinstance(value, Symbol):
        return value.name
    if isinstance(value, Flags):
        named = [each.name for each in value.symbols]
        return " | ".join([*named, str(value.rest)] if value.rest or not named else named)
    if isinstance(value, dict) and len(value) == 1:
        return f"{next(iter(value))} {_brief(next(iter(value.values())))}"
    if isinstance(value, list):
        return " ".join(map(_brief, value))
    return "" if value is None else str(value)
