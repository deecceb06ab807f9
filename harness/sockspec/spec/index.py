"""The index: what importing the specification found, kept until a file of it changes.

Importing every module takes longer than most questions about rules. What was found is kept
in the user's cache, beside a digest of the files' names, sizes and times: an index whose
digest is another is not read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sockspec import __version__, locate
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
    cases: list[list[tuple[str, str]]]
    tests: dict[str, int]


class _Index(msgspec.Struct, frozen=True):
    digest: str
    rules: list[_Rule]


def read(root: Path) -> Registry | None:
    """The rules below a folder, as they were found; None when that is not known any more."""
    try:
        kept = msgspec.msgpack.decode(_file(root).read_bytes(), type=_Index)
    except (OSError, *UNDECODABLE):
        return None
    if kept.digest != _digest(root):
        return None
    found = Registry()
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
        rule.cases.extend(Case(rule, tuple(parameters)) for parameters in each.cases)
        rule.tests.update({test: rule.cases[at] for test, at in each.tests.items()})
        found.add(rule)
    return found


def write(root: Path, rules: Registry) -> None:
    """Keep what was found below a folder; where the cache cannot be written, nothing is."""
    kept = _Index(_digest(root), [_kept(each) for each in rules.rules.values()])
    file = _file(root)
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        made, name = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(made, "wb") as beside:
            beside.write(msgspec.msgpack.encode(kept))
        Path(name).replace(file)


def _kept(each: Rule) -> _Rule:
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
        cases=[list(case.parameters) for case in each.cases],
        tests={test: at[case.id] for test, case in each.tests.items()},
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
