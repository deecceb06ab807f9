"""Edits to profiles from runs: the fewest, narrow, without reasons, and then all is green."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sockspec.judge import gate, runfile, update
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.update import text
from sockspec.report import summary
from sockspec.spec.rules import CONFORMS, Level, Registry, Rule

GRID = """
R = promise("grid")
@R.case(row=("one", "two"), column=("a", "b"))
def test_grid(sockets, see, case):
    see(ANSWERS[case["row"] + case["column"]])
"""
RULE = "demo.subject.grid"
CELLS = ("onea", "oneb", "twoa", "twob")
REASONS = {'why = ""': 'why = "so"', 'source = ""': 'source = "none found"'}


class Runs:
    """Run files of a grid of cases, made without running, and the gate over them."""

    def __init__(self, spec):
        self.spec = spec
        spec.write(f"ANSWERS = dict.fromkeys({CELLS!r}, 'good')" + GRID)
        assert spec.run().returncode == 0
        self.model = spec.out.read_text().splitlines()
        self.files = []

    def add(self, answers, **facts):
        head, *lines, foot = map(json.loads, self.model)
        head["backend"] = facts.pop("backend", head["backend"])
        head["stands_in_for"] = "" if head["backend"] == "c" else "stdlib"
        head["platform"].update(facts)
        for line in lines:
            cell = line["parameters"]["row"] + line["parameters"]["column"]
            line["behaviours"] = {answers.get(cell, "good"): 1}
        path = self.spec.folder / f"{len(self.files)}.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in (head, *lines, foot)))
        self.files.append(path)
        return self

    def update(self, *words):
        return self.spec.command("update", *words, "--from", str(self.spec.folder / "?.jsonl"))

    @property
    def profile(self):
        return (self.spec.profiles / "here" / "demo.toml").read_text()

    def settle(self, because="a race"):
        """Write what is proposed, give reasons, and have gate and update agree."""
        ran = self.update("--write")
        assert ran.returncode == 0, ran.stderr
        path = self.spec.profiles / "here" / "demo.toml"
        if path.exists():
            filled = path.read_text().replace('because = ""', f'because = "{because}"')
            for empty, full in REASONS.items():
                filled = filled.replace(empty, full)
            path.write_text(filled)
        for file in self.files:
            ran = self.spec.command("gate", str(file))
            assert ran.returncode == 0, ran.stdout + ran.stderr
        assert self.update().stdout == ""
        return path.read_text() if path.exists() else ""


@pytest.fixture
def runs(spec):
    return Runs(spec)


def test_a_diff_is_shown_and_nothing_written(runs):
    runs.add({"twoa": "bad", "twob": "bad"})
    shown = runs.update().stdout
    assert shown.startswith("--- a/platforms/here/demo.toml\n+++ b/platforms/here/demo.toml\n")
    assert shown.count("+[[entry]]") == 1
    assert '+case = {row = "two"}' in shown
    assert not (runs.spec.profiles / "here" / "demo.toml").exists()
    same = runs.spec.command("update", str(runs.files[0])).stdout
    assert same == shown


def test_a_profile_without_reasons_is_a_draft_and_closes_the_gate(runs):
    runs.add({"twoa": "bad", "twob": "bad"}).update("--write")
    assert runs.update().stdout == ""
    ran = runs.spec.command("gate", str(runs.files[0]))
    assert ran.returncode == 3
    assert "what now: do what each error says" in ran.stdout
    assert f"error: platforms/here/demo.toml:3: {RULE}: has no why and no source" in ran.stdout
    runs.spec.write("ANSWERS = dict(onea='good', oneb='good', twoa='bad', twob='bad')" + GRID)
    ran = runs.spec.run()
    assert ran.returncode == 0, ran.stdout
    assert f"warning: platforms/here/demo.toml:3: {RULE}: has no why" in ran.stdout


def test_a_gate_names_the_first_drafts_and_counts_the_others():
    said = gate.Gate(
        "run.jsonl", "", "here", {}, faults=[f"here.toml:{line}: no" for line in range(9)]
    )
    shown = [each for each in summary.gate(said) if "here.toml" in each or "more" in each]
    assert len(shown) == 7
    assert shown[-1] == "... and 3 more errors: --all shows all"
    assert len(list(summary.gate(said, everything=True))) == len(list(summary.gate(said))) + 2


def test_an_entry_that_is_gone_everywhere_is_removed_and_the_rest_is_kept(runs):
    kept = runs.spec.entry(RULE, '"bad"', 'case = { row = "one" }  # of old')
    gone = runs.spec.entry(RULE, '"bad"', 'case = { row = "two" }')
    runs.spec.record(f"\n# Rows.\n{kept}\n# About the second.\n{gone}")
    runs.add({"onea": "bad", "oneb": "bad"})
    after = runs.settle()
    assert after.count("[[entry]]") == 1
    assert "# Rows." in after
    assert "# of old" in after
    assert "second" not in after
    assert 'why = "it is so"' in after


def test_an_entry_is_narrowed_to_where_it_still_holds_and_keeps_its_reason(runs):
    runs.spec.record(runs.spec.entry(RULE, '"bad"'))
    runs.add({"twoa": "bad", "twob": "bad"})
    after = runs.settle()
    assert after.count("[[entry]]") == 1
    assert 'case = {row = "two"}' in after
    assert 'why = "it is so"' in after


def test_an_entry_whose_behaviour_became_another_loses_its_reason(runs):
    runs.spec.record(runs.spec.entry(RULE, '"bad"', 'case = { row = "two" }'))
    runs.add({"twoa": "ugly", "twob": "ugly"})
    shown = runs.update().stdout
    assert '-behaviour = "bad"' in shown
    assert '+behaviour = "ugly"' in shown
    assert '+why = ""' in shown
    assert runs.settle().count("[[entry]]") == 1


def test_what_was_documented_and_is_seen_is_observed(runs):
    runs.spec.record(runs.spec.entry(RULE, '"bad"', 'case = { row = "two" }'))
    runs.add({"twoa": "bad", "twob": "bad"})
    after = runs.settle()
    assert 'kind = "observed"' in after
    assert 'why = "it is so"' in after


def test_versions_are_told_apart_by_a_range_between_what_was_observed(runs):
    bad = {"twoa": "bad", "twob": "bad"}
    runs.add(bad, version="5.10").add(bad, version="6.1").add({}, version="6.12")
    after = runs.settle()
    assert 'when = {version = "<6.12"}' in after
    assert after.count("[[entry]]") == 1


def test_a_version_between_others_has_two_bounds(runs):
    runs.add({}, version="5.10").add({"onea": "bad"}, version="6.1").add({}, version="6.12")
    assert 'version = ">=6.1,<6.12"' in runs.settle()


def test_conditions_stand_only_where_runs_differ(runs):
    runs.add({"onea": "bad"}, backend="c", machine="x86_64")
    runs.add({"onea": "bad"}, backend="c", machine="aarch64")
    runs.add({}, backend="stdlib", machine="x86_64")
    after = runs.settle()
    assert 'when = {backend = "c"}' in after
    assert "machine" not in after.replace("evidence", "")


def test_a_setting_that_is_not_shown_tells_runs_apart(runs):
    runs.add({"onea": "bad"}, settings={}).add({}, settings={"kernel.new": "1"})
    assert 'when = {setting = {"kernel.new" = ""}}' in runs.settle()


def test_runs_alike_that_differ_need_a_reason_why_both_are_right(runs):
    runs.add({"onea": "bad"}).add({"onea": "ugly"})
    after = runs.settle()
    assert 'behaviour = ["bad", "ugly"]' in after
    assert "sometimes = true" in after
    assert 'because = "a race"' in after


def test_a_layer_below_is_corrected_here_and_left_as_it_is(runs):
    below = runs.spec.profiles / "below"
    below.mkdir()
    (below / "profile.toml").write_text('version = 1\nname = "below"\ntitle = "Below"\n')
    entry = runs.spec.entry(RULE, '"bad"', 'when = { backend = "stdlib" }')
    (below / "demo.toml").write_text("version = 1\n" + entry)
    (runs.spec.profiles / "here" / "profile.toml").write_text(
        'version = 1\nname = "here"\ntitle = "Here"\nextends = "below"\n'
    )
    runs.add({})
    ran = runs.spec.command("gate", str(runs.files[0]), "--format", "json")
    (said,) = json.loads(ran.stdout)["gates"]
    assert 'when = {backend = "stdlib"}' in said["causes"][0]["entry"]
    after = runs.settle()
    assert 'when = {backend = "stdlib"}' in after
    assert 'behaviour = "good"' in after
    assert (below / "demo.toml").read_text() == "version = 1\n" + entry


def test_no_run_and_no_such_run_are_mistakes_of_usage(spec):
    assert spec.command("update").returncode == 2
    ran = spec.command("update", "--from", str(spec.folder / "none*.jsonl"))
    assert ran.returncode == 2
    assert "no such run file" in ran.stderr


def grid():
    """The rule of the grid, as its module declares it."""
    meanings = {"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"}
    made = Rule(
        RULE, "It does what it does.", Level.MUST, (), meanings, frozenset({"good", "fine"})
    )
    made.case(row=("one", "two"), column=("a", "b"))
    rules = Registry()
    rules.add(made)
    return rules


# -- whatever was seen -----------------------------------------------------------------


ANSWER = st.sampled_from(["good", "fine", "bad", "ugly"])
GRIDS = st.fixed_dictionaries(dict.fromkeys(CELLS, ANSWER))
WHERE = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["5.10", "6.1", "6.12"]),
        "backend": st.sampled_from(["c", "stdlib", "gevent"]),
        "libc": st.sampled_from(["glibc", "musl"]),
    }
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from conftest import Spec

    return Runs(Spec(tmp_path_factory.mktemp("world")))


@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(
    seen=st.lists(st.tuples(GRIDS, WHERE), min_size=1, max_size=5),
    before=st.lists(st.tuples(GRIDS, WHERE), max_size=2),
)
def test_after_an_update_with_reasons_every_gate_is_open(world, seen, before):
    _settled(world, before or seen)
    _settled(world, seen)


def _settled(world, seen):
    registry = grid()
    world.files.clear()
    for answers, facts in seen:
        world.add(answers, **dict(facts))
    read = [runfile.read(path) for path in world.files]
    catalogue = Catalogue([world.spec.profiles])
    update.write(update.propose(read, registry, catalogue))
    path = world.spec.profiles / "here" / "demo.toml"
    if path.exists():
        filled = path.read_text().replace('because = ""', 'because = "a race"')
        for empty, full in REASONS.items():
            filled = filled.replace(empty, full)
        path.write_text(filled)
    judged = [gate.judge(run, registry, catalogue) for run in read]
    assert [each.problems for each in judged] == [[]] * len(read)
    assert update.propose(read, registry, catalogue) == []


def test_an_empty_file_gets_its_head(spec):
    assert text.rewritten("version = 1\n", {}, []) == "version = 1\n"
