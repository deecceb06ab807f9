"""A forked run is as one that was started: what it is given, what it says, how it ends."""

from __future__ import annotations

import json
import os
import subprocess

import pytest
import warm

forked = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="not run: nothing is forked here"
)

# What Python reads when it starts makes a run one that is started, not forked.
STARTED = {**os.environ, "PYTHONNODEBUGRANGES": "1"}

TELLS = """
import json, os, sys
print(json.dumps({
    "folder": os.getcwd(),
    "words": sys.argv[1:],
    "variable": os.environ.get("TELLS"),
    "path": sys.path[0] == os.getcwd(),
    "leads": os.getsid(0) == os.getpid(),
}))
sys.stderr.write("said")
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def tells(tmp_path):
    (tmp_path / "tells.py").write_text(TELLS)
    return tmp_path


@forked
@pytest.mark.parametrize("code", [0, 3])
def test_it_has_folder_words_environment_and_end_of_its_own(tells, code):
    environment = {**os.environ, "TELLS": "so"}
    ran = warm.run("tells", code, "a b", cwd=tells, env=environment)
    assert (ran.returncode, ran.stderr) == (code, "said")
    assert json.loads(ran.stdout) == {
        "folder": str(tells),
        "words": [str(code), "a b"],
        "variable": "so",
        "path": True,
        "leads": True,
    }
    assert "TELLS" not in os.environ
    again = warm.run("tells", 0, cwd=tells)
    assert json.loads(again.stdout)["variable"] is None


@pytest.mark.parametrize("words", [("rules", "linger"), ("explain", "no.such"), ("nonsense",)])
def test_a_command_says_the_same_forked_and_started(words, tmp_path):
    forked = warm.sockspec(*words, cwd=tmp_path)
    started = warm.sockspec(*words, cwd=tmp_path, env=STARTED)
    assert (forked.returncode, forked.stdout, forked.stderr) == (
        (started.returncode, started.stdout, started.stderr)
    )


def test_one_that_takes_too_long_is_ended(tmp_path):
    (tmp_path / "waits.py").write_text("import signal\nsignal.pause()\n")
    with pytest.raises(subprocess.TimeoutExpired):
        warm.run("waits", cwd=tmp_path, timeout=0.2)
    assert warm.sockspec("--version").returncode == 0


def test_one_that_crashes_is_told_and_the_next_runs(tmp_path):
    (tmp_path / "dies.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    assert warm.run("dies", cwd=tmp_path).returncode == -9
    assert warm.sockspec("--version").returncode == 0


@forked
def test_a_pytest_below_is_forked_too_and_names_the_case(spec):
    spec.write(
        """
R = promise("words")
@R.case()
def test_words(sockets, see, case):
    see("good", loaded="sockspec.cli.judging" in __import__("sys").modules)
"""
    )
    assert spec.run().returncode == 0
    # A pytest that was started would not have the command line's modules.
    assert spec.one().witness["good"]["values"] == {"loaded": True}
