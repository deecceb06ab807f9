"""The index: what importing the specification found, kept until a file of it changes.

Importing every module takes longer than most questions about rules. What was found is kept
in the user's cache, beside a digest of the files' names, sizes and times: an index whose
digest is another is not read.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sockspec import __version__, files, locate
from sockspec.collector import uncollected
from sockspec.files import UNDECODABLE
from sockspec.spec.rules import Case, End, Level, Registry, Rule
from sockspec.spec.sources import Source  # noqa: TC001 - msgspec reads the annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read", "write"]


class _Rule(msgspec.Struct, frozen=True, array_like=True):
    id: str
    sentence: str
    level: Level
    sources: list[Source]
    behaviours: dict[str, str]
    conforming: list[str]
    needs: list[str]
    aliases: list[str]
    renamed: dict[str, str]
    combined: bool
    split_from: list[str]
    judges: End
    where: str
    cases: list[list[int]]
    tests: msgspec.Raw


class _Index(msgspec.Struct, frozen=True):
    """`parameters` are those of all cases, which have them by their numbers."""

    digest: str
    parameters: list[tuple[str, str]]
    rules: list[_Rule]


def read(root: Path) -> Registry | None:
    """The rules below a folder, as they were found; None when that is not known any more."""
    with uncollected():
        try:
            kept = msgspec.msgpack.decode(_file(root).read_bytes(), type=_Index)
        except (OSError, *UNDECODABLE):
            return None
        return _made(kept) if kept.digest == _digest(root) else None


def _made(kept: _Index) -> Registry:
    found = Registry()
    parameter = kept.parameters.__getitem__
    for each in kept.rules:
        rule = Rule(
            id=each.id,
            sentence=each.sentence,
            level=each.level,
            sources=tuple(each.sources),
            behaviours=each.behaviours,
            conforming=frozenset(each.conforming),
            needs=tuple(each.needs),
            aliases=tuple(each.aliases),
            renamed=each.renamed,
            combined=each.combined,
            split_from=tuple(each.split_from),
            judges=each.judges,
            where=each.where,
        )
        rule.cases.extend([Case(rule, tuple(map(parameter, told))) for told in each.cases])
        rule.kept_tests = partial(_tests, each.tests, rule.cases)
        found.add(rule)
    found.end()
    return found


def _tests(kept: msgspec.Raw, cases: list[Case]) -> dict[str, Case]:
    told = msgspec.msgpack.decode(kept, type=dict[str, int])
    return {test: cases[at] for test, at in told.items()}


def write(root: Path, rules: Registry) -> None:
    """Keep what was found below a folder; where the cache cannot be written, nothing is."""
    numbers: dict[tuple[str, str], int] = {}
    found = [_kept(each, numbers) for each in rules.rules.values()]
    kept = _Index(_digest(root), list(numbers), found)
    files.keep(_file(root), msgspec.msgpack.encode(kept))


def _kept(each: Rule, numbers: dict[tuple[str, str], int]) -> _Rule:
    at = {case.id: number for number, case in enumerate(each.cases)}
    return _Rule(
        id=each.id,
        sentence=each.sentence,
        level=each.level,
        sources=list(each.sources),
        behaviours=dict(each.behaviours),
        conforming=sorted(each.conforming),
        needs=list(each.needs),
        aliases=list(each.aliases),
        renamed=dict(each.renamed),
        combined=each.combined,
        split_from=list(each.split_from),
        judges=each.judges,
        where=each.where,
        cases=[
            [numbers.setdefault(told, len(numbers)) for told in case.parameters]
            for case in each.cases
        ],
        tests=msgspec.Raw(
            msgspec.msgpack.encode({test: at[case.id] for test, case in each.tests.items()})
        ),
    )


def _file(root: Path) -> Path:
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return locate.cache() / "rules" / f"{name}.msgpack"


def _digest(root: Path) -> str:
    found = hashlib.sha256(__version__.encode())
    for path in _sources(root):
        told = path.stat()
        found.update(f"{path}\0{told.st_size}\0{told.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for below in ("*/*.py", "*/*/*.py", "*/*/*.txt"):  # tables from which rules are made, too
        yield from sorted(root.glob(below))
    yield from sorted(Path(__file__).parent.glob("*.py"))
