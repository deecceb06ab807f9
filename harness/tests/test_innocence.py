"""Legal but unusual settings, and that no case is red for them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent.parent / "innocence" / "innocence.py"


@pytest.fixture(scope="module")
def innocence():
    spec = importlib.util.spec_from_file_location("innocence", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def namespaces(innocence):
    why = innocence.unusable()
    if why:
        pytest.skip(f"not run: there can be no namespaces here: {why}")


def run(*words, **environment):
    return subprocess.run(
        [sys.executable, str(PROGRAM), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        **environment,
    )


def test_the_settings_are_well_formed(innocence):
    known = innocence.settings()
    assert len(known) >= 40
    for each in known.values():
        assert {"sysctl", "before", "wrap", "environment", "preload"} & each.keys(), each[
            "name"
        ]


def test_a_sample_of_settings_turns_no_case_red(namespaces):
    chosen = [word for name in ("ttl-and-hops", "no-timestamps") for word in ("--only", name)]
    ran = run("--rule", "options.integer", "--rule", "state.only-v6", *chosen)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "innocent   ttl-and-hops" in ran.stdout


def test_several_settings_are_made_together(innocence):
    known = innocence.settings()
    made = innocence.bundle([known["loopback-renamed"], known["no-sack"], known["no-ipv4"]])
    assert made["name"] == "loopback-renamed+no-sack+no-ipv4"
    assert made["before"][-1] == "ip -4 addr flush dev lo"
    assert len(made["before"]) == 4
    assert made["sysctl"] == {"net.ipv4.tcp_sack": "0", "net.ipv4.tcp_dsack": "0"}


def test_a_rule_that_blames_a_setting_is_named(namespaces, spec):
    spec.write(
        """
R = promise("ttl")
@R.case()
def test_ttl(sockets, see, case):
    see("good" if sockets.new("v4").ttl() == 64 else "bad")
"""
    )
    for name in ("linux", "gvisor"):
        (spec.profiles / name).mkdir()
        (spec.profiles / name / "profile.toml").write_text(
            f'version = 1\nname = "{name}"\ntitle = "{name}"\n'
        )
    ran = run("--only", "ttl-and-hops", env=spec.environment())
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 red      ttl-and-hops: 1 cases" in ran.stdout
    assert "  demo.subject.ttl" in ran.stdout


def test_a_setting_that_cannot_be_made_is_not_tried(innocence, namespaces, tmp_path):
    setting = {"name": "none", "sysctl": {"net.no.such": "1"}}
    found = innocence.tried(setting, {}, tmp_path, [])
    assert found.skipped
    assert found.line().startswith("not tried  none: ")


def test_a_clock_that_goes_back_goes_back(innocence, tmp_path):
    if not shutil.which("cc"):
        pytest.skip("not run: there is no cc")
    asked = (
        "import time; print(time.time() - time.time(), time.monotonic() <= time.monotonic())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **innocence.preloaded(["clock.c"], tmp_path), "CLOCK_STEP": "-600"},
    )
    difference, monotonic = ran.stdout.split()
    assert 590 < float(difference) < 610
    assert monotonic == "True"
