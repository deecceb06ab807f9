"""The faults of every table, and the backends that have one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec import backends
from sockspec.errors import UsageError
from sockspec.faults import (
    across,
    also,
    beside,
    calls,
    cells,
    ends,
    errors,
    kqueues,
    limits,
    marks,
    newer,
    options,
    others,
    packets,
    paths,
    process,
    reported,
    seldom,
    select,
    unseen,
    waits,
    wire,
)
from sockspec.faults.fault import Fault, Faulty

if TYPE_CHECKING:
    from sockspec.backend import Backend

__all__ = ["BASE", "all_faults", "faulty"]

BASE = "stdlib"
"""The backend that is right but for the fault, unless another is named."""


def all_faults() -> dict[str, Fault]:
    """Every fault of the tables, by name."""
    return {
        each.name: also.named(each)
        for table in (
            options,
            limits,
            errors,
            calls,
            beside,
            process,
            wire,
            across,
            ends,
            marks,
            paths,
            unseen,
            select,
            newer,
            waits,
            cells,
            seldom,
            kqueues,
            reported,
            others,
            packets,
        )
        for each in table.faults()
    }


def faulty(name: str) -> Backend:
    """The backend `FAULT` or `FAULT@BASE`. Raises `UsageError` when there is none."""
    fault, _, base = name.partition("@")
    known = all_faults()
    if fault not in known:
        raise UsageError(f"there is no fault {fault!r}", remedy="`sockspec faults --list`")
    return Faulty(backends.load(base or BASE), known[fault])


def __getattr__(name: str) -> Any:
    # `--backend sockspec.faults.tables:NAME` loads an attribute of a module.
    if "/" in name:
        return lambda: faulty(name)
    raise AttributeError(name)
