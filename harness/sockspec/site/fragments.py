"""Parts of pages that many pages have: made once, and the same everywhere."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from sockspec.site import platforms
from sockspec.site.model import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.site.lines import Line, Span
    from sockspec.site.model import Pattern, RuleRow, Site
    from sockspec.spec.rules import Rule

__all__ = ["Fragments", "changes", "short", "sign", "sources", "web"]

_MOST = 8  # cases that a heading lists
_FEW = 2  # behaviours that stand beside a platform


class Fragments:
    """Makes those of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._by_kind = site.grouped(range(len(site.run)))
        self._starts = {of[0] for of in site.grouped(site.columns).values()}
        self._starts -= set(site.columns[:1])
        self._rows: dict[str, Markup] = {}
        self._cell = functools.cache(self._drawn)
        self._chip = functools.cache(self._told)
        self._spread = functools.cache(self._who)
        self.head = functools.cache(self._head)
        self._near = functools.cache(self._neighbour)

    def who(self, members: Iterable[int]) -> Markup:
        """Platforms by kind; a kind of which all are there by its name alone."""
        return self._spread(tuple(members))

    def _who(self, members: tuple[int, ...]) -> Markup:
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
        """The heads of the columns that tables show, with their kinds over them."""
        text = '<th scope="col" class="turned{}"><a href="{}platform/{}.html">{}</a>{}</th>'
        paper = Markup(' <span class="fine">not run</span>')
        shown = [self._site.platforms[at] for at in self._site.columns]
        heads = Markup("").join(
            Markup(text).format(
                self._begins(at), root, each.slug, each.label, "" if each.is_run else paper
            )
            for at, each in zip(self._site.columns, shown, strict=True)
        )
        over = '<th scope="colgroup" colspan="{}" class="{}" title="{}">{}</th>'
        kinds = Markup("").join(
            Markup(over).format(
                len(members), self._begins(members[0]).strip(), platforms.KINDS[kind], kind
            )
            for kind, members in self._site.grouped(self._site.columns).items()
        )
        first = '<tr class="kinds"><td></td>{}</tr>\n<tr><th scope="col">rule</th>{}</tr>'
        return Markup(first).format(kinds, heads)

    def _begins(self, at: int) -> str:
        """The class of a column with which another kind of platforms begins."""
        return " begins" if at in self._starts else ""

    def cells(self, row: RuleRow) -> Markup:
        """The cells of a rule in tables of those columns: each page of a rule shows them."""
        if row.rule.id not in self._rows:
            cells = (self._cell(at, row.state(at), row.sign(at)) for at in self._site.columns)
            self._rows[row.rule.id] = Markup("").join(cells)
        return self._rows[row.rule.id]

    def _drawn(self, at: int, state: State, shown: str) -> Markup:
        platform = self._site.platforms[at]
        is_paper = not platform.is_run and state is not State.NOT_RUN
        text = '<td class="c {}{}{}" data-p="{}" title="{}: {}" aria-label="{}">{}</td>'
        words = f"documented: {state.words}" if is_paper else state.words
        return Markup(text).format(
            state.value,
            " paper" if is_paper else "",
            self._begins(at),
            platform.label,
            platform.name,
            words,
            words,
            shown,
        )

    def answers(self, rule: Rule, pattern: Pattern) -> Markup:
        """The table of what platforms do in the cases of a pattern."""
        rows = []
        for (behaviour, state), members in pattern.answers.items():
            meaning = rule.meaning(behaviour)
            told = f' <span class="fine">{escape(meaning)}</span>' if meaning else ""
            rows.append(
                f"<tr><td>{sign(state)}</td><td><code>{escape(behaviour)}</code>{told}</td>"
                f"<td>{self._spread(tuple(members))}</td></tr>"
            )
        return Markup("\n").join(map(Markup, rows))  # all that is in them was escaped

    def glance(self, row: RuleRow) -> Markup:
        """What the columns do with a rule, but for those that were not asked."""
        unasked = {*row.older, *row.left_out}
        return Markup("\n").join(
            self._chip(at, row.state(at), row.sign(at), self._in_a_word(row, at))
            for at in self._site.columns
            if at not in unasked
        )

    def _in_a_word(self, row: RuleRow, at: int) -> str:
        """The state; where nothing is promised it says little, and what was seen more."""
        state = row.state(at)
        if state is not State.OPEN:
            return state.words
        if at < len(self._site.run):
            given = (case.answers[at] for case in row.cases)
            seen = {each.behaviour for each in given if each and each.behaviour}
        else:
            seen = {each.behaviour for each in row.told[at]}
        return " or ".join(sorted(seen)) if len(seen) <= _FEW else f"{len(seen)} behaviours"

    def _told(self, at: int, state: State, shown: str, words: str) -> Markup:
        platform = self._site.platforms[at]
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

    def neighbours(self, rows: Iterable[RuleRow]) -> Markup:
        """Rules, in the list of those near another."""
        return Markup("\n".join(self._near(row.rule.id) for row in rows))

    def _neighbour(self, rule: str) -> Markup:
        """A rule in the list of those near another."""
        row = self._site.by_rule[rule]
        text = '<li><a href="{}.html">{}</a>{}</li>'
        differs = Markup(' <span class="fine">platforms differ</span>') if row.differs else ""
        return Markup(text).format(rule, row.rule.sentence, differs)


def changes(found: Iterable[tuple[Line, Sequence[Span]]]) -> Markup:
    """The lines on which versions do not all do the same, with what they do since when."""
    drawn = []
    for line, spans in found:
        if len(spans) > 1:
            told = "; ".join(
                f"<code>{escape(' or '.join(span.behaviours))}</code> {escape(span.words)}"
                for span in spans
            )
            drawn.append(f'<p class="since"><b>{escape(line.name)}</b>: {told}.</p>')
    return Markup("\n").join(map(Markup, drawn))  # as above


@functools.cache
def sign(state: State) -> Markup:
    """A state as sign and word."""
    text = '<span class="s {0}"><span aria-hidden="true">{1}</span> {2}</span>'
    return Markup(text).format(state.value, state.sign, state.words)


def web(link: str) -> str:
    """A link that a browser may follow: of what people wrote nothing else becomes one."""
    return link if link.startswith(("https://", "http://")) else ""


def sources(links: Sequence[str]) -> Markup:
    """Links to what an entry of a profile was read in, each after a space."""
    text = Markup(' <a href="{}">source</a>')
    return Markup("").join(text.format(each) for each in map(web, links) if each)


def short(cases: Sequence[str]) -> str:
    """Names of cases, in short."""
    listed = "; ".join(each or "the rule's one case" for each in cases[:_MOST])
    more = len(cases) - _MOST
    return f"{listed}; and {more} more" if more > 0 else listed
