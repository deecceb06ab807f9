"""The agents' protocol as Markdown, made from its types."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec.protocol import calls, messages
from sockspec.report import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown"]

_OBJECTS = (messages.Platform, messages.Loopback)

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
    """The protocol: what is said, message by message and call by call."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f"# The agents' protocol, version {messages.PROTOCOL}"
    yield from ("", *fields.prose(messages).splitlines(), "")
    yield "The beginning of a conversation, without the answer to `hello`:"
    yield ""
    for line in _EXAMPLE:
        yield f"    {msgspec.json.encode(line).decode()}"
    yield ""
    yield "A field with an equals sign may be left out; its default follows the sign."
    for title, union in (
        ("Requests", messages.Request),
        ("Answers", messages.Answer),
    ):
        yield from ("", f"## {title}")
        for each in typing.get_args(union):
            made = typing.get_origin(each) or each
            yield from fields.struct(made, f"`{made.__struct_config__.tag}`", _named)
    yield from ("", "## Calls", "", *fields.prose(calls).splitlines())
    for kind, value in calls.RETURNS.items():
        yield from fields.struct(kind, f"`{kind.__struct_config__.tag}`", _named)
        yield from ("", f"Returns {fields.shown(value, _named)}.")
    yield from ("", "## Addresses and other objects")
    for kind in (
        *typing.get_args(calls.Address),
        calls.ReceivedMessage,
        calls.Nowhere,
        *_OBJECTS,
    ):
        tag = kind.__struct_config__.tag
        yield from fields.struct(kind, f"`{tag}`" if tag else kind.__name__, _named)


def _named(of: Any) -> str:
    if of == calls.Call:
        return "a call"
    # A union flattens: an address or null is four objects or null.
    if of == calls.Address or of in typing.get_args(calls.Address):
        return "an address"
    if of is calls.Nowhere:
        return "a pointer to nowhere"
    return "a socket" if of is calls.Socket else ""
