"""Seeing: a test names what it saw, and each example is classified on the spot.

A behaviour that is expected is recorded and the example passes, so that a property
test is not shrunk for what is known. An unexpected one raises; every behaviour has an
exception type of its own, because Hypothesis tells failures apart by type and place,
and so finds the smallest witness of each in one run.
"""

from __future__ import annotations

import functools
from collections import Counter
from contextlib import suppress
from copy import copy
from typing import TYPE_CHECKING, Any, NoReturn

from sockspec.backends.deadline import Deadline
from sockspec.backends.trace import Traced, encode
from sockspec.errors import (
    Died,
    Hang,
    Misbehaved,
    NotReached,
    SocketError,
    SockspecError,
    Unsupported,
)
from sockspec.judge.verdict import (
    ARRANGING,
    Expectation,
    Judgement,
    Trouble,
    allowed,
    judge,
)
from sockspec.run.arrange import Sockets
from sockspec.run.uses import refuser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sockspec.backend import Backend
    from sockspec.backends.trace import Call
    from sockspec.network.capture import Capture
    from sockspec.spec.rules import Case

__all__ = ["CaseOver", "CaseRun", "Unexpected"]


class Unexpected(AssertionError):
    """A behaviour that was not expected; subclasses stand for one behaviour each."""

    behaviour = ""


class CaseOver(BaseException):
    """Ends a case at once, shrinking and further examples included."""


_TYPES: dict[str, type[Unexpected]] = {}


def _type_of(behaviour: str) -> type[Unexpected]:
    if behaviour not in _TYPES:
        _TYPES[behaviour] = type(
            f"Unexpected<{behaviour}>", (Unexpected,), {"behaviour": behaviour}
        )
    return _TYPES[behaviour]


class CaseRun:
    """One run of one case: its sockets, what it saw, and what went wrong."""

    def __init__(
        self,
        case: Case,
        backend: Backend,
        expected: Expectation,
        settings: Mapping[str, Any],
        deadline: float = 5.0,
        missing: Mapping[str, str] | None = None,
    ) -> None:
        self.case = case
        self.expected = expected
        self.backend = backend if isinstance(backend, Traced) else Traced(backend)
        self.backend.begin()
        self.backend.refused = refuser(self.backend, missing or {})
        self.sockets = Sockets(self.backend, case, settings, missing, self.backend.peer)
        self.sockets.patience = max(self.sockets.patience, deadline)
        self.seen: Counter[str] = Counter()
        self.witnesses: dict[str, dict[str, Any]] = {}
        self.examples = 0
        self.trouble: tuple[Trouble, str] | None = None
        self.promised: frozenset[str] = frozenset()
        self.capture: Capture | None = None
        self._deadline = Deadline(deadline, self.backend)
        self._allowed = allowed(case, expected)
        self._named = 0
        self._acted = 0

    def see(self, behaviour: str, **witness: Any) -> None:
        """Name the behaviour of this example; `witness` holds the values that show it.

        After a call that hung, or ended the agent, the name is not the test's to choose.
        """
        if self.backend.failure is not None:
            raise self.backend.failure
        self._named += 1
        self.seen[behaviour] += 1
        if self._named > 1:
            self._give_up(Trouble.HARNESS_ERROR, "the test named two behaviours in one example")
        fine = self._allowed is None or behaviour in self._allowed
        if not fine or behaviour not in self.witnesses:
            # Of an unexpected behaviour the last witness is kept: Hypothesis ends
            # with the smallest.
            self.witnesses[behaviour] = {
                "values": {name: _readable(value) for name, value in witness.items()},
                # A call that still runs is shown so, whatever it returns in the clean-up.
                "calls": [copy(each) if each.running else each for each in self.backend.calls],
                "packets": self.capture.take(self.backend.calls) if self.capture else [],
            }
        if behaviour == "hang":
            # Every further example could cost as long again.
            raise CaseOver
        if not fine:
            raise _type_of(behaviour)(behaviour)

    def example(self, test: Callable[..., Any]) -> Callable[..., Any]:
        """The test, with the bounds, the clean-up and the bookkeeping of one example."""

        # Hypothesis knows the examples that it keeps of a test by the test's own source.
        @functools.wraps(test)
        def bounded(*arguments: Any, **named: Any) -> None:
            self.examples += 1
            self._named = 0
            self.backend.begin_example()
            if self.capture is not None:
                self.capture.begin()
            try:
                with self._deadline.armed():
                    self._act(test, arguments, named)
            except Unsupported as error:
                self._give_up(Trouble.UNSUPPORTED, str(error))
            except SocketError as error:
                self._arrangement(error.call or self.backend.raised(error), error.symbol)
            except Hang as error:
                self._hung(error)
            except NotReached as error:
                self._arrangement("wait", str(error))
            except Died as error:
                self._died(error)
            except Misbehaved as error:
                self._give_up(Trouble.HARNESS_ERROR, str(error))
            if self._named == 0:
                self._give_up(Trouble.HARNESS_ERROR, "the test named no behaviour")

        return bounded

    def _act(
        self, test: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        try:
            try:
                test(*arguments, **named)
                if self.backend.failure is not None:
                    # The test overheard it, in a thread of its own perhaps.
                    raise self.backend.failure
            finally:
                self._acted = len(self.backend.calls)
                self.backend.failure = None  # what is still there is closed all the same
                self._deadline.begin()  # and has its own time for that
                self.sockets.close()
                self.backend.end_example()
        except BaseException:
            with suppress(SockspecError):
                self.backend.reset()
            raise
        # What broke while cleaning up was overheard there; here it is raised.
        failure = self.backend.failure
        self.backend.reset()
        if failure is not None:
            raise failure

    def _hung(self, error: Hang) -> None:
        if not error.observed:
            self._arrangement(error.call, "hang")
        self._ended("hang", {"call": error.call, "seconds": error.seconds})

    def _died(self, error: Died) -> None:
        if self.backend.is_of_peer(error):
            # What is judged goes on: of it nothing is known.
            self._arrangement(f"the peer's {error.call}", error.behaviour)
        # A process that ends is no answer to an arrangement: like the death of a worker
        # it is what the case did, whichever call it was in.
        self._ended(error.behaviour, {"call": error.call, "stderr": error.stderr[-500:]})

    def _ended(self, behaviour: str, values: dict[str, Any]) -> NoReturn:
        self.ended(behaviour, values)
        raise CaseOver

    def ended(self, behaviour: str, values: dict[str, Any]) -> None:
        """Record the behaviour with which a case came to its end, the test's word or not."""
        self.seen[behaviour] += 1
        self.witnesses[behaviour] = {"values": values, "calls": self._calls()}

    def _calls(self) -> list[Call]:
        # Those of the test: closing what it left is not part of what it shows.
        return self.backend.calls[: self._acted]

    def _arrangement(self, call: str, how: str) -> NoReturn:
        self._give_up(Trouble.INDETERMINATE, f"{ARRANGING}{call}: {how}")

    def _give_up(self, trouble: Trouble, why: str) -> NoReturn:
        if self.trouble is None:
            self.trouble = (trouble, why)
            if trouble is Trouble.INDETERMINATE:
                self.witnesses["indeterminate"] = {"values": {}, "calls": self._calls()}
        raise CaseOver

    def broke(self, error: BaseException) -> None:
        """Record an exception that is neither an answer nor a behaviour."""
        self.trouble = (
            Trouble.HARNESS_ERROR,
            f"{type(error).__name__}: {error}".splitlines()[0],
        )

    def judgement(self) -> Judgement:
        """The verdict on what was seen so far."""
        return judge(self.case, self.expected, self.seen, self.trouble, self.promised)

    def witness(self) -> dict[str, Any]:
        """The witnesses by behaviour, their calls spelled out."""
        return {
            name: {
                "values": each["values"],
                "calls": encode(each["calls"], timed=bool(each.get("packets"))),
                **({"packets": each["packets"]} if each.get("packets") else {}),
            }
            for name, each in sorted(self.witnesses.items())
        }


def _readable(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        head = bytes(value[:64]).hex()
        return head if len(value) <= 64 else f"{head}... ({len(value)} bytes)"
    if isinstance(value, bool | int | float | str) or value is None:
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [_readable(each) for each in items]
    return str(value)
