"""Many scripts at once: each in a child of this interpreter, which has the modules loaded."""

from __future__ import annotations

import functools
import os
import signal
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sockspec import reproduce
from sockspec.judge import runfile
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sockspec.judge.runfile import Observation, Run

REPORTS = Path(__file__).parents[2] / "reports"
AT_ONCE = 24
"""Nearly all of the time of a script it waits."""


class Played(NamedTuple):
    """What a script did."""

    case: str
    code: int
    output: str


@functools.cache
def kept(name: str) -> Run:
    """A kept run."""
    return runfile.read(REPORTS / name / "run.jsonl.xz")


def scripts(run: Run, chosen: Callable[[Observation], bool]) -> Iterator[tuple[str, str]]:
    """The cases that are chosen, each with its script."""
    rules = load.rules()
    for each in run.observations:
        if chosen(each):
            for behaviour in each.witness:
                rule = rules.resolve(each.rule)
                yield each.case, reproduce.script(run, each, behaviour, rule)


def play(programs: Iterable[tuple[str, str]]) -> list[Played]:
    """Run Python scripts, many at once."""
    played: list[Played] = []
    running: dict[int, tuple[str, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (case, source) in enumerate(programs):
            output = Path(folder) / str(number)
            running[_child(source, output)] = (case, output)
            if len(running) == AT_ONCE:
                played.append(_ended(running))
        while running:
            played.append(_ended(running))
    return played


def _ended(running: dict[int, tuple[str, Path]]) -> Played:
    # Only those that are ours: the process may have other children.
    pid = next(iter(running))
    _, status = os.waitpid(pid, 0)
    case, output = running.pop(pid)
    return Played(case, os.waitstatus_to_exitcode(status), output.read_text("utf-8"))


def _child(source: str, output: Path) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    sys.argv = ["script"]  # whose words are the command of another implementation
    signal.alarm(90)  # a script of its own would end itself
    try:
        with output.open("w", encoding="utf-8") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            sys.stdout, sys.stderr = file, file
            with redirect_stdout(file), redirect_stderr(file):
                names = {"__name__": "script"}
                exec(compile(source, "script", "exec"), names)
                code = names["result"](names["show"])
    finally:
        os._exit(code)
