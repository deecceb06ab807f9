"""Why cases are red, each cause once: what was asked for and done, and what to do about it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import msgspec

from sockspec import locate
from sockspec.judge import compare
from sockspec.judge.linux import Linux
from sockspec.judge.verdict import Verdict, needed
from sockspec.spec.rules import Level
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.judge.record import Recorder
    from sockspec.judge.runfile import Observation, Run
    from sockspec.spec.rules import Registry, Rule

__all__ = ["SMOKE", "Cause", "Causes"]

SMOKE = (
    "run these cases again and `sockspec merge` both runs; where it stays, `sockspec smoke` "
    "says what is wrong with the backend"
)
"""What to do about a harness error."""

_OF_RULES = (Verdict.NEW, Verdict.CHANGED, Verdict.FIXED)
"""What is said of a rule; every other red verdict has one cause for cases of any rules."""

_GRAVITY = [
    *("harness-error", "indeterminate", "vanished", "missing", "not-run"),
    *("new", "changed", "fixed"),
]
_LEVELS = [level.value for level in Level]


class Cause(msgspec.Struct, frozen=True):
    """Red cases of one cause.

    `told` is the sentence of the rule, or what stood in the way of cases of several rules;
    `rule` is empty then. `compared` says what Linux does, what the sources ask for and what
    was done. `remedy` says what to do; `entry` is what to record where it is right, `place`
    the file and line where, as far as that is the user's. `why` is the reason that an entry
    gives for something else. `commands` tell more, and `link` is the clause.
    """

    kind: str
    verdict: str
    told: str
    because: str
    remedy: str
    rule: str = ""
    level: str = ""
    cases: list[str] = []
    of: int = 0
    behaviours: list[str] = []
    compared: str = ""
    why: str = ""
    entry: str = ""
    place: str = ""
    commands: list[str] = []
    link: str = ""

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """What the worst has least of: what stands in the way, then must before should."""
        level = _LEVELS.index(self.level) if self.level in _LEVELS else -1
        return _GRAVITY.index(self.kind), level, -len(self.cases), self.rule


class Causes:
    """Finds the causes of a run's red cases. See `Cause`."""

    def __init__(
        self,
        run: Run,
        judged: Sequence[Observation],
        rules: Registry,
        profile: Profile,
        catalogue: Catalogue,
    ) -> None:
        # Only what is red needs it, and it takes time.
        from sockspec.judge.record import Recorder  # noqa: PLC0415

        self._run = run
        self._rules = rules
        self._judged = judged
        self._linux = Linux.of(run, profile, catalogue)
        self._recorder: Recorder = Recorder(run, list(judged), rules, profile)
        self._profile = profile
        self._promises = profile.promises(compare.situation(run))
        self._options = _options(run, profile, catalogue)

    def of(self, red: Iterable[Observation]) -> list[Cause]:
        """The causes of red cases: first what stood in the way of most, then rule by rule."""
        in_the_way: dict[tuple[Verdict, str], list[Observation]] = {}
        of_rules: dict[tuple[Verdict, str, tuple[str, ...]], list[Observation]] = {}
        for each in red:
            if each.verdict in _OF_RULES:
                key = each.verdict, each.rule, tuple(sorted(each.behaviours))
                of_rules.setdefault(key, []).append(each)
            else:
                in_the_way.setdefault((each.verdict, each.because), []).append(each)
        first = [
            self._missing(found) if verdict is Verdict.MISSING else self._in_the_way(found)
            for (verdict, _), found in in_the_way.items()
        ]
        then = [self._of_rule(found) for found in of_rules.values()]
        return [
            *sorted(first, key=lambda cause: -len(cause.cases)),
            *sorted(then, key=lambda cause: cause.rank),
        ]

    # -- what stood in the way -------------------------------------------------------------

    def _in_the_way(self, found: Sequence[Observation]) -> Cause:
        first = found[0]
        rules = list(dict.fromkeys(each.rule for each in found))
        unreached = first.verdict is Verdict.INDETERMINATE
        cases = number(len(found), "case")
        told = (
            f"{_suspect(first.because)}: {cases} never got to the point"
            if unreached
            else f"{first.because}: {cases}"
        )
        entry = self._recorder.barrier(found) if unreached else ""
        return Cause(
            kind=first.verdict.kind,
            verdict=first.verdict.value,
            told=told,
            rule=rules[0] if len(rules) == 1 else "",
            cases=[each.case for each in found],
            of=len(self._judged),
            because=first.because,
            remedy=(
                "fix it first: what these cases ask is not known until then. "
                "Where it is right, record it:"
                if unreached
                else SMOKE
            ),
            entry=entry,
            place=self._recorder.file(rules[0]) if unreached else "",
            commands=[self._reproduce(first.case)] if unreached else [],
        )

    def _missing(self, found: Sequence[Observation]) -> Cause:
        first = found[0]
        feature = needed(first.because)
        told = self._promises[feature]
        answered = first.because.partition(": ")[2]
        return Cause(
            kind=first.verdict.kind,
            verdict=first.verdict.value,
            told=f"{feature} is missing: {number(len(found), 'case')} could not be tried",
            cases=[each.case for each in found],
            of=len(self._judged),
            because=first.because,
            remedy=(
                f"{told.file} says that this platform has it, but {answered}. "
                f"Bring it back, or say in {self._recorder.head} that it is not there:"
            ),
            entry=f'features = ["-{feature}"]',
            place=self._recorder.head_file,
        )

    # -- what a rule says --------------------------------------------------------------------

    def _of_rule(self, found: Sequence[Observation]) -> Cause:
        first = found[0]
        rule = self._rules.resolve(first.rule)
        assert rule is not None  # noqa: S101 - it has judged them
        behaviours = sorted(first.behaviours)
        remedy, entry, place = self._remedy(rule, found, behaviours)
        recorded = self._profile.at(first.origin)
        return Cause(
            kind=first.verdict.kind,
            verdict=first.verdict.value,
            told=rule.sentence,
            rule=rule.id,
            level=rule.level.value,
            cases=[each.case for each in found],
            of=sum(each.rule == rule.id for each in self._judged),
            behaviours=behaviours,
            compared=self._compared(rule, found, behaviours),
            because=first.because,
            why=recorded.entry.why if recorded else "",
            remedy=remedy,
            entry=entry,
            place=place,
            commands=[self._explain(first.case), self._reproduce(first.case)],
            link=rule.sources[0].link if rule.sources else "",
        )

    def _compared(
        self, rule: Rule, found: Sequence[Observation], behaviours: Sequence[str]
    ) -> str:
        cases = filter(None, (self._rules.case(each.case) for each in found))
        linux = self._linux
        does = {name for case in cases for name in linux.does(case)} if linux else set()
        by = next((each for each in rule.sources if each.normative), None)
        asked = (
            f"{by.publication if by else 'the rule'} asks for {_any(rule.conforming)}"
            if rule.level is not Level.UNSPECIFIED
            else "no clause decides"
        )
        meant = "; ".join(filter(None, map(rule.meaning, behaviours)))
        return ", ".join(
            [
                *([f"{linux.name} does {_any(does)}"] if linux and does else []),
                asked,
                f"yours did {' and '.join(behaviours)}" + (f" ({meant})" if meant else ""),
            ]
        )

    def _remedy(
        self, rule: Rule, found: Sequence[Observation], behaviours: Sequence[str]
    ) -> tuple[str, str, str]:
        first = found[0]
        own = {each.origin for each in found if self._recorder.corrects(each.origin)}
        if own:
            entries, place = ", ".join(sorted(own)), min(own)
            edit = f"`sockspec update {shlex.quote(self._run.path)}` shows the edit"
            if first.verdict is Verdict.FIXED:
                return (
                    f"the divergence is gone: remove the entry at {entries}; {edit}",
                    "",
                    place,
                )
            return f"fix it, or correct the entry at {entries}; {edit}", "", place
        if self._recorder.is_answer(first.origin):
            return f"fix it, or make the table of answers anew: {self._update()}", "", ""
        place, file = self._recorder.place(first.rule), self._recorder.file(first.rule)
        entry = self._recorder.entries(first.rule, behaviours)
        if first.verdict is Verdict.FIXED:
            return f"better than {first.origin} records; say so in {place}:", entry, file
        if rule.level is Level.UNSPECIFIED and len(behaviours) == 1:
            table = f"record it without a reason, in the table of answers: {self._update()}"
            return f"{table}; or with one, in {place}:", entry, file
        return f"fix it, or record it in {place}:", entry, file

    def _update(self) -> str:
        return f"`sockspec update --write {shlex.quote(self._run.path)}`"

    # -- what tells more -------------------------------------------------------------------

    def _explain(self, case: str) -> str:
        return shlex.join(
            ["sockspec", "explain", case, "--run", self._run.path, *self._options]
        )

    def _reproduce(self, case: str) -> str:
        return shlex.join(["sockspec", "reproduce", case, self._run.path])


def _options(run: Run, profile: Profile, catalogue: Catalogue) -> list[str]:
    """The options with which another command judges by the same profile."""
    place = catalogue.place(profile.name)
    words = []
    if place.found == "--platforms":
        words += ["--platforms", locate.shown(place.folder.parent)]
    if place.found == "--profile":
        words += ["--profile", locate.shown(place.folder)]
    elif profile.name != run.header.profile:
        words += ["--profile", profile.name]
    return words


def _suspect(because: str) -> str:
    """`recv hangs`, of `arranging failed: recv: hang`."""
    told = re.fullmatch(r"arranging failed: (.+?): (.+)", because)
    if told is None:
        return because
    call, how = told.groups()
    if call == "wait":
        return how
    if how == "hang":
        return f"{call} hangs"
    return f"{call} fails with {how}" if how.isupper() else f"{call}: {how}"


def _any(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
