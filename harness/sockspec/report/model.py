"""What a report shows, put in order: runs as columns, rules as rows, cases below them."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import reproduce
from sockspec.judge import compare, gate, profiles
from sockspec.judge.verdict import Verdict
from sockspec.report import banner as banners
from sockspec.report.grid import Drawing, drawings
from sockspec.report.view import Blocked, CaseView, Cell, RuleView
from sockspec.spec.rules import as_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile, Recorded
    from sockspec.judge.runfile import Observation, Run
    from sockspec.report.banner import Banner
    from sockspec.spec.rules import Registry

__all__ = ["Report", "judge", "profiles_of"]


@dataclass(frozen=True)
class Report:
    """Everything that the templates read."""

    runs: tuple[Run, ...]
    rules: tuple[RuleView, ...]
    faults: tuple[str, ...]
    unclear: dict[str, list[str]]
    grids: tuple[list[Drawing], ...]
    """For each run the tables of its grid."""
    _judge: Callable[[int], Banner]

    @classmethod
    def of(
        cls,
        runs: Sequence[Run],
        rules: Registry,
        catalogue: Catalogue,
        expected: Iterable[str] = (),
        judged: Sequence[Run] = (),
    ) -> Report:
        """Judge the runs by today's profiles and arrange what they saw.

        `judged` are the same runs where `judge` has been asked already.
        """
        loaded = profiles_of(runs, catalogue)
        judged = judged or judge(runs, rules, catalogue)
        faults = [
            f"{run.label}: truncated: {len(run.observations)} of {run.header.declared} cases"
            for run in judged
            if run.truncated
        ]
        faults.extend(
            f"{run.label}: {each}" for run in runs for each in compare.unjudged(run, rules)
        )
        there = {Path(run.path).name for run in runs}
        faults.extend(
            f"{name}: missing: nobody ran it" for name in expected if name not in there
        )
        faults.extend(
            str(fault)
            for profile in loaded.values()
            for fault in (*profiles.check(profile, rules), *profile.drafts)
        )
        views = sorted(_views(judged, rules, loaded), key=lambda view: view.rank)
        unclear: dict[str, list[str]] = {}
        for run in judged:
            for each in run.observations:
                if each.verdict is Verdict.INDETERMINATE:
                    unclear.setdefault(each.because, []).append(each.case)
        grids = tuple(drawings(run, rules) for run in judged)
        faults.extend(error for run in judged if run.footer for error in run.footer.errors)

        def banner(at: int) -> Banner:
            found = gate.judge(runs[at], rules, catalogue, judged=judged[at].observations)
            return banners.of(judged[at], found, rules)

        told = tuple(dict.fromkeys(faults))
        return cls(tuple(judged), tuple(views), told, unclear, grids, banner)

    @functools.cached_property
    def banners(self) -> list[Banner]:
        """For each run what its gate says. It takes time where much is red."""
        return [self._judge(at) for at in range(len(self.runs))]

    @property
    def title(self) -> str:
        """Who answered, where that is one."""
        titles = list(dict.fromkeys(run.title for run in self.runs))
        return titles[0] if len(titles) == 1 else f"{len(titles)} platforms"

    def lacking(self, run: int) -> dict[str, int]:
        """Why cases could not be tried in a run, and how many each reason costs."""
        observations = self.runs[run].observations
        seen = (each for each in observations if not each.is_tried)
        return dict(Counter(each.because for each in seen).most_common())

    def missing(self, run: int) -> dict[str, list[str]]:
        """Why documented functions are missing in a run, and which, most first."""
        found: dict[str, list[str]] = {}
        for name, why in self.runs[run].header.functions.items():
            if why:
                found.setdefault(why, []).append(name)
        return dict(sorted(found.items(), key=lambda item: -len(item[1])))

    @property
    def red(self) -> list[tuple[Run, Observation]]:
        """Every red case with its run; of a missing feature one stands for all."""
        return [
            (run, each)
            for run in self.runs
            for each in compare.once(run.observations)
            if each.verdict.is_red
        ]


def profiles_of(runs: Sequence[Run], catalogue: Catalogue) -> dict[str, Profile]:
    """Today's profiles that judge the runs, by the names that the runs have for them."""
    named = {run.header.profile for run in runs}
    return {name: catalogue.load(catalogue.judging(name)) for name in named}


def judge(runs: Sequence[Run], rules: Registry, catalogue: Catalogue) -> list[Run]:
    """The runs as today's profiles judge them.

    Cases that this sockspec does not have are left out: `compare.unjudged` names them.
    """
    loaded = profiles_of(runs, catalogue)
    judged = []
    for run in runs:
        every = compare.rejudge(run, rules, loaded[run.header.profile])
        kept = [each for each in every if rules.case(each.case)]
        judged.append(type(run)(run.path, run.header, kept, run.footer, run.complaint))
    return judged


def _views(runs: Sequence[Run], rules: Registry, loaded: dict[str, Profile]) -> list[RuleView]:
    entries = {
        recorded.origin: recorded
        for profile in loaded.values()
        for layer in profile.layers()
        for recorded in layer.entries
    }
    by_case = [run.by_case() for run in runs]
    blocked = _blocked(runs, rules, loaded)
    views = []
    for rule in rules.rules.values():
        data = as_data(rule)
        cases = []
        for case in rule.cases:
            cells = tuple(
                _cell(run, seen[case.id], rule.meaning, entries) if case.id in seen else None
                for run, seen in zip(runs, by_case, strict=True)
            )
            if any(cells):
                shown = ", ".join(value for _, value in case.parameters)
                cases.append(CaseView(case.id, shown, cells))
        if cases or rule.id in blocked:
            views.append(RuleView(data, tuple(cases), tuple(blocked.get(rule.id, ()))))
    return views


def _blocked(
    runs: Sequence[Run], rules: Registry, loaded: dict[str, Profile]
) -> dict[str, list[Blocked]]:
    """By the rule that owns the call: what entries keep from getting to its point."""
    found: dict[str, list[Blocked]] = {}
    for at, run in enumerate(runs):
        for layer in loaded[run.header.profile].layers():
            for barred in layer.barred:
                rule = rules.resolve(barred.entry.rule)
                cases = tuple(e.case for e in run.observations if barred.bars(e))
                if rule is not None and cases:
                    found.setdefault(rule.id, []).append(Blocked(at, barred, cases))
    return found


def _cell(
    run: Run,
    observation: Observation,
    meaning: Callable[[str], str],
    entries: dict[str, Recorded],
) -> Cell:
    calls = ""
    if observation.verdict in {Verdict.KNOWN, Verdict.NEW, Verdict.CHANGED, Verdict.FIXED}:
        shown = next(iter([*observation.unexpected, *observation.witness]), "")
        if shown in observation.witness:
            calls = reproduce.calls(run, observation, shown)
    seen = {name: meaning(name) for name in observation.behaviours}
    return Cell(observation, seen, entries.get(observation.origin), calls)
