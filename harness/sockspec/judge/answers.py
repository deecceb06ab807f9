"""Answers: what a platform does where nothing is promised, as one table.

`answers.toml` in the folder of a profile has, for each unspecified rule, the behaviour that the
platform's runs showed, so that a gate sees when it changes. It is the platform's own: a profile
that extends another imitates what that one promises, and may answer otherwise what is open:
the table comes before the entries of those, and after its own.
"""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotation at run time
from typing import TYPE_CHECKING, Literal

import msgspec

from sockspec.judge.entry import When  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sockspec.judge.entry import Situation
    from sockspec.spec.rules import Case, Registry

__all__ = ["FILE", "REST", "Answers", "Table", "Under", "first", "key", "misfits", "recorded"]

FILE = "answers.toml"

REST = "*"
"""Stands for the cases of a rule that a table does not name."""

Table = dict[str, str | dict[str, str]]
"""A behaviour by rule; or by case, named by its parameters' values as its id has them."""


class Under(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a platform answers under a condition, where it answers otherwise without."""

    when: When
    any: Table


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table: `any` for every backend, `backend` for one that answers otherwise.

    `under` comes before both, and has cells of the grid too. `on` and `date` say what was run
    last, and when.
    """

    version: Literal[1]
    on: str
    date: datetime.date
    any: Table = {}
    backend: dict[str, Table] = {}
    under: list[Under] = []

    def conditional(self, case: Case, situation: Situation) -> str:
        """The behaviour that is recorded for a case under a condition that holds, or empty."""
        return first(self.holding(situation), case)

    def holding(self, situation: Situation) -> tuple[Table, ...]:
        """What is answered under the conditions that hold, nearest first."""
        return tuple(each.any for each in self.under if situation.meets(each.when))

    def of(self, case: Case, backend: str) -> str:
        """The behaviour that is recorded for a case; empty when none is."""
        return self.own(case, backend) or recorded(self.any, case)

    def own(self, case: Case, backend: str) -> str:
        """What is recorded of a backend alone, or for `""` of every backend; maybe empty."""
        return recorded(self.backend.get(backend, {}) if backend else self.any, case)


def first(tables: Iterable[Table], case: Case) -> str:
    """The behaviour that the first table has which has one for a case; empty when none has."""
    return next((told for table in tables if (told := recorded(table, case))), "")


def recorded(table: Table, case: Case) -> str:
    """The behaviour that a table has for a case; empty when it has none."""
    if not table:  # as most that are of one backend
        return ""
    for name in (case.rule.id, *case.rule.aliases):
        told = table.get(name)
        if isinstance(told, dict):
            told = told.get(key(case), told.get(REST))
        if told:
            return case.rule.today(told)
    return ""


def key(case: Case) -> str:
    """How a table names a case: `v4,stream`."""
    return case.id.partition("[")[2].removesuffix("]")


def misfits(answers: Answers, registry: Registry) -> Iterator[str]:
    """What in a table does not fit the rules."""
    conditional = (each.any for each in answers.under)
    for table in (answers.any, *answers.backend.values(), *conditional):
        for name, told in table.items():
            rule = registry.resolve(name)
            if rule is None:
                yield f"there is no rule {name!r}"
                continue
            cases = {REST, *map(key, rule.cases)}
            behaviours = told if isinstance(told, dict) else {REST: told}
            for case, behaviour in behaviours.items():
                if case not in cases:
                    yield f"{rule.id} has no case {case!r}"
                if not rule.knows(rule.today(behaviour)):
                    yield f"{rule.id} cannot name {behaviour!r}"
