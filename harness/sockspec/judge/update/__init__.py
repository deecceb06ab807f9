"""Bringing profiles up to date with what runs saw: the fewest edits, each the narrowest.

An entry is added for a divergence that nothing records, removed or narrowed where its
behaviour is gone, changed where another took its place; one that was only documented is
observed once a run confirms it. Conditions are used only where they tell runs apart.

A proposal never has a reason: where there was none, or the one that there was is about
another behaviour, `why` and `source` are empty, and a gate asks for both.
"""

from __future__ import annotations

import dataclasses
import datetime
import difflib
from typing import TYPE_CHECKING

import msgspec

from sockspec import files, locate
from sockspec.errors import UsageError
from sockspec.judge import compare, grid, profiles
from sockspec.judge.answers import FILE
from sockspec.judge.profiles import Entry, Evidence, Recorded
from sockspec.judge.reading import HEAD
from sockspec.judge.update import answers, barriers, head, text
from sockspec.judge.update.narrow import Filter, narrow, narrowed, value
from sockspec.judge.update.points import WHEN, Point, points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sockspec.judge.cannot import Cannot
    from sockspec.judge.catalogue import Catalogue
    from sockspec.judge.profiles import Profile
    from sockspec.judge.runfile import Run
    from sockspec.judge.update.barriers import Barriers
    from sockspec.spec.rules import Registry

__all__ = ["Change", "additions", "propose", "propose_answers", "write"]


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A file of a profile, as it is and as it would be; `name` is how people know it."""

    path: Path
    name: str
    before: str
    after: str

    def diff(self) -> str:
        """What would change, as a unified diff."""
        before, after = (each.splitlines(keepends=True) for each in (self.before, self.after))
        names = f"a/{self.name}", f"b/{self.name}"
        return "".join(difflib.unified_diff(before, after, *names))


def write(changes: Sequence[Change]) -> None:
    """Make the changes: all, or none where one is of an installed package.

    Raises `UsageError` for that one.
    """
    for each in changes:
        if locate.is_installed(each.path):
            raise UsageError(
                "belongs to an installed package, which an update does not touch",
                file=each.name,
                remedy="record it in a profile of your own that extends this one: "
                "`sockspec init` makes it, --profile PATH names it",
            )
    for each in changes:
        files.write(each.path, each.after)


def propose(runs: Sequence[Run], rules: Registry, catalogue: Catalogue) -> list[Change]:
    """The changes that the profiles of runs need to agree with all of them.

    Of cases without a behaviour only those whose arrangement failed say something of a
    profile, and those that miss a feature. Raises `UsageError` when a profile is not in order.
    """
    cases = {case.id: case for rule in rules.rules.values() for case in rule.cases}
    found: list[Change] = []
    for before, ours in _by_profile(runs, catalogue):
        # Where nothing is promised the tables say what is done, and no entry is needed.
        profile = before if before.is_installed else _answered(before, ours, rules)
        found.extend(_tables(before, profile, rules))
        judged = [compare.rejudge(run, rules, profile) for run in ours]
        edits = _Edits(profile, points(ours, cases))
        edits.bar(profile, barriers.Barriers(ours, judged, rules))
        found.extend(edits.changes())
        found.extend(_head(profile, head.features(profile, ours, judged)))
    return found


def propose_answers(runs: Sequence[Run], rules: Registry, catalogue: Catalogue) -> list[Change]:
    """The tables of answers and grids alone, of installed profiles too."""
    return [
        change
        for profile, ours in _by_profile(runs, catalogue)
        for change in _tables(profile, _answered(profile, ours, rules), rules)
    ]


def _by_profile(
    runs: Sequence[Run], catalogue: Catalogue
) -> Iterator[tuple[Profile, list[Run]]]:
    judging = [catalogue.judging(run.header.profile) for run in runs]
    for name in sorted(set(judging)):
        ours = [run for run, by in zip(runs, judging, strict=True) if by == name]
        yield catalogue.load(name), ours


def _answered(profile: Profile, runs: Sequence[Run], rules: Registry) -> Profile:
    return dataclasses.replace(
        profile,
        answers=answers.answers(profile, runs, rules),
        grid=answers.cells(profile, runs, rules),
    )


def _tables(before: Profile, after: Profile, rules: Registry) -> Iterator[Change]:
    """The files of the tables that are otherwise than before."""
    if after.answers is not None and after.answers is not before.answers:
        yield _change(before.folder / FILE, answers.text(after.answers))
    if after.grid is not None and after.grid is not before.grid:
        yield _change(before.folder / grid.FILE, after.grid.written(grid.places(rules)))


def _head(profile: Profile, promised: head.Promised) -> Iterator[Change]:
    if promised:
        path = profile.folder / HEAD
        yield _change(path, head.with_features(path.read_text(encoding="utf-8"), promised))


def _change(path: Path, after: str) -> Change:
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    return Change(path, locate.shown(path), before, after)


class _Edits:
    """The edits of one profile: what becomes of its entries, and what is added."""

    def __init__(self, profile: Profile, seen: Iterable[Point]) -> None:
        self._profile = profile
        self._now: Profile | None = None
        # What each entry becomes, by its place: itself, another, several, or nothing.
        self._becomes = [[each] for each in profile.entries]
        self._added: list[list[Recorded]] = []
        self._bars: list[Cannot] = []
        self._barred: dict[Path, dict[int, list[Cannot]]] = {}
        by_rule: dict[str, list[Point]] = {}
        for point in seen:
            by_rule.setdefault(point.case.rule.id, []).append(point)
        for rule, of_rule in by_rule.items():
            self._agree(rule, of_rule)

    def bar(self, profile: Profile, barriers: Barriers) -> None:
        """Add entries for what cannot be arranged; correct those that are there."""
        self._bars.extend(barriers.lacking())
        for each in profile.barred:
            entries = barriers.corrected(each)
            if entries != [each.entry]:
                self._barred.setdefault(each.path, {})[each.line] = entries

    def _agree(self, rule: str, seen: Sequence[Point]) -> None:
        # Where an entry makes way a wider one may come to decide, and what is added may
        # stand beside one that applies equally: until nothing is left to do.
        while True:
            while self._correct(seen):
                pass
            there = [each.entry for some in self._added for each in some]
            added = [
                entry
                for entry in additions(rule, seen, self._corrected())
                if entry not in there
            ]
            if not added:
                return
            for entry in added:
                path = self._path_of(entry)
                new = Recorded(entry, self._profile.name, path, locate.shown(path), 0)
                self._added.append([new])
                self._now = None

    def _corrected(self) -> Profile:
        if self._now is None:
            entries = tuple(each for some in (*self._becomes, *self._added) for each in some)
            self._now = dataclasses.replace(self._profile, entries=entries)
        return self._now

    # -- entries that are there --------------------------------------------------------

    def _correct(self, seen: Sequence[Point]) -> bool:
        """Correct the first entry that is not right; whether there was one."""
        profile = self._corrected()
        for recorded, right, wrong in _decided(seen, profile):
            if wrong:
                rest = [each for each in seen if each not in right and _applies(recorded, each)]
                if self._replace(recorded, self._instead(recorded, right, wrong, rest)):
                    return True
            if recorded.entry.evidence.kind == "documented":
                observed = msgspec.structs.replace(recorded.entry, evidence=_evidence(right))
                return self._replace(recorded, [observed])
        return False

    def _replace(self, recorded: Recorded, entries: Sequence[Entry]) -> bool:
        """Put entries into the place of one; whether that is a change."""
        if list(entries) == [recorded.entry]:
            return False
        new = [dataclasses.replace(recorded, entry=entry) for entry in entries]
        for some in (*self._becomes, *self._added):
            some[:] = [made for each in some for made in (new if each is recorded else [each])]
        self._now = None
        return True

    def _instead(
        self,
        recorded: Recorded,
        right: Sequence[Point],
        wrong: Sequence[Point],
        rest: Sequence[Point],
    ) -> list[Entry]:
        if right:
            return [_narrowed(recorded.entry, made) for made in narrow(right, rest)]
        profile = self._corrected()
        others = tuple(each for each in profile.entries if each is not recorded)
        without = dataclasses.replace(profile, entries=others)
        (behaviours, differs), *more = {(each.behaviours, each.differs) for each in wrong}
        if more or not all(each.is_wrong(without) for each in wrong):
            return []
        changed = msgspec.structs.replace(
            recorded.entry,
            behaviour=value(sorted(behaviours)),
            why="",
            source="",
            evidence=_evidence(wrong),
            sometimes=differs,
            because="",
        )
        return [_narrowed(changed, made) for made in narrow(wrong, _beside(wrong, rest))]

    # -- the files -----------------------------------------------------------------------

    def changes(self) -> Iterator[Change]:
        """The files that change."""
        replaced: dict[Path, dict[int, list[Entry] | list[Cannot]]] = {}
        for path, lines in self._barred.items():
            replaced.setdefault(path, {}).update(lines)
        for before, becomes in zip(self._profile.entries, self._becomes, strict=True):
            if becomes != [before]:
                entries = [each.entry for each in becomes]
                replaced.setdefault(before.path, {})[before.line] = entries
        added: dict[Path, list[Entry | Cannot]] = {}
        for each in (each for some in self._added for each in some):
            added.setdefault(each.path, []).append(each.entry)
        for barred in self._bars:
            added.setdefault(self._path_of(barred), []).append(barred)
        for path in sorted({*replaced, *added}):
            now = path.read_text(encoding="utf-8") if path.exists() else ""
            then = text.rewritten(
                now or "version = 1\n", replaced.get(path, {}), added.get(path, [])
            )
            if then != now:
                yield Change(path, locate.shown(path), now, then)

    def _path_of(self, entry: Entry | Cannot) -> Path:
        paths = [each.path for each in self._profile.entries if each.entry.rule == entry.rule]
        area = entry.rule.partition(".")[0]
        return paths[-1] if paths else self._profile.folder / f"{area}.toml"


def _decided(
    seen: Sequence[Point], profile: Profile
) -> Iterator[tuple[Recorded, list[Point], list[Point]]]:
    """The profile's own entries that decide a point, with those they get right and wrong."""
    found: dict[int, tuple[Recorded, list[Point], list[Point]]] = {}
    for point in seen:
        equal = point.narrowest(profile)
        if len(equal) > 1:
            right = [each for each in equal if each.entry.behaviours == point.behaviours][:1]
        else:
            winner = point.winner(profile)
            equal = [winner] if winner and winner.profile == profile.name else []
            right = [] if point.is_wrong(profile) else equal
        for each in equal:
            _, rights, wrongs = found.setdefault(id(each), (each, [], []))
            (rights if any(each is one for one in right) else wrongs).append(point)
    yield from found.values()


def _applies(recorded: Recorded, point: Point) -> bool:
    entry = recorded.entry
    return profiles.covers(entry, point.case) and point.situation.meets(entry.when)


def _beside(inside: Sequence[Point], covered: Sequence[Point]) -> list[Point]:
    return [each for each in covered if each not in inside]


def additions(rule: str, seen: Sequence[Point], profile: Profile) -> Iterator[Entry]:
    """The entries that a profile lacks for what was seen in cases of a rule."""
    groups: dict[tuple[frozenset[str], bool, tuple[str, ...]], list[Point]] = {}
    for point in seen:
        if point.is_wrong(profile):
            recorded = point.winner(profile)
            # Against an entry of a backend's own only another one of that backend wins.
            needed: tuple[str, ...] = ()
            if recorded and recorded.entry.when.backend:
                needed = (f"{WHEN}backend",)
            groups.setdefault((point.behaviours, point.differs, needed), []).append(point)
    for (behaviours, differs, always), inside in groups.items():
        outside = [
            each for each in seen if each not in inside and _matters(each, behaviours, profile)
        ]
        for made in narrow(inside, outside, always):
            yield _narrowed(
                Entry(
                    rule=rule,
                    behaviour=value(sorted(behaviours)),
                    why="",
                    source="",
                    evidence=_evidence(inside),
                    sometimes=differs,
                ),
                made,
            )


def _matters(other: Point, behaviours: frozenset[str], profile: Profile) -> bool:
    # Where the same is seen, and allowed anyway, a wider entry does no harm; unless this
    # profile has one there already, which would then apply equally.
    return (
        bool(other.narrowest(profile))
        or other.behaviours != behaviours
        or other.is_wrong(profile)
    )


def _evidence(seen: Sequence[Point]) -> Evidence:
    on = sorted({each for point in seen for each in point.on})
    date = datetime.date.fromisoformat(max(point.date for point in seen))
    return Evidence(kind="observed", on=", ".join(on), date=date)


def _narrowed(entry: Entry, made: Filter) -> Entry:
    case = {name: value(values) for name, values in made.items() if not name.startswith(WHEN)}
    when = narrowed(entry.when, made)
    return msgspec.structs.replace(entry, case={**entry.case, **case}, when=when)
