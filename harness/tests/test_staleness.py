"""What a profile says is not there, and is: features, and states that cannot be reached."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
import samples

from sockspec.judge import promise, stale
from sockspec.judge.cannot import Barred, Cannot
from sockspec.judge.entry import ALWAYS, Situation, When
from sockspec.judge.promise import Feature, Promise
from sockspec.judge.stale import Stale
from sockspec.judge.verdict import Barrier
from sockspec.spec.rules import Case

ID = "demo.subject.plain"
HERE = Situation(samples.FACTS, "stdlib")


def rule(id=ID, *rows):
    made = samples.made(id=id, cases=[])
    made.cases.extend(Case(made, (("row", row),)) for row in rows or ("one", "two"))
    return made


RULE, OTHER = rule(), rule("demo.other.rule")
RULES = samples.registry(RULE, OTHER)
ONE, TWO = (case.id for case in RULE.cases)


def barred(*errors, cases=ID, **more):
    entry = samples.cannot(ID, "bind", list(errors) or "EIO", cases=cases, **more)
    return Barred(entry, "here", Path("here/demo.toml"), "here/demo.toml", 3)


def seen(case=ONE, verdict="conforms", because=""):
    return samples.observed(case, "", verdict, because)


BARS = "arranging failed: bind: EIO; it is so (here/demo.toml:3)"


# -- states that cannot be reached -------------------------------------------------------------


def test_an_entry_has_its_place_and_what_it_says_for_a_verdict():
    made = barred("EIO", "EACCES")
    assert made.origin == "here/demo.toml:3"
    assert list(made.barriers()) == [
        Barrier("bind", how, "it is so", "here/demo.toml:3") for how in ("EIO", "EACCES")
    ]
    assert [each.how for each in barred().barriers()] == ["EIO"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.line = 4


def test_an_entry_has_nothing_unknown():
    given = {"rule": ID, "call": "bind", "error": "EIO", "evidence": {"kind": "documented"}}
    made = msgspec.convert(given, Cannot)
    assert (made.when, made.sources) == (ALWAYS, [""])
    assert msgspec.to_builtins(made).keys() == given.keys()
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({**given, "surprise": 1}, Cannot)
    with pytest.raises(AttributeError):
        made.call = "accept"


def test_an_entry_holds_for_the_cases_that_it_chooses():
    (one, two), (other, _) = RULE.cases, OTHER.cases
    some = barred(cases=[ONE])
    assert list(map(some.covers, (one, two, other))) == [True, False, False]
    assert (some.cases(RULE), some.cases(OTHER)) == ([one], [])
    assert some.cases(RULE) is some.cases(RULE)
    every = barred(cases=[])
    assert list(map(every.covers, (one, two, other))) == [True, True, True]
    assert every.cases(OTHER) == OTHER.cases


@pytest.mark.parametrize(
    ("because", "does"),
    [
        (BARS, True),
        ("arranging failed: bind: EIO", False),
        (BARS.replace(":3)", ":31)"), False),
        (BARS.replace("arranging", "it is said: arranging"), False),
    ],
)
def test_what_an_entry_bars_has_its_place(because, does):
    assert barred().bars(seen(because=because)) is does


def test_what_does_not_fit_the_rules():
    assert list(barred().misfits(RULES)) == []
    gone = Cannot("demo.gone.away", "bind", "EIO", barred().entry.evidence)
    made = dataclasses.replace(barred(), entry=gone)
    assert list(made.misfits(RULES)) == [
        ("there is no rule 'demo.gone.away'", "name the rule that says what bind does here")
    ]
    ((message, remedy),) = barred(cases=["demo.subject", "demo.sbject"]).misfits(RULES)
    assert message.startswith("cases: ")
    assert "demo.sbject" in message
    assert "\n" not in message
    assert remedy == "choose cases as --rule does"


# -- features ----------------------------------------------------------------------------------


def test_the_last_layer_has_the_last_word():
    musl = When(libc="musl")
    layers = [
        ("below", [Feature("oob"), Feature("-poll"), Feature("select")]),
        ("above", [Feature("-oob"), Feature("poll", musl), Feature("-select", When())]),
    ]
    assert promise.promises(layers, HERE) == {
        "oob": Promise("oob", is_there=False, file="above"),
        "poll": Promise("poll", is_there=False, file="below"),
        "select": Promise("select", is_there=False, file="above"),
    }


def test_a_feature_has_a_name_and_nothing_unknown():
    assert (Feature("-oob").name, Feature("oob").name) == ("oob", "oob")
    assert Feature("non-blocking").name == "non-blocking"
    assert Feature("oob").when is ALWAYS
    assert msgspec.to_builtins(Feature("oob")) == {"feature": "oob"}
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"feature": "oob", "surprise": 1}, Feature)
    with pytest.raises(AttributeError):
        Feature("oob").feature = "poll"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Promise("oob", is_there=True, file="").is_there = False


def test_features_that_cannot_be_promised():
    run, gone = promise.misfits([Feature("oob"), Feature("-raw"), Feature("-no-such")])
    assert run == (
        "'raw' depends on how the suite is run",
        "leave it out: it is no platform's to promise",
    )
    assert gone[0] == "there is no feature 'no-such'"
    known = gone[1].removeprefix("name one of ").split(", ")
    assert known == sorted(known)
    assert "oob" in known
    assert "raw" not in known


# -- what is stale -----------------------------------------------------------------------------


def found(profile, *observations, **header):
    run = samples.run(*observations, **header)
    return list(stale.find(run, run.observations, RULES, profile))


def test_a_feature_that_is_denied_and_there():
    profile = samples.profile(
        features=(Feature("-ipv6"), Feature("-oob"), Feature("ipv4"), Feature("poll"))
    )
    assert found(profile) == [
        Stale(
            "ipv6",
            "",
            "ipv6 is there, and here/profile.toml says that it is not",
            'take "-ipv6" out of it, or overrule it in a nearer profile',
        )
    ]
    (one,) = found(profile)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.name = "oob"


def bar(**more):
    return samples.profile(samples.cannot(ID, "bind", "EIO", cases=ID, **more))


def test_an_entry_that_bars_nothing():
    assert found(bar(), seen(ONE), seen(TWO)) == [
        Stale(
            "bind",
            ID,
            "no case fails at bind as here/demo.toml:3 says",
            "remove the entry at here/demo.toml:3",
            "here/demo.toml:3",
        )
    ]
    assert found(bar(), seen(ONE), seen(TWO), cut=True) == []
    assert found(bar(when={"libc": "musl"}), seen(ONE), seen(TWO)) == []
    assert found(bar(), seen(ONE), seen(TWO, "unsupported", BARS)) == []


@pytest.mark.parametrize(
    ("one", "two", "is_idle"),
    [
        ("conforms", "new divergence", True),
        ("conforms", None, False),
        (None, None, False),
        ("unsupported", "conforms", True),
        ("unsupported", "missing feature", False),
        ("harness error", "indeterminate", False),
        ("harness error", "unspecified", True),
    ],
)
def test_only_a_run_that_tried_all_cases_can_tell(one, two, is_idle):
    told = {ONE: one, TWO: two}
    there = {case: seen(case, verdict) for case, verdict in told.items() if verdict}
    assert stale.is_idle(barred(), there, RULES) is is_idle
    there[OTHER.cases[0].id] = seen(OTHER.cases[0].id)
    assert stale.is_idle(barred(), there, RULES) is is_idle


def test_an_entry_that_bars_a_case_is_not_idle():
    there = {ONE: seen(ONE), TWO: seen(TWO, "unsupported", BARS)}
    assert not stale.is_idle(barred(), there, RULES)
