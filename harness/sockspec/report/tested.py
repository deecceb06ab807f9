"""What was tested, in words: for the head of a report."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.judge.runfile import Header, Run

__all__ = ["brief", "facts", "selection"]


def brief(run: Run) -> str:
    """Through which backend, when, by which sockspec, and which cases: a line."""
    head = run.header
    return (
        f"backend {head.backend}, {head.started[:10]}, sockspec {head.suite}, {selection(run)}"
    )


def selection(run: Run) -> str:
    """Which cases were chosen, of how many: `--rule state.listen: 74 of 13087 cases`."""
    head = run.header
    there, declared = len(run.observations), head.declared
    many = f"{there} of {declared} cases"
    if head.selection:
        words = [
            each if each == "--red-of" else f"--rule {shlex.quote(each)}"
            for each in head.selection
        ]
        return f"{' '.join(words)}: {many}"
    return f"all {there} cases" if there == declared else many


def facts(run: Run) -> Iterator[tuple[str, str]]:
    """Everything of it, each with its name; what a run does not tell is left out."""
    head = run.header
    told = {
        "label": head.label,
        "implementation": head.implementation,
        "version": head.version,
        "backend": head.backend,
        "stands in for": head.stands_in_for if head.stands_in_for != head.backend else "",
        "system": _system(head),
        "peer": head.peer,
        "link": head.link or ("loopback" if head.peer else ""),
        "date": head.started,
        "suite": f"sockspec {head.suite}",
        "cases": selection(run),
        "profile": head.profile,
        "seed": head.seed,
    }
    yield from ((name, value) for name, value in told.items() if value)
    if run.footer is not None:
        made = f"{run.footer.examples} examples and {run.footer.calls} calls"
        yield "took", f"{run.footer.seconds:.1f} s for {made}"


def _system(head: Header) -> str:
    facts = head.platform
    parts = [f"{facts.get('system')} {facts.get('version')} {facts.get('machine')}"]
    for name, version in (("libc", "libc_version"), ("interpreter", "interpreter_version")):
        if facts.get(name):
            parts.append(f"{facts[name]} {facts.get(version) or ''}".strip())
    return ", ".join(parts)
