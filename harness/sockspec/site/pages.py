"""The pages of the site, from their templates."""

from __future__ import annotations

import functools
import json
from collections import Counter
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from sockspec import __version__, files
from sockspec.site import data, database, platforms
from sockspec.site import topics as words
from sockspec.site.lines import lines
from sockspec.site.model import State
from sockspec.site.pairs import Part
from sockspec.site.portrait import Portraits
from sockspec.spec.rules import CONFORMS
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sockspec.site import findings
    from sockspec.site.history import History
    from sockspec.site.lines import Line, Span
    from sockspec.site.model import Pattern, RuleRow, Site
    from sockspec.site.pairs import Pair
    from sockspec.site.scripts import Script
    from sockspec.site.topics import Topic

__all__ = ["Pages", "is_ours"]

_MOST = 8  # cases that a heading lists
_COLOURS = {
    "C": State.CONFORMS.value,
    "K": State.DIVERGES.value,
    "U": State.OPEN.value,
    "N": State.UNTRIED.value,
    "R": State.RED.value,
}
"""What the colours of the grid are called in the style sheet."""


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
        PARTS=tuple(Part),
        suite=__version__,
        number=number,
        sign=_sign,
        short=_short,
        slug=platforms.slug,
    )
    made.filters["web"] = _web
    return made


@functools.cache
def _sign(state: State) -> Markup:
    """A state as sign and word."""
    text = '<span class="s {0}"><span aria-hidden="true">{1}</span> {2}</span>'
    return Markup(text).format(state.value, state.sign, state.words)


def _web(link: str) -> str:
    """A link that a browser may follow: of what people wrote nothing else becomes one."""
    return link if link.startswith(("https://", "http://")) else ""


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
        self._by_kind = site.grouped(range(len(site.run)))
        self._rows: dict[str, Markup] = {}
        self._cell = functools.cache(self._drawn)
        self._chip = functools.cache(self._told)
        self._near = functools.cache(lambda rule: _neighbour(site.by_rule[rule]))
        self._env = _environment()
        spread = functools.cache(self._who)
        self._env.globals.update(
            site=site,
            who=lambda members: spread(tuple(members)),
            chips=functools.cache(self._head),
            cells=self._cells,
            glance=self._glance,
            date=max((each.date for each in site.run), default=""),
        )

    # -- writing -----------------------------------------------------------------------

    def write(self, out: Path) -> Iterator[Path]:
        """All of them; the paths."""
        for name, content in self._all():
            yield files.write(out / name, content, is_ours=is_ours)

    def _all(self) -> Iterator[tuple[str, str | bytes]]:
        yield from _static()
        document = data.document(self._site, self._topics)
        made = data.encode(document)
        yield "data/sockspec.json", made
        yield "data/sockspec.sqlite", database.database(document)
        yield "data/sockspec.js", data.script(made)
        yield "data/sockspec.schema.json", json.dumps(data.schema(), indent=1)
        areas = self._site.areas()
        yield "index.html", self._page("index.html", "", areas=areas, topics=self._topics)
        for area, subjects in areas.items():
            yield (
                f"area/{area}.html",
                self._page("area.html", "../", area=area, subjects=subjects),
            )
        yield from self._rules(areas)
        yield "topics.html", self._page("topics.html", "", topics=self._topics)
        for topic in self._topics:
            yield f"topic/{topic.slug}.html", self._page("topic.html", "../", topic=topic)
        yield from self._platforms()
        yield "pair.html", self._page("pair-any.html", "", pairs=self._pairs)
        for pair in self._pairs:
            yield self._pair(pair), self._page("pair.html", "../", pair=pair)
        yield "view.html", self._page("view.html", "")
        yield "trend.html", self._trend()
        yield "data.html", self._data()
        yield "findings.html", self._page("findings.html", "", findings=self._findings)
        for page in self._findings:
            yield f"finding/{page.slug}.html", self._page("finding.html", "../", page=page)

    def _trend(self) -> str:
        most = max((each.most for each in self._histories), default=1)
        return self._page("trend.html", "", histories=self._histories, most=most)

    def _data(self) -> str:
        kinds = data.schema()["$defs"]
        names = [each.name for each in self._site.run]
        return self._page(
            "data.html",
            "",
            form=data.VERSION,
            kinds=sorted(kinds.items(), key=lambda item: item[0] != "Document"),
            tables=database.SCHEMA,
            example=next((row.rule.id for row in self._site.rows), ""),
            pair=(names[-1:] + names[:1]) if len(names) > 1 else ["one", "other"],
        )

    def _pair(self, pair: Pair) -> str:
        one, other = self._site.platforms[pair.one], self._site.platforms[pair.other]
        return f"pair/{one.slug}--{other.slug}.html"

    def _rules(
        self, areas: Mapping[str, Mapping[str, list[RuleRow]]]
    ) -> Iterator[tuple[str, str]]:
        template = self._env.get_template("rule.html")
        slugs = {topic.name: topic.slug for topic in self._topics}
        for row in self._site.rows:
            rule = row.rule
            patterns = [
                (each, _short(each.cases), self._since(each)) for each in row.patterns()
            ]
            neighbours = areas[rule.area][rule.subject]
            yield (
                f"rule/{rule.id}.html",
                template.render(
                    root="../",
                    row=row,
                    rule=rule,
                    patterns=patterns,
                    unchanged=_unchanged([since for _, _, since in patterns]),
                    whys=self._whys(row),
                    neighbours=Markup("\n").join(
                        self._near(each.rule.id) for each in neighbours if each is not row
                    ),
                    slugs=slugs,
                    silent=[
                        each.name
                        for at, each in enumerate(self._site.platforms)
                        if not each.is_run and at not in row.told
                    ],
                    scripts=self._scripts.get(rule.id, ()),
                    findings=[each for each in self._findings if each.rule == rule.id],
                ),
            )
            for alias in rule.aliases:
                yield (
                    f"rule/{alias}.html",
                    self._page("moved.html", "../", old=alias, new=rule.id),
                )

    def _platforms(self) -> Iterator[tuple[str, str]]:
        groups = self._site.grouped(range(len(self._site.platforms)))
        newer = Counter(at for row in self._site.rows for at in row.older)
        yield "platforms.html", self._page("platforms.html", "", groups=groups, newer=newer)
        portraits = Portraits(self._site)
        for at, platform in enumerate(self._site.platforms):
            yield (
                f"platform/{platform.slug}.html",
                self._page(
                    "platform.html",
                    "../",
                    at=at,
                    platform=platform,
                    portrait=portraits.of(at),
                    calls=portraits.calls,
                    history=next(
                        (each for each in self._histories if each.name == platform.name), None
                    ),
                    pairs=[
                        (self._pair(each), self._site.platforms[beside])
                        for each in self._pairs
                        for beside in ({each.one, each.other} - {at})
                        if each.one == at or (each.other == at and not platform.is_run)
                    ],
                ),
            )

    def _page(self, template: str, root: str, **values: Any) -> str:
        return self._env.get_template(template).render(root=root, **values)

    # -- what pages say ------------------------------------------------------------------

    def _who(self, members: tuple[int, ...]) -> Markup:
        """Platforms by kind; a kind of which all are there by its name alone."""
        if len(members) == len(self._site.run) > 1 and members == tuple(range(len(members))):
            text = '<a href="../platforms.html">every platform that was run</a> ({})'
            return Markup(text).format(len(members))
        parts = []
        for kind, ats in self._site.grouped(members).items():
            whole = self._by_kind.get(kind, [])
            if len(ats) == len(whole) > 2:
                text = '<a href="../platforms.html#{}">{}</a>: all {}'
                parts.append(Markup(text).format(kind, platforms.KINDS[kind], len(ats)))
                continue
            links = (
                Markup('<a href="../platform/{}.html">{}</a>').format(each.slug, each.name)
                for each in (self._site.platforms[at] for at in ats)
            )
            parts.append(Markup(", ").join(links))
        return Markup("; ").join(parts)

    def _head(self, root: str) -> Markup:
        """The heads of the columns that tables show."""
        text = '<th scope="col" class="turned"><a href="{}platform/{}.html">{}</a>{}</th>'
        paper = Markup(' <span class="fine">not run</span>')
        return Markup("").join(
            Markup(text).format(root, each.slug, each.label, "" if each.is_run else paper)
            for each in (self._site.platforms[at] for at in self._site.columns)
        )

    def _cells(self, row: RuleRow) -> Markup:
        """The cells of a rule in tables of those columns: each page of a rule shows them."""
        if row.rule.id not in self._rows:
            cells = (self._cell(at, row.state(at), row.sign(at)) for at in self._site.columns)
            self._rows[row.rule.id] = Markup("").join(cells)
        return self._rows[row.rule.id]

    def _drawn(self, at: int, state: State, shown: str) -> Markup:
        platform = self._site.platforms[at]
        is_paper = not platform.is_run and state is not State.NOT_RUN
        text = (
            '<td class="c {}{}" data-p="{}"><span aria-hidden="true">{}</span>'
            '<span class="vh">{}{}</span></td>'
        )
        return Markup(text).format(
            state.value,
            " paper" if is_paper else "",
            platform.label,
            shown,
            "documented: " if is_paper else "",
            state.words,
        )

    def _glance(self, row: RuleRow) -> Markup:
        """What the columns do with a rule, but for those that were not asked."""
        unasked = {*row.older, *row.left_out}
        return Markup("\n").join(
            self._chip(at, row.state(at), row.sign(at))
            for at in self._site.columns
            if at not in unasked
        )

    def _told(self, at: int, state: State, shown: str) -> Markup:
        platform = self._site.platforms[at]
        words: str = state.words
        if not platform.is_run and state is not State.NOT_RUN:
            words = f"not run; documented: {words}"
        text = (
            '<li class="c {}{}"><span aria-hidden="true">{}</span> '
            '<a href="../platform/{}.html">{}</a> <span class="word">{}</span></li>'
        )
        paper = "" if platform.is_run else " paper"
        return Markup(text).format(
            state.value, paper, shown, platform.slug, platform.label, words
        )

    def _since(self, pattern: Pattern) -> list[tuple[Line, list[Span]]]:
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


def _neighbour(row: RuleRow) -> Markup:
    text = '<li><a href="{}.html">{}</a>{}</li>'
    differs = Markup(' <span class="fine">platforms differ</span>') if row.differs else ""
    return Markup(text).format(row.rule.id, row.rule.sentence, differs)


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


def _short(cases: Sequence[str]) -> str:
    """Names of cases, in short."""
    listed = "; ".join(each or "the rule's one case" for each in cases[:_MOST])
    more = len(cases) - _MOST
    return f"{listed}; and {more} more" if more > 0 else listed


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
