"""TOML files of profiles, parsed: a large one is parsed once for its content.

Parsing is most of what reading a profile takes. What came of it is kept in the user's cache,
a file for each file, beside a digest of the text that it came of.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec import files, locate
from sockspec.files import UNDECODABLE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LARGE", "toml"]

LARGE = 512
"""Characters from which on a text is kept: a smaller one is parsed as soon as looked up."""


class _Kept(msgspec.Struct, frozen=True):
    digest: str
    data: dict[str, Any]


def toml(path: Path, text: str) -> dict[str, Any]:
    """What stands in a file with this text; dates as text. Raises `TOMLDecodeError`."""
    if len(text) < LARGE:
        return _parsed(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:16]
    file = locate.cache() / "profiles" / f"{name}.msgpack"
    with contextlib.suppress(OSError, *UNDECODABLE):
        kept = msgspec.msgpack.decode(file.read_bytes(), type=_Kept)
        if kept.digest == digest:
            return kept.data
    data = _parsed(text)
    with contextlib.suppress(OverflowError):  # a number that is larger than the form has
        files.keep(file, msgspec.msgpack.encode(_Kept(digest, data)))
    return data


def _parsed(text: str) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(tomllib.loads(text))
    return data
