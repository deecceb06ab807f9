"""What a hunt has visited, as data and for people: calls by family, type and state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.backend import PRIMITIVES
from sockspec.explore.model import make
from sockspec.explore.moves import KINDS
from sockspec.explore.oddities import ODDITIES

if TYPE_CHECKING:
    from sockspec.explore.play import Coverage

__all__ = ["CALLS", "as_data", "cells", "line"]

_NO_STATE = {"new", "new_raw", "pair", "file", "pipe"}
CALLS = tuple(each for each in PRIMITIVES if each not in {*_NO_STATE, "detach"})
"""The calls on a socket; `adopt` is made together with `detach`."""


def cells() -> set[tuple[str, str, str]]:
    """Every call in every state of every kind of socket, whether it can be reached or not."""
    kinds = (make(family, type) for family, type in KINDS)
    return {
        (call, f"{sock.family}-{sock.type}", state)
        for sock in kinds
        for state in sock.states()
        for call in CALLS
    }


def _visited(coverage: Coverage) -> set[tuple[str, str, str]]:
    return {(call, kind, state) for call, kind, state, _ in coverage.cells}


def line(coverage: Coverage) -> str:
    """The counts, in one line."""
    all_cells = cells()
    visited = len(_visited(coverage) & all_cells)
    return (
        f"{coverage.steps} steps, {coverage.programs} programs, {coverage.sockets} sockets; "
        f"{visited} of {len(all_cells)} cells of calls and states"
    )


def as_data(coverage: Coverage) -> dict[str, Any]:
    """Counts, the cells with what was seen in each, those that were not visited."""
    seen: dict[str, Any] = {}
    for (call, kind, state, outcome), times in sorted(coverage.cells.items()):
        seen.setdefault(kind, {}).setdefault(state, {}).setdefault(call, {})[outcome] = times
    missed: dict[str, Any] = {}
    for call, kind, state in sorted(cells() - _visited(coverage)):
        missed.setdefault(kind, {}).setdefault(state, []).append(call)
    return {
        "steps": coverage.steps,
        "programs": coverage.programs,
        "sockets": coverage.sockets,
        "cells": {"visited": len(_visited(coverage) & cells()), "of": len(cells())},
        "seen": seen,
        "not_visited": missed,
        "oddities": {
            name: {"times": times, "does": ODDITIES[name].does, "source": ODDITIES[name].source}
            for name, times in sorted(coverage.oddities.items())
        },
        "lacks": dict(coverage.lacks),
    }
