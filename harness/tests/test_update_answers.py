"""The tables of a platform's answers and of its grid, made from runs."""

from __future__ import annotations

import datetime
import itertools
import tomllib

import msgspec
import pytest
import samples

from sockspec.judge.answers import Answers, Under
from sockspec.judge.entry import When
from sockspec.judge.grid import Grid, Place
from sockspec.judge.update.answers import answers, cells, text
from sockspec.spec.rules import CONFORMS, UNSPECIFIED, Case

ID = "demo.subject.open"
NAMES = {"good": "does", "bad": "does not", "ugly": "does neither"}
DATE = datetime.date(2026, 11, 28)


def rule(id, *cases, level=UNSPECIFIED, **more):
    made = samples.made(
        id=id, level=level, behaviours=NAMES, conforming=frozenset(), cases=[], **more
    )
    made.cases.extend(Case(made, tuple(each.items())) for each in cases or ({},))
    return made


OPEN = rule(ID, *({"row": each} for each in ("one", "two", "three")))
FIRM = samples.made(
    id="demo.subject.firm", behaviours={"good": CONFORMS}, conforming=frozenset({"good"})
)
AT = {"type": "stream", "family": "v4", "state": "fresh"}
CELL = rule("grid.call.recv", AT | {"call": "recv"}, AT | {"call": "send"})
RULES = samples.registry(OPEN, FIRM, CELL)


def run(one="", two="", three="", *, recv="", send="", **header):
    facts = {name: header.pop(name) for name in ("libc", "machine") if name in header}
    told = {
        "demo.gone.away": "bad",
        "demo.subject.firm": "good",
        f"{ID}[one]": one,
        f"{ID}[two]": two,
        f"{ID}[three]": three,
        CELL.cases[0].id: recv,
        CELL.cases[1].id: send,
    }
    seen = [
        msgspec.structs.replace(
            samples.observed(case, "", header.pop(case, "unspecified")),
            behaviours=dict.fromkeys(behaviour.split(), 1),
        )
        for case, behaviour in told.items()
        if behaviour
    ]
    return samples.run(*seen, platform={**samples.FACTS, **facts}, **header)


def table(*runs, profile=None, rules=RULES):
    return answers(profile or samples.profile(), runs, rules)


def told(*runs, **more):
    made = table(*runs, **more)
    return made and (made.any, made.backend)


# -- one platform ------------------------------------------------------------------------------


def test_without_an_answer_there_is_no_table():
    assert table(run()) is None
    assert table(run(recv="bad")) is None
    assert cells(samples.profile(), [run("good")], RULES) is None


@pytest.mark.parametrize(
    ("did", "short"),
    [
        (("good", "good", "good"), "good"),
        (("good", "bad", "good"), {"two": "bad", "*": "good"}),
        (("good", "bad", "bad"), {"one": "good", "*": "bad"}),
        (("good", "bad", "ugly"), {"two": "bad", "three": "ugly", "*": "good"}),
        # Of a case that nothing is known of nobody may read an answer.
        (("good", "good", ""), {"one": "good", "two": "good"}),
        (("good", "", ""), {"one": "good"}),
    ],
)
def test_a_table_is_as_short_as_it_can_be(did, short):
    assert told(run(*did)) == ({ID: short}, {})


def test_a_table_says_who_did_it_and_when():
    runs = [run("good", started="2026-11-27T08:00Z", label="Mine"), run("good")]
    for some in itertools.permutations(runs):
        made = table(*some)
        assert (made.version, made.on, made.date) == (1, "Linux 6.1 x86_64", DATE)


@pytest.mark.parametrize(
    "verdict", ["unsupported", "missing feature", "indeterminate", "harness error"]
)
def test_what_could_not_be_judged_is_no_answer(verdict):
    assert told(run("good", **{f"{ID}[one]": verdict})) is None
    seen = run("good", "bad", **{f"{ID}[one]": verdict})
    assert told(seen) == ({ID: {"two": "bad"}}, {})


def test_behaviours_get_the_names_of_today():
    known = rule(ID, {"row": "one"}, aliases=("demo.old.id",), renamed={"fine": "good"})
    old = samples.run(samples.observed("demo.old.id[one]", "fine", "unspecified"))
    assert told(old, rules=samples.registry(known)) == ({ID: "good"}, {})


# -- runs that do not agree --------------------------------------------------------------------


def test_each_backend_has_what_its_own_runs_agree_on():
    runs = run("good", "good", "good"), run("bad", "good", "bad ugly", backend="c")
    assert told(*runs) == (
        {ID: {"two": "good"}},
        {"c": {ID: {"one": "bad"}}, "stdlib": {ID: {"one": "good", "three": "good"}}},
    )


def test_a_race_is_in_no_table():
    assert told(run("good bad")) is None
    assert told(run("good"), run("bad")) is None
    assert told(run("good", "good"), run("bad", "good")) == ({ID: {"two": "good"}}, {})


def test_a_condition_tells_runs_of_a_backend_apart():
    made = table(run("good", "good"), run("bad", "good", libc="musl"))
    assert made.any == {ID: {"two": "good"}}
    assert made.under == [
        Under(When(libc="glibc"), {ID: {"one": "good"}}),
        Under(When(libc="musl"), {ID: {"one": "bad"}}),
    ]


def test_a_condition_of_one_of_several_backends_names_it():
    runs = [run("good"), run("bad", libc="musl"), run("ugly", backend="c")]
    made = table(*runs)
    assert [(each.when, each.any) for each in made.under] == [
        (When(libc="glibc", backend="stdlib"), {ID: {"one": "good"}}),
        (When(libc="musl", backend="stdlib"), {ID: {"one": "bad"}}),
    ]
    assert made.backend == {"c": {ID: {"one": "ugly"}}}


def test_cells_of_the_grid_have_conditions_too():
    runs = [run(recv="good"), run(recv="bad", libc="musl")]
    made = table(*runs)
    assert (made.any, len(made.under)) == ({}, 2)
    assert cells(samples.profile(), runs, RULES) is None
    profile = samples.profile(answers=made)
    assert cells(profile, [*runs, run(recv="ugly", libc="bionic")], RULES) is not None
    assert cells(profile, runs, RULES) is None


def test_what_is_firm_has_no_condition():
    made = [
        samples.run(
            samples.observed("demo.subject.firm", did, "conforms"),
            samples.observed(f"{ID}[one]", "good", "unspecified"),
            platform={**samples.FACTS, "libc": libc},
        )
        for did, libc in (("good", "glibc"), ("EINVAL", "musl"))
    ]
    assert table(*made).under == []


# -- a table that is there ---------------------------------------------------------------------


def kept(any, backend=None, under=(), **more):
    there = Answers(1, "Here 5.10", DATE, any, backend or {}, list(under))
    return samples.profile(answers=there, **more)


def test_a_table_that_says_the_same_stays():
    profile = kept({ID: "good"})
    assert table(run("good", "good", "good"), profile=profile) is profile.answers
    assert table(run("good"), profile=profile) is profile.answers
    assert table(run("bad"), profile=profile) is not profile.answers
    assert table(run(), profile=profile) is profile.answers


def test_of_what_no_run_shows_the_table_keeps_what_it_says():
    profile = kept({ID: {"one": "bad", "three": "ugly"}}, {"c": {ID: {"two": "bad"}}})
    assert told(run("good"), profile=profile) == (
        {ID: {"one": "good", "three": "ugly"}},
        {"c": {ID: {"two": "bad"}}},
    )
    assert told(run("", "good", ""), profile=profile) == (
        {ID: {"two": "good", "three": "ugly", "*": "bad"}},
        {},
    )


def test_a_backend_that_differs_changes_the_table():
    profile = kept({ID: {"one": "good"}})
    made = table(run("good"), run("bad", backend="c"), profile=profile)
    assert made.backend == {"c": {ID: {"one": "bad"}}, "stdlib": {ID: {"one": "good"}}}
    profile = kept({ID: {"two": "good"}}, made.backend)
    again = table(run("good"), run("bad", backend="c"), profile=profile)
    assert again is profile.answers


UNDER = (
    Under(When(libc="glibc"), {ID: {"one": "good"}}),
    Under(When(libc="musl"), {ID: {"one": "bad"}}),
)


def test_a_condition_that_holds_stays():
    profile = kept({}, under=UNDER)
    assert table(run("good"), profile=profile) is profile.answers
    assert table(run("bad", libc="musl"), profile=profile) is profile.answers
    assert table(run("", "good"), profile=profile).under == list(UNDER)
    assert table(run("good", "good"), profile=profile).any == {ID: {"two": "good"}}


def test_a_condition_of_which_a_run_shows_otherwise_is_told_anew():
    profile = kept({}, under=UNDER)
    made = table(run("ugly"), profile=profile)
    assert [(e.when, e.any[ID]["one"]) for e in made.under] == [
        (When(libc="glibc"), "ugly"),
        (When(libc="musl"), "bad"),
    ]
    runs = [run("good"), run("bad", machine="s390x")]
    made = table(*runs, profile=profile)
    assert [(e.when, e.any[ID]["one"]) for e in made.under] == [
        (When(machine="s390x"), "bad"),
        (When(machine="x86_64"), "good"),
    ]


def test_a_run_that_no_condition_is_of_goes_into_the_table():
    profile = kept({}, under=UNDER)
    made = table(run("ugly", libc="bionic"), profile=profile)
    assert made.any == {ID: {"one": "ugly"}}
    assert made.under == list(UNDER)
    made = table(run("ugly", libc="bionic"), run("good", libc="musl"), profile=profile)
    assert [each.any[ID]["one"] for each in made.under] == ["good", "good"]


# -- entries beside the table ------------------------------------------------------------------


def entry(behaviour, **more):
    return samples.entry(ID, behaviour, **more)


def test_what_an_entry_decides_is_left_to_it():
    profile = samples.profile(entry("bad", case={"row": "one"}))
    assert told(run("bad", "good"), profile=profile) == ({ID: {"two": "good"}}, {})
    assert told(run("ugly"), profile=profile) is None


def test_what_an_inherited_entry_has_right_is_left_to_it():
    below = samples.profile(entry(["bad", "ugly"], sometimes=True), name="base")
    profile = samples.profile(extends=below)
    assert told(run("bad", "good", "ugly"), profile=profile) == ({ID: {"two": "good"}}, {})
    assert told(run("bad ugly"), profile=profile) is None
    middle = samples.profile(entry("good"), name="middle", extends=below)
    assert told(run("good"), profile=samples.profile(extends=middle)) is None
    assert told(run("bad"), profile=samples.profile(extends=middle)) is not None
    # One run of several shows otherwise: the table has what each backend does.
    made = told(run("bad"), run("good", backend="c"), profile=profile)
    assert made == ({}, {"c": {ID: {"one": "good"}}, "stdlib": {ID: {"one": "bad"}}})


# -- the grid ----------------------------------------------------------------------------------

RECV, SEND = (Place("stream", "v4", call, "fresh") for call in ("recv", "send"))


def grid(*runs, profile=None):
    return cells(profile or samples.profile(), runs, RULES)


def test_the_grid_has_what_runs_agree_on():
    made = grid(run("good", recv="bad", send="good"), run(recv="bad", send="ugly", backend="c"))
    assert made.any == {RECV: "bad"}
    assert made.backend == {"stdlib": {SEND: "good"}, "c": {SEND: "ugly"}}
    assert (made.on, made.date) == ("Linux 6.1 x86_64", "2026-11-28")
    newer = run(recv="bad", started="2026-11-29T08:00Z", label="Mine")
    assert grid(newer, run(recv="bad")).date == "2026-11-29"


def test_a_grid_that_says_the_same_stays_and_keeps_what_no_run_shows():
    profile = samples.profile(grid=Grid("", "", {RECV: "bad"}, {"c": {SEND: "ugly"}}))
    assert grid(run(recv="bad"), profile=profile) is profile.grid
    made = grid(run(recv="good"), profile=profile)
    assert (made.any, made.backend) == ({RECV: "good"}, {"c": {SEND: "ugly"}})
    made = grid(run(send="good"), profile=profile)
    assert (made.any, made.backend) == ({RECV: "bad", SEND: "good"}, {})


# -- the file ----------------------------------------------------------------------------------


def test_a_table_is_written_as_it_is_read():
    made = Answers(1, "Here 6.1", DATE, {ID: "good"}, {"c": {ID: {"one": "bad"}}}, [*UNDER])
    written = text(made)
    assert written.startswith("#")
    assert msgspec.convert(tomllib.loads(written), Answers) == made
    plain = Answers(1, "Here 6.1", DATE, {ID: "good"})
    assert text(plain) == (
        "# Made by `sockspec update`; do not edit.\n"
        'version = 1\non = "Here 6.1"\ndate = 2026-11-28\n\n'
        '[any]\n"demo.subject.open" = "good"\n'
    )
