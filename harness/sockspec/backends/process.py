"""The process of an agent, from the client's side: lines out, lines in, and its end.

On POSIX nothing here blocks: one poll(2) waits for the answer and empties standard error
meanwhile, so that an agent that floods it cannot stop itself. On Windows, whose pipes
cannot be polled, two threads read.
"""

from __future__ import annotations

import ctypes
import os
import queue
import select
import signal
import subprocess
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec.keeper import end

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sockspec.keeper import Keeper

__all__ = ["Closed", "Process", "TooLate", "ended_as"]

_TAIL = 4096  # bytes of standard error that are kept
_CHUNK = 1 << 16
_MOST = 1 << 14  # pieces of a line, of 64 KiB at most; no answer of a call comes near
_SIGNALLED = 128
_ENDS = 0.5  # seconds in which a process that closed its output has to be gone

_POLLS = hasattr(select, "poll")


def ended_as(code: int) -> str:
    """The behaviour that an exit code of `subprocess` stands for: `crash:SIGSEGV`, `exit:3`.

    Shells and engines of containers say of a command that a signal ended 128 and its number.
    """
    if code > _SIGNALLED:
        with suppress(ValueError):
            return f"crash:{signal.Signals(code - _SIGNALLED).name}"
    if code >= 0:
        return f"exit:{code}"
    try:
        return f"crash:{signal.Signals(-code).name}"
    except ValueError:
        return f"crash:{-code}"


class TooLate(Exception):
    """No whole line came in time."""


class Closed(Exception):
    """The agent has closed its output, or will read no more input."""


def _own_cpu() -> Callable[[], int] | None:
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        found: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    except (AttributeError, OSError):
        return None
    return found


_own_cpu_number = _own_cpu()


class Process:
    """A running agent. Raises `OSError` when the command cannot be started."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], keeper: Keeper
    ) -> None:
        self._process = subprocess.Popen(
            list(command),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            # A group of its own, to be ended as a whole.
            start_new_session=hasattr(os, "killpg"),
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._keeper = keeper
        keeper.watch(self._process.pid)
        assert self._process.stdin and self._process.stdout and self._process.stderr  # noqa: S101, PT018 - they are pipes
        self._in = self._process.stdin.fileno()
        self._out = self._process.stdout.fileno()
        self._err = self._process.stderr.fileno()
        self._rest = b""
        self._tail = b""
        self._cpu = -1
        if _POLLS:
            os.set_blocking(self._in, False)
            self._poller = select.poll()
            self._poller.register(self._out, select.POLLIN)
            self._poller.register(self._err, select.POLLIN)
        else:
            self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            self._readers = [
                threading.Thread(target=reading, daemon=True)
                for reading in (self._read_lines, self._read_errors)
            ]
            for reader in self._readers:
                reader.start()

    # -- talking ---------------------------------------------------------------------

    def exchange(self, line: bytes, seconds: float) -> bytes:
        """Write a line and read the next one. Raises `TooLate` or `Closed`."""
        if _own_cpu_number is not None and (cpu := _own_cpu_number()) != self._cpu:
            self._follow(cpu)
        until = time.monotonic() + seconds
        self._write(line, until)
        return self._line(until)

    def _follow(self, cpu: int) -> None:
        # Both ends on one core: the answer is there when the client has gone to sleep,
        # without another core being woken (measured: 11 us in place of 71 us).
        with suppress(OSError):
            os.sched_setaffinity(self._process.pid, {cpu})
        self._cpu = cpu

    def _write(self, line: bytes, until: float) -> None:
        try:
            taken = os.write(self._in, line)
            if taken < len(line):
                rest = memoryview(line)[taken:]
                while rest:
                    rest = rest[self._write_some(rest, until) :]
        except BrokenPipeError:
            raise Closed from None

    def _write_some(self, rest: memoryview, until: float) -> int:
        # The pipe is full: the agent reads slowly, or not while it writes its errors.
        writable = select.poll()
        writable.register(self._in, select.POLLOUT)
        writable.register(self._err, select.POLLIN)
        ready = dict(writable.poll(_milliseconds(until)))
        if not ready:
            raise TooLate
        if self._err in ready:
            self._keep_errors()
        return os.write(self._in, rest) if self._in in ready else 0

    def _line(self, until: float) -> bytes:
        if not _POLLS:
            return self._queued(until)
        chunk = self._rest or self._wait(until)
        before: list[bytes] = []
        while b"\n" not in chunk:
            before.append(chunk)
            if len(before) > _MOST:
                raise Closed
            chunk = self._wait(until)
        line, _, self._rest = chunk.partition(b"\n")
        return b"".join((*before, line)) if before else line

    def _wait(self, until: float) -> bytes:
        ready = self._poller.poll(_milliseconds(until))
        if not ready:
            raise TooLate
        chunk = b""
        for descriptor, _events in ready:
            if descriptor == self._err:
                self._keep_errors()
            else:
                chunk = os.read(self._out, _CHUNK)
                if not chunk:
                    raise Closed
        return chunk

    def _keep_errors(self) -> None:
        chunk = os.read(self._err, _CHUNK)
        if chunk:
            self._tail = (self._tail + chunk)[-_TAIL:]
        else:
            self._poller.unregister(self._err)

    # -- talking where pipes cannot be polled -------------------------------------------

    def _read_lines(self) -> None:
        with open(self._out, "rb", closefd=False) as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(b"")

    def _read_errors(self) -> None:
        while chunk := os.read(self._err, _CHUNK):
            self._tail = (self._tail + chunk)[-_TAIL:]

    def _queued(self, until: float) -> bytes:
        try:
            line = self._lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TooLate from None
        if not line.endswith(b"\n"):
            raise Closed
        return line[:-1]

    # -- the end -----------------------------------------------------------------------

    @property
    def stderr(self) -> str:
        """The last lines of standard error so far."""
        if _POLLS and not self._process.stderr.closed:  # type: ignore[union-attr]
            with suppress(OSError, KeyError):
                poller = select.poll()
                poller.register(self._err, select.POLLIN)
                # No more than what a pipe holds: a flood has no end.
                for _ in range(4):
                    if not poller.poll(0):
                        break
                    before = self._tail
                    self._keep_errors()
                    if self._tail == before:
                        break
        return self._tail.decode(errors="backslashreplace").strip()

    def how_it_ended(self) -> str:
        """`crash:SIGSEGV` or `exit:3`; empty when it has not ended by itself."""
        try:
            code = self._process.wait(_ENDS)
        except subprocess.TimeoutExpired:
            return ""
        return ended_as(code)

    def end(self) -> None:
        """End it and every process of its group, and give back what it took."""
        end(self._process)
        self._keeper.watch(None)
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not _POLLS and not self._readers_end():
            return
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _readers_end(self) -> bool:
        # A descriptor closed under a thread that reads it may be another file's by its next
        # read. Where a process that left the group keeps a pipe open, it stays open here too.
        for reader in self._readers:
            reader.join(_ENDS)
        return not any(reader.is_alive() for reader in self._readers)

    def ended_in(self, seconds: float) -> bool:
        """Whether it ends by itself in that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def _milliseconds(until: float) -> float:
    return max(0.0, until - time.monotonic()) * 1000
