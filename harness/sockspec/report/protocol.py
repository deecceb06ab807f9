"""The page of the agents' protocol, made from its types."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.protocol import calls, messages

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown"]

_EXAMPLE = [
    messages.Hello(0, messages.PROTOCOL, "sockspec"),
    messages.Do(1, calls.New(2, 1)),
    messages.Returned[int](1, 1),
    messages.Do(2, calls.Bind(1, calls.Inet("127.0.0.1", 0))),
    messages.Returned[None](2, None),
    messages.Start(3, calls.Accept(1)),
    messages.Returned[int](3, 1),
    messages.Result(4, 1, 0.5),
    messages.Failed(4, "EINVAL", 22, "accept", "EINVAL"),
    messages.Bye(5),
]


def markdown() -> str:
    """The page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f"# The protocol of agents, version {messages.PROTOCOL}"
    yield ""
    yield "Made by `sockspec schema protocol --markdown`; do not edit."
    yield ""
    yield from _prose(inspect.getdoc(messages) or "")
    yield ""
    yield "The beginning of a conversation, the answer to `hello` left out:"
    yield ""
    for line in _EXAMPLE:
        yield f"    {msgspec.json.encode(line).decode()}"
    yield ""
    yield "A field that is not required has its default behind the equals sign."
    for title, union in (
        ("Requests", messages.Request),
        ("Answers", messages.Answer),
    ):
        yield from ("", f"## {title}")
        for each in typing.get_args(union):
            made = typing.get_origin(each) or each
            yield from _struct(made, f"`{made.__struct_config__.tag}`")
    yield from ("", "## Calls", "")
    yield from _prose(inspect.getdoc(calls) or "")
    for kind, value in calls.RETURNS.items():
        yield from _struct(kind, f"`{kind.__struct_config__.tag}`")
        yield from ("", f"Returns {_shown(value)}.")
    yield from ("", "## Addresses and other objects")
    for kind in (*typing.get_args(calls.Address), calls.ReceivedMessage, messages.Platform):
        tag = kind.__struct_config__.tag
        yield from _struct(kind, f"`{tag}`" if tag else kind.__name__)


def _prose(text: str) -> Iterator[str]:
    yield from text.splitlines()


def _struct(kind: type[msgspec.Struct], title: str) -> Iterator[str]:
    yield from ("", f"### {title}", "")
    yield from _prose(inspect.getdoc(kind) or "")
    fields = msgspec.structs.fields(kind)
    config = kind.__struct_config__
    tagged = [f'- `{config.tag_field}`: `"{config.tag}"`'] if config.tag else []
    if fields or tagged:
        yield ""
    yield from tagged
    for each in fields:
        default = ""
        if each.default is not msgspec.NODEFAULT:
            default = f" = `{msgspec.json.encode(each.default).decode()}`"
        elif each.default_factory is not msgspec.NODEFAULT:
            default = f" = `{msgspec.json.encode(each.default_factory()).decode()}`"
        told = _description(each.type)
        yield f"- `{each.name}`: {_shown(each.type)}{default}" + (f". {told}" if told else "")


def _description(of: Any) -> str:
    for meta in getattr(of, "__metadata__", ()):
        if meta.description:
            return str(meta.description)
    return ""


_NAMES = {int: "integer", float: "number", str: "string", bool: "boolean", bytes: "base64"}


def _shown(of: Any) -> str:
    if of in _NAMES:
        return _NAMES[of]
    if of is None or of is type(None):
        return "null"
    if of is Any or isinstance(of, typing.TypeVar):
        return "any value"
    if of == calls.Call:
        return "a call"
    if of == calls.Address:
        return "an address"
    origin, arguments = typing.get_origin(of), typing.get_args(of)
    if origin is typing.Annotated:
        return "a socket" if of is calls.Socket else _shown(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{msgspec.json.encode(each).decode()}`" for each in arguments)
    if origin is list:
        return f"a list of ({_shown(arguments[0])})"
    if origin is tuple:
        return f"[{', '.join(_shown(each) for each in arguments)}]"
    if origin is dict:
        return f"an object of ({_shown(arguments[1])})"
    if arguments:
        # A union flattens: an address or null is four objects or null.
        left = [each for each in arguments if each not in typing.get_args(calls.Address)]
        whole = ["an address"] if len(left) < len(arguments) else []
        return " or ".join([*whole, *(_shown(each) for each in left)])
    return str(of.__name__)
