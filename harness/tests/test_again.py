"""Red cases that are run again, and deadlines that follow the machine."""

from __future__ import annotations

import json

import pytest

from sockspec.judge import runfile
from sockspec.run import again, pace
from sockspec.run.bench import DEADLINE

STEADY = """
R = promise("steady")
@R.case()
def test_steady(sockets, see, case):
    see("bad")
"""

GONE = """
R = promise("once")
@R.case()
def test_once(sockets, see, case):
    from pathlib import Path
    mark = Path(__file__).with_name("seen")
    was = mark.exists()
    mark.touch()
    see("good" if was else "bad")
"""


def test_what_is_seen_again_is_called_new(spec):
    spec.write(STEADY)
    ran = spec.run("--verify")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "new divergence, seen in 4 of 4 runs: demo.subject.steady" in ran.stdout


def test_what_is_never_seen_again_is_not_called_new(spec):
    spec.write(GONE)
    ran = spec.run("--verify", "--format", "json")
    assert ran.returncode == 3, ran.stdout + ran.stderr
    (told,) = json.loads(ran.stdout)["again"]
    assert told == {
        "case": "demo.subject.once",
        "verdict": "new divergence",
        "seen": 1,
        "of": 4,
    }
    assert spec.one().verdict.is_red, "the run file has what the first run saw"


def test_nothing_is_run_again_where_nothing_is_red(spec):
    spec.write(STEADY.replace("bad", "good"))
    ran = spec.run("--verify", "--format", "json")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["again"] == []


@pytest.mark.parametrize(
    ("code", "seen", "expected"), [(1, 1, 3), (1, 2, 1), (3, 1, 3), (0, 1, 0)]
)
def test_the_exit_code_of_a_divergence_that_was_seen_once(code, seen, expected):
    assert again.exit_code(code, [again.Again("a.b.c", "new divergence", seen, 4)]) == expected


def test_a_slow_machine_is_measured(monkeypatch):
    monkeypatch.setattr(pace, "_round", lambda: 0.001)
    assert pace.measured() == 1.0, "a faster machine has no shorter deadlines"
    monkeypatch.setattr(pace, "_round", lambda: pace._ROUND * 3)
    assert pace.measured() == 3.0
    monkeypatch.setattr(pace, "_round", lambda: 100.0)
    assert pace.measured() == pace.MOST


def test_a_round_takes_time():
    assert 0 < pace._round() < 60


def test_the_deadline_follows_the_machine_and_stands_in_the_header(spec):
    spec.write(STEADY)
    spec.run()
    header = runfile.read(spec.out).header
    assert header.pace >= 1
    assert header.deadline == pytest.approx(DEADLINE * header.pace)
    spec.run("--deadline", "2.5")
    assert runfile.read(spec.out).header.deadline == 2.5, "who names one gets that one"
