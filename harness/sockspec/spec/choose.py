"""Choosing cases by patterns: segments of ids, globs, values of parameters, exclusions.

`options.linger` chooses by whole segments, wherever in the id they stand, and so do `linger`
and `state.*.again`. `[v6]` and `state.bind[v4,stream]` choose by values of parameters, and the
id of a case chooses that case. A pattern that begins with `!` takes cases away from what the
others choose; without others, from all. Ids that rules had before choose where none of
today's does.
"""

from __future__ import annotations

import functools
import shlex
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sockspec.spec.rules import Case, Registry, Rule

__all__ = ["Choice", "find"]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern without its `!`; `exact` where it is the id of a case.

    `earlier` where it names no rule by today's id: then those count that rules had before.
    """

    text: str
    name: str
    values: tuple[str, ...]
    exact: Case | None
    earlier: bool

    @classmethod
    def of(cls, text: str, rules: Registry) -> _Pattern:
        name, _, values = text.partition("[")
        wanted = values.removesuffix("]").split(",") if values else []
        exact = rules.case(text) if wanted or rules.resolve(name) is None else None
        name = name.rstrip(".")
        earlier = not any(_fits(each, name) for each in rules.rules)
        return cls(text, name, tuple(wanted), exact, earlier)

    @property
    def is_plain(self) -> bool:
        """Whether it names segments, and leaves nothing open."""
        return self.exact is None and self.name != "" and _GLOB.isdisjoint(self.name)

    def names(self, rule: Rule) -> bool:
        """Whether it could choose a case of a rule."""
        if self.exact is not None:
            return rule is self.exact.rule
        if not self.name or _fits(rule.id, self.name):
            return True
        return self.earlier and any(_fits(each, self.name) for each in rule.aliases)

    def has(self, case: Case) -> bool:
        if self.exact is not None:
            return case is self.exact
        if not self.names(case.rule):
            return False
        there = [value for _, value in case.parameters] if self.values else []
        return all(any(fnmatchcase(value, wanted) for value in there) for wanted in self.values)


_GLOB = frozenset("*?[")


@functools.cache
def _runs(id: str) -> frozenset[str]:
    """What names an id without a glob: each run of its segments."""
    parts = id.split(".")
    ends = range(1, len(parts) + 1)
    return frozenset(".".join(parts[at:end]) for end in ends for at in range(end))


@functools.lru_cache(maxsize=1 << 14)
def _fits_glob(id: str, name: str) -> bool:
    parts, wanted = id.split("."), name.split(".")
    windows = range(len(parts) - len(wanted) + 1)
    return fnmatchcase(id, name) or any(
        all(map(fnmatchcase, parts[at : at + len(wanted)], wanted)) for at in windows
    )


def _fits(id: str, name: str) -> bool:
    return name in _runs(id) or (not _GLOB.isdisjoint(name) and _fits_glob(id, name))


class Choice:
    """The cases that patterns choose among those of some rules; all of them without any."""

    def __init__(
        self, patterns: Iterable[str], rules: Registry, among: Iterable[str] | None = None
    ) -> None:
        """`among` are the ids of cases, today's or earlier ones, to choose from."""
        given = list(patterns)
        self._rules = rules
        self._among = None if among is None else {rules.case(id) for id in among}
        self._wanted = [_Pattern.of(each, rules) for each in given if each[:1] != "!"]
        self._unwanted = [_Pattern.of(each[1:], rules) for each in given if each[:1] == "!"]
        self._names = frozenset(each.name for each in self._wanted)
        self._is_plain = bool(self._wanted) and all(each.is_plain for each in self._wanted)

    def mistakes(self) -> Iterator[UsageError]:
        """For each pattern that chooses nothing what may have been meant."""
        for each in (*self._wanted, *self._unwanted):
            rules = filter(each.names, self._rules.rules.values())
            if not any(each.has(case) for rule in rules for case in rule.cases):
                yield _mistake(each.text, self._rules)

    def has(self, case: Case) -> bool:
        """Whether it chooses a case."""
        if self._among is not None and case not in self._among:
            return False
        wanted = not self._wanted or any(each.has(case) for each in self._wanted)
        return wanted and not any(each.has(case) for each in self._unwanted)

    def of(self, rule: Rule) -> list[Case]:
        """The cases of a rule that it chooses."""
        if self._is_plain and not rule.aliases and self._names.isdisjoint(_runs(rule.id)):
            return []  # as most: profiles ask for every rule
        if self._wanted and not any(each.names(rule) for each in self._wanted):
            return []
        return [case for case in rule.cases if self.has(case)]

    def has_id(self, id: str) -> bool:
        """Whether it chooses the case that has this id, or had it before."""
        case = self._rules.case(id)
        return case is not None and self.has(case)

    def cases(self) -> list[Case]:
        """The cases that it chooses, in the order of their rules' ids."""
        return [case for _, rule in sorted(self._rules.rules.items()) for case in self.of(rule)]

    def rules(self) -> list[Rule]:
        """The rules of which it chooses a case, by id."""
        return list(dict.fromkeys(case.rule for case in self.cases()))

    def tests(self, rule: Rule) -> Iterator[str]:
        """The tests of the cases that it chooses of a rule."""
        return (test for test, case in rule.tests.items() if self.has(case))


def _mistake(pattern: str, rules: Registry) -> UsageError:
    ids = set(rules.rules)
    known = ids | {part for id in ids for part in (*id.split("."), id.rpartition(".")[0])}
    found = len(find([pattern], rules))
    remedy = (
        f"`sockspec rules {shlex.quote(pattern)}` finds {found}: name one of them"
        if found
        else "`sockspec rules` lists the ids, `sockspec rules WORD` finds a word in the text"
    )
    return UsageError.no_such("rule", pattern, known, remedy)


def find(words: Iterable[str], rules: Registry) -> list[Rule]:
    """The rules that patterns choose, then those that have one of the words in their text.

    A word is an option (`SO_LINGER`), a part of an id, or a phrase of the sentence, its
    behaviours or its sources.
    """
    given = list(words)
    chosen = Choice(given, rules).rules()
    sought = [_plain(each) for each in given if each and not set(each) & set("!*?[")]
    unwanted = Choice([each for each in given if each[:1] == "!"], rules).rules()
    read = (rule for rule in unwanted if any(each in _text(rule) for each in sought))
    return list(dict.fromkeys([*chosen, *read]))


def _text(rule: Rule) -> str:
    cited = (f"{each} {each.quote}" for each in rule.sources)
    meanings = (f"{name} {meaning}" for name, meaning in rule.behaviours.items())
    return _plain(" ".join([rule.id, rule.sentence, *meanings, *cited]))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
