"""Hunting faults: the specification is run on each, and says which rules noticed it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec import backends
from sockspec.errors import UsageError
from sockspec.faults import calls, errors, options
from sockspec.faults.fault import Fault, Faulty
from sockspec.run import runner
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.backend import Backend

__all__ = ["BASE", "Hunted", "all_faults", "faulty", "hunt"]

BASE = "stdlib"
"""The backend that is right but for the fault, unless another is named."""

_DEADLINE = 1.0  # seconds for an example: a fault may make every call of a kind hang
_ENOUGH = 25  # red cases after which a fault has been noticed often enough


def all_faults() -> dict[str, Fault]:
    """Every fault of the tables, by name."""
    return {each.name: each for table in (options, errors, calls) for each in table.faults()}


def faulty(name: str) -> Backend:
    """The backend `FAULT` or `FAULT@BASE`. Raises `UsageError` when there is none."""
    fault, _, base = name.partition("@")
    known = all_faults()
    if fault not in known:
        raise UsageError(f"there is no fault {fault!r}", remedy="`sockspec faults --list`")
    return Faulty(backends.load(base or BASE), known[fault])


def __getattr__(name: str) -> Any:
    # `--backend sockspec.faults.hunt:NAME` loads an attribute of a module.
    if "/" in name:
        return lambda: faulty(name)
    raise AttributeError(name)


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of a fault: the rules that went red, those that name it among them."""

    fault: Fault
    rules: tuple[str, ...]
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether a rule that names the promise noticed."""
        return any(_is_of(rule, self.fault.rules) for rule in self.rules)

    @property
    def verdict(self) -> str:
        """`named`, `other` or `survived`."""
        return "named" if self.named else "other" if self.rules else "survived"

    def line(self) -> str:
        """A line for people."""
        shown = ", ".join(self.rules[:3]) + (" ..." if len(self.rules) > 3 else "")
        tail = shown or self.note or "nothing noticed"
        return f"{self.verdict:9} {self.fault.name}: {self.fault.does}: {tail}"

    def as_data(self) -> dict[str, Any]:
        """What `sockspec faults --format json` prints."""
        return {
            "fault": self.fault.name,
            "does": self.fault.does,
            "verdict": self.verdict,
            "rules": list(self.rules),
            "wanted": list(self.fault.rules),
        }


def _is_of(rule: str, patterns: Sequence[str]) -> bool:
    return any(rule == each or rule.startswith((f"{each}.", f"{each}-")) for each in patterns)


def hunt(faults: Sequence[Fault], base: str = BASE, *, whole: bool = False) -> Iterator[Hunted]:
    """Run the specification on each fault; one that its own rules miss is looked at by all.

    `whole` runs all rules on every fault, so that each says everything that noticed it.
    """
    with tempfile.TemporaryDirectory() as folder:
        for fault in faults:
            out = Path(folder, "run.jsonl")
            patterns = ((),) if whole else (fault.rules, ())
            found = Hunted(fault, ())
            for chosen in patterns:
                found = _run(fault, base, chosen, out)
                if found.rules:
                    break
            yield found


def _run(fault: Fault, base: str, patterns: tuple[str, ...], out: Path) -> Hunted:
    if patterns and not load.select(patterns):
        return Hunted(fault, ())
    plan = runner.Plan(
        backend=f"sockspec.faults.hunt:{fault.name}@{base}",
        patterns=patterns,
        out=out,
        workers="0",
        deadline=_DEADLINE,
        most_red=_ENOUGH,
    )
    problems = runner.run(plan).gate.problems
    return Hunted(fault, tuple(dict.fromkeys(each.rule for each in problems)))
