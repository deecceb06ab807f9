"""Running the specification: pytest in a process of its own, watched through the run file.

Whatever happens to that process, what it had written is kept and judged; a missing
footer is a result of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec import backends, files, locate, platform, project
from sockspec.backends import watchdog
from sockspec.backends.watchdog import Ending
from sockspec.errors import Refused, SockspecError, UsageError
from sockspec.judge import gate, runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.keeper import Keeper, end
from sockspec.keeper import folder as temporary
from sockspec.network import links
from sockspec.run import progress
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sockspec.judge.gate import Gate
    from sockspec.spec.choose import Choice
    from sockspec.spec.rules import Case, Registry

__all__ = ["Outcome", "Plan", "run"]

_LOOK = 0.1  # seconds between two looks at the run file
_FEW = 60  # cases that one process is done with before a second one is up
_PYTEST_USAGE_ERROR = 4  # pytest.ExitCode.USAGE_ERROR

_UNUSED = ("doctest", "junitxml", "pastebin", "subtests", "unittest", "stepwise", "legacypath")
"""Plugins of pytest that no case needs, and that take time to load."""

_STOPS = (
    "it keeps the interpreter's lock while it waits, or waits where no signal reaches it, so "
    "that no deadline ends it\n  remedy: let go of the lock; until then `--isolate` serves the "
    "backend from a process of its own, where only the case hangs"
)

_Place = tuple[int, int] | None
_SILENCE = 300  # seconds without a finished case, or an example, that end the whole run


@dataclass(frozen=True)
class Plan:
    """What to run: see the options of `sockspec run`."""

    backend: str = "stdlib"
    peer: str | None = None
    exchange: bool = False
    link: str = ""
    refused: str = ""
    capture: Path | None = None
    patterns: tuple[str, ...] = ()
    out: Path = Path("run.jsonl")
    workers: str = "auto"
    profile: str | None = None
    label: str | None = None
    platforms: tuple[Path, ...] = ()
    examples: int | None = None
    deadline: float | None = None
    seed: int | None = None
    database: str | None = None
    isolate: bool = False
    most_red: int | None = None
    red_of: Path | None = None
    cases: int = 0
    features: tuple[str, ...] | None = None
    declared: int = 0

    @property
    def selection(self) -> tuple[str, ...]:
        """What chose the cases, for the head of the run file: never a path."""
        return (*self.patterns, *(["--red-of"] if self.red_of else []))

    def sized(self, cases: Sequence[Case]) -> Plan:
        """The same for these cases: a few are run without workers, unless told.

        Of what the platform has, a few ask only for what they need.
        """
        few = len(cases) <= _FEW
        # A process would capture the packets of the others too.
        alone = self.workers == "auto" and (few or self.capture is not None)
        needs = tuple(sorted({need for case in cases for need in case.needs}))
        return replace(
            self,
            cases=len(cases),
            workers="0" if alone else self.workers,
            features=needs if few else None,
        )

    def exchanged(self, profile: str | None, label: str | None) -> Plan:
        """The same with the peer as what is judged; `profile` and `label` are the peer's."""
        backend, peer = self.peer or self.backend, self.backend
        return replace(self, backend=backend, peer=peer, profile=profile, label=label)

    def unlinked(self, why: str) -> Plan:
        """The same where the link cannot be made: the two ends meet on this system's loopback.

        Over a TAP they meet nowhere else, so that the judged one is left without a peer.
        """
        alone: dict[str, Any] = {"peer": None, "exchange": False} if self.link == "tap" else {}
        return replace(self, link="", refused=why, capture=None, **alone)

    def command(self, tests: Tests, endings: Path) -> list[str]:
        """The pytest command line; `endings`: where each process writes how it ended."""
        options = {
            "--sockspec-backend": self.backend,
            "--sockspec-peer": self.peer,
            "--sockspec-exchanged": "yes" if self.exchange else None,
            "--sockspec-capture": self.capture,
            "--sockspec-out": str(self.out),
            "--sockspec-profile": self.profile,
            "--sockspec-label": self.label,
            "--sockspec-examples": self.examples,
            "--sockspec-database": self.database,
            "--sockspec-deadline": self.deadline,
            "--sockspec-endings": str(endings),
            "--sockspec-chosen": tests.chosen,
            "--hypothesis-seed": self.seed,
            "--maxfail": self.most_red,
            "--sockspec-declared": self.declared or None,
            "--sockspec-features": None if self.features is None else ",".join(self.features),
        }
        chosen = [f"{name}={value}" for name, value in options.items() if value is not None]
        parallel = [
            *("-p", "xdist", "-n", self.workers, "--dist", "worksteal"),
            # Every case may be the end of its worker.
            *("--max-worker-restart", str(max(self.cases, _FEW))),
        ]
        return [
            *links.within(self.link),
            *(sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider"),
            *("-p", "sockspec.run.plugin", "-p", "_hypothesis_pytestplugin"),
            *(f"-pno:{each}" for each in _UNUSED),
            *("-c", os.devnull, "--rootdir", str(locate.conformance())),
            # Without it pytest looks through every folder above: at a conftest.py of somebody
            # else's, and at what comes and goes in a folder of temporary files.
            *("--confcutdir", str(locate.conformance())),
            *("--import-mode=importlib", "-W", "error", "--tb=short"),
            *(parallel if self.workers != "0" else []),
            *chosen,
            *(f"--sockspec-platforms={folder}" for folder in self.platforms),
            *(f"--sockspec-selection={each}" for each in self.selection),
            *(["--sockspec-isolate"] if self.isolate else []),
            *map(str, tests.files),
        ]


@dataclass(frozen=True)
class Tests:
    """Where the tests of a run are: files, or folders of them.

    `chosen` is a file that has on each line one of theirs to run; None for all of them.
    """

    files: tuple[Path, ...]
    chosen: Path | None = None

    @classmethod
    def of(cls, chosen: Choice, folder: Path) -> Tests:
        """Those of the chosen cases, written down in this folder."""
        root, file = locate.conformance(), folder / "chosen"
        names = sorted(
            f"{rule.area}/{test}" for rule in chosen.rules() for test in chosen.tests(rule)
        )
        file.write_text("\n".join(names), encoding="utf-8")
        return cls(tuple(root / each for each in dict.fromkeys(map(_file, names))), file)


def _file(test: str) -> str:
    return test.partition("::")[0]


@dataclass
class Outcome:
    """How a run ended."""

    run: runfile.Run
    gate: Gate
    log: str
    stopped: Counter[str] = field(default_factory=Counter)
    """Calls that stopped their whole process, and how often each did."""
    refused: str = ""
    """Why the run had no link, where one was asked for."""

    @property
    def exit_code(self) -> int:
        """As documented for the command line."""
        return self.gate.exit_code

    def as_data(self) -> dict[str, Any]:
        """What `sockspec run --format json` prints."""
        footer = self.run.footer
        return {
            **self.gate.as_data(),
            "cases": len(self.run.observations),
            "examples": footer.examples if footer else None,
            "calls": footer.calls if footer else None,
            "seconds": footer.seconds if footer else None,
            "stopped": dict(self.stopped),
            "refused": self.refused,
        }

    def lines(self, *, everything: bool = False) -> Iterator[str]:
        """The summary that `sockspec run` prints: the first causes of what is red, or all."""
        from sockspec.report import summary  # noqa: PLC0415 - a report imports the runner's nouns

        if self.refused:
            yield f"{self.refused}; without it, what needs a link is unsupported"
        yield from summary.of_run(self.run, self.gate, everything=everything)
        if self.run.footer is None:
            yield "the run was cut short; the last lines of its log:"
            yield from (f"  {line}" for line in self.log.splitlines()[-15:])
        for call, cases in self.stopped.most_common():
            many = f"{cases} cases" if cases > 1 else "one case"
            yield f"{call} stopped its whole process, in {many}: {_STOPS}"


def run(plan: Plan) -> Outcome:
    """Run the specification and judge what it saw.

    Raises `UsageError` when nothing can be started: no such backend, rule or profile, or
    a profile that does not fit the rules.
    """
    files.place(plan.out, is_ours=runfile.begins)
    if why := links.refused(plan.link) if plan.link else "":
        plan = plan.unlinked(why)
    with temporary() as folder, _making_in(folder):
        backend = backends.load(plan.backend, isolate=plan.isolate)
        facts = backend.facts() or platform.facts()
        backend.shut_down()
    catalogue = Catalogue(plan.platforms, plan.profile or "", project.find())
    rules = load.rules()
    chosen = load.choose(plan.patterns, _red(plan.red_of) if plan.red_of else None)
    catalogue.load(catalogue.judging(facts["profile"]))
    sized = replace(plan.sized(chosen.cases()), declared=rules.count())
    every = not plan.patterns and plan.red_of is None
    with temporary() as folder:
        whole = Tests((locate.conformance(),))
        tests = whole if every else Tests.of(chosen, folder)
        return _insistently(sized, tests, rules, catalogue)


@contextmanager
def _making_in(folder: Path) -> Iterator[None]:
    """Have the processes that are started meanwhile make their temporary files there."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("TMPDIR")
        if before is not None:
            os.environ["TMPDIR"] = before


def _insistently(plan: Plan, tests: Tests, rules: Registry, catalogue: Catalogue) -> Outcome:
    found = _whole(plan, tests, rules, catalogue)
    if found.run.truncated and plan.workers == "0":
        # The interpreter ended with the implementation. A worker's end is a behaviour.
        found = _whole(replace(plan, workers="1"), tests, rules, catalogue)
    return found


def _red(path: Path) -> list[str]:
    """The cases that a run file has as red. Raises `UsageError` where it has none."""
    run = runfile.read(path, witnesses=False)
    found = [each.case for each in run.observations if each.verdict.is_red]
    if not found:
        raise UsageError("has no red case", file=path, remedy="run without --red-of")
    return found


def _whole(plan: Plan, tests: Tests, rules: Registry, catalogue: Catalogue) -> Outcome:
    before = _changed(plan.out)
    ended = _ran(plan, tests, before)
    if refused := re.search(rf"{Refused.MARK} (\d+) ", ended.log):
        raise Refused(plan.out, OSError(int(refused[1]), os.strerror(int(refused[1]))))
    if _changed(plan.out) == before:
        raise ended.complaint()
    seen = runfile.read(plan.out, witnesses=False)
    judged = gate.judge(seen, rules, catalogue, gate.Terms(drafting=True))
    return Outcome(seen, judged, ended.log, ended.stopped, plan.refused)


@dataclass(frozen=True)
class _Ended:
    """How pytest ended: its exit code, what it printed, and what its processes reported."""

    code: int
    log: str
    main: Ending
    stopped: Counter[str]

    def complaint(self) -> SockspecError:
        """What to say when there is no run file."""
        how, call = self.main.behaviour, self.main.call or "a call"
        if how == "hang":
            what = f"{call} stopped the whole process before the first case"
            return SockspecError(f"{what}: {_STOPS}")
        if how != "crash" or self.code < 0:
            how = f"crash:{-self.code}" if how == "crash" else how
            what = f"the process ended before the first case, in {call}: {how}"
            remedy = "`--isolate` serves the backend from a process of its own"
            return SockspecError(f"{what}\n  remedy: {remedy}")
        kind = UsageError if self.code == _PYTEST_USAGE_ERROR else SockspecError
        told = self.log[-2000:]
        return kind(f"the run did not begin (pytest ended with {self.code}):\n{told}")


def _ran(plan: Plan, tests: Tests, before: _Place) -> _Ended:
    with tempfile.TemporaryFile() as log, temporary() as folder:
        endings = folder / "endings"
        endings.mkdir()
        code = _watched(plan, tests, endings, log, before)
        log.seek(0)
        reported = {each.name: watchdog.ending(each) for each in endings.iterdir()}
        hung = (each.call or "a call" for each in reported.values() if each.behaviour == "hang")
        return _Ended(
            code,
            log.read().decode(errors="replace"),
            reported.get(watchdog.MAIN, Ending("crash")),
            Counter(hung),
        )


def _changed(path: Path) -> _Place:
    # A new run file is another file in the place of the earlier one.
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_ino, told.st_mtime_ns


def _watched(plan: Plan, tests: Tests, endings: Path, log: Any, before: _Place) -> int:
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"
    }
    # Whatever else is installed beside pytest has no part in a run.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    environment[links.REFUSED] = plan.refused
    # What its processes make for themselves goes with them, however they end.
    environment["TMPDIR"] = str(endings.parent)
    environment["HYPOTHESIS_NO_PLUGINS"] = "1"
    # Hypothesis keeps a cache of constants; never in the folder where the user stands.
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.gettempdir()
    # An end of the run ends its workers and agents too, and so does a death of this process.
    keeper = Keeper()
    process = keeper.start(
        plan.command(tests, endings), stdout=log, stderr=subprocess.STDOUT, env=environment
    )
    try:
        return _follow(process, plan, endings, before)
    finally:
        end(process)
        keeper.release()


def _follow(process: subprocess.Popen[bytes], plan: Plan, endings: Path, before: _Place) -> int:
    follower, grown = runfile.Follower(plan.out), time.monotonic()
    with progress.following(plan.cases) as tell:
        while True:
            try:
                return process.wait(_LOOK)
            except subprocess.TimeoutExpired:
                pass
            # What stands there may be an earlier run's, until this one has begun.
            if _changed(plan.out) != before and follower.advance():
                grown = time.monotonic()
                tell(follower.done, follower.red)
            elif min(time.monotonic() - grown, watchdog.quiet(endings)) > _SILENCE:
                return -1
