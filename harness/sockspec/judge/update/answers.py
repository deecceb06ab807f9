"""The tables of a platform's answers, and of its grid, made from its runs."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import tomlkit

from sockspec.judge.answers import REST, Answers, Table, Under, key, recorded
from sockspec.judge.compare import situation
from sockspec.judge.grid import Grid, place, places
from sockspec.judge.update import conditions
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sockspec.judge.entry import When
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Case, Registry

__all__ = ["answers", "cells", "text"]

_NO_ANSWER = {Verdict.UNSUPPORTED, Verdict.MISSING, Verdict.INDETERMINATE}
_NO_ANSWER |= {Verdict.HARNESS_ERROR}

Shown = list[tuple["Run", frozenset[str]]]
"""Runs through one backend, each with the behaviours of a case that it showed."""

Seen = dict[str, dict[str, Shown]]
"""By case and by backend, what runs showed."""

Told = tuple[dict[str, str], dict[str, dict[str, str]]]
"""By case what every backend does; by backend and case what it alone does."""


def answers(profile: Profile, runs: Sequence[Run], rules: Registry) -> Answers | None:
    """The table of answers of the platform that all the runs are of; None without an answer.

    What its runs do not agree on is in the table of each backend whose runs agree; where they
    do not, under the condition that tells them apart (see `conditions`), cells of the grid too;
    and nowhere where nothing does, as in a race. What an entry of
    the profile decides is left to it, and so is what one that it inherits has right. Of a case
    that no run shows the table keeps what it says. The one that the profile has is returned
    where nothing is otherwise.
    """
    common, own = _told(profile, profile.answers, runs, rules, _is_answer, profile.answers)
    under = _under(profile, runs, rules)
    if not common and not own and not under:
        return None
    cases = _open_cases(rules)
    last = max(runs, key=lambda run: run.header.started)
    made = Answers(
        1,
        last.title,
        datetime.date.fromisoformat(last.header.started[:10]),
        _table(cases, common),
        {name: _table(cases, told) for name, told in sorted(own.items())},
        under,
    )
    old = profile.answers
    if old is None or (old.any, old.backend, old.under) != (made.any, made.backend, made.under):
        return made
    return old


def text(table: Answers) -> str:
    """`answers.toml`, with this table."""
    made = tomlkit.document()
    made.add(tomlkit.comment("Made by `sockspec update`; do not edit."))
    made["version"] = table.version
    made["on"] = table.on
    made["date"] = tomlkit.date(table.date.isoformat())
    made["any"] = table.any
    if table.backend:
        made["backend"] = table.backend
    if table.under:
        made.add(tomlkit.nl())
        made["under"] = tomlkit.aot()
        for each in table.under:
            when = tomlkit.inline_table()
            when.update(msgspec.to_builtins(each.when))
            made["under"].append(tomlkit.item({"when": when, "any": each.any}))
    return tomlkit.dumps(made)


def cells(profile: Profile, runs: Sequence[Run], rules: Registry) -> Grid | None:
    """The grid of the platform that all the runs are of; None without a cell of it.

    It has what clauses decide beside the rest, so that it can be read in one look. Of cells
    that no run shows, and where nothing is otherwise, as for answers.
    """
    common, own = _told(
        None, profile.grid, runs, rules, lambda case: place(case) is not None, profile.answers
    )
    if not common and not own:
        return None
    last = max(runs, key=lambda run: run.header.started)
    at = {case.id: where for where, case in places(rules).items()}
    made = Grid(
        last.title,
        last.header.started[:10],
        {at[case]: told for case, told in common.items()},
        {name: {at[case]: each for case, each in told.items()} for name, told in own.items()},
    )
    old = profile.grid
    return old if old and (old.any, old.backend) == (made.any, made.backend) else made


def _told(
    profile: Profile | None,
    before: Answers | Grid | None,
    runs: Sequence[Run],
    rules: Registry,
    counts: Callable[[Case], bool],
    apart: Answers | None,
) -> Told:
    common, own = _agreed(_seen(profile, runs, rules, counts, apart))
    if before is None:
        return common, own
    told = (
        rules.case(each.case) for run in runs for each in run.observations if _is_told(each)
    )
    shown = {case.id for case in told if case is not None}
    for case in (case for rule in rules.rules.values() for case in rule.cases):
        if counts(case) and case.id not in shown:
            if behaviour := before.own(case, ""):
                common[case.id] = behaviour
            for backend in before.backend:
                if behaviour := before.own(case, backend):
                    own.setdefault(backend, {})[case.id] = behaviour
    return common, own


def _is_told(seen: Observation) -> bool:
    return bool(seen.behaviours) and seen.verdict not in _NO_ANSWER


def _is_answer(case: Case) -> bool:
    return case.rule.level is Level.UNSPECIFIED and place(case) is None


def _open_cases(rules: Registry) -> list[Case]:
    return [
        case
        for _, rule in sorted(rules.rules.items())
        for case in rule.cases
        if _is_answer(case)
    ]


def _agreed(seen: Seen) -> Told:
    """What all runs showed, and what only the runs of a backend agree on."""
    common: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {}
    for case, by_backend in seen.items():
        behaviours = {name: _whole(shown) for name, shown in by_backend.items()}
        whole = frozenset().union(*behaviours.values())
        if len(whole) == 1:
            (common[case],) = whole
            continue
        for backend, did in behaviours.items():
            if len(did) == 1:
                (own.setdefault(backend, {})[case],) = did
    return common, own


def _whole(shown: Shown) -> frozenset[str]:
    return frozenset().union(*(did for _, did in shown))


def _known(old: Sequence[When], by_backend: dict[str, Shown]) -> list[tuple[When, str]] | None:
    """What runs showed under the conditions that a case has; None where those do not fit.

    Nor do they where a case has none and its runs part.
    """
    if not old:
        return None if any(len(_whole(shown)) > 1 for shown in by_backend.values()) else []
    told: dict[str, tuple[When, set[str]]] = {}
    for run, behaviours in (each for shown in by_backend.values() for each in shown):
        when = next((when for when in old if situation(run).meets(when)), None)
        if when is None:
            continue  # it goes into a table without a condition
        told.setdefault(repr(when), (when, set()))[1].update(behaviours)
    if any(len(did) > 1 for _, did in told.values()):
        return None
    return [(when, min(did)) for when, did in told.values()]


def _under(profile: Profile, runs: Sequence[Run], rules: Registry) -> list[Under]:
    """What runs through one backend do not agree on, under the condition that decides it."""
    seen = _seen(profile, runs, rules, lambda case: case.rule.level is Level.UNSPECIFIED)
    before = profile.answers.under if profile.answers else []
    found: dict[str, tuple[When, dict[str, str]]] = {}

    def record(when: When, id: str, behaviour: str) -> None:
        found.setdefault(repr(when), (when, {}))[1][id] = behaviour

    for case in (case for rule in rules.rules.values() for case in rule.cases):
        old = {repr(e.when): (e.when, told) for e in before if (told := recorded(e.any, case))}
        by_backend = seen.get(case.id, {})
        known = _known([when for when, _ in old.values()], by_backend)
        if known is not None:  # what no run shows stays as it is
            now = {**old, **{repr(when): (when, did) for when, did in known}}
            for when, behaviour in now.values():
                record(when, case.id, behaviour)
            continue
        for backend, shown in by_backend.items():
            only = backend if len(by_backend) > 1 else ""
            for given, behaviour in conditions.telling(shown, profile):
                when = msgspec.structs.replace(given, backend=only) if only else given
                record(when, case.id, behaviour)
    every = [case for _, rule in sorted(rules.rules.items()) for case in rule.cases]
    return [Under(when, _table(every, told)) for _, (when, told) in sorted(found.items())]


def _seen(
    profile: Profile | None,
    runs: Iterable[Run],
    rules: Registry,
    counts: Callable[[Case], bool],
    apart: Answers | None = None,
) -> Seen:
    """What runs showed of the cases that count and that no entry of the profile decides.

    Nor a condition of the answers that stand `apart`.
    """
    found: Seen = {}
    differs: set[str] = set()
    for run in runs:
        here = situation(run)
        for each in run.observations:
            case = rules.case(each.case)
            if case is None or not counts(case):
                continue
            if not _is_told(each):
                continue
            if profile is not None and profile.applying(case, here):
                continue
            if apart is not None and apart.conditional(case, here):
                continue
            behaviours = {case.rule.today(name) for name in each.behaviours}
            inherited = profile.candidates(case, here) if profile is not None else []
            if not inherited or not behaviours <= set(inherited[0].entry.behaviours):
                differs.add(case.id)
            by_backend = found.setdefault(case.id, {})
            by_backend.setdefault(run.header.backend, []).append((run, frozenset(behaviours)))
    return {case: told for case, told in found.items() if case in differs}


def _table(cases: Sequence[Case], told: dict[str, str]) -> Table:
    """As short as it can be: what most cases of a rule do stands for the rest of them."""
    by_rule: dict[str, dict[str, str]] = {}
    silent: set[str] = set()
    for case in cases:
        if case.id in told:
            by_rule.setdefault(case.rule.id, {})[key(case)] = told[case.id]
        else:
            silent.add(case.rule.id)
    table: Table = {}
    for rule, behaviours in by_rule.items():
        ((most, _), *others) = Counter(behaviours.values()).most_common()
        if not others and rule not in silent:
            table[rule] = most
        elif rule in silent:
            # Nobody may read an answer out of it that no run gave.
            table[rule] = behaviours
        else:
            rest = {case: each for case, each in behaviours.items() if each != most}
            table[rule] = {**rest, REST: most}
    return table
