"""Nothing outlives us, however early we are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from processes import marked, none_is_left, wait_for

from sockspec.keeper import Keeper, end, folder

# Is killed after the command was started and before its group is watched.
KILLED = """
import os, signal, sys
from sockspec.keeper import Keeper

class Killed(Keeper):
    def watch(self, group):
        os.kill(os.getpid(), signal.SIGKILL)

Killed().start([sys.executable, "-c", "open('begun', 'w'); input()"])
"""


def test_what_is_not_watched_yet_does_not_begin(tmp_path):
    with marked() as environment:
        command = [sys.executable, "-c", KILLED]
        ran = subprocess.run(
            command, env={**os.environ, **environment}, cwd=tmp_path, timeout=30, check=False
        )
        assert ran.returncode == -signal.SIGKILL
        assert none_is_left(environment)
    assert list(tmp_path.iterdir()) == []


def test_a_command_is_started_as_it_stands_and_reads_nothing():
    keeper = Keeper()
    show = "import os, sys; print(sys.argv[1:], repr(sys.stdin.read()), os.getsid(0))"
    words = ["a b", "", "$HOME", "-n"]
    process = keeper.start(
        [sys.executable, "-c", show, *words], stdout=subprocess.PIPE, text=True
    )
    printed, _ = process.communicate(timeout=30)
    end(process)
    keeper.release()
    assert printed == f"{words} '' {process.pid}\n"


def test_a_command_that_is_not_there_tells_so():
    keeper = Keeper()
    process = keeper.start(["no-such-command"], stderr=subprocess.PIPE, text=True)
    _, complained = process.communicate(timeout=30)
    keeper.release()
    assert process.returncode == 127
    assert "no-such-command: not found" in complained


FOLDER = """
import os, signal, sys
from sockspec.keeper import folder

with folder() as made:
    (made / "inside").mkdir()
    (made / "inside" / "file").write_text("")
    if sys.argv[1:]:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_temporary_folder_goes_with_its_process_however_that_ends(tmp_path):
    for words in ((), ("killed",)):
        subprocess.run(
            [sys.executable, "-c", FOLDER, *words],
            env={**os.environ, "TMPDIR": str(tmp_path)},
            timeout=30,
            check=False,
        )
        wait_for(lambda: not list(tmp_path.iterdir()), within=10)
    with folder() as made:
        assert made.is_dir()
    assert not made.exists()
