"""Nothing outlives us: a process that ends a group, or removes a folder, when this one ends.

However this process ends, `kill -9` included, the system closes its end of a pipe. At the
other end waits a shell of a few hundred kilobytes, which then ends the group. Where there
are no process groups (Windows) it does nothing.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Keeper", "end", "folder"]

# `read` fails at the end of the pipe; the last group that was named is ended. This is the
# form of kill that POSIX has: dash takes no other for a group.
_SCRIPT = 'while read -r g; do group=$g; done; [ -z "$group" ] || kill -s KILL -- "-$group"'

# What is to be watched waits for a line, and does not begin when that line never comes.
_START = 'read -r _ && exec "$@"'

# What is ended at the same moment may still write there: it is removed until it is gone.
_REMOVE = 'read -r _; n=0; while [ -e "$1" ] && [ $n -lt 99 ]; do rm -rf -- "$1"; n=$((n+1)); '
_REMOVE += "sleep 0.1; done"


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that goes with this process, however that ends."""
    with tempfile.TemporaryDirectory(prefix="s", ignore_cleanup_errors=True) as made:
        shell = shutil.which("sh") if hasattr(os, "killpg") else None
        if shell is None:
            yield Path(made)
            return
        with subprocess.Popen(
            [shell, "-c", _REMOVE, "sh", made],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ):
            yield Path(made)


class Keeper:
    """Watches one process group at a time."""

    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        self._sh = shutil.which("sh") if hasattr(os, "killpg") else None
        if self._sh:
            self._shell = subprocess.Popen(
                [self._sh, "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[Any]:
        """Start a command in a session of its own, without input, and watch its group.

        However early this process is killed, nothing of the command goes on. The options
        are those of `subprocess.Popen`. A command that is not there ends with 127, as in a
        shell; where there is no shell, this raises `OSError`.
        """
        if self._sh is None:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        process = subprocess.Popen(
            [self._sh, "-c", _START, "sh", *command],
            stdin=subprocess.PIPE,
            start_new_session=True,
            **options,
        )
        self.watch(process.pid)
        if process.stdin is not None:
            with suppress(OSError), process.stdin as begin:
                os.write(begin.fileno(), b"\n")
            process.stdin = None  # for `communicate`: there is nothing more to write
        return process

    def watch(self, group: int | None) -> None:
        """End this group, and no other, when this process ends; None for no group."""
        if self._shell is not None and self._shell.stdin is not None:
            with suppress(OSError):
                self._shell.stdin.write(b"%d\n" % group if group else b"\n")

    def release(self) -> None:
        """End the keeper itself; it ends nothing."""
        if self._shell is not None and self._shell.stdin is not None:
            self.watch(None)
            self._shell.stdin.close()
            self._shell.wait(10)
            self._shell = None


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that was started in a session of its own, and whatever it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait(10)
