"""What kept platforms do where nothing is promised is recorded: a gate sees it change."""

from __future__ import annotations

import msgspec
import pytest

from sockspec import locate
from sockspec.judge import compare, gate, runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.verdict import Verdict
from sockspec.spec import load
from sockspec.spec.rules import Level

REPORTS = locate.repository(locate.platforms()) / "reports"

DIFFERING = {
    # Of a queue of none PyPy makes a longer one than CPython.
    "stdlib": {"state.listen.queue-length[v4,0]", "state.listen.queue-length[v6,0]"},
}
"""Cases that kept runs do not agree on, of which nothing can be recorded."""


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue()


@pytest.fixture(scope="module")
def kept():
    """Reads a kept run, once."""
    found = {}

    def read(name):
        if name not in found:
            path = REPORTS / name / "run.jsonl.xz"
            found[name] = runfile.read(path, witnesses=False)
        return found[name]

    return read


def _otherwise(seen, case):
    """The observation, with a behaviour that was not seen."""
    names = (*case.rule.behaviours, "EPROTO")
    other = next(name for name in names if name not in seen.behaviours)
    return msgspec.structs.replace(seen, behaviours={other: 1})


def _of_open_cases(run, rules):
    for seen in run.observations:
        case = rules.case(seen.case)
        if case is not None and case.rule.level is Level.UNSPECIFIED and seen.behaviours:
            yield seen, case


@pytest.mark.parametrize("name", ["stdlib", "c", "rust", "go", "java"])
def test_no_open_case_can_change_unseen(kept, catalogue, name):
    rules = load.rules()
    run = kept(name)
    changed = [_otherwise(seen, case) for seen, case in _of_open_cases(run, rules)]
    assert len(changed) > 300
    before = run.observations
    run.observations = changed
    try:
        judged = compare.rejudge(run, rules, catalogue.load(run.header.profile))
    finally:
        run.observations = before
    unseen = {each.case for each in judged if not each.verdict.is_red}
    assert unseen <= DIFFERING.get(name, set())


def test_a_change_on_linux_itself_closes_the_gate(kept, catalogue):
    rules = load.rules()
    run = kept("c")
    open_cases = _of_open_cases(run, rules)
    seen, case = next(found for found in open_cases if "answers.toml" in found[0].origin)
    where = run.observations.index(seen)
    assert gate.judge(run, rules, catalogue).exit_code == 0
    run.observations[where] = _otherwise(seen, case)
    try:
        found = gate.judge(run, rules, catalogue)
    finally:
        run.observations[where] = seen
    assert found.exit_code == 1
    (problem,) = found.problems
    assert (problem.case, problem.verdict) == (case.id, Verdict.CHANGED.value)
    assert "linux/answers.toml" in problem.because
