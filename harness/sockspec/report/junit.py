"""JUnit XML, for the tools that read nothing else: a suite for each run and area.

A failure has one sentence as its message, and as its text what was expected and seen, why, and
how to see it again. It is of the form that Jenkins reads
(https://github.com/jenkinsci/xunit-plugin/blob/031e285ef3b60dee7aaf36e9096d7dcd95ffae83/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd).
"""

from __future__ import annotations

import re
import shlex
from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from sockspec.judge import compare
from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.judge.runfile import Observation, Run
    from sockspec.report.model import Report
    from sockspec.report.view import Cell, RuleView

__all__ = ["xml"]

_LINE = 300  # characters of a message
_TEXT = 4_000  # characters of a failure's text
_FULL = 500  # failures with a text; the others have their message

_BROKEN = {Verdict.HARNESS_ERROR, Verdict.INDETERMINATE}
_OUTSIDE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What cannot stand in XML, be it escaped or not."""


def xml(report: Report) -> str:
    """A suite for each run and area of the specification, one line for each element."""
    whole = JUnitXml("sockspec")
    of_rules = {rule.data["id"]: rule for rule in report.rules}
    cells = {
        (at, case.id): cell
        for rule in report.rules
        for case in rule.cases
        for at, cell in enumerate(case.cells)
        if cell is not None
    }
    telling = _Telling(of_rules)
    for at, run in enumerate(report.runs):
        ordered = sorted(run.observations, key=lambda each: each.rule.partition(".")[0])
        for area, seen in groupby(ordered, key=lambda each: each.rule.partition(".")[0]):
            suite = _suite(run, area)
            suite.add_testcases([telling.case(run, e, cells.get((at, e.case))) for e in seen])
            whole.add_testsuite(suite)
        missing = [e for e in compare.once(run.observations) if e.verdict is Verdict.MISSING]
        if missing:
            suite = _suite(run, "features")
            suite.add_testcases([telling.feature(each) for each in missing])
            whole.add_testsuite(suite)
    whole.update_statistics()  # type: ignore[no-untyped-call]
    # Parsed again, so that what the library wrote can be put on lines of its own.
    made = ElementTree.fromstring(whole.tostring())  # type: ignore[no-untyped-call]  # noqa: S314 - ours
    made.attrib.pop("skipped", None)  # the form has it for suites alone
    ElementTree.indent(made)
    text = ElementTree.tostring(made, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(run: Run, area: str) -> TestSuite:
    suite = TestSuite(_clean(f"{run.label}: {area}"))
    suite.timestamp = run.header.started
    for name in ("suite", "backend", "implementation", "version", "label", "profile", "seed"):
        suite.add_property(name, _clean(str(getattr(run.header, name))))
    suite.add_property("platform", _clean(run.title))
    return suite


class _Telling:
    """Makes test cases; counts the failures that have a text."""

    def __init__(self, rules: dict[str, RuleView]) -> None:
        self._rules = rules
        self._full = 0

    def feature(self, missing: Observation) -> TestCase:
        made = TestCase(_clean(missing.case), "features", 0.0)
        message = _clean(missing.because)
        made.result = [Failure(message[:_LINE], missing.verdict.value)]
        return made

    def case(self, run: Run, seen: Observation, cell: Cell | None) -> TestCase:
        made = TestCase(_clean(seen.case), _clean(seen.rule), round(seen.seconds, 3))
        because = _clean(seen.because)
        if not seen.is_tried:
            made.result = [Skipped(because[:_LINE])]
        elif seen.verdict.is_red:
            kind = Error if seen.verdict in _BROKEN else Failure
            result = kind(f"{seen.verdict.value}: {because}"[:_LINE], seen.verdict.value)
            self._full += 1
            if self._full <= _FULL:
                text = "\n".join(self._text(run, seen, cell))
                result.text = _clean(text)[:_TEXT]
            made.result = [result]
        elif seen.verdict is Verdict.KNOWN:
            why = cell.recorded.entry.why if cell and cell.recorded else ""
            made.system_out = _clean(f"{because}; {why}" if why else seen.because)[:_TEXT]
        return made

    def _text(self, run: Run, seen: Observation, cell: Cell | None) -> Iterator[str]:
        rule = self._rules.get(seen.rule)
        if rule is not None:
            yield f"{rule.data['sentence']} ({rule.data['level']})"
        yield f"expected: {' or '.join(seen.expected)}"
        meanings = cell.meanings if cell else {}
        for name in seen.behaviours:
            yield f"seen: {name}" + (f": {meanings[name]}" if meanings.get(name) else "")
        yield f"why: {seen.because}"
        if cell and cell.recorded:
            yield f"recorded otherwise at {seen.origin}: {cell.recorded.entry.why}"
        for each in rule.data["sources"] if rule is not None else ():
            yield f"source: {each['publication']}, {each['clause']}: {each['link']}"
        yield shlex.join(["sockspec", "explain", seen.case, "--run", run.path])
        if seen.verdict not in _BROKEN:
            yield shlex.join(["sockspec", "reproduce", seen.case, run.path])
        if cell and cell.calls:
            yield from ("calls:", cell.calls)


def _clean(text: str) -> str:
    return _OUTSIDE.sub("\ufffd", text)
