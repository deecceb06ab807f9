"""The whole specification on this machine: the same verdicts however it is run."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def sockspec(*words, timeout=600):
    return subprocess.run(
        [sys.executable, "-m", "sockspec", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run in one process, without pytest-xdist."""
    out = tmp_path_factory.mktemp("alone") / "run.jsonl"
    ran = sockspec("run", "-n", "0", "--out", out, "--format", "json")
    return out, json.loads(ran.stdout)


def test_everything_here_conforms_or_is_known(alone):
    _out, told = alone
    assert told["problems"] == []
    assert told["faults"] == []
    assert told["exit"] == 0


def test_it_is_large_enough_to_mean_something(alone):
    _out, told = alone
    assert told["cases"] >= 600
    assert told["examples"] >= 2000


def test_four_workers_see_the_same(alone, tmp_path):
    out, _told = alone
    other = tmp_path / "run.jsonl"
    sockspec("run", "-n", "4", "--out", other)
    compared = sockspec("diff", out, other)
    assert compared.returncode == 0, compared.stdout
