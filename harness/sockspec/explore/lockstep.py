"""Two backends in step: the first answer in which they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.explore.play import PATIENCE, Coverage, Find, Play, Unexplained
from sockspec.explore.world import Collision, World

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from sockspec.backends.trace import Traced
    from sockspec.explore.outcome import Outcome
    from sockspec.explore.steps import Step

__all__ = ["Lockstep", "Parting"]


ASKING = frozenset(
    (
        *("sockatmark", "ioctl", "getsockopt", "poll", "local_addr", "peer_addr", "fileno"),
        *("nonblocking", "cloexec"),
    )
)
"""Calls that leave a socket as it is: a program can go on behind a known difference."""


class Parting(Find):
    """A step that two backends answer differently.

    `is_harmless` is whether it leaves both where they were: both refused, or were only asked.
    Such a difference is one in whichever state, of options one for each.
    """

    def __init__(self, step: Step, place: str, names: tuple[str, str], seen: Pair) -> None:
        one, other = seen
        self.is_harmless = step.call in ASKING or one.kind == other.kind == "error"
        where = place.partition(" ")[0] if self.is_harmless else place
        if step.call in {"getsockopt", "setsockopt"}:
            where = f"{step.args[0]} {where}"
        super().__init__(step, where, f"{names[0]} {one.name}, {names[1]} {other.name}")
        self.seen = {name: str(each) for name, each in zip(names, seen, strict=True)}

    def lines(self) -> Iterator[str]:
        yield str(self.step)
        for name, seen in self.seen.items():
            yield f"{name}: {seen}"


if TYPE_CHECKING:
    Pair = tuple[Outcome, Outcome]


class Lockstep(Play):
    """A program that is played through two backends at once.

    The model says which steps make sense; where it did not expect what both answer the
    program ends. What one of them lacks (`lacking`) neither is asked for again; behind
    known differences (`known`) that are harmless it goes on.
    """

    def __init__(
        self,
        backend: Traced,
        beside: Traced,
        coverage: Coverage,
        lacking: set[str],
        known: Container[str] = (),
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(backend, coverage, patience)
        self._beside = World(beside, patience)
        self._second = beside
        self._lacking = lacking
        self._known = known
        one, other = backend.name, beside.name
        self._names = (one, other) if one != other else (f"{one} (A)", f"{other} (B)")

    @property
    def backends(self) -> tuple[Traced, ...]:
        return (*super().backends, self._second)

    def run(self, step: Step, place: str) -> Outcome | None:
        key = _key(step, place)
        if key in self._lacking:
            return None
        to = self.model.resolve(step)
        seen = self._world.run(step, to), self._beside.run(step, to)
        self.program.append(step)
        if "unsupported" in {each.kind for each in seen}:
            self._lacking.add(key)
            if seen[0].kind != seen[1].kind:
                raise Collision
            return seen[0]
        if seen[0] != seen[1]:
            parting = Parting(step, place, self._names, seen)
            if not parting.is_harmless or parting.name not in self._known:
                raise parting
        return seen[0]

    def learn(self, handle: int, number: int) -> None:
        super().learn(handle, number)
        self._beside.learn(handle, number)

    def unexplained(self, found: Unexplained) -> None:
        raise Collision from found

    def settle(self, handle: int, events: frozenset[str], unread: int, behind: int) -> None:
        super().settle(handle, events, unread, behind)
        self._beside.settle(handle, events, unread, behind)

    def close(self) -> None:
        super().close()
        self._beside.close()


def _key(step: Step, place: str) -> str:
    words = [each for each in step.args if isinstance(each, str)]
    flags = [each for each in step.args if isinstance(each, tuple) and _is_flags(each)]
    return repr((step.call, place.partition(" ")[0], words, flags))


def _is_flags(value: tuple[object, ...]) -> bool:
    return bool(value) and all(isinstance(each, str) for each in value) and value[0] != "bytes"
