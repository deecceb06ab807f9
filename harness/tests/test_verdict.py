"""What is seen becomes a verdict: every kind, and the sentence that explains it."""

from __future__ import annotations

import copy

import pytest
import samples

from sockspec.judge import verdict
from sockspec.judge.verdict import Barrier, Expectation, Judgement, Trouble, Verdict
from sockspec.spec.rules import CONFORMS, UNSPECIFIED

ASKED = samples.made(
    behaviours={"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"},
    conforming=frozenset({"good", "fine"}),
)
OPEN = samples.made(
    level=UNSPECIFIED,
    behaviours={"good": "does", "bad": "does not", "ugly": "does neither"},
    conforming=frozenset(),
)
LAX = samples.made(  # nothing is asked, and what is sensible is marked
    level=UNSPECIFIED, behaviours=ASKED.behaviours, conforming=ASKED.conforming
)
FULL = Barrier("listen", "EADDRINUSE", "all ports are taken", "here.toml:9")


def recorded(*names, **more):
    return Expectation(frozenset(names), origin="here.toml:3", **more)


def judged(rule, seen, expected=Expectation(), trouble=None, promised=()):  # noqa: B008 - frozen
    said = verdict.judge(rule.cases[0], expected, seen.split(), trouble, promised)
    return said.verdict, said.because, said.unexpected


@pytest.mark.parametrize(
    ("rule", "seen", "expected", "kind", "because", "unexpected"),
    [
        (ASKED, "good", recorded(), Verdict.CONFORMS, "saw good", ()),
        (ASKED, "good fine", recorded(), Verdict.CONFORMS, "saw fine, good", ()),
        (
            ASKED,
            "ugly good bad",
            recorded(),
            Verdict.NEW,
            "saw bad, ugly; the rule asks for fine or good",
            ("bad", "ugly"),
        ),
        (OPEN, "ugly bad", recorded(), Verdict.UNSPECIFIED, "saw bad, ugly", ()),
        (LAX, "bad", recorded(), Verdict.UNSPECIFIED, "saw bad", ()),
        (
            ASKED,
            "bad",
            recorded("bad"),
            Verdict.KNOWN,
            "saw bad, as here.toml:3 records",
            (),
        ),
        (
            ASKED,
            "good bad",
            recorded("bad", "good"),
            Verdict.KNOWN,
            "saw bad, good, as here.toml:3 records",
            (),
        ),
        (ASKED, "good", recorded("good"), Verdict.CONFORMS, "saw good", ()),
        (
            ASKED,
            "good",
            recorded("ugly", "bad"),
            Verdict.FIXED,
            "saw good; here.toml:3 records bad, ugly",
            ("good",),
        ),
        (
            ASKED,
            "good fine",
            recorded("bad", "fine"),
            Verdict.FIXED,
            "saw good; here.toml:3 records bad, fine",
            ("good",),
        ),
        (
            ASKED,
            "good",
            recorded("fine"),
            Verdict.CHANGED,
            "saw good; here.toml:3 records fine",
            ("good",),
        ),
        (
            ASKED,
            "ugly",
            recorded("bad"),
            Verdict.NEW,
            "saw ugly; here.toml:3 records bad",
            ("ugly",),
        ),
        (
            ASKED,
            "good ugly",
            recorded("bad"),
            Verdict.NEW,
            "saw good, ugly; here.toml:3 records bad",
            ("good", "ugly"),
        ),
        (
            OPEN,
            "bad",
            recorded("good"),
            Verdict.CHANGED,
            "saw bad; here.toml:3 records good",
            ("bad",),
        ),
        (OPEN, "good", recorded("good"), Verdict.UNSPECIFIED, "saw good", ()),
        (
            ASKED,
            "bad",
            recorded("bad", "ugly", "good"),
            Verdict.CHANGED,
            "saw bad; here.toml:3 also records good, ugly",
            (),
        ),
        (
            ASKED,
            "bad",
            recorded("bad", "good", sometimes=True),
            Verdict.KNOWN,
            "saw bad, as here.toml:3 records",
            (),
        ),
        (
            ASKED,
            "good",
            recorded("bad", "good", sometimes=True),
            Verdict.CONFORMS,
            "saw good",
            (),
        ),
    ],
)
def test_what_was_seen_means(rule, seen, expected, kind, because, unexpected):
    assert judged(rule, seen, expected) == (kind, because, unexpected)


def test_a_case_that_shows_nothing_is_the_harness_fault():
    assert judged(ASKED, "") == (Verdict.HARNESS_ERROR, "the test named no behaviour", ())
    _, because, _ = judged(ASKED, "", recorded("bad"))
    assert because == "the test named no behaviour"


def test_a_name_that_the_rule_does_not_have_is_the_harness_fault():
    assert judged(ASKED, "worse good awry") == (
        Verdict.HARNESS_ERROR,
        "state.bind.twice does not declare the behaviour awry, worse",
        (),
    )
    assert judged(ASKED, "EINVAL")[0] is Verdict.NEW


@pytest.mark.parametrize("seen", ["", "bad", "unheard-of"])
def test_a_harness_error_is_excused_by_nothing(seen):
    broken = (Trouble.HARNESS_ERROR, "it broke")
    said = judged(ASKED, seen, recorded("bad", barriers=(FULL,)), broken, ("raw",))
    assert said == (Verdict.HARNESS_ERROR, "it broke", ())


@pytest.mark.parametrize("kind", [Trouble.UNSUPPORTED, Trouble.INDETERMINATE])
def test_what_was_wrong_before_the_trouble_counts(kind):
    assert judged(ASKED, "bad", trouble=(kind, "no more"))[0] is Verdict.NEW
    assert judged(ASKED, "good", trouble=(kind, "no more")) == (
        Verdict(kind.value),
        "no more",
        (),
    )
    assert judged(ASKED, "", recorded("bad"), (kind, "no more"))[1] == "no more"


def test_a_feature_that_was_promised_is_missed():
    lacks = (Trouble.UNSUPPORTED, "needs dual-stack: refused")
    assert judged(ASKED, "", trouble=lacks, promised=["dual-stack"])[:2] == (
        Verdict.MISSING,
        "needs dual-stack: refused",
    )
    assert judged(ASKED, "", trouble=lacks, promised=["ipv6"])[0] is Verdict.UNSUPPORTED
    broken = (Trouble.INDETERMINATE, "needs dual-stack: refused")
    assert judged(ASKED, "", trouble=broken, promised=["dual-stack"])[0] is (
        Verdict.INDETERMINATE
    )
    assert judged(ASKED, "", trouble=(Trouble.UNSUPPORTED, "no"), promised=["no"])[0] is (
        Verdict.UNSUPPORTED
    )


def test_only_the_barrier_that_fits_excuses():
    other = Barrier("bind", "EACCES", "a port of the system", "here.toml:20")
    expected = Expectation(barriers=(other, FULL))

    def said(why, kind=Trouble.INDETERMINATE):
        return judged(ASKED, "", expected, (kind, why))[:2]

    assert said("arranging failed: listen: EADDRINUSE") == (
        Verdict.UNSUPPORTED,
        "arranging failed: listen: EADDRINUSE; all ports are taken (here.toml:9)",
    )
    for why in (
        "arranging failed: listen: EACCES",
        "arranging failed: bind: EADDRINUSE",
        "arranging failed: listen: EADDRINUSE, late",
        "listen: EADDRINUSE",
    ):
        assert said(why) == (Verdict.INDETERMINATE, why)
    told = said("arranging failed: listen: EADDRINUSE", Trouble.UNSUPPORTED)
    assert told == (Verdict.UNSUPPORTED, "arranging failed: listen: EADDRINUSE")


def test_what_a_test_need_not_stop_at():
    (asked,), (open_,) = ASKED.cases, OPEN.cases
    assert verdict.allowed(asked, Expectation()) == {"good", "fine"}
    assert verdict.allowed(asked, recorded("bad")) == {"bad"}
    assert verdict.allowed(open_, Expectation()) is None
    assert verdict.allowed(open_, recorded("bad")) == {"bad"}


@pytest.mark.parametrize(
    ("kind", "because", "trouble"),
    [
        (Verdict.CONFORMS, "saw good", None),
        (Verdict.NEW, "saw bad", None),
        (Verdict.UNSPECIFIED, "saw bad", None),
        (Verdict.UNSUPPORTED, "needs raw: no", (Trouble.UNSUPPORTED, "needs raw: no")),
        (Verdict.MISSING, "needs raw: no", (Trouble.UNSUPPORTED, "needs raw: no")),
        (Verdict.HARNESS_ERROR, "it broke", (Trouble.HARNESS_ERROR, "it broke")),
        (Verdict.INDETERMINATE, "it waits", (Trouble.INDETERMINATE, "it waits")),
        (
            Verdict.UNSUPPORTED,
            "arranging failed: bind: EACCES; so it is (here.toml:3)",
            (Trouble.INDETERMINATE, "arranging failed: bind: EACCES"),
        ),
        (
            Verdict.INDETERMINATE,
            "arranging failed: bind: EACCES",
            (Trouble.INDETERMINATE, "arranging failed: bind: EACCES"),
        ),
    ],
)
def test_the_trouble_that_a_verdict_came_of(kind, because, trouble):
    assert verdict.trouble_of(kind, because) == trouble


@pytest.mark.parametrize(
    ("because", "feature"),
    [
        ("needs dual-stack: no", "dual-stack"),
        ("needs raw", "raw"),
        ("it needs raw", ""),
        ("saw bad", ""),
    ],
)
def test_the_feature_that_is_needed(because, feature):
    assert verdict.needed(because) == feature


def test_which_verdicts_fail_a_run():
    red = {each.kind for each in Verdict if each.is_red}
    assert red == {"new", "fixed", "changed", "missing", "indeterminate", "harness-error"}
    assert [Judgement(each, "").is_red for each in Verdict] == [e.is_red for e in Verdict]


@pytest.mark.parametrize("made", [FULL, Expectation(), Judgement(Verdict.NEW, "saw bad")])
def test_what_is_judged_stays_as_it_is(made):
    assert hash(made) == hash(copy.copy(made))  # they are compared, and are keys
    with pytest.raises(AttributeError):
        setattr(made, made.__match_args__[0], "other")
    assert not hasattr(made, "__dict__")  # there are as many as there are cases
