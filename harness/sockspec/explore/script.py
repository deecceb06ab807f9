"""A find as a program that a person can run and read."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from sockspec import reproduce
from sockspec.backends.trace import Traced, encode
from sockspec.explore.play import Coverage, Find, Play

if TYPE_CHECKING:
    from sockspec.backend import Backend
    from sockspec.explore.hunt import Found

__all__ = ["of"]

_OURS = {"stdlib", "c", "rust"}  # the system answers through each of them


def of(found: Found, backend: Backend, name: str) -> str:
    """A script that makes the calls of a find through the backend of that name.

    What this system answers Python's own module shows; for somebody's implementation it is
    the backend itself that is called.
    """
    traced = Traced(backend)
    with suppress(Find):
        _Quiet(traced, Coverage()).again(found.program)
    told = list(found.find.lines())
    calls = encode(traced.calls, most=400)
    sentence = "\n".join([*told, "", *(f"    {each}" for each in found.program)])
    return reproduce.program(
        calls, found.find.name, sentence, "stdlib" if name in _OURS else name
    )


class _Quiet(Play):
    """What closes sockets at the end is no part of a script."""

    def close(self) -> None:
        calls = list(self._backend.calls)
        super().close()
        self._backend.calls[:] = calls
