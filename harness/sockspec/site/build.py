"""From run files and profiles to what the site shows, one run file in memory at a time."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

from sockspec.judge import compare, excerpt, runfile
from sockspec.judge.entry import Situation
from sockspec.judge.verdict import Verdict
from sockspec.report.across import name_of
from sockspec.site import platforms, processes
from sockspec.site.model import Answer, CaseRow, RuleRow, Site, Told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile, Recorded
    from sockspec.judge.runfile import Observation, Run
    from sockspec.judge.verdict import Expectation
    from sockspec.site.platforms import Platform
    from sockspec.spec.rules import Case, Registry

__all__ = ["Reader", "Seen", "latest", "site"]

_NEVER = "~"  # sorts behind every date

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
        self._rule = {case.id: rule.id for rule in rules.rules.values() for case in rule.cases}
        self._cases = list(self._rule)
        self._number = {case: at for at, case in enumerate(self._rule)}
        self._silent: dict[str, set[str]] = {}
        """By profile the cases of which it says nothing, whatever the situation is."""
        self._judged: dict[frozenset[str], dict[tuple[Any, ...], Answer]] = {}
        """What was seen in such a case, by the features that the platform has."""

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

    def read(self, paths: Sequence[Path]) -> Iterator[Seen]:
        """Read run files; what they answered in cases that there are today."""
        # A process passes numbers on to this one, not the same names again and again.
        for path, told in zip(
            paths, processes.spread(lambda at: self._pack(paths[at]), len(paths)), strict=True
        ):
            platform, cases, numbers, answers = told
            shared = [self._shared.setdefault(each, each) for each in answers]
            column = {
                self._cases[case]: shared[number]
                for case, number in zip(cases, numbers, strict=True)
            }
            started = platform.header.started if platform.header else ""
            for rule in {self._rule[case] for case in column}:
                if started < self.first.get(rule, _NEVER):
                    self.first[rule] = started
            self.profile(platform.profile)
            yield Seen(platform, column, path)

    def _pack(self, path: Path) -> tuple[Platform, array[int], array[int], list[Answer]]:
        """A platform and its answers: for each case its number and that of the answer."""
        platform, column = self._read(path)
        # By identity, which is quicker: of answers that are alike a process has one.
        numbers: dict[int, int] = {}
        told = array("L", (numbers.setdefault(id(e), len(numbers)) for e in column.values()))
        answers = {id(each): each for each in column.values()}
        cases = array("L", map(self._number.__getitem__, column))
        return platform, cases, told, [answers[each] for each in numbers]

    def _read(self, path: Path) -> tuple[Platform, Column]:
        run = runfile.read(path, witnesses=False)
        column, is_whole = self._column(run)
        is_whole = is_whole and not run.header.is_newer
        complaints = [] if is_whole else compare.unjudged(run, self._rules)
        counted = Counter(each.verdict for each in column.values())
        verdicts = {each.value: counted[each] for each in Verdict if each in counted}
        return platforms.of(run, self._places, verdicts, complaints), column

    def _column(self, run: Run) -> tuple[Column, bool]:
        """What it answered, and whether that is all that is in it."""
        profile = self.profile(run.header.profile)
        here = compare.situation(run)
        promised = compare.promised_features(run, profile)
        # Of most cases no profile says anything, and most platforms do the same in them.
        silent = self._silent.setdefault(profile.name, set())
        judged = self._judged.setdefault(promised, {})
        column: Column = {}
        is_whole = True
        for seen in run.observations:
            key = (seen.case, seen.verdict, seen.because, *seen.behaviours)
            if seen.case in silent and key in judged:
                column[seen.case] = judged[key]
                continue
            case = self._rules.case(seen.case)
            if case is None:
                is_whole = False
            elif case.id == seen.case or case.id not in column:
                expected = profile.expectation(case, here)
                answer = self._answer(seen, case, expected, promised)
                column[case.id] = answer
                if case.id == seen.case and profile.is_silent(case):
                    silent.add(case.id)
                    judged[key] = answer
        return column, is_whole

    def _answer(
        self, seen: Observation, case: Case, expected: Expectation, promised: Collection[str]
    ) -> Answer:
        behaviours, judgement = compare.judged(seen, case, expected, promised)
        untried = judgement.verdict is Verdict.UNSUPPORTED
        tells = judgement.verdict.is_red or untried
        made = Answer(
            "" if untried else ", ".join(behaviours),
            judgement.verdict,
            expected.origin,
            judgement.because if tells else "",
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
