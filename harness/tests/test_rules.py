"""The registry, the lint, and the real specification held against it."""

from __future__ import annotations

import dataclasses

import pytest

from sockspec import locate
from sockspec.api import documents
from sockspec.errors import UsageError
from sockspec.judge import profiles
from sockspec.spec import load
from sockspec.spec.lint import lint as lint_of
from sockspec.spec.rules import CONFORMS, MUST, V4, V6, Case, Registry, Rule, as_data
from sockspec.spec.sources import MAN, POSIX, RFC, SOCKET2, Source

SOURCE = POSIX.bind("EINVAL")


def made(**changes) -> Rule:
    sound = Rule(
        id="state.bind.twice",
        sentence="A second bind is refused.",
        level=MUST,
        sources=(SOURCE,),
        behaviours={"EINVAL": CONFORMS},
        conforming=frozenset({"EINVAL"}),
        where="test_bind.py:1",
    )
    sound = dataclasses.replace(sound, **{"cases": [], "tests": {}, **changes})
    if "cases" not in changes:
        sound.cases.append(Case(sound))
    return sound


def lint(*rules: Rule) -> str:
    registry = Registry()
    for each in rules:
        registry.add(each)
    return "\n".join(lint_of(registry))


def test_a_sound_rule_passes():
    assert lint(made()) == ""


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"id": "Bind.Twice"}, "an id is area.subject.promise"),
        ({"id": "bind.twice"}, "an id is area.subject.promise"),
        ({"sentence": "A second bind should work."}, "not what should work"),
        ({"sentence": "No full stop"}, "one sentence"),
        ({"sources": ()}, "has no source"),
        ({"sources": (Source("POSIX", "bind", ""),)}, "no link or no clause"),
        ({"sources": (Source("POSIX", "", "https://x.org"),)}, "no link or no clause"),
        ({"behaviours": {}, "conforming": frozenset()}, "can name no behaviour"),
        ({"conforming": frozenset()}, "names no behaviour that conforms"),
        ({"behaviours": {"Bad Name": "x"}}, "neither an error symbol nor lower-case"),
        ({"behaviours": {"EINVAL": CONFORMS, "odd": ""}}, "has no meaning"),
        ({"cases": []}, "no test exercises it"),
    ],
)
def test_the_lint_refuses(changes, complaint):
    assert complaint in lint(made(**changes))


def test_the_lint_refuses_one_id_for_two_rules():
    assert "is taken by test_bind.py:1" in lint(made(), made(where="test_other.py:9"))


def test_the_lint_refuses_an_alias_that_is_in_use():
    other = made(id="state.bind.again", aliases=("state.bind.twice",))
    assert "alias 'state.bind.twice' is in use" in lint(made(), other)


def test_the_lint_refuses_a_case_declared_twice():
    rule = made()
    rule.cases.append(Case(rule))
    assert "declared twice" in lint(rule)


def test_a_renamed_rule_needs_its_old_id_as_an_alias(spec, monkeypatch):
    spec.write('promise("newer").case()(lambda sockets, see, case: see("good"))\n')
    (spec.rules / "ids.txt").write_text("demo.subject.older\ndemo.subject.newer\n")
    ran = spec.command("rules", "--lint")
    assert ran.returncode == 3
    assert "demo.subject.older is gone: an id is permanent" in ran.stdout


def test_an_old_id_still_finds_the_rule():
    registry = Registry()
    rule = made(aliases=("state.bind.again",))
    registry.add(rule)
    assert registry.resolve("state.bind.again") is rule


def test_case_ids_carry_the_parameters():
    rule = made()
    assert Case(rule, (("region", "zero"), ("family", V4))).id == "state.bind.twice[zero,v4]"
    assert Case(rule, (("family", V6),)).needs == ("ipv6",)


def test_sources_are_a_clause_and_a_link():
    for source in (SOURCE, MAN.socket(7, "SO_LINGER"), RFC(9293, "3.8"), SOCKET2.listen(2)):
        assert source.link.startswith("https://")
        assert source.clause
    with pytest.raises(AttributeError, match="documents no function"):
        SOCKET2.no_such_function()


def test_links_lead_to_the_section():
    chapter = POSIX.chapter("2.10.6", "SOCK_STREAM").link
    assert chapter.endswith("/functions/V2_chap02.html#tag_16_10_06")
    assert RFC(9293, "3.8.5").link.endswith("/rfc9293#section-3.8.5")
    assert RFC(768, "Fields").link.endswith("/rfc768")


def test_a_rule_as_data_has_what_tools_rely_on():
    wanted = {"id", "sentence", "level", "area", "sources", "needs", "behaviours", "cases"}
    assert wanted <= as_data(made()).keys()


# -- the real specification --------------------------------------------------------


def test_the_specification_passes_its_lint():
    assert load.faults() == []


def test_every_area_has_rules():
    areas = {each.area for each in load.rules().rules.values()}
    assert areas == {
        *("options", "state", "data", "urgent", "readiness", "creation", "contracts")
    }


def test_every_rule_stands_in_the_folder_of_its_area():
    for each in load.rules().rules.values():
        assert each.where.split("/")[1] == each.area, each.where


@pytest.mark.parametrize("name", profiles.names(locate.platforms()))
def test_every_profile_fits_the_rules(name):
    loaded = profiles.load(locate.platforms(), name)
    assert profiles.check(loaded, load.rules()) == []


@pytest.mark.parametrize(
    ("page", "functions"),
    [("struct.Socket.html", documents.SOCKET2), ("struct.TcpSocket.html", documents.TOKIO)],
)
def test_a_rule_cites_every_function_of_the_documents(page, functions):
    cited = {
        source.link.rpartition("/")[2]
        for rule in load.rules().rules.values()
        for source in rule.sources
    }
    assert [name for name in functions if f"{page}#method.{name}" not in cited] == []


def test_patterns_select_by_id_prefix_and_glob():
    everything = load.rules().rules
    some = next(iter(sorted(everything)))
    assert [each.id for each in load.select([some])] == [some]
    area = some.partition(".")[0]
    assert {each.area for each in load.select([area])} == {area}
    assert load.select([f"{area}.*"]) == load.select([area])
    assert load.select(["no.such.rule"]) == []


def test_conforming_must_be_declared():
    from sockspec.spec.rules import rule

    with pytest.raises(UsageError, match="conforming but not declared: same"):
        rule(
            "demo.rule.wrong",
            "It does.",
            level=MUST,
            sources=[SOURCE],
            behaviours={"other": "is other"},
            conforming=["same"],
        )
