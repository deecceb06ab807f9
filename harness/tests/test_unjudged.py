"""What cannot be judged: the gate, reports and merges say so, and do not call it fine."""

from __future__ import annotations

import json

import pytest
from gating import BAD, FINE, GOOD, gate

from sockspec.errors import UsageError
from sockspec.judge import compare, runfile


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
