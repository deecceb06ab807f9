"""Profiles: layers, conditions, and errors that name file and line."""

from __future__ import annotations

import sys

import pytest

from sockspec import platform
from sockspec.errors import UsageError
from sockspec.judge import profiles
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.profiles import Situation
from sockspec.spec.rules import CONFORMS, MUST, Case, Registry, Rule

RULE = Rule(
    "demo.subject.plain",
    "It does.",
    MUST,
    (),
    {"good": CONFORMS, "bad": "is wrong", "ugly": "is worse"},
    frozenset({"good"}),
)
CASE = Case(RULE, (("region", "zero"), ("family", "v4")))
RULE.cases.append(CASE)
HERE = Situation(
    {"version": "6.18.44", "libc": "glibc", "machine": "x86_64", "privileged": False},
    "stdlib",
    frozenset({"ipv6"}),
)

ENTRY = """
[[entry]]
rule = "demo.subject.plain"
behaviour = "bad"
why = "it is so"
source = "https://example.org"
evidence = { kind = "documented" }
"""


@pytest.fixture
def root(tmp_path):
    for name, extends in (("base", ""), ("middle", "base"), ("top", "middle")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "profile.toml").write_text(
            f'version = 1\nname = "{name}"\ntitle = "T"\nextends = "{extends}"\n'
        )
    return tmp_path


def write(root, profile, *entries, name="demo.toml"):
    (root / profile / name).write_text("version = 1\n" + "".join(entries))


def expected(root, profile="top", situation=HERE):
    return Catalogue([root]).load(profile).expectation(CASE, situation)


def test_nothing_recorded_expects_nothing(root):
    assert not expected(root).behaviours


def test_the_nearer_layer_wins(root):
    write(root, "base", ENTRY)
    assert expected(root).behaviours == {"bad"}
    write(root, "middle", ENTRY.replace('"bad"', '"ugly"'))
    assert expected(root).behaviours == {"ugly"}
    assert expected(root).origin == f"{root}/middle/demo.toml:3"
    assert expected(root, "base").behaviours == {"bad"}


def test_within_a_layer_the_narrower_entry_wins(root):
    narrow = ENTRY.replace('"bad"', '"ugly"') + 'case = { region = "zero" }\n'
    write(root, "top", ENTRY, narrow)
    assert expected(root).behaviours == {"ugly"}


def test_what_a_backend_does_itself_wins_over_the_nearest_layer(root):
    write(root, "base", ENTRY + 'when = { backend = "stdlib" }\n')
    write(root, "top", ENTRY.replace('"bad"', '"ugly"') + 'case = { region = "zero" }\n')
    assert expected(root).behaviours == {"bad"}


def test_what_is_said_by_name_wins_over_what_is_shared_with_another(root):
    write(
        root,
        "top",
        ENTRY + 'when = { backend = "stdlib" }\n',
        ENTRY.replace('"bad"', '"ugly"') + 'when = { backend = "mine" }\n',
    )
    mine = Situation(HERE.facts, "mine", HERE.features, "stdlib")
    assert expected(root, situation=mine).behaviours == {"ugly"}
    assert expected(root, situation=HERE).behaviours == {"bad"}
    assert list(Catalogue([root]).load("top").ties(CASE, mine)) == []


def test_two_equally_narrow_entries_are_an_error_at_both_places(root):
    write(root, "top", ENTRY, ENTRY)
    registry = Registry()
    registry.add(RULE)
    (fault,) = profiles.check(Catalogue([root]).load("top"), registry, HERE)
    assert f"{root}/top/demo.toml:3: " in str(fault)
    assert f"equally, here and at {root}/top/demo.toml:10" in str(fault)


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ('version = ">=6.1,<7"', True),
        ('version = "<6"', False),
        ('libc = "glibc"', True),
        ('libc = ["musl", "bionic"]', False),
        ('backend = "stdlib"', True),
        ('backend = "c"', False),
        ('machine = "s390x"', False),
        ('capability = "ipv6"', True),
        ('capability = "!ipv6"', False),
        ('capability = "!oob"', True),
        ("privileged = false", True),
        ("privileged = true", False),
        ('setting = { "net.core.somaxconn" = "5" }', False),
    ],
)
def test_conditions(root, condition, met):
    write(root, "top", ENTRY + f"when = {{ {condition} }}\n")
    assert bool(expected(root).behaviours) is met


@pytest.mark.parametrize(
    ("found", "condition", "met"),
    [
        ("privileged", "true", True),
        ("privileged", "false", False),
        ("unprivileged", "false", True),
        ("unprivileged", "true", False),
        ("ipv6", "true", False),
        ("ipv6", "false", False),
    ],
)
def test_where_nobody_says_who_runs_what_was_found_out_counts(root, found, condition, met):
    write(root, "top", ENTRY + f"when = {{ privileged = {condition} }}\n")
    silent = Situation({**HERE.facts, "privileged": None}, HERE.backend, frozenset({found}))
    profile = Catalogue([root]).load("top")
    assert bool(profile.expectation(CASE, silent).behaviours) is met


def test_one_profile_answers_for_every_situation_and_case(root):
    write(root, "top", ENTRY + 'when = { libc = "musl" }\ncase = { family = "v4" }\n')
    profile = Catalogue([root]).load("top")
    musl = Situation({**HERE.facts, "libc": "musl"}, HERE.backend, HERE.features)
    # Of the same id, as one rule's cases are not: what is remembered is of the case itself.
    other = Case(RULE, (("region", "zero"), ("word", "v4")))
    assert other.id == CASE.id
    asked = [(CASE, HERE), (CASE, musl), (other, musl), (CASE, musl), (CASE, HERE)]
    told = [bool(profile.expectation(*each).behaviours) for each in asked]
    assert told == [False, True, False, True, False]


def test_a_case_parameter_narrows(root):
    write(root, "top", ENTRY + 'case = { family = ["v6", "unix"] }\n')
    assert not expected(root).behaviours


@pytest.mark.parametrize(
    ("text", "line", "complaint"),
    [
        (ENTRY + "surprise = 1\n", 9, "surprise"),
        (ENTRY.replace('"https://example.org"', '"somewhere"'), 3, "a source is an https link"),
        (ENTRY.replace('"documented"', '"observed"'), 3, "observed on what, and when"),
        (ENTRY.replace('"documented"', '"believed"'), 8, "believed"),
        (ENTRY + 'when = { version = "newish" }\n', 3, "no version range"),
        (ENTRY + "why = [\n", 9, "is not TOML"),
    ],
)
def test_a_broken_entry_is_named_by_file_line_and_remedy(root, text, line, complaint):
    write(root, "top", text)
    with pytest.raises(UsageError) as caught:
        Catalogue([root]).load("top")
    assert complaint in str(caught.value)
    assert f"{root}/top/demo.toml:{line}:" in str(caught.value)
    assert "remedy:" in str(caught.value)


def test_several_behaviours_with_a_reason_are_taken(root):
    text = ENTRY.replace('"bad"', '["bad", "ugly"]') + 'because = "a race"\nsometimes = true\n'
    write(root, "top", text)
    assert expected(root).behaviours == {"bad", "ugly"}
    assert expected(root).sometimes


@pytest.mark.parametrize(
    ("link", "complaint"),
    [
        ("x.org/a/blob/main/b.c", "follows a branch or the newest version"),
        ("man7.org/linux/man-pages/man7/tcp.7.html", "follows a branch or the newest version"),
        ("x.org/cgit/a/tree/b.c", "name a tag or a commit"),
        ("github.com/me/linux/blob/v6.1/net/socket.c", "link torvalds/linux"),
        ("github.com/torvalds/linux/blob/v6.1/net/socket.c", ""),
        ("x.org/cgit/a/tree/b.c?h=v1.2", ""),
    ],
)
def test_a_source_stays_what_it_is(root, link, complaint):
    write(root, "top", ENTRY.replace("example.org", link))
    found = "".join(map(str, Catalogue([root]).load("top").drafts))
    assert complaint in found
    assert bool(found) == bool(complaint)


def test_a_profile_that_extends_itself_is_refused(root):
    (root / "base" / "profile.toml").write_text(
        'version = 1\nname = "base"\ntitle = "T"\nextends = "top"\n'
    )
    with pytest.raises(UsageError, match="a circle"):
        Catalogue([root]).load("top")


def test_an_unknown_profile_is_refused_with_the_known_ones(root):
    with pytest.raises(UsageError, match=r"name one of base, .*linux, .*middle, .*top"):
        Catalogue([root]).load("elsewhere")


def test_entries_that_fit_no_rule_are_named(root):
    write(
        root,
        "top",
        ENTRY.replace("demo.subject.plain", "demo.subject.gone"),
        ENTRY + 'case = { region = "nowhere" }\n',
        ENTRY.replace('"bad"', '"unheard-of"'),
    )
    registry = Registry()
    registry.add(RULE)
    found = list(map(str, profiles.check(Catalogue([root]).load("top"), registry)))
    assert any("there is no rule 'demo.subject.gone'" in each for each in found)
    assert any("has no case with region = nowhere" in each for each in found)
    assert any("cannot name 'unheard-of'" in each for each in found)
    assert len(found) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux tells of itself")
@pytest.mark.parametrize(
    ("release", "build", "version"),
    [
        ("5.10.0-32-cloud-amd64", "#1 SMP Debian 5.10.223-1 (2024-08-10)", "5.10.223"),
        ("6.18.44-generic", "#1 SMP PREEMPT_DYNAMIC Mon Jan 5 2026", "6.18.44"),
    ],
)
def test_conditions_know_the_patch_level_of_debians_kernels(
    monkeypatch, release, build, version
):
    monkeypatch.setattr(platform.platform, "release", lambda: release)
    monkeypatch.setattr(platform.platform, "version", lambda: build)
    assert platform.version() == version
