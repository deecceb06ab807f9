"""Every answer as data: one JSON document with a schema of its own.

What is published is `Document`. Its form has a version, which grows when a program that reads
it would have to change; fields may be added without that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from sockspec import __version__
from sockspec.site.platforms import KINDS
from sockspec.spec.rules import CONFORMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sockspec.site.model import CaseRow, RuleRow, Site
    from sockspec.site.topics import Topic

__all__ = ["VERSION", "Document", "document", "encode", "schema", "script"]

VERSION: Literal[1] = 1
"""Version of the document's form."""


def _meaning(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who answered; answers name it by its place in the list."""

    name: Annotated[str, _meaning("The name, which is permanent: `gvisor-debian`.")]
    label: Annotated[str, _meaning("The name at the head of a column.")]
    title: str
    kind: Annotated[str, _meaning("A key of `kinds`.")]
    profile: Annotated[str, _meaning("The profile that judges it.")]
    system: Annotated[str, _meaning("What answered.")]
    run: Annotated[bool, _meaning("Whether it was run; if not, only documents tell of it.")]
    through: Annotated[str, _meaning("The library that the calls went through.")] = ""
    backend: str = ""
    version: str = ""
    date: Annotated[str, _meaning("When it was run: ISO 8601.")] = ""
    started: Annotated[str, _meaning("When the run began: ISO 8601, UTC.")] = ""
    facts: Annotated[dict[str, Any], _meaning("What profiles condition on.")] = {}
    missing: Annotated[dict[str, str], _meaning("Features that are missing, and why.")] = {}
    verdicts: Annotated[dict[str, int], _meaning("How many cases have which verdict.")] = {}


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """A clause that promises a rule."""

    publication: str
    clause: str
    link: str
    quote: str = ""


class Behaviour(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an implementation can do, and what that means."""

    standing: Annotated[
        str, _meaning("`conforms`, `diverges`, or `recorded`: nothing is promised.")
    ]
    meaning: str = ""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What some platforms did in a case."""

    behaviour: Annotated[
        str, _meaning("The behaviours seen, with commas between; empty: none.")
    ]
    verdict: str
    platforms: Annotated[list[int], _meaning("Places in the list of platforms.")]
    entry: Annotated[str, _meaning("The entry of a profile that records it, if one does.")] = ""
    because: Annotated[str, _meaning("Why there is no behaviour, or why it is red.")] = ""


class Told(msgspec.Struct, frozen=True):
    """What documents say of a platform that was not run."""

    platform: int
    behaviour: str
    standing: str
    entry: str


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule with its parameters, and what each platform did."""

    id: str
    answers: list[Answer]
    documented: list[Told] = []


class Rule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A promise of the socket API."""

    id: Annotated[str, _meaning("Permanent.")]
    sentence: str
    level: str
    area: str
    sources: list[Source]
    behaviours: dict[str, Behaviour]
    cases: list[Case]
    topics: list[str] = []
    aliases: Annotated[list[str], _meaning("Ids that it had before.")] = []
    first: Annotated[
        str, _meaning("When the oldest run began that has it: a run that is older lacks it.")
    ] = ""
    differs: Annotated[bool, _meaning("Whether platforms do different things in a case.")] = (
        False
    )
    disagreement: Annotated[
        int, _meaning("In the case where that is most: how many do otherwise than most.")
    ] = 0
    groups: Annotated[
        str,
        _meaning(
            "Where platforms differ, a letter for each that was run, in their order: the same "
            "one where they do the same in every case that both answer; `-` without an answer."
        ),
    ] = ""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a platform does what it does, as a profile says."""

    why: str
    sources: list[str]
    kind: Annotated[str, _meaning("`observed` or `documented`.")]
    on: str = ""
    date: str = ""


class TopicName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A word that people search for, and other words for it."""

    name: str
    kind: str
    page: str
    words: list[str] = []


class Document(msgspec.Struct, frozen=True, tag="sockspec", tag_field="document"):
    """Everything: platforms, rules with the answers to each case, entries of profiles."""

    format: Literal[1]
    suite: Annotated[str, _meaning("Version of the sockspec that made it.")]
    date: Annotated[str, _meaning("That of the newest run in it: ISO 8601.")]
    kinds: Annotated[dict[str, str], _meaning("The kinds of platforms, with their headings.")]
    columns: Annotated[list[int], _meaning("Platforms that tables begin with.")]
    platforms: list[Platform]
    rules: list[Rule]
    entries: dict[str, Entry]
    topics: list[TopicName]


def document(site: Site, topics: Sequence[Topic]) -> Document:
    """The site as one document."""
    rules = [_rule(row) for row in site.rows]
    used = {origin for row in site.rows for origin, _ in row.origins()}
    return Document(
        format=VERSION,
        suite=__version__,
        date=max((each.date for each in site.run), default=""),
        kinds=dict(KINDS),
        columns=list(site.columns),
        platforms=[
            Platform(
                name=each.name,
                label=each.label,
                title=each.title,
                kind=each.kind,
                profile=each.profile,
                system=each.system,
                run=each.is_run,
                through=each.through,
                backend=each.header.backend if each.header else "",
                version=each.version,
                date=each.date,
                started=each.header.started if each.header else "",
                facts=each.header.platform if each.header else {},
                missing=each.header.missing if each.header else {},
                verdicts=dict(each.verdicts),
            )
            for each in site.platforms
        ],
        rules=rules,
        entries={
            origin: Entry(
                why=recorded.entry.why,
                sources=recorded.entry.sources,
                kind=recorded.entry.evidence.kind,
                on=recorded.entry.evidence.on,
                date=str(recorded.entry.evidence.date or ""),
            )
            for origin, recorded in site.entries.items()
            if origin in used
        },
        topics=[
            TopicName(each.name, each.kind, each.slug, list(each.words)) for each in topics
        ],
    )


def _rule(row: RuleRow) -> Rule:
    rule = row.rule
    return Rule(
        id=rule.id,
        sentence=rule.sentence,
        level=rule.level.value,
        area=rule.area,
        sources=[Source(s.publication, s.clause, s.link, s.quote) for s in rule.sources],
        behaviours={
            name: Behaviour(rule.standing(name), "" if meaning == CONFORMS else meaning)
            for name, meaning in rule.behaviours.items()
        },
        cases=[_case(case) for case in row.cases],
        topics=row.topics,
        aliases=list(rule.aliases),
        first=row.first,
        differs=row.differs,
        disagreement=row.disagreement,
        groups=row.groups if row.differs else "",
    )


def _case(case: CaseRow) -> Case:
    return Case(
        case.id,
        [
            Answer(each.behaviour, each.verdict.value, platforms, each.origin, each.because)
            for each, platforms in case.given.items()
        ],
        [Told(each.platform, each.behaviour, each.standing, each.origin) for each in case.told],
    )


def encode(made: Document) -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(made)


def script(made: bytes) -> bytes:
    """The document as a script, which a page can load from disk too."""
    # Nothing in it can end the script or a line of it.
    safe = made.replace(b"<", b"\\u003c").replace("\u2028".encode(), b"\\u2028")
    return b"globalThis.sockspec = " + safe.replace("\u2029".encode(), b"\\u2029") + b";\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    made: dict[str, Any] = msgspec.json.schema(Document)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"sockspec: every answer, version {VERSION}",
    }
    return head | made
