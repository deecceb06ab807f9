"""What the command prints when it is done: counts, and what to do about the red."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.backends import Found
    from sockspec.judge.compare import Change, Gate
    from sockspec.judge.runfile import Run
    from sockspec.judge.sets import Pairs

__all__ = ["backends", "diff", "gate", "of_run"]

_MOST = 20  # red cases that a summary spells out; the report has all


def counts(verdicts: Mapping[str, int]) -> str:
    """`600 conforms, 120 known divergence`."""
    ordered = sorted(verdicts.items(), key=lambda item: -item[1])
    return ", ".join(f"{number} {name}" for name, number in ordered) or "nothing ran"


def of_run(seen: Run, judged: Gate) -> Iterator[str]:
    """The summary of a run, with what its gate says."""
    facts = seen.header.platform
    yield (
        f"{facts['system']} {facts['version']} {facts['machine']} through "
        f"{seen.header.implementation}"
    )
    if seen.footer is not None:
        yield (
            f"{seen.footer.cases} of {seen.header.declared} cases, {seen.footer.examples} "
            f"examples, {seen.footer.calls} calls in {seen.footer.seconds:.1f} s"
        )
    for feature, reason in seen.header.missing.items():
        if feature not in {"privileged", "unprivileged"}:
            yield f"without {feature}: {reason}"
    yield from gate(judged)


def gate(judged: Gate) -> Iterator[str]:
    """The verdicts, and each red case with the edit it asks for."""
    yield f"{sum(judged.counts.values())} cases: {counts(judged.counts)}"
    for problem in judged.problems[:_MOST]:
        yield ""
        yield f"{problem.verdict}: {problem.case}"
        yield f"  {problem.because}"
        yield from (f"  {line}" for line in problem.edit.splitlines())
    if len(judged.problems) > _MOST:
        yield f"... and {len(judged.problems) - _MOST} more red cases; the report has them all"
    yield from (f"warning: {warning}" for warning in judged.warnings)
    yield from (f"error: {fault}" for fault in judged.faults)
    yield "gate: open" if judged.exit_code == 0 else f"gate: closed (exit {judged.exit_code})"


def diff(pairs: Pairs, changes: Sequence[Sequence[Change]]) -> Iterator[str]:
    """One line for each change, then how many of which kind; several pairs one by one."""
    several = len(pairs.pairs) > 1 or pairs.before or pairs.after
    for (before, after), found in zip(pairs.pairs, changes, strict=True):
        if several:
            yield f"{before.path} -> {after.path}"
        yield from map(_change, found)
        kinds = Counter(each.direction for each in found)
        yield f"{len(found)} differences" + (f": {counts(kinds)}" if kinds else "")
    for run in (*pairs.before, *pairs.after):
        yield f"{run.path}: has no counterpart: not compared"


def _change(each: Change) -> str:
    before, after = "/".join(each.before) or "-", "/".join(each.after) or "-"
    return (
        f"{each.kind} ({each.direction}) {each.case}: {before} -> {after} "
        f"[{each.verdict_before or '-'} -> {each.verdict_after or '-'}]"
    )


def backends(found: Sequence[Found]) -> Iterator[str]:
    """One line for each backend."""
    for each in found:
        if each.backend is not None:
            yield f"{each.name}: {each.backend.implementation} ({each.distribution})"
        else:
            remedy = f"; remedy: {each.remedy}" if each.remedy else ""
            yield f"{each.name}: cannot be used: {each.reason} ({each.distribution}){remedy}"
