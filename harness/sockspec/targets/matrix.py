"""Many targets, side by side: a run file each, and one report at the end."""

from __future__ import annotations

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

from sockspec import __version__, files, report
from sockspec.agent import bundle
from sockspec.errors import SockspecError, UsageError
from sockspec.judge import runfile
from sockspec.keeper import Keeper
from sockspec.targets import tool
from sockspec.targets.budget import Budget
from sockspec.targets.target import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.targets.target import Target

__all__ = ["Matrix", "Place", "Result", "exit_code", "places"]

_LONGEST = 3600.0  # seconds for one target
_INTERRUPTED = "interrupted"
_EXIT_ORDER = (3, 2, 1, 0, 5)


@dataclass(frozen=True)
class Place:
    """A target, and for a container the engine it runs in."""

    target: Target
    context: str = ""

    @property
    def name(self) -> str:
        """`debian-trixie`, or `debian-trixie@far` in the context `far`."""
        return f"{self.target.name}@{self.context}" if self.context else self.target.name


def places(targets: Iterable[Target], contexts: Sequence[str]) -> list[Place]:
    """Each target once, and a container once for each context that is named."""
    found = []
    for target in targets:
        several = contexts if target.has_engine else ()
        found += [Place(target, context) for context in several or ("",)]
    return found


@dataclass(frozen=True)
class Result:
    """What became of one place: its run file, or why there is none."""

    place: Place
    file: Path | None
    exit_code: int
    told: str
    prepared: float = 0.0
    seconds: float = 0.0

    def line(self) -> str:
        """It, for people."""
        first = f"prepared in {self.prepared:.0f} s, " if self.prepared >= 1 else ""
        return f"{self.place.name}: {self.told} ({first}{self.seconds:.0f} s)"

    def as_data(self) -> dict[str, Any]:
        """It, for tools."""
        return {
            "name": self.place.name,
            "title": self.place.target.title,
            "file": str(self.file) if self.file else None,
            "exit": self.exit_code,
            "told": self.told,
            "prepared": round(self.prepared, 1),
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Matrix:
    """How a matrix is run: where its files go and come from, and whom it tells.

    `say` is told of each place's beginning and end, `progress` how many cases of how many it
    has answered.
    """

    out: Path
    cache: Path
    catalogue: Catalogue
    platforms: tuple[Path, ...]
    patterns: tuple[str, ...]
    jobs: int
    say: Callable[[str], None]
    progress: Callable[[str, int, int], None]
    _ended: Event = field(default_factory=Event)

    def run(self, chosen: Sequence[Place]) -> list[Result]:
        """Prepare and run each place, `jobs` at a time, and report on all with run files.

        A target that cannot be prepared, or whose run breaks, is a result like others. A run
        file that is whole, of this version and of as many cases, is kept: an interrupted
        matrix goes on where it was.
        """
        files.folder(self.out)
        files.folder(self.cache)
        bundle.write(self.cache / "agent.pyz")
        budget = Budget.of_this_machine()

        def one(place: Place) -> Result:
            target = place.target
            with budget.take(target.cores or target.workers, target.memory):
                if self._ended.is_set():
                    return Result(place, None, 2, f"not run: {_INTERRUPTED}")
                result = self._one(place)
            self.say(result.line())
            return result

        with ThreadPoolExecutor(
            self.jobs, initializer=tool.heed, initargs=(self._ended,)
        ) as pool:
            try:
                results = list(pool.map(one, chosen))
            except KeyboardInterrupt:
                self._ended.set()
                pool.shutdown(cancel_futures=True)
                raise
        runs = [runfile.read(each.file) for each in results if each.file is not None]
        absent = [(each.place.name, each.told) for each in results if each.file is None]
        if runs:
            list(report.write_across(runs, self.out / "report", self.catalogue, absent))
            self.say(f"the report: {self.out / 'report' / 'matrix.html'}")
        return results

    def _one(self, place: Place) -> Result:
        file = self.out / f"{place.name}.jsonl"
        kept = "" if self.patterns else _kept(file)
        if kept:
            return Result(place, file, 0, kept)
        begun = time.monotonic()
        prepared = begun
        try:
            missing = place.target.missing(place.context)
            if missing:
                return Result(place, None, 0, f"not run: {missing}")
            room = self._room(place)
            place.target.prepare(room)
            prepared = time.monotonic()
            room.say("running")
            code, told = self._observe(place, room, file)
        except (SockspecError, OSError) as error:
            file.unlink(missing_ok=True)
            return Result(place, None, 2, f"not run: {error}")
        return Result(place, file, code, told, prepared - begun, time.monotonic() - prepared)

    def _room(self, place: Place) -> Room:
        target = place.target
        folder = self.cache / f"{target.name}-{target.digest()}"
        agent = self.cache / "agent.pyz"
        return Room(
            folder, agent, lambda doing: self.say(f"{place.name}: {doing}"), place.context
        )

    def _observe(self, place: Place, room: Room, file: Path) -> tuple[int, str]:
        target = place.target
        label = target.called(room)
        command = [
            *map(str, target.interpreter(room)),
            *("-m", "sockspec", "run", "--format", "json", "--out", str(file)),
            *("--backend", target.backend(room)),
            *(word for folder in self.platforms for word in ("--platforms", str(folder))),
            *("-n", str(target.workers), "--deadline", str(target.deadline)),
            *(["--examples", str(target.examples)] if target.examples else []),
            *(["--profile", target.profile] if target.profile else []),
            *(["--label", label] if label else []),
            *(word for pattern in self.patterns for word in ("--rule", pattern)),
        ]
        code, text, errors = self._watch(place, command, room, file)
        if not text:
            # An error of ours ends with its remedy, on a line of its own.
            last = [line.strip() for line in errors.splitlines()[-2:]]
            raise UsageError("; ".join(last) or "it ended")
        answer = json.loads(text)
        if "error" in answer:
            failed = answer["error"]
            raise UsageError(failed["message"], remedy=failed.get("remedy", ""))
        cases = answer["cases"]
        seen = runfile.read(file)
        counted = ", ".join(f"{count} {name}" for name, count in seen.verdicts().items())
        broke = seen.footer.errors if seen.footer else []
        why = "; ".join([*broke, *errors.splitlines()[-1:]]) if broke else ""
        return code, f"{cases} cases: {counted}{why and f'; {why}'}"

    def _watch(
        self, place: Place, command: list[str], room: Room, file: Path
    ) -> tuple[int, str, str]:
        # Should the matrix be killed, none of its runs goes on.
        keeper = Keeper()
        process = keeper.start(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **place.target.environment(room)},
        )
        try:
            text, errors = self._follow(place, process, file)
        except BaseException:
            # Its own keeper ends whatever it started; what that leaves may hold the pipes.
            process.kill()
            place.target.end(room)
            process.communicate()
            raise
        finally:
            keeper.release()
        return process.returncode, text, errors.strip()

    def _follow(
        self, place: Place, process: subprocess.Popen[str], file: Path
    ) -> tuple[str, str]:
        until = time.monotonic() + _LONGEST
        follower = runfile.Follower(file)
        while True:
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=1)
            if follower.advance():
                self.progress(place.name, follower.done, follower.declared)
            if self._ended.is_set():
                raise UsageError(_INTERRUPTED)
            if time.monotonic() > until:
                raise UsageError(f"it has not ended after {_LONGEST:g} s")


def _kept(file: Path) -> str:
    try:
        seen = runfile.read(file)
    except UsageError:
        return ""
    footer = seen.footer
    if footer is None or footer.errors or len(seen.observations) != seen.header.declared:
        return ""
    return "kept from before" if seen.header.suite == __version__ else ""


def exit_code(results: Sequence[Result]) -> int:
    """The gravest of all; 5 when nothing ran."""
    ran = [each.exit_code for each in results if each.file or each.exit_code]
    return next((code for code in _EXIT_ORDER if code in ran), 5)
