"""The crate itself: its tests, its style, its tables, and what is locked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sockspec_rust

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core"
AGENT = ROOT / "agent"


def cargo(*arguments, component=""):
    """What a cargo command prints; skipped where cargo, or the component, is not there."""
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo")
    if component and shutil.which(f"cargo-{component}") is None:
        pytest.skip(f"cargo has no {component} here")
    ran = subprocess.run(
        ("cargo", *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if component and "is not installed" in ran.stderr:
        pytest.skip(f"cargo has no {component} here")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_core_and_agent_pass_their_own_tests():
    for crate in ("core", "agent"):
        asked = ("test", "--locked", "--quiet", "-j2", "--manifest-path", f"{crate}/Cargo.toml")
        assert "test result: ok" in cargo(*asked)


def test_clippy_has_nothing_to_say():
    for folder in (".", "agent"):
        asked = ("clippy", "--locked", "--workspace", "--all-targets", "--quiet", "-j2")
        manifest = ("--manifest-path", f"{folder}/Cargo.toml")
        cargo(*asked, *manifest, "--", "-D", "warnings", component="clippy")


def test_clippy_has_nothing_to_say_of_the_code_for_windows(windows):
    for crate in ("core", "agent"):
        asked = ("clippy", "--locked", "--all-targets", "--quiet", "-j1", "--target", windows)
        manifest = ("--manifest-path", f"{crate}/Cargo.toml")
        cargo(*asked, *manifest, "--", "-D", "warnings", component="clippy")


def test_core_and_agent_pass_their_own_tests_under_wine(windows, wine, monkeypatch):
    monkeypatch.setenv("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", wine)
    for crate in ("core", "agent"):
        asked = ("test", "--locked", "--quiet", "-j1", "--target", windows)
        manifest = ("--manifest-path", f"{crate}/Cargo.toml")
        # A handle that was closed could be given to the test beside it.
        told = cargo(*asked, *manifest, "--", "--test-threads=1")
        assert "test result: ok" in told


def test_few_files_ask_for_windows():
    # Where meanings differ there are two files, and the list of modules chooses.
    asking = {
        f"{folder.name}/{path.name}"
        for folder in (CORE, AGENT)
        for path in folder.glob("src/**/*.rs")
        for line in path.read_text(encoding="utf-8").partition("#[cfg(test)]")[0].splitlines()
        if re.search(r"\bcfg\w*!?\(.*\b(unix|windows)\b", line) and "test" not in line
    }
    assert asking == {"core/lib.rs", "core/os.rs", "core/constants.rs", "agent/main.rs"}


def test_formatted():
    for folder in (".", "agent"):
        manifest = ("--manifest-path", f"{folder}/Cargo.toml")
        cargo("fmt", "--all", "--check", *manifest, component="fmt")


def test_core_knows_nothing_of_python():
    manifest = tomllib.loads((CORE / "Cargo.toml").read_text(encoding="utf-8"))
    parts = (manifest, *manifest["target"].values())
    needed = {name for each in parts for name in each["dependencies"]}
    assert needed == {"libc", "socket2", "windows-sys"}


def test_versions_told_are_those_locked():
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text(encoding="utf-8"))
    locked = {each["name"]: each["version"] for each in lock["package"]}
    told = sockspec_rust.backend().implementation
    assert f"socket2 {locked['socket2']}" in told
    assert f"tokio {locked['tokio']}" in told
    assert sockspec_rust.backend().version == locked["sockspec-rust"]


def test_every_unsafe_block_says_why():
    # clippy has the same lint; this one also runs where there is no clippy.
    for path in (p for folder in (ROOT, CORE, AGENT) for p in folder.glob("src/**/*.rs")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines):
            if re.search(r"\bunsafe \{", line):
                above = "\n".join(lines[max(0, number - 8) : number])
                assert "SAFETY:" in above, f"{path.name}:{number + 1}"


def test_types():
    pytest.importorskip("mypy")
    asked = (sys.executable, "-m", "mypy", "--strict", "python/sockspec_rust")
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
