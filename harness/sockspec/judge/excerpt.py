"""Parts of a run file, without reading the whole: its header, some of its cases."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

import msgspec

from sockspec.files import UNDECODABLE
from sockspec.judge import runfile
from sockspec.judge.runfile import Header, Observation, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from sockspec.spec.rules import Registry

__all__ = ["header", "part"]

_header = msgspec.json.Decoder(Header)
_observation = msgspec.json.Decoder(Observation)
_BEGINS = b'{"kind":"observation","case":'


def header(path: Path) -> Header:
    """The header of a run file. Raises `UsageError` as `runfile.read` does."""
    try:
        with lzma.open(path) if path.suffix == ".xz" else path.open("rb") as file:
            return _header.decode(file.readline())
    except (OSError, lzma.LZMAError, *UNDECODABLE):
        return runfile.read(path, witnesses=False).header  # it says what is wrong


def part(path: Path, cases: Collection[str], rules: Registry) -> Run:
    """The run with some of its cases alone, which may have had other names when it ran."""
    keys = {msgspec.json.encode(name) for case in cases for name in _names(case, rules)}
    lines = runfile.content(path).splitlines()
    start = len(_BEGINS)
    try:
        there = [
            _observation.decode(line)
            for line in lines
            if line.startswith(_BEGINS) and line[start : line.find(b'","rule":') + 1] in keys
        ]
    except UNDECODABLE:
        return runfile.read(path)  # it says what is wrong
    return Run(str(path), header(path), there)


def _names(case: str, rules: Registry) -> Iterator[str]:
    rule, bracket, values = case.partition("[")
    known = rules.resolve(rule)
    for name in (rule, *known.aliases, *known.split_from) if known else (rule,):
        yield f"{name}{bracket}{values}"
