"""What is seen of a matrix while it runs: lines everywhere, bars on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console
    from rich.progress import TaskID

__all__ = ["Screen"]


class Screen:
    """One bar for each place that answers, above them what was said."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            *(TextColumn("{task.description}"), BarColumn()),
            *(MofNCompleteColumn(), TimeElapsedColumn()),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        """Print a line."""
        self._bars.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def progress(self, name: str, done: int, total: int) -> None:
        """Show how many cases of how many a place has answered."""
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name)
        over = bool(total) and done >= total
        self._bars.update(self._tasks[name], completed=done, total=total, visible=not over)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bars.stop()
