"""Gate, diff, merge, explain, reproduce: verbs over run files."""

from __future__ import annotations

import json
import subprocess
import sys

import msgspec
import pytest

from sockspec.judge import compare, runfile

SPEC = """
R = promise("words")
@R.case(word=("one", "two"))
def test_words(sockets, see, case):
    listener = sockets.listener(family=V4)
    client, server = sockets.client_of(listener)
    client.send(b"hello")
    see({0!r} if case["word"] == "two" else "good", got=server.recv(5))
"""
RULE = "demo.subject.words"


def run(spec, behaviour="bad", *words):
    spec.write(SPEC.format(behaviour))
    return spec.run(*words)


# -- gate --------------------------------------------------------------------------


def gate(spec):
    ran = spec.command("gate", str(spec.out), "--format", "json")
    (said,) = json.loads(ran.stdout)["gates"]
    return ran.returncode, said


def test_a_gate_judges_by_todays_profile(spec):
    run(spec)
    code, said = gate(spec)
    assert code == said["exit"] == 1
    assert said["heading"] == runfile.read(spec.out).heading
    (problem,) = said["problems"]
    assert problem["case"] == f"{RULE}[two]"
    assert problem["verdict"] == "new divergence"
    (cause,) = said["causes"]
    assert cause["remedy"] == "fix it, or record it in platforms/here/demo.toml:"
    # The entry that it offers, with a reason, opens it.
    spec.record(
        cause["entry"]
        .replace('why = ""', 'why = "it is so"')
        .replace('source = ""', 'source = "https://e.org"')
    )
    assert gate(spec) == (
        0,
        {
            "run": str(spec.out),
            "heading": said["heading"],
            "profile": "here",
            "open": True,
            "exit": 0,
            "now": "",
            "counts": {"conforms": 1, "known divergence": 1},
            "problems": [],
            "causes": [],
            "untried": {},
            "tolerated": {},
            "faults": [],
            "warnings": [],
        },
    )


ONE = """
{name} = promise("{name}"{more})
@{name}.case(word="one")
def test_{name}(sockets, see, case):
    see({behaviour!r})
"""


def test_two_cases_that_are_one_today_are_judged_once(spec):
    older = ONE.format(name="older", more="", behaviour="bad")
    newer = ONE.format(name="newer", more="", behaviour="good")
    spec.write(older + newer)
    spec.run()
    aliases = ", aliases=['demo.subject.older']"
    spec.write(ONE.format(name="newer", more=aliases, behaviour="good"))
    code, said = gate(spec)
    assert (code, said["counts"]) == (0, {"conforms": 1})
    spec.write(
        ONE.format(name="third", more=", split_from=['demo.subject.older']", behaviour="good")
        + newer
    )
    code, said = gate(spec)
    assert said["counts"] == {"conforms": 1, "new divergence": 1}
    assert [each["case"] for each in said["problems"]] == ["demo.subject.third[one]"]


def test_an_entry_that_is_not_true_closes_the_gate(spec):
    spec.record(spec.entry(RULE, '"bad"'))
    run(spec)
    code, said = gate(spec)
    assert code == 1
    assert [each["verdict"] for each in said["problems"]] == ["fixed"]
    (cause,) = said["causes"]
    assert "remove the entry at platforms/here/demo.toml:2" in cause["remedy"]
    assert f"`sockspec update {spec.out}` shows the edit" in cause["remedy"]


def test_an_entry_for_no_rule_closes_the_gate(spec):
    run(spec, "good")
    spec.record(spec.entry("demo.subject.gone", '"bad"'))
    code, said = gate(spec)
    assert code == 3
    assert "there is no rule 'demo.subject.gone'" in said["faults"][0]


def test_a_broken_profile_is_a_mistake_of_usage_and_the_run_file_stays(spec):
    run(spec)
    kept = spec.out.read_bytes()
    spec.record("[[entry]]\nrule = 1\n")
    ran = spec.command("gate", str(spec.out))
    assert ran.returncode == 2
    assert "platforms/here/demo.toml:3" in ran.stderr
    assert "remedy" in ran.stderr
    assert run(spec).returncode == 2
    assert spec.out.read_bytes() == kept


# -- diff --------------------------------------------------------------------------


def test_a_diff_tells_kind_and_direction(spec, tmp_path):
    run(spec, "good")
    before = spec.out.rename(tmp_path / "before.jsonl")
    run(spec, "bad")
    after = spec.out
    assert spec.command("diff", str(before), str(before)).returncode == 0
    ran = spec.command("diff", str(before), str(after), "--format", "json")
    assert ran.returncode == 1
    (pair,) = json.loads(ran.stdout)["pairs"]
    assert (pair["before"], pair["after"]) == (str(before), str(after))
    (change,) = pair["changes"]
    assert (change["kind"], change["direction"]) == ("changed", "regressed")
    (back,) = compare.diff(runfile.read(after), runfile.read(before))
    assert (back.before, back.after, back.direction) == (["bad"], ["good"], "improved")


def test_a_diff_tells_what_came_and_went(spec, tmp_path):
    run(spec, "good")
    before = spec.out.rename(tmp_path / "before.jsonl")
    spec.write(
        SPEC.format("good").replace('"two"), ', '"two"), ').replace('"one", ', '"six", ')
    )
    spec.run()
    kinds = {
        each.case: each.kind for each in compare.diff(*map(runfile.read, (before, spec.out)))
    }
    assert kinds == {f"{RULE}[one]": "deleted", f"{RULE}[six]": "added"}


# -- merge -------------------------------------------------------------------------


def test_parts_merge_into_the_whole(spec, tmp_path):
    spec.write(SPEC.format("good") + SPEC.format("good").replace("words", "more"))
    parts = []
    for name in (RULE, "demo.subject.more"):
        assert spec.run("--rule", name).returncode == 0
        parts.append(str(spec.out.rename(tmp_path / f"{name}.jsonl")))
    whole = tmp_path / "whole.jsonl"
    ran = spec.command("merge", *parts, "--out", str(whole))
    assert ran.returncode == 0, ran.stderr
    assert len(runfile.read(whole).observations) == 4
    assert spec.command("gate", str(whole)).returncode == 0


STUCK = """
R = promise("words")
@R.case(word=("one", "two"))
def test_words(sockets, see, case):
    if case["word"] == "two":
        sockets.new().accept()
    see("good")
"""
"""A case that never gets to its point."""


@pytest.mark.parametrize("spoilt", [SPEC.format("never-declared"), STUCK])
def test_of_a_case_that_one_part_could_not_judge_the_other_is_taken(spec, tmp_path, spoilt):
    spec.write(spoilt)
    assert spec.run().returncode == 3
    broken = spec.out.rename(tmp_path / "broken.jsonl")
    run(spec, "good", "--rule", f"{RULE}[two]")
    whole = tmp_path / "whole.jsonl"
    for parts in ((broken, spec.out), (spec.out, broken)):
        ran = spec.command("merge", *map(str, parts), "--out", str(whole))
        assert ran.returncode == 0, ran.stderr
        assert len(runfile.read(whole).observations) == 2
        assert spec.command("gate", str(whole)).returncode == 0


def test_a_merge_judges_by_todays_profile_where_it_is_asked_to(spec, tmp_path):
    run(spec)
    spec.record(spec.entry(RULE, '"bad"', 'case = { word = "two" }'))
    kept = tmp_path / "kept.jsonl"

    def merged(*words):
        ran = spec.command("merge", str(spec.out), "--out", str(kept), *words)
        assert ran.returncode == 0, ran.stderr
        return runfile.read(kept)

    of_that_day = merged()
    assert of_that_day.verdicts() == {"conforms": 1, "new divergence": 1}
    today = merged("--judge", "--platforms", str(spec.profiles))
    assert today.verdicts() == {"conforms": 1, "known divergence": 1}
    assert today.footer.seconds == runfile.read(spec.out).footer.seconds
    seen = [each.behaviours for each in today.observations]
    assert seen == [each.behaviours for each in of_that_day.observations]


def test_a_whole_run_of_a_case_that_had_two_names_is_whole_when_judged(spec, tmp_path):
    spec.write(
        SPEC.format("good").replace('("words")', '("words", aliases=["demo.subject.old"])')
    )
    assert spec.run().returncode == 0
    ran = runfile.read(spec.out)
    header = msgspec.structs.replace(ran.header, declared=3)
    before = msgspec.structs.replace(ran.observations[0], case="demo.subject.old[one]")
    writer = runfile.Writer(tmp_path / "old.jsonl", header)
    for each in (before, *ran.observations):
        writer.add(each)
    writer.end(0)
    new = tmp_path / "new.jsonl"
    words = ("--judge", "--platforms", str(spec.profiles))
    merged = spec.command("merge", str(tmp_path / "old.jsonl"), "--out", str(new), *words)
    assert merged.returncode == 0, merged.stderr
    today = runfile.read(new)
    assert today.header.declared == len(today.observations) == 2


def test_parts_of_different_runs_do_not_merge(spec, tmp_path):
    run(spec, "good")
    other = tmp_path / "other.jsonl"
    other.write_text(spec.out.read_text().replace('"backend":"stdlib"', '"backend":"c"'))
    ran = spec.command("merge", str(spec.out), str(other), "--out", str(tmp_path / "x.jsonl"))
    assert ran.returncode == 2
    assert "backend is 'c'" in ran.stderr


# -- explain and reproduce -----------------------------------------------------------


def test_explain_tells_rule_entry_and_place(spec):
    run(spec)
    spec.record(spec.entry(RULE, '"bad"', 'case = { word = "two" }'))
    ran = spec.command("explain", RULE, "--profile", "here")
    assert ran.returncode == 0
    assert "expects bad (platforms/here/demo.toml:2)" in ran.stdout
    assert "nothing is recorded; the rule asks for fine or good" in ran.stdout
    assert spec.command("explain", "demo.subject.none").returncode == 2


def test_a_witness_becomes_a_script_that_runs_alone(spec):
    run(spec)
    script = spec.command("reproduce", f"{RULE}[two]", str(spec.out))
    assert script.returncode == 0, script.stderr
    assert "sockspec" not in script.stdout.replace("sockspec-", "")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script.stdout],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ran.returncode == 1, ran.stderr
    assert "b'hello'" in ran.stdout


def test_reproduce_names_what_there_is(spec):
    run(spec)
    ran = spec.command("reproduce", RULE, str(spec.out))
    assert ran.returncode == 2
    assert f"name one of its cases: {RULE}[one]" in ran.stderr
    for mistyped in (f"{RULE}[tow]", f"{RULE.replace('demo', 'dmo')}[two]"):
        ran = spec.command("reproduce", mistyped, str(spec.out))
        assert ran.returncode == 2
        assert f"there is no case '{mistyped}'; did you mean {RULE}[two]" in ran.stderr
    ran = spec.command("reproduce", f"{RULE}[two]", str(spec.out), "--behaviour", "ugly")
    assert "has no witness of 'ugly'" in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--backend", "nonesuch"),
        ("run", "--backend", "no.module:thing"),
        ("run", "--rule", "no.such.rule"),
        ("run", "--profile", "nowhere"),
        ("smoke", "nonesuch"),
        ("explain", "no.such.rule"),
        ("frobnicate",),
    ],
)
def test_mistakes_of_usage_end_with_two(spec, words):
    spec.write(SPEC.format("good"))
    ran = spec.command(*words)
    assert ran.returncode == 2, ran.stdout
    assert ran.stderr


def test_what_stands_above_the_rules_is_nothing_to_a_run(spec):
    spec.write(SPEC.format("good"))
    (spec.folder / "conftest.py").write_text("raise RuntimeError('a stranger')")
    for chosen in ((), ("--rule", RULE)):
        ran = spec.run(*chosen)
        assert ran.returncode == 0, ran.stdout


ONE_OF_MANY = """
@promise("number-{0}").case()
def test_number_{0}(sockets, see, case):
    import subprocess, sys
    see("good" if len(subprocess.list2cmdline(sys.orig_argv)) < 32_768 else "bad")
"""


def test_more_rules_are_chosen_than_a_command_line_of_windows_takes(spec):
    many = 300
    spec.write("".join(ONE_OF_MANY.format(number) for number in range(many)))
    ran = spec.run("--rule", "demo.subject.number-*")
    assert f"{many} cases: {many} conforms" in ran.stdout, ran.stderr


def test_no_rule_listed_ends_with_five(spec):
    spec.write(SPEC.format("good"))
    assert spec.command("rules", "no.such").returncode == 5
    listed = json.loads(spec.command("rules", "--format", "json").stdout)
    assert [each["id"] for each in listed] == [RULE]
