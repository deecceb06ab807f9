"""Entries for what cannot be arranged, from the runs that could not."""

from __future__ import annotations

import datetime
import itertools

import msgspec
import pytest
import samples

from sockspec.judge import compare
from sockspec.judge.cannot import Barred
from sockspec.judge.update.barriers import Barriers, barrier, failed
from sockspec.spec.rules import CONFORMS, Case

NAMES = {"good": CONFORMS, "bad": "is wrong"}


def rule(id, count=2):
    made = samples.made(id=id, behaviours=NAMES, conforming=frozenset({"good"}), cases=[])
    made.cases.extend(Case(made, (("row", str(number)),)) for number in range(count))
    return made


ONE, TWO, OWNER = rule("demo.one.plain"), rule("demo.two.plain"), rule("demo.accept.errors")
RULES = samples.registry(ONE, TWO, OWNER)


def stuck(case, call="accept", how="EINVAL", verdict="indeterminate"):
    return samples.observed(case, "", verdict, f"arranging failed: {call}: {how}")


def fine(case, behaviour="good"):
    return samples.observed(case, behaviour, "conforms")


def run(*seen, **header):
    facts = {name: header.pop(name) for name in ("libc", "machine") if name in header}
    return samples.run(*seen, platform={**samples.FACTS, **facts}, **header)


def barriers(*runs, profile=None):
    judged = [compare.rejudge(each, RULES, profile or samples.profile()) for each in runs]
    return Barriers(runs, judged, RULES)


def whens(entries):
    return [msgspec.to_builtins(each.when) for each in entries]


def test_failures_are_grouped_by_call_and_error():
    seen = [
        stuck("demo.one.plain[0]"),
        stuck("demo.one.plain[1]", how="EINVAL: of 2"),
        stuck("demo.two.plain[0]"),
        stuck("demo.two.plain[1]", call="bind"),
        stuck("demo.two.plain[1]", verdict="unsupported"),
        samples.observed("demo.one.plain[0]", "", "indeterminate", "it waits: long"),
    ]
    found = failed(seen)
    assert {how: [each.case for each in some] for how, some in found.items()} == {
        ("accept", "EINVAL"): ["demo.one.plain[0]", "demo.two.plain[0]"],
        ("accept", "EINVAL: of 2"): ["demo.one.plain[1]"],
        ("bind", "EINVAL"): ["demo.two.plain[1]"],
    }


def test_an_entry_says_what_failed_where_and_when():
    seen = [stuck("demo.one.plain[0]"), stuck("demo.one.plain[1]"), stuck("demo.two.plain[0]")]
    runs = [
        run(started="2026-11-03T10:00Z", label="Mine"),
        run(started="2026-11-02T10:00Z"),
        run(started="2026-11-01T10:00Z"),
    ]
    made = barrier(seen, seen, runs, RULES)
    assert (made.rule, made.call, made.error) == ("demo.accept.errors", "accept", "EINVAL")
    assert made.cases == ["demo.one", "demo.two"]
    assert made.evidence.kind == "observed"
    assert made.evidence.on == "Linux 6.1 x86_64, Mine (Linux 6.1 x86_64)"
    assert made.evidence.date == datetime.date(2026, 11, 3)
    assert (made.why, made.sources) == ("", [""])


@pytest.mark.parametrize(("count", "named"), [(8, 8), (9, 0)])
def test_few_subjects_are_named_and_of_many_none(count, named):
    seen = [stuck(f"demo.s{number}.plain") for number in range(count)]
    assert len(barrier(seen, seen, [run()], RULES).cases) == named


def test_the_rule_that_says_what_the_call_does():
    more = samples.registry(ONE, rule("demo.accept.first"), rule("demo.set-flag.other"))
    seen = [stuck("demo.one.plain[0]")]

    def owner(*others, call="accept", rules=more):
        some = [stuck("demo.one.plain[0]", call)]
        return barrier(some, [*some, *others], [run()], rules).rule

    assert owner() == "demo.accept.first"
    saw = samples.observed("demo.accept.second[x]", "EINVAL", "conforms")
    assert owner(saw) == "demo.accept.second"
    assert owner(fine("demo.accept.second[x]")) == "demo.accept.first"
    assert owner(samples.observed("demo.acceptance.of", "EINVAL", "conforms")) == (
        "demo.accept.first"
    )
    assert owner(call="set_flag") == "demo.set-flag.other"
    assert owner(call="fly") == seen[0].rule
    some = [stuck("demo.two.plain[0]", "fly"), stuck("demo.one.plain[0]", "fly")]
    assert barrier(some, some, [run()], more).rule == "demo.two.plain"


def test_what_fails_everywhere_needs_no_condition():
    failing = [stuck(f"demo.one.plain[{n}]") for n in range(2)]
    made = list(barriers(run(*failing), run(*failing, libc="musl")).lacking())
    assert whens(made) == [{}]
    assert made[0].evidence.on == "Linux 6.1 x86_64"


def test_what_fails_here_alone_stands_under_a_condition():
    failing = [stuck(f"demo.one.plain[{n}]") for n in range(2)]
    fair = [fine(f"demo.one.plain[{n}]") for n in range(2)]
    made = list(barriers(run(*failing, libc="musl"), run(*fair)).lacking())
    assert whens(made) == [{"libc": "musl"}]
    # A run that tried only some of the cases says nothing against it.
    made = list(barriers(run(*failing, libc="musl"), run(fair[0])).lacking())
    assert whens(made) == [{}]


def test_two_failures_are_two_entries():
    one = run(stuck("demo.one.plain[0]"), stuck("demo.two.plain[0]", "bind"))
    two = run(stuck("demo.one.plain[1]"), libc="musl")
    made = list(barriers(one, two).lacking())
    assert [(each.call, each.cases) for each in made] == [
        ("accept", ["demo.one"]),
        ("bind", ["demo.two"]),
    ]


def corrected(*runs, **more):
    bar = samples.cannot("demo.accept.errors", "accept", "EINVAL", cases="demo.one", **more)
    profile = samples.profile(bar)
    return bar, barriers(*runs, profile=profile).corrected(profile.barred[0])


FAILS = [stuck(f"demo.one.plain[{n}]") for n in range(2)]
FAIR = [fine(f"demo.one.plain[{n}]") for n in range(2)]


def test_an_entry_that_is_used_stays():
    bar, made = corrected(run(*FAILS))
    assert made == [bar]
    bar, made = corrected(run(FAILS[0], FAIR[1]))
    assert made == [bar]


def test_an_entry_that_nothing_needs_goes():
    assert corrected(run(*FAIR))[1] == []
    assert corrected(run(*FAIR), run(*FAIR, libc="musl"))[1] == []


@pytest.mark.parametrize(
    "more",
    [
        {"seen": FAIR[:1]},  # a case was not tried
        {"cut": True},
        {"when": {"libc": "musl"}},  # of other runs
    ],
)
def test_a_run_that_can_say_nothing_leaves_it(more):
    seen, when = more.pop("seen", FAIR), more.pop("when", {})
    bar, made = corrected(samples.run(*seen, **more), when=when)
    assert made == [bar]


def test_an_entry_is_narrowed_to_where_it_is_used():
    for some in itertools.permutations([run(*FAILS, libc="musl"), run(*FAIR)]):
        _, made = corrected(*some)
        assert whens(made) == [{"libc": "musl"}]
        assert made[0].why == "it is so"
    _, made = corrected(
        run(*FAILS, libc="musl", machine="a"),
        run(*FAIR, machine="a"),
        run(*FAIR, libc="musl", machine="b"),
        when={"machine": ["a", "b"]},
    )
    assert whens(made) == [{"libc": "musl", "machine": "a"}]


def test_what_bars_is_told_by_its_place():
    bar = samples.cannot("demo.accept.errors", "accept", "EINVAL")
    (placed,) = samples.profile(bar).barred
    assert isinstance(placed, Barred)
    assert placed.origin == "here/demo.toml:3"
