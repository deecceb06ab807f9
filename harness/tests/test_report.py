"""The report: its files, what they say, and the page in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import jinja2
import pytest
from junitparser import JUnitXml

from sockspec.report import reference
from sockspec.spec import load

SPEC = """
R = promise("words")
@R.case(word=("good", "bad", "ugly", "needy"))
def test_words(sockets, see, case):
    if case["word"] == "needy":
        sockets.number("SO_NO_SUCH_OPTION")
    sock = sockets.listener(family=V4)
    see(case["word"], label="<b>&")
"""
RULE = "demo.subject.words"


@pytest.fixture
def reported(spec):
    spec.write(SPEC)
    spec.record(spec.entry(RULE, '"bad"', 'case = { word = "bad" }'))
    spec.run()
    ran = spec.command("report", str(spec.out), "--out", "report")
    assert ran.returncode == 0, ran.stderr
    names = {"report.html", "report.md", "summary.md", "junit.xml", "badge.json"}
    assert {line.rpartition("/")[2] for line in ran.stdout.split()} == names
    return spec.folder / "report"


def test_markdown_tells_what_why_and_where(reported):
    text = (reported / "report.md").read_text()
    told = "it is so (documented; [source](https://example.org/why))"
    assert f"- `bad` in bad. {told}\n" in text
    assert (
        "1. **new divergence**: A demonstration does what it does. (`demo.subject.words`,"
        in text
    )
    assert 'behaviour = "ugly"' in text
    assert "1 conforms, 1 known divergence, 1 new divergence, 1 unsupported" in text


def test_the_summary_has_causes_with_what_to_do(spec, reported):
    told = (reported / "summary.md").read_text()
    assert "Red: 1 cause, 1 of 4 cases" in told
    assert told.count("**new divergence**") == 1
    assert "the first is `demo.subject.words[ugly]`. " in told
    assert '   behaviour = "ugly"' in told
    run = spec.out.read_text()
    spec.out.write_text(run.replace('{"good":1}', '{"ugly":1}'))
    assert spec.command("report", str(spec.out), "--out", "report").returncode == 0
    told = (reported / "summary.md").read_text()
    assert "Red: 1 cause, 2 of 4 cases" in told
    assert told.count("**new divergence**") == 1


def test_junit_is_read_by_junit_tools(reported):
    (suite,) = JUnitXml.fromfile(str(reported / "junit.xml"))
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (4, 1, 1, 0)


def test_the_badge_is_an_endpoint(reported):
    badge = json.loads((reported / "badge.json").read_text())
    assert badge == {
        "schemaVersion": 1,
        "label": "sockspec",
        "message": "1 red",
        "color": "red",
    }


def test_the_page_stands_alone_and_escapes(reported):
    text = (reported / "report.html").read_text()
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;" in text
    for outside in ('src="http', "@import", 'rel="stylesheet"', "fetch("):
        assert outside not in text


def test_the_paths_are_told_as_data_too(spec, reported):
    ran = spec.command("report", str(spec.out), "--out", "again", "--format", "json")
    assert f"again{os.sep}report.html" in json.loads(ran.stdout)


def test_several_runs_become_columns(spec, reported):
    other = spec.folder / "other.jsonl"
    text = spec.out.read_text().replace('"backend":"stdlib"', '"backend":"other"')
    other.write_text(text)
    ran = spec.command("report", str(spec.out), str(other), "--out", "two")
    assert ran.returncode == 0, ran.stderr
    page = (spec.folder / "two" / "report.html").read_text()
    assert page.count('<article class="run">') == 2
    assert "/ other" in page


def test_a_truncated_run_is_reported_as_such(spec, reported):
    spec.out.write_text("".join(spec.out.read_text().splitlines(keepends=True)[:-1]))
    assert spec.command("report", str(spec.out), "--out", "cut").returncode == 0
    assert "the run was cut short" in (spec.folder / "cut" / "report.html").read_text()
    assert "truncated: 4 of 4 cases" in (spec.folder / "cut" / "report.md").read_text()


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_the_page_works_in_a_browser(reported):
    def dom(fragment: str = "") -> str:
        ran = subprocess.run(
            [
                *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
                *("--virtual-time-budget=3000", "--dump-dom"),
                f"file://{reported}/report.html{fragment}",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert '<output id="shown">1 of 1 rules</output>' in dom()
    assert '<output id="shown">0 of 1 rules</output>' in dom("#q=nothing-is-called-so")
    assert f'id="{RULE}" data-area="demo"' in dom(f"#rule={RULE}")
    assert 'open=""' in dom(f"#rule={RULE}")


def test_the_rule_reference_has_every_rule_source_and_behaviour():
    rules = list(load.rules().rules.values())
    page = reference.markdown(rules)
    sections = dict(section.partition("\n")[::2] for section in page.split("\n### ")[1:])
    assert sections.keys() == {each.id for each in rules}
    for each in rules:
        told = sections[each.id]
        assert each.sentence in told
        assert all(source.link in told and source.quote in told for source in each.sources)
        assert all(f"| `{name}` |" in told for name in each.behaviours)
        assert all(value in told for case in each.cases for _, value in case.parameters)


def test_templates_fail_on_what_is_undefined():
    from sockspec.report import page

    assert page._environment.undefined is jinja2.StrictUndefined
