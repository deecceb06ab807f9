"""Many targets, side by side: a run file each, and one report at the end."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec import __version__, report, runfile
from sockspec.errors import SockspecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sockspec.targets.target import Target

__all__ = ["Result", "run"]

_LONGEST = 3600.0  # seconds for one target
_EXIT_ORDER = (3, 2, 1, 5, 0)


@dataclass(frozen=True)
class Result:
    """What became of one target: its run file, or why there is none."""

    name: str
    title: str
    file: Path | None
    exit_code: int
    told: str
    seconds: float

    def line(self) -> str:
        """It, for people."""
        return f"{self.name}: {self.told} ({self.seconds:.0f} s)"

    def as_data(self) -> dict[str, Any]:
        """It, for tools."""
        file = str(self.file) if self.file else None
        return {"name": self.name, "title": self.title, "file": file} | {
            "exit": self.exit_code,
            "told": self.told,
            "seconds": round(self.seconds, 1),
        }


def run(
    targets: Sequence[Target],
    out: Path,
    patterns: tuple[str, ...],
    jobs: int,
    say: Callable[[str], None],
    root: Path,
) -> list[Result]:
    """Prepare and run each target, `jobs` at a time, and report on all that have run files.

    A target that cannot be prepared, or whose run breaks, is a result like others. A run
    file that is whole, of this version and of as many cases, is kept: an interrupted matrix
    goes on where it was.
    """
    out.mkdir(parents=True, exist_ok=True)

    def one(target: Target) -> Result:
        begun = time.monotonic()
        name, title = target.recipe.name, target.recipe.title
        file = out / f"{name}.jsonl"

        def ended(exit_code: int, told: str, *, there: bool = True) -> Result:
            seconds = time.monotonic() - begun
            result = Result(name, title, file if there else None, exit_code, told, seconds)
            say(result.line())
            return result

        missing = target.missing()
        if missing:
            return ended(0, f"not run: {missing}", there=False)
        kept = "" if patterns else _kept(file)
        if kept:
            return ended(0, kept)
        try:
            target.prepare(lambda doing: say(f"{name}: {doing}"))
            say(f"{name}: running")
            return ended(*_run(target, file, patterns))
        except (SockspecError, OSError, subprocess.TimeoutExpired) as error:
            return ended(2, f"not run: {error}", there=False)

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(one, targets))
    files = [each.file for each in results if each.file is not None]
    if files:
        runs = [runfile.read(file) for file in files]
        list(report.write(runs, out / "report", root))
    return results


def _kept(file: Path) -> str:
    try:
        seen = runfile.read(file)
    except UsageError:
        return ""
    whole = seen.footer is not None and len(seen.observations) == seen.header.declared
    fits = whole and not seen.footer.errors and seen.header.suite == __version__  # type: ignore[union-attr]
    return "kept from before" if fits else ""


def _run(target: Target, file: Path, patterns: tuple[str, ...]) -> tuple[int, str]:
    recipe = target.recipe
    command = [
        *(sys.executable, "-m", "sockspec", "run", "--format", "json", "--out", str(file)),
        *("--backend", f"agent:{shlex.join(target.command())}"),
        *("-n", str(recipe.workers), "--deadline", str(recipe.deadline)),
        *(word for pattern in patterns for word in ("--rule", pattern)),
    ]
    ran = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    if not ran.stdout:
        raise UsageError(ran.stderr.strip().splitlines()[-1] if ran.stderr else "it ended")
    told = json.loads(ran.stdout)
    verdicts = runfile.read(file).verdicts()
    counted = ", ".join(f"{count} {name}" for name, count in verdicts.items())
    return ran.returncode, f"{told['cases']} cases: {counted}"


def exit_code(results: Sequence[Result]) -> int:
    """The gravest of all; 5 when nothing ran."""
    ran = [each.exit_code for each in results if each.file or each.exit_code]
    return next((code for code in _EXIT_ORDER if code in ran), 5)
