"""From a witness to one file that makes its calls on what is accused, and compares the answers.

    witness (calls) ──> plan: statements with names ──> a writer for one language

A script says the rule, what is expected and what was seen; it exits 1 while the answers are
those of the witness, 0 when they are others, 2 when it could not get to the point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec import platform
from sockspec.errors import UsageError
from sockspec.reproduce import case as cases
from sockspec.reproduce import plan as plans
from sockspec.reproduce import python
from sockspec.reproduce.libraries import LIBRARIES
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Rule

__all__ = ["calls", "of", "program", "script"]


def script(run: Run, observation: Observation, behaviour: str, rule: Rule | None) -> str:
    """The program for a behaviour that a case of a run has a witness of."""
    plan = _plan(run, observation, behaviour)
    shown = cases.of(run, observation, behaviour, rule)
    return python.write(plan, shown, _library(run))


def program(calls: Sequence[Mapping[str, Any]], behaviour: str, sentence: str) -> str:
    """The program over Python's sockets for calls that were made here, in no case of a run."""
    here = platform.facts()
    plan = plans.of(calls, behaviour, here)
    shown = cases.Shown("explore", sentence, (), (), behaviour, "", platform.described(here))
    return python.write(plan, shown, "stdlib")


def calls(run: Run, observation: Observation, behaviour: str) -> str:
    """Only the calls of that program, for pages: a statement each."""
    return "\n".join(python.statements(_plan(run, observation, behaviour))) + "\n"


def _plan(run: Run, observation: Observation, behaviour: str) -> plans.Plan:
    witness = observation.witness[behaviour]
    return plans.of(witness.get("calls", ()), behaviour, run.header.platform)


def _library(run: Run) -> str:
    return run.header.backend if run.header.backend in LIBRARIES else "stdlib"


def of(run: Run, case: str, behaviour: str | None = None) -> str:
    """The script for a case of a run; for the unexpected behaviour where there is one.

    Raises `UsageError` when the run does not have the case or the behaviour.
    """
    observation, shown = _found(run, case, behaviour)
    return script(run, observation, shown, load.rules().resolve(observation.rule))


def _found(run: Run, case: str, behaviour: str | None) -> tuple[Observation, str]:
    observation = run.by_case().get(case)
    if observation is None:
        close = [each for each in run.by_case() if each.startswith(case)][:5]
        raise UsageError(
            f"the run has no case {case!r}",
            file=run.path,
            remedy=f"name one of its cases: {', '.join(close)}" if close else "",
        )
    shown = behaviour or next(iter([*observation.unexpected, *observation.witness]), "")
    if shown not in observation.witness:
        raise UsageError(
            f"{case} has no witness of {shown or 'anything'!r}",
            file=run.path,
            remedy=f"it has {', '.join(observation.witness) or 'none'}",
        )
    return observation, shown
