"""What a gate says to GitHub Actions: annotations beside the code, outputs of the step.

A line of a log that begins with `::` is a command to the runner, so that nothing which came
from a run may begin one. Forms and bounds:
https://github.com/actions/toolkit/blob/457303960f03375db6f033e214b9f90d79c3fe5c/docs/problem-matchers.md
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sockspec.judge.since import KINDS
from sockspec.report import failure
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sockspec.judge.gate import Gate
    from sockspec.report.placing import Place, Placing

__all__ = ["annotated", "outputs", "quoted"]

_MOST = 10  # annotations of a level that a step shows
_LENGTH = 4_000  # characters of one


def quoted(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a log in which the runner reads no command."""
    end = secrets.token_hex(16)
    yield f"::stop-commands::{end}"
    yield from lines
    yield f"::{end}::"


def annotated(found: Sequence[Gate], placing: Placing) -> Iterator[str]:
    """The worst causes and faults of gates, as many as a step shows."""
    errors = [
        _command("error", placing.fault(fault, gate.run), "cannot be judged", fault)
        for gate in found
        for fault in gate.faults
    ]
    ranked = sorted(
        ((cause, gate) for gate in found for cause in gate.causes), key=lambda at: at[0].rank
    )
    errors += [
        _command(
            *("error", placing.cause(cause, gate.run)),
            f"{cause.verdict}: {cause.rule}" if cause.rule else cause.verdict,
            failure.cause(cause),
        )
        for cause, gate in ranked
    ]
    if len(errors) > _MOST:
        rest = number(len(errors) - _MOST + 1, "more cause")
        place = placing.run(found[0].run)
        errors[_MOST - 1 :] = [
            _command("error", place, rest, f"{rest}: see the summary or the log of this step")
        ]
    yield from errors
    warnings = [(each, gate) for gate in found for each in gate.warnings]
    for told, gate in warnings[:_MOST]:
        yield _command("warning", placing.fault(told, gate.run), "unfinished", told)


def outputs(found: Sequence[Gate], code: int) -> Iterator[str]:
    """The outputs of a step: `open`, `exit`, `red`, and of an earlier run's cases each kind."""
    yield f"open={'true' if code == 0 else 'false'}"
    yield f"exit={code}"
    yield f"red={sum(len(gate.problems) for gate in found)}"
    compared = [gate.since for gate in found if gate.since]
    for kind in KINDS if compared else ():
        yield f"{kind}={sum(len(each.of(kind)) for each in compared)}"


def _command(level: str, place: Place, title: str, told: str) -> str:
    if len(told) > _LENGTH:
        told = f"{told[: _LENGTH - 1]}…"
    named = {"file": place.file, "line": str(place.line), "title": title}
    properties = ",".join(f"{name}={_property(value)}" for name, value in named.items())
    return f"::{level} {properties}::{_data(told)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
