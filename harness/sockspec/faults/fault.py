"""A fault: one primitive of a right backend that does something else."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sockspec.backend import PRIMITIVES, PROCESS, Backend
from sockspec.errors import SocketError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sockspec.faults.queue import Alter
    from sockspec.pending import Pending

    Wrong = Callable[..., Any]
    """Takes the right primitive, then its arguments."""

    Make = Callable[[Backend], Mapping[str, Wrong]]
    """The wrong primitives by name, for a right backend; state of theirs is in a closure."""

    Touch = tuple[str, ...]
    """What a fault can be seen in: a primitive, and perhaps an option, a flag or an error."""

__all__ = ["Fault", "Faulty", "error", "forgetting", "instead", "is_of", "nothing", "numbers"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What an implementation does wrongly.

    `name` is permanent: `area/what/how`. `does` says it in a sentence; `rules` are ids or
    beginnings of ids that name the promise; `make` makes the wrong primitives. `touches`
    says which calls it changes: `("recv", "MSG_PEEK")`, `("accept", "EINVAL")`,
    `("setsockopt", "SOL_SOCKET", "SO_LINGER")`; where it is empty, all of its primitives.
    """

    name: str
    does: str
    rules: tuple[str, ...]
    make: Make
    touches: tuple[Touch, ...] = ()
    packets: Callable[[], Alter] | None = None
    """For what no call shows: makes what alters the packets of a link; see `queue`."""

    def in_backend(self, right: Backend) -> Backend:
        """A right backend with this fault."""
        return Faulty(right, self)


class Faulty(Backend):
    """A right backend with a fault."""

    local = True

    def __init__(self, right: Backend, fault: Fault) -> None:
        self.right = right
        self.name = right.name  # type: ignore[misc]  # this instance stands for that backend
        self.system, self.byte_order = right.system, right.byte_order
        self.long_size, self.local = right.long_size, right.local
        wrong = fault.make(right)
        for primitive in (*PRIMITIVES, *PROCESS):
            made = getattr(right, primitive)
            if primitive in wrong:
                made = _bound(wrong[primitive], made)
            setattr(self, primitive, made)
        self.constant = right.constant  # type: ignore[method-assign]
        self.errno_symbol = right.errno_symbol  # type: ignore[method-assign]
        self.folder = right.folder  # type: ignore[method-assign]

    @property
    def version(self) -> str:
        return self.right.version

    def facts(self) -> dict[str, Any] | None:
        return self.right.facts()

    def start(self, primitive: str, *arguments: Any) -> Pending:
        # An agent makes one request at a time, and starts its calls by itself.
        if self.right.local:
            return super().start(primitive, *arguments)
        return self.right.start(primitive, *arguments)

    def reset(self) -> None:
        self.right.reset()

    def shut_down(self) -> None:
        self.right.shut_down()


def _bound(wrong: Wrong, right: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: wrong(right, *arguments)


def instead(**wrong: Wrong) -> Make:
    """Primitives that need nothing of the backend but themselves."""
    return lambda _right: wrong


def nothing(_call: Wrong, *_arguments: Any) -> None:
    """A call that does nothing."""


def forgetting(known: set[Any]) -> Wrong:
    """A `new()` whose sockets are not those of the same number that were known before."""

    def new(call: Wrong, *arguments: Any) -> Any:
        made = call(*arguments)
        known.discard(made)
        return made

    return new


def error(symbol: str, call: str) -> SocketError:
    """The error of a symbol, as a backend raises it."""
    return SocketError(symbol, getattr(errno, symbol), call)


def numbers(backend: Backend, *symbols: str) -> Iterator[int]:
    """The numbers of symbols; -1 where there is none, which nothing is called by."""
    for symbol in symbols:
        number = backend.constant(symbol)
        yield -1 if number is None else number


def is_of(rule: str, patterns: Sequence[str]) -> bool:
    """Whether a rule is one of those, or begins with one of those words."""
    return any(rule == each or rule.startswith((f"{each}.", f"{each}-")) for each in patterns)
