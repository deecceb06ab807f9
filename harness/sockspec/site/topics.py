"""Topics: functions, options, flags, errors and ideas, in the words that people type."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, field
from fnmatch import translate
from importlib import resources
from typing import TYPE_CHECKING, Literal

import msgspec

from sockspec.site.platforms import slug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sockspec.site.model import RuleRow
    from sockspec.spec.rules import Rule

__all__ = ["KINDS", "Topic", "topics"]

Kind = Literal["function", "option", "flag", "error", "idea", "method"]

KINDS: dict[str, str] = {
    "idea": "Ideas",
    "function": "Functions",
    "option": "Options",
    "flag": "Flags, types and families",
    "error": "Errors",
    "method": "Methods of socket2 and tokio",
}
"""The kinds of topics in the order of pages, with their headings."""

_OPTION = re.compile(r"\b(?:SO|IP|IPV6|TCP|UDP)_[A-Z0-9_]*[A-Z0-9]\b")
_FLAG = re.compile(
    r"\b(?:(?:MSG|SOCK|SHUT|AF|SCM|O)_[A-Z0-9_]*[A-Z0-9]|POLL[A-Z]{2,}|SIOC[A-Z]+|FION[A-Z]+)\b"
)
_ERROR = re.compile(r"\bE[A-Z0-9]{3,}\b")
_PAGE = re.compile(r"(?:POSIX\.1-2024 |man-pages [\d.]+ )(\w+)\((?:2|3)?\)\Z")
_METHOD = re.compile(r"struct\.(\w+)\.html#method\.(\w+)")
_ERRORS = frozenset(errno.errorcode.values())


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    kind: Kind
    words: list[str] = []
    about: str = ""
    rules: list[str] = []


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: list[_Entry]


@dataclass
class Topic:
    """What a page is about: its name, other words for it, and the rules that touch it."""

    name: str
    kind: str
    words: tuple[str, ...] = ()
    about: str = ""
    rows: list[RuleRow] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """Its name, as an address has it."""
        return slug(self.name)


def topics(
    rows: Sequence[RuleRow], touched: Mapping[str, Iterable[str]] | None = None
) -> list[Topic]:
    """All topics that have rules, and in each row the names of its topics.

    `touched` has for a rule the options that its calls set or read.
    """
    listed = _listed()
    found = {
        each.name: Topic(each.name, each.kind, tuple(each.words), each.about) for each in listed
    }
    patterns = [
        (found[each.name], re.compile("|".join(map(translate, each.rules))))
        for each in listed
        if each.rules
    ]
    for row in rows:
        mentioned = {name: kind for kind, name in _mentioned(row.rule)}
        for name in (touched or {}).get(row.rule.id, ()):
            mentioned.setdefault(name, "option")
        for topic, globs in patterns:
            if globs.match(row.rule.id):
                mentioned.setdefault(topic.name, topic.kind)
        for name, kind in mentioned.items():
            found.setdefault(name, Topic(name, kind)).rows.append(row)
            row.topics.append(name)
    order = list(KINDS)
    there = (each for each in found.values() if each.rows)
    return sorted(there, key=lambda each: (order.index(each.kind), each.name.lower()))


def _listed() -> list[_Entry]:
    text = resources.files("sockspec.site").joinpath("topics.toml").read_bytes()
    return msgspec.toml.decode(text, type=_File).topic


def _mentioned(rule: Rule) -> Iterator[tuple[str, str]]:
    """What a rule names itself: kind and name."""
    text = " ".join(
        (
            rule.sentence,
            *rule.behaviours,
            *rule.behaviours.values(),
            *(f"{each.clause} {each.quote}" for each in rule.sources),
            *(value for case in rule.cases for _, value in case.parameters),
        )
    )
    yield from (("option", name) for name in _OPTION.findall(text))
    yield from (("flag", name) for name in _FLAG.findall(text))
    yield from (("error", name) for name in _ERROR.findall(text) if name in _ERRORS)
    for source in rule.sources:
        if page := _PAGE.search(source.publication):
            yield "function", page[1]
        if method := _METHOD.search(source.link):
            yield "method", f"{method[1]}::{method[2]}"
