"""Hunting faults: the specification is run on each, and says which rules noticed it."""

from __future__ import annotations

import functools
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sockspec.faults import queue
from sockspec.faults.fault import Fault, is_of
from sockspec.faults.stage import Item, Stage, forked
from sockspec.faults.tables import BASE
from sockspec.run.bench import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sockspec.spec.rules import Rule

__all__ = ["VERDICTS", "Hunt", "Hunted"]

VERDICTS = ("named", "other", "survived", "unreached")
"""Noticed by a rule that names the promise, by another, by none; or nothing reaches it."""

_ON_LINKS = {
    "impairment",
    "link",
    "packets",
    "own-packets",
}  # what a rule needs that sees packets, or none
_EXAMPLES = 6  # of a property test, at first; what survives is tried with more


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of a fault: the rules that told it from the right implementation.

    `said` are those that named a wrong behaviour, `noticed` those that could not get to
    their point, or that promise nothing and saw something else.
    """

    fault: Fault
    said: tuple[str, ...]
    noticed: tuple[str, ...] = ()
    tried: int = 1
    """How many cases make a call that it changes."""

    @property
    def rules(self) -> tuple[str, ...]:
        """All of them, those that name the promise first."""
        found = [*self.said, *self.noticed]
        return tuple(sorted(found, key=lambda rule: not is_of(rule, self.fault.rules)))

    @property
    def named(self) -> bool:
        """Whether a rule that names the promise noticed."""
        return any(is_of(rule, self.fault.rules) for rule in self.rules)

    @property
    def verdict(self) -> str:
        """One of `VERDICTS`; `unreached`: on this backend no case makes such a call."""
        if not self.tried:
            return "unreached"
        return "named" if self.named else "other" if self.rules else "survived"

    def line(self) -> str:
        """A line for people."""
        shown = ", ".join(self.rules[:3]) + (" ..." if len(self.rules) > 3 else "")
        return f"{self.verdict:9} {self.fault.name}: {self.fault.does}: {shown or 'unnoticed'}"

    def as_data(self) -> dict[str, Any]:
        """What `sockspec faults --format json` prints."""
        return {
            "fault": self.fault.name,
            "does": self.fault.does,
            "verdict": self.verdict,
            "rules": list(self.rules),
            "wanted": list(self.fault.rules),
        }


class Hunt:
    """The faults of one backend. `whole`: every rule says of every fault whether it noticed.

    Otherwise a fault is done with at the first rule that names the promise and notices, and
    of the others that name it only those are asked that have noticed no fault so far. `only`: the rules to ask, or
    beginnings of their ids, where these are not all.
    """

    def __init__(
        self, base: str = BASE, *, whole: bool = False, only: Sequence[str] = ()
    ) -> None:
        self._whole = whole
        self._stage = Stage(base, _EXAMPLES, only)
        self._stage.rehearse()
        self._right = self._stage.shown
        self.unaltered = queue.refused()
        """Why no fault alters packets here; empty where they do."""
        self._idle: set[str] = set()
        self._items = [each for each in self._stage.items if each.case.id in self._right]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that could notice something: those with a case that works here."""
        return tuple(dict.fromkeys(each.case.rule.id for each in self._items))

    def of(self, fault: Fault) -> Hunted:
        """Run what can notice it, those rules first that name the promise."""
        items = self._touched(fault)
        if not items:
            return Hunted(fault, (), (), 0)
        found = self._played(fault, items, None)
        if not found.named:
            named = [each for each in items if is_of(each.case.rule.id, fault.rules)]
            again = self._played(fault, named, EXAMPLES)
            found = again if again.rules else found
        return found

    def all_of(
        self, faults: Sequence[Fault], jobs: int = 1, noticed: Collection[str] = ()
    ) -> Iterator[Hunted]:
        """Hunt several, as many at once as there are jobs; in their order.

        `noticed` are rules that have noticed a fault in an earlier hunt.
        """
        self._idle = set(self.rules) - set(noticed)

        for is_alone, group in groupby(faults, lambda each: each.packets is not None):
            # What alters packets alters those of everybody in its namespace.
            yield from self._several(list(group), 1 if is_alone else jobs)

    def _several(self, faults: Sequence[Fault], jobs: int) -> Iterator[Hunted]:
        def some(first: int, tell: Callable[[Any], None]) -> None:
            for each in faults[first::jobs]:
                found = self.of(each)
                tell((found.said, found.noticed, found.tried))

        with ExitStack() as stack:
            told = [
                stack.enter_context(forked(functools.partial(some, first)))
                for first in range(jobs)
            ]
            for number, fault in enumerate(faults):
                yield Hunted(fault, *next(told[number % jobs]))

    def _touched(self, fault: Fault) -> list[Item]:
        if fault.packets is not None:
            items = [each for each in self._items if _ON_LINKS & set(each.case.needs)]
            is_there = any(is_of(each.case.rule.id, fault.rules) for each in items)
            return self._sorted(items, fault) if is_there and not self.unaltered else []
        touches = fault.touches or tuple((name,) for name in fault.make(self._stage.right))
        keys = {self._stage.resolve(each) for each in touches}
        items = [each for each in self._items if keys & self._right[each.case.id].keys]
        return self._sorted(items, fault)

    def _sorted(self, items: Sequence[Item], fault: Fault) -> list[Item]:
        return sorted(items, key=lambda each: not is_of(each.case.rule.id, fault.rules))

    def _played(self, fault: Fault, items: Sequence[Item], examples: int | None) -> Hunted:
        def enough(rule: Rule, noticed: frozenset[str]) -> bool:
            names = is_of(rule.id, fault.rules)
            if self._whole or (names and rule.id in self._idle):
                return False
            return any(not names or is_of(each, fault.rules) for each in noticed)

        rules = {each.case.id: each.case.rule for each in items}
        said: dict[str, None] = {}
        noticed: dict[str, None] = {}
        for case, seen in self._stage.play(fault, items, examples, enough):
            rule = rules[case]
            if seen.notices(self._right[case], rule.level):
                (said if seen.is_answer else noticed).setdefault(rule.id)
                self._idle.discard(rule.id)
        rest = tuple(each for each in noticed if each not in said)
        return Hunted(fault, tuple(said), rest, len(items))
