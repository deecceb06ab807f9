"""Rows of the pages of pairs and platforms: what many pages share of them is drawn once.

There are tens of thousands of them, so they are put together as plain text, not as markup:
what comes from run files and profiles is escaped where it comes in.
"""

from __future__ import annotations

import functools
from itertools import chain
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from sockspec.site.fragments import short, sign, sources
from sockspec.site.pairs import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sockspec.judge.reading import Recorded
    from sockspec.site.model import Site
    from sockspec.site.pairs import Difference, Pair, Side
    from sockspec.site.portrait import Divergence
    from sockspec.spec.rules import Rule

__all__ = ["Rows"]

_FEW = 2  # cases that are listed unfolded


class Rows:
    """Draws them for a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._differing: dict[int, list[str]] = {}
        self._diverging: dict[tuple[object, ...], str] = {}
        self._whys: dict[tuple[str, ...], str] = {}
        self._link = functools.cache(_link)
        self._side = functools.cache(_side)
        self._cases = functools.cache(_cases)

    # -- of a pair -----------------------------------------------------------------------

    def differences(
        self, pair: Pair, part: Part, found: Iterable[Difference], seen: set[str]
    ) -> Markup:
        """Those of a part and an area. `seen` are the subjects that have an anchor already."""
        both = [str(escape(self._site.platforms[at].label)) for at in (pair.one, pair.other)]
        drawn = []
        for each in found:
            subject = each.row.rule.subject
            drawn.append("<tbody>\n" if subject in seen else _anchored(subject))
            seen.add(subject)
            if id(each) not in self._differing:
                self._differing[id(each)] = self._pieces(each, part)
            first, *rest = self._differing[id(each)]
            drawn.append(first)
            # Behind each piece but the last a name is due, of the one and the other in turn.
            drawn.extend(chain.from_iterable(zip(both * (len(rest) // 2), rest, strict=True)))
        return Markup("".join(drawn))

    def _pieces(self, each: Difference, part: Part) -> list[str]:
        """What stands around the names of the two platforms, which alone differ by pair."""
        span = f'rowspan="{len(each.cases)}"'
        rule = each.row.rule
        head = (
            f'<th scope="rowgroup" {span}>{self._link(rule)}'
            f' <span class="fine">{rule.level.value}, {escape(rule.subject)}</span></th>'
        )
        why = ""
        if part is Part.EXPLAINED:
            why = f'<td class="fine" {span}>{self._why(each.entries)}</td>'
        pieces = [""]
        for (one, other), cases in each.cases.items():
            pieces[-1] += f'<tr>{head}<td data-p="'
            pieces.append(f'">{self._side(one)}</td><td data-p="')
            pieces.append(f'">{self._side(other)}</td>{self._cases(tuple(cases))}{why}</tr>\n')
            head = why = ""
        pieces[-1] += "</tbody>\n"
        return pieces

    # -- of a platform -------------------------------------------------------------------

    def divergences(self, found: Iterable[Divergence]) -> Markup:
        """Those of an area."""
        return Markup("").join(Markup(self._divergence(each)) for each in found)

    def _divergence(self, each: Divergence) -> str:
        did = tuple((name, len(cases)) for name, cases in each.did.items())
        key = (each.row.rule.id, did, tuple(one.origin for one in each.entries))
        if key not in self._diverging:
            rule, whole = each.row.rule, len(each.row.cases)
            told = "; ".join(
                f'<code>{escape(name)}</code> <span class="fine">in {count} of {whole}</span>'
                for name, count in did
            )
            self._diverging[key] = (
                f'<tr><th scope="row">{self._link(rule)}'
                f' <span class="fine">{rule.level.value}</span></th>\n<td>{told}</td>\n'
                f'<td class="fine">{self._why(each.entries) or "no entry explains it"}</td>'
                "</tr>\n"
            )
        return self._diverging[key]

    # -- of both -------------------------------------------------------------------------

    def _why(self, entries: Sequence[Recorded]) -> str:
        key = tuple(each.origin for each in entries)
        if key not in self._whys:
            self._whys[key] = " ".join(
                f"{escape(each.entry.why)}{sources(each.entry.sources)}" for each in entries
            )
        return self._whys[key]


def _link(rule: Rule) -> str:
    return f'<a href="../rule/{escape(rule.id)}.html">{escape(rule.sentence)}</a>'


def _anchored(subject: str) -> str:
    return f'<tbody id="{escape(subject)}">\n'


def _side(side: Side) -> str:
    """What one of two does."""
    paper = ' <span class="fine">documented</span>' if side.is_paper else ""
    return f"<code>{escape(side.behaviour)}</code> {sign(side.state)}{paper}"


def _cases(cases: tuple[str, ...]) -> str:
    if len(cases) > _FEW:
        names = escape("; ".join(cases))
        listed = f"<details><summary>{len(cases)} cases</summary>{names}</details>"
    else:
        listed = str(escape(short(cases)))
    return f'<td class="fine">{listed}</td>'
