"""SARIF 2.1.0: the causes of what is red, for the tools that show them beside the code.

The form is that of OASIS; the bounds are those of GitHub's code scanning
(https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
and, next to it, file-too-large).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sockspec import __version__
from sockspec.report import failure
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.judge.causes import Cause
    from sockspec.judge.gate import Gate
    from sockspec.report.placing import Place, Placing
    from sockspec.spec.rules import Registry, Rule

__all__ = ["sarif"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://github.com/sockspec/sockspec"

# What GitHub takes in one file: more is refused, or not shown.
_RUNS = 20
_RESULTS = 5_000
_BYTES = 10_000_000  # packed
_CASES = 100  # that a result names

_WORST = (3, 1, 5, 0)  # exit codes of gates
_LEVELS = {"must": "error", "should": "warning", "may": "note", "unspecified": "note"}
_WITHOUT_RULE = {
    "harness-error": "The harness or the adapter broke.",
    "indeterminate": "Cases never got to their point.",
    "missing": "A feature is missing that the profile says is there.",
    "fixed": "The profile says something that is not so any more.",
    "vanished": "Cases of the earlier run are not in this one.",
    "not-run": "Cases of the earlier run could not be tried any more.",
}


def sarif(found: Sequence[Gate], rules: Registry, placing: Placing) -> str:
    """A SARIF log with a run for each gate, the worst first and no more than GitHub takes."""
    most = _RESULTS
    while True:
        text = json.dumps(_log(found, rules, placing, most), indent=1)
        if most == 1 or len(gzip.compress(text.encode())) <= _BYTES:
            return text + "\n"
        most //= 2


def _log(found: Sequence[Gate], rules: Registry, placing: Placing, most: int) -> dict[str, Any]:
    shown = sorted(found, key=lambda gate: _WORST.index(gate.exit_code))[:_RUNS]
    runs = [_run(each, rules, placing, max(most // len(shown), 1)) for each in shown]
    if rest := len(found) - len(shown):
        told = f"{number(rest, 'more run')} would not fit: GitHub takes {_RUNS} in one file"
        runs[0]["invocations"][0]["toolExecutionNotifications"].append(_notice(told, "warning"))
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": runs}


def _run(gate: Gate, rules: Registry, placing: Placing, most: int) -> dict[str, Any]:
    worst = sorted(gate.causes, key=lambda cause: cause.rank)
    shown, rest = worst[:most], worst[most:]
    ids = list(dict.fromkeys(map(_id, shown)))
    place = {id: at for at, id in enumerate(ids)}
    notices = [
        _notice(each, "error", placing.fault(each, gate.run)) for each in gate.faults
    ] + [_notice(each, "warning", placing.fault(each, gate.run)) for each in gate.warnings]
    if rest:
        notices.append(_notice(f"{number(len(rest), 'more cause')} would not fit", "warning"))
    return {
        "tool": {
            "driver": {
                "name": "sockspec",
                "version": __version__,
                "informationUri": _HOME,
                "rules": [_descriptor(id, rules.resolve(id)) for id in ids],
            }
        },
        "automationDetails": {"id": f"sockspec/{gate.heading}/"},
        "invocations": [
            {
                "executionSuccessful": gate.exit_code in {0, 1},
                "exitCode": gate.exit_code,
                "toolExecutionNotifications": notices,
            }
        ],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, place[_id(each)], placing.cause(each, gate.run), gate)
            for each in shown
        ],
    }


def _id(cause: Cause) -> str:
    # An indeterminate case says nothing of its rule.
    return cause.rule if cause.level else f"sockspec.{cause.kind}"


def _descriptor(id: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:
        told = _WITHOUT_RULE.get(id.removeprefix("sockspec."), id)
        return {"id": id, "shortDescription": {"text": told}, "helpUri": _HOME}
    sources = [f"{each}{f': “{each.quote}”' if each.quote else ''}" for each in rule.sources]
    lines = [f"{rule.sentence} ({rule.level.value})", *sources]
    linked = [
        f"- [{each}]({each.link}){f': “{each.quote}”' if each.quote else ''}"
        for each in rule.sources
    ]
    return {
        "id": id,
        "shortDescription": {"text": rule.sentence},
        "fullDescription": {"text": "\n".join(lines)},
        "help": {
            "text": "\n".join([*lines, f"sockspec explain {id}"]),
            "markdown": "\n".join(
                [
                    f"{rule.sentence} ({rule.level.value})",
                    "",
                    *linked,
                    "",
                    f"`sockspec explain {id}`",
                ]
            ),
        },
        **({"helpUri": rule.sources[0].link} if rule.sources else {}),
        "defaultConfiguration": {"level": _LEVELS[rule.level.value]},
        "properties": {"tags": [rule.area, rule.level.value]},
    }


def _result(cause: Cause, rule: int, place: Place, gate: Gate) -> dict[str, Any]:
    mark = _fingerprint(cause, gate)
    return {
        "ruleId": _id(cause),
        "ruleIndex": rule,
        "level": _LEVELS.get(cause.level, "error"),
        "message": {"text": failure.cause(cause)},
        "locations": [{"physicalLocation": _physical(place)}],
        "partialFingerprints": {"sockspecCause/v1": mark, "primaryLocationLineHash": mark},
        "properties": {
            "kind": cause.kind,
            "cases": cause.cases[:_CASES],
            "behaviours": cause.behaviours,
            "because": cause.because,
            "why": cause.why,
            "entry": cause.entry,
            "commands": cause.commands,
        },
    }


def _fingerprint(cause: Cause, gate: Gate) -> str:
    """The same for the same cause of the same kind of run, whatever cases and lines it has."""
    named = (gate.profile, cause.kind, _id(cause), *cause.behaviours)
    more = () if cause.level else (cause.because,)
    return hashlib.sha256("\0".join((*named, *more)).encode()).hexdigest()[:32]


def _physical(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.line},
    }


def _notice(told: str, level: str, place: Place | None = None) -> dict[str, Any]:
    where = {"locations": [{"physicalLocation": _physical(place)}]} if place else {}
    return {"level": level, "message": {"text": told}, **where}
