"""Choosing rules and cases: segments, globs, values, exclusions, words, and mistypings."""

from __future__ import annotations

import json

import pytest
from samples import SOURCE, made

from sockspec.spec.choose import Choice, find
from sockspec.spec.rules import Case, Registry


def registry() -> Registry:
    rules = Registry()
    for id, sentence, aliases in (
        ("state.bind.twice", "A second bind fails with EINVAL.", ()),
        ("state.bind.name", "getsockname() returns the address.", ("state.name.bound",)),
        ("options.linger.round-trip", "SO_LINGER reads back as it was set.", ()),
        ("state.close.linger", "A close waits for as long as it was told.", ()),
    ):
        rule = made(id=id, sentence=sentence, aliases=aliases, cases=[])
        for family in ("v4", "v6"):
            for type in ("stream", "dgram"):
                case = Case(rule, (("family", family), ("type", type)))
                rule.cases.append(case)
                rule.tests[f"test.py::test[{family}-{type}]"] = case
        rules.add(rule)
    return rules


ALL = registry()


def ids(*patterns):
    return [each.id for each in Choice(patterns, ALL).rules()]


@pytest.mark.parametrize(
    ("patterns", "chosen"),
    [
        ((), sorted(ALL.rules)),
        (("state.bind.twice",), ["state.bind.twice"]),
        (("state.bind",), ["state.bind.name", "state.bind.twice"]),
        (("state.bind.",), ["state.bind.name", "state.bind.twice"]),
        (("linger",), ["options.linger.round-trip", "state.close.linger"]),
        (("linger.round-trip",), ["options.linger.round-trip"]),
        (("bind.*ice",), ["state.bind.twice"]),
        (("state.*.linger",), ["state.close.linger"]),
        (("*round*",), ["options.linger.round-trip"]),
        (("state.name.bound",), ["state.bind.name"]),
        (("linge",), []),
        (("bind.name.more",), []),
        (("state", "!bind"), ["state.close.linger"]),
        (("!state.*",), ["options.linger.round-trip"]),
        (("!bind", "!linger"), []),
    ],
)
def test_patterns_choose_rules(patterns, chosen):
    assert ids(*patterns) == chosen


@pytest.mark.parametrize(
    ("patterns", "values"),
    [
        (("state.bind.twice[v4,dgram]",), ["v4,dgram"]),
        (("state.name.bound[v6,stream]",), ["v6,stream"]),
        (("twice[v4]",), ["v4,stream", "v4,dgram"]),
        (("twice[v?,dgram]",), ["v4,dgram", "v6,dgram"]),
        (("twice", "![v6]"), ["v4,stream", "v4,dgram"]),
        (("twice", "!twice[v4,stream]", "!*[v6]"), ["v4,dgram"]),
        (("[v4]", "!state.close", "!options", "!name"), ["v4,stream", "v4,dgram"]),
        (("twice[v7]",), []),
    ],
)
def test_patterns_choose_cases(patterns, values):
    chosen = Choice(patterns, ALL).cases()
    assert [each.id.partition("[")[2].removesuffix("]") for each in chosen] == values


def test_only_the_tests_of_chosen_cases_are_run():
    chosen = Choice(["twice[v6]"], ALL)
    (rule,) = chosen.rules()
    assert list(chosen.tests(rule)) == ["test.py::test[v6-stream]", "test.py::test[v6-dgram]"]


def test_the_id_of_a_case_chooses_no_other():
    rules = Registry()
    rule = made(cases=[])
    short = Case(rule, (("family", "v4"),))
    long = Case(rule, (("family", "v4"), ("type", "stream")))
    rule.cases.extend([short, long])
    rules.add(rule)
    assert Choice([short.id], rules).cases() == [short]
    assert Choice([long.id], rules).cases() == [long]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("linger",), ["options.linger.round-trip", "state.close.linger"]),
        (("so_linger",), ["options.linger.round-trip"]),
        (("second  BIND",), ["state.bind.twice"]),
        (("reads back", "!options"), []),
        (("getsockname", "linger", "!options"), ["state.close.linger", "state.bind.name"]),
        ((SOURCE.quote[4:16],), sorted(ALL.rules)),
        (("nobody says this",), []),
    ],
)
def test_words_find_rules(words, found):
    assert [each.id for each in find(words, ALL)] == found


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("state.bnid.twice", "did you mean state.bind.twice"),
        ("lingre", "did you mean linger"),
        ("SO_LINGER", "`sockspec rules SO_LINGER` finds 1: name one of them"),
        ("!state.bind.twcie", "did you mean state.bind.twice"),
        ("twice[v7]", "`sockspec rules` lists the ids"),
    ],
)
def test_a_pattern_that_chooses_nothing_is_named(pattern, told):
    (mistake,) = Choice(["state", pattern], ALL).mistakes()
    assert told in str(mistake)


SPEC = """
R = promise("words")
@R.case(word=("one", "two"))
def test_words(sockets, see, case):
    see("good")

OTHER = promise("more")
@OTHER.case(word=("one", "two"))
def test_more(sockets, see, case):
    see("bad")
"""


def test_a_run_is_of_the_chosen_cases(spec):
    spec.write(SPEC)
    ran = spec.run("--rule", "demo", "--rule", "!more", "--rule", "![one]")
    assert ran.returncode == 0, ran.stderr
    assert list(spec.seen()) == ["demo.subject.words[two]"]


def test_one_mistyped_rule_among_others_stops_a_run(spec):
    spec.write(SPEC)
    ran = spec.run("--rule", "words", "--rule", "moer")
    assert ran.returncode == 2
    assert "there is no rule 'moer'; did you mean more?" in ran.stderr
    assert not spec.out.exists()


def test_explain_takes_what_a_run_takes(spec):
    spec.write(SPEC)
    ran = spec.command("explain", "subject", "![two]", "--profile", "here", "--format", "json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert [list(each["cases"]) for each in told] == [
        ["demo.subject.more[one]"],
        ["demo.subject.words[one]"],
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "--backend", "stdlb"), "did you mean stdlib?"),
        (("run", "--backend", "Rust"), "no backend 'Rust'"),
        (("explain", "wrods"), "did you mean words?"),
        (("rules", "wrods"), "did you mean words?"),
        (("rnu",), "Did you mean 'run'?"),
    ],
)
def test_did_you_mean(spec, words, told):
    spec.write(SPEC)
    ran = spec.command(*words)
    assert ran.returncode == (5 if words[0] == "rules" else 2)
    assert told in ran.stderr
