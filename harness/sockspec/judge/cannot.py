"""States that a platform cannot be brought into: an arrangement that fails is a fact too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from sockspec.judge.entry import ALWAYS, Evidence, When, many
from sockspec.judge.verdict import ARRANGING, Barrier
from sockspec.spec.choose import Choice
from sockspec.spec.rules import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sockspec.judge.runfile import Observation
    from sockspec.spec.rules import Case, Rule

__all__ = ["Barred", "Cannot"]


class Cannot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A state that cannot be reached, because a call on the way there fails.

    `rule` is the one that says what the call does here, `call` and `error` are as the reason
    of an indeterminate case has them. `cases` chooses the cases that it holds for, as `--rule`
    does; all of them where it chooses none.
    """

    rule: str
    call: str
    error: str | list[str]
    evidence: Evidence
    why: str = ""
    source: str | list[str] = ""
    cases: str | list[str] = []
    when: When = ALWAYS

    @property
    def sources(self) -> list[str]:
        """The links, or what stands for them."""
        return many(self.source)


@dataclass(frozen=True)
class Barred:
    """An entry `cannot`, and where it stands; `file` is how people know the path."""

    entry: Cannot
    profile: str
    path: Path
    file: str
    line: int

    @property
    def origin(self) -> str:
        """`platforms/lwip/state.toml:12`."""
        return f"{self.file}:{self.line}"

    @cached_property
    def _choice(self) -> Choice:
        return Choice(many(self.entry.cases), Registry())

    def covers(self, case: Case) -> bool:
        """Whether it holds for a case."""
        return self._choice.has(case)

    @cached_property
    def _cases(self) -> dict[Rule, list[Case]]:
        return {}

    def cases(self, rule: Rule) -> list[Case]:
        """The cases of a rule that it holds for."""
        found = self._cases.get(rule)
        if found is None:
            found = self._cases[rule] = self._choice.of(rule)
        return found

    def bars(self, observation: Observation) -> bool:
        """Whether it is why a case, as it was judged, could not be tried."""
        because = observation.because
        return because.startswith(ARRANGING) and because.endswith(f"({self.origin})")

    def barriers(self) -> Iterator[Barrier]:
        """What it says, for a verdict."""
        for how in many(self.entry.error):
            yield Barrier(self.entry.call, how, self.entry.why, self.origin)

    def misfits(self, registry: Registry) -> Iterator[tuple[str, str]]:
        """What in it does not fit the rules, each with the remedy."""
        if registry.resolve(self.entry.rule) is None:
            yield (
                f"there is no rule {self.entry.rule!r}",
                f"name the rule that says what {self.entry.call} does here",
            )
        for mistake in Choice(many(self.entry.cases), registry).mistakes():
            yield f"cases: {str(mistake).partition(chr(10))[0]}", "choose cases as --rule does"
