"""Is this a backend? The contract, checked in seconds, told in its author's words.

What breaks the contract is told apart from what the implementation does (`checks`): only the
first makes `sockspec smoke` fail. A backend of this installation is checked in a process of
its own, so that one that ends or stops its process costs the check in which it does, named.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec import backends
from sockspec.backend import PRIMITIVES
from sockspec.backends import watchdog
from sockspec.backends.checks import CHECKS, Breaks, Differs, Sockets
from sockspec.backends.deadline import Deadline
from sockspec.backends.process import ended_as
from sockspec.backends.trace import Traced
from sockspec.errors import Died, Hang, SocketError, SockspecError, Unsupported, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from sockspec.backend import Backend

__all__ = ["CHECKS", "Smoke", "child", "of", "smoke"]

_DEADLINE = 5.0
_LONGEST = 20.0  # seconds for one check, with all that it cleans up

_CHILD = "from sockspec.backends import smoke; smoke.child()"


@dataclass
class Smoke:
    """What was found, by check.

    `wrong` breaks the contract; `lacks` is what the backend says it does not have; `differs`
    is what the implementation does otherwise than sockets usually do.
    """

    backend: str
    label: str = ""
    passed: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)
    differs: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 when the contract is kept, 3 when it is not."""
        return 3 if self.wrong else 0

    def as_data(self) -> dict[str, Any]:
        """What `sockspec smoke --format json` prints."""
        return {
            "backend": self.backend,
            "label": self.label,
            "passed": self.passed,
            "wrong": self.wrong,
            "differs": self.differs,
            "lacks": self.lacks,
            "exit": self.exit_code,
        }

    def lines(self) -> Iterator[str]:
        """What `sockspec smoke` prints."""
        for name in self.passed:
            yield f"ok      {name}"
        for name, what in self.lacks.items():
            yield f"lacks   {name}: {what}"
        for name, what in self.differs.items():
            yield f"differs {name}: {what}"
        for name, what in self.wrong.items():
            yield f"WRONG   {name}: {what}"
        verdict = "keeps the contract" if not self.wrong else "breaks the contract"
        name = f"{self.label} ({self.backend})" if self.label else self.backend
        yield f"{name}: {verdict}; {len(self.lacks)} checks need what it does not have"
        if self.differs:
            yield (
                f"{len(self.differs)} checks met what sockets usually do not do: the contract "
                "allows it; `sockspec run` says what the rules make of it"
            )

    def note(self, check: str, how: str, what: str = "") -> None:
        """Add what came of a check: `passed`, `wrong`, `lacks` or `differs`."""
        if how == "passed":
            self.passed.append(check)
        else:
            {"wrong": self.wrong, "lacks": self.lacks, "differs": self.differs}[how][check] = (
                what
            )


def smoke(backend: Backend) -> Smoke:
    """Run every check in this process, each with a deadline and on sockets of its own."""
    found = Smoke(*_named(backend))
    _check(backend, (), lambda _name: None, found.note)
    return found


def _named(backend: Backend) -> tuple[str, str]:
    return backend.name or type(backend).__name__, backend.label


def _check(
    backend: Backend,
    done: Collection[str],
    begin: Callable[[str], object],
    note: Callable[[str, str, str], object],
) -> None:
    for name in (each for each in CHECKS if each not in done):
        begin(name)
        with watchdog.watching():
            note(name, *_run(backend, name))
    for primitive in PRIMITIVES:
        if not callable(getattr(backend, primitive, None)):
            note(primitive, "wrong", "is not a method")


def _run(backend: Backend, name: str) -> tuple[str, str]:
    traced = Traced(backend)
    sockets = Sockets(traced)
    try:
        with Deadline(_DEADLINE, traced).armed():
            try:
                CHECKS[name](sockets)
            finally:
                sockets.close()
    except Unsupported as error:
        return "lacks", str(error)
    except (Differs, Hang, Died) as error:
        return "differs", str(error)
    except SocketError as error:
        return "differs", f"{error.call or 'a call'} answered {error.symbol} on the way there"
    except Breaks as error:
        return "wrong", str(error)
    except Exception as error:
        # The cleaning up made calls too: the one to blame is the one that raised.
        last = next((each.primitive for each in traced.calls if each.error is error), "a call")
        return "wrong", (
            f"{last} raised {type(error).__name__}: {error}; an error of the system is a "
            "SocketError, what is not there is Unsupported"
        )
    finally:
        traced.end_example()
        with suppress(SockspecError):
            traced.reset()
    return "passed", ""


# -- in a process of its own ------------------------------------------------------------


def of(name: str) -> Smoke:
    """Check the backend of that name, as `sockspec.backends.load` takes it.

    Raises `UsageError` when there is none, and `SockspecError` when its process ends while it
    is loaded.
    """
    if name.partition(":")[0] in {"agent", "docker"}:
        made = backends.load(name)
        try:
            return smoke(made)
        finally:
            made.shut_down()
    found, done = Smoke(name), set[str]()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        while not _asked(name, Path(folder), found, done):
            pass
    return found


def _asked(name: str, folder: Path, found: Smoke, done: set[str]) -> bool:
    """Have a process make the checks that are not done; whether it came to the end."""
    words = [sys.executable, "-c", _CHILD, name, str(folder), json.dumps(sorted(done))]
    seen = folder / "seen"
    seen.unlink(missing_ok=True)
    try:
        # What the backend prints is no answer.
        code = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=2,
            timeout=_LONGEST * len(CHECKS),
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        code = 1
    lines = seen.read_text("utf-8").splitlines() if seen.exists() else []
    begun = ""
    for kind, *told in map(json.loads, lines):
        match kind:
            case "usage":
                raise UsageError(*told)
            case "named":
                found.backend, found.label = told
            case "begun":
                begun = told[0]
            case "done":
                found.note(*told)
                done.add(told[0])
            case _:
                return True
    how = _ended(watchdog.ending(folder / watchdog.MAIN), code)
    if not begun:
        raise SockspecError(f"{name}: its process ended while it was loaded: {ended_as(code)}")
    if begun in done:  # all of them: the checks follow one another
        found.note("shut_down() leaves the process in order", *how)
        return True
    found.note(begun, *how)
    done.add(begun)
    return False


def _ended(ending: watchdog.Ending, code: int) -> tuple[str, str]:
    call = ending.call or "a call"
    if ending.behaviour == "hang":
        return "wrong", (
            f"{call} stopped its whole process: a call that waits has to let go of the "
            "interpreter's lock, and to be interrupted by a signal"
        )
    how = ended_as(code) if ending.behaviour == "crash" else ending.behaviour
    return "differs", f"{call} ended its process: {how}"


def child() -> None:
    """Check a backend for the process that started this one, and write down what came of it."""
    name, folder, done = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    with (folder / "seen").open("w", encoding="utf-8", buffering=1) as seen:

        def tell(*told: str) -> None:
            seen.write(json.dumps(told) + "\n")

        try:
            backend = backends.load(name)
        except UsageError as error:
            tell("usage", str(error))
            return
        tell("named", *_named(backend))
        watchdog.report_to(folder / watchdog.MAIN)
        _check(
            backend, done, lambda check: tell("begun", check), lambda *what: tell("done", *what)
        )
        backend.shut_down()
        tell("end")
