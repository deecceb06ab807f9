"""The wheel, installed into an empty environment with no checkout in sight, runs the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SOCKSPEC_", "PYTEST_", "VIRTUAL_ENV", "PYTHONPATH"))
    }
    ran = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=cwd,
        env=environment,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    return ran


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        folder,
        ROOT,
        cwd=folder,
    )
    (wheel,) = folder.glob("sockspec-*.whl")
    venv.create(folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip(python, "install", "--quiet", wheel, cwd=folder)
    return folder, python


def pip(python: Path, *words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The pip of this environment for another one, which so needs none of its own."""
    return run(sys.executable, "-m", "pip", "--python", python, *words, cwd=cwd)


def test_it_puts_nothing_beside_the_package(installed):
    folder, python = installed
    told = pip(python, "show", "--files", "sockspec", cwd=folder).stdout
    files = [line.strip() for line in told.partition("Files:")[2].splitlines() if line.strip()]
    tops = {name.split("/")[0] for name in files if not name.startswith("..")}
    assert len(tops) == 2
    assert "sockspec" in tops
    assert any(name.startswith("sockspec/conformance/options/") for name in files)
    assert "sockspec/platforms/linux/profile.toml" in files
    assert "sockspec/py.typed" in files
    assert "sockspec/agent/c/agent/main.c" in files
    assert "sockspec/agent/c/core/core.h" in files


def test_the_command_runs_the_suite(installed):
    folder, python = installed
    out = folder / "run.jsonl"
    command = python.with_name("sockspec")
    ran = run(
        command,
        "run",
        "-n",
        "2",
        "--rule",
        "readiness.poll",
        "--out",
        out,
        "--format",
        "json",
        cwd=folder,
    )
    assert json.loads(ran.stdout)["open"]
    run(command, "gate", out, cwd=folder)
    run(command, "report", out, "--out", folder / "report", cwd=folder)
    assert (folder / "report" / "report.html").stat().st_size > 10_000


def test_pytest_runs_the_suite_by_package_name(installed):
    folder, python = installed
    ran = run(
        python, "-m", "pytest", "--pyargs", "sockspec.conformance.urgent", "-q", cwd=folder
    )
    assert "conforms" in ran.stdout
    assert " failed" not in ran.stdout


def test_a_project_of_ones_own_works_from_the_wheel_alone(installed, tmp_path):
    _, python = installed
    command = python.with_name("sockspec")
    run(command, "init", "--name", "wolf-stack", "--extends", "linux", cwd=tmp_path)
    run(command, "smoke", cwd=tmp_path)
    chosen = ("-n", "0", "--rule", "state.shutdown", "--out", "run.jsonl")
    ran = run(command, "run", *chosen, cwd=tmp_path)
    assert ran.stdout.startswith("wolf-stack 0.1 (")
    run(command, "gate", "run.jsonl", cwd=tmp_path)
    # What is installed extends it, by name, and is not copied.
    told = json.loads(
        run(
            command, "platforms", "--profile", "profile", "--format", "json", cwd=tmp_path
        ).stdout
    )
    assert [each["extends"] for each in told] == [["linux", "posix"]]
    assert [path.name for path in (tmp_path / "profile").iterdir()] == ["profile.toml"]
    # And pytest alone, as it was configured, runs the same.
    ran = run(python, "-m", "pytest", "-q", "-k", "shutdown and v4", cwd=tmp_path)
    assert "conforms" in ran.stdout
    assert " failed" not in ran.stdout


QUIET = """
    def shutdown(self, sock: Any, how: int) -> None:
        try:
            super().shutdown(sock, how)
        except SocketError as error:
            if error.symbol != "ENOTCONN":
                raise
"""
"""A layer with an idea of its own: to shut down what is not connected is no error."""


def test_the_whole_road_from_a_project_to_a_gate_and_a_script(installed, tmp_path):
    """Init, smoke, run, update, gate, reproduce; then the divergence is gone."""
    _, python = installed
    command = python.with_name("sockspec")
    run(command, "init", "--name", "wolf-stack", "--extends", "linux", cwd=tmp_path)
    adapter = tmp_path / "sockspec_adapter.py"
    honest = adapter.read_text()
    adapter.write_text(
        honest.replace(
            "from sockspec import platform\n",
            "from sockspec import platform\nfrom sockspec.errors import SocketError\n",
        )
        + QUIET
    )
    run(command, "smoke", cwd=tmp_path)
    rules = ("--rule", "state.shutdown.not-connected", "--rule", "options.linger.inherited")
    chosen = ("run", "-n", "0", *rules, "--out", "run.jsonl")
    ran = run(command, *chosen, cwd=tmp_path, code=1)
    assert "yours did shut (the call succeeds)" in ran.stdout
    # It is recorded, and the gate wants to know why.
    ran = run(command, "update", "run.jsonl", "--write", cwd=tmp_path)
    assert ran.stdout.split() == ["profile/answers.toml", "profile/state.toml"]
    ran = run(command, "gate", "run.jsonl", cwd=tmp_path, code=3)
    assert "state.shutdown.not-connected: has no why" in ran.stdout
    recorded = tmp_path / "profile" / "state.toml"
    recorded.write_text(
        recorded.read_text()
        .replace('why = ""', 'why = "It is harmless."')
        .replace('source = ""', 'source = "none found"')
    )
    run(command, "gate", "run.jsonl", cwd=tmp_path)
    # A script shows it, while it lasts.
    case = "state.shutdown.not-connected[v4,fresh,SHUT_WR]"
    script = tmp_path / "show.py"
    script.write_text(run(command, "reproduce", case, "run.jsonl", cwd=tmp_path).stdout)
    ran = run(python, script, cwd=tmp_path, code=1)
    assert "seen:      shut: the call succeeds" in ran.stdout
    assert "now:       the same" in ran.stdout
    adapter.write_text(honest)
    run(python, script, cwd=tmp_path)
    ran = run(command, *chosen, cwd=tmp_path, code=1)
    assert "the divergence is gone: remove the entry at profile/state.toml" in ran.stdout
    run(command, "update", "run.jsonl", "--write", cwd=tmp_path)
    run(command, "gate", "run.jsonl", cwd=tmp_path)


def test_the_agent_in_c_comes_with_it(installed, tmp_path):
    _, python = installed
    words = ("init", "--name", "wolf-stack", "--preload", "libwolf.so")
    run(python.with_name("sockspec"), *words, cwd=tmp_path)
    made = {
        path.relative_to(tmp_path / "adapter"): path.read_bytes()
        for path in (tmp_path / "adapter").rglob("*.[ch]")
    }
    sources = ROOT / "harness" / "native" / "c"
    assert made == {
        path.relative_to(sources): path.read_bytes()
        for room in ("agent", "core")
        for path in (sources / room).glob("*.[ch]")
    }


@pytest.mark.parametrize(("name", "tool"), [("c", "cc"), ("rust", "cargo")])
def test_a_native_backend_is_found_beside_it(installed, name, tool):
    if shutil.which(tool) is None:
        pytest.skip(f"not run: there is no {tool} to build the backend {name} with")
    folder, python = installed
    source = ROOT / "harness" / "native" / name
    wheels = folder / name
    pip(python, "wheel", "--quiet", "--no-deps", "-w", wheels, source, cwd=folder)
    (wheel,) = wheels.glob(f"sockspec_{name}-*.whl")
    assert "-abi3-" in wheel.name
    pip(python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    command = python.with_name("sockspec")
    told = json.loads(run(command, "backends", "--format", "json", cwd=folder).stdout)
    assert [each["usable"] for each in told if each["name"] == name] == [True]
    selection = ("--backend", name, "--rule", "state.shutdown.*", "-n", "0")
    ran = run(
        *(command, "run", *selection, "--out", folder / f"{name}.jsonl", "--format", "json"),
        cwd=folder,
    )
    assert json.loads(ran.stdout)["open"]
