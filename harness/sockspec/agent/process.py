"""The process around the sockets: its signals, its descriptors, and its children.

An agent is a process of its own, so that a case can change what belongs to a whole process.
`reset` takes all of it back. This is for POSIX; elsewhere there is nothing of it.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from sockspec.backend import PROCESS
from sockspec.backends.facts import facts
from sockspec.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from sockspec.backend import Backend, Handle
    from sockspec.pending import Pending

__all__ = ["HERE", "Process"]

HERE = PROCESS if hasattr(signal, "pthread_kill") and hasattr(os, "fork") else ()
"""The primitives that the system has, of those about the process."""

_HANDLED = 1.0  # seconds in which a signal that was sent to a thread is handled

# What a child becomes that holds what it inherited: it says that it is there, and waits for
# the end of its input.
_THERE = b"there\n"
_HOLDER = f"import os; os.write(1, {_THERE!r}); os.read(0, 1)"


class _Child:
    """A child, by its process id, and the pipes to it and from it."""

    def __init__(self, pid: int, requests: int, answers: int) -> None:
        self.pid = pid
        self.requests = requests
        self.answers: BinaryIO = os.fdopen(answers, "rb")

    def ask(self, line: bytes) -> bytes:
        """Its answer to a line; raises `ChildProcessError` when it has ended."""
        try:
            os.write(self.requests, line)
            told = self.answers.readline()
        except BrokenPipeError:
            told = b""
        if not told:
            raise ChildProcessError("the child has ended")
        return told

    def forget(self) -> None:
        """Close the pipes: it reads the end of its input."""
        os.close(self.requests)
        self.answers.close()


class Process:
    """What an agent does to its own process. `respond` answers a line, as `Server` does."""

    def __init__(
        self, backend: Backend, respond: Callable[[bytes], bytes], own: Iterable[int]
    ) -> None:
        self._backend = backend
        self._respond = respond
        self._own = tuple(own)
        self._before: dict[int, Any] = {}
        self._counts: dict[int, int] = {}
        self._limit: tuple[int, int] | None = None
        self._children: dict[int, _Child] = {}
        self._forks = 0

    # -- signals -----------------------------------------------------------------------

    def on_signal(self, number: int, action: str) -> None:
        """See `Backend.on_signal`."""
        handlers = {"default": signal.SIG_DFL, "ignore": signal.SIG_IGN}
        before = signal.signal(number, handlers.get(action, self._count))
        self._before.setdefault(number, before)
        self._counts[number] = 0
        if action not in handlers:
            signal.siginterrupt(number, action != "restart")

    def _count(self, number: int, _frame: FrameType | None) -> None:
        self._counts[number] += 1

    def signals(self, number: int) -> int:
        """See `Backend.signals`."""
        return self._counts.get(number, 0)

    def interrupt(self, number: int, started: Iterable[Pending]) -> None:
        """See `Backend.interrupt`; `started` are the calls."""
        before, sent = self.signals(number), 0
        for each in started:
            if each.thread is not None and not each.finished:
                signal.pthread_kill(each.thread, number)
                sent += 1
        # This thread runs the handlers of Python, between two of its own steps.
        until = time.monotonic() + _HANDLED
        while sent and signal.getsignal(number) == self._count and time.monotonic() < until:
            if self.signals(number) > before:
                return

    @facts
    def set_owner(self, sock: Handle) -> None:
        """See `Backend.set_owner`."""
        import fcntl  # noqa: PLC0415 - POSIX only

        fcntl.fcntl(self._backend.fileno(sock), fcntl.F_SETOWN, os.getpid())

    # -- descriptors -------------------------------------------------------------------

    @facts
    def limit_descriptors(self, spare: int) -> None:
        """See `Backend.limit_descriptors`."""
        import resource  # noqa: PLC0415 - POSIX only

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._limit = self._limit or (soft, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, self._limit)
        # dup() gives the lowest number that is free: the last one is the first too many.
        made = [os.dup(2) for _ in range(spare + 1)]
        for each in made:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (made[-1], hard))

    # -- children ----------------------------------------------------------------------

    @facts
    def fork(self) -> int:
        """See `Backend.fork`."""
        if self._backend.unforkable:
            raise Unsupported("fork", self._backend.unforkable)
        (requests, to_child), (from_child, answers) = os.pipe(), os.pipe()
        with warnings.catch_warnings():
            # The other threads wait in the system, and keep no lock of the interpreter's.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            self._be_child((to_child, from_child), requests, answers)
        os.close(requests)
        os.close(answers)
        self._forks += 1
        self._children[self._forks] = _Child(pid, to_child, from_child)
        return self._forks

    def _be_child(self, others: Iterable[int], requests: int, answers: int) -> NoReturn:
        try:
            # The ends of pipes of our parent's: as long as one is open, nobody sees their end.
            for each in (*others, *(own for own in self._own if own > 2)):
                os.close(each)
            for child in self._children.values():
                child.forget()
            with os.fdopen(requests, "rb") as lines:
                for line in lines:
                    if line == b"exec\n":
                        self._hold(requests, answers)
                    os.write(answers, self._respond(line))
        finally:
            os._exit(0)

    @staticmethod
    def _hold(requests: int, answers: int) -> NoReturn:
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        try:
            os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", _HOLDER])  # noqa: S606 - ours
        except OSError as error:
            # Under a translator, say, the kernel may know no program of this architecture.
            os.write(answers, f"{errno.errorcode.get(error.errno or 0, 'E?')}\n".encode())
        os._exit(0)

    def in_child(self, child: int, call: dict[str, Any]) -> dict[str, Any]:
        """The whole answer of a child to a call."""
        line = json.dumps({"kind": "call", "id": 0, "call": call}).encode() + b"\n"
        answer: dict[str, Any] = json.loads(self._child(child).ask(line))
        return answer

    def exec_child(self, child: int) -> None:
        """See `Backend.exec_child`."""
        if (told := self._child(child).ask(b"exec\n")) != _THERE:
            why = f"the system does not execute this Python: {told.decode().strip()}"
            raise Unsupported("exec_child", why)

    def end_child(self, child: int) -> None:
        """See `Backend.end_child`."""
        one = self._child(child)
        del self._children[child]
        one.forget()
        os.kill(one.pid, signal.SIGKILL)
        os.waitpid(one.pid, 0)

    def _child(self, number: int) -> _Child:
        if number not in self._children:
            raise ValueError(f"there is no child {number}")
        return self._children[number]

    # -- the end of an example ----------------------------------------------------------

    def reset(self) -> None:
        """Take back all that was changed."""
        if self._limit is not None:
            import resource  # noqa: PLC0415 - POSIX only

            resource.setrlimit(resource.RLIMIT_NOFILE, self._limit)
            self._limit = None
        for child in list(self._children):
            self.end_child(child)
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before.clear()
        self._counts.clear()
        self._forks = 0
