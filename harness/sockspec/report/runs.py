"""The run file as Markdown, made from its types."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.report import fields

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown"]


def markdown() -> str:
    """The run file: its kinds of lines, and the fields of each."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f"# The run file, version {runfile.VERSION}"
    yield from ("", *fields.prose(runfile).splitlines(), "")
    yield "A field with an equals sign may be left out; its default follows the sign."
    yield from ("", "## Lines")
    for kind in typing.get_args(runfile.Line):
        yield from fields.struct(kind, f"`{kind.__struct_config__.tag}`", _named)


def _named(of: Any) -> str:
    return " or ".join(f'`"{each}"`' for each in Verdict) if of is Verdict else ""
