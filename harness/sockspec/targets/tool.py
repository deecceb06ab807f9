"""Running the tools that prepare targets: bounded, silent, and clear when they fail."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["run"]


def run(
    command: Sequence[str | Path],
    folder: Path | None = None,
    *,
    seconds: float,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command in a folder, for `seconds` at the most, and return what it printed.

    Raises `UsageError` with its last lines when it fails, cannot start or does not end.
    """
    words = [str(word) for word in command]
    try:
        ran = subprocess.run(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{words[0]} has not ended after {seconds:g} s") from error
    except OSError as error:
        raise UsageError(f"{words[0]} cannot be started: {error.strerror}") from error
    if ran.returncode:
        last = "\n".join((ran.stderr or ran.stdout).splitlines()[-5:])
        raise UsageError(f"{' '.join(words[:3])} ended with {ran.returncode}:\n{last}")
    return ran.stdout
