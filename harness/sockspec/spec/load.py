"""The specification as data: the rules of all modules below `conformance/`."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import traceback
import types
from typing import TYPE_CHECKING

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.spec import coverage, index, lint
from sockspec.spec.choose import Choice, find
from sockspec.spec.rules import Registry, registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sockspec.spec.rules import Case, Rule

__all__ = ["case_of_test", "choose", "faults", "imported", "mistakes", "rules", "select"]


def rules() -> Registry:
    """The rules of every module of the specification, without importing one that is known.

    What `SOCKSPEC_CONFORMANCE` names is imported: it is somebody's who is writing it.
    """
    if "SOCKSPEC_CONFORMANCE" in os.environ:
        return imported()
    return _indexed(locate.conformance())


@functools.cache
def _indexed(root: Path) -> Registry:
    kept = index.read(root)
    if kept is None:
        kept = imported()
        index.write(root, kept)
    return kept


def imported() -> Registry:
    """Import every module of the specification, without pytest, and return its rules."""
    root = locate.conformance()
    for path in sorted(root.glob("*/test_*.py")):
        _import(root, path)
    return registry


def _import(root: Path, path: Path) -> None:
    name = "sockspec_rules." + ".".join(path.relative_to(root).with_suffix("").parts)
    if name in sys.modules:
        return
    _packages(root, path.parent)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError("cannot be imported", file=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        raise UsageError(
            f"cannot be imported: {type(error).__name__}: {error}",
            file=path,
            line=lines[-1] if lines else getattr(error, "lineno", None),
            remedy="mend the module: until then none of its rules is known",
        ) from error


def _packages(root: Path, folder: Path) -> None:
    # The folders as packages, so that a module can import what stands beside it.
    for each in (root, folder):
        name = ".".join(("sockspec_rules", *each.relative_to(root).parts))
        if name not in sys.modules:
            package = types.ModuleType(name)
            package.__path__ = [str(each)]
            sys.modules[name] = package


def case_of_test(nodeid: str) -> Case | None:
    """The case behind a pytest node id."""
    test = nodeid.rpartition("/")[2]
    return next(
        (each.tests[test] for each in rules().rules.values() if test in each.tests), None
    )


def faults() -> list[str]:
    """What is wrong with the rules, their ids' permanence, and what they are held against."""
    ledger = (locate.conformance() / "ids.txt").read_text(encoding="utf-8")
    known = imported()
    rows = coverage.faults(coverage.areas(), known)
    return [*lint.lint(known), *lint.permanence(known, ledger), *rows]


def choose(patterns: Iterable[str], among: Iterable[str] | None = None) -> Choice:
    """The cases that patterns choose. Raises `UsageError` for one that chooses nothing.

    `among` are the ids of the cases to choose from, where these are not all.
    """
    chosen = Choice(patterns, rules(), among)
    for mistake in chosen.mistakes():
        raise mistake
    return chosen


def mistakes(patterns: Iterable[str]) -> Iterator[UsageError]:
    """For each pattern that chooses nothing what may have been meant."""
    return Choice(patterns, rules()).mistakes()


def select(words: Iterable[str]) -> list[Rule]:
    """The rules that patterns choose or whose text has one of the words; see `find`."""
    return find(words, rules())
