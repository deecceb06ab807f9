"""Watching files: what an adapter is made of, and when one of the files changes.

Files are looked at, and no system's notifications are used: the few hundred that matter cost a
look less than a millisecond, and a look sees changes over network file systems and into
containers too.
"""

from __future__ import annotations

import importlib.util
import shlex
import shutil
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import locate
from sockspec.backends import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Watched", "adapter", "watch"]

_LOOK = 0.3  # seconds between two looks
_SUFFIXES = {".py", ".so", ".pyd", ".dylib", ".toml"}

_Seen = dict[Path, tuple[int, int]]


class Watched:
    """Files, and folders with what is below them, as they were when last looked at."""

    def __init__(self, places: Iterable[Path]) -> None:
        self.places = tuple(places)
        self._seen = self._look()

    def changes(self, pause: Callable[[float], object] = time.sleep) -> Iterator[list[Path]]:
        """The files that came, went or changed, each time that some did and all are at rest."""
        while True:
            pause(_LOOK)
            now = self._look()
            if now == self._seen:
                continue
            while (after := self._after(pause)) != now:
                now = after
            differing = now.items() ^ self._seen.items()
            self._seen = now
            yield sorted({path for path, _ in differing})

    def newest(self) -> int:
        """When the last of them was changed, in nanoseconds of the epoch."""
        return max((changed for changed, _ in self._seen.values()), default=0)

    def _after(self, pause: Callable[[float], object]) -> _Seen:
        pause(_LOOK)
        return self._look()

    def _look(self) -> _Seen:
        found: _Seen = {}
        for path in (path for place in self.places for path in _files(place)):
            try:
                told = path.stat()
            except OSError:  # gone between the two looks, as editors do
                continue
            found[path] = told.st_mtime_ns, told.st_size
        return found


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from (path for path in place.rglob("*") if path.suffix in _SUFFIXES)
    else:
        yield place


def watch(run: Path, watched: Watched, options: Sequence[str]) -> Iterator[str]:
    """Run the red cases of `run` again whenever a watched file changes, without end.

    What is yielded are lines to print; each run prints its own. What it saw is in a run file
    beside `run`. `options` are those of `sockspec run`. Where a file is newer than `run`, the
    first is begun at once.
    """
    name = run.name.partition(".jsonl")[0]
    out = run.with_name(f"{name}.watch.jsonl")
    command = [sys.executable, "-m", "sockspec", "run", "--red-of", str(run), "--out", str(out)]
    changes = watched.changes()
    if watched.newest() > run.stat().st_mtime_ns:
        yield "what was changed since is tried"
    else:
        yield _changed(next(changes))
    while True:
        subprocess.run([*command, *options], check=False)
        yield "watching; Ctrl-C ends it"
        yield _changed(next(changes))


def _changed(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{locate.shown(paths[0])}{more} changed"


def adapter(backend: str) -> list[Path]:
    """The files that a backend is made of, by the name that it is asked for with.

    Of `agent:COMMAND` the files among its words, of a module the file, of a package the
    folder; of an image none.
    """
    kind, _, rest = backend.partition(":")
    if kind == "docker":
        return []
    if kind == "agent":
        words = shlex.split(rest)
        found = [shutil.which(words[0]) or words[0], *words[1:]] if words else []
        return [path.resolve() for path in map(Path, found) if path.is_file()]
    if rest:
        return _module(kind)
    offered = entry_points(group=GROUP, name=backend)
    return [path for entry in offered for path in _module(entry.module)]


def _module(name: str) -> list[Path]:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    folders = [Path(each) for each in spec.submodule_search_locations or ()]
    file = [Path(spec.origin)] if spec.origin and spec.has_location else []
    return folders or file
