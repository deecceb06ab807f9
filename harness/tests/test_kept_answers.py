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

KEPT = sorted(each.parent.name for each in REPORTS.glob("*/run.jsonl.xz"))


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue()


def _otherwise(seen, case):
    """The observation, with a behaviour that was not seen, nor is one of several recorded."""
    names = (*case.rule.behaviours, "EPROTO")
    other = next(name for name in names if name not in {*seen.behaviours, *seen.expected})
    return msgspec.structs.replace(seen, behaviours={other: 1})


def _of_open_cases(run, rules):
    for seen in run.observations:
        case = rules.case(seen.case)
        if case is not None and case.rule.level is Level.UNSPECIFIED and seen.behaviours:
            today = {case.rule.today(name): many for name, many in seen.behaviours.items()}
            yield msgspec.structs.replace(seen, behaviours=today), case


@pytest.mark.parametrize("name", KEPT)
def test_no_open_case_can_change_unseen(catalogue, name):
    rules = load.rules()
    run = runfile.read(REPORTS / name / "run.jsonl.xz", witnesses=False)
    run.observations = [_otherwise(seen, case) for seen, case in _of_open_cases(run, rules)]
    assert run.observations
    judged = compare.rejudge(run, rules, catalogue.load(run.header.profile))
    assert {each.case for each in judged if not each.verdict.is_red} == set()


def test_a_change_on_linux_itself_closes_the_gate(catalogue):
    rules = load.rules()
    run = runfile.read(REPORTS / "c" / "run.jsonl.xz", witnesses=False)
    open_cases = _of_open_cases(run, rules)
    seen, case = next(found for found in open_cases if "answers.toml" in found[0].origin)
    where = [each.case for each in run.observations].index(seen.case)
    assert gate.judge(run, rules, catalogue).exit_code == 0
    run.observations[where] = _otherwise(seen, case)
    found = gate.judge(run, rules, catalogue)
    assert found.exit_code == 1
    (problem,) = found.problems
    assert (problem.case, problem.verdict) == (case.id, Verdict.CHANGED.value)
    assert "linux/answers.toml" in problem.because
