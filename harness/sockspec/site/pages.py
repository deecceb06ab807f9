"""The pages of the site, from their templates."""

from __future__ import annotations

import functools
import json
from collections import Counter
from functools import cached_property, partial
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar

import jinja2

from sockspec import __version__, files
from sockspec.site import data, database, platforms, processes
from sockspec.site import topics as words
from sockspec.site.fragments import Fragments, changes, short, sign, web
from sockspec.site.lines import lines, single
from sockspec.site.model import State
from sockspec.site.pairs import Part
from sockspec.site.portrait import Portraits
from sockspec.site.rows import Rows
from sockspec.spec.rules import CONFORMS
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from markupsafe import Markup

    from sockspec.site import findings
    from sockspec.site.history import History
    from sockspec.site.lines import Line, Span
    from sockspec.site.model import Pattern, RuleRow, Site
    from sockspec.site.pairs import Pair
    from sockspec.site.scripts import Script
    from sockspec.site.topics import Topic

__all__ = ["Pages", "is_ours"]

T = TypeVar("T")

_COLOURS = {
    "C": State.CONFORMS.value,
    "K": State.DIVERGES.value,
    "U": State.OPEN.value,
    "N": State.UNTRIED.value,
    "R": State.RED.value,
}
"""What the colours of the grid are called in the style sheet."""


_UPSTREAM = {
    "unknown": "no report found",
    "reported": "reported",
    "fixed": "fixed",
    "refused": "will not be changed",
}
"""What became of a finding, as people say it."""


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("sockspec.site"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.globals.update(
        State=State,
        KINDS=platforms.KINDS,
        TOPICS=words.KINDS,
        CONFORMS=CONFORMS,
        COLOURS=_COLOURS,
        upstream=_UPSTREAM,
        PARTS=tuple(Part),
        suite=__version__,
        number=number,
        sign=sign,
        short=short,
        slug=platforms.slug,
    )
    made.filters["web"] = web
    return made


class Pages:
    """Writes the pages of a site."""

    def __init__(
        self,
        site: Site,
        topics: Sequence[Topic],
        scripts: Mapping[str, Sequence[Script]],
        findings: Sequence[findings.Page] = (),
        pairs: Sequence[Pair] = (),
        histories: Sequence[History] = (),
    ) -> None:
        self._site = site
        self._topics = topics
        self._scripts = scripts
        self._findings = findings
        self._pairs = pairs
        self._histories = histories
        self._lines = lines(site.run)
        self._single = single(site.run)
        self._spans: dict[tuple[Any, ...], tuple[list[tuple[Line, list[Span]]], Markup]] = {}
        self._areas = site.areas()
        self._slugs = {topic.name: topic.slug for topic in topics}
        self._fragments = Fragments(site)
        self._silent = functools.cache(self._nothing_on)
        self._env = _environment()
        self._env.globals.update(
            site=site,
            who=self._fragments.who,
            chips=self._fragments.head,
            cells=self._fragments.cells,
            answers=self._fragments.answers,
            glance=self._fragments.glance,
            drawn=Rows(site),
            date=max((each.date for each in site.run), default=""),
        )

    # -- writing -----------------------------------------------------------------------

    def write(self, out: Path) -> Iterator[Path]:
        """All of them; the paths."""
        jobs = self._jobs()

        def write(at: int) -> list[Path]:
            return [
                files.write(out / name, content, is_ours=is_ours)
                for name, content in jobs[at]()
            ]

        for written in processes.spread(write, len(jobs)):
            yield from written

    def _jobs(self) -> list[Callable[[], Iterator[tuple[str, str | bytes]]]]:
        """What makes them, in parts that can be done side by side; the longest comes first."""
        every = range(len(self._site.platforms))
        return [
            self._data,
            *(partial(self._pair_pages, each) for each in _parts(self._pairs)),
            *(partial(self._platform_pages, each) for each in _parts(every)),
            *(partial(self._area, area) for area in self._areas),
            *(partial(self._topic_pages, each) for each in _parts(self._topics)),
            *(partial(self._rule_pages, each) for each in _parts(self._site.rows)),
            self._lists,
        ]

    def _data(self) -> Iterator[tuple[str, str | bytes]]:
        document = data.document(self._site, self._topics)
        made = data.encode(document)
        yield "data/sockspec.json", made
        yield "data/sockspec.sqlite", database.database(document)
        yield "data/sockspec.js", data.script(made)
        yield "data/sockspec.schema.json", json.dumps(data.schema(), indent=1)

    def _lists(self) -> Iterator[tuple[str, str | bytes]]:
        """What there is one of, and the findings."""
        yield from _static()
        groups = self._site.grouped(range(len(self._site.platforms)))
        newer = Counter(at for row in self._site.rows for at in row.older)
        most = max((each.most for each in self._histories), default=1)
        lists: dict[str, dict[str, Any]] = {
            "index": {
                "areas": self._areas,
                "topics": self._topics,
                "examples": self._examples(),
            },
            "topics": {"topics": self._topics},
            "platforms": {"groups": groups, "newer": newer},
            "view": {},
            "trend": {"histories": self._histories, "most": most},
            "data": self._about_data(),
            "findings": {"findings": self._findings},
        }
        for name, values in lists.items():
            yield f"{name}.html", self._page(f"{name}.html", "", **values)
        yield "pair.html", self._page("pair-any.html", "", pairs=self._pairs)
        for page in self._findings:
            yield f"finding/{page.slug}.html", self._page("finding.html", "../", page=page)

    def _examples(self) -> list[Pair]:
        """Of each kind of platforms the pair with most between them: what people come for.

        What has nothing in common but the kind, as gVisor and Wine, is told apart by profile.
        """
        most: dict[str, Pair] = {}
        for each in sorted(self._pairs, key=lambda each: -each.count):
            one = self._site.platforms[each.one]
            kind = one.profile if one.kind == "sandbox" else one.kind
            is_paper = not self._site.platforms[each.other].is_run
            most.setdefault("paper" if is_paper else kind, each)
        told = ("gvisor", "wine", "stack", "runtime", "paper", platforms.DOCUMENTED)
        return [most[kind] for kind in told if kind in most]

    def _about_data(self) -> dict[str, Any]:
        kinds = data.schema()["$defs"]
        names = [each.name for each in self._site.run]
        return {
            "form": data.VERSION,
            "kinds": sorted(kinds.items(), key=lambda item: item[0] != "Document"),
            "tables": database.SCHEMA,
            "example": next((row.rule.id for row in self._site.rows), ""),
            "pair": (names[-1:] + names[:1]) if len(names) > 1 else ["one", "other"],
        }

    def _area(self, area: str) -> Iterator[tuple[str, str]]:
        subjects = self._areas[area]
        yield f"area/{area}.html", self._page("area.html", "../", area=area, subjects=subjects)

    def _topic_pages(self, topics: Sequence[Topic]) -> Iterator[tuple[str, str]]:
        for topic in topics:
            yield f"topic/{topic.slug}.html", self._page("topic.html", "../", topic=topic)

    def _pair_pages(self, pairs: Sequence[Pair]) -> Iterator[tuple[str, str]]:
        for pair in pairs:
            seen: set[str] = set()
            yield self._pair(pair), self._page("pair.html", "../", pair=pair, seen=seen)

    def _pair(self, pair: Pair) -> str:
        one, other = self._site.platforms[pair.one], self._site.platforms[pair.other]
        return f"pair/{one.slug}--{other.slug}.html"

    def _rule_pages(self, rows: Sequence[RuleRow]) -> Iterator[tuple[str, str]]:
        for row in rows:
            yield f"rule/{row.rule.id}.html", self._rule(row)
            for alias in row.rule.aliases:
                moved = self._page("moved.html", "../", old=alias, new=row.rule.id)
                yield f"rule/{alias}.html", moved

    def _rule(self, row: RuleRow) -> str:
        rule = row.rule
        patterns = [(each, short(each.cases), *self._since(each)) for each in row.patterns()]
        answered = {at for each, *_ in patterns for of in each.answers.values() for at in of}
        near = self._areas[rule.area][rule.subject]
        return self._page(
            "rule.html",
            "../",
            row=row,
            rule=rule,
            patterns=patterns,
            unchanged=_unchanged([since for _, _, since, _ in patterns]),
            alone=[each for each in self._single if answered.intersection(each.versions[0][1])],
            whys=self._whys(row),
            neighbours=self._fragments.neighbours(each for each in near if each is not row),
            slugs=self._slugs,
            silent=self._silent(tuple(row.told)),
            scripts=self._scripts.get(rule.id, ()),
            findings=[each for each in self._findings if each.rule == rule.id],
        )

    def _nothing_on(self, told: tuple[int, ...]) -> str:
        """The platforms that were not run, but for those of which documents say something."""
        return ", ".join(
            each.name
            for at, each in enumerate(self._site.platforms)
            if not each.is_run and at not in told
        )

    def _platform_pages(self, ats: Sequence[int]) -> Iterator[tuple[str, str]]:
        for at in ats:
            name = f"platform/{self._site.platforms[at].slug}.html"
            yield name, self._platform(at)

    def _platform(self, at: int) -> str:
        platform = self._site.platforms[at]
        return self._page(
            "platform.html",
            "../",
            at=at,
            platform=platform,
            portrait=self._portraits.of(at),
            calls=self._portraits.calls,
            history=next(
                (each for each in self._histories if each.name == platform.name), None
            ),
            pairs=[
                (self._pair(each), self._site.platforms[beside])
                for each in self._pairs
                for beside in ({each.one, each.other} - {at})
                if each.one == at or (each.other == at and not platform.is_run)
            ],
        )

    @cached_property
    def _portraits(self) -> Portraits:
        return Portraits(self._site)

    def _page(self, template: str, root: str, **values: Any) -> str:
        return self._env.get_template(template).render(root=root, **values)

    # -- what pages say ------------------------------------------------------------------

    def _since(self, pattern: Pattern) -> tuple[list[tuple[Line, list[Span]]], Markup]:
        """What versions do since when, and the changes among that as a page has them."""
        # In most rules platforms part as in others.
        key = tuple((name, tuple(members)) for (name, _), members in pattern.answers.items())
        if key not in self._spans:
            found = self._spanned(pattern)
            self._spans[key] = found, changes(found)
        return self._spans[key]

    def _spanned(self, pattern: Pattern) -> list[tuple[Line, list[Span]]]:
        answers: list[Any] = [None] * len(self._site.run)
        for (behaviour, _), members in pattern.answers.items():
            for at in members:
                answers[at] = _Said(behaviour)
        spans = [(line, line.spans(answers)) for line in self._lines]
        return [(line, found) for line, found in spans if found]

    def _whys(self, row: RuleRow) -> list[tuple[Any, tuple[int, ...]]]:
        return [
            (self._site.entries[origin], tuple(sorted(members)))
            for origin, members in row.origins()
            if origin in self._site.entries
        ]


def _unchanged(found: Sequence[list[tuple[Line, list[Span]]]]) -> list[tuple[Line, str, str]]:
    """The lines on which no case changed, with the first and the last version."""
    spans: dict[Line, list[list[Span]]] = {}
    for each in found:
        for line, on in each:
            spans.setdefault(line, []).append(on)
    return [
        (line, of[0][0].since, of[0][0].until)
        for line, of in spans.items()
        if all(len(each) == 1 for each in of) and of[0][0].since != of[0][0].until
    ]


class _Said:
    """An answer, as lines read it."""

    __slots__ = ("behaviour",)

    def __init__(self, behaviour: str) -> None:
        self.behaviour = behaviour


def _parts(whole: Sequence[T]) -> list[Sequence[T]]:
    """So many parts that no processor waits long for another, and none is tiny."""
    size = max(4, len(whole) // 40)
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def _static() -> Iterator[tuple[str, bytes]]:
    root = resources.files("sockspec.site").joinpath("static")
    for folder in (root, root.joinpath("vendor")):
        for each in folder.iterdir():
            if each.is_file():
                below = "vendor/" if folder is not root else ""
                yield f"static/{below}{each.name}", each.read_bytes()


def is_ours(head: bytes) -> bool:
    """Whether a file that begins so is the site's."""
    # A database says in its header which program it belongs to.
    return b"sockspec" in head or head[68:72] == database.APPLICATION.to_bytes(4)
