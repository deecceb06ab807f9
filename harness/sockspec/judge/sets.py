"""Sets of run files: named by paths, folders and globs; and which run answers to which."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Registry

__all__ = ["Pairs", "common", "counterparts", "files", "pair", "tried"]

_ENDS = (".jsonl", ".jsonl.xz")


def files(patterns: Iterable[str | Path]) -> list[Path]:
    """The run files that paths, folders and globs name, each once.

    Raises `UsageError` for a glob or folder in which none is.
    """
    return list(dict.fromkeys(path for each in patterns for path in _named(str(each))))


def _named(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    if path.is_dir():
        found = [each for each in sorted(path.rglob("*")) if each.name.endswith(_ENDS)]
    elif path.exists() or not glob.has_magic(pattern):
        found = [path]
    else:
        found = [Path(each) for each in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - a pattern may be absolute
    if not found:
        raise UsageError(f"{pattern}: no such run file", remedy="name what a run wrote")
    yield from found


@dataclass(frozen=True)
class Pairs:
    """Runs of two sets that answer to one another, and those of either that stay alone."""

    pairs: tuple[tuple[Run, Run], ...]
    before: tuple[Run, ...] = ()
    after: tuple[Run, ...] = ()


def pair(before: Sequence[Run], after: Sequence[Run]) -> Pairs:
    """Pair the runs of two sets.

    One with one, whatever they are; else by the names of the files, by those of their folders
    where the files are all called alike, or by platform and backend. Raises `UsageError` when
    no two answer to one another.
    """
    if len(before) == len(after) == 1:
        return Pairs(((before[0], after[0]),))
    for key in (_name, _folder, _identity):
        old, new = _by(key, before), _by(key, after)
        if old and new and old.keys() & new.keys():
            return Pairs(
                tuple((old[each], new[each]) for each in old if each in new),
                tuple(old[each] for each in old if each not in new),
                tuple(new[each] for each in new if each not in old),
            )
    raise UsageError(
        "no run of one set answers to one of the other",
        remedy="give their files the same names in two folders, or name one run each",
    )


def _by(key: Callable[[Run], Any], runs: Sequence[Run]) -> dict[Any, Run]:
    found = {key(run): run for run in runs}
    return found if len(found) == len(runs) else {}


def _name(run: Run) -> str:
    return Path(run.path).name.partition(".jsonl")[0]


def _folder(run: Run) -> str:
    return Path(run.path).resolve().parent.name


def _identity(run: Run) -> tuple[Any, ...]:
    facts = run.header.platform
    names = ("profile", "system", "machine", "libc", "interpreter")
    return (run.header.backend, *(facts.get(name) for name in names))


def counterparts(before: Sequence[Run], runs: Sequence[Run]) -> dict[str, Run]:
    """For each run, by its path, the earlier one that it answers to.

    Raises `UsageError` where a run has none: it would not be compared.
    """
    found = {after.path: old for old, after in pair(before, runs).pairs}
    for run in runs:
        if run.path not in found:
            raise UsageError(
                "answers to none of the earlier runs",
                file=run.path,
                remedy="name its earlier run too, or leave it out",
            )
    return found


def tried(run: Run) -> set[str]:
    """The ids of the cases that a run could try."""
    return {each.case for each in run.observations if each.is_tried}


def common(runs: Iterable[Run], rules: Registry) -> frozenset[str]:
    """Today's ids of the cases that all of the runs could try."""
    sets = [{case.id for id in tried(run) if (case := rules.case(id))} for run in runs]
    return frozenset(set.intersection(*sets)) if sets else frozenset()
