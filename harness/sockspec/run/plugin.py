"""The pytest plugin: thin hooks that call the nouns of this package.

Loaded in every pytest run of an environment through its entry point, it does nothing
until a module has a test to which `Rule.case` gave cases.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

if TYPE_CHECKING:
    from collections.abc import Generator

    from sockspec.judge.runfile import Observation, Writer
    from sockspec.run.bench import Bench
    from sockspec.run.item import CaseItem

_BENCH = pytest.StashKey["Bench"]()
_ENDINGS = pytest.StashKey[str]()
_CHOSEN = pytest.StashKey["frozenset[str] | None"]()

_IO_ERROR = 74  # EX_IOERR of <sysexits.h>; pytest itself ends with 0 to 5

_MISSING = "missing feature"  # sockspec.judge.verdict.Verdict.MISSING, without its import
_GROUPING = ("loadscope", "loadfile", "loadgroup")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("sockspec", "the executable specification of the socket API")
    group.addoption("--sockspec-backend", metavar="B", help="default: the project's, or stdlib")
    group.addoption(
        "--sockspec-isolate", action="store_true", help="serve the backend from its own process"
    )
    group.addoption("--sockspec-capture", metavar="FILE", help="keep the packets: pcapng")
    group.addoption("--sockspec-peer", metavar="B", help="makes the other end of connections")
    group.addoption("--sockspec-exchanged", help=argparse.SUPPRESS)
    group.addoption(
        "--sockspec-profile", metavar="P", help="name or path (default: this platform's)"
    )
    group.addoption(
        "--sockspec-platforms",
        metavar="DIR",
        action="append",
        default=[],
        help="folder of profiles that come before the installed ones; repeatable",
    )
    group.addoption("--sockspec-label", metavar="L", help="what is tested, for reports")
    group.addoption(
        "--sockspec-selection",
        metavar="PATTERN",
        action="append",
        default=[],
        help="what chose the cases, for the header of the run file; repeatable",
    )
    group.addoption("--sockspec-out", metavar="FILE", help="write a run file")
    group.addoption(
        "--sockspec-examples", type=int, metavar="N", help="examples of a property test"
    )
    group.addoption(
        "--sockspec-database", metavar="WHERE", help="keep examples: a folder, or redis://..."
    )
    group.addoption(
        "--sockspec-deadline", type=float, metavar="S", help="seconds that one example may take"
    )
    group.addoption("--sockspec-declared", type=int, default=0, help=argparse.SUPPRESS)
    # What the chosen cases need, where they are few: of the rest nothing is found out.
    group.addoption("--sockspec-features", metavar="NAMES", help=argparse.SUPPRESS)
    # A file that has on each line a test to run, where not all of their files are wanted.
    group.addoption("--sockspec-chosen", metavar="FILE", help=argparse.SUPPRESS)
    # Where each process of the run writes how it ended: whoever watches over it reads it.
    group.addoption("--sockspec-endings", metavar="DIR", help=argparse.SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sockspec: a case of a rule of the specification")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Recorder(config), "sockspec-recorder")


def _bench(config: pytest.Config) -> Bench:
    from sockspec.errors import UsageError  # noqa: PLC0415 - as above
    from sockspec.run.bench import Bench  # noqa: PLC0415 - only runs with our items need it

    if _BENCH not in config.stash:
        given = getattr(config, "workerinput", {}).get("sockspec")
        _report_endings(config)
        try:
            config.stash[_BENCH] = Bench.from_options(config.option, given)
        except UsageError as error:
            if hasattr(config, "workeroutput"):
                config.workeroutput["sockspec"] = str(error)
            raise pytest.UsageError(str(error)) from error
    return config.stash[_BENCH]


def _report_endings(config: pytest.Config) -> None:
    """Have it written down how this process ends, where somebody will read it."""
    from sockspec.backends import watchdog  # noqa: PLC0415 - only runs with our items need it

    given = getattr(config, "workerinput", {})
    folder = given.get("sockspec_endings") or config.option.sockspec_endings
    if folder and Path(folder).is_dir():  # it is not for a worker on another machine
        watchdog.report_to(Path(folder, given.get("workerid", watchdog.MAIN)))
    else:
        watchdog.report_stop_to(config.stash.get(fault_handler_stderr_fd_key, 2))


def _endings(config: pytest.Config) -> str:
    """The folder in which the workers write how they end."""
    if _ENDINGS not in config.stash:
        folder = config.option.sockspec_endings
        if folder is None:
            made = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            config.add_cleanup(made.cleanup)
            folder = made.name
        config.stash[_ENDINGS] = folder
    return config.stash[_ENDINGS]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Have the workers of pytest-xdist use what was probed once, here."""
    config = node.config
    if _BENCH in config.stash:
        node.workerinput["sockspec"] = config.stash[_BENCH].shared()
    node.workerinput["sockspec_endings"] = _endings(config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """End the session with what a worker cannot work with: a name, a profile, a machine."""
    if message := getattr(node, "workeroutput", {}).get("sockspec"):
        raise pytest.UsageError(message)


# -- collecting -------------------------------------------------------------------


def pytest_pycollect_makeitem(
    collector: pytest.Module | pytest.Class, name: str, obj: object
) -> list[CaseItem] | None:
    if not isinstance(obj, FunctionType) or "sockspec_cases" not in vars(obj):
        return None
    from sockspec.run.item import items  # noqa: PLC0415 - only runs with our items need it

    return list(items(collector, name, obj, _chosen(collector.config)))


def _chosen(config: pytest.Config) -> frozenset[str] | None:
    """The tests to run; None for all of them."""
    file = config.option.sockspec_chosen
    if file is not None and _CHOSEN not in config.stash:
        config.stash[_CHOSEN] = frozenset(Path(file).read_text("utf-8").splitlines())
    return config.stash.get(_CHOSEN, None)


def _ours(items: list[pytest.Item]) -> list[CaseItem]:
    if "sockspec.run.item" not in sys.modules:
        return []
    from sockspec.run.item import CaseItem  # noqa: PLC0415 - as above

    return [item for item in items if isinstance(item, CaseItem)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if ours := _ours(items):
        from sockspec.run.item import apply_settings  # noqa: PLC0415 - as above

        apply_settings(ours, _bench(config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: list[str]) -> None:
    """Refuse the group modes of pytest-xdist for runs that have our items."""
    mode = node.config.getoption("dist")
    if mode not in _GROUPING:
        return
    from sockspec.spec.load import case_of_test  # noqa: PLC0415 - only then

    if any(case_of_test(each) for each in ids):
        pytest.exit(
            f"--dist {mode}: a worker that dies takes the rest of its group with it, and those "
            "results would be missing (pytest-xdist 3.8); use --dist load or worksteal",
            pytest.ExitCode.USAGE_ERROR,
        )


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave what was collected out of every later collection of garbage."""
    if _BENCH in session.config.stash:
        gc.collect()
        gc.freeze()


def _unwatched() -> None:
    from sockspec.backends import watchdog  # noqa: PLC0415 - only runs with our items need it

    watchdog.rest()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _BENCH in config.stash:
        _unwatched()
        config.stash[_BENCH].shut_down()


# -- running ----------------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a case in one phase: it has nothing to set up, and closes what it made itself."""
    for ours in _ours([item]):
        ours.trial = trial = _bench(item.config).case_run(ours.case)
        trial.followed = nextitem is not None and bool(_ours([nextitem]))
        call = pytest.CallInfo.from_call(
            ours.runtest,
            when="call",
            reraise=(KeyboardInterrupt, pytest.exit.Exception),
        )
        report = item.ihook.pytest_runtest_makereport(item=item, call=call)
        if report.failed:  # it may be the last one
            _unwatched()
        item.ihook.pytest_runtest_logreport(report=report)
        ours.trial = None
        return True
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    run = getattr(item, "trial", None)
    if run is None:
        return report
    if call.excinfo is not None:
        run.broke(call.excinfo.value)
    bench = _bench(item.config)
    _judge(report, bench.observation(run, item.nodeid, call.duration))
    return report


def _judge(report: pytest.TestReport, observation: Observation) -> None:
    from sockspec.judge.runfile import Told  # noqa: PLC0415 - only our items need it

    # From a worker it travels as text: taking it apart again would cost more than the case.
    report.sockspec = tuple(Told.of(observation))  # type: ignore[attr-defined]
    if not observation.is_tried:
        # A feature that is missing fails the session, and not each case that needs it.
        file, line, _ = report.location
        report.outcome = "skipped"
        report.longrepr = (file, line or 0, f"Skipped: {observation.because}")
    elif observation.verdict.is_red:
        from sockspec.report.failure import failure  # noqa: PLC0415 - only failures need it

        report.outcome = "failed"
        report.longrepr = failure(observation)
    else:
        report.outcome = "passed"
        report.longrepr = None


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """Record the death of a worker as the behaviour of the case that killed it."""
    from sockspec.backends import watchdog  # noqa: PLC0415 - only crashes need it
    from sockspec.spec.load import case_of_test  # noqa: PLC0415 - as above

    case = case_of_test(crashitem)
    if case is not None:
        bench = _bench(sched.config)
        run = bench.case_run(case)
        worker = report.node.gateway.id
        ended = watchdog.ending(Path(_endings(sched.config), worker))
        run.ended(ended.behaviour, ended.values())
        _judge(report, bench.observation(run, crashitem, 0.0))


# -- recording --------------------------------------------------------------------


@contextmanager
def _said() -> Generator[None]:
    """End the session in one line where a run file cannot be written."""
    from sockspec.errors import Refused, UsageError  # noqa: PLC0415 - only our items need it

    try:
        yield
    except UsageError as error:
        raise pytest.UsageError(str(error)) from error
    except Refused as error:
        pytest.exit(f"{Refused.MARK} {error.error.errno} {error}", _IO_ERROR)


class _Recorder:
    """Counts verdicts and, where a run file is wanted, writes each case at once."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started = time.monotonic()
        self._writer: Writer | None = None
        self._tally: dict[str, int] = {}
        self._errors: list[str] = []

    def pytest_sessionstart(self) -> None:
        out = self._config.getoption("sockspec_out")
        if out:
            with _said():
                self._writer = _bench(self._config).writer(out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = getattr(report, "sockspec", None)
        if data is None:
            return
        from sockspec.judge.runfile import Told  # noqa: PLC0415 - only our items need it

        told = Told(*data)
        self._tally[told.verdict] = self._tally.get(told.verdict, 0) + 1
        if self._writer is not None:
            with _said():
                self._writer.pass_on(told)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._errors.append(f"{report.nodeid}: {str(report.longrepr).splitlines()[-1]}")

    def pytest_internalerror(self, excrepr: object) -> None:
        self._errors.append(f"pytest broke: {str(excrepr).splitlines()[-1]}")

    def pytest_keyboard_interrupt(self) -> None:
        self._errors.append("interrupted before the end")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if _MISSING in self._tally and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._writer is not None:
            with _said():
                self._writer.end(time.monotonic() - self._started, self._errors)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._tally:
            counts = ", ".join(f"{count} {name}" for name, count in sorted(self._tally.items()))
            terminalreporter.section("socket specification")
            terminalreporter.line(f"{sum(self._tally.values())} cases: {counts}")
        if _MISSING in self._tally:
            bench = _bench(self._config)
            for feature in sorted(bench.promised & bench.capabilities.missing.keys()):
                why = bench.capabilities.missing[feature]
                terminalreporter.line(
                    f"{_MISSING}: {feature}, which the profile promises: {why}"
                )
