"""Many scripts at once, each in a child of this process, which has their modules loaded.

Its standard input has the modules, how many at once, and the programs as JSON; its standard
output the exit code and the output of each. It is a process of its own, so that the modules
are not those of the tests, and small, so that a child costs little.
"""

from __future__ import annotations

import contextlib

# What every script imports, loaded once.
import errno  # noqa: F401
import json
import os
import signal
import sys
import tempfile
import warnings
from importlib import import_module
from pathlib import Path

DEADLINE = 90
"""Seconds after which a script is ended: of its own it would have been."""


def main() -> None:
    """Play them all."""
    asked = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    for each in asked["modules"]:
        import_module(each)
    done: list[tuple[int, int, str]] = []
    running: dict[int, tuple[int, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(asked["programs"]):
            output = Path(folder) / str(number)
            running[_child(source, output)] = (number, output)
            if len(running) == asked["at_once"]:
                done.append(_ended(running))
        while running:
            done.append(_ended(running))
    json.dump([each[1:] for each in sorted(done)], sys.stdout)


def _ended(running: dict[int, tuple[int, Path]]) -> tuple[int, int, str]:
    pid, status = os.wait()
    number, output = running.pop(pid)
    return number, os.waitstatus_to_exitcode(status), output.read_text("utf-8")


def _child(source: str, output: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    sys.argv = ["script"]  # whose words are the command of another implementation
    signal.alarm(DEADLINE)
    try:
        with output.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            sys.stdout, sys.stderr = file, file
            with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                names = {"__name__": "script"}
                exec(compile(source, "script", "exec"), names)
                code = names["result"](names["show"])
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
