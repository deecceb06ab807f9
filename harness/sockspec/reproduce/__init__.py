"""From a witness to a script that stands alone: it makes the calls and prints the answers.

Where Python's `socket` module has all the calls the script uses nothing else. The functions
of a document that a backend answers itself, and calls that only a backend of sockspec can
make, are made through that backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.errors import UsageError
from sockspec.reproduce.plain import PlainScript
from sockspec.reproduce.through import BackendScript
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sockspec.judge.runfile import Run

__all__ = ["of", "script"]

_BEYOND_PYTHON = {
    *("new_raw", "accept_raw", "accept4", "file", "pipe", "read", "readv", "write", "writev"),
    *("recvmmsg", "sendmmsg", "sendfile", "select", "pselect", "ppoll", "epoll_create"),
    *("epoll_ctl", "epoll_wait", "raw_call"),
}


def script(
    case: str, sentence: str, behaviour: str, witness: Mapping[str, Any], backend: str
) -> str:
    """A Python program that makes the witness's calls and prints what each answers."""
    calls = witness.get("calls", ())
    made = BackendScript(backend) if any(map(_needs_backend, calls)) else PlainScript()
    for call in calls:
        made.add(call)
    notes = [f"# {name} = {value!r}" for name, value in witness.get("values", {}).items()]
    title = f'"""{case}: seen: {behaviour}\n\n{sentence}\n"""\n'
    return title + made.head + "\n".join([*notes, *made.lines]) + "\n"


def _needs_backend(call: Mapping[str, Any]) -> bool:
    name = call.get("call", "")
    raw = any(isinstance(each, dict) and "raw" in each for each in call.get("arguments", ()))
    return raw or "." in name or name in _BEYOND_PYTHON


def of(run: Run, case: str, behaviour: str | None = None) -> str:
    """The script for a case of a run; for the unexpected behaviour where there is one.

    Raises `UsageError` when the run does not have the case or the behaviour.
    """
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
    rule = load.rules().resolve(observation.rule)
    sentence = rule.sentence if rule else observation.rule
    return script(case, sentence, shown, observation.witness[shown], run.header.backend)
