"""Parts of a run file, without reading the whole: its header, some of its cases."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

import msgspec

from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.runfile import Header, Observation

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["cases", "header"]

_header = msgspec.json.Decoder(Header)
_observation = msgspec.json.Decoder(Observation)
_BEGINS = b'{"kind":"observation","case":'


def header(path: Path) -> Header:
    """The header of a run file. Raises `UsageError` as `runfile.read` does."""
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            return _header.decode(file.readline())
    except (OSError, lzma.LZMAError, msgspec.DecodeError):
        return runfile.read(path, witnesses=False).header  # it says what is wrong


def cases(path: Path, wanted: Collection[str]) -> list[Observation]:
    """The observations of some cases, named as the file does, with their witnesses."""
    keys = {msgspec.json.encode(each) for each in wanted}
    try:
        content = path.read_bytes()
        lines = (lzma.decompress(content) if path.suffix == ".xz" else content).splitlines()
    except (OSError, lzma.LZMAError) as error:
        raise UsageError(f"cannot be read: {error}", file=path) from None
    start = len(_BEGINS)
    return [
        _observation.decode(line)
        for line in lines
        if line.startswith(_BEGINS) and line[start : line.find(b'","rule":') + 1] in keys
    ]
