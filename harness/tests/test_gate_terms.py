"""What closes a gate, and with which code, without files or commands."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
import samples

from sockspec.errors import UsageError
from sockspec.judge import gate
from sockspec.judge.catalogue import Place
from sockspec.judge.gate import BOTH, EARLIER, Gate, Problem, Terms
from sockspec.judge.promise import Feature
from sockspec.judge.reading import Fault
from sockspec.spec.choose import Choice
from sockspec.spec.rules import CONFORMS, Case

ID = "demo.subject.plain"
NAMES = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}
ROWS = ("one", "two", "three")
RULE = samples.made(
    id=ID, behaviours=NAMES, conforming=frozenset({"good", "fine"}), cases=[], sources=()
)
RULE.cases.extend(Case(RULE, (("row", row),)) for row in ROWS)
RULES = samples.registry(RULE)
ONE, TWO, THREE = (case.id for case in RULE.cases)


class Shelf:
    """A catalogue of one profile."""

    def __init__(self, profile, chosen=""):
        self.profile, self.chosen = profile, chosen
        self.asked = []

    def judging(self, named):
        return self.chosen or named

    def place(self, name):
        return Place(Path("platforms") / name, "--platforms")

    def load(self, name, rules=None):
        self.asked.append((name, rules))
        if name != self.profile.name:
            raise UsageError("with all that is wrong" if rules else "is not there")
        return self.profile


UNCLEAR = ("", "indeterminate", "arranging failed: bind: EIO")
BROKEN = ("", "harness error", "the agent is gone")
LACKS = ("", "unsupported", "needs shoes: there are none")
VERDICTS = {"good": "conforms", "fine": "conforms"}


def run(*did, path="run.jsonl", **header):
    """A run in which the cases did this; None for a case that it does not have."""
    seen = [
        samples.observed(
            case,
            *((each, VERDICTS.get(each, "new divergence")) if isinstance(each, str) else each),
        )
        for case, each in zip((ONE, TWO, THREE), did, strict=False)
        if each
    ]
    return samples.run(*seen, path=path, **header)


def judged(seen, *entries, profile=None, **terms):
    shelf = Shelf(profile or samples.profile(*entries))
    return gate.judge(seen, RULES, shelf, Terms(**terms) if terms else None)


def told(problems):
    return [(each.case, each.kind) for each in problems]


# -- the code ----------------------------------------------------------------------------------


def problem(verdict="new divergence", kind="new"):
    return Problem(ONE, ID, kind, verdict, "saw bad", ["bad"])


@pytest.mark.parametrize(
    ("counts", "verdicts", "faults", "code"),
    [
        ({}, [], [], 5),
        ({"unsupported": 7}, [], [], 5),
        ({"conforms": 1}, [], [], 0),
        ({"unspecified": 2, "unsupported": 1}, [], [], 0),
        ({"new divergence": 1}, [], [], 0),  # tolerated
        ({"conforms": 1}, ["new divergence"], [], 1),
        ({}, ["fixed", "changed"], [], 1),
        ({"unsupported": 7}, ["missing feature"], [], 1),
        ({"conforms": 1}, ["not tried any more"], [], 1),
        ({"conforms": 1}, ["indeterminate"], [], 3),
        ({"conforms": 1}, ["harness error"], [], 3),
        ({"conforms": 1}, ["vanished"], [], 3),
        ({"conforms": 1}, ["new divergence", "vanished"], [], 3),
        ({"conforms": 1}, [], ["a fault"], 3),
        ({}, [], ["a fault"], 3),
        ({"conforms": 1}, ["new divergence"], ["a fault"], 3),
    ],
)
def test_the_code_of_a_gate(counts, verdicts, faults, code):
    made = Gate("run", "", "here", counts, list(map(problem, verdicts)), faults=faults)
    assert made.exit_code == code
    data = made.as_data()
    assert (data["exit"], data["open"]) == (code, code == 0)


@pytest.mark.parametrize(
    ("codes", "gravest"),
    [([], 0), ([0, 0], 0), ([0, 5], 5), ([5, 1, 0], 1), ([0, 1], 1), ([1, 3, 5], 3)],
)
def test_the_gravest_code_of_several_gates(codes, gravest):
    made = {
        0: Gate("run", "", "here", {"conforms": 1}),
        1: Gate("run", "", "here", {}, [problem()]),
        3: Gate("run", "", "here", {}, faults=["a fault"]),
        5: Gate("run", "", "here", {}),
    }
    assert gate.exit_code(made[code] for code in codes) == gravest


def test_what_to_do_about_a_closed_gate():
    def now(profile="here", counts=(), run="a run.jsonl", **more):
        return Gate(run, "", profile, dict.fromkeys(counts, 1), **more).now

    assert now(counts=["conforms"]) == ""
    assert now(faults=["a fault"]) == "do what each error says"
    repair = "repair what is named first: what is broken or lost says nothing of the sockets"
    assert now(faults=["a fault"], problems=[problem()]) == repair
    assert now(problems=[problem("indeterminate")]) == repair
    assert now() == (
        "choose cases that can run here: `sockspec doctor` says what this machine lacks"
    )
    assert now("", problems=[problem()]) == (
        "fix each cause, or make this run the earlier one where it is meant"
    )
    assert now(problems=[problem()]) == (
        "fix each cause, or record it: `sockspec update 'a run.jsonl' --write` writes the "
        "entries, you say why"
    )


def test_a_problem_and_terms_stay_as_they_are():
    with pytest.raises(AttributeError):
        problem().kind = "fixed"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Terms().by = BOTH


def test_what_a_gate_can_be_closed_for():
    assert (
        *("new", "fixed", "changed", "missing", "indeterminate", "harness-error"),
        *("vanished", "not-run"),
    ) == gate.KINDS
    assert Terms().fail_on == set(gate.KINDS)
    assert gate.JUDGES == ("profile", "earlier", "both")


def test_terms_choose_cases():
    assert Terms().chooses(ONE)
    choice = Choice([ONE, TWO], RULES)
    both = Terms(choice=choice, common=frozenset({TWO, THREE}))
    assert list(map(both.chooses, (ONE, TWO, THREE))) == [False, True, False]
    assert list(map(Terms(choice=choice).chooses, (ONE, THREE))) == [True, False]
    assert list(map(Terms(common=frozenset({ONE})).chooses, (ONE, THREE))) == [True, False]


# -- by the profile ----------------------------------------------------------------------------


def test_a_run_as_its_profile_says_opens_the_gate():
    found = judged(run("good", "bad", LACKS), samples.entry(ID, "bad", case={"row": "two"}))
    assert found.exit_code == 0
    assert (found.run, found.profile) == ("run.jsonl", "here")
    assert found.heading == run("good").heading
    assert found.counts == {"conforms": 1, "known divergence": 1, "unsupported": 1}
    assert list(found.counts) == sorted(found.counts)
    assert found.untried == {LACKS[2]: 1}
    assert found.problems == found.causes == found.faults == found.warnings == []
    assert (found.tolerated, found.since) == ({}, None)
    assert "since" not in found.as_data()


def test_what_is_red_is_a_problem_and_has_a_cause():
    found = judged(run("bad", "good", UNCLEAR))
    assert told(found.problems) == [(ONE, "new"), (THREE, "indeterminate")]
    first, _ = found.problems
    assert first == Problem(ID + "[one]", ID, "new", "new divergence", first.because, ["bad"])
    assert first.because == "saw bad; the rule asks for fine or good"
    assert [each.kind for each in found.causes] == ["indeterminate", "new"]
    assert found.exit_code == 3
    data = found.as_data()
    assert data["problems"][0] == msgspec.to_builtins(first)
    assert [each["kind"] for each in data["causes"]] == ["indeterminate", "new"]
    assert data["counts"] == {"conforms": 1, "indeterminate": 1, "new divergence": 1}


def test_several_behaviours_are_in_order():
    seen = run("ugly")
    both = msgspec.structs.replace(seen.observations[0], behaviours={"ugly": 1, "bad": 1})
    (one,) = judged(samples.run(both)).problems
    assert one.behaviours == ["bad", "ugly"]


@pytest.mark.parametrize(
    ("fail_on", "kinds", "tolerated", "code"),
    [
        (gate.KINDS, ["new", "new", "indeterminate"], {}, 3),
        (["new"], ["new", "new"], {"indeterminate": 1}, 1),
        (["indeterminate"], ["indeterminate"], {"new": 2}, 3),
        (["fixed"], [], {"new": 2, "indeterminate": 1}, 0),
        ([], [], {"new": 2, "indeterminate": 1}, 0),
    ],
)
def test_a_gate_closes_for_what_it_fails_on(fail_on, kinds, tolerated, code):
    found = judged(run("bad", "ugly", UNCLEAR), fail_on=frozenset(fail_on))
    assert [each.kind for each in found.problems] == kinds
    assert sorted(each.kind for each in found.causes) == sorted(kinds)
    assert (found.tolerated, found.exit_code) == (tolerated, code)
    assert found.counts == {"new divergence": 2, "indeterminate": 1}


def test_a_missing_feature_is_one_problem():
    lacking = ("", "unsupported", "needs oob: there is none")
    profile = samples.profile(features=(Feature("oob"),))
    found = judged(run("good", lacking, lacking), profile=profile)
    assert told(found.problems) == [("oob", "missing")]
    assert found.exit_code == 1
    assert found.untried == {lacking[2]: 2}
    assert judged(run("good", lacking)).exit_code == 0  # where nobody promised it


def test_a_gate_is_of_chosen_cases_that_there_are():
    seen = run("bad", "good", "ugly")
    gone = samples.observed("demo.gone.away", "bad", "new divergence")
    seen = dataclasses.replace(seen, observations=[*seen.observations, gone])
    found = judged(seen, choice=Choice([ONE, TWO], RULES))
    assert told(found.problems) == [(ONE, "new")]
    assert found.counts == {"conforms": 1, "new divergence": 1}
    (fault,) = found.faults  # and of what cannot be judged it is said
    assert fault.startswith("run.jsonl: 1 case of rules or parameters")
    assert found.exit_code == 3


def test_what_is_judged_already_is_not_judged_again():
    seen = run("good")
    already = [samples.observed(ONE, "bad", "changed", "as it was judged")]
    found = gate.judge(seen, RULES, Shelf(samples.profile()), None, already)
    assert [(each.kind, each.because) for each in found.problems] == [
        ("changed", "as it was judged")
    ]


def test_another_profile_may_judge():
    other = samples.profile(samples.entry(ID, "bad"), name="other")
    shelf = Shelf(other, "other")
    found = gate.judge(run("bad"), RULES, shelf)
    assert (found.profile, found.exit_code) == ("other", 0)
    assert shelf.asked[0] == ("other", None)


def test_a_profile_that_cannot_be_read_is_read_again_for_all_that_is_wrong():
    with pytest.raises(UsageError, match="with all that is wrong"):
        gate.judge(run("good"), RULES, Shelf(samples.profile(name="other")))


def test_what_is_wrong_with_a_profile_closes_the_gate():
    gone = samples.entry("demo.gone.away", "bad")
    (fault,) = judged(run("good"), gone).faults
    assert fault.startswith("here/demo.toml:3: there is no rule 'demo.gone.away'; ")
    tie = judged(run("bad"), samples.entry(ID, "bad"), samples.entry(ID, "bad"))
    assert "two entries apply equally" in tie.faults[0]  # in the situation of the run
    assert tie.exit_code == 3


def test_what_is_unfinished_closes_it_unless_it_is_a_draft():
    profile = samples.profile(unfinished=(Fault("here/demo.toml", 3, "has no why", "say it"),))
    lacks = "here/demo.toml:3: has no why; say it"
    found = judged(run("good"), profile=profile)
    assert (found.faults, found.warnings, found.exit_code) == ([lacks], [], 3)
    found = judged(run("good"), profile=profile, drafting=True)
    assert (found.faults, found.warnings, found.exit_code) == ([], [lacks], 0)


def test_what_a_profile_says_is_not_there_and_is():
    profile = samples.profile(features=(Feature("-ipv6"),))
    found = judged(run("good"), profile=profile)
    (one,) = found.problems
    why = "ipv6 is there, and here/profile.toml says that it is not"
    assert one == Problem("ipv6", "", "fixed", "fixed", why, [])
    (cause,) = found.causes
    assert (cause.kind, cause.verdict, cause.told, cause.because) == (
        *("fixed", "fixed"),
        *(why, why),
    )
    assert (cause.rule, cause.place) == ("", "")
    assert cause.remedy.startswith('take "-ipv6" out of it')
    assert found.exit_code == 1
    assert judged(run("good"), profile=profile, fail_on=frozenset({"new"})).exit_code == 0


def test_an_entry_that_bars_nothing_any_more():
    bar = samples.cannot(ID, "bind", "EIO", cases=ID)
    found = judged(run("good", "good", "good"), bar)
    assert told(found.problems) == [("bind", "fixed")]
    (cause,) = found.causes
    assert (cause.rule, cause.place) == (ID, "here/demo.toml:3")
    assert judged(run("good", "good", UNCLEAR), bar).exit_code == 0


@pytest.mark.parametrize("fail_on", [gate.KINDS, ()])
def test_a_run_that_is_broken_closes_it_whatever_it_fails_on(fail_on):
    seen = run("good", "good", declared=3)
    found = judged(dataclasses.replace(seen, footer=None), fail_on=frozenset(fail_on))
    assert found.faults == [
        "run.jsonl: the run file has no footer: the run was cut short, 2 of 3 cases are there"
    ]
    assert found.exit_code == 3
    footer = msgspec.structs.replace(seen.footer, errors=["it broke", "twice"])
    found = judged(dataclasses.replace(seen, footer=footer), fail_on=frozenset(fail_on))
    assert (found.faults, found.exit_code) == (["it broke", "twice"], 3)


# -- by an earlier run -------------------------------------------------------------------------


def since(before, now, *entries, **terms):
    return judged(now, *entries, against=run(*before, path="before.jsonl"), **terms)


def test_what_was_tried_has_to_be_tried_again():
    found = since(["good", "good", "good"], run("good", LACKS))
    assert told(found.problems) == [(THREE, "vanished"), (TWO, "not-run")]
    assert [each.kind for each in found.causes] == ["vanished", "not-run"]
    assert [each.of for each in found.causes] == [2, 2]
    assert found.exit_code == 3
    assert found.since.run == "before.jsonl"
    assert [each["case"] for each in found.as_data()["since"]["not-run"]] == [TWO]
    some = Choice([f"!{THREE}"], RULES)
    assert since(["good"] * 3, run("good", LACKS), choice=some).exit_code == 1


def test_what_was_tried_may_be_lost_where_nobody_asks():
    found = since(["good"] * 3, run("good", LACKS), fail_on=frozenset({"new"}))
    assert (found.problems, found.causes, found.exit_code) == ([], [], 0)
    assert found.tolerated == {"vanished": 1, "not-run": 1}
    found = since(["good"] * 3, run("bad", LACKS), fail_on=frozenset({"not-run"}))
    assert told(found.problems) == [(TWO, "not-run")]
    assert found.tolerated == {"new": 1, "vanished": 1}


def test_by_the_profile_what_an_earlier_run_did_is_not_asked():
    found = since(["good"], run("bad"), samples.entry(ID, "bad"))
    assert (found.problems, found.exit_code) == ([], 0)
    assert [each.kind for each in found.since.differences] == ["new"]


def test_by_the_earlier_run_alone():
    found = since(["good", "bad", "bad"], run("bad", "bad", "good"), by=EARLIER)
    assert told(found.problems) == [(ONE, "new"), (THREE, "fixed")]
    assert [each.kind for each in found.causes] == ["new", "fixed"]
    assert (found.profile, found.exit_code) == ("", 1)
    assert found.counts == {"conforms": 1, "diverges": 2}
    assert since(["bad"], run("bad"), by=EARLIER).exit_code == 0
    found = since(["good"], run("bad"), by=EARLIER, fail_on=frozenset({"fixed"}))
    assert (found.problems, found.tolerated, found.exit_code) == ([], {"new": 1}, 0)
    some = Choice([TWO], RULES)
    assert since(["good", "good"], run("bad", "good"), by=EARLIER, choice=some).counts == {
        "conforms": 1
    }


def test_no_earlier_run_excuses_a_harness_error():
    found = since([BROKEN, "good"], run(BROKEN, "good"), by=EARLIER)
    assert told(found.problems) == [(ONE, "harness-error")]
    assert [each.kind for each in found.causes] == ["harness-error"]
    assert found.exit_code == 3
    some = frozenset({"new"})
    assert since([BROKEN], run(BROKEN), by=EARLIER, fail_on=some).problems == []
    # Where there was none it is not told twice.
    found = since(["good"], run(BROKEN), by=EARLIER)
    assert told(found.problems) == [(ONE, "harness-error")]


def test_without_an_earlier_run_the_profile_judges():
    found = judged(run("bad"), by=EARLIER)
    assert (found.profile, found.exit_code, found.since) == ("here", 1, None)


def test_by_both_what_is_red_is_told_once():
    before, now = ["good", "good", "good"], run("bad", "ugly", "fine")
    found = since(before, now, samples.entry(ID, "ugly", case={"row": "two"}), by=BOTH)
    # The first is red by the profile, the second is known and was otherwise.
    assert told(found.problems) == [(ONE, "new"), (THREE, "changed"), (TWO, "new")]
    assert [each.cases for each in found.causes] == [[ONE], [TWO], [THREE]]
    assert (found.profile, found.exit_code) == ("here", 1)


def test_what_is_lost_comes_before_what_was_done():
    found = since(["good", "good"], run("bad", LACKS), by=BOTH)
    assert [each.kind for each in found.causes] == ["not-run", "new"]
    found = since(["good", "good", "good"], run("bad", "ugly", None), by=EARLIER)
    assert [each.kind for each in found.causes] == ["vanished", "new", "new"]


def test_an_earlier_run_that_cannot_be_compared():
    seen = dataclasses.replace(
        run("good", path="before.jsonl"),
        header=samples.header(suite="999.0"),
    )
    found = judged(run("good"), against=seen)
    (fault,) = found.faults
    assert fault.startswith("before.jsonl: sockspec 999.0 wrote it")
    assert found.exit_code == 3
