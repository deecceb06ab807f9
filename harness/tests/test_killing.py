"""kill -9 of an agent, of a worker, of pytest and of the run itself, at drawn moments.

Ten rounds; as many as `SOCKSPEC_KILLS` says where that is set. What a round does follows
from its number alone.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest
from processes import marked, none_is_left, running, wait_for

from sockspec.judge import runfile

ROUNDS = int(os.environ.get("SOCKSPEC_KILLS", "10"))
WORDS = [f"case-{number}" for number in range(60)]

RULES = f"""
R = promise("plain")
@R.case(word={tuple(WORDS)!r}, examples=10)
@given(size=st.integers(1, 999))
def test_plain(sockets, see, case, size):
    one, other = sockets.connected(V4)
    one.send(bytes(size))
    see("good" if outcome(lambda: other.recv(size)) == "succeeds" else "bad")
"""

# What the command line of each process of a run has.
TARGETS = {
    "agent": "sockspec.agent",
    "worker": "sys.stdin.readline",
    "pytest": "-m pytest",
    "run": "-m sockspec run",
}


def started(spec, environment):
    words = ("run", "--isolate", "--profile", "here", "-n", "2", "--out", str(spec.out))
    return subprocess.Popen(
        [sys.executable, "-m", "sockspec", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=spec.folder,
        env=spec.environment() | environment,
    )


def finished_cases(spec):
    # By its lines, the first of which is the header: this is asked many times a second.
    return spec.out.read_bytes().count(b"\n") - 1 if spec.out.exists() else -1


@pytest.mark.parametrize("number", range(ROUNDS))
def test_kill(spec, number):
    draw = random.Random(number)
    target = list(TARGETS)[number % len(TARGETS)]
    moment = draw.randrange(1, len(WORDS) - 10)
    spec.write(RULES)
    with marked() as environment:
        process = started(spec, environment)
        wait_for(lambda: finished_cases(spec) >= moment or process.poll() is not None)
        before = runfile.read(spec.out).observations
        pids = [pid for pid, line in running(environment).items() if TARGETS[target] in line]
        for pid in sorted(pids, key=lambda _pid: draw.random())[:1]:
            os.kill(pid, 9)
        assert pids, target
        process.wait(120)
        assert none_is_left(environment)
    after = runfile.read(spec.out)
    assert after.observations[: len(before)] == before
    assert after.truncated == (target in {"pytest", "run"})
    bad = [each for each in after.observations if each.behaviours != {"good": 10}]
    if target in {"pytest", "run"}:
        assert not bad
        return
    assert {each.parameters["word"] for each in after.observations} == set(WORDS)
    # One case suffers; none where what was killed was done with its work.
    how = {"agent": "crash:SIGKILL", "worker": "crash"}[target]
    assert len(bad) <= 1
    assert all(how in each.behaviours for each in bad)
