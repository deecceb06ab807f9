"""What became of an earlier run's cases."""

from __future__ import annotations

import shlex

import pytest
from gating import BAD, FINE, GOOD, LACKS, RULE, UGLY, UNCLEAR, gate, said


@pytest.fixture
def two(spec, ran):
    """An earlier run and one that parts from it in each way that there is."""
    spec.write(OPEN, "test_open.py")
    ran(GOOD, BAD, GOOD, BAD, name="before.jsonl", more=EARLIER)
    ran(BAD, GOOD, ("fine", FINE), UGLY, more=LATER)
    return spec


OPEN = """
@promise("open", level=UNSPECIFIED).case()
def test_open(sockets, see, case):
    see("bad")
"""
LIKE = {"rule-5": BAD, "rule-6": ("", UNCLEAR, "arranging failed: recv: hang")}
EARLIER = {"rule-0": GOOD, "rule-1": GOOD, "rule-2": LACKS, "gone": GOOD, **LIKE}
EARLIER |= {"open": ("bad", "unspecified"), "rule-4": LACKS}
LATER = {"rule-1": LACKS, "rule-2": BAD, "rule-3": BAD, "rule-4": GOOD, **LIKE}
LATER |= {"open": ("ugly", "unspecified")}
BY_EARLIER = ("run.jsonl", "--against", "before.jsonl", "--by", "earlier")
NAMES = ("[v4,stream]", "[v4,dgram]", "[v6,stream]", "[v6,dgram]")


def differences(told):
    (one,) = told["gates"]
    return {
        kind: [each["case"].removeprefix("demo.subject.") for each in one["since"][kind]]
        for kind in ("new", "changed", "fixed", "vanished", "not-run")
    }


def test_what_became_of_an_earlier_runs_cases(two):
    told = gate(two, *BY_EARLIER)
    assert differences(told) == {
        "new": ["rule-2", "rule-3", f"words{NAMES[0]}"],
        "changed": ["open", f"words{NAMES[3]}", f"words{NAMES[2]}"],
        "fixed": [f"words{NAMES[1]}"],
        "vanished": ["gone", "rule-0"],
        "not-run": ["rule-1"],
    }
    assert told["exit"] == 3
    (one,) = told["gates"]
    assert (one["profile"], one["counts"]["diverges"]) == ("", 5)
    assert [each["kind"] for each in one["causes"]] == [
        *("vanished", "vanished", "not-run"),
        *("new", "new", "new", "changed", "changed", "changed", "fixed"),
    ]


def test_each_kind_has_its_line_with_count_and_first_cases(two):
    told = said(two, *BY_EARLIER, "--fail-on", "none")
    new = [f"demo.subject.rule-{number}: - -> bad" for number in (2, 3)]
    new.append(f"{RULE}[v4,stream]: good -> bad")
    changed = ["demo.subject.open: bad -> ugly", f"{RULE}[v6,dgram]: bad -> ugly"]
    changed.append(f"{RULE}[v6,stream]: good -> fine")
    begin = told.index("since before.jsonl (2026-11-28 12:00 UTC):\n")
    assert told[begin:].splitlines()[1:10] == [
        f"  new: 3: {'; '.join(new)}",
        f"  changed: 3: {'; '.join(changed)}",
        f"  fixed: 1: {RULE}[v4,dgram]: bad -> good",
        "  vanished: 2: demo.subject.gone; demo.subject.rule-0",
        "    1: not in the suite any more",
        "    1: not in this run",
        "  not-run: 1: demo.subject.rule-1",
        "    1: needs shoes: there are none",
        "not failed on: 3 changed, 3 new, 2 vanished, 1 not-run, 1 fixed",
    ]
    assert told.endswith("gate: open\n")


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        *(("new", 1), ("changed", 1), ("fixed", 1), ("not-run", 1), ("new,not-run", 1)),
        *(("vanished", 3), ("new,vanished", 3), ("none", 0), ("missing", 0)),
    ],
)
def test_an_earlier_run_alone_closes_for_what_it_is_told(two, kinds, code):
    told = gate(two, *BY_EARLIER, "--fail-on", kinds)
    assert told["exit"] == code
    named = set(kinds.split(",")) & {"new", "changed", "fixed", "vanished", "not-run"}
    assert {each["kind"] for each in told["gates"][0]["problems"]} == named


def test_what_is_as_it_was_is_no_difference_whatever_a_profile_says(two):
    assert (
        gate(two, "before.jsonl", "--against", "before.jsonl", "--by", "earlier")["exit"] == 3
    )
    same = ("run.jsonl", "--against", "run.jsonl", "--by", "earlier")
    assert gate(two, *same)["exit"] == 0
    assert gate(two, "run.jsonl")["exit"] == 3


def test_a_harness_error_is_excused_by_no_earlier_run(spec, ran):
    ran(GOOD, ("", "harness error", "the agent answered nonsense"))
    told = gate(spec, "run.jsonl", "--against", "run.jsonl", "--by", "earlier")
    assert told["exit"] == 3
    (cause,) = told["gates"][0]["causes"]
    assert cause["told"] == "the agent answered nonsense: 1 case"


def test_what_did_not_get_to_its_point_any_more_is_not_run_and_broken(spec, ran):
    ran(GOOD, name="before.jsonl")
    ran(("", UNCLEAR, "arranging failed: recv: hang"))
    told = gate(spec, *BY_EARLIER)
    assert differences(told)["not-run"] == [f"words{NAMES[0]}"]
    assert told["exit"] == 3


def test_beside_the_profile_an_earlier_run_decides_only_where_it_is_asked(spec, ran):
    spec.record(spec.entry(RULE, '"bad"'))
    ran(GOOD, name="before.jsonl")
    ran(BAD)
    both = ("run.jsonl", "--against", "before.jsonl")
    told = gate(spec, *both)
    assert (told["exit"], differences(told)["new"]) == (0, [f"words{NAMES[0]}"])
    told = gate(spec, *both, "--by", "both")
    assert told["exit"] == 1
    (cause,) = told["gates"][0]["causes"]
    assert (cause["kind"], cause["verdict"]) == ("new", "new since before.jsonl")
    assert cause["compared"] == "before.jsonl did good, this run did bad (is wrong)"
    # What the profile has as red already is not told twice.
    (spec.profiles / "here" / "demo.toml").unlink()
    assert len(gate(spec, *both, "--by", "both")["gates"][0]["causes"]) == 1


def test_the_commands_of_a_difference_work(spec, ran):
    ran(GOOD, name="before.jsonl")
    ran(BAD)
    (cause,) = gate(spec, *BY_EARLIER)["gates"][0]["causes"]
    diff, reproduce = map(shlex.split, cause["commands"])
    told = spec.command(*diff[1:])
    assert told.returncode == 1
    assert f"changed (regressed) {RULE}[v4,stream]: good -> bad" in told.stdout
    assert "has no witness" in spec.command(*reproduce[1:]).stderr


def test_a_gate_says_in_what_else_the_two_runs_part(spec, ran):
    ran(GOOD, name="before.jsonl", cut=True, version="1.1")
    ran(GOOD, version="1.2")
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 0
    assert told["gates"][0]["since"]["unlike"] == [
        "it was cut short: what it had not reached is compared with nothing",
        "version was 1.1, is 1.2",
    ]
    ran(GOOD, name="before.jsonl", suite="99.0")
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 3
    assert "before.jsonl: sockspec 99.0 wrote it" in told["gates"][0]["faults"][0]


def test_an_earlier_run_that_is_to_judge_has_to_be_named(spec, ran):
    ran(GOOD)
    refused = spec.command("gate", "run.jsonl", "--by", "earlier")
    assert refused.returncode == 2
    assert (
        "--by earlier needs an earlier run\n  remedy: name it: --against RUN" in refused.stderr
    )
