"""What tests of links share: whether this machine allows one, and a run over it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import warm

from sockspec.judge import runfile
from sockspec.network import links

HERE = Path(__file__).parent


WHY = links.refused("veth")
linked = pytest.mark.skipif(bool(WHY), reason=f"not run: {WHY}")
LWIP = Path("/usr/include/lwip/lwip/sockets.h").exists()
STACK = f"agent:{sys.executable} {HERE.parent / 'examples' / 'lwip_sockets.py'}"


@pytest.fixture(name="seen")
def runs_with_a_peer(tmp_path):
    """Runs the specification with a peer; the verdict, behaviours and witness of each case."""

    def run(*words, code=0):
        out = tmp_path / "run.jsonl"
        ran = warm.sockspec("run", "-n", "0", "--out", out, *words, cwd=HERE)
        assert code is None or ran.returncode == code, ran.stdout + ran.stderr
        return runfile.read(out)

    return run


def verdicts(run):
    return {
        name: (each.verdict, each.behaviours.keys()) for name, each in run.by_case().items()
    }


def addresses(run):
    """The IPv4 addresses in the witnesses of a run."""
    return {
        found["inet"][0]
        for each in run.observations
        for witness in each.witness.values()
        for call in witness["calls"]
        for found in (call.get("answer"),)
        if isinstance(found, dict) and "inet" in found
    }
