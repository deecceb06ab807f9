"""Pairs: one implementation against another over a link, each of the two judged in turn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from sockspec import __version__, files
from sockspec.agent import bundle
from sockspec.errors import SockspecError
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
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

_LONGEST = 1800.0  # seconds for one pair in one role

_SYSTEM, _STACK = "veth", "tap"
_NO_BRIDGE = "each of the two wants the one TAP of a link, and no bridge joins two"
_NO_WAY = {
    "sandbox": "its network is inside the sandbox, where no link of ours leads",
    "kernel": "its guest is given no network device",
}


@dataclass(frozen=True)
class Pair:
    """Two targets, of which the first is judged; `why` they cannot meet, if they cannot."""

    judged: Target
    peer: Target
    link: str
    why: str = ""

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
    """All pairs of targets, in both roles. This system meets itself; other stacks do not."""
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
            way = _NO_WAY.get(each.group, "it brings no device that a link can join")
            return "", f"{each.name}: {way}"
        if missing := each.missing():
            return "", f"{each.name}: {missing}"
    links = {one.link, other.link}
    if links == {_STACK}:
        return "", _NO_BRIDGE
    return (_STACK if _STACK in links else _SYSTEM), ""


@dataclass(frozen=True)
class Pairing:
    """How pairs are run: where their files go, and whom it tells."""

    out: Path
    cache: Path
    patterns: tuple[str, ...]
    platforms: tuple[Path, ...]
    say: Callable[[str], None]

    def run(self, pairs: Sequence[Pair]) -> list[Met]:
        """Run each pair that can meet, one after the other: they share the machine's time."""
        files.folder(self.out)
        files.folder(self.cache)
        bundle.write(self.cache / "agent.pyz")
        found = []
        for pair in pairs:
            met = Met(pair, None, f"not run: {pair.why}") if pair.why else self._one(pair)
            self.say(met.line())
            found.append(met)
        return found

    def _one(self, pair: Pair) -> Met:
        file = self.out / f"{pair.name}.jsonl"
        try:
            served = [self._served(each) for each in (pair.judged, pair.peer)]
            told = subprocess.run(
                self._command(pair, file, *served),
                capture_output=True,
                text=True,
                check=False,
                timeout=_LONGEST,
                env={**os.environ, **self._environment(pair)},
            )
            answer = json.loads(told.stdout or "{}")
            if "cases" not in answer:
                last = told.stderr.strip().splitlines()[-1:] or ["it ended"]
                return Met(pair, None, f"not run: {answer.get('error', last[0])}")
        except (SockspecError, OSError, subprocess.TimeoutExpired) as error:
            return Met(pair, None, f"not run: {error}")
        run = runfile.read(file, witnesses=False)
        return Met(pair, run, _counts(run))

    def _room(self, target: Target) -> Room:
        folder = self.cache / f"{target.name}-{target.digest()}"
        return Room(folder, self.cache / "agent.pyz", self.say)

    def _served(self, target: Target) -> str:
        room = self._room(target)
        target.prepare(room)
        return target.backend(room)

    def _environment(self, pair: Pair) -> dict[str, str]:
        of_peer = pair.peer.environment(self._room(pair.peer))
        return of_peer | pair.judged.environment(self._room(pair.judged))

    def _command(self, pair: Pair, file: Path, judged: str, peer: str) -> list[str]:
        deadline = max(pair.judged.deadline, pair.peer.deadline)
        return [
            *(sys.executable, "-m", "sockspec", "run", "--format", "json", "-n", "1"),
            *("--out", str(file), "--backend", judged, "--peer", peer, "--link", pair.link),
            *("--deadline", str(deadline)),
            *(word for folder in self.platforms for word in ("--platforms", str(folder))),
            *(word for pattern in self.patterns for word in ("--rule", pattern)),
        ]


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
