"""The error of a system that wrote where it was not asked to."""

from __future__ import annotations

from sockspec.errors import Overrun

__all__ = ["GuardViolated"]


class GuardViolated(Overrun):
    """A call changed bytes outside of a buffer that it was given; `call` names it.

    Every buffer lies between guard bytes that are compared after the call, whether it
    succeeded or not. What the call answered is in the backend's `last`.
    """
