"""JUnit XML, for the tools that read nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from sockspec.judge import compare
from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from sockspec.judge.runfile import Observation
    from sockspec.report.model import Report

__all__ = ["xml"]


def xml(report: Report) -> str:
    """One suite for each run, one test case for each case."""
    whole = JUnitXml("sockspec")
    for run in report.runs:
        suite = TestSuite(run.label)
        suite.timestamp = run.header.started
        for name in ("suite", "backend", "implementation", "version", "label", "profile"):
            suite.add_property(name, str(getattr(run.header, name)))
        suite.add_testcases([_case(each) for each in run.observations])
        missing = (e for e in compare.once(run.observations) if e.verdict is Verdict.MISSING)
        suite.add_testcases([_feature(each) for each in missing])
        whole.add_testsuite(suite)
    made: bytes = whole.tostring()  # type: ignore[no-untyped-call]
    return made.decode()


def _feature(missing: Observation) -> TestCase:
    made = TestCase(missing.case, "features", 0.0)
    made.result = [Failure(missing.because, missing.verdict.value)]
    return made


def _case(observation: Observation) -> TestCase:
    made = TestCase(observation.case, observation.rule, observation.seconds)
    if not observation.is_tried:
        made.result = [Skipped(observation.because)]
    elif observation.verdict in {Verdict.HARNESS_ERROR, Verdict.INDETERMINATE}:
        made.result = [Error(observation.because, observation.verdict.value)]
    elif observation.verdict.is_red:
        made.result = [Failure(observation.because, observation.verdict.value)]
    elif observation.verdict is Verdict.KNOWN:
        made.system_out = observation.because
    return made
