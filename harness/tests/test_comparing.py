"""Runs judged anew, compared and merged, without files or commands."""

from __future__ import annotations

import msgspec
import pytest
import samples

from sockspec import __version__
from sockspec.errors import UsageError
from sockspec.judge import compare
from sockspec.judge.promise import Feature
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import CONFORMS, Case

NAMES = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}
ID = "demo.subject.plain"


def rule(id=ID, *cases, **more):
    made = samples.made(
        id=id, behaviours=NAMES, conforming=frozenset({"good", "fine"}), cases=[], **more
    )
    made.cases.extend(Case(made, tuple(each.items())) for each in cases or ({},))
    return made


def judged_anew(seen, entries=(), known=None, **header):
    run = samples.run(*seen, **header)
    return compare.rejudge(run, samples.registry(known or rule()), samples.profile(*entries))


def as_judged(behaviour="good", verdict="conforms", **changes):
    """What a run says of the case when today's rule and profile are those of the run."""
    seen = samples.observed(ID, behaviour, verdict)
    usual = {"expected": ["fine", "good"], "witness": {behaviour: {"values": {}}}}
    return msgspec.structs.replace(seen, **{**usual, **changes})


# -- one run -----------------------------------------------------------------------------------


def test_what_is_judged_as_it_was_is_the_very_same():
    seen = as_judged()
    (today,) = judged_anew([seen])
    assert today is seen


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.KNOWN},
        {"because": "saw something"},
        {"because": "saw a good thing"},
        {"origin": "here/demo.toml:3"},
        {"expected": ["good"]},
        {"expected": ["bad"]},
        {"unexpected": ["bad"]},
    ],
)
def test_whatever_is_otherwise_today_is_judged_anew(changes):
    (today,) = judged_anew([as_judged(**changes)])
    assert today == as_judged()


def test_what_is_unexpected_or_recorded_today_is_said():
    because = "saw bad; the rule asks for fine or good"
    (today,) = judged_anew([as_judged("bad", "new divergence", because=because)])
    assert today == as_judged("bad", "new divergence", because=because, unexpected=["bad"])
    (today,) = judged_anew([as_judged(expected=["good"])], [samples.entry(ID, "good")])
    assert today == as_judged(expected=["good"], origin="here/demo.toml:3")


def test_an_entry_decides_today():
    seen = as_judged("bad", "new divergence", because="saw bad; the rule asks for good")
    (today,) = judged_anew([seen], [samples.entry(ID, "bad")])
    told = (today.verdict, today.because, today.origin, today.expected, today.unexpected)
    assert told == (
        Verdict.KNOWN,
        "saw bad, as here/demo.toml:3 records",
        "here/demo.toml:3",
        ["bad"],
        [],
    )
    kept = ("case", "rule", "behaviours", "witness", "examples", "calls", "seconds", "test")
    assert all(getattr(today, name) == getattr(seen, name) for name in kept)


def test_names_become_those_of_today():
    known = rule("demo.subject.plain", {"family": "v4"}, aliases=("demo.old.id",))
    known.renamed = {"awful": "bad"}
    seen = samples.observed("demo.old.id[v4]", "awful", "new divergence")
    seen = msgspec.structs.replace(seen, witness={"awful": {"values": {"n": 1}}}, test="t")
    (today,) = judged_anew([seen], known=known)
    assert (today.case, today.rule, today.test) == (f"{ID}[v4]", ID, "t")
    assert today.parameters == {"family": "v4"}
    assert today.behaviours == {"bad": 1}
    assert today.witness == {"bad": {"values": {"n": 1}}}
    # Of the same id, with another name of a behaviour.
    seen = msgspec.structs.replace(seen, case=f"{ID}[v4]", rule=ID)
    (today,) = judged_anew([seen], known=known)
    assert (today.behaviours, today.unexpected) == ({"bad": 1}, ["bad"])
    assert today.parameters == {"family": "v4"}
    # Of another id, with all else as it was.
    seen = samples.observed("demo.old.id[v4]", "good", "conforms")
    (today,) = judged_anew([seen], known=known)
    assert (today.case, today.parameters) == (f"{ID}[v4]", {"family": "v4"})


def test_a_case_that_is_gone_is_left_as_it_was():
    gone = samples.observed("demo.gone.away", "bad", "known divergence")
    assert judged_anew([gone, as_judged()]) == [gone, as_judged()]


def test_only_the_id_is_otherwise():
    known = rule(aliases=("demo.a.id", "demo.z.id"))  # before and behind today's
    for id in known.aliases:
        (today,) = judged_anew([as_judged(case=id, rule=id)], known=known)
        assert today == as_judged()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("id", ["demo.a.id", "demo.z.id"])
def test_of_two_cases_that_are_one_the_one_of_todays_id_stands(turned, id):
    known = rule(aliases=(id, "demo.old.two"))
    old = samples.observed(id, "bad", "new divergence")
    seen = [as_judged(), old]
    (today,) = judged_anew(seen[::-1] if turned else seen, known=known)
    assert today == as_judged()
    older = samples.observed("demo.old.two", "ugly", "new divergence")
    (today,) = judged_anew([old, older], known=known)
    assert today.behaviours == {"bad": 1}  # the first, where none has today's
    run = samples.run(*seen, declared=8)
    again = compare.rejudged(run, samples.registry(known), samples.profile())
    assert (again.header.declared, len(again.observations)) == (7, 1)
    assert (again.path, again.footer, again.complaint) == (run.path, run.footer, "")


def test_what_is_remembered_is_of_the_same_rule_entry_and_sight():
    known = rule(ID, {"row": "one"}, {"row": "two"}, {"row": "three"}, {"row": "four"})
    seen = [
        samples.observed(f"{ID}[one]", "bad", "new divergence"),
        samples.observed(f"{ID}[two]", "bad", "new divergence"),
        samples.observed(f"{ID}[three]", "good", "conforms"),
        samples.observed(f"{ID}[four]", "", "indeterminate", "arranging failed: bind: EIO"),
    ]
    today = judged_anew(seen, [samples.entry(ID, "bad", case={"row": "one"})], known)
    assert [each.verdict for each in today] == [
        Verdict.KNOWN,
        Verdict.NEW,
        Verdict.CONFORMS,
        Verdict.INDETERMINATE,
    ]


def test_a_barrier_is_for_what_could_not_be_arranged():
    bar = samples.cannot("demo.other.rule", "bind", "EIO")
    broken = samples.observed(ID, "", "indeterminate", "arranging failed: bind: EIO")
    (today,) = judged_anew([broken], [bar])
    assert today.verdict is Verdict.UNSUPPORTED
    assert today.because.endswith("; it is so (here/demo.toml:3)")
    # Judged so before, it is told from one that never had that trouble.
    assert judged_anew([today], [bar]) == [today]
    (again,) = judged_anew([today])
    assert (again.verdict, again.because) == (Verdict.INDETERMINATE, broken.because)


PROMISES = (Feature("raw"), Feature("-vsock"), Feature("oob"))


def test_a_promised_feature_that_is_not_there_is_missing():
    profile = samples.profile(features=PROMISES)
    run = samples.run(
        samples.observed(ID, "", "unsupported", "needs raw: no"), disclaimed=["oob", "select"]
    )
    assert compare.promised_features(run, profile) == {"raw"}
    (today,) = compare.rejudge(run, samples.registry(rule()), profile)
    assert today.verdict is Verdict.MISSING


def test_the_situation_of_a_run_is_all_that_conditions_ask_for():
    run = samples.run(backend="mine", stands_in_for="stdlib", features=["raw"])
    here = compare.situation(run)
    assert (here.facts, here.backend) == (run.header.platform, "mine")
    assert (here.features, here.stands_in_for) == ({"raw"}, "stdlib")


def test_a_missing_feature_is_told_once():
    def lacking(case, why):
        return samples.observed(case, "", "missing feature", why)

    plain = samples.observed("a.b.c", "good", "conforms")
    first = msgspec.structs.replace(lacking("a.b.d[x]", "needs raw: no"), test="first")
    told = compare.once(
        [
            first,
            plain,
            lacking("a.b.e", "needs vsock: gone"),
            lacking("a.b.f", "needs raw: later"),
        ]
    )
    assert [(e.case, e.rule, e.parameters, e.because, e.test) for e in told] == [
        ("a.b.c", "a.b.c", {}, "saw good", ""),
        ("raw", "", {}, "2 cases: needs raw: no", "first"),
        ("vsock", "", {}, "1 case: needs vsock: gone", ""),
    ]


def test_what_cannot_be_judged_is_said():
    known = samples.registry(rule())
    assert compare.unjudged(samples.run(as_judged()), known) == []
    newer = samples.run(as_judged(), suite="999.0")
    (told,) = compare.unjudged(newer, known)
    assert told == (
        f"sockspec 999.0 wrote it, this is {__version__}: what it means is not known here; "
        "upgrade, or run again"
    )


@pytest.mark.parametrize(
    ("many", "names"),
    [
        (1, "a.b.0"),
        (5, "a.b.0, a.b.1, a.b.2, a.b.3, a.b.4"),
        (6, "a.b.0, a.b.1, a.b.2, a.b.3, a.b.4 and 1 more"),
        (8, "a.b.0, a.b.1, a.b.2, a.b.3, a.b.4 and 3 more"),
    ],
)
def test_unknown_rules_are_named_up_to_five(many, names):
    ids = [f"a.b.{number}[{value}]" for number in range(many) for value in "xy"]
    run = samples.run(as_judged(), *(samples.observed(e, "bad", "new divergence") for e in ids))
    (told,) = compare.unjudged(run, samples.registry(rule()))
    assert told == (
        f"{2 * many} cases of rules or parameters that this sockspec does not have cannot be "
        f"judged: {names}; run again"
    )


# -- two runs ----------------------------------------------------------------------------------

GOOD = ("conforms", "fixed", "changed")
NEITHER = ("unspecified", "unsupported")
BAD = ("missing feature", "known divergence", "new divergence", "indeterminate")
RANKS = {
    **dict.fromkeys(GOOD, 1),
    **dict.fromkeys(NEITHER, 0),
    **dict.fromkeys((*BAD, "harness error"), -1),
}


@pytest.mark.parametrize("before", [*RANKS, None])
@pytest.mark.parametrize("after", [*RANKS, None])
def test_the_direction_of_a_change(before, after):
    def run(verdict):
        return samples.run(*([samples.observed("a.b.c", "did", verdict)] if verdict else []))

    found = compare.diff(run(before), run(after))
    if before == after:
        assert found == []
        return
    (change,) = found
    step = RANKS.get(after, 0) - RANKS.get(before, 0)
    directions = {0: "lateral", 1: "improved", 2: "improved", -1: "regressed", -2: "regressed"}
    assert change.direction == directions[step]
    assert change.kind == ("added" if not before else "deleted" if not after else "changed")
    assert change.kinds == {change.kind, change.direction}
    assert (change.before, change.after) == (["did"] * bool(before), ["did"] * bool(after))
    assert (change.verdict_before, change.verdict_after) == (before or "", after or "")


def test_changes_are_in_the_order_of_cases_and_say_what_was_seen():
    before = samples.run(
        samples.observed("a.b.d", "good", "conforms"),
        samples.observed("a.b.c", "good", "conforms"),
        samples.observed("a.b.e", "good", "conforms"),
        samples.observed("a.b.f", "fine", "conforms"),
    )
    changed = msgspec.structs.replace(
        samples.observed("a.b.c", "", "conforms"), behaviours={"good": 1, "fine": 3}
    )
    after = samples.run(
        changed,
        samples.observed("a.b.d", "fine", "conforms"),
        samples.observed("a.b.f", "good", "conforms"),
    )
    found = compare.diff(before, after)
    assert [(e.case, e.before, e.after) for e in found] == [
        ("a.b.c", ["good"], ["fine", "good"]),
        ("a.b.d", ["good"], ["fine"]),
        ("a.b.e", ["good"], []),
        ("a.b.f", ["fine"], ["good"]),
    ]


def test_only_cases_that_both_could_try_or_that_were_chosen():
    def run(**verdicts):
        return samples.run(*(samples.observed(f"a.b.{n}", v, v) for n, v in verdicts.items()))

    before = run(c="conforms", d="unsupported", e="conforms", f="conforms")
    after = run(c="fixed", d="conforms", e="missing feature")
    assert [e.case for e in compare.diff(before, after)] == ["a.b.c", "a.b.d", "a.b.e", "a.b.f"]
    assert [e.case for e in compare.diff(before, after, common=True)] == ["a.b.c"]

    class Chosen:
        def has_id(self, case):
            return case in {"a.b.d", "a.b.c"}

    found = compare.diff(before, after, choice=Chosen())
    assert [e.case for e in found] == ["a.b.c", "a.b.d"]
    found = compare.diff(before, after, choice=Chosen(), common=True)
    assert [e.case for e in found] == ["a.b.c"]


def test_a_change_stays_as_it_is():
    (change,) = compare.diff(samples.run(as_judged()), samples.run())
    with pytest.raises(AttributeError):
        change.case = "other"


# -- parts -------------------------------------------------------------------------------------


def part(*seen, path="two.jsonl", **header):
    seen = [samples.observed(case, behaviour, verdict) for case, behaviour, verdict in seen]
    return samples.run(*seen, path=path, **header)


ONE = ("a.b.c", "good", "conforms")


def test_parts_are_one_run():
    first = part(ONE, path="one.jsonl", selection=["a.b.c", "x"])
    merged = compare.merge([first, part(("a.b.d", "bad", "known divergence"), selection=["x"])])
    assert [each.case for each in merged.observations] == ["a.b.c", "a.b.d"]
    assert (merged.path, merged.footer) == ("one.jsonl", first.footer)
    assert merged.header.selection == ["a.b.c", "x"]
    whole = compare.merge([first, part(("a.b.d", "bad", "known divergence"))])
    assert whole.header.selection == []


@pytest.mark.parametrize("verdict", ["harness error", "indeterminate"])
def test_a_part_that_saw_a_case_is_taken(verdict):
    unseen = part(("a.b.c", "", verdict))
    for parts in ([part(ONE), unseen], [unseen, part(ONE)], [unseen, part(ONE), unseen]):
        (only,) = compare.merge(parts).observations
        assert only.verdict is Verdict.CONFORMS


def test_what_a_part_saw_beside_a_case_that_it_did_not_is_there():
    later = part(("a.b.c", "", "indeterminate"), ("a.b.d", "bad", "known divergence"))
    assert len(compare.merge([part(ONE), later]).observations) == 2


def test_the_same_twice_is_the_first():
    again = part(("a.b.c", "good", "fixed"))
    (only,) = compare.merge([part(ONE), again]).observations
    assert only.verdict is Verdict.CONFORMS


def refused(*parts):
    with pytest.raises(UsageError) as caught:
        compare.merge(parts)
    assert caught.value.file == parts[-1].path
    return str(caught.value)


def test_a_case_that_differs_between_parts_is_refused():
    told = refused(part(ONE), part(("a.b.c", "bad", "conforms")))
    assert "a.b.c did bad here and good in an earlier part" in told


def test_a_part_that_is_cut_short_or_newer_is_refused():
    assert "is truncated" in refused(part(ONE), part(cut=True))
    assert "is truncated" in refused(part(ONE, cut=True))
    assert "sockspec 999.0 wrote it" in refused(part(ONE, suite="999.0"))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        *(
            (name, {name: "other"})
            for name in ("suite", "backend", "implementation", "version", "label", "profile")
        ),
        *(
            (name, {"platform": {**samples.FACTS, name: "other"}})
            for name in ("system", "version", "machine", "libc", "interpreter_version")
        ),
    ],
)
def test_parts_of_another_run_are_refused(name, change):
    told = refused(part(ONE, path="one.jsonl"), part(ONE, **change))
    assert f"{name} is 'other', in one.jsonl it is " in told


def test_each_part_is_compared_with_the_first():
    assert "label is 'other'" in refused(part(ONE), part(ONE), part(ONE, label="other"))
    facts = {key: value for key, value in samples.FACTS.items() if key != "libc"}
    assert "libc is None, in one.jsonl it is 'glibc'" in refused(
        part(ONE, path="one.jsonl"), part(ONE, platform=facts)
    )
