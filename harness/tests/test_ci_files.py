"""Files for other pipelines than GitHub's, and the hook of pre-commit: valid, and run here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from junitparser import JUnitXml

from sockspec import init

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
TOOLS = Path(sys.executable).parent

# What a job does not do here: install what is under test, and run all of the specification.
SOCKSPEC = """#!/bin/sh
verb=$1
shift
[ "$verb" = run ] && set -- --rule state.shutdown.not-connected -n 0 --deadline 30 "$@"
exec {python} -m sockspec "$verb" "$@"
"""
PYTHON = """#!/bin/sh
case "$*" in "-m pip install sockspec=="*) exit 0 ;; esac
exec {python} "$@"
"""
CURL = """#!/bin/sh
echo "$*" > "$KEPT/asked"
[ -d "$KEPT/artifact" ] || exit 22
cd "$KEPT/artifact" && {python} -m zipfile -c "$HERE/earlier.zip" .
"""


class Project:
    """A project made by `sockspec init` in a repository, and the machine of its job."""

    def __init__(self, folder, ci, inside="", language="python") -> None:
        self.root, self.kept, self.bin = (folder / name for name in ("root", "kept", "bin"))
        self.folder = self.root / inside
        for each in (self.folder, self.kept, self.bin):
            each.mkdir(parents=True)
        (self.root / ".git").mkdir()
        for name, text in (("sockspec", SOCKSPEC), ("python", PYTHON), ("curl", CURL)):
            path = self.bin / name
            path.write_text(text.replace("{python}", sys.executable))
            path.chmod(0o755)
        words = ("init", "--name", "wolf-stack", "--language", language, "--ci", ci)
        self.run([sys.executable, "-m", "sockspec", *words], self.folder)
        self.text = (self.root / init.CI[ci]).read_text(encoding="utf-8")

    def run(self, command, folder, code=0, **more):
        ran = subprocess.run(
            command,
            cwd=folder,
            env={
                **os.environ,
                "PATH": f"{self.bin}:{TOOLS}:{os.environ['PATH']}",
                "KEPT": str(self.kept),
                "HERE": str(self.folder),
                **more,
            },
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
        return ran.stdout

    def breaks(self):
        """Have the adapter answer something else from now on."""
        path = self.folder / "sockspec_adapter.py"
        with path.open("a", encoding="utf-8") as file:
            file.write(
                "\n    def shutdown(self, handle: Any, how: Any) -> None:\n        return\n"
            )


@pytest.mark.parametrize("ci", ["gitlab", "jenkins"])
@pytest.mark.parametrize("language", ["python", "go"])
@pytest.mark.parametrize("inside", ["", "sockets/conformance"])
def test_a_file_is_made_for_each_place_and_language(tmp_path, ci, language, inside):
    project = Project(tmp_path, ci, inside, language)
    assert not re.search(r"FOLDER|BUILD|VERSION", project.text)
    assert init.LANGUAGES[language].build in project.text
    assert ("sockets/conformance" in project.text) is bool(inside)
    if ci == "gitlab":
        checked = [sys.executable, "-m", "check_jsonschema"]
        path = str(project.root / init.CI[ci])
        project.run([*checked, "--builtin-schema", "vendor.gitlab-ci", path], project.root)


def gitlab(project, code):
    """Run the job as GitLab's runner does: its lines in one shell, until one fails."""
    job = yaml.safe_load(project.text)["sockspec"]
    variables = {
        "CI_API_V4_URL": "https://gitlab.example.org/api/v4",
        "CI_PROJECT_ID": "7",
        "CI_DEFAULT_BRANCH": "main",
        "CI_JOB_TOKEN": "token",
    }
    script = "\n".join(job["script"])
    said = project.run(
        ["bash", "-e", "-o", "pipefail", "-c", script], project.root, code, **variables
    )
    report = project.root / job["artifacts"]["reports"]["junit"]
    assert list(JUnitXml.fromfile(str(report)))
    for path in job["artifacts"]["paths"]:
        assert (project.root / path).exists(), path
    return said


def jenkins(project, code):
    """Run the commands of the stage in order, each in a shell of its own, until one fails."""
    found = re.findall(r"sh '''(.*?)'''|sh '(.*?)'\n", project.text, re.DOTALL)
    said = ""
    commands = [one or other for one, other in found if "pip install" not in one + other]
    assert len(commands) == 4
    earlier = project.root / "earlier"
    if (project.kept / "artifact").exists():
        earlier.mkdir(exist_ok=True)
        (copied,) = (project.kept / "artifact").rglob("run.jsonl")
        shutil.copy(copied, earlier)
    for at, command in enumerate(commands, 1):
        last = code if at == len(commands) else 0
        words = ["sh", "-e", "-c", command]
        said = project.run(words, project.folder, last, WORKSPACE=str(project.root))
    return said


@pytest.mark.parametrize("ci", [gitlab, jenkins])
def test_a_job_compares_with_the_earlier_run(tmp_path, ci):
    project = Project(tmp_path, ci.__name__, "sub")
    said = ci(project, 0)
    assert "since " not in said
    artifact = project.kept / "artifact" / "sub"
    artifact.mkdir(parents=True)
    shutil.copy(project.folder / "run.jsonl", artifact)
    said = ci(project, 0)
    assert "  new: 0\n  changed: 0\n  fixed: 0\n  vanished: 0\n  not-run: 0\n" in said
    project.breaks()
    said = ci(project, 1)
    assert re.search(r"^  new: [1-9]", said, re.MULTILINE), said
    assert "gate: closed (exit 1)" in said
    if ci is gitlab:
        asked = (project.kept / "asked").read_text()
        assert "/projects/7/jobs/artifacts/main/download?job=sockspec" in asked


# -- pre-commit ---------------------------------------------------------------------------

in_a_checkout = pytest.mark.skipif(not HOOKS.exists(), reason="not run: not in a checkout")


@in_a_checkout
def test_the_hook_is_of_the_form_of_pre_commit(tmp_path):
    ran = [str(TOOLS / "pre-commit"), "validate-manifest", str(HOOKS)]
    done = subprocess.run(ran, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


@in_a_checkout
def test_the_hook_stops_a_commit_of_a_wrong_profile(tmp_path):
    project = Project(tmp_path, "gitlab")
    (hook,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    # As from its repository, but for the installation: this environment has it.
    local = {"repo": "local", "hooks": [{**hook, "language": "system"}]}
    (project.root / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [local]}))
    (project.root / ".git").rmdir()
    for words in (("init", "-q"), ("add", ".")):
        project.run(["git", *words], project.root)
    home = {"PRE_COMMIT_HOME": str(project.kept), "HOME": str(project.kept)}
    hooked = [str(TOOLS / "pre-commit"), "run"]
    assert "Passed" in project.run(hooked, project.root, **home)
    (project.root / "profile" / "state.toml").write_text(
        'version = 1\n\n[[entry]]\nrule = "state.shutdown.no-such"\nbehaviour = "bad"\n'
    )
    project.run(["git", "add", "."], project.root)
    said = project.run(hooked, project.root, 1, **home)
    assert "profile/state.toml:3" in said
    # What is no profile does not start it.
    project.run(["git", "reset", "-q"], project.root)
    project.run(["git", "add", "sockspec_adapter.py"], project.root)
    assert "Skipped" in project.run(hooked, project.root, **home)


# -- what the page shows --------------------------------------------------------------------


@in_a_checkout
def test_the_files_that_the_page_shows_are_valid(tmp_path):
    text = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    shown = dict(
        re.findall(r"\{code-block\} yaml\n:caption: (\S+)\n\n(.*?)```", text, re.DOTALL)
    )
    workflow, config = tmp_path / "workflow.yml", tmp_path / "config.yaml"
    workflow.write_text(shown[".github/workflows/sockets.yml"])
    config.write_text(shown[".pre-commit-config.yaml"])
    schema = ("--builtin-schema", "vendor.github-workflows")
    for command in (
        [sys.executable, "-m", "check_jsonschema", *schema, str(workflow)],
        [str(TOOLS / "pre-commit"), "validate-config", str(config)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stdout
    # What it gives to the action and takes from it, the action has.
    action = yaml.safe_load((ROOT / ".github/actions/sockspec/action.yml").read_text())
    (job,) = yaml.safe_load(workflow.read_text())["jobs"].values()
    (step,) = [each for each in job["steps"] if each.get("id") == "sockspec"]
    assert step["with"].keys() <= action["inputs"].keys()
    (hook,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    (used,) = yaml.safe_load(config.read_text())["repos"][0]["hooks"]
    assert used["id"] == hook["id"]
    words = text[text.index("Its other inputs") : text.index("Pin the version")]
    inputs, outputs = words.split("Outputs:")
    assert set(re.findall(r"`([\w-]+)`", inputs)) <= action["inputs"].keys()
    assert set(re.findall(r"`([\w-]+)`", outputs)) == action["outputs"].keys()
