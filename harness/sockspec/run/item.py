"""A case as pytest's item.

pytest makes an item of a function by way of fixtures, parameters and three phases, each with
its hooks and its report: several times what a case costs itself. What the test of a rule is
given is always the same, so that its items need none of it.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from sockspec.run.draws import spread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from sockspec.run.bench import Bench, Trial
    from sockspec.spec.rules import Case

__all__ = ["CaseItem", "apply_settings", "items"]


class CaseItem(pytest.Item):
    """One case of a rule. `trial` is its run, once begun; `examples` as in `Rule.case`."""

    def __init__(self, *, test: Any, case: Case, examples: int | None, **given: Any) -> None:
        super().__init__(**given)
        self.test = test
        self.case = case
        self.examples = examples
        self.trial: Trial | None = None
        self.own_markers.append(pytest.mark.sockspec.mark)
        self.keywords["sockspec"] = True

    def runtest(self) -> None:
        """Run the test; what it saw is in `trial` afterwards."""
        trial = self.trial
        assert trial is not None  # noqa: S101 - the plugin begins it
        arguments = {"sockets": trial.sockets, "see": trial.see, "case": self.case}
        with _overhearing(trial):
            trial.execute(self.test, arguments, self.examples)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the test is, for messages; lines count from 0."""
        inner = getattr(self.test, "hypothesis", None)
        code = (inner.inner_test if inner else self.test).__code__
        return self.path, code.co_firstlineno - 1, self.name


@contextmanager
def _overhearing(trial: Trial) -> Iterator[None]:
    """What a thread or a finaliser raises is the case's, though nobody can catch it."""
    before = sys.unraisablehook, threading.excepthook

    def hook(told: Any) -> None:
        _broke(trial, told.exc_value)

    sys.unraisablehook = threading.excepthook = hook
    try:
        yield
    finally:
        sys.unraisablehook, threading.excepthook = before


def _broke(trial: Trial, error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):
        trial.broke(error)


def items(
    collector: pytest.Module | pytest.Class,
    name: str,
    test: Any,
    chosen: Collection[str] | None,
) -> Iterator[CaseItem]:
    """The items of a function to which `Rule.case` gave cases; none for any other.

    `chosen` are the tests to make one of, with their folder; None for all.
    """
    file = f"{collector.path.parent.name}/{collector.path.name}"
    for label, case, examples in getattr(test, "sockspec_cases", ()):
        if chosen is None or f"{file}::{name}[{label}]" in chosen:
            yield CaseItem.from_parent(
                collector, name=f"{name}[{label}]", test=test, case=case, examples=examples
            )


def apply_settings(items: Iterable[CaseItem], bench: Bench) -> None:
    """Give every property test the bench's settings, once, and its own number of examples."""
    done = set()
    for item in items:
        if not hasattr(item.test, "hypothesis") or item.test in done:
            continue
        done.add(item.test)
        import hypothesis  # noqa: PLC0415 - only property tests need it

        most = item.examples or bench.settings.max_examples
        times = spread(item.test) if bench.seeded else 1
        hypothesis.settings(bench.settings, max_examples=most * times)(item.test)
