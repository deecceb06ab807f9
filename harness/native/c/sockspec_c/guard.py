"""The error of a system that wrote where it was not asked to."""

from __future__ import annotations

from sockspec.errors import SockspecError

__all__ = ["GuardViolated"]


class GuardViolated(SockspecError):
    """A call changed bytes outside of a buffer that it was given; `call` names it.

    Every buffer lies between guard bytes that are compared after the call, whether it
    succeeded or not. What the call answered is in the backend's `last`.
    """

    def __init__(self, call: str, why: str) -> None:
        super().__init__(f"{call}: {why}")
        self.call = call
        self.why = why

    def __reduce__(self) -> tuple[type[GuardViolated], tuple[str, str]]:
        return type(self), (self.call, self.why)
