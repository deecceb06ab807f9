"""The causes of what is red in a run: in words, with the entry and the commands."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest
from gating import BAD, FINE, GOOD, MORE, RULE, UGLY, UNCLEAR, UPDATE, gate, said


def test_one_behaviour_of_a_rule_is_one_cause(spec, ran):
    ran(BAD, BAD, UGLY, GOOD)
    (one,) = gate(spec)["gates"]
    causes = {tuple(each["behaviours"]): each for each in one["causes"]}
    assert list(causes) == [("bad",), ("ugly",)]
    assert causes["bad",]["cases"] == [f"{RULE}[v4,stream]", f"{RULE}[v4,dgram]"]
    assert causes["bad",]["of"] == 4
    assert 'case = {family = "v4"}\nbehaviour = "bad"' in causes["bad",]["entry"]
    assert (
        'case = {family = "v6", type = "stream"}\nbehaviour = "ugly"'
        in causes["ugly",]["entry"]
    )
    assert len(one["problems"]) == 3


def test_a_cause_is_told_sentence_first(spec, ran):
    ran(BAD, BAD, GOOD, GOOD)
    told = said(spec)
    assert told[told.index("\n1. ") :].splitlines()[1:] == [
        "1. A demonstration does what it does.",
        f"   new divergence in 2 of 4 cases of {RULE} (must): v4,stream; v4,dgram",
        "   POSIX.1-2024 bind() asks for fine or good, yours did bad (is wrong)",
        "   fix it, or record it in platforms/here/demo.toml:",
        "     [[entry]]",
        f'     rule = "{RULE}"',
        '     case = {family = "v4"}',
        '     behaviour = "bad"',
        '     why = ""',
        '     source = ""',
        '     evidence = {kind = "observed", on = "Linux 6.1 x86_64", date = 2026-11-28}',
        f"   sockspec explain '{RULE}[v4,stream]' --run run.jsonl",
        f"   sockspec reproduce '{RULE}[v4,stream]' run.jsonl",
        "   https://pubs.opengroup.org/onlinepubs/9799919799/functions/bind.html",
        f"what now: fix each cause, or record it: {UPDATE} writes the entries, you say why",
        "gate: closed (exit 1)",
    ]


def linux(spec, *entries):
    folder = spec.profiles / "linux"
    folder.mkdir()
    (folder / "profile.toml").write_text('version = 1\nname = "linux"\ntitle = "Linux"\n')
    (folder / "demo.toml").write_text("version = 1\n" + "".join(entries))


def on(entry, version):
    observed = f'kind = "observed", on = "Linux {version} x86_64", date = 2026-11-23'
    return entry.replace('kind = "documented"', observed)


@pytest.mark.parametrize(
    ("more", "does"),
    [
        (None, "Linux does fine or good, "),
        ("", "Linux 6.18.44 does ugly, "),
        ('when = { version = "<6" }', "Linux 6.18.44 does fine or good, "),
        ('when = { version = ">=6.9" }', "Linux 6.18.44 does ugly, "),
        ('when = { backend = "stdlib" }', "Linux 6.18.44 does fine or good, "),
        ('case = { family = "v6" }', "Linux 6.18.44 does fine or good, "),
    ],
)
def test_a_cause_says_what_linux_does(spec, ran, more, does):
    entries = [] if more is None else [on(spec.entry(RULE, '"ugly"', more), "6.18.44")]
    linux(spec, *entries)
    ran(BAD)
    (cause,) = gate(spec)["gates"][0]["causes"]
    assert cause["compared"] == (
        f"{does}POSIX.1-2024 bind() asks for fine or good, yours did bad (is wrong)"
    )


def test_on_linux_the_version_at_hand_counts(spec, ran):
    linux(spec, on(spec.entry(RULE, '"ugly"', 'when = { version = ">=6" }'), "5.10"))
    from samples import FACTS

    ran(BAD, platform={**FACTS, "profile": "linux", "version": "6.2"}, profile="linux")
    (cause,) = gate(spec)["gates"][0]["causes"]
    assert cause["compared"].startswith("Linux 6.2 does ugly, ")


def test_a_failing_arrangement_is_the_first_suspect(spec, ran):
    hang = ("", UNCLEAR, "arranging failed: recv: hang")
    refused = ("", UNCLEAR, "arranging failed: connect: ECONNREFUSED")
    ran(hang, hang, BAD, hang, more={"rule-0": refused})
    told = gate(spec)
    assert told["exit"] == 3
    first, second, third = told["gates"][0]["causes"]
    assert first["told"] == "recv hangs: 3 cases never got to the point"
    assert second["told"] == "connect fails with ECONNREFUSED: 1 case never got to the point"
    assert (third["rule"], third["behaviours"]) == (RULE, ["bad"])
    values = ("v4,stream", "v4,dgram", "v6,dgram")
    assert first["cases"] == [f"{RULE}[{each}]" for each in values]


def test_what_broke_is_one_cause(spec, ran):
    broken = ("", "harness error", "the agent answered nonsense")
    ran(broken, broken)
    (cause,) = gate(spec)["gates"][0]["causes"]
    assert cause["told"] == "the agent answered nonsense: 2 cases"
    assert "sockspec smoke" in cause["remedy"]


def test_the_first_causes_or_all_of_them(spec, ran):
    ran(BAD, BAD, more={f"rule-{number}": BAD for number in range(7)})
    told = said(spec)
    # The one with most cases comes first.
    first = "1. A demonstration does what it does.\n   new divergence in 2 of 2 cases of"
    assert f"{first} {RULE}" in told
    assert "5. " in told
    assert "6. " not in told
    assert "... and 3 more causes with 3 red cases: --all shows all" in told
    told = said(spec, "run.jsonl", "--all")
    assert "8. " in told
    assert "more causes" not in told


def test_a_run_tells_causes_too(spec):
    spec.write("".join(MORE.format(number).replace("good", "bad") for number in range(6)))
    told = spec.run().stdout
    assert "1. A demonstration does what it does.\n   new divergence in 1 of 1 case of" in told
    assert "... and 1 more cause with 1 red case" in told
    assert "6. A demonstration" in spec.run("--all").stdout


def test_the_commands_that_are_printed_work(spec, ran):
    shutil.copytree(spec.profiles / "here", spec.folder / "mine")
    (spec.folder / "mine" / "profile.toml").write_text(
        'version = 1\nname = "mine"\ntitle = "Mine"\nextends = "here"\n'
    )
    ran(BAD)
    (cause,) = gate(spec, "run.jsonl", "--profile", "mine")["gates"][0]["causes"]
    assert cause["remedy"] == "fix it, or record it in mine/demo.toml:"
    explain, reproduce = map(shlex.split, cause["commands"])
    told = spec.command(*explain[1:])
    assert told.returncode == 0, told.stderr
    assert f"{RULE}[v4,stream], on mine:\n  did bad\n" in told.stdout
    assert reproduce[1:3] == ["reproduce", f"{RULE}[v4,stream]"]
    # It has no witness, being made without a run; but the case is found.
    assert "has no witness" in spec.command(*reproduce[1:]).stderr


def test_an_installed_profile_is_extended_and_not_edited(spec, ran):
    there = spec.folder / "site-packages" / "platforms"
    shutil.copytree(spec.profiles, there)
    (there / "here" / "demo.toml").write_text("version = 1\n" + spec.entry(RULE, '"ugly"'))
    ran(BAD, ("good", FINE), UGLY, UGLY)
    told = spec.command(
        "gate", "run.jsonl", "--format", "json", more={"SOCKSPEC_PLATFORMS": str(there)}
    )
    new, fixed = json.loads(told.stdout)["gates"][0]["causes"]
    mine = "demo.toml of a profile of yours that extends here (`sockspec init` makes one):"
    assert new["remedy"] == f"fix it, or record it in {mine}"
    assert fixed["verdict"] == "fixed"
    assert fixed["remedy"].endswith(f"records; say so in {mine}")
    assert 'case = {family = "v4", type = "dgram"}\nbehaviour = "good"' in fixed["entry"]


def test_an_entry_of_ones_own_is_corrected_and_not_overruled(spec, ran):
    spec.record(spec.entry(RULE, '"ugly"'))
    ran(BAD, UGLY, UGLY, UGLY)
    (cause,) = gate(spec)["gates"][0]["causes"]
    assert cause["remedy"] == (
        "fix it, or correct the entry at platforms/here/demo.toml:2; "
        "`sockspec update run.jsonl` shows the edit"
    )
    assert cause["entry"] == ""
