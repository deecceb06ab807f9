"""What is read from outside, changed as coverage leads: a sample of `make fuzz`."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent / "fuzz" / "fuzz.py"

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="not run: atheris is not installed"
)


def fuzzed(*words, program=PROGRAM):
    return subprocess.run(
        [sys.executable, str(program), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize(
    "reader", ["run", "profile", "entries", "answers", "grid", "recipe", "frame", "pattern"]
)
def test_a_reader_raises_nothing_but_what_is_documented(reader, tmp_path):
    ran = fuzzed("--only", reader, "--readings", "100", "--keep", str(tmp_path))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list(tmp_path.iterdir()) == []


BREAKS = """
def _breaks(told):
    if len(told) > 3:
        raise LookupError("too long")


READERS["pattern"] = Reader(lambda _folder: _breaks, lambda: [b"abc"])

# -- one reader"""


def test_what_broke_a_reader_is_kept_and_can_be_read_again(tmp_path):
    program, kept = tmp_path / "fuzz.py", tmp_path / "kept"
    program.write_text(PROGRAM.read_text("utf-8").replace("# -- one reader", BREAKS), "utf-8")
    ran = fuzzed(
        "--only", "pattern", "--readings", "5000", "--keep", str(kept), program=program
    )
    assert ran.returncode == 1
    (file,) = kept.iterdir()
    assert f"LookupError: too long: {file}" in ran.stdout
    ran = fuzzed("--only", "pattern", "--play", str(file), program=program)
    assert ran.returncode == 1
    assert "LookupError: too long" in ran.stderr
