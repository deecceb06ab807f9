"""The plugin under pytest itself: selections, xdist, and runs that are none of ours."""

from __future__ import annotations

import subprocess
import sys

import pytest
import warm

SPEC = """
R = promise("plain")
@R.case(word=("one", "two", "three"))
def test_plain(sockets, see, case):
    see("bad" if case["word"] == "two" else "good")
@promise("drawn").case()
@given(n=st.integers(0, 10**9))
def test_drawn(sockets, see, case, n):
    see("good", n=n)
"""


@pytest.fixture
def pytest_run(spec):
    spec.write(SPEC)

    def run(*words: str, out: bool = True) -> subprocess.CompletedProcess[str]:
        return warm.run(
            *("pytest", "-c", "/dev/null"),
            *("--rootdir", spec.folder, "--import-mode=importlib"),
            "--sockspec-profile=here",
            *([f"--sockspec-out={spec.out}"] if out else []),
            *(*words, spec.rules),
            cwd=spec.folder,
            env=spec.environment(),
        )

    return run


def test_a_red_case_fails_its_test_and_says_why(pytest_run):
    ran = pytest_run()
    assert ran.returncode == 1
    assert "1 failed, 3 passed" in ran.stdout
    assert "saw bad; the rule asks for fine or good" in ran.stdout
    assert "https://pubs.opengroup.org/" in ran.stdout
    assert "4 cases: 3 conforms, 1 new divergence" in ran.stdout


@pytest.mark.parametrize("mode", ["load", "worksteal"])
def test_workers_give_the_same_verdicts(pytest_run, spec, mode):
    pytest_run()
    alone = {name: each.verdict for name, each in spec.seen().items()}
    ran = pytest_run("-n", "2", "--dist", mode)
    assert "1 failed, 3 passed" in ran.stdout
    assert {name: each.verdict for name, each in spec.seen().items()} == alone


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.parametrize("wrong", ["--sockspec-backend=nobody", "--sockspec-profile=nobody"])
def test_a_wrong_name_is_one_message(pytest_run, workers, wrong):
    # Without a run file, which the controlling process would begin before any worker.
    ran = pytest_run(wrong, *workers, out=False)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    told = [line for line in ran.stderr.splitlines() if line]
    assert told[0].startswith("ERROR: ")
    assert "nobody" in told[0]
    assert sum("nobody" in line for line in (*told, *ran.stdout.splitlines())) == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    assert "passed" not in ran.stdout


@pytest.mark.parametrize("mode", ["loadscope", "loadfile", "loadgroup"])
def test_the_group_modes_are_refused_with_a_reason(pytest_run, mode):
    ran = pytest_run("-n", "2", "--dist", mode)
    assert ran.returncode != 0
    assert "use --dist load or worksteal" in ran.stdout + ran.stderr


def test_selections_work(pytest_run, spec):
    assert "1 passed" in pytest_run("-k", "one").stdout
    assert set(spec.seen()) == {"demo.subject.plain[one]"}
    assert "3 passed" in pytest_run("-m", "sockspec").stdout
    pytest_run()
    assert "1 failed" in pytest_run("--lf").stdout
    listed = pytest_run("--collect-only", "-q")
    assert listed.stdout.count("test_plain[") == 3


def test_a_seed_draws_other_examples(pytest_run, spec):
    def drawn(*words: str) -> object:
        pytest_run("-k", "drawn", *words)
        return spec.seen()["demo.subject.drawn"].witness

    first = drawn()
    assert drawn() == first
    assert "4 cases" in pytest_run("--hypothesis-seed=7").stdout


def test_a_foreign_run_is_left_alone(tmp_path):
    (tmp_path / "test_foreign.py").write_text("def test_it():\n    assert True\n")
    script = (
        "import sys, pytest; code = pytest.main(['-q', '-p', 'no:cacheprovider']); "
        "print('loaded', sorted(m for m in sys.modules if m.startswith('sockspec')));"
        "sys.exit(code)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0
    assert "loaded ['sockspec', 'sockspec.run', 'sockspec.run.plugin']" in ran.stdout
    assert "socket specification" not in ran.stdout


WATCHED = """
import faulthandler
from sockspec.backends import watchdog

class Timer:
    is_on = False

def later(*_args, **_how):
    Timer.is_on = True

def cancel():
    Timer.is_on = False

@pytest.fixture(autouse=True, scope="module")
def timer():
    before = faulthandler.dump_traceback_later, faulthandler.cancel_dump_traceback_later
    faulthandler.dump_traceback_later, faulthandler.cancel_dump_traceback_later = later, cancel
    yield
    faulthandler.dump_traceback_later, faulthandler.cancel_dump_traceback_later = before

def test_before():
    assert not Timer.is_on
@promise("watched").case(word=("one", "two", "three"))
def test_watched(sockets, see, case):
    see("good" if Timer.is_on else "ugly")
def test_somebody_elses():
    assert not Timer.is_on
@promise("again").case(word=("one", "two"))
def test_again(sockets, see, case):
    see("bad" if case["word"] == "one" else "good")
@promise("last").case()
def test_last(sockets, see, case):
    see("good")
def test_after():
    assert not Timer.is_on
"""


def test_only_cases_are_watched(pytest_run, spec):
    spec.write("import pytest\n" + WATCHED)
    ran = pytest_run()
    assert "1 failed, 8 passed" in ran.stdout, ran.stdout
