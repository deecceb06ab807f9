"""The gate: what closes it, what was not tried, and sets of runs."""

from __future__ import annotations

import pytest
from gating import BAD, FINE, GOOD, LACKS, NEW, RULE, UGLY, UNCLEAR, gate, said


@pytest.mark.parametrize(
    ("did", "kinds", "code", "tolerated"),
    [
        ([BAD], "new", 1, {}),
        ([BAD], "fixed,changed", 0, {"new": 1}),
        ([BAD, ("", UNCLEAR, "x")], "new", 1, {"indeterminate": 1}),
        ([BAD, ("", UNCLEAR, "x")], "indeterminate", 3, {"new": 1}),
        ([BAD, ("", UNCLEAR, "x")], "none", 0, {"new": 1, "indeterminate": 1}),
        ([BAD, ("", UNCLEAR, "x")], "any", 3, {}),
    ],
)
def test_a_gate_fails_on_what_it_is_told(spec, ran, did, kinds, code, tolerated):
    ran(*did)
    told = gate(spec, "run.jsonl", "--fail-on", kinds)
    assert told["exit"] == code
    assert told["gates"][0]["tolerated"] == tolerated
    listed = said(spec, "run.jsonl", "--fail-on", kinds)
    assert ("not failed on: " in listed) == bool(tolerated)


def test_whatever_it_fails_on_a_run_that_was_cut_short_stays_red(spec, ran):
    ran(GOOD, cut=True)
    assert gate(spec, "run.jsonl", "--fail-on", "none")["exit"] == 3


def test_a_gate_says_all_that_is_wrong_with_a_profile_that_cannot_be_read(spec, ran):
    ran(GOOD)
    head = spec.profiles / "here" / "profile.toml"
    head.write_text(head.read_text() + 'extends = "there"\nfeatures = ["ipv66"]\n')
    spec.record(spec.entry("demo.no.such", '"bad"') + spec.entry(RULE, '"nonsense"'))
    told = spec.command("gate", "run.jsonl")
    assert told.returncode == 2
    for each in ("'there'", "'ipv66'", "'demo.no.such'", "'nonsense'"):
        assert each in told.stderr, told.stderr


def test_a_gate_is_of_the_chosen_cases(spec, ran):
    ran(BAD, GOOD, GOOD, UGLY)
    (one,) = gate(spec, "run.jsonl", "--rule", "words[v4]")["gates"]
    assert [each["case"] for each in one["problems"]] == [f"{RULE}[v4,stream]"]
    assert one["counts"] == {FINE: 1, NEW: 1}
    assert gate(spec, "run.jsonl", "--rule", "![stream]", "--rule", "![v6]")["exit"] == 0
    assert gate(spec, "run.jsonl", "--rule", "rule-0")["exit"] == 5


def test_a_gate_is_of_cases_that_all_runs_could_try(spec, ran):
    ran(GOOD, LACKS, GOOD, name="all/a.jsonl")
    ran(BAD, BAD, None, UGLY, name="all/b.jsonl")
    told = gate(spec, "all", "--common")
    assert [list(each["counts"].items()) for each in told["gates"]] == [[(FINE, 1)], [(NEW, 1)]]


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ([[GOOD], [GOOD]], 0),
        ([[GOOD], [BAD]], 1),
        ([[BAD], [("", UNCLEAR, "x")]], 3),
        ([[GOOD], [LACKS]], 5),
        ([[BAD], [LACKS]], 1),
    ],
)
def test_the_gravest_of_several_runs_decides(spec, ran, runs, code):
    for number, did in enumerate(runs):
        ran(*did, name=f"all/{number}.jsonl")
    assert gate(spec, "all/*.jsonl")["exit"] == code
    assert "all/0.jsonl, by the profile here\n" in said(spec, "all")


# -- what was not tried --------------------------------------------------------------------


def test_a_gate_says_what_could_not_be_tried_by_reason(spec, ran):
    hats = ("", "unsupported", "needs hats: none fits")
    ran(GOOD, LACKS, LACKS, hats)
    (one,) = gate(spec)["gates"]
    assert one["untried"] == {LACKS[2]: 2, hats[2]: 1}
    assert (
        "3 cases could not be tried:\n"
        "  2: needs shoes: there are none\n"
        "  1: needs hats: none fits\n"
    ) in said(spec)


def test_reasons_that_say_the_same_of_many_things_stand_in_one_line(spec, ran):
    of = [
        ("", "unsupported", f"SO_{each} is not available: it has no number here")
        for each in ("ONE", "TWO", "THREE", "FOUR")
    ]
    ran(*of)
    assert gate(spec)["gates"][0]["untried"] == {each[2]: 1 for each in of}
    line = "  4: it has no number here: SO_ONE, SO_TWO, SO_THREE and 1 more\n"
    assert f"4 cases could not be tried:\n{line}" in said(spec)
    assert "SO_THREE, SO_FOUR\n" in said(spec, "run.jsonl", "--all")
    ran(of[0], of[1], GOOD, GOOD)
    assert "  1: SO_ONE is not available: it has no number here\n" in said(spec)


def test_what_an_earlier_run_tried_has_to_be_tried_again(spec, ran):
    ran(GOOD, GOOD, LACKS, GOOD, name="before.jsonl")
    ran(GOOD, LACKS, LACKS, GOOD)
    assert gate(spec)["exit"] == 0
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 1
    (one,) = told["gates"]
    (problem,) = one["problems"]
    assert (problem["case"], problem["kind"]) == (f"{RULE}[v4,dgram]", "not-run")
    (cause,) = one["causes"]
    assert cause["told"] == "1 case that before.jsonl tried: needs shoes: there are none"
    assert cause["verdict"] == "not tried any more"
    assert gate(spec, "before.jsonl", "--against", "run.jsonl")["exit"] == 0


def test_what_an_earlier_run_tried_and_this_one_does_not_have(spec, ran):
    ran(GOOD, GOOD, GOOD, GOOD, name="before.jsonl")
    ran(GOOD, None, GOOD, GOOD)
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 3
    (cause,) = told["gates"][0]["causes"]
    assert cause["told"] == "1 case that before.jsonl tried: not in this run"
    assert cause["kind"] == cause["verdict"] == "vanished"
    both = ("run.jsonl", "--against", "before.jsonl")
    assert gate(spec, *both, "--rule", "!words[v4,dgram]")["exit"] == 0
    assert gate(spec, *both, "--fail-on", "new,fixed")["exit"] == 0


def test_each_run_of_a_set_has_its_earlier_one(spec, ran):
    for name in ("old/a.jsonl", "old/b.jsonl", "new/a.jsonl"):
        ran(GOOD, GOOD, name=name)
    ran(GOOD, LACKS, name="new/b.jsonl")
    told = gate(spec, "new", "--against", "old")
    assert [each["exit"] for each in told["gates"]] == [0, 1]
    ran(GOOD, name="new/c.jsonl")
    refused = spec.command("gate", "new", "--against", "old")
    assert refused.returncode == 2
    assert "new/c.jsonl: answers to none of the earlier runs" in refused.stderr
