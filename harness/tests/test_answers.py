"""Answers: what a platform does where nothing is promised, recorded and gated."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from sockspec.judge.answers import Answers
from sockspec.judge.update.answers import text

LINUX = Path(__file__).parents[2] / "platforms" / "linux" / "answers.toml"
SPEC = """
OPEN = rule(
    "demo.subject.open", "Whether it does is unspecified.", level=UNSPECIFIED,
    sources=[POSIX.bind("EINVAL", "is bound")],
    behaviours={"good": "it does", "bad": "it does not"},
    aliases=["demo.subject.was-open"], renamed={"fine": "good"},
)
@OPEN.case(word=("one", "two", "three"))
def test_open(sockets, see, case):
    see("{three}" if case["word"] == "three" else "{rest}")

FIRM = promise("firm")
@FIRM.case()
def test_firm(sockets, see, case):
    see("good")
"""


def run(spec, rest="good", three="good"):
    spec.write(SPEC.replace("{rest}", rest).replace("{three}", three))
    return spec.run("--format", "json")


def answers(spec) -> str:
    return (spec.profiles / "here" / "answers.toml").read_text()


def update(spec, *runs):
    ran = spec.command(
        "update",
        "--answers",
        "--write",
        "--platforms",
        str(spec.profiles),
        *runs or (str(spec.out),),
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def test_what_a_run_did_is_recorded_and_a_change_is_red(spec):
    assert run(spec).returncode == 0
    told = update(spec).stdout.strip()
    assert (spec.folder / told).samefile(spec.profiles / "here" / "answers.toml")
    assert '"demo.subject.open" = "good"' in answers(spec)
    assert "firm" not in answers(spec)
    assert run(spec).returncode == 0
    changed = run(spec, three="bad")
    assert changed.returncode == 1
    told = json.loads(changed.stdout)
    (problem,), (cause,) = told["problems"], told["causes"]
    assert (problem["case"], problem["verdict"]) == ("demo.subject.open[three]", "changed")
    assert "here/answers.toml records good" in problem["because"]
    assert f"`sockspec update --write {spec.out}`" in cause["remedy"]
    assert cause["compared"].startswith("no clause decides, yours did bad (it does not)")


def test_every_update_makes_the_table_and_no_entry(spec):
    assert run(spec).returncode == 0
    command = ("update", "--platforms", str(spec.profiles), str(spec.out))
    assert '+"demo.subject.open" = "good"' in spec.command(*command).stdout
    assert spec.command(*command, "--write").returncode == 0
    assert '"demo.subject.open" = "good"' in answers(spec)
    assert not (spec.profiles / "here" / "demo.toml").exists()
    assert spec.command(*command).stdout == ""
    assert run(spec, three="bad").returncode == 1
    assert spec.command(*command, "--write").returncode == 0
    assert 'three = "bad"' in answers(spec)
    assert spec.command("gate", str(spec.out)).returncode == 0


def test_of_what_a_run_does_not_show_the_table_keeps_what_it_says(spec):
    run(spec, three="bad")
    update(spec)
    before = answers(spec)
    spec.run("--rule", "demo.subject.open[one]")
    assert update(spec).stdout == ""
    spec.write(SPEC.replace("{rest}", "bad").replace("{three}", "bad"))
    spec.run("--rule", "demo.subject.open[one]")
    update(spec)
    assert answers(spec) != before
    # Two of three are "bad" now, and the third is still known to be "good".
    assert 'two = "good"' in answers(spec)
    assert '"*" = "bad"' in answers(spec)


def test_most_cases_stand_for_the_rest(spec):
    run(spec, three="bad")
    update(spec)
    assert 'three = "bad"\n"*" = "good"\n' in answers(spec)
    assert run(spec, three="bad").returncode == 0
    assert run(spec, rest="bad", three="bad").returncode == 1


def test_runs_that_do_not_agree_record_nothing_of_a_case(spec):
    run(spec)
    first = spec.folder / "first.jsonl"
    first.write_bytes(spec.out.read_bytes())
    run(spec, three="bad")
    update(spec, str(first), str(spec.out))
    assert "three" not in answers(spec)
    assert "*" not in answers(spec)
    assert run(spec, three="bad").returncode == 0
    assert run(spec, rest="bad").returncode == 1


def test_what_a_fact_decides_is_recorded_under_it(spec):
    run(spec)
    other = spec.folder / "other.jsonl"
    text = spec.out.read_text().replace('"interpreter":"CPython"', '"interpreter":"PyPy"')
    bad = '{"bad":1},"verdict":"unspecified"'
    other.write_text(text.replace('{"good":1},"verdict":"unspecified"', bad))
    update(spec, str(spec.out), str(other))
    assert 'when = {interpreter = "PyPy"}' in answers(spec)
    for each in (spec.out, other):
        assert spec.command("gate", str(each)).returncode == 0
    other.write_text(text)
    assert spec.command("gate", str(other)).returncode == 1
    assert run(spec, rest="bad").returncode == 1
    # One of the two alone changes what is recorded under its condition, and nothing else.
    update(spec, str(other))
    assert spec.command("gate", str(other)).returncode == 0
    assert run(spec).returncode == 0
    assert run(spec, rest="bad").returncode == 1


def test_backends_that_part_have_tables_of_their_own(spec):
    run(spec)
    other = spec.folder / "other.jsonl"
    text = spec.out.read_text().replace('"backend":"stdlib"', '"backend":"another"')
    other.write_text(
        text.replace('{"good":1},"verdict":"unspecified"', '{"bad":1},"verdict":"unspecified"')
    )
    update(spec, str(spec.out), str(other))
    assert "[backend.another]" in answers(spec)
    assert run(spec).returncode == 0
    assert run(spec, rest="bad", three="bad").returncode == 1


def test_an_entry_decides_before_the_table(spec):
    run(spec)
    update(spec)
    spec.record(spec.entry("demo.subject.open", '"bad"', 'case = { word = "three" }'))
    assert run(spec, three="bad").returncode == 0
    update(spec)
    assert "three" not in answers(spec)


def test_a_profile_that_extends_another_has_answers_of_its_own(spec):
    run(spec)
    update(spec)
    own = spec.profiles / "own"
    own.mkdir()
    (own / "profile.toml").write_text(
        'version = 1\nname = "own"\ntitle = "Own"\nextends = "here"\n'
    )
    spec.write(SPEC.replace("{rest}", "bad").replace("{three}", "bad"))
    ran = spec.command("run", "--profile", "own", "--out", str(spec.out), "-n", "0")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_table_comes_before_what_is_inherited(spec):
    own = spec.profiles / "own"
    own.mkdir()
    (own / "profile.toml").write_text(
        'version = 1\nname = "own"\ntitle = "Own"\nextends = "here"\n'
    )
    spec.record(spec.entry("demo.subject.open", '"bad"'))
    spec.write(SPEC.replace("{rest}", "good").replace("{three}", "bad"))
    words = ("run", "--profile", "own", "--out", str(spec.out), "-n", "0")
    ran = spec.command(*words)
    assert ran.returncode == 1
    # Where no clause decides, the table takes it without a reason.
    assert (
        "   record it without a reason, in the table of answers: `sockspec update --write "
        f"{spec.out}`; or with one, in platforms/own/demo.toml:"
    ) in ran.stdout
    update(spec, "--profile", "own", str(spec.out))
    table = (own / "answers.toml").read_text()
    # What is inherited and right is not said again.
    assert ("good" in table, "bad" in table) == (True, False)
    assert spec.command(*words).returncode == 0


def test_earlier_names_are_understood(spec):
    run(spec)
    update(spec)
    table = spec.profiles / "here" / "answers.toml"
    table.write_text(
        answers(spec)
        .replace("demo.subject.open", "demo.subject.was-open")
        .replace('"good"', '"fine"')
    )
    assert run(spec).returncode == 0
    assert run(spec, three="bad").returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"demo.subject.open"', '"demo.subject.gone"', "there is no rule 'demo.subject.gone'"),
        ('= "good"', '= "odd"', "demo.subject.open cannot name 'odd'"),
        ("version = 1", "version = 2", "version"),
        ("[any]", "[every]", "every"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(spec, old, new, complaint):
    run(spec)
    update(spec)
    table = spec.profiles / "here" / "answers.toml"
    table.write_text(answers(spec).replace(old, new))
    ran = spec.run()
    assert ran.returncode in {2, 3}
    assert complaint in ran.stdout + ran.stderr
    assert "answers.toml" in ran.stdout + ran.stderr


@pytest.mark.skipif(not LINUX.is_file(), reason="not run: not in a checkout")
def test_a_table_is_written_as_it_was_read():
    told = LINUX.read_text("utf-8")
    assert "[backend.stdlib]" in told
    assert "[[under]]" in told
    assert text(msgspec.toml.decode(told, type=Answers)) == told
