"""The workflows of continuous integration: valid, safe, and no more than they say."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))

pytestmark = pytest.mark.skipif(not WORKFLOWS, reason="not in a checkout")


def run(*command):
    ran = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_they_are_of_the_official_schema():
    run(
        *(sys.executable, "-m", "check_jsonschema"),
        *("--builtin-schema", "vendor.github-workflows", *WORKFLOWS),
    )


def test_our_action_is_of_the_official_schema():
    assert ACTIONS
    run(
        *(sys.executable, "-m", "check_jsonschema"),
        *("--builtin-schema", "vendor.github-actions", *ACTIONS),
    )


def test_the_linter_has_nothing_to_say():
    zizmor = Path(sys.executable).with_name("zizmor")
    run(zizmor, "--offline", "--quiet", *WORKFLOWS, *ACTIONS)


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + path.stem
)
def test_actions_are_pinned_by_hash(path):
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    others = [each for each in used if not each.startswith("$/")]
    assert [each for each in others if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []


def test_every_run_of_the_matrix_is_expected_by_the_report():
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    lists = [
        [each.strip(' "') for each in re.search(rf"{name}: \[(.+)\]", text)[1].split(",")]
        for name in ("os", "python", "backend")
    ]
    names = {"-".join(each) for each in product(*lists)}
    left_out = {name for name in names if name.startswith("windows") and name.endswith("rust")}
    expected = (ROOT / ".github" / "platforms.txt").read_text(encoding="utf-8").split()
    agents = set(re.findall(r"runs/(\S+-agent-\w+)\.jsonl", text))
    assert agents == {"windows-2025-agent-rust"}
    assert sorted(expected) == sorted(f"{name}.jsonl" for name in names - left_out | agents)


def test_one_run_of_the_matrix_is_made_here(tmp_path):
    out = tmp_path / "runs" / "one.jsonl"
    options = ("--rule", "state.shutdown.*", "-n", "0")
    script = (ROOT / ".ci" / "observe_one.py").read_text(encoding="utf-8")
    # As the script does it, but for the installation: this environment has it.
    copy = tmp_path / "observe_one.py"
    copy.write_text(script.replace('"-m", "pip", "install"', '"-c", "pass"'), encoding="utf-8")
    run(sys.executable, copy, "stdlib", out, *options)
    run(
        *(sys.executable, "-m", "sockspec", "report", out, "--out", tmp_path / "report"),
        *("--expect", ROOT / ".github" / "platforms.txt"),
    )
    summary = (tmp_path / "report" / "summary.md").read_text(encoding="utf-8")
    assert "macos-15-3.13-c.jsonl: missing: nobody ran it" in summary
