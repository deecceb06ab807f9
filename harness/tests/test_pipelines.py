"""What pipelines read: SARIF, annotations, a step's summary, JUnit; each within its bounds."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import jsonschema
import pytest
import xmlschema
from junitparser import JUnitXml
from samples import observed, written

from sockspec.judge.causes import Cause
from sockspec.judge.gate import Gate
from sockspec.project import Project
from sockspec.report import escaping, github, junit, page, sarif
from sockspec.report.placing import Place, Placing
from sockspec.spec.rules import Registry

SCHEMAS = Path(__file__).parent / "schemas"
SPEC = """
R = promise("words")
@R.case(family=("v4", "v6"), type=("stream", "dgram"))
def test_words(sockets, see, case):
    see("good")

S = promise("rather", level=SHOULD)
@S.case()
def test_rather(sockets, see, case):
    see("good")
"""
CLAUSE = "https://pubs.opengroup.org/onlinepubs/9799919799/functions/bind.html"
WORDS, RATHER = "demo.subject.words", "demo.subject.rather"
NAMES = [f"{WORDS}[{each}]" for each in ("v4,stream", "v4,dgram", "v6,stream", "v6,dgram")]
GOOD, BAD = ("good", "conforms"), ("bad", "new divergence")
HOSTILE = "needs <b>&`|` \x00\x1b[31m\ud7ff\ufffe\n::error file=x::injected\n##[error]y"
LOST = ("", "unsupported", HOSTILE)


@pytest.fixture(scope="module")
def told(kept_spec):
    """Two runs that part, and all that the gate and the report write of the later one."""
    spec = kept_spec
    spec.write(SPEC)
    spec.record(spec.entry(WORDS, '"ugly"', 'case = {type = "stream", family = "v4"}'))
    (spec.folder / "pyproject.toml").write_text(
        '[project]\nname = "mine"\n\n[tool.sockspec]\nprofile = "platforms/here"\n'
    )
    (spec.folder / ".git").mkdir()
    for name, did in (
        ("before", [GOOD, GOOD, GOOD, GOOD]),
        ("run", [BAD, BAD, ("good", "conforms"), LOST]),
    ):
        seen = [observed(case, *each) for case, each in zip(NAMES, did, strict=True)]
        seen.append(observed(RATHER, *(GOOD if name == "before" else BAD)))
        written(spec.folder / f"{name}.jsonl", *seen)
    spec.gated = spec.command(
        *("gate", "run.jsonl", "--against", "before.jsonl", "--format", "github"),
        *("--sarif", "run.sarif", "--summary", "summary.md"),
        more={"GITHUB_OUTPUT": str(spec.folder / "output"), "GITHUB_WORKSPACE": ""},
    )
    spec.reported = spec.command("report", "run.jsonl", "--out", "report")
    return spec


# -- SARIF -----------------------------------------------------------------------------


def valid(log):
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    return log


def test_sarif_is_of_the_official_schema(told):
    assert told.gated.returncode == 1, told.gated.stderr
    (run,) = valid(json.loads((told.folder / "run.sarif").read_text()))["runs"]
    with pytest.raises(jsonschema.ValidationError):
        valid({"version": "2.1.0", "runs": [{**run, "tool": {}}]})
    assert run["invocations"][0]["exitCode"] == 1
    rules = {each["id"]: each for each in run["tool"]["driver"]["rules"]}
    assert rules[WORDS]["helpUri"].startswith("https://pubs.opengroup.org/")
    assert "A demonstration does what it does. (must)" in rules[WORDS]["help"]["text"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_tells_the_worst_first_with_place_and_reason(told):
    (run,) = json.loads((told.folder / "run.sarif").read_text())["runs"]
    results = run["results"]
    assert [(each["ruleId"], each["level"]) for each in results] == [
        ("sockspec.not-run", "error"),
        (WORDS, "error"),
        (RATHER, "warning"),
    ]
    by_rule = {each["ruleId"]: each for each in results}
    at = [each["locations"][0]["physicalLocation"] for each in results]
    assert [(e["artifactLocation"]["uri"], e["region"]["startLine"]) for e in at] == [
        ("pyproject.toml", 4),
        ("platforms/here/demo.toml", 2),
        ("platforms/here/demo.toml", 1),
    ]
    text = by_rule[WORDS]["message"]["text"]
    assert text.startswith("A demonstration does what it does.\nnew divergence in 2 of 4 cases")
    assert "The profile's reason for something else: it is so" in text
    assert f"sockspec reproduce '{NAMES[0]}' run.jsonl" in text
    assert by_rule[WORDS]["properties"]["cases"] == NAMES[:2]


def cause(**changes):
    usual = {"kind": "new", "verdict": "new divergence", "told": "It is so.", "rule": "a.b.c"}
    usual |= {"because": "saw it", "remedy": "fix it", "level": "must", "cases": ["a.b.c[1]"]}
    return Cause(**usual | changes)


def gates(*causes, **changes):
    gate = Gate("run.jsonl", "Linux", "here", {"conforms": 1}, **changes)
    gate.causes = list(causes)
    gate.problems = list(causes)
    return gate


@pytest.fixture
def placing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return Placing(Project())


def fingerprints(placing, *causes):
    log = valid(json.loads(sarif.sarif([gates(*causes)], Registry(), placing)))
    return [each["partialFingerprints"] for each in log["runs"][0]["results"]]


def test_a_fingerprint_outlives_what_is_not_the_cause(placing):
    (first,) = fingerprints(placing, cause(behaviours=["bad"]))
    moved = cause(behaviours=["bad"], cases=["a.b.c[1]", "a.b.c[2]"], place="x.toml:7")
    assert fingerprints(placing, moved) == [first]
    others = [cause(behaviours=["ugly"]), cause(behaviours=["bad"], kind="changed")]
    others.append(cause(behaviours=["bad"], rule="a.b.d"))
    assert first not in fingerprints(placing, *others)
    assert set(first) == {"sockspecCause/v1", "primaryLocationLineHash"}


def test_sarif_has_no_more_than_github_takes(placing, monkeypatch):
    many = [
        cause(rule=f"a.b.r{at}", entry=f"{at:x}" * 40, told="x" * 50) for at in range(6_000)
    ]
    found = [gates(*many), *(gates() for _ in range(30))]
    text = sarif.sarif(found, Registry(), placing)
    log = json.loads(text)
    assert len(log["runs"]) == 20
    assert sum(len(run["results"]) for run in log["runs"]) <= 5_000
    notices = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    told = [each["message"]["text"] for each in notices]
    assert told[0].endswith("more causes would not fit")
    assert told[1].startswith("11 more runs would not fit")
    monkeypatch.setattr(sarif, "_BYTES", 20_000)
    smaller = sarif.sarif([gates(*many)], Registry(), placing)
    assert len(gzip.compress(smaller.encode())) <= 20_000
    kept = valid(json.loads(smaller))["runs"][0]["results"]
    assert kept[0]["ruleId"] == "a.b.r0"


def test_the_worst_run_comes_first_and_what_broke_is_told(placing):
    broken = gates(faults=["x.toml:3: is wrong; mend it"])
    log = valid(json.loads(sarif.sarif([gates(cause()), broken], Registry(), placing)))
    assert [run["invocations"][0]["exitCode"] for run in log["runs"]] == [3, 1]
    invocation = log["runs"][0]["invocations"][0]
    assert invocation["executionSuccessful"] is False
    (notice,) = invocation["toolExecutionNotifications"]
    assert (notice["level"], notice["message"]["text"]) == ("error", broken.faults[0])


# -- places -------------------------------------------------------------------------------


def test_a_place_is_a_file_of_the_repository(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()
    below = tmp_path / "sub"
    (below / "profile").mkdir(parents=True)
    (below / "profile" / "profile.toml").touch()
    (below / "profile" / "area.toml").touch()
    monkeypatch.chdir(below)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)

    def at(place, run="run.jsonl"):
        return Placing(Project()).cause(cause(place=place), run)

    assert at("profile/area.toml:7") == Place("sub/profile/area.toml", 7)
    # A file that is still to be written is shown at what it belongs to.
    assert at("profile/new.toml") == Place("sub/profile/profile.toml", 1)
    (below / "run.jsonl").touch()
    for elsewhere in ("", "/etc/passwd:1", "../../etc/passwd:1"):
        assert at(elsewhere) == Place("sub/run.jsonl", 1)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(below))
    assert at("profile/area.toml:7") == Place("profile/area.toml", 7)


# -- GitHub -------------------------------------------------------------------------------


def commands(log):
    """What the runner does with a log: the commands outside of what is quoted."""
    found, quoted = [], ""
    for line in log.splitlines():
        if quoted:
            quoted = "" if line == f"::{quoted}::" else quoted
        elif line.startswith("::stop-commands::"):
            quoted = line.rpartition("::")[2]
        elif match := re.fullmatch(r"::(\w+) ([^:]*(?:%3A[^:]*)*)::(.*)", line):
            found.append(match.groups())
        else:
            raise AssertionError(line)
    assert not quoted
    return found


def test_annotations_are_beside_the_code_and_nothing_is_injected(told):
    found = commands(told.gated.stdout)
    assert [level for level, _, _ in found] == ["error"] * 3
    first, second, third = (properties for _, properties, _ in found)
    assert first == "file=pyproject.toml,line=4,title=not tried any more"
    assert second == f"file=platforms/here/demo.toml,line=2,title=new divergence%3A {WORDS}"
    assert third.startswith("file=platforms/here/demo.toml,line=1,")
    # What came from a run is in the log, and there it is quoted.
    assert "\n::error file=x::injected\n" in told.gated.stdout
    assert "%0A::error file=x::injected%0A" in found[0][2]


def test_a_step_has_outputs(told):
    lines = (told.folder / "output").read_text().splitlines()
    assert lines == [
        *("open=false", "exit=1", "red=4"),
        *("new=3", "changed=0", "fixed=0", "vanished=0", "not-run=1"),
    ]


def test_no_more_annotations_than_a_step_shows(placing):
    many = [cause(rule=f"a.b.r{at:02}", told="y" * 9_000, level="may") for at in range(30)]
    worst = cause(rule="z.z.worst")
    lines = list(github.annotated([gates(*many, worst, warnings=["w"] * 12)], placing))
    errors = [line for line in lines if line.startswith("::error ")]
    assert len(errors) == 10
    assert len(lines) == 20
    assert "z.z.worst" in errors[0]
    assert errors[-1].endswith("::22 more causes: see the summary or the log of this step")
    assert max(map(len, lines)) < 4_500


# -- the summary of a step --------------------------------------------------------------------


def test_the_summary_says_what_now_and_escapes(told):
    text = (told.folder / "summary.md").read_text()
    assert text.startswith("## sockspec: gate closed (exit 1)\n")
    assert "**What now?** fix each cause, or record it: " in text
    assert "| new | 3 | " in text
    assert r"needs \<b\>\&\`\|\`" in text
    assert "<b>" not in text
    assert "\n::error" not in text
    assert f"sockspec reproduce '{NAMES[0]}' run.jsonl" in text


def test_the_summary_stays_within_its_bounds(told):
    path = told.folder / "full.md"
    path.write_text("x" * (1024 * 1024 - 1_500))
    for size in (1024 * 1024 - 1_500, 1024 * 1024):
        path.write_text("x" * size)
        told.command("gate", "run.jsonl", "--summary", str(path))
        assert path.stat().st_size <= 1024 * 1024
    many = [
        cause(rule=f"a.b.r{at}", entry="e" * 900, cases=["c" * 90] * 9) for at in range(900)
    ]
    shown = [page.gate([gates(*many)], 1, most) for most in (1024 * 1024, 50_000, 500)]
    assert [
        len(each.encode()) <= most
        for each, most in zip(shown, (1 << 20, 50_000, 500), strict=True)
    ]
    assert "800 more causes would not fit here" in shown[0]
    assert "**1. " in shown[1]
    assert "would not fit here" in shown[1]
    assert page.gate([gates(*many)], 1, 10) == ""


@pytest.mark.parametrize("text", ["a`b", "``` x", "<i>|\\", "a\n# b\n- c", "`"])
def test_text_from_elsewhere_ends_nothing_in_markdown(text):
    assert "\n" not in escaping.plain(text) + escaping.code(text)
    assert not re.search(r"(?<!\\)[<>`|#]", escaping.plain(text))
    ticks = re.match("`+", escaping.code(text))[0]
    assert escaping.code(text).count(ticks) == 2
    fence = re.match("`+", escaping.block(text))[0]
    assert len(fence) >= 3
    assert escaping.block(text).count(fence) == 2


# -- JUnit ---------------------------------------------------------------------------------


def test_junit_is_of_the_form_that_jenkins_reads(told):
    assert told.reported.returncode == 0, told.reported.stderr
    path = told.folder / "report" / "junit.xml"
    schema = xmlschema.XMLSchema10(str(SCHEMAS / "junit-10.xsd"))
    schema.validate(str(path))
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(path.read_text().replace("<testcase name=", "<testcase nome="))


def test_a_failure_of_junit_says_what_why_and_how(told):
    path = told.folder / "report" / "junit.xml"
    (suite,) = JUnitXml.fromfile(str(path))
    assert suite.name == "here 6.1 / stdlib: demo"
    assert (suite.tests, suite.failures, suite.skipped) == (5, 3, 1)
    assert {each.name: each.value for each in suite.properties()}["backend"] == "stdlib"
    cases = {each.name: each for each in suite}
    assert cases[NAMES[0]].classname == WORDS
    (failure,) = cases[NAMES[0]].result
    assert failure.message == (
        "new divergence: saw bad; platforms/here/demo.toml:2 records ugly"
    )
    assert failure.text.splitlines() == [
        "A demonstration does what it does. (must)",
        "expected: ugly",
        "seen: bad: is wrong",
        "why: saw bad; platforms/here/demo.toml:2 records ugly",
        "recorded otherwise at platforms/here/demo.toml:2: it is so",
        f"source: POSIX.1-2024 bind(), EINVAL: {CLAUSE}",
        f"sockspec explain '{NAMES[0]}' --run run.jsonl",
        f"sockspec reproduce '{NAMES[0]}' run.jsonl",
    ]
    (skipped,) = cases[NAMES[3]].result
    assert skipped.message.startswith("needs <b>&`|` ��[31m")
    lines = path.read_text().splitlines()
    assert sum("<testcase " in line for line in lines) == 5
    assert all(line.count("<testcase ") <= 1 for line in lines)


MANY = """
R{0} = promise("many-{0}")
@R{0}.case(value=tuple(map(str, range(60))))
def test_many_{0}(sockets, see, case):
    see("good")
"""


def test_junit_is_bounded(spec):
    spec.write("".join(MANY.format(at) for at in range(20)))
    spec.record(spec.entry("demo.subject.many-0", '"ugly"').replace("it is so", "y" * 9_000))
    cases = [f"demo.subject.many-{at}[{value}]" for at in range(20) for value in range(60)]
    seen = [observed(case, *BAD) for case in cases[:-1]]
    seen.append(observed(cases[-1], "", "unsupported", "x" * 9_000))
    written(spec.folder / "run.jsonl", *seen)
    assert spec.command("report", "run.jsonl", "--out", "report").returncode == 0
    (suite,) = JUnitXml.fromfile(str(spec.folder / "report" / "junit.xml"))
    assert (suite.failures, suite.skipped) == (1_199, 1)
    results = [each.result[0] for each in suite]
    texts = [len(each.text or "") for each in results]
    assert (sum(map(bool, texts)), max(texts)) == (junit._FULL, junit._TEXT)
    assert max(len(each.message) for each in results) == junit._LINE
