"""What a call answered, and what it may answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Answer", "Outcome", "among", "anything", "fails", "nothing", "returns"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: `value`, `error`, `hang`, `unsupported` or `broken`, and with what.

    Values are free of ports, paths, addresses and descriptors: what two runs of a program
    have in common.
    """

    kind: str
    value: Any = None

    def __str__(self) -> str:
        if self.kind == "value":
            return "succeeds" if self.value is None else f"returns {shown(self.value)}"
        return str(self.value) if self.kind == "error" else f"{self.kind}: {self.value}"

    @property
    def name(self) -> str:
        """A word for it: the error's symbol, `succeeds`, `hang`, ..."""
        if self.kind == "error":
            return str(self.value)
        return "succeeds" if self.kind == "value" else self.kind


def shown(value: Any) -> str:
    """A value for people: long bytes are cut."""
    if isinstance(value, bytes) and len(value) > 48:
        return f"{value[:32]!r}... ({len(value)} bytes)"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(shown, value)) + ")"
    return repr(value)


def nothing(_: Outcome) -> None:
    """What most answers change."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome that is permitted, and what is true after it.

    `oddity` names the entry of `oddities` that explains why it is, where no standard does.
    """

    told: str
    fits: Callable[[Outcome], bool]
    then: Callable[[Outcome], None] = nothing
    oddity: str = ""


def returns(
    value: Any = None, then: Callable[[], None] | None = None, oddity: str = ""
) -> Answer:
    """It succeeds with exactly this value."""
    wanted = Outcome("value", value)
    after = (lambda _: then()) if then else nothing
    return Answer(str(wanted), lambda seen: seen == wanted, after, oddity)


def fails(symbol: str, then: Callable[[], None] | None = None, oddity: str = "") -> Answer:
    """It fails with this error."""
    wanted = Outcome("error", symbol)
    after = (lambda _: then()) if then else nothing
    return Answer(symbol, lambda seen: seen == wanted, after, oddity)


def among(values: Iterable[Any], told: str = "") -> Answer:
    """It succeeds with one of these."""
    wanted = [Outcome("value", each) for each in values]
    return Answer(told or " or ".join(map(str, wanted)), lambda seen: seen in wanted)


def anything(
    told: str, fits: Callable[[Any], bool], then: Callable[[Any], None] | None = None
) -> Answer:
    """It succeeds with a value that fits."""
    return Answer(
        told,
        lambda seen: seen.kind == "value" and fits(seen.value),
        (lambda seen: then(seen.value)) if then else nothing,
    )
