"""Findings: defects in systems that others wrote, each reviewed, each with what shows it.

`findings.toml` in a folder of reports lists them; the run files beside it, one in the folder
of each platform, are the evidence. A finding that its run does not show is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from sockspec import reproduce
from sockspec.errors import UsageError
from sockspec.files import UNDECODABLE
from sockspec.judge import excerpt
from sockspec.report.model import judge
from sockspec.spec.rules import as_data

if TYPE_CHECKING:
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Entry, Profile
    from sockspec.judge.runfile import Run
    from sockspec.spec.rules import Registry

__all__ = ["Finding", "Shown", "load"]


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect.

    `system` and `version` say whose, `title` what is wrong, in a sentence. `run` names the
    platform whose run file shows it in `case` as `behaviour`. What should be, and the source
    of that, is in the case's rule; the mechanism in the profile's entry. `told` links a
    report of it upstream, where there is one.
    """

    system: str
    version: str
    run: str
    case: str
    behaviour: str
    title: str
    told: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    finding: list[Finding]


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its rule, the profile's entry, and the script that shows it.

    `calls` are those of the script.

    `heading` says who answered in the run and through what.
    """

    finding: Finding
    heading: str
    rule: dict[str, Any]
    entry: Entry
    script: str
    calls: str


def load(folder: Path, rules: Registry, catalogue: Catalogue) -> list[Shown]:
    """The findings of a folder of reports, each compared with its run.

    Raises `UsageError`, naming the finding, when the file is broken,
    a run does not show what the finding says, or nothing is recorded of it.
    """
    path = folder / "findings.toml"
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=_File).finding
    except (OSError, *UNDECODABLE) as error:
        raise UsageError(str(error), file=path, remedy="mend the file") from error
    names = sorted({each.run for each in found})
    runs = [
        excerpt.part(
            folder / name / "run.jsonl.xz",
            {each.case for each in found if each.run == name},
            rules,
        )
        for name in names
    ]
    judged, profiles = judge(runs, rules, catalogue)
    by_name = dict(zip(names, judged, strict=True))
    shown = []
    for each in found:
        run = by_name[each.run]
        try:
            shown.append(_shown(each, run, rules, profiles[run.header.profile]))
        except UsageError as error:
            raise UsageError(
                f"{each.title}: {error}", file=path, remedy="mend or remove the finding"
            ) from error
    return shown


def _cases(found: list[Finding], run: str) -> set[str]:
    return {each.case for each in found if each.run == run}


def _shown(finding: Finding, run: Run, rules: Registry, profile: Profile) -> Shown:
    seen = run.by_case().get(finding.case)
    if seen is None or finding.behaviour not in seen.behaviours:
        did = f"{finding.case} did {', '.join(seen.behaviours)}" if seen else "no such case"
        raise UsageError(f"the run of {finding.run} does not show it: {did}")
    rule = rules.resolve(seen.rule)
    recorded = profile.at(seen.origin)
    if rule is None or recorded is None:
        raise UsageError(f"no entry of a profile records {finding.case}: {seen.because}")
    calls = reproduce.calls(run, seen, finding.behaviour)
    script = reproduce.script(run, seen, finding.behaviour, rule)
    return Shown(finding, run.heading, as_data(rule), recorded.entry, script, calls)
