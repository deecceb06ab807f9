"""The bench: what a run of the specification works with.

One backend, what it was found to offer, the profile of the platform, and the settings
of Hypothesis. Made once in the controlling process; workers are given what it found.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec import __version__, backends, locate, platform, project
from sockspec.backends.trace import Traced
from sockspec.backends.watchdog import follow, watching
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.judge.profiles import Profile, Situation
from sockspec.judge.verdict import Trouble
from sockspec.network import links
from sockspec.network.capture import Capture
from sockspec.run import ports, stranded
from sockspec.run.apart import Apart
from sockspec.run.draws import shared
from sockspec.run.features import Capabilities, probe
from sockspec.run.observe import CaseOver, CaseRun, Unexpected
from sockspec.run.pace import measured
from sockspec.spec.features import OF_A_PROCESS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    import hypothesis
    from hypothesis.database import ExampleDatabase

    from sockspec.backend import Backend
    from sockspec.spec.rules import Case

__all__ = ["DEADLINE", "EXAMPLES", "Bench"]

EXAMPLES = 30
"""Examples that a property test draws, unless the rule or the run says otherwise."""

DEADLINE = 5.0
"""Seconds that one example may take before what it does counts as a hang.

On a slower machine, or one that has other work, it is longer; see `sockspec.run.pace`.
"""


class Trial(CaseRun):
    """A case run that can execute a test function, property test or not.

    `seeded`: what a property test draws is the same in every run. `most`: so many examples.
    `followed`: another one comes at once.
    """

    seeded = True
    most = EXAMPLES
    followed = False

    def execute(
        self, test: Any, arguments: dict[str, Any], examples: int | None = None
    ) -> None:
        """Run every example of the test; what it saw is in the run afterwards.

        `examples` as in `Rule.case`. There are more of them where they make what was not
        expected smaller.
        """
        with watching(stay=self.followed), contextlib.suppress(CaseOver, Unexpected):
            if self.trouble is not None:
                return
            inner = getattr(getattr(test, "hypothesis", None), "inner_test", None)
            if inner is None:
                self.example(test)(**arguments)
                return
            example = self.example(inner)
            if not self.seeded:
                self._search(test, example, arguments)
                return
            try:
                for drawn in shared(test, self.case, examples or self.most):
                    example(**arguments, **drawn)
            except Exception:
                # It draws the same again, finds this, and the smallest that does it.
                self._search(test, example, arguments)
                raise

    def _search(self, test: Any, example: Any, arguments: dict[str, Any]) -> None:
        """Have Hypothesis draw, and shrink what is not expected."""
        import hypothesis  # noqa: PLC0415 - only property tests need it

        inner = test.hypothesis.inner_test
        test.hypothesis.inner_test = example
        try:
            test(**arguments)
        except BaseExceptionGroup as group:
            # Several unexpected behaviours: each has its witness already.
            _, other = group.split(Unexpected)
            if other is not None:
                raise other from None
        except hypothesis.errors.FlakyFailure:
            # The same example named two behaviours. Both were seen, and judged.
            if not self.seen:
                raise
        finally:
            test.hypothesis.inner_test = inner


def _wanted(names: str | None, profile: Profile) -> frozenset[str] | None:
    """The features to find out: those that cases need or conditions name; None for all."""
    if names is None:
        return None
    return profile.features_asked_for().union(filter(None, names.split(",")))


def _ends(name: str, options: argparse.Namespace) -> tuple[Backend, Backend | None]:
    """The backend of that name, and its peer where there is to be one."""

    def load() -> Backend:
        return backends.load(name, isolate=options.sockspec_isolate)

    peer = options.sockspec_peer
    return links.ends(load, peer) if peer else (load(), None)


@dataclass
class Bench:
    """See the module. `examples` and `deadline` as in `EXAMPLES` and `DEADLINE`."""

    backend: Backend
    facts: Mapping[str, Any]
    capabilities: Capabilities
    profile: Profile
    examples: int = EXAMPLES
    deadline: float = DEADLINE
    seed: str = ""
    database: ExampleDatabase | None = None
    label: str = ""
    peer: Backend | None = None
    exchanged: bool = False
    capture: Capture | None = None
    pace: float = 1.0
    apart: Apart | None = None
    selection: tuple[str, ...] = ()
    declared: int = 0

    @classmethod
    def from_options(
        cls, options: argparse.Namespace, given: dict[str, Any] | None = None
    ) -> Bench:
        """Make it from the plugin's options; `given` is what the controller `shared`.

        Raises `UsageError` in a worker on another kind of machine than the controller's,
        which pytest-xdist can have: a run is of one platform.
        """
        machine = platform.name()
        if given is not None and given["machine"] != machine:
            raise UsageError(
                f"this worker is on {machine} and the run is of {given['machine']}",
                remedy="run the specification there, and merge the run files",
            )
        here = project.find()
        here.make_importable()
        choice = project.choose(
            options.sockspec_backend, options.sockspec_profile, options.sockspec_label, here
        )
        backend, peer = _ends(choice.backend, options)
        apart = Apart.of(choice.backend, backend)
        if given is None:
            facts = backend.facts() or platform.facts()
            if link := links.kind():
                facts = {**facts, "settings": {**facts.get("settings", {}), "link": link}}
        else:
            facts = given["facts"]
        # What is written is for others, too: no path of this machine is in it.
        catalogue = Catalogue(
            map(Path, options.sockspec_platforms), choice.profile, here, name=locate.portable
        )
        profile = catalogue.load(catalogue.judging(facts["profile"]))
        if given is None:
            wanted = _wanted(options.sockspec_features, profile)
            if wanted is None or not OF_A_PROCESS.isdisjoint(wanted):
                apart.start()
            pace = measured()
            follow(pace)
            within = DEADLINE * pace
            told = facts.get("settings", {})
            lost = {**stranded.lost(told), **links.lost(), **ports.lack(told)}
            who = facts["privileged"]
            with watching():
                capabilities = probe(backend, who, within, apart, peer, lost, wanted)
                if peer:
                    theirs = probe(peer, who, within, wanted=wanted)
                    capabilities = capabilities.beside(theirs)
        else:
            pace = given["pace"]
            follow(pace)
            present, missing, disclaimed = given["capabilities"]
            capabilities = Capabilities(frozenset(present), missing, frozenset(disclaimed))
        deadline = options.sockspec_deadline or DEADLINE * pace
        # The deadline of an example names what hangs; a backend's own only comes after it.
        for end in (backend, peer) if peer else (backend,):
            end.deadline = max(end.deadline, 2 * deadline)
        seed = getattr(options, "hypothesis_seed", None)
        database = None
        if options.sockspec_database:
            from sockspec.run.database import open_database  # noqa: PLC0415 - Hypothesis is big

            database = open_database(options.sockspec_database)
        return cls(
            backend,
            facts,
            capabilities,
            profile,
            options.sockspec_examples or EXAMPLES,
            deadline,
            "" if seed is None else str(seed),
            database,
            choice.label or backend.label,
            peer,
            bool(options.sockspec_exchanged),
            Capture(Path(options.sockspec_capture)) if options.sockspec_capture else None,
            pace,
            apart,
            tuple(options.sockspec_selection),
            options.sockspec_declared,
        )

    def shut_down(self) -> None:
        """Release what the backends hold."""
        for end in filter(None, (self.backend, self.peer)):
            end.shut_down()
        if self.apart is not None:
            self.apart.shut_down()
        if self.capture is not None:
            self.capture.end()

    def shared(self) -> dict[str, Any]:
        """What workers need not find out again."""
        capabilities = self.capabilities
        return {
            "machine": platform.name(),
            "pace": self.pace,
            "facts": dict(self.facts),
            "capabilities": [
                sorted(capabilities.present),
                dict(capabilities.missing),
                sorted(capabilities.disclaimed),
            ],
        }

    @cached_property
    def situation(self) -> Situation:
        """What the profile's conditions are compared with."""
        backend = self.backend
        present = self.capabilities.present
        return Situation(self.facts, backend.name, present, backend.stands_in_for)

    @cached_property
    def traced(self) -> Traced:
        """The backend with its calls recorded, for one case after the other."""
        return stranded.strand(Traced(self.backend, self.peer), self.capabilities.missing)

    @cached_property
    def traced_apart(self) -> Traced:
        """The backend in a process of its own, likewise."""
        if self.apart is None:
            return self.traced
        made = self.apart()
        made.deadline = max(made.deadline, 2 * self.deadline)
        return stranded.strand(Traced(made), self.capabilities.missing)

    @cached_property
    def promised(self) -> frozenset[str]:
        """The features that the platform has, as the profile says; a backend may disclaim."""
        told = self.profile.promises(self.situation).values()
        there = frozenset(each.feature for each in told if each.is_there)
        return there - self.capabilities.disclaimed

    @property
    def seeded(self) -> bool:
        """Whether what is drawn is the same in every run."""
        return not self.seed and self.database is None

    @cached_property
    def settings(self) -> hypothesis.settings:
        """Without seed and database the same examples in every run, and no memory of them."""
        import hypothesis  # noqa: PLC0415 - as above

        return hypothesis.settings(
            max_examples=self.examples,
            derandomize=self.seeded,
            database=self.database,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=True,
            suppress_health_check=[
                # The sockets of an example are made and closed by `CaseRun.example`.
                hypothesis.HealthCheck.function_scoped_fixture,
                hypothesis.HealthCheck.too_slow,
            ],
        )

    def case_run(self, case: Case) -> Trial:
        """A run of one case; already troubled where the case's needs are not met."""
        expected = self.profile.expectation(case, self.situation)
        lacking = self.capabilities.lacking(case.needs)
        is_apart = not lacking and not OF_A_PROCESS.isdisjoint(case.needs)
        run = Trial(
            case,
            self.traced_apart if is_apart else self.traced,
            expected,
            self.facts.get("settings", {}),
            self.deadline,
            self.capabilities.missing,
        )
        run.promised = self.promised
        run.capture = self.capture
        run.seeded, run.most = self.seeded, self.examples
        if lacking:
            run.trouble = (Trouble.UNSUPPORTED, lacking)
        return run

    def writer(self, path: str) -> runfile.Writer:
        """Begin a run file."""
        declared = self.declared
        if not declared:  # pytest without the runner, which knows it
            from sockspec.spec import load  # noqa: PLC0415 - as above

            declared = load.rules().count()
        functions: dict[str, str] = {}
        if not self.selection:  # what a few rules show is no page on whole documents
            from sockspec.run.functions import availability  # noqa: PLC0415 - as above

            with watching():
                functions = availability(self.backend)
        header = runfile.Header(
            format=runfile.VERSION,
            suite=__version__,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            platform=dict(self.facts),
            backend=self.backend.name,
            implementation=self.backend.implementation,
            features=sorted(self.capabilities.present),
            missing=dict(sorted(self.capabilities.missing.items())),
            functions=functions,
            profile=self.profile.name,
            seed=self.seed or "derandomized",
            examples=self.examples,
            declared=declared,
            version=self.backend.version,
            label=self.label,
            stands_in_for=self.backend.stands_in_for,
            disclaimed=sorted(self.capabilities.disclaimed),
            peer="" if self.peer is None else self.peer.implementation,
            exchanged=self.exchanged,
            link=links.kind(),
            deadline=self.deadline,
            pace=self.pace,
            selection=list(self.selection),
            capture="" if self.capture is None else self.capture.name,
        )
        return runfile.Writer(Path(path), header)

    def observation(self, run: CaseRun, test: str, seconds: float) -> runfile.Observation:
        """What a finished case run puts into the run file."""
        judgement = run.judgement()
        expected = run.expected.behaviours or run.case.rule.conforming
        backend = run.backend
        assert isinstance(backend, Traced)  # noqa: S101 - CaseRun makes it so
        return runfile.Observation(
            case=run.case.id,
            rule=run.case.rule.id,
            parameters=dict(run.case.parameters),
            behaviours=dict(sorted(run.seen.items())),
            verdict=judgement.verdict,
            because=judgement.because,
            expected=sorted(expected),
            origin=run.expected.origin,
            unexpected=list(judgement.unexpected),
            witness=run.witness(),
            examples=run.examples,
            calls=backend.count,
            seconds=round(seconds, 4),
            test=test,
        )
