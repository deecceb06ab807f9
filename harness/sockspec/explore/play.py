"""Playing a program: each step through a backend, its answer held against the model's."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sockspec.backends.deadline import Deadline
from sockspec.errors import Hang
from sockspec.explore.model import Model
from sockspec.explore.moves import drain, steps
from sockspec.explore.tcp import Tcp
from sockspec.explore.world import Collision, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sockspec.backends.trace import Traced
    from sockspec.explore.moves import Move
    from sockspec.explore.outcome import Answer, Outcome
    from sockspec.explore.steps import Step

__all__ = ["DEADLINE", "PATIENCE", "Coverage", "Find", "Play", "Unexplained"]

DEADLINE = 10.0
"""Seconds that a program may take, every call of it and what ends it."""

_SOON = 2.0  # seconds, for a program that is known to be wrong

PATIENCE = 1.0
"""Seconds for what is on its way over loopback, unless something is wrong already."""


class Find(Exception):
    """What was looked for: the last step of a program has an answer that it should not have.

    Two finds with the same `name` are one.
    """

    def __init__(self, step: Step, place: str, seen: str) -> None:
        self.step, self.place = step, place
        self.name = f"{step.call} of {place}: {seen}"
        self.program: list[Step] = []
        super().__init__(self.name)

    def lines(self) -> Iterator[str]:
        """What was seen and what else is right."""
        raise NotImplementedError


class Unexplained(Find):
    """An outcome that the model does not permit."""

    def __init__(
        self, step: Step, place: str, outcome: Outcome, answers: Iterable[Answer]
    ) -> None:
        super().__init__(step, place, outcome.name)
        self.seen = str(outcome)
        self.permitted = tuple(each.told for each in answers)

    def lines(self) -> Iterator[str]:
        yield f"{self.step}: {self.seen}"
        yield f"permitted: {'; or '.join(self.permitted)}"


@dataclass
class Coverage:
    """What was visited: calls by family, type and state of their first socket."""

    steps: int = 0
    programs: int = 0
    sockets: int = 0
    cells: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    lacks: Counter[str] = field(default_factory=Counter)


class Play:
    """A program that is being played through one backend.

    `patience` is how many seconds something may be on its way over loopback.
    """

    def __init__(self, backend: Traced, coverage: Coverage, patience: float = PATIENCE) -> None:
        self.model = Model(stdlib="stdlib" in {backend.name, backend.stands_in_for})
        self.program: list[Step] = []
        self.coverage = coverage
        self._backend = backend
        self._world = World(backend, patience)
        self._deadline = DEADLINE if patience >= PATIENCE else _SOON

    # -- programs ---------------------------------------------------------------------------

    def draw(self, moves: Iterable[Move]) -> None:
        """Play what is drawn, and receive what is left then. Raises what is found."""

        def program() -> None:
            for move in moves:
                for step in steps(self.model, move):
                    self.take(step)
            for step in drain(self.model):
                if self.take(step) is None:
                    break

        self._play(program)

    def again(self, program: Iterable[Step]) -> None:
        """Play a program that is known. Raises what is found."""

        def known() -> None:
            for step in program:
                self.take(step)

        self._play(known)

    def _play(self, program: Callable[[], None]) -> None:
        for each in self.backends:
            each.begin_example()
        try:
            with Deadline(self._deadline, self._backend).armed():
                self._bounded(program)
        except Find as found:
            found.program = self.program
            raise
        finally:
            for each in self.backends:
                each.end_example()
            self.coverage.programs += 1

    @property
    def backends(self) -> tuple[Traced, ...]:
        """Those that a program is played through."""
        return (self._backend,)

    def _bounded(self, program: Callable[[], None]) -> None:
        try:
            # A call that hangs is an outcome; here it is the whole that took too long.
            with suppress(Collision, Hang):
                program()
        finally:
            self.close()

    def close(self) -> None:
        """Close what is open."""
        self._world.close()

    # -- steps ------------------------------------------------------------------------------

    def take(self, step: Step) -> Outcome | None:
        """Make a step; None when it is not modelled, or cannot be made here.

        Raises what is found, and `Collision` where the program has to end.
        """
        answers = self.model.answers(step)
        if answers is None:
            return None
        place = self._place(step)
        self._settle(step)
        outcome = self.run(step, " ".join(place))
        if outcome is None:
            return None
        self._count(step, place, outcome)
        if outcome.kind == "unsupported":
            return None
        answer = next((each for each in answers if _fits(each, outcome)), None)
        if answer is None:
            self.unexplained(Unexplained(step, " ".join(place), outcome, answers))
            return None
        answer.then(outcome)
        if answer.oddity:
            self.coverage.oddities[answer.oddity] += 1
        while self.model.learned:
            self.learn(*self.model.learned.pop())
        return outcome

    def run(self, step: Step, place: str) -> Outcome | None:
        """Make the call."""
        del place
        self.program.append(step)
        return self._world.run(step, self.model.resolve(step))

    def learn(self, handle: int, number: int) -> None:
        """Find out what a socket is called."""
        self._world.learn(handle, number)

    def unexplained(self, found: Unexplained) -> None:
        """The model did not expect an answer."""
        raise found

    def _place(self, step: Step) -> tuple[str, str]:
        if step.on:
            return self.model.kind(step.on[0]), self.model.state(step.on[0])
        return "-".join(step.args), "none"

    def _count(self, step: Step, place: tuple[str, str], outcome: Outcome) -> None:
        self.coverage.steps += 1
        if outcome.kind == "unsupported":
            self.coverage.lacks[str(outcome.value)] += 1
            return
        self.coverage.sockets += len(step.makes) if outcome.kind == "value" else 0
        self.coverage.cells[step.call, *place, outcome.name] += 1

    def _settle(self, step: Step) -> None:
        socks = [self.model.socks[each] for each in step.on if each in self.model.open]
        # What the other end has sent may be lost when this one breaks the connection.
        peers = [each.peer for each in socks if isinstance(each, Tcp) and each.peer]
        for sock in (*socks, *peers):
            if not (sock.dirty and sock.handles):
                continue
            unread = sock.unread()[0] if sock.type == "stream" else 0
            behind = sock.behind_mark() if isinstance(sock, Tcp) else 0
            left = unread if isinstance(unread, int) else 0
            self.settle(min(sock.handles), sock.ready()[0], left, behind)
            # Up to an urgent byte is as far as one can see.
            sock.dirty = isinstance(sock, Tcp) and bool(sock.mark)

    def settle(self, handle: int, events: frozenset[str], unread: int, behind: int) -> None:
        """Wait for what is on its way."""
        self._world.settle(handle, events, unread, behind)


def _fits(answer: Answer, outcome: Outcome) -> bool:
    try:
        return answer.fits(outcome)
    except (TypeError, ValueError):  # a value of another type, which no answer has
        return False
