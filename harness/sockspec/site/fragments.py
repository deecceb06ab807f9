"""Parts of pages that many pages have: made once, and the same everywhere."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from markupsafe import Markup

from sockspec.site import platforms
from sockspec.site.model import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.site.model import RuleRow, Site

__all__ = ["Fragments", "short", "sign", "web"]

_MOST = 8  # cases that a heading lists


class Fragments:
    """Makes those of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._by_kind = site.grouped(range(len(site.run)))
        self._rows: dict[str, Markup] = {}
        self._cell = functools.cache(self._drawn)
        self._chip = functools.cache(self._told)
        self._spread = functools.cache(self._who)
        self.head = functools.cache(self._head)
        self.neighbour = functools.cache(self._neighbour)

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
        """The heads of the columns that tables show."""
        text = '<th scope="col" class="turned"><a href="{}platform/{}.html">{}</a>{}</th>'
        paper = Markup(' <span class="fine">not run</span>')
        return Markup("").join(
            Markup(text).format(root, each.slug, each.label, "" if each.is_run else paper)
            for each in (self._site.platforms[at] for at in self._site.columns)
        )

    def cells(self, row: RuleRow) -> Markup:
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

    def glance(self, row: RuleRow) -> Markup:
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

    def _neighbour(self, rule: str) -> Markup:
        """A rule in the list of those near another."""
        row = self._site.by_rule[rule]
        text = '<li><a href="{}.html">{}</a>{}</li>'
        differs = Markup(' <span class="fine">platforms differ</span>') if row.differs else ""
        return Markup(text).format(rule, row.rule.sentence, differs)


@functools.cache
def sign(state: State) -> Markup:
    """A state as sign and word."""
    text = '<span class="s {0}"><span aria-hidden="true">{1}</span> {2}</span>'
    return Markup(text).format(state.value, state.sign, state.words)


def web(link: str) -> str:
    """A link that a browser may follow: of what people wrote nothing else becomes one."""
    return link if link.startswith(("https://", "http://")) else ""


def short(cases: Sequence[str]) -> str:
    """Names of cases, in short."""
    listed = "; ".join(each or "the rule's one case" for each in cases[:_MOST])
    more = len(cases) - _MOST
    return f"{listed}; and {more} more" if more > 0 else listed
