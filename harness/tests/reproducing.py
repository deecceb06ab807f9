"""Playing scripts of kept runs, many at once."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sockspec import reproduce
from sockspec.judge import runfile
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sockspec.judge.runfile import Observation, Run

REPORTS = Path(__file__).parents[2] / "reports"
AT_ONCE = 24
"""Nearly all of the time of a script it waits."""

EVERY = os.environ.get("SOCKSPEC_EVERY_SCRIPT") == "1"
"""Whether to play every script, as each night, or some of them: a night has the minutes."""


class Played(NamedTuple):
    """What a script did."""

    case: str
    code: int
    output: str


@functools.cache
def kept(name: str) -> Run:
    """A kept run."""
    return runfile.read(REPORTS / name / "run.jsonl.xz")


def some(cases: Sequence[Observation], number: int) -> Sequence[Observation]:
    """So many of the cases, from all parts of them; every case where `EVERY` is said."""
    return cases if EVERY else cases[:: max(1, len(cases) // number)]


def scripts(run: Run, chosen: Callable[[Observation], bool]) -> Iterator[tuple[str, str]]:
    """The cases that are chosen, each with its script."""
    rules = load.rules()
    for each in run.observations:
        if chosen(each):
            for behaviour in each.witness:
                rule = rules.resolve(each.rule)
                yield each.case, reproduce.script(run, each, behaviour, rule)


def play(programs: Iterable[tuple[str, str]], *modules: str) -> list[Played]:
    """Run Python scripts, many at once, where the modules are loaded already."""
    given = list(programs)
    asked = {
        "modules": modules,
        "at_once": AT_ONCE,
        "programs": [source for _, source in given],
    }
    ran = subprocess.run(
        [sys.executable, "-I", str(Path(__file__).with_name("many_scripts.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    told = zip(given, json.loads(ran.stdout), strict=True)
    return [Played(case, code, output) for (case, _), (code, output) in told]
