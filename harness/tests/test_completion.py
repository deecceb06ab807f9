"""Shell completion: the scripts, and what they offer."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

SPEC = """
R = promise("words")
@R.case(word=("one", "two"))
def test_words(sockets, see, case):
    see("good")
"""
RULE = "demo.subject.words"

BASH = """
eval "$(./sockspec completion bash)"
COMP_WORDS=(sockspec run -r demo.) COMP_CWORD=3
_sockspec_completion ./sockspec
echo "${COMPREPLY[@]}"
"""


@pytest.fixture
def completed(spec):
    """What is offered for the last of the words."""
    spec.write(SPEC)

    def complete(*words):
        asked = {
            "_SOCKSPEC_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("sockspec", *words)),
            "COMP_CWORD": str(len(words)),
        }
        ran = spec.command(more=asked)
        assert ran.returncode == 0, ran.stderr
        return [line.partition(",")[2] for line in ran.stdout.split()]

    return complete


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("run", "--rule", "demo."), [RULE]),
        (("run", "--rule", "!demo."), [f"!{RULE}"]),
        (("run", "-r", f"{RULE}["), [f"{RULE}[one]", f"{RULE}[two]"]),
        (("run", "-r", "no.such"), []),
        (("explain", "demo"), [RULE]),
        (("rules", "demo"), [RULE]),
        (("reproduce", f"{RULE}[t"), [f"{RULE}[two]"]),
        (("run", "--backend", "st"), ["stdlib"]),
        (("smoke", "ag"), ["agent:"]),
        (("run", "--profile", "he"), ["here"]),
        (("compl",), ["completion"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_names_are_completed(completed, words, offered):
    assert completed(*words) == offered


def test_targets_are_completed(spec, completed):
    (spec.profiles / "targets").mkdir()
    (spec.profiles / "targets" / "near.toml").touch()
    assert completed("matrix", "--only", "n") == ["near"]


def test_a_broken_rule_completes_to_nothing(spec, completed):
    spec.write("nonsense(")
    assert completed("run", "--rule", "d") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(spec, shell):
    ran = spec.command("completion", shell)
    assert ran.returncode == 0, ran.stderr
    assert f"_SOCKSPEC_COMPLETE={shell}_complete" in ran.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="not run: there is no bash")
def test_bash_itself_completes(spec):
    spec.write(SPEC)
    command = spec.folder / "sockspec"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m sockspec "$@"\n')
    command.chmod(0o755)
    ran = subprocess.run(
        ["bash", "--norc", "-c", BASH],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=spec.folder,
        env=spec.environment(),
    )
    assert ran.stdout == f"{RULE}\n", ran.stderr
