"""From a witness to one file that makes its calls on what is accused, and compares the answers.

    witness (calls) ──> plan: statements with names ──> a writer for one language

A script says the rule, what is expected and what was seen; it exits 1 while the answers are
those of the witness, 0 when they are others, 2 when it could not get to the point.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from sockspec import platform
from sockspec.errors import UsageError
from sockspec.reproduce import c, link, player, python
from sockspec.reproduce import case as cases
from sockspec.reproduce import plan as plans
from sockspec.reproduce.libraries import LIBRARIES
from sockspec.reproduce.told import transcript
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Rule

__all__ = ["calls", "of", "program", "script", "served"]

_NAMED_BY = "`sockspec gate RUN --all` and `sockspec explain RULE --run RUN` name cases"
_SERVED = ("python", "-m", "sockspec.agent", "--backend")


def script(
    run: Run,
    observation: Observation,
    behaviour: str,
    rule: Rule | None,
    agent: Sequence[str] = (),
) -> str:
    """The program for a behaviour that a case of a run has a witness of.

    `agent` starts the agent, where the accused is reached through one.
    """
    plan = _plan(run, observation, behaviour)
    is_python, is_c = _is_python(run, plan), _is_c(run, plan)
    made = link.of(run, plan, rule, can_make=is_python or is_c)
    shown = cases.of(run, observation, behaviour, rule, made)
    if is_python:
        return python.write(plan, shown, run.header.backend)
    if is_c:
        return c.write(plan, shown)
    return player.write(plan, shown, agent or _agent(run.header.backend))


def program(
    calls: Sequence[Mapping[str, Any]], behaviour: str, sentence: str, backend: str
) -> str:
    """The program for calls that were made here, in no case of a run, through a backend."""
    here = platform.facts()
    plan = plans.of(calls, behaviour, here)
    shown = cases.Shown("explore", sentence, (), (), behaviour, "", platform.described(here))
    if backend in LIBRARIES and not python.lacks(plan):
        return python.write(plan, shown, backend)
    return player.write(plan, shown, served(backend))


def served(backend: str, project: str = "") -> list[str]:
    """The command that starts an agent of a backend, as `--backend` names it.

    Files in the folder of a `project` are named as its pyproject.toml names them: a script is
    for other machines, too.
    """
    kind, _, rest = backend.partition(":")
    if kind != "agent":
        return [*_SERVED, backend]
    words = shlex.split(rest)
    return [each.replace(f"{project}/", "{project}/") for each in words] if project else words


def calls(run: Run, observation: Observation, behaviour: str) -> str:
    """Only the calls of that program, for pages: a line each."""
    return "\n".join(transcript(_plan(run, observation, behaviour))) + "\n"


def _plan(run: Run, observation: Observation, behaviour: str) -> plans.Plan:
    witness = observation.witness[behaviour]
    return plans.of(witness.get("calls", ()), behaviour, run.header.platform)


def _is_python(run: Run, plan: plans.Plan) -> bool:
    return run.header.backend in LIBRARIES and not python.lacks(plan)


def _is_c(run: Run, plan: plans.Plan) -> bool:
    """Whether POSIX calls make them: Windows has others, which the agent in C knows."""
    is_posix = run.header.platform.get("system") not in {"Wine", "Windows"}
    return run.header.backend == "c" and is_posix and not plan.impossible and not c.lacks(plan)


def _agent(backend: str) -> list[str]:
    """What serves a backend that is installed; nothing for an agent of somebody's own."""
    return [*_SERVED, backend] if backend in {"stdlib", "c", "rust"} else []


def of(run: Run, case: str, behaviour: str | None = None, agent: Sequence[str] = ()) -> str:
    """The script for a case of a run; for the unexpected behaviour where there is one.

    Raises `UsageError` when the run does not have the case or the behaviour.
    """
    observation, shown = _found(run, case, behaviour)
    return script(run, observation, shown, load.rules().resolve(observation.rule), agent)


def _no_such(run: Run, case: str) -> UsageError:
    names = list(run.by_case())
    rule = f"{case.partition('[')[0]}["
    of_rule = [each for each in names if each.startswith(rule)]
    some = of_rule if "[" not in case else []
    remedy = f"name one of its cases: {', '.join(some[:5])}" if some else _NAMED_BY
    return UsageError.no_such("case", case, of_rule or names, remedy, run.path)


def _found(run: Run, case: str, behaviour: str | None) -> tuple[Observation, str]:
    observation = run.by_case().get(case)
    if observation is None:
        raise _no_such(run, case)
    shown = behaviour or next(iter([*observation.unexpected, *observation.witness]), "")
    if shown not in observation.witness:
        raise UsageError(
            f"{case} has no witness of {shown or 'anything'!r}",
            file=run.path,
            remedy=f"it has {', '.join(observation.witness) or 'none'}",
        )
    return observation, shown
