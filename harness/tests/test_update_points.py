"""What runs saw, as points that a profile can tell apart."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest
import samples

from sockspec.judge.answers import Answers
from sockspec.judge.update.conditions import telling
from sockspec.judge.update.points import conditions, points
from sockspec.spec.rules import CONFORMS, UNSPECIFIED, Case

ID = "demo.subject.plain"
NAMES = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}


def rule(**more):
    made = samples.made(
        id=ID, behaviours=NAMES, conforming=frozenset({"good", "fine"}), cases=[], **more
    )
    made.cases.extend([Case(made, (("row", "one"),)), Case(made, (("row", "two"),))])
    return made


RULE = rule()
CASES = {each.id: each for each in RULE.cases}


def run(one="", two="", **facts):
    known = {"one": one, "two": two}
    seen = [samples.observed(f"{ID}[{n}]", e, "conforms") for n, e in known.items() if e]
    header = {n: facts.pop(n) for n in ("backend", "started", "label") if n in facts}
    return samples.run(*seen, platform={**samples.FACTS, **facts}, **header)


def entry(behaviour="bad", **more):
    return samples.entry(ID, behaviour, **more)


# -- conditions --------------------------------------------------------------------------------


def test_only_what_differs_is_a_condition_beside_the_backend():
    assert conditions([run()]) == [{"when.backend": "stdlib"}]
    assert conditions([run(libc="glibc"), run(libc="musl", backend="c")]) == [
        {"when.backend": "stdlib", "when.libc": "glibc"},
        {"when.backend": "c", "when.libc": "musl"},
    ]


@pytest.mark.parametrize(
    ("name", "one", "two", "told"),
    [
        ("version", "6.1.20-generic", "5.10", ("6.1.20", "5.10")),
        ("version", "rolling", "5.10", ("", "5.10")),
        ("machine", "x86_64", "aarch64", ("x86_64", "aarch64")),
        ("interpreter", "CPython", "PyPy", ("CPython", "PyPy")),
        ("libc", "glibc", None, ("glibc", "")),
        ("privileged", True, False, ("true", "false")),
        ("privileged", None, False, ("", "false")),
    ],
)
def test_the_facts_that_are_conditions(name, one, two, told):
    runs = [run(**{name: one}), run(**{name: two})]
    assert tuple(each[f"when.{name}"] for each in conditions(runs)) == told


def test_settings_are_conditions_whatever_a_run_shows():
    runs = [run(settings={"a": 1, "b": "x"}), run(settings={"b": "x"}), run(settings={"a": 2})]
    assert conditions(runs) == [
        {"when.backend": "stdlib", "when.setting.a": "1", "when.setting.b": "x"},
        {"when.backend": "stdlib", "when.setting.a": "", "when.setting.b": "x"},
        {"when.backend": "stdlib", "when.setting.a": "2", "when.setting.b": ""},
    ]
    facts = {name: value for name, value in samples.FACTS.items() if name != "settings"}
    assert conditions([samples.run(platform=facts)]) == [{"when.backend": "stdlib"}]
    assert conditions([run(system="Linux"), run(system="Other")])[0].keys() == {"when.backend"}


# -- points ------------------------------------------------------------------------------------


def test_a_point_is_what_a_run_saw_of_a_case():
    first, second = points([run("good", "bad", started="2026-11-28T12:00Z")], CASES)
    assert (first.case, second.case) == tuple(RULE.cases)
    assert first.attributes == {"row": "one", "when.backend": "stdlib"}
    assert first.seen == {frozenset({"good"})}
    assert (first.behaviours, second.behaviours) == ({"good"}, {"bad"})
    assert (first.on, first.date) == ({"Linux 6.1 x86_64"}, "2026-11-28")
    assert first.situation.backend == "stdlib"
    assert not first.differs


def test_what_says_nothing_of_its_rule_is_no_point():
    seen = [
        samples.observed(f"{ID}[one]", "good", "harness error"),
        samples.observed(f"{ID}[two]", "", "conforms"),
        samples.observed(f"{ID}[three]", "good", "conforms"),
    ]
    assert points([samples.run(*seen)], CASES) == []
    good = samples.observed(f"{ID}[two]", "good", "conforms")
    assert len(points([samples.run(*seen, good)], CASES)) == 1


def test_runs_alike_are_one_point():
    older, newer = "2026-10-01T00:00Z", "2026-11-01T00:00Z"
    runs = [run("good", started=newer), run("bad", label="Mine", started=older)]
    for some in (runs, runs[::-1]):
        (point,) = points(some, CASES)
        assert point.seen == {frozenset({"good"}), frozenset({"bad"})}
        assert point.behaviours == {"good", "bad"}
        assert point.differs
        assert point.on == {"Linux 6.1 x86_64", "Mine (Linux 6.1 x86_64)"}
        assert point.date == "2026-11-01"
    (point,) = points([run("good"), run("good")], CASES)
    assert not point.differs
    assert point.seen == {frozenset({"good"})}
    assert point.on == {"Linux 6.1 x86_64"}
    assert len(points([run("good"), run("good", libc="musl")], CASES)) == 2
    assert len(points([run("good", "good"), run("good")], CASES)) == 2


def point(*seen, case=RULE.cases[0], **facts):
    (made,) = points([run("good", **facts)], CASES)
    return dataclasses.replace(
        made, case=case, seen=frozenset(frozenset(each.split()) for each in seen)
    )


@pytest.mark.parametrize(
    ("seen", "entries", "wrong"),
    [
        (["good"], [], False),
        (["good fine"], [], False),
        (["bad"], [], True),
        (["good bad"], [], True),
        (["good", "bad"], [], True),
        (["good", "fine"], [], False),
        (["bad"], [entry()], False),
        (["ugly"], [entry()], True),
        (["good"], [entry()], True),
        (["bad"], [entry(["bad", "ugly"])], True),
        (["bad"], [entry(["bad", "ugly"], sometimes=True)], False),
        (["bad", "ugly"], [entry(["bad", "ugly"], sometimes=True)], False),
        (["bad"], [entry(), entry()], True),
        (["bad"], [entry(), entry("ugly", case={"row": "two"})], False),
        (["bad"], [entry(), entry("ugly", case={"row": "one"})], True),
    ],
)
def test_when_an_edit_is_due(seen, entries, wrong):
    assert point(*seen).is_wrong(samples.profile(*entries)) is wrong


def test_a_table_decides_where_nothing_is_promised():
    open_ = rule(level=UNSPECIFIED)
    here = point("bad", case=open_.cases[0])
    date = samples.entry(ID, "bad").evidence.date
    for told, wrong in (({ID: "bad"}, False), ({ID: "ugly"}, True), ({}, False)):
        profile = samples.profile(answers=Answers(1, "Here", date, told))
        assert here.is_wrong(profile) is wrong
    base = samples.profile(entry("ugly"), name="base")
    table = Answers(1, "Here", date, {ID: "bad"})
    assert not here.is_wrong(samples.profile(answers=table, extends=base))
    assert here.is_wrong(samples.profile(extends=base))


def test_the_entry_that_decides():
    below = samples.profile(entry("ugly"), entry("good"), name="base")
    here = point("bad")
    assert here.winner(samples.profile()) is None
    made = samples.profile(entry(case={"row": "two"}), extends=below)
    assert here.winner(made).origin == "base/demo.toml:3"
    assert here.narrowest(made) == []
    assert [each.line for each in here.narrowest(below)] == [3, 4]


# -- the condition that tells runs apart -------------------------------------------------------


def told(*runs, entries=()):
    shown = [(run(**facts), frozenset(did.split())) for did, facts in runs]
    found = telling(shown, samples.profile(*entries))
    return [(msgspec.to_builtins(when), did) for when, did in found]


def test_what_agrees_needs_no_condition():
    assert told(("bad", {"libc": "glibc"}), ("bad", {"libc": "musl"})) == []


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("interpreter", "CPython", "PyPy"),
        ("libc", "glibc", "musl"),
        ("machine", "aarch64", "x86_64"),
    ],
)
def test_a_fact_tells_runs_apart(name, one, two):
    assert told(("good", {name: two}), ("bad", {name: one}), ("bad", {name: one})) == [
        ({name: one}, "bad"),
        ({name: two}, "good"),
    ]
    assert told(("good", {name: one}), ("bad", {name: one})) == []
    assert told(("good bad", {name: one}), ("bad", {name: two})) == []


def test_a_version_is_one_of_two_numbers():
    assert told(("good", {"version": "6.1.9"}), ("bad", {"version": "5.10"})) == [
        ({"version": "==5.10.*"}, "bad"),
        ({"version": "==6.1.*"}, "good"),
    ]
    assert told(("good", {"version": "6.1.9"}), ("bad", {"version": "6.1.8"})) == []
    assert told(("good", {"version": "7"}), ("bad", {"version": "6"}))[1][0] == {
        "version": "==7.*"
    }
    assert told(("good", {"version": "new"}), ("bad", {"version": "old"})) == []


def test_of_three_values_each_has_its_own():
    runs = [("bad", {"libc": "a"}), ("good", {"libc": "b"}), ("ugly", {"libc": "c"})]
    assert told(*runs) == [
        ({"libc": "a"}, "bad"),
        ({"libc": "b"}, "good"),
        ({"libc": "c"}, "ugly"),
    ]


def test_a_setting_tells_what_nothing_else_does():
    assert told(("good", {"settings": {"a": "1"}}), ("bad", {"settings": {}})) == [
        ({"setting": {"a": ""}}, "bad"),
        ({"setting": {"a": "1"}}, "good"),
    ]


def test_the_fewest_values_and_then_the_first_kind():
    runs = (
        ("good", {"version": "6.1", "machine": "x", "settings": {"a": "1"}}),
        ("good", {"version": "6.2", "machine": "y", "settings": {"a": "1"}}),
        ("bad", {"version": "6.3", "machine": "z", "settings": {"a": "2"}}),
    )
    setting = [({"setting": {"a": "1"}}, "good"), ({"setting": {"a": "2"}}, "bad")]
    assert told(*runs) == setting
    both = [
        (did, {**facts, "libc": did, "interpreter": did, "machine": did, "version": "6.1"})
        for did, facts in runs
    ]
    assert [each for each, _ in told(*both)] == [
        {"interpreter": "bad"},
        {"interpreter": "good"},
    ]
    # What a condition of the profile names comes before all.
    assert told(*both, entries=[entry(when={"setting": {"a": "9"}})]) == setting
    named = entry(when={"setting": {"b": "9"}})
    more = [(did, {**f, "settings": {**f["settings"], "b": f"{did}"}}) for did, f in runs]
    assert [each for each, _ in told(*more, entries=[named])] == [
        {"setting": {"b": "bad"}},
        {"setting": {"b": "good"}},
    ]
    assert [each for each, _ in told(*more)] == [{"setting": {"a": n}} for n in "12"]
