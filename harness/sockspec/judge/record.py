"""The entries that would record what a run did, for the profile of whoever ran it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from sockspec import locate
from sockspec.judge import answers, grid, update
from sockspec.judge.reading import HEAD
from sockspec.judge.update import barriers, text
from sockspec.judge.update.points import points

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run
    from sockspec.judge.update.points import Point
    from sockspec.spec.rules import Registry

__all__ = ["Recorder"]


class Recorder:
    """What to write, and where. An installed profile is extended and not edited."""

    def __init__(
        self, run: Run, judged: list[Observation], rules: Registry, profile: Profile
    ) -> None:
        red = {each.rule for each in judged if each.verdict.is_red}
        cases = {
            case.id: case
            for name in red & rules.rules.keys()
            for case in rules.rules[name].cases
        }
        self._of = profile
        self._run = run
        self._judged = judged
        self._rules = rules
        self._layer = (
            dataclasses.replace(profile, entries=(), extends=profile, answers=None, grid=None)
            if profile.is_installed
            else profile
        )
        self._points: dict[str, list[Point]] = {}
        for point in points([dataclasses.replace(run, observations=judged)], cases):
            self._points.setdefault(point.case.rule.id, []).append(point)

    def corrects(self, origin: str) -> bool:
        """Whether the entry at a place is to be corrected, not overruled by another."""
        return any(each.origin == origin for each in self._layer.entries)

    def is_answer(self, origin: str) -> bool:
        """Whether a place is a table of what is done where nothing is promised, and ours."""
        tables = {f"{self._layer.name}/{name}" for name in (answers.FILE, grid.FILE)}
        return origin in tables and self._layer is self._of

    def entries(self, rule: str, behaviours: Collection[str]) -> str:
        """The entries by which the run is right where it did this, as they stand in a file.

        Why, and by which source, is left to be filled in.
        """
        added = update.additions(rule, self._points.get(rule, ()), self._layer)
        wanted = frozenset(behaviours)
        return "\n".join(text.written(each) for each in added if each.behaviours == wanted)

    def place(self, rule: str) -> str:
        """Where the entries belong, in words."""
        return self.file(rule) or self._one_of_yours(_area(rule))

    def file(self, rule: str) -> str:
        """The file that the entries belong in; empty where the profile is not the user's."""
        if self._of.is_installed:
            return ""
        there = [each.path for each in self._of.entries if each.entry.rule == rule]
        return locate.shown(there[-1] if there else self._of.folder / _area(rule))

    @property
    def head(self) -> str:
        """Where the features that a platform has belong, in words."""
        return self.head_file or self._one_of_yours(HEAD)

    @property
    def head_file(self) -> str:
        """The file that says which features there are; empty where it is not the user's."""
        return "" if self._of.is_installed else locate.shown(self._of.folder / HEAD)

    def _one_of_yours(self, file: str) -> str:
        return (
            f"{file} of a profile of yours that extends {self._of.name} "
            "(`sockspec init` makes one)"
        )

    def barrier(self, found: Sequence[Observation]) -> str:
        """The entry that says that cases cannot get to their point, as it stands in a file.

        All of them have failed alike. Why, and by which source, is left to be filled in.
        """
        entry = barriers.barrier(found, self._judged, [self._run], self._rules)
        return text.written(entry)


def _area(rule: str) -> str:
    return f"{rule.partition('.')[0]}.toml"
