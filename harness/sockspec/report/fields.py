"""Types of messages and files as Markdown: each object with its fields."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["prose", "shown", "struct"]

_NAMES = {int: "integer", float: "number", str: "string", bool: "boolean", bytes: "base64"}


def prose(of: Any) -> str:
    """The docstring of a module or type."""
    return inspect.getdoc(of) or ""


def struct(
    kind: type[msgspec.Struct], title: str, named: Callable[[Any], str]
) -> Iterator[str]:
    """A section for an object: what it is, then a line for each of its fields.

    `named` gives a type the name that it has on the page, or an empty string.
    """
    yield from ("", f"### {title}", "", *prose(kind).splitlines())
    fields = msgspec.structs.fields(kind)
    config = kind.__struct_config__
    tagged = [f'- `{config.tag_field}`: `"{config.tag}"`'] if config.tag else []
    if fields or tagged:
        yield ""
    yield from tagged
    for each in fields:
        described = _description(each.type)
        meaning = f". {described}" if described else ""
        yield f"- `{each.name}`: {shown(each.type, named)}{_default(each)}{meaning}"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is not msgspec.NODEFAULT:
        return f" = `{msgspec.json.encode(field.default).decode()}`"
    if field.default_factory is not msgspec.NODEFAULT:
        return f" = `{msgspec.json.encode(field.default_factory()).decode()}`"
    return ""


def _description(of: Any) -> str:
    for meta in getattr(of, "__metadata__", ()):
        if meta.description:
            return str(meta.description)
    return ""


def shown(of: Any, named: Callable[[Any], str]) -> str:
    """A type in words: `a list of (string)`."""
    if name := named(of):
        return name
    if of in _NAMES:
        return _NAMES[of]
    if of is None or of is type(None):
        return "null"
    if of is Any or isinstance(of, typing.TypeVar):
        return "any value"
    return _composed(of, named)


def _composed(of: Any, named: Callable[[Any], str]) -> str:
    origin, arguments = typing.get_origin(of), typing.get_args(of)
    if origin is typing.Annotated:
        return shown(arguments[0], named)
    if origin is typing.Literal:
        return " or ".join(f"`{msgspec.json.encode(each).decode()}`" for each in arguments)
    if origin is list:
        return f"a list of ({shown(arguments[0], named)})"
    if origin is tuple:
        return f"[{', '.join(shown(each, named) for each in arguments)}]"
    if origin is dict:
        return f"an object of ({shown(arguments[1], named)})"
    if arguments:
        words = (shown(each, named) for each in arguments)
        return " or ".join(dict.fromkeys(words))
    return str(of.__name__)
