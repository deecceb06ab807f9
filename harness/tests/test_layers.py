"""What profiles record, layer by layer, made without files."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import msgspec
import pytest
import samples

from sockspec import locate
from sockspec.judge import answers, profiles
from sockspec.judge.answers import Answers, Under
from sockspec.judge.entry import Situation, When
from sockspec.judge.grid import Grid, Place
from sockspec.judge.promise import Feature
from sockspec.judge.reading import Fault
from sockspec.judge.verdict import Barrier
from sockspec.spec.rules import CONFORMS, UNSPECIFIED, Case

ID = "demo.subject.plain"
NAMES = {"good": CONFORMS, "bad": "is wrong", "ugly": "is worse"}
HERE = Situation(samples.FACTS, "stdlib", frozenset({"ipv6"}))
MUSL = Situation({**samples.FACTS, "libc": "musl"}, "stdlib")
MINE = Situation(samples.FACTS, "mine", frozenset(), "stdlib")


def rule(id=ID, *cases, **more):
    made = samples.made(
        id=id,
        behaviours={**NAMES, **more.pop("behaviours", {})},
        conforming=frozenset({"good"}),
        cases=[],
        **more,
    )
    made.cases.extend(Case(made, tuple(each.items())) for each in cases or ({},))
    return made


RULE = rule(ID, {"row": "one", "column": "a"}, {"row": "two", "column": "a"})
ONE, TWO = RULE.cases


def entry(behaviour="bad", **more):
    return samples.entry(more.pop("rule", ID), behaviour, **more)


def layered(*layers, **more):
    """A profile of these lists of entries, the nearest first: `top`, `middle`, `base`."""
    below = None
    for name, entries in list(zip(("top", "middle", "base"), layers, strict=False))[::-1]:
        given = more.pop(name, {})
        below = samples.profile(*entries, name=name, extends=below, **given)
    return below


def behaviours(profile, case=ONE, situation=HERE):
    return profile.expectation(case, situation).behaviours


# -- which entry wins --------------------------------------------------------------------------


def test_a_profile_has_its_layers_nearest_first():
    made = layered([], [], [])
    assert [each.name for each in made.layers()] == ["top", "middle", "base"]


def test_nothing_is_recorded_where_no_layer_says_anything():
    made = layered([], [entry(rule="demo.other.rule")])
    assert made.expectation(ONE, HERE) == profiles.Expectation()
    assert made.candidates(ONE, HERE) == []
    assert made.is_silent(ONE)


def test_the_nearer_layer_wins_and_all_are_candidates():
    made = layered([], [entry("ugly")], [entry("bad")])
    expected = made.expectation(ONE, HERE)
    assert (expected.behaviours, expected.origin) == ({"ugly"}, "middle/demo.toml:3")
    assert [each.profile for each in made.candidates(ONE, HERE)] == ["middle", "base"]
    assert not made.is_silent(ONE)


def test_several_behaviours_and_their_names_of_today():
    known = rule(behaviours={"worse": "is worse still"}, renamed={"awful": "worse"})
    made = layered([entry(["awful", "bad"], sometimes=True, because="a race")])
    expected = made.expectation(known.cases[0], HERE)
    assert (expected.behaviours, expected.sometimes) == ({"worse", "bad"}, True)
    assert not layered([entry()]).expectation(ONE, HERE).sometimes


def test_an_entry_of_an_earlier_id_counts():
    known = rule(aliases=("demo.old.id", "demo.older.id"))
    (case,) = known.cases
    for id in known.aliases:
        made = layered([entry(rule=id)])
        assert behaviours(made, case) == {"bad"}
        assert not made.is_silent(case)
        assert behaviours(made, ONE) == set()


def test_the_narrower_entry_of_a_layer_wins_wherever_it_stands():
    narrow = entry("ugly", case={"row": "one"})
    for some in ([entry(), narrow], [narrow, entry()]):
        made = layered(some)
        assert behaviours(made) == {"ugly"}
        assert behaviours(made, TWO) == {"bad"}
        assert [each.entry.behaviour for each in made.candidates(ONE, HERE)] == ["ugly", "bad"]


def test_conditions_count_as_parameters_do():
    made = layered(
        [
            entry("good", case={"row": "one"}),
            entry("ugly", case={"row": "one", "column": "a"}),
            entry("bad", case={"row": "one"}, when={"libc": "glibc", "machine": "x86_64"}),
        ]
    )
    assert behaviours(made) == {"bad"}
    assert behaviours(made, situation=MUSL) == {"ugly"}


def test_what_a_backend_does_itself_comes_first():
    below = entry("bad", when={"backend": "stdlib"})
    made = layered([entry("ugly", case={"row": "one", "column": "a"})], [below])
    assert behaviours(made) == {"bad"}
    other = Situation(samples.FACTS, "c")
    assert behaviours(made, situation=other) == {"ugly"}
    assert [each.profile for each in made.candidates(ONE, HERE)] == ["middle", "top"]
    wide = entry("ugly", case={"row": "one", "column": "a"})
    assert behaviours(layered([wide, below])) == {"bad"}
    assert behaviours(layered([below, wide])) == {"bad"}


def test_what_is_said_by_name_comes_before_what_is_shared():
    shared = entry("bad", when={"backend": "stdlib"}, case={"row": "one"})
    named = entry("ugly", when={"backend": "mine"})
    for some in ([shared, named], [named, shared]):
        made = layered(some)
        assert behaviours(made, situation=MINE) == {"ugly"}
        assert behaviours(made, situation=HERE) == {"bad"}
        assert list(made.ties(ONE, MINE)) == []


def test_answers_are_remembered_of_each_situation():
    made = layered([entry(when={"libc": "musl"})])
    told = [bool(behaviours(made, situation=each)) for each in (HERE, MUSL, HERE, MUSL)]
    assert told == [False, True, False, True]
    assert made.candidates(ONE, HERE) == []
    assert len(made.candidates(ONE, MUSL)) == 1


# -- ties --------------------------------------------------------------------------------------


def test_two_entries_with_equal_right_tie():
    made = layered([entry("bad"), entry("ugly")], [entry("good")])
    (fault,) = made.ties(ONE, HERE)
    assert fault == Fault(
        "top/demo.toml",
        3,
        f"{ONE.id}: two entries apply equally, here and at top/demo.toml:4",
        "narrow one of them with a case parameter or a condition",
    )
    assert [each.line for each in made.narrowest(ONE, HERE)] == [3, 4]
    assert made.may_tie(RULE, HERE)


def test_a_tie_of_a_layer_below_is_one_too():
    made = layered([], [entry("bad"), entry("ugly"), entry("good", case={"row": "one"})])
    assert list(made.ties(ONE, HERE)) == []
    assert len(list(made.ties(TWO, HERE))) == 1
    assert made.narrowest(TWO, HERE) == []  # none of this layer
    assert made.may_tie(RULE, HERE)


def test_a_tie_is_told_at_the_place_of_the_first():
    one, two = samples.profile(entry("bad"), entry("ugly")).entries
    made = samples.profile()
    made = dataclasses.replace(made, entries=(one, dataclasses.replace(two, file="odd.toml")))
    (fault,) = made.ties(ONE, HERE)
    assert (fault.file, fault.line) == ("here/demo.toml", 3)
    assert fault.message.endswith("here and at odd.toml:4")


def test_where_nothing_applies_nothing_ties():
    made = layered([entry(case={"row": "one"}), entry(rule="a.b.c")])
    assert list(made.ties(TWO, HERE)) == []
    assert not layered([BAR]).may_tie(RULE, HERE)


def test_a_profile_stays_as_it_is():
    with pytest.raises(dataclasses.FrozenInstanceError):
        samples.profile().title = "Other"


def test_one_entry_in_each_layer_cannot_tie():
    made = layered([entry("bad")], [entry("bad")])
    assert not made.may_tie(RULE, HERE)
    assert list(made.ties(ONE, HERE)) == []
    assert [each.profile for each in made.applying(ONE, HERE)] == ["top"]


def test_the_entries_of_this_layer_that_apply():
    made = layered([entry(case={"row": "one"}), entry("ugly")], [entry("good")])
    assert [each.line for each in made.applying(ONE, HERE)] == [3, 4]
    assert [each.line for each in made.applying(TWO, HERE)] == [4]
    assert [each.line for each in made.narrowest(ONE, HERE)] == [3]


# -- what cannot be arranged -------------------------------------------------------------------

BAR = samples.cannot("demo.other.rule", "bind", ["EIO", "EACCES"], cases=ID)


def test_what_bars_a_case_is_expected_with_it():
    made = layered([entry("bad")], [BAR])
    expected = made.expectation(ONE, HERE)
    assert expected.behaviours == {"bad"}
    assert expected.barriers == tuple(
        Barrier("bind", how, "it is so", "middle/demo.toml:3") for how in ("EIO", "EACCES")
    )
    assert made.expectation(ONE, HERE, arranged=True).barriers == ()
    assert made.expectation(ONE, HERE, arranged=True).behaviours == {"bad"}


def test_what_bars_other_cases_or_situations_is_not():
    elsewhere = samples.cannot("a.b.c", "bind", "EIO", cases=ID, when={"libc": "musl"})
    some = samples.cannot("a.b.c", "bind", "EIO", cases=f"{ID}[one,a]")
    made = layered([elsewhere, some])
    assert len(made.expectation(ONE, HERE).barriers) == 1
    assert made.expectation(TWO, HERE).barriers == ()
    assert len(made.expectation(TWO, MUSL).barriers) == 1
    assert len(made.expectation(ONE, MUSL).barriers) == 2
    other = rule("demo.other.thing")
    assert made.is_silent(other.cases[0])
    assert not made.is_silent(ONE)
    assert made.expectation(other.cases[0], HERE) == profiles.Expectation()


# -- tables ------------------------------------------------------------------------------------

OPEN = rule("demo.subject.open", {"row": "one"}, {"row": "two"}, level=UNSPECIFIED)
CELL = rule(
    "grid.call.recv",
    {"family": "v4", "type": "stream", "state": "fresh", "call": "recv"},
    level=UNSPECIFIED,
)
DATE = datetime.date(2026, 11, 1)


def table(told=None, **more):
    return Answers(1, "Here 6.1", DATE, {OPEN.id: "good"} if told is None else told, **more)


def test_a_table_answers_where_nothing_is_promised():
    made = samples.profile(answers=table({OPEN.id: {"one": "good"}, ID: "good"}))
    expected = made.expectation(OPEN.cases[0], HERE)
    assert (expected.behaviours, expected.origin) == ({"good"}, "here/answers.toml")
    assert made.answer(OPEN.cases[0], HERE) == expected
    assert made.answer(OPEN.cases[0], HERE) is made.answer(OPEN.cases[0], HERE)
    assert made.expectation(OPEN.cases[1], HERE) == profiles.Expectation()
    assert made.expectation(ONE, HERE) == profiles.Expectation()  # its rule asks for something
    assert made.table(OPEN.cases[0]) is made.answers


def test_a_table_comes_after_its_own_entries_and_before_those_below():
    own = entry("bad", rule=OPEN.id, case={"row": "one"})
    below = samples.profile(entry("ugly", rule=OPEN.id), name="base")
    made = samples.profile(own, answers=table(), extends=below)
    assert behaviours(made, OPEN.cases[0]) == {"bad"}
    assert made.answer(OPEN.cases[0], HERE) == profiles.Expectation()
    assert behaviours(made, OPEN.cases[1]) == {"good"}
    # Of a layer below it is not asked.
    upper = samples.profile(name="upper", extends=made)
    assert behaviours(upper, OPEN.cases[1]) == {"ugly"}
    assert upper.table(OPEN.cases[1]) is None


def test_a_table_knows_backends_and_conditions():
    under = [Under(When(libc="musl"), {OPEN.id: {"one": "ugly"}})]
    made = samples.profile(answers=table(backend={"mine": {OPEN.id: "bad"}}, under=under))
    first, second = OPEN.cases
    assert behaviours(made, first) == {"good"}
    assert behaviours(made, first, MINE) == {"bad"}
    assert behaviours(made, first, MUSL) == {"ugly"}
    assert behaviours(made, second, MUSL) == {"good"}


def test_the_grid_is_the_table_of_its_cells():
    (cell,) = CELL.cases
    cells = {Place("stream", "v4", "recv", "fresh"): "bad"}
    made = samples.profile(grid=Grid("Here", "", cells), answers=table())
    expected = made.expectation(cell, HERE)
    assert (expected.behaviours, expected.origin) == ({"bad"}, "here/grid.txt")
    assert made.table(cell) is made.grid
    assert made.table(OPEN.cases[0]) is made.answers
    assert behaviours(made, OPEN.cases[0]) == {"good"}
    # What an answer says under a condition is of cells, too.
    under = [Under(When(libc="musl"), {CELL.id: "ugly"})]
    made = dataclasses.replace(made, answers=table(under=under))
    told = made.expectation(cell, MUSL)
    assert (told.behaviours, told.origin) == ({"ugly"}, "here/answers.toml")
    assert behaviours(made, cell) == {"bad"}
    made = samples.profile(answers=table(under=under))  # and no grid at all
    assert behaviours(made, cell, MUSL) == {"ugly"}
    assert made.expectation(cell, HERE) == profiles.Expectation()


def test_a_table_breaks_the_silence_of_what_is_open():
    made = samples.profile(answers=table({}))
    assert not made.is_silent(OPEN.cases[0])
    assert made.is_silent(ONE)
    assert samples.profile().is_silent(OPEN.cases[0])
    assert not samples.profile(entry(rule=OPEN.id)).is_silent(OPEN.cases[0])


def test_barriers_stand_beside_what_a_table_says():
    bar = samples.cannot("a.b.c", "bind", "EIO", cases=OPEN.id)
    expected = samples.profile(bar, answers=table()).expectation(OPEN.cases[0], HERE)
    assert (expected.behaviours, len(expected.barriers)) == ({"good"}, 1)


# -- what else a profile says of itself --------------------------------------------------------


def test_an_entry_is_found_by_its_place():
    made = layered([entry("bad")], [entry("ugly"), entry("good")])
    assert made.at("middle/demo.toml:4").entry.behaviour == "good"
    assert made.at("top/demo.toml:3").entry.behaviour == "bad"
    assert made.at("top/demo.toml:4") is None


def test_drafts_are_those_of_all_layers():
    mine, below = Fault("a", 1, "no why", "say"), Fault("b", 2, "no source", "link")
    made = layered([], [], top={"unfinished": (mine,)}, middle={"unfinished": (below,)})
    assert made.drafts == [mine, below]


def test_where_a_profile_stands_says_whether_it_is_installed(monkeypatch):
    monkeypatch.setattr(locate, "is_installed", lambda path: path == Path("platforms/here"))
    assert samples.profile().is_installed
    assert not samples.profile(name="other").is_installed


@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize(
    ("when", "asks"),
    [
        ({"capability": "raw"}, True),
        ({"privileged": False}, True),
        ({"libc": "musl"}, False),
        ({}, False),
    ],
)
def test_whether_features_have_to_be_known(when, asks, below):
    some = [entry(), entry("ugly", when=when)]
    made = layered([], some) if below else layered(some, [])
    assert made.asks_for_features(RULE) is asks
    assert not made.asks_for_features(rule("demo.other.rule"))
    renamed = rule("demo.new.id", aliases=(ID,))
    assert made.asks_for_features(renamed) is asks
    barring = layered([samples.cannot("a.b.c", "bind", "EIO", when=when)])
    assert barring.asks_for_features(RULE) is asks


def test_the_features_and_conditions_of_all_layers():
    made = layered(
        [entry(when={"capability": ["raw", "!oob"]})],
        [samples.cannot("a.b.c", "bind", "EIO", when={"capability": "!vsock"})],
        top={"features": (Feature("raw", When(capability="ping")),)},
    )
    assert made.features_asked_for() == {"raw", "oob", "vsock", "ping"}
    told = [each.capability for each in made.conditions()]
    assert told == [["raw", "!oob"], "ping", "!vsock"]


def test_the_nearest_layer_promises_features():
    made = layered(
        [], [], top={"features": (Feature("-raw"),)}, middle={"features": (Feature("raw"),)}
    )
    told = made.promises(HERE)["raw"]
    assert (told.is_there, told.file) == (False, "top/profile.toml")
    assert made.extends.promises(HERE)["raw"].is_there


# -- with the rules ----------------------------------------------------------------------------

KNOWN = samples.registry(RULE, OPEN)


def faults(made, situation=None):
    found = profiles.check(made, KNOWN, situation)
    return [(each.file, each.line, each.message, each.remedy) for each in found]


def test_what_fits_the_rules_has_no_fault():
    bar = samples.cannot(OPEN.id, "bind", "EIO", cases=ID)
    assert faults(layered([entry(case={"row": "two"}), entry("hang")], [bar])) == []
    assert faults(layered([entry("EINVAL")]), HERE) == []


def test_all_that_does_not_fit_is_told_layer_by_layer():
    made = layered(
        [entry(rule="demo.subject.gone"), entry(case={"row": "three", "column": ["a", "b"]})],
        [entry(["unheard", "good", "awry"]), samples.cannot("demo.gone.rule", "bind", "EIO")],
        top={"features": (Feature("no-such"),), "answers": table({"a.b.c": "good"})},
        middle={"grid": Grid("", "", {Place("stream", "v4", "fly", "fresh"): "bad"})},
    )
    told = faults(made)
    assert told[:4] == [
        (
            "top/demo.toml",
            3,
            "there is no rule 'demo.subject.gone'",
            "remove the entry or correct the id",
        ),
        (
            "top/demo.toml",
            4,
            f"{ID} has no case with row = three, column = ['a', 'b']",
            "remove the entry or correct the case",
        ),
        ("middle/demo.toml", 3, f"{ID} cannot name 'awry'", "it names good, bad, ugly"),
        ("middle/demo.toml", 3, f"{ID} cannot name 'unheard'", "it names good, bad, ugly"),
    ]
    assert [each[:3] for each in told[4:]] == [
        ("top/answers.toml", 1, "there is no rule 'a.b.c'"),
        ("top/profile.toml", 1, "there is no feature 'no-such'"),
        ("middle/grid.txt", 1, "the grid has no cell fly of a stream in fresh"),
        ("middle/demo.toml", 4, "there is no rule 'demo.gone.rule'"),
    ]
    assert told[4][3] == told[6][3] == "make the table anew: `sockspec update --write RUNS`"
    assert told[7][3] == "name the rule that says what bind does here"


def test_all_of_a_table_that_does_not_fit_is_told():
    told = {
        "a.b.c": "good",
        OPEN.id: {"one": "good", "*": "bad", "three": "unheard"},
        ID: "awry",
    }
    under = [Under(When(libc="musl"), {"c.d.e": "good"})]
    made = table(told, backend={"mine": {"b.c.d": "good"}}, under=under)
    assert list(answers.misfits(made, KNOWN)) == [
        "there is no rule 'a.b.c'",
        f"{OPEN.id} has no case 'three'",
        f"{OPEN.id} cannot name 'unheard'",
        f"{ID} cannot name 'awry'",
        "there is no rule 'b.c.d'",
        "there is no rule 'c.d.e'",
    ]
    # By any of a rule's ids, and a behaviour's names.
    known = rule("demo.other.rule", aliases=("demo.old.id",), renamed={"awful": "bad"})
    assert list(answers.misfits(table({"demo.old.id": "awful"}), samples.registry(known))) == []


def test_a_table_has_nothing_unknown_and_stays_as_it_is():
    under = Under(When(libc="musl"), {OPEN.id: "good"})
    made = table(under=[under])
    for each, field in ((made, "on"), (under, "any")):
        given = msgspec.to_builtins(each)
        assert msgspec.convert(given, type(each)) == each
        with pytest.raises(msgspec.ValidationError, match="unknown field"):
            msgspec.convert({**given, "surprise": 1}, type(each))
        with pytest.raises(AttributeError):
            setattr(each, field, "other")


def test_a_behaviour_of_an_earlier_name_fits():
    known = rule("demo.other.rule", renamed={"awful": "bad"})
    made = layered([entry("awful", rule=known.id)])
    assert profiles.check(made, samples.registry(known)) == []


def test_ties_are_found_in_a_situation_alone_and_each_once():
    made = layered([entry("bad"), entry("ugly")])  # of two cases
    assert faults(made) == []
    ((file, line, message, _),) = faults(made, HERE)
    assert (file, line) == ("top/demo.toml", 3)
    assert "two entries apply equally, here and at top/demo.toml:4" in message
    assert message.startswith(ONE.id)
