"""A sound rule, to be made unsound in one way at a time; and run files that nothing ran."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

from sockspec import __version__
from sockspec.judge import runfile
from sockspec.judge.cannot import Barred, Cannot
from sockspec.judge.entry import Entry, Evidence, When
from sockspec.judge.profiles import Profile
from sockspec.judge.reading import Recorded
from sockspec.judge.verdict import Verdict
from sockspec.spec.rules import CONFORMS, MUST, Case, Registry, Rule
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


# -- what judges, without files ------------------------------------------------------------


def run(*observations, path="run.jsonl", cut=False, **changes) -> runfile.Run:
    """A run of these observations, as if it was read."""
    footer = None if cut else runfile.Footer(len(observations), {}, 0, 0, 0.0)
    head = header(**{"declared": len(observations), **changes})
    return runfile.Run(path, head, list(observations), footer)


def registry(*rules) -> Registry:
    """These rules, and no others."""
    known = Registry()
    for each in rules:
        known.add(each)
    return known


def entry(rule: str, behaviour, kind="observed", **more) -> Entry:
    """An entry of a profile, with all that a gate asks for."""
    when = When(**more.pop("when", {}))
    evidence = Evidence(kind, "Here 6.1", datetime.date(2026, 11, 1))
    grounds = {"why": "it is so", "source": "https://example.org", **more}
    return Entry(rule=rule, behaviour=behaviour, evidence=evidence, when=when, **grounds)


def cannot(rule: str, call: str, error, **more) -> Cannot:
    """An entry of what cannot be arranged."""
    when = When(**more.pop("when", {}))
    evidence = Evidence("observed", "Here 6.1", datetime.date(2026, 11, 1))
    grounds = {"why": "it is so", "source": "https://example.org", **more}
    return Cannot(rule=rule, call=call, error=error, evidence=evidence, when=when, **grounds)


def profile(*entries, name="here", folder=Path("platforms"), **more) -> Profile:
    """A profile of these entries, one on each line of its file from the third on."""
    file = f"{name}/demo.toml"
    placed = [(each, name, folder / file, file, line) for line, each in enumerate(entries, 3)]
    return Profile(
        name,
        name.title(),
        "",
        folder / name,
        tuple(Recorded(*each) for each in placed if isinstance(each[0], Entry)),
        barred=tuple(Barred(*each) for each in placed if isinstance(each[0], Cannot)),
        **more,
    )
