"""Words of the command line and files of a project that are almost right, or not at all."""

from __future__ import annotations

import itertools
import json
import lzma
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nonsense import BOUNDED, damaged

from sockspec import cli, project
from sockspec.errors import UsageError

ROOT = Path(__file__).parents[2]
DOCUMENTED = {0, 1, 2, 3, 4, 5}

# Verbs that run nothing and go nowhere, and what of them does after all.
VERBS = sorted(
    {"backends", "completion", "diff", "explain", "findings", "gate", "init", "merge"}
    | {"platforms", "report", "reproduce", "rules", "schema", "site", "update"}
)
ELSEWHERE = {"--live", "--write", "--backend", "--agent", "--lint", "--twins"}

FILES = ("run.jsonl", "cut.jsonl", "empty", "folder", "binary", "pyproject.toml", "no/such")
WORDS = st.one_of(
    st.sampled_from(
        [
            *FILES,
            *("", "-", "--", "--no-such", "\0", "*", "!", "[v4]", "!linger", "linux", "posix"),
            *("state.bind.bound", "state.bind.bound[v4,stream]", "run.jsonl.xz", "new", "1"),
            *("--format=json", "-h", "\udcff", "a\nb", "text", "json", "c", "../.."),
        ]
    ),
    st.text(max_size=6),
)


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A verb, its options and arguments, with values that fit them or do not."""
    verb = draw(st.sampled_from(VERBS))
    words = [verb]
    for each in cli.main.commands[verb].params:
        if not set(each.opts) & ELSEWHERE and draw(st.integers(0, 2)) == 0:
            words += _given(draw, each)
    if draw(st.integers(0, 5)) == 0:
        words.append(draw(WORDS))
    return words


def _given(draw: st.DrawFn, parameter: click.Parameter) -> list[str]:
    name = [] if isinstance(parameter, click.Argument) else [parameter.opts[0]]
    if getattr(parameter, "is_flag", False):
        return name
    fitting = WORDS
    if isinstance(parameter.type, click.Choice):
        fitting = st.one_of(st.sampled_from(list(parameter.type.choices)), WORDS)
    elif name == ["--out"]:
        fitting = st.sampled_from(["out", "run.jsonl", "folder", "no/such/out"])
    return [*name, draw(fitting)]


def _run() -> bytes:
    whole = lzma.decompress((ROOT / "reports" / "c" / "run.jsonl.xz").read_bytes()).splitlines()
    return b"\n".join([*whole[:4], whole[-1]]) + b"\n"


RUN = _run()


def lay(folder: Path) -> None:
    """The files that the words name, as they are at the beginning."""
    (folder / "folder").mkdir(exist_ok=True)
    (folder / "run.jsonl").write_bytes(RUN)
    (folder / "cut.jsonl").write_bytes(RUN[: len(RUN) // 2])
    (folder / "empty").write_bytes(b"")
    (folder / "binary").write_bytes(bytes(range(256)))
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("here")


@settings(BOUNDED, max_examples=30)
@given(words=lines())
@example(words=["gate", "run.jsonl", "--format", "json"])
@example(words=["explain", "state.bind.bound", "--run", "cut.jsonl"])
@example(words=["report", "binary", "--out", "folder"])
@example(words=["init", "folder", "--name", "\0"])
def test_any_words_end_with_a_documented_code(folder, words, monkeypatch):
    lay(folder)
    monkeypatch.chdir(folder)
    found = CliRunner().invoke(cli.main, words, prog_name="sockspec")
    error = found.exception
    assert error is None or isinstance(error, SystemExit), (words, found.exc_info)
    assert found.exit_code in DOCUMENTED, (words, found.output)
    assert "Traceback" not in found.output, words
    if found.exit_code > 1 and ("--format", "json") in itertools.pairwise(words):
        json.loads(found.stdout)


PROJECT = b"""[project]
name = "x"
[tool.sockspec]
backend = "agent:{project}/adapter/agent"
profile = "profile"
label = "wolfstack 5.1"
"""


@BOUNDED
@given(content=st.one_of(damaged(PROJECT), st.binary(max_size=60)))
@example(content=b"\x80")
@example(content=PROJECT + b"\x80")
@example(content=b"tool = 3")
def test_a_damaged_project_file(tmp_path, content):
    (tmp_path / "pyproject.toml").write_bytes(content)
    with suppress(UsageError):
        found = project.find(tmp_path)
        assert isinstance(found.place, str)
