"""A sound rule, to be made unsound in one way at a time; and run files that nothing ran."""

from __future__ import annotations

import dataclasses

from sockspec import __version__
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import CONFORMS, MUST, Case, Rule
from sockspec.spec.sources import POSIX

SOURCE = POSIX.bind("EINVAL", "The socket is already bound to an address")


def made(**changes) -> Rule:
    """The rule with other fields."""
    sound = Rule(
        id="state.bind.twice",
        sentence="A second bind fails with EINVAL.",
        level=MUST,
        sources=(SOURCE,),
        behaviours={"EINVAL": CONFORMS},
        conforming=frozenset({"EINVAL"}),
        where="conformance/state/test_bind.py:1",
    )
    sound = dataclasses.replace(sound, **{"cases": [], **changes})
    if "cases" not in changes:
        sound.cases.append(Case(sound))
    return sound


FACTS = {
    "profile": "here",
    "system": "Linux",
    "version": "6.1",
    "machine": "x86_64",
    "libc": "glibc",
    "interpreter": "CPython",
    "interpreter_version": "3.11",
    "settings": {},
}


def header(**changes) -> runfile.Header:
    """The header of a run on an ordinary platform, with other fields."""
    usual = runfile.Header(
        format=1,
        suite=__version__,
        started="2026-11-28T12:00:00+00:00",
        platform=FACTS,
        backend="stdlib",
        implementation="CPython 3.11 socket",
        features=["ipv4", "ipv6"],
        missing={},
        functions={},
        profile="here",
        seed="derandomized",
        examples=30,
        declared=4,
    )
    return runfile.msgspec.structs.replace(usual, **changes)


def observed(case: str, behaviour: str, verdict: str, because: str = "") -> runfile.Observation:
    """What a case did; without a behaviour it did nothing that counts."""
    rule, _, values = case.partition("[")
    parameters = {
        f"p{at}": each for at, each in enumerate(filter(None, values[:-1].split(",")))
    }
    return runfile.Observation(
        case=case,
        rule=rule,
        parameters=parameters,
        behaviours={behaviour: 1} if behaviour else {},
        verdict=Verdict(verdict),
        because=because or f"saw {behaviour}",
        expected=[],
        origin="",
        unexpected=[],
        witness={},
        examples=1,
        calls=1,
        seconds=0.0,
        test="",
    )


def written(path, *observations, cut=False, errors=(), **changes):
    """Write a run file of these observations; its path."""
    path.parent.mkdir(exist_ok=True, parents=True)
    writer = runfile.Writer(path, header(declared=len(observations), **changes))
    for each in observations:
        writer.add(each)
    writer.end(1.0, list(errors))
    if cut:
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    return path
