"""What a profile says is there, and what it says cannot be reached; strict both ways."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest
import warm

from sockspec import locate
from sockspec.judge import gate, runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.update import text
from sockspec.judge.verdict import Verdict
from sockspec.spec import load
from sockspec.spec.features import OF_THE_RUN

HERE = Path(__file__).parent
SEARCH = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
REPORTS = locate.platforms().parent / "reports"

NEEDY = """
R = promise("needy", needs=["reuse-port"])
@R.case(number=tuple("abc"))
def test_needy(sockets, see, case):
    see("good")
@promise("plain").case()
def test_plain(sockets, see, case):
    see("good")
"""

STUCK = """
R = promise("stuck")
@R.case(number=tuple("abc"))
def test_stuck(sockets, see, case):
    sockets.new().accept()
    see("good")
@promise("accept").case()
def test_owner(sockets, see, case):
    see(outcome(sockets.new().accept, ok="bad") and "good")
"""

CANNOT = """
[[cannot]]
rule = "demo.subject.accept"
call = "accept"
error = "EINVAL"
why = "it accepts nothing before listen()"
source = "none found"
evidence = { kind = "documented" }
"""


def features(spec, told, more=""):
    head = 'version = 1\nname = "here"\ntitle = "Here"\n'
    (spec.profiles / "here" / "profile.toml").write_text(f"{head}features = {told}\n{more}")


def poor(spec, *lacks, rules=()):
    """Run through sockets that lack features."""
    name = "_".join(each.replace("-", "_") for each in lacks) or "nothing"
    (spec.folder / f"{name}.py").write_text(
        f"from poor import Poor\ndef made():\n    return Poor(*{lacks!r})\n"
    )
    search = os.pathsep.join([str(spec.folder), SEARCH])
    chosen = [word for rule in rules for word in ("--rule", rule)]
    return spec.run("--backend", f"{name}:made", *chosen, more={"PYTHONPATH": search})


def judged(spec):
    """What `sockspec gate` says: its exit code and its data."""
    ran = spec.command("gate", str(spec.out), "--format", "json")
    (told,) = json.loads(ran.stdout)["gates"]
    return ran.returncode, told


# -- features --------------------------------------------------------------------------


def test_a_feature_that_is_promised_and_missing_is_red_once_with_what_it_costs(spec):
    spec.write(NEEDY)
    features(spec, '["reuse-port", "ipv4"]')
    ran = poor(spec, "reuse-port")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "reuse-port is missing: 3 cases could not be tried" in ran.stdout
    assert 'features = ["-reuse-port"]' in ran.stdout
    verdicts = [each.verdict for each in spec.seen().values()]
    assert verdicts.count(Verdict.MISSING) == 3
    code, told = judged(spec)
    assert code == 1
    assert [(each["case"], each["verdict"]) for each in told["problems"]] == [
        ("reuse-port", "missing feature")
    ]
    assert told["problems"][0]["because"] == (
        "3 cases: needs reuse-port: setsockopt answered ENOPROTOOPT"
    )
    assert told["counts"] == {"conforms": 1, "missing feature": 3}


def test_without_a_promise_it_is_unsupported(spec):
    spec.write(NEEDY)
    features(spec, '["ipv4"]')
    assert poor(spec, "reuse-port").returncode == 0
    assert judged(spec)[1]["counts"] == {"conforms": 1, "unsupported": 3}


def test_a_run_is_judged_by_what_is_promised_today(spec):
    spec.write(NEEDY)
    poor(spec, "reuse-port")
    assert judged(spec)[0] == 0
    features(spec, '["reuse-port"]')
    assert judged(spec)[0] == 1
    features(spec, '["reuse-port", "-reuse-port"]')
    assert judged(spec)[0] == 0


def test_what_costs_nothing_in_a_run_is_not_held_against_it(spec):
    spec.write(NEEDY)
    features(spec, '["reuse-port"]')
    assert poor(spec, "reuse-port", rules=["plain"]).returncode == 0


def test_a_nearer_profile_takes_a_feature_out(spec):
    base = spec.profiles / "base"
    base.mkdir()
    (base / "profile.toml").write_text(
        'version = 1\nname = "base"\ntitle = "Base"\nfeatures = ["reuse-port"]\n'
    )
    spec.write(NEEDY)
    features(spec, "[]", 'extends = "base"\n')
    assert poor(spec, "reuse-port").returncode == 1
    features(spec, '["-reuse-port"]', 'extends = "base"\n')
    assert judged(spec)[0] == 0


def test_a_promise_can_have_a_condition(spec):
    spec.write(NEEDY)
    features(spec, '[{ feature = "reuse-port", when = { backend = "another" } }]')
    assert poor(spec, "reuse-port").returncode == 0
    features(spec, '[{ feature = "reuse-port", when = { backend = "stdlib" } }]')
    assert judged(spec)[0] == 1


def test_what_a_profile_says_is_not_there_and_is_there_is_red(spec):
    spec.write(NEEDY)
    features(spec, '["-reuse-port"]')
    ran = poor(spec)
    assert ran.returncode == 1
    assert "reuse-port is there, and here/profile.toml says that it is not" in ran.stdout
    assert judged(spec)[1]["problems"][0]["verdict"] == "fixed"


def test_what_a_backend_says_it_does_not_have_is_not_the_platforms_loss(spec):
    spec.write(NEEDY.replace("reuse-port", "messages"))
    features(spec, '["messages"]')
    assert poor(spec, "messages").returncode == 0
    assert runfile.read(spec.out).header.disclaimed.count("messages") == 1


def test_a_feature_is_named_by_what_it_is_built_on(spec):
    spec.write(NEEDY.replace("reuse-port", "multicast-v6"))
    features(spec, '["ipv6", "multicast-v6"]')
    assert poor(spec, "ipv6-address").returncode == 1
    assert [each["case"] for each in judged(spec)[1]["problems"]] == ["ipv6"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ('["reuseport"]', "there is no feature 'reuseport'"),
        ('["privileged"]', "'privileged' depends on how the suite is run"),
        ('[{ feature = "oob", since = 1 }]', "since"),
    ],
)
def test_a_feature_that_cannot_be_promised_is_named(spec, told, words):
    spec.write(NEEDY)
    features(spec, told)
    ran = spec.run()
    assert ran.returncode in {2, 3}
    assert words in ran.stdout + ran.stderr


def test_under_pytest_alone_a_missing_feature_fails_the_session_once(spec):
    spec.write(NEEDY)
    features(spec, '["reuse-port"]')
    ran = warm.run(
        *("pytest", "-q", "--import-mode=importlib", "-c", os.devnull),
        *("--rootdir", spec.rules),
        *("--sockspec-backend", "wrong:LosesReusePort", "--sockspec-profile", "here"),
        spec.rules,
        env=spec.environment() | {"PYTHONPATH": SEARCH},
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "3 skipped" in ran.stdout
    assert ran.stdout.count("missing feature: reuse-port") == 1


def test_reports_name_a_missing_feature_once(spec):
    spec.write(NEEDY)
    features(spec, '["reuse-port"]')
    poor(spec, "reuse-port")
    assert spec.command("report", str(spec.out), "--out", "report").returncode == 0
    page = (spec.folder / "report" / "report.md").read_text()
    assert page.count("**missing feature**") == 1
    assert "reuse-port" in page
    junit = (spec.folder / "report" / "junit.xml").read_text()
    assert junit.count("<failure") == 1
    assert junit.count("<skipped") == 3
    assert "1 red" in (spec.folder / "report" / "badge.json").read_text()


# -- states that cannot be reached -------------------------------------------------------


def test_an_arrangement_that_is_known_to_fail_makes_its_cases_unsupported(spec):
    spec.write(STUCK)
    spec.record(CANNOT)
    ran = spec.run()
    assert ran.returncode == 0, ran.stdout + ran.stderr
    stuck = spec.seen()["demo.subject.stuck[a]"]
    assert stuck.verdict is Verdict.UNSUPPORTED
    assert stuck.because.startswith("arranging failed: accept: EINVAL; it accepts nothing")
    assert "demo.toml:3" in stuck.because
    assert judged(spec)[0] == 0


def test_without_the_entry_the_same_run_is_indeterminate_again(spec):
    spec.write(STUCK)
    spec.record(CANNOT)
    spec.run()
    spec.record("")
    code, told = judged(spec)
    assert code == 3
    assert told["counts"]["indeterminate"] == 3
    assert told["problems"][0]["because"] == "arranging failed: accept: EINVAL"


@pytest.mark.parametrize(
    "changed",
    [
        CANNOT.replace("EINVAL", "ENOTSOCK"),
        CANNOT.replace('call = "accept"', 'call = "bind"'),
        CANNOT + 'cases = "demo.subject.accept"\n',
        CANNOT + 'when = { backend = "another" }\n',
    ],
    ids=["another-error", "another-call", "other-cases", "another-backend"],
)
def test_what_fails_otherwise_or_elsewhere_is_not_excused(spec, changed):
    spec.write(STUCK)
    spec.record(changed)
    assert spec.run().returncode in {1, 3}
    assert spec.seen()["demo.subject.stuck[a]"].verdict is Verdict.INDETERMINATE


def test_an_entry_chooses_its_cases_as_rules_are_chosen(spec):
    spec.write(STUCK)
    spec.record(CANNOT + 'cases = ["stuck", "!stuck[b]"]\n')
    spec.run()
    verdicts = {name: each.verdict for name, each in spec.seen().items()}
    assert verdicts["demo.subject.stuck[a]"] is Verdict.UNSUPPORTED
    assert verdicts["demo.subject.stuck[b]"] is Verdict.INDETERMINATE


def test_an_entry_that_no_case_needs_any_more_is_red(spec):
    spec.write(STUCK.replace("    sockets.new().accept()\n", ""))
    spec.record(CANNOT + 'cases = ["stuck"]\n')
    ran = spec.run()
    assert ran.returncode == 1
    assert "no case fails at accept as" in ran.stdout
    (problem,) = judged(spec)[1]["problems"]
    assert (problem["verdict"], problem["rule"]) == ("fixed", "demo.subject.accept")


def test_a_part_of_a_run_does_not_tell_that_an_entry_is_stale(spec):
    spec.write(STUCK.replace("    sockets.new().accept()\n", ""))
    spec.record(CANNOT)
    assert spec.run("--rule", "stuck").returncode == 0
    assert spec.run().returncode == 1


def test_what_is_wrong_with_an_entry_is_said(spec):
    spec.write(STUCK)
    spec.record(CANNOT.replace("demo.subject.accept", "demo.subject.nothing"))
    ran = spec.run()
    assert "there is no rule 'demo.subject.nothing'" in ran.stdout + ran.stderr
    spec.record(CANNOT + 'cases = ["nothing.at.all"]\n')
    ran = spec.run()
    assert "nothing.at.all" in ran.stdout + ran.stderr
    spec.record(CANNOT.replace("why =", "becaus ="))
    ran = spec.run()
    assert "becaus: is an unknown field" in ran.stdout + ran.stderr
    spec.record(CANNOT.replace('"none found"', '"somewhere"'))
    ran = spec.run()
    assert "a source is an https link" in ran.stdout + ran.stderr


def test_the_gate_proposes_the_entry_and_it_works_when_filled_in(spec):
    spec.write(STUCK)
    spec.run()
    cause = next(each for each in judged(spec)[1]["causes"] if each["entry"])
    assert 'rule = "demo.subject.accept"' in cause["entry"]
    filled = (
        cause["entry"]
        .replace('why = ""', 'why = "so"')
        .replace('source = ""', 'source = "none found"')
    )
    spec.record(filled)
    assert judged(spec)[0] == 0


def test_a_report_lists_what_is_barred_under_the_rule_that_owns_the_call(spec):
    spec.write(STUCK)
    spec.record(CANNOT)
    spec.run()
    spec.command("report", str(spec.out), "--out", "report")
    page = (spec.folder / "report" / "report.md").read_text()
    under = page.partition("### demo.subject.accept")[2].partition("## Not tried")[0]
    assert "3 cases cannot be brought to their point" in under
    assert "it accepts nothing before listen()" in under
    assert "demo.subject.stuck[a]" in (spec.folder / "report" / "report.html").read_text()


def test_entries_of_both_kinds_stay_where_entries_are_edited():
    entry = '[[entry]]\nrule = "a.b.c"\nbehaviour = "x"\n'
    whole = f"version = 1\n\n{entry}\n{CANNOT.strip()}\n\n# kept\n{entry}"
    assert text.rewritten(whole, {}, []).split() == whole.split()
    left = text.rewritten(whole, {3: []}, [])
    assert left.count("[[entry]]") == 1
    assert left.count("[[cannot]]") == 1


# -- what is kept --------------------------------------------------------------------------


@pytest.mark.skipif(not REPORTS.is_dir(), reason="not run: reports are not in a wheel")
def test_every_kept_run_has_the_features_that_its_profile_promises():
    rules, catalogue = load.rules(), Catalogue()
    for path in sorted(REPORTS.glob("*/run.jsonl.xz")):
        run = runfile.read(path, witnesses=False)
        found = gate.judge(run, rules, catalogue)
        profile = catalogue.load(run.header.profile)
        assert [each for each in found.problems if each.kind == "missing"] == [], path
        assert [each for each in found.problems if "says that it is not" in each.because] == []
        # What is there and can be lost is promised, but for what was learned since.
        promised = gate.compare.promised_features(run, profile)
        needed = {need for rule in rules.rules.values() for c in rule.cases for need in c.needs}
        learned = {"device"} if profile.name == "lwip" else set()
        assert needed & {*run.header.features} <= promised | OF_THE_RUN | learned, path


# -- what an update proposes of both -----------------------------------------------------


def filled(spec):
    """Give reasons to what was drafted."""
    for path in (spec.profiles / "here").glob("*.toml"):
        told = path.read_text().replace('why = ""', 'why = "so"')
        path.write_text(told.replace('source = ""', 'source = "none found"'))


def test_a_run_with_an_empty_profile_is_green_after_an_update_but_for_reasons(spec):
    spec.write(STUCK)
    assert spec.run().returncode == 3
    assert spec.command("update", str(spec.out), "--write").returncode == 0
    code, told = judged(spec)
    assert code == 3
    assert told["problems"] == []
    assert told["faults"]
    assert all("has no why" in each or "has no source" in each for each in told["faults"])
    filled(spec)
    code, told = judged(spec)
    assert (code, told["counts"]["unsupported"]) == (0, 3)
    there = runfile.read(spec.out).header.features
    head = tomllib.loads((spec.profiles / "here" / "profile.toml").read_text())
    assert head["title"]
    assert set(head["features"]) == set(there) - OF_THE_RUN
    assert spec.command("update", str(spec.out)).stdout == ""


def test_an_update_takes_out_a_promise_of_another_profile_that_is_not_kept(spec):
    base = spec.profiles / "base"
    base.mkdir()
    (base / "profile.toml").write_text(
        'version = 1\nname = "base"\ntitle = "Base"\nfeatures = ["reuse-port", "-ipv4"]\n'
    )
    spec.write(NEEDY)
    head = 'version = 1\nname = "here"\ntitle = "Here"\nextends = "base"\n'
    (spec.profiles / "here" / "profile.toml").write_text(head)
    assert poor(spec, "reuse-port").returncode == 1
    assert spec.command("update", str(spec.out), "--write").returncode == 0
    said = (spec.profiles / "here" / "profile.toml").read_text()
    assert said == f'{head}features = ["ipv4", "-reuse-port"]\n'
    assert judged(spec)[0] == 0


def test_an_update_leaves_the_features_of_a_profile_that_has_some(spec):
    spec.write(NEEDY)
    features(spec, '["reuse-port"]')
    poor(spec, "reuse-port")
    assert spec.command("update", str(spec.out)).stdout == ""


def test_what_fails_through_one_backend_only_is_recorded_of_that_one(spec):
    spec.write(STUCK)
    spec.run()
    head, *lines, foot = map(json.loads, spec.out.read_text().splitlines())
    head["backend"], head["stands_in_for"] = "c", ""
    for line in lines:
        if line["verdict"] == "indeterminate":
            line.update(verdict="conforms", because="saw good", behaviours={"good": 1})
    other = spec.folder / "other.jsonl"
    other.write_text("".join(json.dumps(each) + "\n" for each in (head, *lines, foot)))
    assert spec.command("update", str(spec.out), str(other), "--write").returncode == 0
    assert 'when = {backend = "stdlib"}' in (spec.profiles / "here" / "demo.toml").read_text()
    filled(spec)
    assert judged(spec)[0] == 0
    assert spec.command("gate", str(other)).returncode == 0


def test_an_update_takes_back_that_a_feature_is_not_there(spec):
    spec.write(NEEDY)
    features(spec, '[{ feature = "ipv4" }, "-reuse-port"]')
    assert spec.run().returncode == 1
    assert spec.command("update", str(spec.out), "--write").returncode == 0
    assert tomllib.loads((spec.profiles / "here" / "profile.toml").read_text())["features"] == [
        {"feature": "ipv4"}
    ]
    assert judged(spec)[0] == 0


def test_an_update_removes_an_entry_that_no_case_needs_any_more(spec):
    spec.write(STUCK.replace("    sockets.new().accept()\n", ""))
    spec.record(CANNOT)
    spec.run("--rule", "stuck")
    # Of some of its cases a run may tell less.
    assert "[[cannot]]" not in spec.command("update", str(spec.out)).stdout
    assert spec.run().returncode == 1
    assert spec.command("update", str(spec.out), "--write").returncode == 0
    assert "cannot" not in (spec.profiles / "here" / "demo.toml").read_text()
    assert judged(spec)[0] == 0


def another_version(spec, version, mend):
    """The run as if it were on another version, and without failures."""
    head, *lines, foot = map(json.loads, spec.out.read_text().splitlines())
    head["platform"]["version"] = version
    for line in lines if mend else ():
        if line["verdict"] in {"indeterminate", "unsupported"}:
            line.update(verdict="conforms", because="saw good", behaviours={"good": 1})
    path = spec.folder / f"{version}.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in (head, *lines, foot)))
    return path


@pytest.mark.parametrize("before", ["", CANNOT], ids=["added", "narrowed"])
def test_what_fails_on_one_version_only_is_recorded_of_that_one(spec, before):
    spec.write(STUCK)
    spec.record(before)
    spec.run()
    old = another_version(spec, "5.10", mend=False)
    new = another_version(spec, "6.12", mend=True)
    assert spec.command("update", str(old), str(new), "--write").returncode == 0
    assert 'when = {version = "<6.12"}' in (spec.profiles / "here" / "demo.toml").read_text()
    filled(spec)
    gates = spec.command("gate", str(old), str(new))
    assert gates.returncode == 0, gates.stdout
