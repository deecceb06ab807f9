"""Backends: which there are, which cannot be used and why.

A backend is found through the entry-point group `sockspec.backends`; this
distribution's own plugs in exactly as a third party's does. One that fails to
import, speaks another version of the contract or claims a taken name is named
in one line, and the others work.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from sockspec.backend import API, Backend
from sockspec.errors import UsageError

__all__ = ["GROUP", "Found", "discover", "load", "overview"]

GROUP = "sockspec.backends"


@dataclass(frozen=True)
class Found:
    """One backend that an installed distribution offers.

    `backend` is None when it cannot be used; `reason` then says why, in one line.
    """

    name: str
    distribution: str
    backend: Backend | None
    reason: str = ""
    remedy: str = ""

    def as_data(self) -> dict[str, Any]:
        """What `sockspec backends --format json` prints."""
        return {
            "name": self.name,
            "distribution": self.distribution,
            "usable": self.backend is not None,
            "implementation": self.backend.implementation if self.backend else "",
            "reason": self.reason,
            "remedy": self.remedy,
        }


OURS = {"c": "pip install sockspec-c", "rust": "pip install sockspec-rust"}
"""The backends of this project that are distributions of their own."""


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value


def _open(entry: EntryPoint) -> Found:
    origin = _distribution(entry)
    try:
        made = entry.load()()
    except Exception as error:
        return Found(
            entry.name, origin, None, f"{type(error).__name__}: {error}".splitlines()[0]
        )
    return _checked(entry.name, origin, made)


def _checked(name: str, origin: str, made: object) -> Found:
    if not isinstance(made, Backend):
        return Found(
            name, origin, None, f"{type(made).__name__} is not a sockspec.backend.Backend"
        )
    if made.api != API:
        return Found(
            name, origin, None, f"speaks contract {made.api}, this sockspec speaks {API}"
        )
    return Found(name, origin, made)


def discover() -> list[Found]:
    """Every offered backend, sorted by name; of one name the first, the others refused."""
    seen: dict[str, Found] = {}
    refused: list[Found] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda each: (each.name, each.value)):
        if entry.name in seen:
            taken = seen[entry.name].distribution
            reason = f"the name {entry.name!r} is taken by {taken}"
            refused.append(Found(entry.name, _distribution(entry), None, reason))
        else:
            seen[entry.name] = _open(entry)
    return sorted([*seen.values(), *refused], key=lambda each: each.name)


def overview() -> list[Found]:
    """Every offered backend, and those of this project that are not installed."""
    found = discover()
    absent = [name for name in OURS if name not in {each.name for each in found}]
    return found + [
        Found(name, f"sockspec-{name}", None, "not installed", OURS[name]) for name in absent
    ]


def load(name: str, *, isolate: bool = False) -> Backend:
    """The backend of that name, of a class path (`package.module:attribute`), of an agent.

    `agent:COMMAND` starts the command and speaks the agents' protocol with it,
    `docker:IMAGE` runs an image that is one. `isolate` serves a backend of this process
    from a process of its own. Raises `UsageError` when there is none or it cannot be used:
    a backend that was asked for is never replaced by another.
    """
    kind, _, rest = name.partition(":")
    if isolate or kind in {"agent", "docker"}:
        from sockspec.backends import agent  # noqa: PLC0415 - only they need a client

        if kind == "agent":
            return agent.of_command(rest)
        return agent.docker(rest) if kind == "docker" else agent.isolated(name)
    if ":" in name:
        return _load_path(name)
    entries = sorted(entry_points(group=GROUP, name=name), key=lambda each: each.value)
    if not entries:
        raise _no_such(name)
    found = _open(entries[0])
    if found.backend is None:
        raise UsageError(
            f"the backend {name!r} of {found.distribution} cannot be used: {found.reason}",
            remedy="`sockspec backends` lists the usable ones",
        )
    return found.backend


def _no_such(name: str) -> UsageError:
    if name in OURS:
        return UsageError(f"the backend {name!r} is not installed", remedy=OURS[name])
    known = {each.name for each in entry_points(group=GROUP)}
    return UsageError.no_such(
        "backend",
        name,
        known,
        f"name one that is installed ({', '.join(sorted(known)) or 'none is'}), "
        "MODULE:CALLABLE, agent:COMMAND or docker:IMAGE",
    )


def _load_path(path: str) -> Backend:
    module, _, attribute = path.partition(":")
    if os.getcwd() not in sys.path:  # noqa: PTH109 - Python's own is a string too
        # As `python -m` has it: an adapter stands where its author does.
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - as above
    try:
        made = getattr(importlib.import_module(module), attribute)()
    except Exception as error:
        raise UsageError(
            f"the backend {path!r} cannot be made: {type(error).__name__}: {error}",
            remedy="give MODULE:CALLABLE, a callable without arguments that returns a Backend",
        ) from error
    found = _checked(path, path, made)
    if found.backend is None:
        raise UsageError(f"the backend {path!r} cannot be used: {found.reason}")
    return found.backend
