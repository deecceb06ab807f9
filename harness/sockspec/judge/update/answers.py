"""The tables of a platform's answers, and of its grid, made from its runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import tomlkit

from sockspec.judge import grid
from sockspec.judge.answers import REST, Table, key
from sockspec.judge.compare import situation
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Case, Registry

__all__ = ["grid_text", "text"]

_NO_ANSWER = {Verdict.UNSUPPORTED, Verdict.MISSING, Verdict.INDETERMINATE}
_NO_ANSWER |= {Verdict.HARNESS_ERROR}

Seen = dict[str, dict[str, set[str]]]
"""By case and by backend, the behaviours that runs showed."""


def text(profile: Profile, runs: Sequence[Run], rules: Registry) -> str:
    """`answers.toml` of the platform that all the runs are of; empty without an answer.

    What its runs do not agree on is in the table of each backend whose runs agree, and
    nowhere where they do not: a race, or what a version or a setting decides. What an entry of
    the profile decides is left to it, and so is what one that it inherits has right.
    """
    seen = _seen(profile, runs, rules, _is_answer)
    if not seen:
        return ""
    common, own = _agreed(seen)
    cases = _open_cases(rules)
    last = max(runs, key=lambda run: run.header.started)
    made = tomlkit.document()
    made.add(tomlkit.comment("Made by `sockspec update --answers`; do not edit."))
    made["version"] = 1
    made["on"] = last.title
    made["date"] = tomlkit.date(last.header.started[:10])
    made["any"] = _table(cases, common)
    if own:
        made["backend"] = {name: _table(cases, told) for name, told in sorted(own.items())}
    return tomlkit.dumps(made)


def grid_text(runs: Sequence[Run], rules: Registry) -> str:
    """`grid.txt` of the platform that all the runs are of; empty without a cell of the grid.

    It has what clauses decide beside the rest, so that it can be read in one look.
    """
    common, own = _agreed(_seen(None, runs, rules, lambda case: grid.place(case) is not None))
    if not common and not own:
        return ""
    last = max(runs, key=lambda run: run.header.started)
    there = grid.places(rules)
    at = {case.id: where for where, case in there.items()}
    made = grid.Grid(
        last.title,
        last.header.started[:10],
        {at[case]: told for case, told in common.items()},
        {name: {at[case]: each for case, each in told.items()} for name, told in own.items()},
    )
    return made.written(there)


def _is_answer(case: Case) -> bool:
    return case.rule.level is Level.UNSPECIFIED and grid.place(case) is None


def _open_cases(rules: Registry) -> list[Case]:
    return [
        case
        for _, rule in sorted(rules.rules.items())
        for case in rule.cases
        if _is_answer(case)
    ]


def _agreed(seen: Seen) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """By case what all runs showed; by backend and case what only its own runs agree on."""
    common: dict[str, str] = {}
    own: dict[str, dict[str, str]] = {}
    for case, by_backend in seen.items():
        whole = set().union(*by_backend.values())
        if len(whole) == 1:
            common[case] = whole.pop()
            continue
        for backend, behaviours in by_backend.items():
            if len(behaviours) == 1:
                own.setdefault(backend, {})[case] = next(iter(behaviours))
    return common, own


def _seen(
    profile: Profile | None,
    runs: Iterable[Run],
    rules: Registry,
    counts: Callable[[Case], bool],
) -> Seen:
    """What runs showed of the cases that count and that no entry of the profile decides."""
    found: Seen = {}
    differs: set[str] = set()
    for run in runs:
        here = situation(run)
        for each in run.observations:
            case = rules.case(each.case)
            if case is None or not counts(case):
                continue
            if each.verdict in _NO_ANSWER or not each.behaviours:
                continue
            if profile is not None and profile.applying(case, here):
                continue
            behaviours = {case.rule.today(name) for name in each.behaviours}
            inherited = profile.candidates(case, here) if profile is not None else []
            if not inherited or not behaviours <= set(inherited[0].entry.behaviours):
                differs.add(case.id)
            by_backend = found.setdefault(case.id, {})
            by_backend.setdefault(run.header.backend, set()).update(behaviours)
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
