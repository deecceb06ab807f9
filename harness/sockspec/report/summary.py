"""What the command prints when it is done: counts, and what to do about the red."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sockspec.judge.since import KINDS, NOT_RUN, VANISHED
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sockspec.backends import Found
    from sockspec.judge.causes import Cause
    from sockspec.judge.compare import Change
    from sockspec.judge.gate import Gate
    from sockspec.judge.runfile import Run
    from sockspec.judge.sets import Pairs
    from sockspec.judge.since import Difference, Since

__all__ = ["backends", "counts", "diff", "difference", "gate", "gates", "judge", "of_run"]
__all__ += ["since"]

# What is spelled out without --all.
_CAUSES = 5
_CASES = 6
_REASONS = 6
_NOTICES = 6
_FIRST = 3
_ALIKE = 3  # reasons that say the same of so many things stand in one line

_LACKS = " is not available: "


def counts(verdicts: Mapping[str, int]) -> str:
    """`600 conforms, 120 known divergence`."""
    ordered = sorted(verdicts.items(), key=lambda item: -item[1])
    return ", ".join(f"{count} {name}" for name, count in ordered) or "nothing ran"


def of_run(seen: Run, judged: Gate, *, everything: bool = False) -> Iterator[str]:
    """The summary of a run, with what its gate says."""
    yield f"{judged.heading}; {judge(judged)}"
    if seen.footer is not None:
        yield (
            f"{seen.footer.cases} of {seen.header.declared} cases, {seen.footer.examples} "
            f"examples, {seen.footer.calls} calls in {seen.footer.seconds:.1f} s"
        )
    yield from _verdicts(judged, everything=everything)


def gates(found: Sequence[Gate], *, everything: bool = False) -> Iterator[str]:
    """What the gates of several runs say, one by one."""
    for each in found:
        if len(found) > 1:
            yield f"{each.run}, by {'the ' if each.profile else ''}{judge(each)}"
        yield from gate(each, everything=everything)


def gate(judged: Gate, *, everything: bool = False) -> Iterator[str]:
    """Who answered, and what the gate says of it."""
    yield f"{judged.heading}; {judge(judged)}"
    yield from _verdicts(judged, everything=everything)


def _verdicts(judged: Gate, *, everything: bool) -> Iterator[str]:
    """The verdicts, what could not be tried, and why cases are red: all causes or the first."""
    yield f"{number(sum(judged.counts.values()), 'case')}: {counts(judged.counts)}"
    yield from _untried(judged.untried, everything=everything)
    if judged.since is not None:
        yield from since(judged.since, everything=everything)
    shown = judged.causes if everything else judged.causes[:_CAUSES]
    for place, cause in enumerate(shown, 1):
        yield ""
        yield from _cause(place, cause)
    if rest := judged.causes[len(shown) :]:
        yield ""
        yield (
            f"... and {number(len(rest), 'more cause')} with "
            f"{number(sum(len(each.cases) for each in rest), 'red case')}: --all shows all"
        )
    if judged.tolerated:
        yield f"not failed on: {counts(judged.tolerated)}"
    yield from _notices("warning", judged.warnings, everything=everything)
    yield from _notices("error", judged.faults, everything=everything)
    if judged.now:
        yield f"what now: {judged.now}"
    yield "gate: open" if judged.exit_code == 0 else f"gate: closed (exit {judged.exit_code})"


def _notices(kind: str, told: Sequence[str], *, everything: bool) -> Iterator[str]:
    """What a profile lacks: all of it or the first."""
    shown = told if everything else told[:_NOTICES]
    yield from (f"{kind}: {each}" for each in shown)
    if rest := len(told) - len(shown):
        yield f"... and {number(rest, f'more {kind}')}: --all shows all"


def judge(judged: Gate) -> str:
    """By what a gate has judged, in words."""
    if judged.profile or judged.since is None:
        return f"profile {judged.profile}"
    return f"{judged.since.run} alone"


def since(found: Since, *, everything: bool = False) -> Iterator[str]:
    """What became of an earlier run's cases: a line for each kind, with its first cases."""
    yield f"since {found.run} ({found.started[:16].replace('T', ' ')} UTC):"
    yield from (f"  {each}" for each in found.unlike)
    for kind in KINDS:
        there = found.of(kind)
        shown = there if everything else there[:_FIRST]
        more = len(there) - len(shown)
        listed = "; ".join(map(difference, shown)) + (f"; and {more} more" if more else "")
        yield f"  {kind}: {len(there)}" + (f": {listed}" if there else "")
        if kind in {NOT_RUN, VANISHED}:
            yield from _reasons(found.reasons(kind), "    ", everything=everything)


def difference(each: Difference) -> str:
    """A difference on a line: the case, and what it did before and after."""
    if each.kind in {NOT_RUN, VANISHED}:
        return each.case
    before, after = "/".join(each.before) or "-", "/".join(each.after) or "-"
    return f"{each.case}: {before} -> {after}"


def _untried(reasons: Mapping[str, int], *, everything: bool) -> Iterator[str]:
    if not reasons:
        return
    yield f"{number(sum(reasons.values()), 'case')} could not be tried:"
    yield from _reasons(reasons, "  ", everything=everything)


def _reasons(reasons: Mapping[str, int], margin: str, *, everything: bool) -> Iterator[str]:
    listed = list(_alike(reasons, everything=everything).items())
    most = len(listed) if everything else _REASONS
    yield from (f"{margin}{count}: {reason}" for reason, count in listed[:most])
    if rest := listed[most:]:
        count = sum(count for _, count in rest)
        yield f"{margin}{count}: for {number(len(rest), 'more reason')}"


def _alike(reasons: Mapping[str, int], *, everything: bool) -> dict[str, int]:
    """Reasons that say the same of several things in one, the most frequent first."""
    of: dict[str, dict[str, int]] = {}
    for reason, count in reasons.items():
        thing, _, why = reason.rpartition(_LACKS)
        of.setdefault(why, {})[thing] = of.get(why, {}).get(thing, 0) + count
    joined: dict[str, int] = {}
    for why, things in of.items():
        if len(things) < _ALIKE:
            told = {f"{thing}{_LACKS}{why}" if thing else why: n for thing, n in things.items()}
        else:
            names = list(dict.fromkeys(each.rpartition(": ")[2] for each in things))
            shown = names if everything else names[:_FIRST]
            more = len(names) - len(shown)
            listed = ", ".join(shown) + (f" and {more} more" if more else "")
            told = {f"{why}: {listed}": sum(things.values())}
        joined |= told
    return dict(sorted(joined.items(), key=lambda each: -each[1]))


def _cause(place: int, cause: Cause) -> Iterator[str]:
    yield f"{place}. {cause.told}"
    if cause.level:
        yield (
            f"   {cause.verdict} in {len(cause.cases)} of {number(cause.of, 'case')} of "
            f"{cause.rule} ({cause.level}){_parameters(cause)}"
        )
        yield f"   {cause.compared}"
    else:
        listed = ", ".join(cause.cases[:_CASES])
        more = len(cause.cases) - _CASES
        yield f"   {cause.verdict}: {listed}" + (f" and {more} more" if more > 0 else "")
    yield f"   {cause.remedy}"
    yield from (f"     {line}" for line in cause.entry.splitlines() if line)
    yield from (f"   {line}" for line in (*cause.commands, cause.link) if line)


def _parameters(cause: Cause) -> str:
    values = [each.partition("[")[2].removesuffix("]") for each in cause.cases]
    if len(values) == cause.of or not all(values):
        return ""
    more = len(values) - _CASES
    return f": {'; '.join(values[:_CASES])}" + (f"; and {more} more" if more > 0 else "")


def diff(pairs: Pairs, changes: Sequence[Sequence[Change]]) -> Iterator[str]:
    """One line for each change, then how many of which kind; several pairs one by one."""
    several = len(pairs.pairs) > 1 or pairs.before or pairs.after
    for (before, after), found in zip(pairs.pairs, changes, strict=True):
        if several:
            yield f"{before.path} -> {after.path}"
        yield from map(_change, found)
        kinds = Counter(each.direction for each in found)
        yield number(len(found), "difference") + (f": {counts(kinds)}" if kinds else "")
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
