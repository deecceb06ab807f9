"""Calls and the answers of a witness as text, for pages and for programs in C."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sockspec.reproduce.names import Flags, Symbol
from sockspec.reproduce.plan import Failed
from sockspec.reproduce.values import (
    Any_,
    Bytes,
    Credentials,
    Inet,
    Name,
    Other,
    Packed,
    Path,
    Rights,
)

if TYPE_CHECKING:
    from sockspec.reproduce.plan import Plan, Step

__all__ = ["spelled", "text", "told", "transcript"]

_LONGEST = 64  # bytes that are spelled out


def told(step: Step) -> str:
    """What `tell` of `templates/program.c` says when the answer is that of the witness."""
    seen: Any = step.seen
    match step.call, seen:
        case _, Failed(symbol):
            return symbol
        case _, Any_() | Name():
            return "*"
        case _, Other(than):
            return f"!{_address(than)}"
        case "pair" | "adopt" | "detach", _:
            return "*"
        case (("accept" | "accept_raw"), (_, address)):
            return _address(address)
        case (("local_addr" | "peer_addr"), Inet(port=Any_())) if step.taken:
            # The program names the port by then.
            return _address(replace(seen, port=step.taken[0].name))
        case (("local_addr" | "peer_addr"), address):
            return _address(address)
        case "recvfrom", (data, address):
            return f"{_data(data)} from {_address(address)}"
        case "recvmsg", (length, parts, control, flags, address):
            data = "".join(f" data {_data(each)}" for each in parts)
            more = "".join(f" control {_control(*each)}" for each in control)
            sender = _address(address)
            return f"length {length}{data}{more} flags {_number(flags)} from {sender}"
        case "poll", _:
            return " ".join(str(_number(each)) for each in seen)
        case _, Bytes() | Packed():
            return _data(seen)
        case _, None:
            return "0"
        case _, bool() | int():
            return str(int(seen))
    return "*"


def _number(flags: Any) -> int:
    if isinstance(flags, Flags):
        return sum(each.number for each in flags.symbols) + flags.rest
    return int(getattr(flags, "number", flags))


def _data(value: Any) -> str:
    match value:
        case Packed(_, numbers):
            return " ".join(map(str, numbers))
        case Bytes(_, length) if length > _LONGEST:
            return f"{length} bytes"
        case Bytes(head, _):
            return head.hex()
    return "*"


def _control(level: Any, kind: Any, value: Any) -> str:
    match value:
        case Rights(numbers):
            text = f"{len(numbers)} descriptors"
        case Credentials(length):
            text = f"{length} of credentials"
        case Packed("i", (number,)):
            text = number.to_bytes(4, "little", signed=True).hex()
        case _:
            text = _data(value)
    return f"{_number(level)} {_number(kind)} {text}"


def _address(address: Any) -> str:
    match address:
        case Inet(host, port, more):
            name = port.text if isinstance(port, Name) else "*" if port != 0 else "0"
            rest = f" {more[0]} {more[1]}" if more and any(more) else ""
            return f"{host} port {name}{rest}"
        case Path(after, before, inside):
            return f"local {before.hex()}{'FOLDER' if inside else ''}{after.hex()}"
    return "none"


def transcript(plan: Plan) -> list[str]:
    """The calls, a line each, with what they answered; those that decide are marked."""
    lines = [] if not plan.impossible else [f"({plan.impossible})"]
    for step in plan.steps:
        made = ", ".join(each.name.text for each in step.taken)
        line = f"{made} = {text(step)}" if made else text(step)
        line += f" x {step.times}" if step.times > 1 else ""
        line += " (not waited for)" if step.started else ""
        if step.call == "poll" and isinstance(step.seen, tuple):
            answer = ", ".join(map(spelled, step.seen))
        else:
            answer = told(step) or "no bytes"
        if step.decides or isinstance(step.seen, Failed):
            line += f" -> {answer}"
        lines.append(f"{line}{'   <-' if step.decides else ''}")
    return lines


def text(step: Step) -> str:
    """A call with its arguments."""
    return f"{step.call}({', '.join(map(_shown, step.arguments))})"


def _shown(given: Any) -> str:
    match given:
        case Bytes(_, length):
            return f"{length} bytes"
        case Inet(host, port, _):
            return f"{host} port {spelled(port)}"
        case Path(after, _, _):
            return f"local {after[:20]!r}"
        case Packed(_, numbers):
            return " ".join(map(str, numbers))
        case tuple():
            return f"{{{', '.join(map(_shown, given))}}}"
        case _:
            return spelled(given)


def spelled(given: Any) -> str:
    """A number or a name, as C has it."""
    match given:
        case Name(text):
            return text
        case Symbol(name, _):
            return name
        case Flags(symbols, rest):
            names = [each.name for each in symbols]
            return " | ".join(names + ([str(rest)] if rest or not names else []))
        case bool():
            return str(int(given))
        case None:
            return "NULL"
        case int() if not -(1 << 31) <= given < 1 << 31:
            return f"(int){given}LL"
        case _:
            return str(given)
