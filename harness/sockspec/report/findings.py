"""Findings: defects in third-party systems, each reviewed, each with what shows it.

`findings.toml` in a folder of reports lists them; the run files beside it, one in the folder
of each platform, are the evidence. A finding that its runs do not show is an error.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from sockspec import reproduce
from sockspec.errors import UsageError
from sockspec.files import UNDECODABLE
from sockspec.judge import excerpt
from sockspec.judge.reading import Fault, entry_lines, misfits, refuse
from sockspec.report import finding
from sockspec.report.finding import Candidate, Finding
from sockspec.report.model import judge, profiles_of
from sockspec.spec.rules import CONFORMS, Level, as_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Entry, Profile
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Registry, Rule
    from sockspec.spec.sources import Source

__all__ = ["FILE", "Shown", "choose", "load"]

FILE = "findings.toml"
"""The file in a folder of reports."""

_MARK = "<-"  # of an answer that decides

_KINDS: dict[str, type[Finding | Candidate]] = {
    "finding": Finding,
    "candidate": Candidate,
}
_PROMISES = {Level.MUST.value, Level.SHOULD.value}


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding or candidate with its rule, the profile's entry, and the script that shows it.

    `calls` are those of the script, `heading` says who answered in the run and through what,
    `tried` and `control` the same of the other runs; empty where a candidate names none.
    """

    finding: Finding | Candidate
    heading: str
    rule: dict[str, Any]
    entry: Entry
    script: str
    calls: str
    tried: str
    control: str
    promised: tuple[Source, ...] = ()
    """The rule's sources but for those that say what another system does."""

    @property
    def is_whole(self) -> bool:
        """Whether it passed every step."""
        return isinstance(self.finding, Finding)

    @property
    def missing(self) -> list[str]:
        """The steps that a candidate lacks."""
        if not isinstance(self.finding, Candidate):
            return []
        promised = _is_broken(self.rule["level"], self.finding)
        return [*self.finding.missing, *([] if promised else ["against"])]

    @property
    def mechanism(self) -> str:
        """How it comes about."""
        return self.finding.mechanism or self.entry.why

    @property
    def steps(self) -> str:
        """The calls, without what was answered where that decides."""
        lines = (
            each.partition(" -> ")[0] if _is_answer(each) else each for each in self._calls
        )
        return "".join(f"{each}\n" for each in lines)

    @property
    def answers(self) -> str:
        """The calls whose answers decide, with these."""
        lines = (each.removesuffix(_MARK).rstrip() for each in self._calls if _is_answer(each))
        return "".join(f"{each}\n" for each in lines)

    @property
    def _calls(self) -> list[str]:
        return self.calls.splitlines()

    @property
    def language(self) -> str:
        """What the script is written in."""
        return "python" if self.script.startswith("#!") else "c"

    def meaning(self, behaviour: str) -> str:
        """What the rule says of a behaviour, if it says more than that it conforms."""
        told = self.rule["behaviours"].get(behaviour, {}).get("meaning", "")
        return "" if told == CONFORMS else told

    def as_data(self) -> dict[str, Any]:
        """It as `sockspec findings --format json` prints it."""
        rule = {each: self.rule[each] for each in ("id", "sentence", "level", "sources")}
        data: dict[str, Any] = msgspec.to_builtins(self.finding, str_keys=True)
        return {
            **data,
            "missing": self.missing,
            "rule": rule,
            "mechanism": self.mechanism,
            "seen": self.heading,
            "script": self.script,
        }


@dataclass(frozen=True, slots=True)
class _Listed:
    """One of the file, and the line at which it begins."""

    claim: Finding | Candidate
    line: int


def load(folder: Path, rules: Registry, catalogue: Catalogue) -> list[Shown]:
    """The findings of a folder of reports, then the candidates, each compared with its runs.

    Raises `UsageError`, naming file and line, when the file is broken, one lacks a step,
    a run does not show what it says, or nothing is recorded of it.
    """
    path = folder / FILE
    listed = _read(path)
    wanted: dict[str, set[str]] = {}
    for each in listed:
        for name, case in _runs(each.claim):
            wanted.setdefault(name, set()).add(case)
    names = sorted(wanted)
    kept = [excerpt.part(folder / name / "run.jsonl.xz", wanted[name], rules) for name in names]
    judged, profiles = judge(kept, rules, catalogue), profiles_of(kept, catalogue)
    runs = dict(zip(names, judged, strict=True))
    shown = []
    for each in listed:
        try:
            shown.append(_shown(each.claim, runs, rules, profiles, folder / "programs"))
        except UsageError as error:
            raise UsageError(
                f"{each.claim.id}: {error}",
                file=path,
                line=each.line,
                remedy="mend or remove it",
            ) from error
    return shown


def choose(found: Iterable[Shown], name: str) -> list[Shown]:
    """The finding of that id, or those that go upstream together under that name."""
    listed = list(found)
    for field in ("id", "together"):
        chosen = [each for each in listed if getattr(each.finding, field) == name]
        if chosen:
            break
    else:
        known = sorted(each.finding.id for each in listed)
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        remedy = f"name one of {', '.join(close or known)}"
        raise UsageError(f"there is no finding {name!r}", remedy=remedy)
    lacks = sorted({step for each in chosen for step in each.missing})
    if not all(each.is_whole for each in chosen):
        raise UsageError(
            f"{name} is a candidate, and lacks {', '.join(lacks) or 'a decision'}",
            remedy="complete it in findings.toml, then write it below [[finding]]",
        )
    return chosen


def _runs(claim: Finding | Candidate) -> Iterator[tuple[str, str]]:
    yield claim.run, claim.case
    if claim.tried:
        yield claim.tried.run, claim.case
    if claim.control:
        yield claim.control.run, claim.control.case or claim.case


# -- the file -----------------------------------------------------------------------------


def _read(path: Path) -> list[_Listed]:
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError, *UNDECODABLE) as error:
        raise UsageError(str(error), file=path, remedy="mend the file") from error
    unknown = data.keys() - _KINDS.keys() - {"version"}
    if data.get("version") != 2 or unknown:
        what = f"has {', '.join(sorted(unknown))}" if unknown else "has no `version = 2`"
        remedy = "begin with `version = 2`, then [[finding]] and [[candidate]]"
        raise UsageError(what, file=path, line=1, remedy=remedy)
    listed: list[_Listed] = []
    wrong: list[Fault] = []
    for table, kind in _KINDS.items():
        for raw, line in zip(data.get(table, []), entry_lines(text, table), strict=True):
            name = raw.get("id", table)
            found = list(_faults(raw, kind))
            wrong += [Fault(str(path), line, f"{name}: {what}", how) for what, how in found]
            if not found:
                listed.append(_Listed(msgspec.convert(raw, kind), line))
    wrong += _doubles(path, listed)
    refuse(str(path), wrong)
    return listed


def _faults(raw: dict[str, Any], kind: type[Finding | Candidate]) -> Iterator[tuple[str, str]]:
    remedy = "see docs/findings.md for what a finding has; without it, it is a [[candidate]]"
    found = [(f"{name}: {what}", remedy) for name, what in misfits(raw, kind)]
    yield from found
    if not found:
        yield from finding.faults(msgspec.convert(raw, kind))


def _doubles(path: Path, listed: Iterable[_Listed]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for each in listed:
        before = first.setdefault(each.claim.id, each.line)
        if before != each.line:
            message = f"{each.claim.id}: is at line {before} too"
            yield Fault(str(path), each.line, message, "give each an id of its own")


# -- with the runs ------------------------------------------------------------------------


def _shown(
    claim: Finding | Candidate,
    runs: dict[str, Run],
    rules: Registry,
    profiles: dict[str, Profile],
    programs: Path,
) -> Shown:
    run = runs[claim.run]
    seen = run.by_case().get(claim.case)
    _look(run, claim.run, claim.case, claim.behaviour)
    assert seen is not None  # noqa: S101 - it was looked for
    rule = rules.resolve(seen.rule)
    recorded = profiles[run.header.profile].at(seen.origin)
    if rule is None or recorded is None:
        raise UsageError(f"no entry of a profile records {claim.case}: {seen.because}")
    if isinstance(claim, Finding) and not _is_broken(rule.level.value, claim):
        raise UsageError(
            f"{rule.id} promises nothing ({rule.level.value}): give `against`, what the "
            "system's own documentation says"
        )
    if claim.tried:
        _look(runs[claim.tried.run], claim.tried.run, claim.case, claim.behaviour)
    if claim.control:
        case = claim.control.case or claim.case
        _look(runs[claim.control.run], claim.control.run, case, claim.control.behaviour)
        if rules.resolve(case.partition("[")[0]) is not rule:
            raise UsageError(f"the control's {case} is of another rule")
        if not _is_right(rule, claim):
            raise UsageError(f"the control's {claim.control.behaviour} is not right either")
    shown = Shown(
        finding=claim,
        heading=run.heading,
        rule=as_data(rule),
        entry=recorded.entry,
        script=_program(programs / claim.program)
        if claim.program
        else reproduce.script(run, seen, claim.behaviour, rule),
        calls=reproduce.calls(run, seen, claim.behaviour),
        tried=runs[claim.tried.run].heading if claim.tried else "",
        control=runs[claim.control.run].heading if claim.control else "",
        promised=tuple(s for s in rule.sources if s.normative or s.publication[:5] == "Linux"),
    )
    if isinstance(claim, Candidate) and not shown.missing and not claim.note:
        raise UsageError("lacks nothing: write it below [[finding]]")
    return shown


def _is_right(rule: Rule, claim: Finding | Candidate) -> bool:
    """Whether the control's behaviour may be right: nothing says so of an open rule."""
    assert claim.control is not None  # noqa: S101 - asked only then
    if claim.documented and claim.documented.state == "wrongly":
        return True  # the documents are: the control may do as the system does
    if rule.level.value not in _PROMISES:
        return claim.control.behaviour != claim.behaviour
    return rule.standing(rule.today(claim.control.behaviour)) == CONFORMS


def _is_answer(line: str) -> bool:
    return line.endswith(_MARK)


def _is_broken(level: str, claim: Finding | Candidate) -> bool:
    """Whether something is promised that it breaks."""
    return level in _PROMISES or claim.against is not None


def _program(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, *UNDECODABLE) as error:
        raise UsageError(f"its program cannot be read: {error}") from error


def _look(run: Run, name: str, case: str, behaviour: str) -> None:
    """Refuse a run that does not show a behaviour in a case."""
    seen = run.by_case().get(case)
    if seen is None or behaviour not in seen.behaviours:
        did = f"{case} did {', '.join(seen.behaviours)}" if seen else "no such case"
        raise UsageError(f"the run of {name} does not show it: {did}")
