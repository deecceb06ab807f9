"""From run files and profiles to what the site shows, one run file in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.judge import compare, excerpt, runfile
from sockspec.judge.entry import Situation
from sockspec.judge.verdict import Verdict
from sockspec.report.across import name_of
from sockspec.site import platforms
from sockspec.site.model import Answer, CaseRow, RuleRow, Site, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile, Recorded
    from sockspec.site.platforms import Platform
    from sockspec.spec.rules import Case, Registry

__all__ = ["Reader", "Seen", "latest", "site"]

Column = dict[str, Answer]
"""What one run answered, by case."""


class Seen:
    """One run, read and judged: who it was, what it answered, and its file."""

    def __init__(self, platform: Platform, column: Column, path: Path) -> None:
        self.platform = platform
        self.column = column
        self.path = path


class Reader:
    """Reads run files and judges them by today's rules and profiles."""

    def __init__(
        self, rules: Registry, catalogue: Catalogue, places: Mapping[str, tuple[str, str]]
    ) -> None:
        """`places` has the kind and the title of platforms whose names are known."""
        self.profiles: dict[str, Profile] = {}
        self.first: dict[str, str] = {}
        """For each rule when the oldest run began that has it."""
        self._rules = rules
        self._catalogue = catalogue
        self._places = places
        self._loaded: dict[str, Profile] = {}
        self._shared: dict[Answer, Answer] = {}
        self._cases = {case.id for rule in rules.rules.values() for case in rule.cases}

    def profile(self, name: str) -> Profile:
        """The profile that judges where a run names one."""
        if name not in self.profiles:
            self.profiles[name] = self.load(self._catalogue.judging(name))
        return self.profiles[name]

    def load(self, name: str) -> Profile:
        """The profile of that name, read once."""
        if name not in self._loaded:
            self._loaded[name] = self._catalogue.load(name)
        return self._loaded[name]

    def read(self, path: Path) -> Seen:
        """Read a run file; what it answered in cases that there are today."""
        run = runfile.read(path, witnesses=False)
        judged = compare.rejudge(run, self._rules, self.profile(run.header.profile))
        there = [each for each in judged if each.case in self._cases]
        is_whole = len(there) == len(judged) and not run.header.is_newer
        complaints = [] if is_whole else compare.unjudged(run, self._rules)
        run.observations = there
        started = run.header.started
        for rule in {each.rule for each in there}:
            self.first[rule] = min(started, self.first.get(rule, started))
        column = {each.case: self._answer(each) for each in run.observations}
        return Seen(platforms.of(run, self._places, complaints), column, path)

    def _answer(self, seen: runfile.Observation) -> Answer:
        untried = seen.verdict is Verdict.UNSUPPORTED
        tells = seen.verdict.is_red or untried
        made = Answer(
            "" if untried else ", ".join(seen.behaviours),
            seen.verdict,
            seen.origin,
            seen.because if tells else "",
        )
        return self._shared.setdefault(made, made)


def latest(paths: Iterable[Path]) -> tuple[list[Path], dict[str, list[Path]]]:
    """The newest run file of each name, and of those with several the earlier ones.

    The oldest comes first.
    """
    found: dict[str, list[tuple[str, Path]]] = {}
    for path in paths:
        head = excerpt.header(path)
        run = runfile.Run(str(path), head)
        found.setdefault(name_of(run), []).append((head.started, path))
    newest, earlier = [], {}
    for name, dated in found.items():
        ordered = [path for _, path in sorted(dated, key=lambda each: each[0])]
        newest.append(ordered[-1])
        if len(ordered) > 1:
            earlier[name] = ordered[:-1]
    return newest, earlier


def site(
    seen: Sequence[Seen], rules: Registry, reader: Reader, known: Iterable[Profile]
) -> Site:
    """Put in order what was read; `known` are the profiles that may only be documented."""
    ordered = sorted(seen, key=lambda each: each.platform.rank)
    run = [each.platform for each in ordered]
    told = platforms.documented(known, run)
    by_name = {each.name: each for each in known}
    paper = [
        (len(run) + at, by_name[each.name], Situation({}, "")) for at, each in enumerate(told)
    ]
    columns = [each.column for each in ordered]
    starts = [each.platform.header.started for each in ordered if each.platform.header]
    rows = []
    for rule in rules.rules.values():
        cases = [
            CaseRow(
                case.id,
                ", ".join(value for _, value in case.parameters),
                tuple(column.get(case.id) for column in columns),
                tuple(
                    each
                    for at, profile, situation in paper
                    for each in _told(at, profile, situation, case)
                ),
            )
            for case in rule.cases
        ]
        # Of a rule that nobody was asked yet all cases are shown.
        shown = [row for row in cases if row.told or any(row.answers)] or cases
        first = reader.first.get(rule.id, "")
        older = frozenset(at for at, began in enumerate(starts) if began < first)
        rows.append(RuleRow(rule, tuple(shown), first=first, older=older))
    everybody = (*run, *told)
    return Site(
        everybody,
        tuple(sorted(rows, key=lambda row: row.rule.id)),
        _entries((*reader.profiles.values(), *by_name.values())),
        tuple(platforms.chosen(everybody)),
    )


def _told(at: int, profile: Profile, situation: Situation, case: Case) -> Iterable[Told]:
    # Its own layer alone: what it extends was not written about it.
    for recorded in profile.applying(case, situation)[:1]:
        names = [case.rule.today(each) for each in sorted(recorded.entry.behaviours)]
        standings = {case.rule.standing(each) for each in names}
        standing = "diverges" if "diverges" in standings else min(standings)
        yield Told(at, ", ".join(names), standing, recorded.origin)


def _entries(loaded: Iterable[Profile]) -> dict[str, Recorded]:
    return {
        recorded.origin: recorded
        for profile in loaded
        for layer in profile.layers()
        for recorded in layer.entries
    }
