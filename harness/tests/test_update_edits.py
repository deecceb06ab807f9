"""The edits that a profile needs to agree with runs, made without a run."""

from __future__ import annotations

import dataclasses
import datetime
import tomllib

import msgspec
import pytest
import samples

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.judge import update
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.entry import When
from sockspec.judge.profiles import Situation
from sockspec.judge.update.points import points
from sockspec.spec.rules import CONFORMS, UNSPECIFIED, Case

ID = "demo.subject.plain"
NAMES = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}


def rule(id=ID, *rows, **more):
    made = samples.made(
        id=id, behaviours=NAMES, conforming=frozenset({"good", "fine"}), cases=[], **more
    )
    made.cases.extend(Case(made, (("row", row),)) for row in rows)
    return made


PLAIN, OTHER = rule(ID, "one", "two"), rule("other.subject.plain", "one")
OPEN = rule("demo.subject.open", "one", level=UNSPECIFIED)
CELL = samples.made(id="grid.recv.answer", level=UNSPECIFIED, behaviours=NAMES, cases=[])
WHERE = (("type", "stream"), ("family", "v4"), ("state", "fresh"))
CELL.cases.append(Case(CELL, WHERE))
RULES = samples.registry(PLAIN, OTHER, OPEN, CELL)
CASES = {case.id: case for rule in RULES.rules.values() for case in rule.cases}


def run(one="good", two="good", more=(), **header):
    facts = {name: header.pop(name) for name in ("libc", "version") if name in header}
    told = {f"{ID}[one]": one, f"{ID}[two]": two, **dict(more)}
    seen = [
        msgspec.structs.replace(
            samples.observed(case, "", "conforms"),
            behaviours=dict.fromkeys(behaviour.split(), 1),
        )
        for case, behaviour in told.items()
        if behaviour
    ]
    return samples.run(*seen, platform={**samples.FACTS, **facts}, **header)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    head = 'version = 1\nname = "here"\ntitle = "Here"\nfeatures = ["ipv4", "ipv6"]\n'
    (tmp_path / "here" / "profile.toml").write_text(head)
    return tmp_path


def write(root, *entries, name="demo.toml"):
    body = "\n".join(update.text.written(each) for each in entries)
    (root / "here" / name).write_text(f"version = 1\n\n{body}")


def proposed(root, *runs):
    return update.propose(runs, RULES, Catalogue([root]))


def entries(root, *runs):
    """What the file has after an update, of whose fields a dict is; and it is the last one."""
    update.write(proposed(root, *runs))
    assert proposed(root, *runs) == []
    path = root / "here" / "demo.toml"
    return tomllib.loads(path.read_text()).get("entry", []) if path.exists() else []


def short(told):
    """An entry without its grounds."""
    grounds = ("rule", "why", "source", "evidence")
    return {name: value for name, value in told.items() if name not in grounds}


def entry(behaviour="bad", **more):
    return samples.entry(more.pop("rule", ID), behaviour, **more)


# -- what is added -----------------------------------------------------------------------------


def test_what_is_as_it_should_be_needs_no_edit(root):
    assert proposed(root, run()) == []
    write(root, entry(case={"row": "one"}))
    assert proposed(root, run("bad")) == []


def test_a_divergence_gets_an_entry_without_a_reason(root):
    (change,) = proposed(root, run("bad", "bad", started="2026-11-28T12:00Z"))
    assert (change.name, change.path) == ("here/demo.toml", root / "here" / "demo.toml")
    assert change.before == ""
    assert change.after == (
        "version = 1\n\n[[entry]]\n"
        'rule = "demo.subject.plain"\nbehaviour = "bad"\nwhy = ""\nsource = ""\n'
        'evidence = {kind = "observed", on = "Linux 6.1 x86_64", date = 2026-11-28}\n'
    )
    assert change.diff().startswith("--- a/here/demo.toml\n+++ b/here/demo.toml\n@@ ")
    assert '+behaviour = "bad"' in change.diff().splitlines()


def test_each_behaviour_has_an_entry(root):
    assert list(map(short, entries(root, run("bad", "ugly")))) == [
        {"behaviour": "bad", "case": {"row": "one"}},
        {"behaviour": "ugly", "case": {"row": "two"}},
    ]


def test_what_is_right_elsewhere_is_left_out(root):
    (made,) = entries(root, run("bad"))
    assert short(made) == {"behaviour": "bad", "case": {"row": "one"}}
    (made,) = entries(root, run("bad"), run("good", libc="musl"))
    assert made["when"] == {"libc": "glibc"}


def test_runs_alike_that_differ_are_one_entry(root):
    old = run("ugly", started="2026-11-01T00:00Z", label="Mine")
    (made,) = entries(root, run("bad", started="2026-11-02T00:00Z"), old)
    assert short(made) == {
        "behaviour": ["bad", "ugly"],
        "sometimes": True,
        "because": "",
        "case": {"row": "one"},
    }
    assert made["evidence"] == {
        "kind": "observed",
        "on": "Linux 6.1 x86_64, Mine (Linux 6.1 x86_64)",
        "date": datetime.date(2026, 11, 2),
    }


def test_several_behaviours_of_one_run_are_all_always_there(root):
    (made,) = entries(root, run("bad good"))
    assert short(made)["behaviour"] == ["bad", "good"]
    assert "sometimes" not in made


def test_an_entry_stands_in_the_file_of_its_area_or_with_its_rule(root):
    seen = run("bad", more=[("other.subject.plain[one]", "bad")])
    assert [each.name for each in proposed(root, seen)] == ["here/demo.toml", "here/other.toml"]
    write(root, entry(case={"row": "two"}), name="odd.toml")
    names = [each.name for each in proposed(root, run("bad", "bad"))]
    assert names == ["here/odd.toml"]
    # The last file that has the rule; those of other rules say nothing.
    write(root, entry("ugly", case={"row": "three"}), name="even.toml")
    write(root, entry(rule="demo.subject.a"), name="a.toml")
    write(root, entry(rule="demo.subject.z"), name="z.toml")
    names = [each.name for each in proposed(root, run("bad", "bad"))]
    assert names == ["here/odd.toml"]
    names = [
        each.name for each in proposed(root, run(more=[("other.subject.plain[one]", "bad")]))
    ]
    assert names == ["here/odd.toml", "here/other.toml"]


def test_where_nothing_is_promised_tables_say_it(root):
    seen = run(more=[("demo.subject.open[one]", "bad"), (CELL.cases[0].id, "good")])
    changes = proposed(root, seen)
    assert [each.name for each in changes] == ["here/answers.toml", "here/grid.txt"]
    assert '"demo.subject.open" = "bad"' in changes[0].after
    assert "stream: v4" in changes[1].after
    only = update.propose_answers([run("bad"), seen], RULES, Catalogue([root]))
    assert [each.name for each in only] == ["here/answers.toml", "here/grid.txt"]
    update.write(changes)
    assert proposed(root, seen) == []
    assert update.propose_answers([seen], RULES, Catalogue([root])) == []


def test_each_profile_has_the_edits_of_its_own_runs(root):
    (root / "there").mkdir()
    (root / "there" / "profile.toml").write_text(
        'version = 1\nname = "there"\ntitle = "There"\nfeatures = ["ipv4", "ipv6"]\n'
    )
    runs = [run("ugly", profile="there"), run("bad"), run("good", profile="there")]
    changes = proposed(root, *runs)
    assert [each.name for each in changes] == ["here/demo.toml", "there/demo.toml"]
    assert '"bad"' in changes[0].after
    assert "ugly" not in changes[0].after
    assert '"ugly"' in changes[1].after
    assert '"bad"' not in changes[1].after


def test_a_change_cannot_be_changed(root):
    (change,) = proposed(root, run("bad", "bad"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        change.after = ""


def test_an_installed_profile_gets_no_table(root, monkeypatch):
    monkeypatch.setattr(locate, "is_installed", lambda path: True)
    seen = run("bad", more=[("demo.subject.open[one]", "bad")])
    changes = proposed(root, seen)
    assert [each.name for each in changes] == ["here/demo.toml"]
    with pytest.raises(UsageError, match="belongs to an installed package") as caught:
        update.write(changes)
    assert caught.value.file == "here/demo.toml"
    assert not (root / "here" / "demo.toml").exists()
    (only,) = update.propose_answers([seen], RULES, Catalogue([root]))
    assert only.name == "here/answers.toml"


def test_all_changes_are_made_or_none(root, monkeypatch):
    seen = run("bad", more=[("other.subject.plain[one]", "bad")])
    changes = proposed(root, seen)
    monkeypatch.setattr(locate, "is_installed", lambda path: path.name == "other.toml")
    with pytest.raises(UsageError):
        update.write(changes)
    assert not (root / "here" / "demo.toml").exists()


# -- what becomes of what is there -------------------------------------------------------------


def test_an_entry_that_is_gone_is_removed(root):
    write(root, entry(), entry(rule="demo.other.rule"))
    assert [each["rule"] for each in entries(root, run())] == ["demo.other.rule"]
    # All that are gone are, of one rule too.
    write(root, *(entry(case={"row": each}) for each in ("one", "two")))
    assert entries(root, run()) == []


def test_an_entry_is_narrowed_and_keeps_its_reason(root):
    write(root, entry(when={"libc": "glibc"}))
    (made,) = entries(root, run("bad"))
    assert short(made) == {
        "behaviour": "bad",
        "case": {"row": "one"},
        "when": {"libc": "glibc"},
    }
    assert made["why"] == "it is so"
    # Runs outside of its conditions do not make them narrower.
    write(root, entry(when={"version": "<6"}))
    (made,) = entries(root, run("bad", version="5.10"), run(version="6.1"))
    assert short(made) == {
        "behaviour": "bad",
        "case": {"row": "one"},
        "when": {"version": "<6"},
    }


def test_an_entry_in_several_parts_is_corrected_in_each(root):
    write(root, entry(kind="documented"))
    told = entries(root, run("bad", ""), run("good", "bad", libc="musl"))
    assert list(map(short, told)) == [
        {"behaviour": "bad", "case": {"row": "one"}, "when": {"libc": "glibc"}},
        {"behaviour": "bad", "case": {"row": "two"}},
    ]
    assert [each["evidence"]["kind"] for each in told] == ["observed", "observed"]
    assert [each["why"] for each in told] == ["it is so", "it is so"]


def test_what_became_another_loses_its_reason(root):
    write(root, entry(["bad", "good"], because="a race", sometimes=True, case={"row": "one"}))
    (made,) = entries(root, run("ugly", started="2026-11-28T00:00Z"))
    assert short(made) == {"behaviour": "ugly", "case": {"row": "one"}}
    assert (made["why"], made["source"]) == ("", "")
    assert made["evidence"]["date"] == datetime.date(2026, 11, 28)


def test_what_became_two_others_makes_way_for_both(root):
    write(root, entry())
    told = entries(root, run("ugly", "bad fine"))
    assert list(map(short, told)) == [
        {"behaviour": "ugly", "case": {"row": "one"}},
        {"behaviour": ["bad", "fine"], "because": "", "case": {"row": "two"}},
    ]
    # Neither takes its place, with its conditions.
    write(root, entry(when={"libc": "glibc"}))
    told = entries(root, run("ugly", "bad fine"))
    assert ["when" in each for each in told] == [False, False]


def test_what_is_right_again_in_one_place_and_another_elsewhere(root):
    write(root, entry())
    told = entries(root, run("good", "ugly"))
    assert list(map(short, told)) == [{"behaviour": "ugly", "case": {"row": "two"}}]


def test_what_was_documented_is_observed(root):
    write(root, entry(kind="documented", case={"row": "one"}))
    (made,) = entries(root, run("bad", started="2026-11-28T00:00Z"))
    assert made["evidence"] == {
        "kind": "observed",
        "on": "Linux 6.1 x86_64",
        "date": datetime.date(2026, 11, 28),
    }
    assert made["why"] == "it is so"
    # What is observed already keeps its date.
    write(root, entry(case={"row": "one"}))
    assert proposed(root, run("bad", started="2026-11-28T00:00Z")) == []


def test_what_nothing_can_tell_apart_is_left_and_needs_a_reason(root):
    write(root, entry(kind="documented", case={"row": "one"}))
    runs = [run("bad", version="unknown"), run("good", version="6.1")]
    update.write(update.propose(runs, RULES, Catalogue([root])))
    first, *_ = tomllib.loads((root / "here" / "demo.toml").read_text())["entry"]
    assert (first["behaviour"], first["evidence"]["kind"]) == ("bad", "observed")
    assert first["case"] == {"row": "one"}


def test_entries_that_tie_are_parted(root):
    write(root, entry("bad"), entry("ugly"))
    told = entries(root, run("bad", "ugly"))
    assert list(map(short, told)) == [
        {"behaviour": "bad", "case": {"row": "one"}},
        {"behaviour": "ugly"},
    ]
    write(root, entry("bad"), entry("bad"))
    assert len(entries(root, run("bad", "bad"))) == 1


@pytest.mark.parametrize(
    ("first", "second", "seen"),
    [("bad", ["bad", "ugly"], "bad ugly"), (["bad", "ugly"], "bad", "bad")],
)
def test_of_entries_that_tie_the_one_that_is_seen_stays(root, first, second, seen):
    write(root, entry(first, because="it races"), entry(second, because="it races"))
    (made,) = entries(root, run(seen, seen))
    assert made["behaviour"] == second
    assert made["why"] == "it is so"


def test_one_of_several_behaviours_that_may_be_seen_is_enough(root):
    write(root, entry(["bad", "good"], sometimes=True, because="it races"))
    assert proposed(root, run("bad", "good")) == []


def test_a_narrow_entry_in_a_wider_one_becomes_what_is_seen(root):
    write(root, entry("ugly"), entry("bad", case={"row": "one"}))
    told = entries(root, run("good", "ugly"))
    assert (
        list(map(short, told))
        == [
            {"behaviour": "good", "case": {"row": "one"}},
            {"behaviour": "ugly"},
        ][::-1]
    )


def test_a_narrow_entry_goes_where_the_wider_one_is_right(root):
    write(root, entry("ugly"), entry("bad", case={"row": "one"}))
    assert list(map(short, entries(root, run("ugly", "ugly")))) == [{"behaviour": "ugly"}]


@pytest.mark.parametrize("base", ["base", "the-base"])
def test_a_layer_below_is_overruled_here(root, base):
    (root / base).mkdir()
    (root / base / "profile.toml").write_text(f'version = 1\nname = "{base}"\ntitle = "B"\n')
    below = update.text.written(entry("bad", when={"backend": "stdlib"}))
    (root / base / "demo.toml").write_text(f"version = 1\n\n{below}")
    head = (root / "here" / "profile.toml").read_text()
    (root / "here" / "profile.toml").write_text(f'{head}extends = "{base}"\n')
    (made,) = entries(root, run("good", "bad"))
    assert short(made) == {
        "behaviour": "good",
        "case": {"row": "one"},
        "when": {"backend": "stdlib"},
    }
    assert "bad" in (root / base / "demo.toml").read_text()


def test_what_is_gone_in_one_run_holds_in_the_other(root):
    write(root, entry(case={"row": "one"}))
    (made,) = entries(root, run("bad"), run("good", libc="musl"))
    assert made["when"] == {"libc": "glibc"}
    write(root, entry(case={"row": "one"}))
    (made,) = entries(root, run("bad", version="5.10"), run("good", version="6.1"))
    assert made["when"] == {"version": "<6.1"}


def test_what_was_not_run_stays(root):
    write(root, entry(case={"row": "one"}), entry("ugly", case={"row": "two"}))
    assert proposed(root, run("bad", "")) == []
    assert proposed(root, run("", "ugly")) == []
    write(root, entry(when={"libc": "musl"}))
    assert proposed(root, run()) == []


# -- what cannot be arranged, and the head -----------------------------------------------------


def stuck(**header):
    why = "arranging failed: bind: EIO"
    seen = [samples.observed(f"{ID}[{e}]", "", "indeterminate", why) for e in ("one", "two")]
    return samples.run(*seen, **header)


def test_what_fails_on_the_way_is_recorded_and_corrected(root):
    (change,) = proposed(root, stuck())
    assert change.name == "here/demo.toml"
    (told,) = tomllib.loads(change.after)["cannot"]
    assert (told["call"], told["error"], told["cases"]) == ("bind", "EIO", ["demo.subject"])
    update.write([change])
    assert proposed(root, stuck()) == []
    (change,) = proposed(root, run(more=[("demo.subject.open[one]", "good")]))[-1:]
    assert change.name == "here/demo.toml"
    assert change.after == "version = 1\n"


def test_what_fails_in_some_runs_alone_is_narrowed(root):
    write(root, samples.cannot(ID, "bind", "EIO", cases=ID))
    (change,) = proposed(root, stuck(), run(libc="musl"))
    (told,) = tomllib.loads(change.after)["cannot"]
    assert (told["why"], told["when"]) == ("it is so", {"libc": "glibc"})


def test_entries_of_both_kinds_change_together(root):
    write(root, entry(case={"row": "one"}), samples.cannot(ID, "bind", "EIO", cases=ID))
    (change,) = proposed(root, run())
    assert change.after == "version = 1\n"


def test_the_head_gets_what_runs_found(root):
    (root / "here" / "profile.toml").write_text('version = 1\nname = "here"\ntitle = "H"\n')
    (change,) = proposed(root, run())
    assert change.name == "here/profile.toml"
    assert tomllib.loads(change.after)["features"] == ["ipv4", "ipv6"]
    assert change.before in change.after


# -- additions alone ---------------------------------------------------------------------------


def lacking(*runs, profile=None):
    seen = points(runs, CASES)
    return list(update.additions(ID, seen, profile or samples.profile()))


def test_what_is_right_and_not_recorded_narrows_an_entry():
    (made,) = lacking(run("bad", "good"))
    assert made.case == {"row": "one"}


def test_an_entry_against_a_backends_own_is_of_that_backend():
    base = samples.profile(entry("ugly", when={"backend": "stdlib"}), name="base")
    profile = samples.profile(extends=base)
    (made,) = lacking(run("bad", "bad"), profile=profile)
    assert (made.when, made.behaviour) == (When(backend="stdlib"), "bad")
    base = samples.profile(entry("ugly", when={"libc": "glibc"}), name="base")
    (made,) = lacking(run("bad", "bad"), profile=samples.profile(extends=base))
    assert made.when == When()


def test_what_is_right_anyway_does_not_narrow_an_entry():
    runs = [run("bad", "bad"), run("bad", "bad", libc="musl")]
    base = samples.profile(entry("bad", when={"libc": "musl"}), name="base")
    (made,) = lacking(*runs, profile=samples.profile(extends=base))
    assert (made.when, made.case) == (When(), {})
    # But where this profile has one, a second would apply equally.
    own = samples.profile(entry("bad", when={"libc": "musl"}))
    (made,) = lacking(*runs, profile=own)
    assert made.when == When(libc="glibc")


def test_what_an_entry_of_its_own_records_is_lacking_nothing():
    profile = samples.profile(entry("bad"))
    assert lacking(run("bad", "bad"), profile=profile) == []
    here = Situation(samples.FACTS, "stdlib")
    assert profile.expectation(PLAIN.cases[0], here).behaviours == {"bad"}
