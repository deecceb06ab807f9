"""Pairs: one implementation against another over a link, each of the two judged in turn."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations_with_replacement
from threading import Event
from typing import TYPE_CHECKING

from sockspec import __version__, files
from sockspec.agent import bundle
from sockspec.errors import SockspecError
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.targets import tool
from sockspec.targets.target import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sockspec.judge.runfile import Run
    from sockspec.targets.target import Target

__all__ = ["RULES", "Met", "Pair", "Pairing", "joined", "lines", "write"]

RULES = (
    *("wire.ending", "wire.end-state", "wire.linger", "wire.opening", "wire.urgent"),
    *("wire.field", "wire.segments", "wire.size", "wire.window", "wire.sending"),
    *("data.order", "state.peer-addr"),
)
"""What two implementations are asked about each other, where nothing else is."""

_LONGEST = 2400.0  # seconds for one pair in one role
_PATIENCE = 20.0  # seconds for one call
_TOLD = frozenset({0, 1, 2, 3, 5})  # a run that ends so says in JSON what became of it

_SYSTEM, _STACK = "veth", "tap"


@dataclass(frozen=True)
class Pair:
    """Two targets, of which the first is judged; `why` they cannot meet, if they cannot."""

    judged: Target
    peer: Target
    link: str
    why: str = ""

    @property
    def ends(self) -> tuple[Target, Target]:
        """Both, the judged one first."""
        return self.judged, self.peer

    @property
    def name(self) -> str:
        """`lwip-stdlib`: the judged one first."""
        return f"{self.judged.name}-{self.peer.name}"


@dataclass(frozen=True)
class Met:
    """What became of a pair: its run, or why there is none."""

    pair: Pair
    run: Run | None
    told: str

    def line(self) -> str:
        """It, for people."""
        return f"{self.pair.judged.name} against {self.pair.peer.name}: {self.told}"

    def as_data(self) -> dict[str, object]:
        """It, for tools."""
        return {
            "judged": self.pair.judged.name,
            "peer": self.pair.peer.name,
            "link": self.pair.link or None,
            "file": self.run.path if self.run else None,
            "told": self.told,
        }


def joined(targets: Iterable[Target]) -> Iterator[Pair]:
    """All pairs of targets, in both roles. This system meets itself; others do not."""
    for one, other in combinations_with_replacement(targets, 2):
        link, why = _link(one, other)
        if one.name == other.name and link != _SYSTEM:
            continue
        yield Pair(one, other, link, why)
        if one.name != other.name:
            yield Pair(other, one, link, why)


def _link(one: Target, other: Target) -> tuple[str, str]:
    for each in (one, other):
        if not each.link:
            return "", f"{each.name}: it brings no device that a link can join"
        if missing := each.missing():
            return "", f"{each.name}: {missing}"
    return (_STACK if _STACK in {one.link, other.link} else _SYSTEM), ""


@dataclass(frozen=True)
class Pairing:
    """How pairs are run: where their files go, and whom it tells."""

    out: Path
    cache: Path
    patterns: tuple[str, ...]
    platforms: tuple[Path, ...]
    jobs: int
    say: Callable[[str], None]

    def run(self, pairs: Sequence[Pair]) -> list[Met]:
        """Run each pair that can meet, `jobs` at a time: most of their time is waiting."""
        files.folder(self.out)
        files.folder(self.cache)
        bundle.write(self.cache / "agent.pyz")
        able = [pair for pair in pairs if not pair.why]
        served: dict[str, str] = {}
        refused: dict[str, str] = {}
        for target in {each.name: each for pair in able for each in pair.ends}.values():
            try:
                served[target.name] = self._served(target)
            except (SockspecError, OSError) as error:
                refused[target.name] = str(error)

        def one(pair: Pair) -> Met:
            whys = [pair.why, *(refused.get(each.name, "") for each in pair.ends)]
            why = next(filter(None, whys), "")
            met = Met(pair, None, f"not run: {why}") if why else self._one(pair, served)
            self.say(met.line())
            return met

        ended = Event()
        with ThreadPoolExecutor(self.jobs, initializer=tool.heed, initargs=(ended,)) as pool:
            try:
                return list(pool.map(one, pairs))
            except KeyboardInterrupt:
                ended.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _one(self, pair: Pair, served: dict[str, str]) -> Met:
        file = self.out / f"{pair.name}.jsonl"
        command = self._command(pair, file, *(served[each.name] for each in pair.ends))
        try:
            told = tool.call(
                command,
                seconds=_LONGEST,
                environment={**os.environ, **self._environment(pair)},
                codes=_TOLD,
            )
            answer = json.loads(told or "{}")
        except (SockspecError, OSError) as error:
            return Met(pair, None, f"not run: {error}")
        why = answer.get("refused", "")
        if not answer.get("cases"):
            why = why or answer.get("error", {}).get("message", "no case began")
        if why:
            return Met(pair, None, f"not run: {_last(why)}")
        run = runfile.read(file, witnesses=False)
        return Met(pair, run, _counts(run))

    def _room(self, target: Target) -> Room:
        folder = self.cache / f"{target.name}-{target.digest()}"
        return Room(folder, self.cache / "agent.pyz", self.say)

    def _served(self, target: Target) -> str:
        room = self._room(target)
        target.prepare(room)
        return target.linked(room)

    def _environment(self, pair: Pair) -> dict[str, str]:
        of_peer = pair.peer.environment(self._room(pair.peer))
        return of_peer | pair.judged.environment(self._room(pair.judged))

    def _command(self, pair: Pair, file: Path, judged: str, peer: str) -> list[str]:
        # What a target alone is given covers a boot in the middle of many.
        deadline = min(_PATIENCE, max(each.deadline for each in pair.ends))
        return [
            *(sys.executable, "-m", "sockspec", "run", "--format", "json", "-n", "1"),
            *("--out", str(file), "--backend", judged, "--peer", peer, "--link", pair.link),
            *("--deadline", str(deadline)),
            *(word for folder in self.platforms for word in ("--platforms", str(folder))),
            *(word for pattern in self.patterns for word in ("--rule", pattern)),
        ]


def _last(told: str) -> str:
    """The line of what failed that says why; its remedy is for somebody at hand."""
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    causes = [line for line in lines if not line.startswith("remedy:")]
    return next(reversed(causes), "it ended")


def _counts(run: Run) -> str:
    return ", ".join(f"{count} {name}" for name, count in run.verdicts().items())


# -- the page -----------------------------------------------------------------------------

_RED = "red"
_SHORT = {
    Verdict.CONFORMS: "conform",
    Verdict.KNOWN: "known",
    Verdict.UNSPECIFIED: "open",
    Verdict.UNSUPPORTED: "unsupported",
}


def write(found: Sequence[Met], out: Path, *, date: str) -> Path:
    """Write the page into a folder; where it is."""
    text = "\n".join(lines(found, date=date)) + "\n"
    return files.write(out / "pairs.md", text, is_ours=lambda head: b"with sockspec" in head)


def lines(found: Sequence[Met], *, date: str) -> Iterator[str]:
    """One page on all pairs, in Markdown: what is judged in rows, its peers in columns."""
    yield f"Measured on {date} with sockspec {__version__}, over links of their own."
    yield ""
    asked = dict.fromkeys(each for met in found if met.run for each in met.run.header.selection)
    yield f"The rules: {', '.join(f'`{each}`' for each in asked) or 'all'}."
    yield ""
    names = list(dict.fromkeys(each.pair.judged.name for each in found))
    cells = {(each.pair.judged.name, each.pair.peer.name): each for each in found}
    yield f"| judged | {' | '.join(f'against {name}' for name in names)} |"
    yield f"|---|{'---|' * len(names)}"
    for judged in names:
        told = [_cell(cells.get((judged, peer))) for peer in names]
        yield f"| **{judged}** | {' | '.join(told)} |"
    yield from _differences(found)
    apart = dict.fromkeys(each.pair.why for each in found if each.pair.why)
    if apart:
        yield ""
        yield "### What cannot meet here"
        yield ""
        yield from (f"- {why}" for why in apart)


def _cell(met: Met | None) -> str:
    if met is None:
        return "-"
    if met.run is None:
        return "cannot meet" if met.pair.why else met.told
    counts: dict[str, int] = {}
    for each in met.run.by_case().values():
        name = _RED if each.verdict.is_red else _SHORT.get(each.verdict, each.verdict.value)
        counts[name] = counts.get(name, 0) + 1
    return f"{met.pair.link}: " + ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))


def _differences(found: Sequence[Met]) -> Iterator[str]:
    """Where the judged end of each pair diverges, one line for each behaviour of a rule."""
    for met in found:
        if met.run is None:
            continue
        diverging: dict[str, list[str]] = {}
        for each in met.run.by_case().values():
            if each.verdict.is_red or each.verdict is Verdict.KNOWN:
                seen = " and ".join(sorted(each.behaviours)) or each.verdict.value
                diverging.setdefault(f"`{each.rule}`: {seen}", []).append(each.case)
        yield ""
        yield f"### {met.pair.judged.title}, against {met.pair.peer.title}"
        yield ""
        if not diverging:
            yield "No case diverges."
        for told, cases in sorted(diverging.items()):
            yield f"- {told} ({len(cases)} case{'s' * (len(cases) > 1)})"
