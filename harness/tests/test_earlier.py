"""Runs beside earlier ones: which answers to which, and what became of each case."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import msgspec
import pytest
import samples

from sockspec.errors import UsageError
from sockspec.judge import sets, since
from sockspec.judge.causes import SMOKE
from sockspec.judge.since import Difference, Since
from sockspec.spec.rules import CONFORMS, UNSPECIFIED, Case

NAMES = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}


def rule(id, *rows, **more):
    made = samples.made(
        id=id, behaviours=NAMES, conforming=frozenset({"good", "fine"}), cases=[], **more
    )
    made.cases.extend(Case(made, (("row", row),) if row else ()) for row in rows or ("",))
    return made


OTHER_SOURCE = dataclasses.replace(samples.SOURCE, link="https://example.org")
SOURCES = (samples.SOURCE, OTHER_SOURCE)
ROWS = rule("demo.subject.rows", "one", "two", "three", "four", sources=SOURCES)
OPEN = rule("demo.subject.open", level=UNSPECIFIED)
OLD = rule("demo.today.name", aliases=("demo.subject.was",), sources=())
RULES = samples.registry(ROWS, OPEN, OLD)
ONE, TWO, THREE, FOUR = (case.id for case in ROWS.cases)
LACKS = ("", "unsupported", "needs shoes: there are none")
BROKEN = ("", "harness error", "the agent is gone")


def run(did, path="run.jsonl", **header):
    """A run in which cases did this: a behaviour, or what kept them from it."""
    seen = [
        samples.observed(case, *((each, "conforms") if isinstance(each, str) else each))
        for case, each in did.items()
    ]
    return samples.run(*seen, path=path, **header)


# -- sets of run files -------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("b.jsonl", "a.jsonl", "c.jsonl.xz", "notes.txt", "below/d.jsonl", "e/x.toml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["."], ["a.jsonl", "b.jsonl", "below/d.jsonl", "c.jsonl.xz"]),
        (["b.jsonl", "a.jsonl", "b.jsonl"], ["b.jsonl", "a.jsonl"]),
        (["?.jsonl", "below"], ["a.jsonl", "b.jsonl", "below/d.jsonl"]),
        (["**/*.jsonl"], ["a.jsonl", "b.jsonl", "below/d.jsonl"]),
        (["notes.txt", "gone.jsonl"], ["notes.txt", "gone.jsonl"]),
        ([], []),
    ],
)
def test_paths_folders_and_globs_name_run_files(here, patterns, found):
    assert sets.files(patterns) == list(map(Path, found))


def test_a_file_may_be_called_like_a_glob(here):
    (here / "[1].jsonl").touch()
    assert sets.files(["[1].jsonl"]) == [Path("[1].jsonl")]


@pytest.mark.parametrize("pattern", ["e", "*.toml"])
def test_a_folder_or_glob_without_one_is_refused(here, pattern):
    with pytest.raises(UsageError, match="no such run file"):
        sets.files([pattern])


def paired(before, after):
    made = sets.pair(before, after)
    pairs = [(one.path, other.path) for one, other in made.pairs]
    return pairs, [each.path for each in made.before], [each.path for each in made.after]


def named(*paths):
    return [run({}, path) for path in paths]


def test_one_run_answers_to_one_whatever_they_are():
    found = sets.pair(named("x/a.jsonl"), [run({}, "y/b.jsonl", backend="c")])
    assert [(one.path, other.path) for one, other in found.pairs] == [
        ("x/a.jsonl", "y/b.jsonl")
    ]
    assert found.before == found.after == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.before = ()


def test_runs_are_paired_by_the_names_of_their_files():
    assert paired(
        named("old/a.jsonl", "old/b.jsonl.xz", "old/c.jsonl"),
        named("new/b.jsonl", "new/d.jsonl"),
    ) == ([("old/b.jsonl.xz", "new/b.jsonl")], ["old/a.jsonl", "old/c.jsonl"], ["new/d.jsonl"])
    # One against several.
    assert paired(named("old/a.jsonl"), named("new/a.jsonl", "new/b.jsonl")) == (
        [("old/a.jsonl", "new/a.jsonl")],
        [],
        ["new/b.jsonl"],
    )


def test_runs_of_one_name_are_paired_by_their_folders():
    assert paired(
        named("old/a/run.jsonl", "old/b/run.jsonl"),
        named("new/b/run.jsonl", "new/c/run.jsonl"),
    ) == ([("old/b/run.jsonl", "new/b/run.jsonl")], ["old/a/run.jsonl"], ["new/c/run.jsonl"])
    # Where but one of the sets has them of one name, too.
    assert paired(
        named("old/a/run.jsonl", "old/b/run.jsonl"), named("new/b/x.jsonl", "new/a/y.jsonl")
    )[0] == [("old/a/run.jsonl", "new/a/y.jsonl"), ("old/b/run.jsonl", "new/b/x.jsonl")]


@pytest.mark.parametrize("fact", ["profile", "system", "machine", "libc", "interpreter"])
def test_runs_are_paired_by_platform(fact):
    def of(path, value):
        return run({}, path, platform={**samples.FACTS, fact: value})

    assert paired(
        [of("x/1.jsonl", "a"), of("x/2.jsonl", "b")],
        [of("y/3.jsonl", "b"), of("y/4.jsonl", "c")],
    ) == ([("x/2.jsonl", "y/3.jsonl")], ["x/1.jsonl"], ["y/4.jsonl"])


def test_runs_are_paired_by_backend():
    def of(path, backend):
        return run({}, path, backend=backend)

    assert paired(
        [of("x/1.jsonl", "stdlib"), of("x/2.jsonl", "c")],
        [of("y/3.jsonl", "c"), of("y/4.jsonl", "stdlib")],
    )[0] == [("x/1.jsonl", "y/4.jsonl"), ("x/2.jsonl", "y/3.jsonl")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["x/1.jsonl", "x/2.jsonl"], ["y/3.jsonl", "y/4.jsonl"]),  # and alike in platform
        (["x/1.jsonl"], ["y/3.jsonl", "y/4.jsonl"]),
        (["x/1.jsonl", "x/2.jsonl"], ["y/3.jsonl"]),
        ([], ["y/3.jsonl"]),
        (["x/1.jsonl"], []),
        ([], []),
    ],
)
def test_where_none_answers_to_another_they_are_refused(before, after):
    with pytest.raises(UsageError, match="no run of one set answers to one of the other"):
        sets.pair(named(*before), named(*after))


def test_each_run_has_its_earlier_one_or_is_refused():
    before = named("old/a.jsonl", "old/b.jsonl")
    found = sets.counterparts(before, named("new/b.jsonl", "new/a.jsonl"))
    assert {path: old.path for path, old in found.items()} == {
        "new/a.jsonl": "old/a.jsonl",
        "new/b.jsonl": "old/b.jsonl",
    }
    with pytest.raises(UsageError, match="answers to none of the earlier runs") as caught:
        sets.counterparts(before, named("new/b.jsonl", "new/c.jsonl"))
    assert caught.value.file == "new/c.jsonl"


def test_the_cases_that_all_runs_could_try():
    one = run({ONE: "good", TWO: LACKS, THREE: "bad", "demo.subject.was": "good"})
    other = run({ONE: "bad", TWO: "good", OLD.id: "bad", "demo.gone.away": "bad"})
    assert sets.tried(one) == {ONE, THREE, "demo.subject.was"}
    assert sets.common([one, other], RULES) == {ONE, OLD.id}
    assert sets.common([other], RULES) == {ONE, TWO, OLD.id}
    assert sets.common([], RULES) == frozenset()


# -- what became of each case ------------------------------------------------------------------


def compared(before, now, chooses=lambda case: True, **header):
    return since.since(run(before, "old.jsonl"), run(now, **header), RULES, chooses)


def kinds(before, now, **more):
    return {each.case: each.kind for each in compared(before, now, **more).differences}


WAYS = {
    "good": "good",
    "bad": "bad",
    "none": LACKS,
    "broken": BROKEN,
    "unclear": ("", "indeterminate", "arranging failed: bind: EIO"),
    "absent": None,
}
BECAME = {
    ("good", "bad"): "new",
    ("bad", "good"): "fixed",
    **{(way, "bad"): "new" for way in ("none", "broken", "unclear", "absent")},
    **dict.fromkeys(
        itertools.product(("good", "bad"), ("none", "broken", "unclear")), "not-run"
    ),
    ("good", "absent"): "vanished",
    ("bad", "absent"): "vanished",
}


@pytest.mark.parametrize(("was", "is_now"), list(itertools.product(WAYS, WAYS)))
def test_the_kind_of_a_difference(was, is_now):
    before = {ONE: WAYS[was]} if WAYS[was] else {}
    now = {ONE: WAYS[is_now]} if WAYS[is_now] else {}
    wanted = BECAME.get((was, is_now))
    assert kinds(before, now) == ({ONE: wanted} if wanted else {})


def test_another_behaviour_that_is_no_better_and_no_worse():
    assert kinds({ONE: "good", TWO: "bad"}, {ONE: "fine", TWO: "ugly"}) == {
        ONE: "changed",
        TWO: "changed",
    }
    assert kinds({OPEN.id: "good"}, {OPEN.id: "bad"}) == {OPEN.id: "changed"}
    assert kinds({OPEN.id: "good"}, {OPEN.id: LACKS}) == {OPEN.id: "not-run"}
    assert kinds({OPEN.id: LACKS}, {OPEN.id: "bad"}) == {}
    # Of a case that was called otherwise.
    assert kinds({"demo.subject.was": "good"}, {OLD.id: "bad"}) == {OLD.id: "new"}


def test_kinds_in_their_order():
    assert since.KINDS == ("new", "changed", "fixed", "vanished", "not-run")


def test_only_what_is_chosen_is_compared():
    told = kinds({ONE: "good", TWO: "good"}, {}, chooses=lambda case: case == TWO)
    assert told == {TWO: "vanished"}


def test_a_difference_says_what_was_and_what_is():
    found = compared({ONE: "good", TWO: "good", "demo.gone.away[x]": "good"}, {ONE: "bad"})
    new, two = found.of("new"), found.of("vanished")
    why = "saw bad; the rule asks for fine or good"
    assert new == [Difference("new", ONE, ROWS.id, ["good"], ["bad"], "new divergence", why)]
    assert two == [
        Difference(
            *("vanished", "demo.gone.away[x]", "demo.gone.away", ["good"], []),
            *("vanished", "not in the suite any more"),
        ),
        Difference("vanished", TWO, ROWS.id, ["good"], [], "vanished", "not in this run"),
    ]
    (lost,) = compared({ONE: "good"}, {ONE: LACKS}).differences
    assert (lost.verdict, lost.because, lost.after) == ("unsupported", LACKS[2], [])
    for each, field in ((new[0], "kind"), (found, "run")):
        with pytest.raises((AttributeError, dataclasses.FrozenInstanceError)):
            setattr(each, field, "other")


def test_what_is_found_says_of_which_run_and_how_often():
    found = compared(
        {ONE: "good", TWO: "good", THREE: "good", FOUR: "good"},
        {ONE: LACKS, TWO: BROKEN, THREE: BROKEN, FOUR: "bad"},
    )
    assert (found.run, found.started) == ("old.jsonl", samples.header().started)
    reasons = found.reasons("not-run")
    assert list(reasons.items()) == [(BROKEN[2], 2), (LACKS[2], 1)]
    data = found.as_data()
    assert list(data) == ["run", "started", "unlike", *since.KINDS]
    assert data["new"] == msgspec.to_builtins(found.of("new"))
    assert (data["run"], data["unlike"], data["fixed"]) == ("old.jsonl", [], [])


def test_what_else_the_runs_do_not_have_in_common():
    before = dataclasses.replace(run({}, "old.jsonl", label="Mine 1"), footer=None)
    musl = {**samples.FACTS, "libc": "musl"}
    found = since.since(before, run({}, platform=musl), RULES, lambda case: True)
    assert found.unlike == [
        "it was cut short: what it had not reached is compared with nothing",
        "label was Mine 1, is not told",
        "libc was glibc, is musl",
    ]
    found = since.since(run({}), before, RULES, lambda case: True)
    assert found.unlike == ["label was not told, is Mine 1"]


def test_an_earlier_run_that_cannot_be_judged():
    gone = {"demo.gone.away": "good"}
    newer = run(gone, "old.jsonl", suite="999.0")
    found = since.since(newer, run({}), RULES, lambda case: True)
    assert len(found.faults) == 2
    assert all(each.startswith("old.jsonl: ") for each in found.faults)
    assert compared(gone, {}).faults == []


# -- causes ------------------------------------------------------------------------------------


def causes(before, now, of=7):
    seen = run(now, "new run.jsonl")
    found = since.since(run(before, "old.jsonl"), seen, RULES, lambda case: True)
    return since.causes(found, found.differences, seen, RULES, of)


def test_what_is_lost_has_a_cause_for_each_reason_the_most_first():
    lost, did = causes(
        dict.fromkeys((ONE, TWO, THREE, FOUR), "good"), {FOUR: LACKS, ONE: "good"}
    )
    assert did == []
    gone, lacks = lost
    assert gone.told == "2 cases that old.jsonl tried: not in this run"
    assert (gone.kind, gone.verdict, gone.because) == (*("vanished",) * 2, "not in this run")
    assert (sorted(gone.cases), gone.of) == (sorted([TWO, THREE]), 7)
    assert gone.remedy == "run them too, or choose with --rule what is compared"
    assert lacks.told == f"1 case that old.jsonl tried: {LACKS[2]}"
    assert (lacks.kind, lacks.verdict) == ("not-run", "not tried any more")
    assert lacks.remedy.startswith("bring back what is missing, or compare with a run")
    # Of one reason, but lost in two ways.
    lost, _ = causes({ONE: "good", TWO: "good"}, {ONE: ("", "unsupported", "not in this run")})
    assert [each.kind for each in lost] == ["not-run", "vanished"]


def test_what_was_done_has_a_cause_for_each_rule_and_behaviour():
    before = {ONE: "good", TWO: "good", THREE: "bad", OPEN.id: "good", OLD.id: LACKS}
    _, did = causes(
        before, {ONE: "bad", TWO: "bad", THREE: "good", OPEN.id: "bad", OLD.id: "bad"}
    )
    assert [(each.kind, each.rule) for each in did] == [
        ("new", ROWS.id),
        ("new", OLD.id),
        ("changed", OPEN.id),
        ("fixed", ROWS.id),
    ]
    new, other, changed, fixed = did
    assert (new.cases, new.of) == ([ONE, TWO], 3)
    assert new.verdict == "new since old.jsonl"
    assert (new.told, new.level, new.behaviours) == (ROWS.sentence, "must", ["bad"])
    assert new.compared == "old.jsonl did good, this run did bad (is wrong)"
    assert new.because == "saw bad; the rule asks for fine or good"
    meant = "fix it, or keep this run as the earlier one where it is meant"
    assert (new.remedy, changed.remedy) == (meant, meant)
    assert fixed.remedy == "keep this run as the earlier one from now on"
    assert new.commands == [
        f"sockspec diff old.jsonl 'new run.jsonl' --rule '{ONE}'",
        f"sockspec reproduce '{ONE}' 'new run.jsonl'",
    ]
    assert (new.link, other.link) == (samples.SOURCE.link, "")
    assert other.compared == "it was not tried, this run did bad (is wrong)"
    assert fixed.compared == "old.jsonl did bad, this run did good"


def test_of_a_kind_the_most_come_first_then_by_rule_and_case():
    names = ("a", "b", "c")
    some = [rule(f"demo.subject.{name}", "x", "y") for name in names]
    rules = samples.registry(*some)
    before = {f"demo.subject.{name}[{row}]": "good" for name in names for row in "xy"}
    now = dict.fromkeys(before, "bad") | {
        "demo.subject.a[y]": "good",
        "demo.subject.b[x]": "ugly",
    }
    seen = run(now)
    found = since.since(run(before, "old.jsonl"), seen, rules, lambda case: True)
    _, did = since.causes(found, found.differences[::-1], seen, rules, 6)
    assert [(each.rule[-1], each.cases[0][-2]) for each in did] == [
        ("c", "y"),
        ("a", "x"),
        ("b", "x"),
        ("b", "y"),
    ]
    # By the first case of each cause.
    now = {ONE: "bad", FOUR: "ugly", THREE: "ugly", TWO: "bad"}
    _, did = causes(dict.fromkeys(now, "good"), now)
    assert [each.cases for each in did] == [[FOUR, THREE], [ONE, TWO]]
    now = {ONE: "ugly", FOUR: "bad", THREE: "ugly", TWO: "bad"}
    _, did = causes(dict.fromkeys(now, "good"), now)
    assert [each.cases for each in did] == [[FOUR, TWO], [ONE, THREE]]


def test_several_behaviours_are_joined():
    seen = run({ONE: "bad"})
    both = {"bad": 1, "ugly": 2}
    seen.observations[0] = msgspec.structs.replace(seen.observations[0], behaviours=both)
    found = since.since(run({ONE: "good"}, "old.jsonl"), seen, RULES, lambda case: True)
    _, (one,) = since.causes(found, found.differences, seen, RULES, 1)
    assert one.compared == (
        "old.jsonl did good, this run did bad and ugly (is wrong; is worse)"
    )


def test_harness_errors_have_a_cause_for_each_reason():
    other = ("", "harness error", "nonsense")
    seen = run({ONE: BROKEN, TWO: other, THREE: BROKEN})
    first, second = since.broken(seen.observations)
    assert (first.kind, first.verdict) == ("harness-error", "harness error")
    assert (first.told, first.because) == (f"{BROKEN[2]}: 2 cases", BROKEN[2])
    assert (first.cases, first.remedy) == ([ONE, THREE], SMOKE)
    assert (second.told, second.cases) == ("nonsense: 1 case", [TWO])


def test_nothing_is_shared_between_two_findings():
    one, other = Since("a", ""), Since("b", "")
    one.faults.append("a fault")
    assert other.faults == []
