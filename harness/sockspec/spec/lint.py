"""What is wrong with the rules: form, place, words, sources, and the permanence of ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sockspec.spec.rules import CONFORMS, ERRNO, UNIX, End, Level
from sockspec.spec.sources import unpinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sockspec.spec.rules import Registry, Rule
    from sockspec.spec.sources import Source

__all__ = ["faults", "lint", "permanence"]

_ID = re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+(-[a-z0-9]+)*){2}\Z")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")

_WEASEL = re.compile(
    r"\b(should work|should be|test that|works correctly|properly)\b", re.IGNORECASE
)

_SLIPS = re.compile(
    r"\b(answers?|answered) (E[A-Z]+|yes|no|with|the|that)\b|\b(is|are|be) told\b|\btells?\b|"
    r"\btaken for\b|\botherwise than\b|\btakes over\b",
    re.IGNORECASE,
)
"""Words that no engineer would use of a call: it returns, fails with, reports, inherits."""

_OPEN = re.compile(r"Whether .+ is unspecified\.\Z")

_VAGUE = {
    *("end", "left", "no", "none", "nothing", "ok", "other"),
    *("silent", "taken", "told", "yes"),
}
"""Names that say nothing on their own, or have meant opposite things in two rules."""


def lint(rules: Registry) -> list[str]:
    """What is wrong with the rules, one line each, with file and line."""
    found = list(rules.complaints)
    meanings: dict[tuple[str, str], tuple[str, Rule]] = {}
    for each in rules.rules.values():
        found.extend(f"{each.where}: {each.id}: {what}" for what in faults(each))
        found.extend(
            f"{each.where}: {each.id}: alias {alias!r} is in use"
            for alias in each.aliases
            if alias in rules.rules
        )
        found.extend(
            f"{each.where}: {each.id}: is split from {whole!r}, which no rule is or was"
            for whole in each.split_from
            if rules.resolve(whole) is None
        )
        for name, meaning in each.behaviours.items():
            if meaning == CONFORMS:
                continue
            first, other = meanings.setdefault((each.subject, name), (meaning, each))
            if first != meaning:
                found.append(
                    f"{each.where}: {each.id}: behaviour {name!r} means something else in "
                    f"{other.id}: one name, one meaning"
                )
    return found


def faults(each: Rule) -> Iterator[str]:
    """What is wrong with one rule by itself."""
    yield from _form(each)
    yield from _sentence(each)
    yield from _sources(each)
    yield from _behaviours(each)
    yield from _ends(each)
    if not each.cases:
        yield "no test exercises it"
    ids = [case.id for case in each.cases]
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"case {twice} is declared twice"


def _form(each: Rule) -> Iterator[str]:
    if not _ID.match(each.id):
        yield "an id is area.subject.promise, lower case, words joined by hyphens"
        return
    area, subject, _ = each.id.split(".")
    place = f"{area}/test_{subject.replace('-', '_')}.py"
    file = each.where.rpartition(":")[0]
    if "/" in file and not file.endswith(f"/{place}"):
        yield f"stands in {file}; its place is conformance/{place}"


def _sentence(each: Rule) -> Iterator[str]:
    if not each.sentence.endswith(".") or len(each.sentence) > 240:
        yield "the sentence is one sentence of at most 240 characters"
    if _WEASEL.search(each.sentence):
        yield "the sentence states what happens, not what should work"
    for text in (each.sentence, *each.behaviours.values()):
        if slip := _SLIPS.search(text):
            yield f"{slip[0]!r}: say it with the verb of POSIX: returns, fails with, reports"
    if (each.level is Level.UNSPECIFIED) != bool(_OPEN.match(each.sentence)):
        yield 'an unspecified rule, and no other, reads "Whether X is unspecified."'


def _sources(each: Rule) -> Iterator[str]:
    if not each.sources:
        yield "has no source"
    for source in each.sources:
        yield from (f"source {source}: {what}" for what in _source(source))
    firm = each.level in {Level.MUST, Level.SHOULD}
    if firm and not any(source.normative for source in each.sources):
        yield (
            f"is a {each.level.value}, but cites no clause of POSIX, an RFC or an API "
            "document: what a system chooses is unspecified, and recorded in its profile"
        )


def _source(source: Source) -> Iterable[str]:
    if not source.link.startswith("https://") or not source.clause:
        yield "has no link or no clause"
    if not source.quote:
        yield "has no quote"
    if complaint := unpinned(source.link):
        yield complaint


def _ends(each: Rule) -> Iterator[str]:
    """A rule that judges one of two ends can have two, and one about one system has one."""
    families = {case.get("family") for case in each.cases}
    named = each.judges in {End.CLIENT, End.SERVER}
    if named and families == {UNIX}:
        yield f"judges the {each.judges}, and no peer is at the other end of a Unix socket"
    if each.judges is End.ALONE and "link" in each.needs:
        yield "judges several sockets of one system, and needs a link to another"


def _behaviours(each: Rule) -> Iterator[str]:
    if not each.behaviours:
        yield "can name no behaviour"
    if each.level is not Level.UNSPECIFIED and not each.conforming:
        yield "names no behaviour that conforms"
    if each.level is Level.UNSPECIFIED and each.conforming:
        yield "is unspecified: nothing conforms, and nothing diverges"
    for name, meaning in each.behaviours.items():
        errno = bool(ERRNO.match(name))
        ending = name.startswith("crash:") and meaning == CONFORMS
        if not _NAME.match(name) and not errno and not ending:
            yield f"behaviour {name!r} is neither an error symbol nor lower-case words"
        if name in _VAGUE:
            yield f"behaviour {name!r} says nothing on its own; name what happened"
        if not meaning:
            yield f"behaviour {name!r} has no meaning"
        if errno and meaning != CONFORMS and each.level is not Level.UNSPECIFIED:
            yield f"behaviour {name!r} names itself: declare it only where it conforms"
    for old, new in each.renamed.items():
        if old in each.behaviours or not each.knows(new):
            yield f"renames {old!r} to {new!r}: the first must be gone, the second declared"


def permanence(rules: Registry, ledger: str) -> list[str]:
    """What the list of all ids that ever were, `ids.txt`, says of today's."""
    permanent = set(ledger.split())
    kept = set(rules.rules) | {old for each in rules.rules.values() for old in each.aliases}
    return [
        *(
            f"ids.txt: {name} is gone: an id is permanent; give its successor the alias"
            for name in sorted(permanent - kept)
        ),
        *(
            f"{rules.rules[name].where}: {name} is not in ids.txt; add it"
            for name in sorted(set(rules.rules) - permanent)
        ),
    ]
