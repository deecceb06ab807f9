"""The errors that sockspec raises, each with a name of its own.

Three families, and they are never mixed up: what a *system* answered
(`SocketError`), what an *implementation* does not offer (`Unsupported`) or
how it broke (`Hang`, `Died`, `Misbehaved`), and what a *person* has to mend
(`UsageError`, `Refused`).
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "Consumed",
    "Died",
    "Hang",
    "Misbehaved",
    "NotReached",
    "Overrun",
    "Refused",
    "SocketError",
    "SockspecError",
    "StillRunning",
    "UnmetNeed",
    "Unsupported",
    "UsageError",
]


class SockspecError(Exception):
    """Base of every error of this package that is not an answer of a system."""

    def as_data(self) -> dict[str, Any]:
        """What the command prints of it under `--format json`."""
        return {"message": str(self)}


class SocketError(OSError):
    """An error that a socket call returned: symbol, raw number, and the call.

    `symbol` is the platform-independent name (`"ECONNREFUSED"`, on Windows
    the `WSA` prefix is dropped and `WSAEWOULDBLOCK` reads `EAGAIN`); `errno`
    is the raw number as the system gave it; `call` is the backend primitive
    that failed. An error that never reached the system, such as a resolver
    error of an API layer, carries that layer's symbol (`"EAI_ADDRFAMILY"`).
    """

    def __init__(self, symbol: str, number: int, call: str = "", message: str = "") -> None:
        super().__init__(number, message or symbol)
        self.symbol = symbol
        self.number = number
        self.call = call

    def __reduce__(self) -> tuple[type[SocketError], tuple[str, int, str, str]]:
        return type(self), (self.symbol, self.number, self.call, self.strerror or "")

    def __str__(self) -> str:
        where = f"{self.call}: " if self.call else ""
        return f"{where}{self.symbol} ({self.number})"


class Unsupported(SockspecError):
    """The backend or the platform does not have what was asked for.

    `feature` names it (`"recvmsg"`, `"SO_COOKIE"`); `why` says who lacks it.
    """

    def __init__(self, feature: str, why: str = "") -> None:
        super().__init__(f"{feature} is not available" + (f": {why}" if why else ""))
        self.feature = feature
        self.why = why

    def __reduce__(self) -> tuple[type[Unsupported], tuple[str, str]]:
        return type(self), (self.feature, self.why)


class UnmetNeed(Unsupported):
    """A case came to use a feature that the probes did not find; `why` is what they saw.

    Where that is the lack of another feature, on which this one is built, it is the other
    that the case needs.
    """

    def __init__(self, feature: str, why: str) -> None:
        super().__init__(feature, why)
        self.args = (why if why.startswith("needs ") else f"needs {feature}: {why}",)


class Consumed(SockspecError):
    """A socket was used after `connect`, `listen` or `into_raw_fd` took it."""


class Hang(SockspecError):
    """A call did not return before its deadline; `call` names it.

    It ends the example in which it happens: nothing is known any more of the sockets that
    the call had. `observed` is set where the rule is about that very call.
    """

    def __init__(self, call: str, seconds: float) -> None:
        super().__init__(f"{call} did not return within {seconds:g} s")
        self.call = call
        self.seconds = seconds
        self.observed = False

    def __reduce__(self) -> tuple[type[Hang], tuple[str, float]]:
        return type(self), (self.call, self.seconds)


class StillRunning(Hang):
    """A started call has not returned in the time that whoever collects it gave it.

    It goes on, and so may the test: this is how a test says that it is about waiting.
    """


class NotReached(SockspecError):
    """A state that an arrangement waits for did not come; the case is indeterminate."""

    def __init__(self, state: str) -> None:
        super().__init__(f"the state was not reached: {state}")
        self.state = state


class Died(SockspecError):
    """The process of an agent ended during a call, which `call` names.

    `behaviour` is what the case is said to have done: `crash:SIGSEGV`, or `exit:3` where
    the process ended itself. `stderr` is the end of what it wrote there.
    """

    def __init__(self, call: str, behaviour: str, stderr: str = "") -> None:
        super().__init__(f"{call}: the agent ended: {behaviour}{_told(stderr)}")
        self.call = call
        self.behaviour = behaviour
        self.stderr = stderr

    def __reduce__(self) -> tuple[type[Died], tuple[str, str, str]]:
        return type(self), (self.call, self.behaviour, self.stderr)


class Overrun(SockspecError):
    """A call changed bytes outside of a buffer that it was given; `call` names it.

    Only a backend that looks at what lies around its buffers can tell.
    """

    def __init__(self, call: str, why: str) -> None:
        super().__init__(f"{call}: {why}")
        self.call = call
        self.why = why

    def __reduce__(self) -> tuple[type[Overrun], tuple[str, str]]:
        return type(self), (self.call, self.why)


class Misbehaved(SockspecError):
    """An agent broke the protocol, or what it serves raised what is no answer.

    `call` is the primitive that suffered it, `what` says what came. The case is a harness
    error: nothing can be said of the implementation.
    """

    def __init__(self, call: str, what: str, stderr: str = "") -> None:
        super().__init__(f"{call}: {what}{_told(stderr)}")
        self.call = call
        self.what = what
        self.stderr = stderr

    def __reduce__(self) -> tuple[type[Misbehaved], tuple[str, str, str]]:
        return type(self), (self.call, self.what, self.stderr)


def _told(stderr: str) -> str:
    return f"; it said: {stderr.splitlines()[-1][-200:]}" if stderr else ""


class Refused(SockspecError):
    """The system does not let a file be read or written: full, read-only, not permitted."""

    MARK = "refused:"
    """Stands before the error's number where a process can only pass text on."""

    _REMEDIES: ClassVar[dict[int, str]] = {
        errno.ENOSPC: "make room there, or name another place",
        errno.EDQUOT: "make room there, or name another place",
        errno.EROFS: "name a place that can be written",
        errno.EACCES: "name a place that can be written, or ask for the right to",
        errno.EPERM: "name a place that can be written, or ask for the right to",
        errno.ENOTDIR: "a part of the path is a file: name another place",
        errno.ENOENT: "name what is there",
        errno.EPIPE: "whoever read the output has gone: write it to a file",
    }

    def __init__(self, path: Path | str, error: OSError) -> None:
        remedy = self._REMEDIES.get(error.errno or 0, "look at the place, or name another one")
        super().__init__(f"{path}: {error.strerror or error}\n  remedy: {remedy}")
        self.path = path
        self.error = error
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Refused], tuple[Path | str, OSError]]:
        return type(self), (self.path, self.error)

    def as_data(self) -> dict[str, Any]:
        """The message, the file and the remedy."""
        message = str(self.error.strerror or self.error)
        return {"message": message, "file": str(self.path), "remedy": self.remedy}


class UsageError(SockspecError):
    """Input that a person has to mend: says where, what, and the remedy."""

    def __init__(
        self,
        message: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        remedy: str = "",
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`problems` are several that the message lists, each with file, line and remedy."""
        where = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(where + message + (f"\n  remedy: {remedy}" if remedy else ""))
        self.message = message
        self.file = file
        self.line = line
        self.remedy = remedy
        self.problems = problems

    def as_data(self) -> dict[str, Any]:
        """The message; file, line and remedy where they are known, or several problems."""
        told = {
            "file": self.file and str(self.file),
            "line": self.line,
            "remedy": self.remedy,
            "problems": list(self.problems),
        }
        message = self.message.partition("\n")[0] if self.problems else self.message
        return {"message": message} | {name: each for name, each in told.items() if each}

    @classmethod
    def no_such(
        cls,
        kind: str,
        name: str,
        known: Iterable[str],
        remedy: str,
        file: Path | str | None = None,
    ) -> UsageError:
        """A name that nothing has, or nothing in a file, with those that are nearest to it."""
        import difflib  # noqa: PLC0415 - only mistakes need it

        near = difflib.get_close_matches(name, sorted(known), n=2, cutoff=0.7)
        guess = f"; did you mean {' or '.join(near)}?" if near else ""
        return cls(f"there is no {kind} {name!r}{guess}", file=file, remedy=remedy)
