"""A project of one's own, made by `sockspec init`: every adapter works as it is written."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import warm

from sockspec import init, project
from sockspec.cli import making
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import load

_SCHEMA = ("--builtin-schema", "vendor.github-workflows")
RULES = ("--rule", "state.connect", "--rule", "data.order")
TOOLS = {
    "python": "",
    "c": "make",
    "rust": "cargo",
    "go": "go",
    "java": "javac",
    "node": "node",
}
# What a compiler warns of is an error here: whoever starts from an adapter starts clean.
STRICT = {"CFLAGS": "-O1 -Werror", "RUSTFLAGS": "-D warnings"}


def sockspec(folder, *words):
    return warm.sockspec(*words, cwd=folder, safe=True)


def made(folder, *words):
    ran = sockspec(folder, "init", *words, "--format", "json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def built(folder, told, language):
    build = init.LANGUAGES[language].build
    if not build:
        return
    assert told["next"][0] == build
    ran = subprocess.run(
        build,
        shell=True,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        cwd=folder,
        env={**os.environ, **STRICT, "CARGO_TARGET_DIR": str(folder / "adapter" / "target")},
    )
    if language == "rust" and ran.returncode and "registry" in ran.stderr:
        pytest.skip(f"the crates cannot be had here: {ran.stderr.splitlines()[-1]}")
    assert ran.returncode == 0, ran.stdout + ran.stderr


# -- each language -----------------------------------------------------------------------


def test_the_command_offers_every_language_that_there_is():
    assert set(making._LANGUAGES) == init.LANGUAGES.keys() == TOOLS.keys()


@pytest.mark.parametrize("language", TOOLS)
def test_an_adapter_is_accepted_and_its_run_judged_by_its_profile(language, tmp_path):
    if TOOLS[language] and shutil.which(TOOLS[language]) is None:
        pytest.skip(f"there is no {TOOLS[language]}")
    folder = tmp_path / "with a blank"
    folder.mkdir()
    told = made(folder, "--language", language, "--name", "wolf-stack", "--extends", "linux")
    built(folder, told, language)
    smoked = sockspec(folder, "smoke")
    assert smoked.returncode == 0, smoked.stdout + smoked.stderr
    for way in ("a stream carries bytes", "a datagram comes", "start() begins a call"):
        assert f"ok      {way}" in smoked.stdout
    # Space between values is JSON, too.
    kind, _, command = init.LANGUAGES[language].backend.partition(":")
    if kind == "agent":
        hello = '{ "kind" : "hello", "id" : 0, "protocol" : 1, "client" : "a \\" b" }\n'
        words = shlex.split(command.replace("{project}", shlex.quote(str(folder))))
        told = subprocess.run(words, input=hello, capture_output=True, text=True, check=True)
        assert json.loads(told.stdout)["kind"] == "welcome"
    # From anywhere in the project.
    below = folder / "below"
    below.mkdir()
    ran = sockspec(below, "run", "-n", "0", "--deadline", 2, *RULES, "--out", "run.jsonl")
    assert ran.returncode in {0, 1}, ran.stdout + ran.stderr
    head = runfile.read(below / "run.jsonl").header
    assert (head.backend, head.profile, head.label) == (
        *("wolf-stack", "wolf-stack"),
        "wolf-stack 0.1",
    )
    # What Linux has and the language has not is said once; what is not Linux's way is recorded
    # in the project, and then only asks for reasons.
    head_of_profile = folder / "profile" / "profile.toml"
    lost = re.findall(r'features = \["(-[\w-]+)"\]', ran.stdout)
    if lost:
        text = head_of_profile.read_text() + f"features = {json.dumps(lost)}\n"
        head_of_profile.write_text(text)
    assert sockspec(below, "update", "run.jsonl", "--write").returncode == 0
    written = [each.read_text() for each in (folder / "profile").glob("*.toml")]
    recorded = any("\n[[entry]]\n" in each or "\n[[cannot]]\n" in each for each in written)
    assert recorded or lost or ran.returncode == 0
    gated = sockspec(below, "gate", "run.jsonl")
    assert gated.returncode == (3 if recorded else 0), gated.stdout
    assert gated.stdout.startswith("wolf-stack 0.1 (")
    if language == "python":
        assert "0 checks need what it does not have" in smoked.stdout
        assert head.stands_in_for == "stdlib"


@pytest.mark.skipif(shutil.which("gofmt") is None, reason="there is no gofmt")
def test_the_go_adapter_is_formatted_as_go_is(tmp_path):
    made(tmp_path, "--language", "go", "--name", "wolf-stack")
    listed = subprocess.run(
        ["gofmt", "-l", tmp_path / "adapter"], capture_output=True, text=True, check=True
    )
    assert listed.stdout == ""


QUIET = """
#include <sys/socket.h>
int shutdown(int sock, int how) { (void)sock; (void)how; return 0; }
"""
"""A library to be preloaded, in which shutting down is no more than a word."""


@pytest.mark.skipif(not Path("/usr/include/jsmn.h").exists(), reason="there is no jsmn.h")
def test_what_is_preloaded_is_tested_by_the_agent_in_c(tmp_path):
    (tmp_path / "quiet.c").write_text(QUIET)
    library = ("cc", "-shared", "-fPIC", "-o", "libquiet.so", "quiet.c")
    subprocess.run(library, check=True, cwd=tmp_path)
    told = made(tmp_path, "--name", "quiet", "--extends", "linux", "--preload", "./libquiet.so")
    assert "adapter/agent/main.c" in told["written"]
    assert "adapter/core/core.h" in told["written"]
    subprocess.run(told["next"][0], shell=True, check=True, timeout=300, cwd=tmp_path)
    smoked = sockspec(tmp_path, "smoke")
    assert smoked.returncode == 0, smoked.stdout + smoked.stderr
    chosen = ("--rule", "state.shutdown.not-connected", "--out", "run.jsonl")
    ran = sockspec(tmp_path, "run", "-n", "0", *chosen)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "yours did shut (the call succeeds)" in ran.stdout
    head = runfile.read(tmp_path / "run.jsonl").header
    assert (head.backend, head.profile, head.label) == ("c", "quiet", "quiet")
    # Its script is a program in C that is run under the same library.
    case = "state.shutdown.not-connected[v4,fresh,SHUT_WR]"
    (tmp_path / "show.c").write_text(sockspec(tmp_path, "reproduce", case, "run.jsonl").stdout)
    built = ("cc", "-Wall", "-Werror", "-pthread", "-o", "show", "show.c")
    subprocess.run(built, check=True, cwd=tmp_path)
    for preloaded, code in (("./libquiet.so", 1), ("", 0)):
        environment = {**os.environ, "LD_PRELOAD": preloaded}
        shown = subprocess.run(["./show"], check=False, cwd=tmp_path, env=environment)
        assert shown.returncode == code


def test_without_jsmn_the_agent_says_what_to_install(tmp_path):
    told = made(tmp_path, "--name", "quiet", "--preload", "libquiet.so", "--ci", "none")
    command = f"{told['next'][0]} JSMN={tmp_path}/jsmn.h"
    ran = subprocess.run(
        command, shell=True, check=False, cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode
    assert f"there is no {tmp_path}/jsmn.h: install it" in ran.stderr


# -- continuous integration and pytest -----------------------------------------------------


@pytest.mark.parametrize("language", TOOLS)
@pytest.mark.parametrize("inside", ["", "sockets/conformance"])
def test_the_workflow_is_valid_safe_and_builds_the_adapter(language, inside, tmp_path):
    (tmp_path / ".git").mkdir()
    folder = tmp_path / inside
    folder.mkdir(parents=True, exist_ok=True)
    made(folder, "--language", language, "--name", "wolf-stack")
    workflow = tmp_path / ".github" / "workflows" / "sockspec.yml"
    text = workflow.read_text()
    for command in (
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
        ],
        [Path(sys.executable).with_name("zizmor"), "--offline", "--quiet"],
    ):
        ran = subprocess.run(
            [*map(str, command), str(workflow)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert init.LANGUAGES[language].build in text
    assert ("working-directory: sockets/conformance" in text) is bool(inside)
    assert not {word for word in ("FOLDER", "BUILD", "VERSION") if word in text}


def test_without_ci_no_workflow_is_written(tmp_path):
    told = made(tmp_path, "--name", "wolf-stack", "--ci", "none")
    assert not (tmp_path / ".github").exists()
    assert told["written"] == ["sockspec_adapter.py", "profile/profile.toml", "pyproject.toml"]


def test_pytest_is_configured_unless_somebody_has_done_so(tmp_path):
    for name, other in (("new", ""), ("old", "setup.cfg")):
        folder = tmp_path / name
        folder.mkdir()
        if other:
            (folder / other).write_text("[tool:pytest]\n")
        made(folder, "--name", "wolf-stack")
        told = tomllib.loads((folder / "pyproject.toml").read_text())["tool"]
        assert ("pytest" in told) is not bool(other)
        assert told["sockspec"]["profile"] == "profile"


# -- what is there already -------------------------------------------------------------------


def test_a_pyproject_is_added_to_and_kept_as_it_was(tmp_path):
    before = '# Mine.\n[project]\nname = "wolf"\n\n[tool.pytest]\ntestpaths = ["tests"]\n'
    (tmp_path / "pyproject.toml").write_text(before)
    made(tmp_path, "--name", "wolf-stack")
    after = (tmp_path / "pyproject.toml").read_text()
    assert after.startswith(before)
    told = tomllib.loads(after)["tool"]
    assert told["pytest"] == {"testpaths": ["tests"]}
    assert project.find(tmp_path).backend == "sockspec_adapter:Adapter"


@pytest.mark.parametrize(
    ("there", "text", "complaint"),
    [
        ("profile/profile.toml", "mine", "profile/profile.toml: already there"),
        ("sockspec_adapter.py", "mine", "sockspec_adapter.py: already there"),
        (".github/workflows/sockspec.yml", "mine", "already there"),
        ("pyproject.toml", "[tool.sockspec]\n", "has a table [tool.sockspec]"),
        ("pyproject.toml", "[broken\n", "cannot be added"),
        ("pyproject.toml", "tool = {}\n", "cannot be added"),
    ],
)
def test_nothing_is_written_where_something_is_in_the_way(tmp_path, there, text, complaint):
    path = tmp_path / there
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    before = sorted(tmp_path.rglob("*"))
    ran = sockspec(tmp_path, "init", "--name", "wolf-stack")
    assert ran.returncode == 2
    assert complaint in ran.stderr
    assert path.read_text() == text
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--name", "Wolf Stack"), "is no name of a backend"),
        (("--name", "linux"), "there is a profile 'linux' already"),
        (("--name", "wolf", "--extends", "nowhere"), "there is no profile 'nowhere'"),
        (("--name", "wolf", "--language", "cobol"), "cobol"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path, words, complaint):
    ran = sockspec(tmp_path, "init", *words)
    assert ran.returncode == 2
    assert complaint in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_profile_shows_what_can_be_said_of_entries_states_and_features(tmp_path):
    init.write(init.Project(tmp_path, "wolf", "python", "posix", ci=""), taken=())
    head = tmp_path / "profile" / "profile.toml"
    shown = head.read_text("utf-8")
    examples = re.findall(r"^#     (.+)$", shown, re.MULTILINE)
    (tmp_path / "profile" / "state.toml").write_text("\n".join(["version = 1", *examples]))
    head.write_text(re.sub(r"^# (?=features = )", "", shown, flags=re.MULTILINE))
    told = Catalogue([], str(tmp_path / "profile")).load("wolf", load.rules())
    assert [each.entry.rule for each in told.entries] == ["state.shutdown.not-connected"]
    assert [each.entry.call for each in told.barred] == ["bind"]
    assert [each.feature for each in told.features] == ["ipv6", "-seqpacket"]
    assert not told.drafts


def test_a_project_is_named_after_its_folder(tmp_path):
    told = made(tmp_path, "Wolf_Stack 5")
    assert told["name"] == "wolf-stack-5"
    assert told["next"][0] == "cd Wolf_Stack 5"
    with pytest.raises(UsageError, match="give --name"):
        making._named(tmp_path / "5")
