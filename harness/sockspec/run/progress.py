"""How far a run is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Tell = Callable[[int, int], None]

__all__ = ["following"]

_PAUSE = 10.0  # seconds between two lines


@contextmanager
def following(
    total: int, stream: TextIO | None = None
) -> Generator[Callable[[int, int], None]]:
    """Show how far a run of `total` cases is, on standard error.

    What is yielded takes how many are done and how many of them are red.
    """
    out = stream or sys.stderr
    if out.isatty():
        with _bar(total, out) as tell:
            yield tell
    else:
        yield _lines(total, out)


@contextmanager
def _bar(total: int, out: TextIO) -> Generator[Tell]:
    # Imported here: it is a good part of what a short run costs.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(file=out),
        transient=True,
    ) as bar:
        task = bar.add_task("cases", total=total)

        def tell(done: int, red: int) -> None:
            bar.update(task, completed=done, description=f"{red} red" if red else "cases")

        yield tell


def _lines(total: int, out: TextIO) -> Tell:
    last = time.monotonic()

    def tell(done: int, red: int) -> None:
        nonlocal last
        if time.monotonic() - last < _PAUSE:
            return
        last = time.monotonic()
        out.write(f"{done} of {total} cases" + (f", {red} red" if red else "") + "\n")
        out.flush()

    return tell
