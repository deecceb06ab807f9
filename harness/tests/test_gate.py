"""The gate: causes in words, what closes it, sets of runs, and what was tried before."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest
from samples import observed, written

from sockspec.errors import UsageError
from sockspec.judge import compare, runfile

SPEC = """
R = promise("words")
@R.case(family=("v4", "v6"), type=("stream", "dgram"))
def test_words(sockets, see, case):
    see("good")
"""
MORE = """
R{0} = promise("rule-{0}")
@R{0}.case()
def test_{0}(sockets, see, case):
    see("good")
"""
RULE = "demo.subject.words"
UPDATE = "`sockspec update run.jsonl --write`"
NEW, KNOWN, FINE = "new divergence", "known divergence", "conforms"
UNCLEAR = "indeterminate"
LACKS = ("", "unsupported", "needs shoes: there are none")


@pytest.fixture
def ran(spec):
    """Write a run file in which the four cases of the rule, and others, did this."""
    spec.write(SPEC + "".join(MORE.format(number) for number in range(8)))

    def write(*did, name="run.jsonl", more=None, **header):
        cases = ("v4,stream", "v4,dgram", "v6,stream", "v6,dgram")
        seen = [
            observed(f"{RULE}[{case}]", *each)
            for case, each in zip(cases, did, strict=False)
            if each
        ]
        seen += [observed(f"demo.subject.{id}", *each) for id, each in (more or {}).items()]
        return written(spec.folder / name, *seen, **header)

    return write


GOOD, BAD, UGLY = ("good", FINE), ("bad", NEW), ("ugly", NEW)


def gate(spec, *words):
    ran = spec.command("gate", *(words or ("run.jsonl",)), "--format", "json")
    assert ran.stdout, ran.stderr
    told = json.loads(ran.stdout)
    assert told["exit"] == ran.returncode
    assert told["open"] == (ran.returncode == 0)
    return told


def said(spec, *words):
    return spec.command("gate", *(words or ("run.jsonl",))).stdout


# -- causes ------------------------------------------------------------------------------


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


# -- what was not tried --------------------------------------------------------------------


def test_a_gate_says_what_could_not_be_tried_by_reason(spec, ran):
    hats = ("", "unsupported", "needs hats: none fits")
    ran(GOOD, LACKS, LACKS, hats)
    (one,) = gate(spec)["gates"]
    assert one["untried"] == {LACKS[2]: 2, hats[2]: 1}
    assert (
        "3 cases could not be tried:\n"
        "  2: needs shoes: there are none\n"
        "  1: needs hats: none fits\n"
    ) in said(spec)


def test_reasons_that_say_the_same_of_many_things_stand_in_one_line(spec, ran):
    of = [
        ("", "unsupported", f"SO_{each} is not available: it has no number here")
        for each in ("ONE", "TWO", "THREE", "FOUR")
    ]
    ran(*of)
    assert gate(spec)["gates"][0]["untried"] == {each[2]: 1 for each in of}
    line = "  4: it has no number here: SO_ONE, SO_TWO, SO_THREE and 1 more\n"
    assert f"4 cases could not be tried:\n{line}" in said(spec)
    assert "SO_THREE, SO_FOUR\n" in said(spec, "run.jsonl", "--all")
    ran(of[0], of[1], GOOD, GOOD)
    assert "  1: SO_ONE is not available: it has no number here\n" in said(spec)


def test_what_an_earlier_run_tried_has_to_be_tried_again(spec, ran):
    ran(GOOD, GOOD, LACKS, GOOD, name="before.jsonl")
    ran(GOOD, LACKS, LACKS, GOOD)
    assert gate(spec)["exit"] == 0
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 1
    (one,) = told["gates"]
    (problem,) = one["problems"]
    assert (problem["case"], problem["kind"]) == (f"{RULE}[v4,dgram]", "not-run")
    (cause,) = one["causes"]
    assert cause["told"] == "1 case that before.jsonl tried: needs shoes: there are none"
    assert cause["verdict"] == "not tried any more"
    assert gate(spec, "before.jsonl", "--against", "run.jsonl")["exit"] == 0


def test_what_an_earlier_run_tried_and_this_one_does_not_have(spec, ran):
    ran(GOOD, GOOD, GOOD, GOOD, name="before.jsonl")
    ran(GOOD, None, GOOD, GOOD)
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 3
    (cause,) = told["gates"][0]["causes"]
    assert cause["told"] == "1 case that before.jsonl tried: not in this run"
    assert cause["kind"] == cause["verdict"] == "vanished"
    both = ("run.jsonl", "--against", "before.jsonl")
    assert gate(spec, *both, "--rule", "!words[v4,dgram]")["exit"] == 0
    assert gate(spec, *both, "--fail-on", "new,fixed")["exit"] == 0


def test_each_run_of_a_set_has_its_earlier_one(spec, ran):
    for name in ("old/a.jsonl", "old/b.jsonl", "new/a.jsonl"):
        ran(GOOD, GOOD, name=name)
    ran(GOOD, LACKS, name="new/b.jsonl")
    told = gate(spec, "new", "--against", "old")
    assert [each["exit"] for each in told["gates"]] == [0, 1]
    ran(GOOD, name="new/c.jsonl")
    refused = spec.command("gate", "new", "--against", "old")
    assert refused.returncode == 2
    assert "new/c.jsonl: answers to none of the earlier runs" in refused.stderr


# -- what became of an earlier run's cases ------------------------------------------------


@pytest.fixture
def two(spec, ran):
    """An earlier run and one that parts from it in each way that there is."""
    spec.write(OPEN, "test_open.py")
    ran(GOOD, BAD, GOOD, BAD, name="before.jsonl", more=EARLIER)
    ran(BAD, GOOD, ("fine", FINE), UGLY, more=LATER)
    return spec


OPEN = """
@promise("open", level=UNSPECIFIED).case()
def test_open(sockets, see, case):
    see("bad")
"""
LIKE = {"rule-5": BAD, "rule-6": ("", UNCLEAR, "arranging failed: recv: hang")}
EARLIER = {"rule-0": GOOD, "rule-1": GOOD, "rule-2": LACKS, "gone": GOOD, **LIKE}
EARLIER |= {"open": ("bad", "unspecified"), "rule-4": LACKS}
LATER = {"rule-1": LACKS, "rule-2": BAD, "rule-3": BAD, "rule-4": GOOD, **LIKE}
LATER |= {"open": ("ugly", "unspecified")}
BY_EARLIER = ("run.jsonl", "--against", "before.jsonl", "--by", "earlier")
NAMES = ("[v4,stream]", "[v4,dgram]", "[v6,stream]", "[v6,dgram]")


def differences(told):
    (one,) = told["gates"]
    return {
        kind: [each["case"].removeprefix("demo.subject.") for each in one["since"][kind]]
        for kind in ("new", "changed", "fixed", "vanished", "not-run")
    }


def test_what_became_of_an_earlier_runs_cases(two):
    told = gate(two, *BY_EARLIER)
    assert differences(told) == {
        "new": ["rule-2", "rule-3", f"words{NAMES[0]}"],
        "changed": ["open", f"words{NAMES[3]}", f"words{NAMES[2]}"],
        "fixed": [f"words{NAMES[1]}"],
        "vanished": ["gone", "rule-0"],
        "not-run": ["rule-1"],
    }
    assert told["exit"] == 3
    (one,) = told["gates"]
    assert (one["profile"], one["counts"]["diverges"]) == ("", 5)
    assert [each["kind"] for each in one["causes"]] == [
        *("vanished", "vanished", "not-run"),
        *("new", "new", "new", "changed", "changed", "changed", "fixed"),
    ]


def test_each_kind_has_its_line_with_count_and_first_cases(two):
    told = said(two, *BY_EARLIER, "--fail-on", "none")
    new = [f"demo.subject.rule-{number}: - -> bad" for number in (2, 3)]
    new.append(f"{RULE}[v4,stream]: good -> bad")
    changed = ["demo.subject.open: bad -> ugly", f"{RULE}[v6,dgram]: bad -> ugly"]
    changed.append(f"{RULE}[v6,stream]: good -> fine")
    begin = told.index("since before.jsonl (2026-11-28 12:00 UTC):\n")
    assert told[begin:].splitlines()[1:10] == [
        f"  new: 3: {'; '.join(new)}",
        f"  changed: 3: {'; '.join(changed)}",
        f"  fixed: 1: {RULE}[v4,dgram]: bad -> good",
        "  vanished: 2: demo.subject.gone; demo.subject.rule-0",
        "    1: not in the suite any more",
        "    1: not in this run",
        "  not-run: 1: demo.subject.rule-1",
        "    1: needs shoes: there are none",
        "not failed on: 3 changed, 3 new, 2 vanished, 1 not-run, 1 fixed",
    ]
    assert told.endswith("gate: open\n")


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        *(("new", 1), ("changed", 1), ("fixed", 1), ("not-run", 1), ("new,not-run", 1)),
        *(("vanished", 3), ("new,vanished", 3), ("none", 0), ("missing", 0)),
    ],
)
def test_an_earlier_run_alone_closes_for_what_it_is_told(two, kinds, code):
    told = gate(two, *BY_EARLIER, "--fail-on", kinds)
    assert told["exit"] == code
    named = set(kinds.split(",")) & {"new", "changed", "fixed", "vanished", "not-run"}
    assert {each["kind"] for each in told["gates"][0]["problems"]} == named


def test_what_is_as_it_was_is_no_difference_whatever_a_profile_says(two):
    assert (
        gate(two, "before.jsonl", "--against", "before.jsonl", "--by", "earlier")["exit"] == 3
    )
    same = ("run.jsonl", "--against", "run.jsonl", "--by", "earlier")
    assert gate(two, *same)["exit"] == 0
    assert gate(two, "run.jsonl")["exit"] == 3


def test_a_harness_error_is_excused_by_no_earlier_run(spec, ran):
    ran(GOOD, ("", "harness error", "the agent answered nonsense"))
    told = gate(spec, "run.jsonl", "--against", "run.jsonl", "--by", "earlier")
    assert told["exit"] == 3
    (cause,) = told["gates"][0]["causes"]
    assert cause["told"] == "the agent answered nonsense: 1 case"


def test_what_did_not_get_to_its_point_any_more_is_not_run_and_broken(spec, ran):
    ran(GOOD, name="before.jsonl")
    ran(("", UNCLEAR, "arranging failed: recv: hang"))
    told = gate(spec, *BY_EARLIER)
    assert differences(told)["not-run"] == [f"words{NAMES[0]}"]
    assert told["exit"] == 3


def test_beside_the_profile_an_earlier_run_decides_only_where_it_is_asked(spec, ran):
    spec.record(spec.entry(RULE, '"bad"'))
    ran(GOOD, name="before.jsonl")
    ran(BAD)
    both = ("run.jsonl", "--against", "before.jsonl")
    told = gate(spec, *both)
    assert (told["exit"], differences(told)["new"]) == (0, [f"words{NAMES[0]}"])
    told = gate(spec, *both, "--by", "both")
    assert told["exit"] == 1
    (cause,) = told["gates"][0]["causes"]
    assert (cause["kind"], cause["verdict"]) == ("new", "new since before.jsonl")
    assert cause["compared"] == "before.jsonl did good, this run did bad (is wrong)"
    # What the profile has as red already is not told twice.
    (spec.profiles / "here" / "demo.toml").unlink()
    assert len(gate(spec, *both, "--by", "both")["gates"][0]["causes"]) == 1


def test_the_commands_of_a_difference_work(spec, ran):
    ran(GOOD, name="before.jsonl")
    ran(BAD)
    (cause,) = gate(spec, *BY_EARLIER)["gates"][0]["causes"]
    diff, reproduce = map(shlex.split, cause["commands"])
    told = spec.command(*diff[1:])
    assert told.returncode == 1
    assert f"changed (regressed) {RULE}[v4,stream]: good -> bad" in told.stdout
    assert "has no witness" in spec.command(*reproduce[1:]).stderr


def test_a_gate_says_in_what_else_the_two_runs_part(spec, ran):
    ran(GOOD, name="before.jsonl", cut=True, version="1.1")
    ran(GOOD, version="1.2")
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 0
    assert told["gates"][0]["since"]["unlike"] == [
        "it was cut short: what it had not reached is compared with nothing",
        "version was 1.1, is 1.2",
    ]
    ran(GOOD, name="before.jsonl", suite="99.0")
    told = gate(spec, "run.jsonl", "--against", "before.jsonl")
    assert told["exit"] == 3
    assert "before.jsonl: sockspec 99.0 wrote it" in told["gates"][0]["faults"][0]


def test_an_earlier_run_that_is_to_judge_has_to_be_named(spec, ran):
    ran(GOOD)
    refused = spec.command("gate", "run.jsonl", "--by", "earlier")
    assert refused.returncode == 2
    assert (
        "--by earlier needs an earlier run\n  remedy: name it: --against RUN" in refused.stderr
    )


# -- what closes it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("did", "kinds", "code", "tolerated"),
    [
        ([BAD], "new", 1, {}),
        ([BAD], "fixed,changed", 0, {"new": 1}),
        ([BAD, ("", UNCLEAR, "x")], "new", 1, {"indeterminate": 1}),
        ([BAD, ("", UNCLEAR, "x")], "indeterminate", 3, {"new": 1}),
        ([BAD, ("", UNCLEAR, "x")], "none", 0, {"new": 1, "indeterminate": 1}),
        ([BAD, ("", UNCLEAR, "x")], "any", 3, {}),
    ],
)
def test_a_gate_fails_on_what_it_is_told(spec, ran, did, kinds, code, tolerated):
    ran(*did)
    told = gate(spec, "run.jsonl", "--fail-on", kinds)
    assert told["exit"] == code
    assert told["gates"][0]["tolerated"] == tolerated
    listed = said(spec, "run.jsonl", "--fail-on", kinds)
    assert ("not failed on: " in listed) == bool(tolerated)


def test_whatever_it_fails_on_a_run_that_was_cut_short_stays_red(spec, ran):
    ran(GOOD, cut=True)
    assert gate(spec, "run.jsonl", "--fail-on", "none")["exit"] == 3


def test_a_gate_is_of_the_chosen_cases(spec, ran):
    ran(BAD, GOOD, GOOD, UGLY)
    (one,) = gate(spec, "run.jsonl", "--rule", "words[v4]")["gates"]
    assert [each["case"] for each in one["problems"]] == [f"{RULE}[v4,stream]"]
    assert one["counts"] == {FINE: 1, NEW: 1}
    assert gate(spec, "run.jsonl", "--rule", "![stream]", "--rule", "![v6]")["exit"] == 0
    assert gate(spec, "run.jsonl", "--rule", "rule-0")["exit"] == 5


def test_a_gate_is_of_cases_that_all_runs_could_try(spec, ran):
    ran(GOOD, LACKS, GOOD, name="all/a.jsonl")
    ran(BAD, BAD, None, UGLY, name="all/b.jsonl")
    told = gate(spec, "all", "--common")
    assert [list(each["counts"].items()) for each in told["gates"]] == [[(FINE, 1)], [(NEW, 1)]]


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        ([[GOOD], [GOOD]], 0),
        ([[GOOD], [BAD]], 1),
        ([[BAD], [("", UNCLEAR, "x")]], 3),
        ([[GOOD], [LACKS]], 5),
        ([[BAD], [LACKS]], 1),
    ],
)
def test_the_gravest_of_several_runs_decides(spec, ran, runs, code):
    for number, did in enumerate(runs):
        ran(*did, name=f"all/{number}.jsonl")
    assert gate(spec, "all/*.jsonl")["exit"] == code
    assert "all/0.jsonl, by the profile here\n" in said(spec, "all")


# -- what cannot be judged ---------------------------------------------------------------------


def test_what_a_newer_sockspec_saw_is_not_called_fine(spec, ran):
    ran(GOOD, suite="99.1.0")
    told = gate(spec)
    assert told["exit"] == 3
    (fault,) = told["gates"][0]["faults"]
    assert fault.startswith("run.jsonl: sockspec 99.1.0 wrote it, this is ")
    assert "upgrade, or run again" in fault


def test_unknown_rules_are_not_called_fine(spec, ran):
    ran(GOOD, more={"gone": GOOD, "words[v9]": BAD})
    told = gate(spec)
    assert told["exit"] == 3
    (one,) = told["gates"]
    assert one["counts"] == {FINE: 1}
    assert one["problems"] == []
    (fault,) = one["faults"]
    assert "2 cases of rules or parameters that this sockspec does not have cannot" in fault
    assert "demo.subject.gone, demo.subject.words" in fault


@pytest.mark.parametrize("header", [{"suite": "99.0"}, {"more": {"gone": GOOD}}])
def test_a_report_says_what_it_cannot_judge(spec, ran, header):
    ran(GOOD, **header)
    assert spec.command("report", "run.jsonl", "--out", "report").returncode == 0
    said = "sockspec 99.0 wrote it" if "suite" in header else "this sockspec does not have"
    folder = spec.folder / "report"
    for name in ("report.html", "report.md", "summary.md"):
        assert said in (folder / name).read_text(), name
    assert "Nothing red" not in (folder / "summary.md").read_text()
    badge = json.loads((folder / "badge.json").read_text())
    assert (badge["message"], badge["color"]) == ("not judged in full", "orange")
    across = ("report", "--across", "run.jsonl", "--out", "across")
    assert spec.command(*across).returncode == 0
    for name in ("matrix.md", "matrix.html"):
        assert said in (spec.folder / "across" / name).read_text(), name


def test_a_merge_refuses_what_it_might_lose(spec, ran):
    ran(GOOD, suite="99.0")
    refused = spec.command("merge", "run.jsonl", "--out", "whole.jsonl")
    assert refused.returncode == 2
    assert "merge it with the sockspec that wrote it" in refused.stderr
    assert not (spec.folder / "whole.jsonl").exists()


def test_a_merge_says_what_it_cannot_judge(spec, ran):
    ran(GOOD, more={"gone": GOOD})
    merged = spec.command("merge", "run.jsonl", "--out", "whole.jsonl")
    assert merged.returncode == 0, merged.stderr
    assert "warning: 1 case of rules or parameters that this sockspec" in merged.stdout
    merged = spec.command("merge", "run.jsonl", "--out", "whole.jsonl", "--format", "json")
    assert len(json.loads(merged.stdout)["unjudged"]) == 1
    with pytest.raises(UsageError, match="it may hold what would be lost"):
        compare.merge([runfile.read(ran(GOOD, suite="99.0"))])
