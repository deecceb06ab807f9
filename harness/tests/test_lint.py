"""The lint of rules: each thing that it refuses, refused."""

from __future__ import annotations

import pytest
from samples import made

from sockspec.spec import lint as checking
from sockspec.spec.rules import CONFORMS, MAY, UNIX, UNSPECIFIED, Case, End, Registry, Rule
from sockspec.spec.sources import MAN, SOCKET2, Source

QUOTED = {"clause": "bind", "link": "https://x.org", "quote": "it binds"}
OPEN = {
    "level": UNSPECIFIED,
    "conforming": frozenset(),
    "sentence": "Whether X is unspecified.",
}


def lint(*rules: Rule) -> str:
    registry = Registry()
    for each in rules:
        registry.add(each)
    return "\n".join(checking.lint(registry))


def test_a_sound_rule_passes():
    assert lint(made()) == ""
    assert lint(made(**OPEN, behaviours={"EINVAL": "it is refused"})) == ""


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "Bind.Twice"}, "an id is area.subject.promise"),
        ({"id": "bind.twice"}, "an id is area.subject.promise"),
        ({"id": "state.bind.twice.again"}, "an id is area.subject.promise"),
        ({"id": "state.only-v6.twice"}, "its place is conformance/state/test_only_v6.py"),
        ({"id": "data.bind.twice"}, "its place is conformance/data/test_bind.py"),
        ({"sentence": "A second bind should work."}, "not what should work"),
        ({"sentence": "No full stop"}, "one sentence"),
        ({"sentence": "A second bind answers EINVAL."}, "say it with the verb of POSIX"),
        ({"sentence": "The error is told once."}, "say it with the verb of POSIX"),
        ({"behaviours": {"EINVAL": CONFORMS, "odd": "it tells"}}, "with the verb of POSIX"),
        ({"sentence": "Whether it binds is unspecified."}, "an unspecified rule, and no other"),
        ({**OPEN, "sentence": "What it does."}, "an unspecified rule, and no other"),
        ({"sources": ()}, "has no source"),
        ({"sources": (Source("POSIX", "bind", ""),)}, "no link or no clause"),
        ({"sources": (Source("POSIX", "", "https://x.org"),)}, "no link or no clause"),
        ({"sources": (Source("POSIX", "bind", "https://x.org"),)}, "has no quote"),
        (
            {"sources": (Source("X", **QUOTED | {"link": "https://x.org/blob/main/a.c"}),)},
            "its link follows a branch",
        ),
        ({"sources": (MAN.bind(2, "EINVAL", "is bound"),)}, "cites no clause of POSIX"),
        ({"behaviours": {}, "conforming": frozenset()}, "can name no behaviour"),
        ({"conforming": frozenset()}, "names no behaviour that conforms"),
        ({**OPEN, "conforming": frozenset({"EINVAL"})}, "nothing conforms, and nothing"),
        ({"judges": End.ALONE, "needs": ("link",)}, "needs a link to another"),
        ({"behaviours": {"Bad Name": "x"}}, "neither an error symbol nor lower-case"),
        ({"behaviours": {"EINVAL": CONFORMS, "ok": "x"}}, "'ok' says nothing on its own"),
        ({"behaviours": {"EINVAL": CONFORMS, "odd": ""}}, "has no meaning"),
        ({"behaviours": {"EINVAL": CONFORMS, "EPERM": "x"}}, "'EPERM' names itself"),
        ({"renamed": {"EINVAL": "EPERM"}}, "the first must be gone"),
        ({"renamed": {"old": "new"}}, "the second declared"),
        ({"cases": []}, "no test exercises it"),
    ],
)
def test_the_lint_refuses(changes, complaint):
    assert complaint in lint(made(**changes))


def test_what_a_system_chooses_may_be_cited_beside_a_standard():
    both = (MAN.bind(2, "EINVAL", "is bound"), SOCKET2.bind(1, "Binds this socket"))
    assert lint(made(sources=both)) == ""
    assert lint(made(sources=both[:1], level=MAY)) == ""


def test_the_lint_refuses_one_id_for_two_rules():
    other = made(where="conformance/state/test_bind.py:9")
    assert "is taken by conformance/state/test_bind.py:1" in lint(made(), other)


def test_the_lint_refuses_one_name_for_two_things():
    one = made(behaviours={"EINVAL": CONFORMS, "bound": "it is bound"})
    two = {"id": "state.bind.again", "behaviours": {"EINVAL": CONFORMS, "bound": "to another"}}
    assert "one name, one meaning" in lint(one, made(**two))
    elsewhere = {"id": "state.reuse.again", "where": "conformance/state/test_reuse.py:1"}
    assert lint(one, made(**two | elsewhere)) == ""


@pytest.mark.parametrize("taken", ["state.bind.twice", "state.bind.before"])
def test_the_lint_refuses_an_alias_that_is_in_use(taken):
    other = made(id="state.bind.again", aliases=(taken,))
    one = made(aliases=("state.bind.before",))
    assert f"alias {taken!r} is in use" in lint(one, other)


def test_the_lint_refuses_a_case_declared_twice():
    rule = made()
    rule.cases.append(Case(rule))
    assert "declared twice" in lint(rule)


def test_the_lint_refuses_a_part_of_no_rule():
    assert "is split from 'state.bind.nowhere'" in lint(
        made(split_from=("state.bind.nowhere",))
    )
    assert lint(made(), made(id="state.bind.part", split_from=("state.bind.twice",))) == ""


def test_an_id_is_permanent():
    registry = Registry()
    registry.add(made(aliases=("state.bind.before",)))
    assert checking.permanence(registry, "state.bind.before state.bind.twice") == []
    gone = checking.permanence(registry, "state.bind.lost state.bind.twice")
    assert gone == [
        "ids.txt: state.bind.lost is gone: an id is permanent; give its successor the alias"
    ]
    (new,) = checking.permanence(registry, "")
    assert "state.bind.twice is not in ids.txt; add it" in new


def test_the_command_says_what_is_wrong_and_fails(spec):
    spec.write('promise("newer").case()(lambda sockets, see, case: see("good"))\n')
    (spec.rules / "ids.txt").write_text("demo.subject.older\ndemo.subject.newer\n")
    ran = spec.command("rules", "--lint")
    assert ran.returncode == 3
    assert "demo.subject.older is gone: an id is permanent" in ran.stdout


def test_a_rule_of_unix_sockets_alone_has_no_peer():
    rule = made(judges=End.SERVER)
    rule.cases[:] = [Case(rule, (("family", UNIX),))]
    assert "no peer is at the other end" in lint(rule)
