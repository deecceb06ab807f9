"""Running the tools that prepare targets: bounded, silent, and clear when they fail."""

from __future__ import annotations

import subprocess
import time
from contextvars import ContextVar
from threading import Event
from typing import TYPE_CHECKING

from sockspec.errors import UsageError
from sockspec.keeper import Keeper, end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["call", "heed"]

_GLANCE = 0.5  # seconds between two looks at what a thread heeds

_heeded: ContextVar[Event] = ContextVar("heeded")


def heed(interrupted: Event) -> None:
    """From now on, a tool that this thread runs ends when this is set."""
    _heeded.set(interrupted)


def call(
    command: Sequence[str | Path],
    folder: Path | None = None,
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
    regardless: bool = False,
    codes: frozenset[int] = frozenset({0}),
) -> str:
    """Run a command in a folder, for `seconds` at the most, and return what it printed.

    Nothing that it started is left when this returns, nor when this process is killed. What
    the thread heeds does not end it where it runs `regardless`: what tidies up, say.
    Raises `UsageError` with its last lines when it fails, cannot start or does not end. It
    fails with an exit code that is not among `codes`.
    """
    words = [str(word) for word in command]
    interrupted = Event() if regardless else _heeded.get(Event())
    keeper = Keeper()
    try:
        process = keeper.start(
            words,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
        )
        with process:
            try:
                printed, complained = _await(process, words[0], seconds, interrupted)
            finally:
                end(process)
    except OSError as error:
        raise UsageError(f"{words[0]} cannot be started: {error.strerror}") from error
    finally:
        keeper.release()
    if process.returncode not in codes:
        last = "\n".join((complained or printed).splitlines()[-5:])
        raise UsageError(f"{' '.join(words[:3])} ended with {process.returncode}:\n{last}")
    return printed


def _await(
    process: subprocess.Popen[str], name: str, seconds: float, interrupted: Event
) -> tuple[str, str]:
    until = time.monotonic() + seconds
    while not interrupted.is_set():
        try:
            return process.communicate(timeout=_GLANCE)
        except subprocess.TimeoutExpired as error:
            if time.monotonic() > until:
                raise UsageError(f"{name} has not ended after {seconds:g} s") from error
    raise UsageError("interrupted")
