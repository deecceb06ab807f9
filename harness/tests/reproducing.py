"""Playing scripts of kept runs, many at once."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from sockspec import locate, platform, reproduce
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.verdict import Verdict
from sockspec.spec import load
from sockspec.targets import recipe
from sockspec.targets.target import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sockspec.judge.runfile import Observation, Run

HERE = Path(__file__).parent
REPORTS = HERE.parents[1] / "reports"
EXAMPLES = HERE.parent / "examples"
RUST = ("smoltcp", "turmoil")
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


def play(
    programs: Iterable[tuple[str, str]], *modules: str, python: str = sys.executable
) -> list[Played]:
    """Run Python scripts, many at once, where the modules are loaded already."""
    given = list(programs)
    asked = {
        "modules": modules,
        "at_once": AT_ONCE,
        "programs": [source for _, source in given],
    }
    ran = subprocess.run(
        [python, "-I", str(Path(__file__).with_name("many_scripts.py"))],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (EXAMPLES.parent, EXAMPLES))),
        },
    )
    assert ran.returncode == 0, ran.stderr
    told = zip(given, json.loads(ran.stdout), strict=True)
    return [Played(case, code, output) for (case, _), (code, output) in told]


PLAIN = ("-m", "sockspec.agent")
NEW = {"call": "new", "arguments": [2, 1, 0], "answer": {"socket": 0}}
LISTEN = {"call": "listen", "arguments": [{"socket": 0}, 1], "answer": None}
SHUT = {"call": "shutdown", "arguments": [{"socket": 0}, 2], "answer": None}
"""Calls of witnesses of our own."""


def require_platform_of(name: str) -> Any:
    """The kept run, if this machine is its platform, or skip."""
    run = kept(name)
    facts, here = run.header.platform, platform.facts()
    for key in ("system", "machine", "interpreter", "privileged"):
        if facts[key] != here[key]:
            pytest.skip(f"the run of {name} has another {key}: {facts[key]}")
    for key in ("version", "interpreter_version"):
        if facts[key].split(".")[:2] != here[key].split(".")[:2]:
            pytest.skip(f"the run of {name} has another {key}: {facts[key]}")
    return run


def diverges(each: Any) -> bool:
    return each.verdict is Verdict.KNOWN


def script_of(
    calls: list[dict[str, Any]],
    behaviour: str = "EINVAL",
    backend: str = "stdlib",
    agent: Sequence[str] = (),
) -> str:
    """The script for a witness of our own."""
    run = kept("stdlib")
    run = replace(run, header=msgspec.structs.replace(run.header, backend=backend))
    of = next(each for each in run.observations if diverges(each))
    witness = {behaviour: {"calls": calls, "values": {}}}
    seen = msgspec.structs.replace(of, witness=witness)
    return reproduce.script(run, seen, behaviour, None, agent)


def played(script: str, *command: str) -> tuple[int, str]:
    """The exit code and the output of a script in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def lasts(
    run: Any,
    number: int,
    modules: Iterable[str] = (),
    command: Sequence[str] = (),
    python: str = sys.executable,
) -> None:
    """Play the scripts of the divergences of a run, and see that each shows its own.

    But for those of which the profile says that they are not seen each time.
    """
    profile = Catalogue().load(run.header.platform["profile"])
    by_chance = BY_CHANCE.get(run.header.backend, set())

    def is_shown(each: Observation) -> bool:
        entry = profile.at(each.origin)
        sometimes = entry is not None and entry.entry.sometimes
        return diverges(each) and not sometimes and each.case not in by_chance

    known = [each for each in run.observations if is_shown(each)]
    chosen = {each.case for each in some(known, number)}
    made = (
        (each.case, reproduce.of(run, each.case, behaviour, command))
        for each in known
        if each.case in chosen
        for behaviour in each.witness
    )
    done = play(made, *modules, python=python)
    other = [each for each in done if each.code != 1]
    assert other == [], f"{len(other)} of {len(done)}: {other[0].output}"
    assert len(done) >= min(number, len(known))


BY_CHANCE = {
    # A race inside the agent: only a connect that comes before it listens again is refused,
    # and a script, which looks after each call at what it has woken, comes too late.
    "smoltcp": {"state.accept.one-each[v4]", "state.accept.one-each[v6]"},
}
"""Cases of kept runs whose witness no script can show."""


def command_of(name: str, folder: Path) -> list[str]:
    """What serves the example that a target's recipe names, once it is built in the folder."""
    target = recipe.load_all(locate.platforms())[name]
    if why := target.missing():
        pytest.skip(why)
    if name in RUST:  # of which most is the same, and what was built once stays
        folder = Path(os.environ.get("CARGO_TARGET_DIR", EXAMPLES / "rust" / "target"))
    if name == "erlang":  # a folder that is there already counts as filled
        folder /= name
    room = Room(folder, folder / "agent.pyz", lambda _: None)
    try:
        target.prepare(room)
    except UsageError as error:
        if name != "erlang":  # which comes from another release of Debian than this machine's
            raise
        pytest.skip(f"it cannot be had here: {error}")
    if name == "java":  # compiled once, and not by every agent that starts
        words = ("javac", "-d", str(folder), str(EXAMPLES / "JavaNio.java"))
        subprocess.run(words, check=True, timeout=300)
        return ["java", "-cp", str(folder), "JavaNio"]
    return shlex.split(target.backend(room).removeprefix("agent:"))
