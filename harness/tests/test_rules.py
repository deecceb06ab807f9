"""The registry, and the real specification held against what is said of it."""

from __future__ import annotations

import pytest
from samples import SOURCE, made

from sockspec import locate
from sockspec.api import documents
from sockspec.errors import UsageError
from sockspec.judge import profiles
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import load
from sockspec.spec.rules import CONFORMS, MUST, UNSPECIFIED, V4, V6, Case, Registry, as_data
from sockspec.spec.sources import MAN, POSIX, RFC, SOCKET2


def test_an_old_id_still_finds_the_rule():
    registry = Registry()
    rule = made(aliases=("state.bind.again",))
    registry.add(rule)
    assert registry.resolve("state.bind.again") is rule
    assert registry.case("state.bind.again") is rule.cases[0]
    assert registry.case("state.bind.gone") is None


def test_a_case_of_a_rule_that_was_split_finds_the_part_that_has_it():
    registry = Registry()
    whole, part = made(), made(id="state.bind.part", split_from=("state.bind.twice",))
    part.cases[:] = [Case(part, (("family", V6),))]
    registry.add(part)
    registry.add(whole)
    assert registry.case("state.bind.twice[v6]") is part.cases[0]
    assert registry.case("state.bind.twice") is whole.cases[0]
    assert registry.case("state.bind.twice[v4]") is None


def test_an_old_name_of_a_behaviour_still_means_it():
    rule = made(renamed={"refused": "EINVAL"})
    assert [rule.today(name) for name in ("refused", "ok", "EINVAL", "hang")] == [
        *("EINVAL", "succeeds", "EINVAL", "hang")
    ]


def test_behaviours_that_come_together():
    rule = made(behaviours={"in": "reports POLLIN", "out": "reports POLLOUT"}, combined=True)
    assert rule.knows("in-out")
    assert not rule.knows("in-hup")
    assert rule.meaning("in-out") == "reports POLLIN; reports POLLOUT"
    alone = made(behaviours={"in": "reports POLLIN", "EINVAL": CONFORMS})
    assert not alone.knows("in-in")
    assert (alone.meaning("in"), alone.meaning("EINVAL")) == ("reports POLLIN", "")


def test_what_doing_something_means():
    assert made().standing("EINVAL") == "conforms"
    assert made().standing("hang") == "diverges"
    left_open = made(level=UNSPECIFIED, conforming=frozenset())
    assert left_open.standing("EINVAL") == "recorded"


def test_a_rule_finds_its_place_through_functions(spec):
    spec.write('def twice(name):\n    return promise(name)\ntwice("words")\ntwice("words")\n')
    ran = spec.command("rules", "--lint")
    lines = (spec.rules / "demo" / "test_demo.py").read_text().splitlines()
    last = len(lines)
    assert (
        f"demo/test_demo.py:{last}: id 'demo.subject.words' is taken by "
        f"conformance/demo/test_demo.py:{last - 1}"
    ) in ran.stdout


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
        *("options", "state", "data", "urgent", "readiness", "creation", "contracts"),
        *("grid", "wire", "process"),
    }


def test_every_id_that_ever_was_finds_a_rule():
    ledger = (locate.conformance() / "ids.txt").read_text(encoding="utf-8").split()
    assert [name for name in ledger if load.rules().resolve(name) is None] == []


@pytest.mark.parametrize("name", Catalogue().names())
def test_every_profile_fits_the_rules_and_is_finished(name):
    loaded = Catalogue().load(name)
    assert profiles.check(loaded, load.rules()) == []
    assert loaded.drafts == []


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


def test_a_pattern_of_an_earlier_id_selects_its_rule():
    old, rule = next(
        (each.aliases[0], each) for each in load.rules().rules.values() if each.aliases
    )
    assert load.select([old]) == [rule]
    before = {"data.connected-udp", "data.connected-udp.*"}
    assert all(load.select([pattern]) for pattern in before)


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
