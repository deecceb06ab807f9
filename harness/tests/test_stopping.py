"""What no deadline can end is ended by the watchdog, in time and by its name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes import marked, none_is_left

from sockspec.judge.verdict import Verdict

HERE = Path(__file__).parent

# A grace of its own, so that the tests do not take long.
RULES = """
import sockspec.backends.watchdog as watchdog
watchdog.GRACE = 1.5

@promise("receives").case()
def test_receives(sockets, see, case):
    see(outcome(sockets.bound(V4, DGRAM).recv, 1))

@promise("arranges").case()
def test_arranges(sockets, see, case):
    sockets.bound(V4, DGRAM).recv(1)
    see("good")

@promise("started").case()
def test_started(sockets, see, case):
    receiving = sockets.start("recv", sockets.bound(V4, DGRAM), 1)
    see("good" if receiving.is_blocked() else "bad")

@promise("polls").case()
def test_polls(sockets, see, case):
    wanted = [(sockets.bound(V4, DGRAM).handle, sockets.number("POLLIN"))]
    polling = sockets.backend.start("poll", wanted, 1.0)
    see("good" if polling.is_blocked() else "bad")

@promise("takes-its-time").case()
@given(n=st.integers(0, 10**6))
def test_takes_its_time(sockets, see, case, n):
    time.sleep(0.2)
    see("good")

@promise("plain").case(word=tuple("abcdef"))
def test_plain(sockets, see, case):
    see("good")
"""

DEADLINE = 1.5


def importable():
    before = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{before}{os.pathsep}{HERE}" if before else str(HERE)}


def run(spec, backend, *words, rules=RULES):
    spec.write(rules)
    named = f"backends_that_stop:{backend}"
    with marked() as environment:
        more = environment | importable()
        ran = spec.run("--backend", named, "--deadline", str(DEADLINE), *words, more=more)
        assert none_is_left(environment)
    return ran


def red(spec):
    seen = {name.rpartition(".")[2]: each for name, each in spec.seen().items()}
    assert len(seen) == 11
    assert not spec.truncated()
    return {name: each for name, each in seen.items() if each.verdict is not Verdict.CONFORMS}


WORKERS = pytest.mark.parametrize("workers", ["0", "2"])


@WORKERS
def test_a_lock_that_is_kept_while_a_call_waits_is_named(spec, workers):
    ran = run(spec, "KeepsTheLock", "-n", workers)
    suffers = red(spec)
    assert set(suffers) == {"receives", "arranges", "started", "polls"}
    assert suffers["receives"].behaviours == {"hang": 1}
    assert suffers["arranges"].because == "arranging failed: recv: hang"
    assert suffers["started"].behaviours == {"hang": 1}
    assert suffers["started"].witness["hang"]["values"]["call"] == "recv"
    # It returned in time: that nothing else ran meanwhile breaks the contract.
    assert suffers["polls"].verdict is Verdict.HARNESS_ERROR
    assert "poll: nothing else of its process ran for 1.0 s" in suffers["polls"].because
    assert "recv stopped its whole process, in one case: it keeps the" in ran.stdout


@WORKERS
@pytest.mark.parametrize("backend", ["NeverGivesUp", "SwallowsTheDeadline"])
def test_what_no_signal_ends_is_a_hang(spec, workers, backend):
    ran = run(spec, backend, "-n", workers, "--rule", "receives", "--rule", "plain")
    hung = spec.seen()["demo.subject.receives"]
    assert (hung.verdict, hung.behaviours) == (Verdict.NEW, {"hang": 1})
    assert len(spec.seen()) == 7
    assert ran.returncode == 1
    assert "recv stopped its whole process, in one case" in ran.stdout


@WORKERS
def test_a_crash_in_a_worker_has_the_name_that_an_agent_gives_it(spec, workers):
    run(spec, "Crashes", "-n", workers, "--rule", "receives", "--rule", "plain")
    here = spec.seen()["demo.subject.receives"]
    assert here.behaviours == {"crash:SIGSEGV": 1}
    assert here.witness["crash:SIGSEGV"]["values"] == {"call": "recv", "process": "is gone"}
    run(spec, "Crashes", "--isolate", "--rule", "receives")
    assert spec.one().behaviours == here.behaviours


def test_where_only_an_agent_can_tell_how_a_process_ended_the_message_says_so(spec):
    ran = run(spec, "IsKilled", "-n", "2", "--rule", "receives", "--rule", "plain")
    assert spec.seen()["demo.subject.receives"].behaviours == {"crash": 1}
    assert "yours did crash (its process ended; only `--isolate` tells how)" in ran.stdout
    ran = run(spec, "IsKilled", "--isolate", "--rule", "receives")
    assert spec.one().behaviours == {"crash:SIGKILL": 1}
    assert "--isolate" not in ran.stdout


def test_a_property_test_has_the_time_of_its_examples(spec):
    # Thirty times 0.2 s: more than a deadline and its grace, and each example in time.
    for workers in ("0", "2"):
        ran = run(spec, "NeverGivesUp", "-n", workers, "--rule", "takes-its-time")
        assert spec.one().behaviours == {"good": 30}
        assert spec.one().seconds > DEADLINE + 1.5
        assert ran.returncode == 0, ran.stdout


def test_more_cases_than_workers_may_each_end_one(spec):
    rules = (
        RULES
        + """
@promise("dies").case(word=tuple("abcdefghij"))
def test_dies(sockets, see, case):
    see(outcome(sockets.bound(V4, DGRAM).recv, 1))
"""
    )
    run(spec, "Crashes", "-n", "1", "--rule", "dies", rules=rules)
    assert [each.behaviours for each in spec.seen().values()] == [{"crash:SIGSEGV": 1}] * 10
    assert not spec.truncated()


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("StopsAtOnce", "bind stopped the whole process before the first case: it keeps"),
        ("CrashesAtOnce", "the process ended before the first case, in accept: crash:SIGSEGV"),
    ],
)
def test_what_ends_the_process_while_features_are_probed_is_one_message(spec, backend, words):
    ran = run(spec, backend, "--rule", "plain")
    assert ran.returncode == 3
    assert words in ran.stderr
    assert "`--isolate` serves the backend" in ran.stderr
    assert "Traceback" not in ran.stderr
    # And so it is done.
    ran = run(spec, backend, "--isolate", "--rule", "plain")
    assert ran.returncode == 0, ran.stderr


def test_an_agent_that_keeps_its_lock_is_a_hang_of_the_case(spec):
    run(spec, "KeepsTheLock", "--isolate", "-n", "2")
    suffers = red(spec)
    assert set(suffers) == {"receives", "arranges", "started", "polls"}
    assert suffers["receives"].behaviours == {"hang": 1}
    assert suffers["started"].because == "arranging failed: recv: hang"
    assert suffers["polls"].verdict is Verdict.HARNESS_ERROR


def test_pytest_by_itself_ends_and_says_where_it_stood(spec):
    spec.write(RULES)
    words = ("--sockspec-backend=backends_that_stop:KeepsTheLock", "-k", "started")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(spec.folder)),
            *("--import-mode=importlib", "--sockspec-profile=here", "--sockspec-deadline=0.5"),
            *(*words, str(spec.rules)),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=spec.folder,
        env=spec.environment() | importable(),
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Timeout (")
    assert "in test_started" in ran.stderr
