"""Profiles: what platforms are known to do, as data, matched exactly.

A profile is a folder: `profile.toml` names it and what it extends, the other TOML files
hold entries, one file per area. An entry names a rule, narrows it to cases and conditions,
and records the behaviour with why, source and evidence. The most specific entry wins: one
on the backend at hand, then one of the nearer layer, then the one with more conditions.
Where profiles are found is `sockspec.judge.catalogue`'s to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from sockspec import locate
from sockspec.judge import answers, grid, promise
from sockspec.judge.answers import FILE
from sockspec.judge.cannot import Barred
from sockspec.judge.entry import Entry, Evidence, Situation, When, covers, many
from sockspec.judge.reading import HEAD, Fault, Recorded
from sockspec.judge.verdict import Expectation
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sockspec.judge.answers import Answers, Table
    from sockspec.judge.grid import Grid
    from sockspec.judge.promise import Feature, Promise
    from sockspec.spec.rules import Case, Registry, Rule

__all__ = [
    "Entry",
    "Evidence",
    "Profile",
    "Recorded",
    "Situation",
    "When",
    "check",
    "covers",
    "misfits",
    "unanswerable",
    "ungridded",
]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a layer says of a rule in a situation: its entries, the one that wins first."""

    layer: Profile
    entries: tuple[Recorded, ...]
    barred: tuple[Barred, ...]

    def of(self, case: Case) -> list[Recorded]:
        """The entries that apply to a case."""
        return [each for each in self.entries if covers(each.entry, case)]


_NOTHING = Expectation()


@dataclass(frozen=True)
class Profile:
    """A platform's profile with the layers it extends, nearest first.

    `unfinished` has what its entries lack that a draft may and a gate does not forgive.
    `barred` are the states that the platform cannot be brought into, `features` what it has.
    """

    name: str
    title: str
    note: str
    folder: Path
    entries: tuple[Recorded, ...]
    extends: Profile | None = None
    unfinished: tuple[Fault, ...] = ()
    answers: Answers | None = None
    barred: tuple[Barred, ...] = ()
    features: tuple[Feature, ...] = ()
    grid: Grid | None = None

    def layers(self) -> Iterator[Profile]:
        """This profile, then what it extends."""
        layer: Profile | None = self
        while layer is not None:
            yield layer
            layer = layer.extends

    @cached_property
    def _by_rule(self) -> dict[str, list[Recorded]]:
        found: dict[str, list[Recorded]] = {}
        for recorded in self.entries:
            found.setdefault(recorded.entry.rule, []).append(recorded)
        return found

    @cached_property
    def _told(self) -> dict[int, tuple[Situation, dict[Rule, tuple[_Said, ...]]]]:
        return {}

    @cached_property
    def _spoken(self) -> dict[Rule, bool]:
        return {}

    def _tells_of(self, rule: Rule) -> bool:
        """Whether its layers say anything of a rule, in whatever situation."""
        told = self._spoken.get(rule)
        if told is None:
            is_named = not self._named.isdisjoint((rule.id, *rule.aliases))
            told = is_named or any(each.cases(rule) for each in self._barring)
            self._spoken[rule] = told
        return told

    @cached_property
    def _named(self) -> frozenset[str]:
        """The rules of which its layers have entries, by any of their ids."""
        return frozenset(each.entry.rule for layer in self.layers() for each in layer.entries)

    @cached_property
    def _barring(self) -> tuple[Barred, ...]:
        return tuple(each for layer in self.layers() for each in layer.barred)

    @cached_property
    def _answers(self) -> dict[tuple[str, str], Expectation]:
        """What tables say: the same of many cases."""
        return {}

    @cached_property
    def _held(self) -> dict[int, tuple[Situation, tuple[Table, ...]]]:
        return {}

    def _conditional(self, situation: Situation) -> tuple[Table, ...]:
        """The tables of answers whose condition holds; found out once for a situation."""
        if self.answers is None or not self.answers.under:
            return ()
        # By identity: as with what layers say.
        held = self._held.get(id(situation))
        if held is None:
            held = self._held[id(situation)] = (situation, self.answers.holding(situation))
        return held[1]

    def _says(self, rule: Rule, situation: Situation) -> tuple[_Said, ...]:
        """What its layers say of a rule, nearest first, where they say anything.

        It is found out once for a situation: a run asks for each of its cases.
        """
        if not self._tells_of(rule):  # as of most
            return ()
        # By identity: a situation has facts that cannot be hashed; it is kept beside.
        _, told = self._told.setdefault(id(situation), (situation, {}))
        said = told.get(rule)
        if said is None:
            of_layers = [layer._found(rule, situation) for layer in self.layers()]  # noqa: SLF001 - of the same class
            said = told[rule] = tuple(each for each in of_layers if each.entries or each.barred)
        return said

    def _found(self, rule: Rule, situation: Situation) -> _Said:
        here = [
            recorded
            for name in (rule.id, *rule.aliases)
            for recorded in self._by_rule.get(name, ())
            if situation.meets(recorded.entry.when)
        ]
        if len(here) > 1:
            here.sort(key=lambda recorded: _rank(recorded, situation))
        barred = (
            each
            for each in self.barred
            if situation.meets(each.entry.when) and each.cases(rule)
        )
        return _Said(self, tuple(here), tuple(barred))

    @property
    def is_installed(self) -> bool:
        """Whether it belongs to an installed package, and so is not the user's to edit."""
        return locate.is_installed(self.folder)

    @property
    def drafts(self) -> list[Fault]:
        """What is unfinished in this layer and those below."""
        return [each for layer in self.layers() for each in layer.unfinished]

    def at(self, origin: str) -> Recorded | None:
        """The entry that stands at `origin`, in this layer or one below."""
        entries = (each for layer in self.layers() for each in layer.entries)
        return next((each for each in entries if each.origin == origin), None)

    def candidates(self, case: Case, situation: Situation) -> list[Recorded]:
        """The entries that apply to a case, the one that wins first."""
        return _candidates(case, self._says(case.rule, situation))

    def asks_for_features(self, rule: Rule) -> bool:
        """Whether what is said of a rule depends on what only probing the platform can tell."""
        for layer in self.layers():
            names = (rule.id, *rule.aliases)
            said = [each.entry.when for name in names for each in layer._by_rule.get(name, ())]  # noqa: SLF001 - of the same class
            barring = [each.entry.when for each in layer.barred]
            if any(each.asks_for_features for each in (*said, *barring)):
                return True
        return False

    def features_asked_for(self) -> frozenset[str]:
        """The features that conditions of its layers name."""
        named = (name for when in self.conditions() for name in many(when.capability))
        return frozenset(name.removeprefix("!") for name in named)

    def conditions(self) -> Iterator[When]:
        """All conditions that its layers have."""
        for layer in self.layers():
            yield from (each.entry.when for each in layer.entries)
            yield from (each.entry.when for each in layer.barred)
            yield from (each.when for each in layer.features)

    def may_tie(self, rule: Rule, situation: Situation) -> bool:
        """Whether a layer has several entries that could apply to one case of a rule."""
        return any(len(said.entries) > 1 for said in self._says(rule, situation))

    def ties(self, case: Case, situation: Situation) -> Iterator[Fault]:
        """Where two entries of a layer apply to a case with equal right."""
        for said in self._says(case.rule, situation):
            here = _narrowest(said.of(case), situation)
            if len(here) > 1:
                yield Fault(
                    here[0].file,
                    here[0].line,
                    f"{case.id}: two entries apply equally, here and at {here[1].origin}",
                    "narrow one of them with a case parameter or a condition",
                )

    def applying(self, case: Case, situation: Situation) -> list[Recorded]:
        """The entries of this layer alone that apply to a case, the one that wins first."""
        return self._own(case, self._says(case.rule, situation))

    def _own(self, case: Case, said: tuple[_Said, ...]) -> list[Recorded]:
        return next((each.of(case) for each in said if each.layer is self), [])

    def narrowest(self, case: Case, situation: Situation) -> list[Recorded]:
        """The entry of this layer that comes first for a case; several where they tie."""
        return _narrowest(self.applying(case, situation), situation)

    def expectation(
        self, case: Case, situation: Situation, *, arranged: bool = False
    ) -> Expectation:
        """What is recorded for a case; empty when nothing is.

        Of a case that is known to be `arranged` nobody asks what it cannot be brought into.
        """
        said = self._says(case.rule, situation)
        if not said:  # of most rules nothing is
            return self._tabled(case, situation, said)
        expected = self._recorded(case, situation, said)
        barriers = (
            ()
            if arranged
            else tuple(
                barrier
                for layer in said
                for each in layer.barred
                if each.covers(case)
                for barrier in each.barriers()
            )
        )
        return msgspec.structs.replace(expected, barriers=barriers) if barriers else expected

    def _recorded(
        self, case: Case, situation: Situation, said: tuple[_Said, ...]
    ) -> Expectation:
        answer = self._tabled(case, situation, said)
        if answer.behaviours or not (found := _candidates(case, said)):
            return answer
        first = found[0]
        behaviours = frozenset(case.rule.today(name) for name in first.entry.behaviours)
        return Expectation(behaviours, first.entry.sometimes, first.origin)

    def is_silent(self, case: Case) -> bool:
        """Whether nothing is recorded for a case, in whatever situation."""
        is_told = case.rule.level is Level.UNSPECIFIED and self.table(case) is not None
        return not is_told and not self._tells_of(case.rule)

    def promises(self, situation: Situation) -> dict[str, Promise]:
        """What this profile says of features, where its layers do not leave it open."""
        layers = [(f"{each.name}/{HEAD}", each.features) for each in self.layers()]
        return promise.promises(reversed(layers), situation)

    def table(self, case: Case) -> Answers | Grid | None:
        """The table of this layer that a case belongs to, if it has one."""
        return self.answers if grid.place(case) is None else self.grid

    def answer(self, case: Case, situation: Situation) -> Expectation:
        """What a table says of a case; empty when none does, or an entry of this layer."""
        return self._tabled(case, situation, self._says(case.rule, situation))

    def _tabled(self, case: Case, situation: Situation, said: tuple[_Said, ...]) -> Expectation:
        if case.rule.level is not Level.UNSPECIFIED:
            return _NOTHING
        table = self.table(case)
        conditional = self._conditional(situation)
        if not (table or conditional) or self._own(case, said):
            return _NOTHING
        told = answers.first(conditional, case)
        file = FILE if told or table is self.answers else grid.FILE
        if not told and table is not None:
            told = table.of(case, situation.backend)
        if not told:
            return _NOTHING
        known = self._answers.get((file, told))
        if known is None:
            known = Expectation(frozenset({told}), origin=f"{self.name}/{file}")
            self._answers[file, told] = known
        return known


def _candidates(case: Case, said: tuple[_Said, ...]) -> list[Recorded]:
    found = [each for layer in said for each in layer.of(case)]
    if len(found) > 1:
        # What a backend does itself comes before what any platform does: the call may
        # never get there. (Stable: within both kinds the nearer layer stays first.)
        found.sort(key=lambda recorded: not recorded.entry.when.backend)
    return found


def _narrowest(here: list[Recorded], situation: Situation) -> list[Recorded]:
    return [e for e in here if _rank(e, situation) == _rank(here[0], situation)]


def _rank(recorded: Recorded, situation: Situation) -> tuple[bool, bool, int]:
    # What is said of a backend by name comes before what it shares with another.
    when = recorded.entry.when
    return not when.backend, not situation.names(when), -recorded.entry.specificity


# -- with the rules --------------------------------------------------------------------


def check(
    profile: Profile, registry: Registry, situation: Situation | None = None
) -> list[Fault]:
    """What in a profile and its layers does not fit the rules, all of it.

    In a `situation` also where two entries apply equally.
    """
    found = [
        fault
        for layer in profile.layers()
        for recorded in layer.entries
        for fault in misfits(recorded, registry)
    ]
    there = grid.places(registry)
    for layer in profile.layers():
        found.extend(unanswerable(layer.name, layer.answers, registry))
        found.extend(ungridded(layer.name, layer.grid, there))
        found.extend(fault for each in layer.barred for fault in misfits(each, registry))
        found.extend(
            Fault(f"{layer.name}/{HEAD}", 1, message, remedy)
            for message, remedy in promise.misfits(layer.features)
        )
    if situation is not None:
        tied: dict[tuple[str, int], Fault] = {}
        for rule in registry.rules.values():
            for case in rule.cases if profile.may_tie(rule, situation) else ():
                for fault in profile.ties(case, situation):
                    tied.setdefault((fault.file, fault.line), fault)
        found.extend(tied.values())
    return found


_REMAKE = "make the table anew: `sockspec update --write RUNS`"


def unanswerable(name: str, told: Answers | None, registry: Registry) -> Iterator[Fault]:
    """What in a table of answers does not fit the rules; `name` is its profile's."""
    for message in answers.misfits(told, registry) if told else ():
        yield Fault(f"{name}/{FILE}", 1, message, _REMAKE)


def ungridded(
    name: str, told: Grid | None, there: Mapping[grid.Place, Case]
) -> Iterator[Fault]:
    """What in a table does not fit the cells that there are; `name` is its profile's."""
    for message in grid.misfits(told, there) if told else ():
        yield Fault(f"{name}/{grid.FILE}", 1, message, _REMAKE)


def misfits(recorded: Recorded | Barred, registry: Registry) -> Iterator[Fault]:
    """What in an entry does not fit the rules."""

    def fault(message: str, remedy: str) -> Fault:
        return Fault(recorded.file, recorded.line, message, remedy)

    if isinstance(recorded, Barred):
        yield from (fault(*each) for each in recorded.misfits(registry))
        return
    entry = recorded.entry
    rule = registry.resolve(entry.rule)
    if rule is None:
        yield fault(f"there is no rule {entry.rule!r}", "remove the entry or correct the id")
        return
    if not any(covers(entry, case) for case in rule.cases):
        wanted = ", ".join(f"{name} = {value}" for name, value in entry.case.items())
        yield fault(
            f"{rule.id} has no case with {wanted}", "remove the entry or correct the case"
        )
    for behaviour in sorted(entry.behaviours):
        if not rule.knows(rule.today(behaviour)):
            yield fault(
                f"{rule.id} cannot name {behaviour!r}",
                f"it names {', '.join(rule.behaviours)}",
            )
