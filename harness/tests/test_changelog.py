"""The changelog: fragments that towncrier takes, and the page that a release makes of them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAGMENTS = sorted(
    path for path in (ROOT / "changelog.d").glob("*") if path.name != "README.md"
)

pytestmark = pytest.mark.skipif(
    not (ROOT / "changelog.d").is_dir(), reason="not run: not in a checkout"
)


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "changelog.d", tmp_path / "changelog.d")
    for name in ("CHANGELOG.md", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def towncrier(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--version", "9.9.9", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )


def test_every_fragment_has_a_name_and_a_type_and_is_shown(copy):
    drafted = towncrier(copy, "--draft")
    assert drafted.returncode == 0, drafted.stderr
    shown = " ".join(drafted.stdout.split())
    for path in FRAGMENTS:
        assert " ".join(path.read_text(encoding="utf-8").split()) in shown, path.name


def test_a_fragment_is_a_line_or_two_without_a_heading():
    assert FRAGMENTS
    for path in FRAGMENTS:
        lines = path.read_text(encoding="utf-8").strip().splitlines()
        assert 1 <= len(lines) <= 4, path.name
        assert not [line for line in lines if line.startswith(("#", "- ", "* "))], path.name
        # It is an orphan: no number of an issue is part of its name.
        assert re.fullmatch(r"\+[a-z0-9-]+\.[a-z]+\.md", path.name)


@pytest.mark.parametrize("name", ["no-type.md", "+short.rumour.md", "+short.md"])
def test_a_fragment_of_another_name_is_refused(copy, name):
    (copy / "changelog.d" / name).write_text("Something changed.\n")
    drafted = towncrier(copy, "--draft")
    assert drafted.returncode == 1
    assert f"Invalid news fragment name: {name}" in drafted.stderr


def test_a_release_joins_them_above_the_last_one(copy):
    (copy / "changelog.d" / "+demo.added.md").write_text("A demonstration.\n")
    assert towncrier(copy, "--keep").returncode == 0
    text = (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert titles[:2] == ["9.9.9", "0.1.0"]
    added = text.split("### Added\n", 1)[1].split("\n## ", 1)[0]
    assert "\n- A demonstration.\n" in added
