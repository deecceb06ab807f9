"""The files with the packets of runs, which reports link to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.judge.runfile import Run

__all__ = ["Capture", "find"]

_MAGIC = b"\x0a\x0d\x0d\x0a"  # a section header block (draft-ietf-opsawg-pcapng, 4.1)


@dataclass(frozen=True, slots=True)
class Capture:
    """A file that is there, and the name that it has beside a report."""

    path: Path
    name: str

    def copy_to(self, folder: Path) -> Path:
        """Put it beside a report. Raises `Refused`."""
        with files.refusing(self.path):
            content = self.path.read_bytes()
        return files.write(folder / self.name, content, is_ours=_is_one)


def find(runs: Sequence[Run]) -> list[Capture | None]:
    """For each run its capture, which is in the folder of the run file; None without one."""
    return [_of(run, f"-{at}" if len(runs) > 1 else "") for at, run in enumerate(runs, 1)]


def _of(run: Run, mark: str) -> Capture | None:
    # A run file may come from anywhere: only what is a capture and lies beside it is taken.
    name = run.header.capture
    path = Path(run.path).with_name(name) if name and name == Path(name).name else None
    if path is None or not path.is_file():
        return None
    with files.refusing(path), path.open("rb") as file:
        return Capture(path, f"capture{mark}.pcapng") if _is_one(file.read(4)) else None


def _is_one(head: bytes) -> bool:
    return head.startswith(_MAGIC)
