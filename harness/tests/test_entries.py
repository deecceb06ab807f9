"""Entries of profiles: the conditions that a situation meets, and what is wrong with one."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest
import samples

from sockspec.judge.entry import (
    ALWAYS,
    NO_SOURCE,
    Entry,
    Evidence,
    Situation,
    When,
    covers,
    faults,
    many,
    unfinished,
)
from sockspec.spec.rules import Case

ID = "demo.subject.plain"
FACTS = {**samples.FACTS, "privileged": False, "settings": {"a.b": "1", "a.c": ""}}
HERE = Situation(FACTS, "mine", frozenset({"ipv6", "raw"}), "stdlib")


def entry(behaviour="bad", **more):
    return samples.entry(ID, behaviour, **more)


# -- conditions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "is_met"),
    [
        ({}, True),
        ({"version": ">=6.1,<7"}, True),
        ({"version": "<6.1"}, False),
        ({"libc": "glibc"}, True),
        ({"libc": ["musl", "glibc"]}, True),
        ({"libc": "musl"}, False),
        ({"backend": "mine"}, True),
        ({"backend": "stdlib"}, True),  # it stands in for that one
        ({"backend": ["c", "rust"]}, False),
        ({"machine": "x86_64"}, True),
        ({"machine": "s390x"}, False),
        ({"interpreter": "CPython"}, True),
        ({"interpreter": "PyPy"}, False),
        ({"capability": "ipv6"}, True),
        ({"capability": ["ipv6", "raw"]}, True),
        ({"capability": ["ipv6", "vsock"]}, False),
        ({"capability": "!vsock"}, True),
        ({"capability": ["ipv6", "!raw"]}, False),
        ({"privileged": False}, True),
        ({"privileged": True}, False),
        ({"setting": {"a.b": "1"}}, True),
        ({"setting": {"a.b": "0"}}, False),
        ({"setting": {"a.b": "2"}}, False),
        ({"setting": {"a.c": "", "a.d": ""}}, True),
        ({"setting": {"a.b": "1", "a.d": "1"}}, False),
    ],
)
def test_a_condition_is_met_or_not(condition, is_met):
    assert HERE.meets(When(**condition)) is is_met
    # All of them have to be.
    assert HERE.meets(When(**{"libc": "glibc", **condition})) is is_met
    assert not HERE.meets(When(**{**condition, "interpreter": "Jython"}))


def test_no_condition_is_met_by_whatever():
    nowhere = Situation({}, "")
    assert nowhere.meets(ALWAYS)
    assert nowhere.meets(When())
    assert nowhere.meets(When(setting={"a.b": ""}))
    assert not nowhere.meets(When(setting={"a.b": "1"}))
    assert not nowhere.meets(When(version=">=0"))


def test_a_backend_is_named_or_stood_in_for():
    assert HERE.names(When())
    assert HERE.names(When(backend=["c", "mine"]))
    assert not HERE.names(When(backend="stdlib"))


@pytest.mark.parametrize(
    ("version", "is_met"),
    [
        ("6", True),
        ("6.10", True),
        ("6.10.3-generic", True),
        ("5.9", False),
        ("7", False),
        ("v6", False),
        ("", False),
        ("\u0666.\u0661", False),  # digits, and of no version
    ],
)
def test_of_a_version_the_numbers_count(version, is_met):
    here = Situation({"version": version}, "mine")
    assert here.meets(When(version=">=6,<7")) is is_met


@pytest.mark.parametrize(
    ("found", "who"),
    [({"privileged"}, True), ({"unprivileged", "ipv6"}, False), ({"ipv6"}, None)],
)
@pytest.mark.parametrize("facts", [{}, {"privileged": None}])
def test_who_runs_is_told_or_found_out(facts, found, who):
    here = Situation(facts, "mine", frozenset(found))
    for wanted in (True, False):
        assert here.meets(When(privileged=wanted)) is (wanted is who)
    told = Situation({"privileged": False}, "mine", frozenset(found))
    assert told.meets(When(privileged=False))
    assert not told.meets(When(privileged=True))


@pytest.mark.parametrize(
    ("when", "asks"),
    [
        ({}, False),
        ({"libc": "musl"}, False),
        ({"capability": "raw"}, True),
        ({"privileged": False}, True),
        ({"privileged": True}, True),
    ],
)
def test_whether_only_probing_can_tell(when, asks):
    assert When(**when).asks_for_features is asks


def test_what_an_entry_has_stays_as_it_is():
    for each, field in ((entry(), "why"), (entry().evidence, "on"), (When(), "libc")):
        with pytest.raises(AttributeError):
            setattr(each, field, "other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        HERE.backend = "c"


def test_nothing_unknown_is_read():
    usual = {When: {}, Evidence: {"kind": "observed"}, Entry: msgspec.to_builtins(entry())}
    for kind, has in usual.items():
        assert msgspec.convert(has, kind)
        with pytest.raises(msgspec.ValidationError, match="unknown field"):
            msgspec.convert({**has, "surprise": 1}, kind)


def test_what_is_not_given_is_not_written():
    assert msgspec.to_builtins(When(libc="musl")) == {"libc": "musl"}
    given = {"rule": ID, "behaviour": "bad", "evidence": {"kind": "documented"}}
    made = msgspec.convert(given, Entry)
    assert made.when is ALWAYS
    assert not made.sometimes
    assert set(msgspec.to_builtins(made)) == set(given)


# -- cases -------------------------------------------------------------------------------------


def test_an_entry_covers_the_cases_that_have_its_parameters():
    rule = samples.made(id=ID)
    case = Case(rule, (("family", "v4"), ("type", "stream")))
    assert covers(entry(), case)
    assert covers(entry(case={"family": "v4"}), case)
    assert covers(entry(case={"family": ["v6", "v4"], "type": "stream"}), case)
    assert not covers(entry(case={"family": "v4", "type": "dgram"}), case)
    assert not covers(entry(case={"region": "zero"}), case)


def test_how_narrow_an_entry_is():
    when = {"libc": "musl", "setting": {"a": "1", "b": "2"}}
    assert entry().specificity == 0
    assert entry(case={"a": "1", "b": ["2", "3"]}).specificity == 2
    assert entry(case={"a": "1"}, when=when).specificity == 3
    assert entry(case={"a": "1"}, when={"libc": "musl"}).specificity == 2
    assert When(**when).count() == 2


def test_one_or_several():
    assert many("one") == ["one"]
    assert many(["one", "two"]) == ["one", "two"]
    assert entry(["bad", "good"]).behaviours == {"bad", "good"}
    assert entry(source=["https://a", "https://b"]).sources == ["https://a", "https://b"]


# -- what is wrong -----------------------------------------------------------------------------


def observed(**changes):
    return msgspec.structs.replace(entry().evidence, **changes)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, ()),
        ({"source": NO_SOURCE}, ()),
        ({"source": ""}, ()),
        ({"source": ["https://a", "elsewhere"]}, ("a source is an https link",)),
        ({"behaviour": []}, ("records no behaviour",)),
        ({"evidence": observed(on="")}, ("observed on what, and when?",)),
        ({"evidence": observed(date=None)}, ("observed on what, and when?",)),
        ({"evidence": observed(kind="documented", on="", date=None)}, ()),
        ({"when": When(version="newish")}, ("'newish' is no version range",)),
        ({"when": When(version="<6")}, ()),
        (
            {"source": "here", "behaviour": [], "when": When(version="6")},
            ("a source is an https link", "records no behaviour", "'6' is no version range"),
        ),
    ],
)
def test_what_is_wrong_with_an_entry(changes, wrong):
    made = msgspec.structs.replace(entry(), **changes)
    assert [fault for fault, _ in faults(made)] == list(wrong)
    assert all(remedy for _, remedy in faults(made))


def test_what_cannot_be_arranged_is_judged_alike():
    bar = samples.cannot(ID, "bind", "EIO")
    assert list(faults(bar)) == list(unfinished(bar)) == []
    bar = msgspec.structs.replace(bar, source="here", why="")
    assert list(faults(bar)) == [
        ("a source is an https link", f'link the source, or write "{NO_SOURCE}"')
    ]
    assert list(unfinished(bar)) == [("has no why", "say why the platform does this")]


LINK = f'link the source, or write "{NO_SOURCE}"'
SAY = "say why the platform does this"


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, []),
        ({"why": " "}, [("has no why", SAY)]),
        ({"source": ""}, [("has no source", LINK)]),
        ({"source": []}, [("has no source", LINK)]),
        ({"why": "", "source": [""]}, [("has no why and no source", f"{SAY}; {LINK}")]),
        (
            {"source": ["https://a/blob/main/b", "https://a/blob/v1/b"]},
            [
                (
                    "https://a/blob/main/b: its link follows a branch or the newest version",
                    "name a tag or a commit",
                )
            ],
        ),
        (
            {"behaviour": ["bad", "good"]},
            [
                (
                    "records more than one behaviour",
                    "split the case, or say in `because` why one case has several right ones",
                )
            ],
        ),
        ({"behaviour": ["bad", "good"], "because": "a race"}, []),
        ({"behaviour": []}, []),  # which is wrong with any entry
    ],
)
def test_what_a_draft_lacks(changes, lacks):
    assert list(unfinished(msgspec.structs.replace(entry(), **changes))) == lacks
