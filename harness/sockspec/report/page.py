"""The pages of a report, from their templates."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import jinja2

from sockspec.judge import since
from sockspec.judge.verdict import Verdict
from sockspec.report import escaping, functions, summary, tested, timeline, view
from sockspec.report.picture import Picture
from sockspec.reproduce.names import Names
from sockspec.words import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sockspec.judge.gate import Gate
    from sockspec.report.across import Across
    from sockspec.report.findings import Shown
    from sockspec.report.model import Report

__all__ = [
    "badge",
    "findings",
    "gate",
    "html",
    "kept",
    "markdown",
    "matrix_html",
    "matrix_markdown",
    "picture",
    "short",
    "upstream",
]

_SHOWN = 10  # causes that are unfolded

_environment = jinja2.Environment(
    loader=jinja2.PackageLoader("sockspec.report"),
    autoescape=jinja2.select_autoescape(["html", "svg"]),
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_environment.globals.update(
    Verdict=Verdict,
    counts=summary.counts,
    words=functions.WORDS,
    tally=functions.tally,
    number=number,
    judge=summary.judge,
    difference=summary.difference,
    kinds=since.KINDS,
    RED=view.RED,
    SIGNS=view.SIGNS,
    tested=tested,
    events_of=timeline.events,
    names_of=Names.of,
    frames_of=timeline.frames,
    shown=_SHOWN,
)
_environment.filters.update(
    plain=escaping.plain,
    ticked=escaping.ticked,
    code=escaping.code,
    block=escaping.block,
    excerpt=lambda text: "\n".join(text.splitlines()[:_LINES]),
    first_of=lambda found, most: list(found.items())[:most],
)

_LINES = 40  # of an entry in a summary
_CAUSES = 100  # in a summary


def _place(link: str) -> str:
    """The file and line that a link to a repository leads to."""
    path = re.sub(r"^https://[^/]+/(.*/(blob|tree)/v?[\w.-]+/)?|\?[^#]*", "", link)
    return re.sub(r"#[Ln]?(?=\d)", ":", path)


_environment.filters["place"] = _place


def html(report: Report, captures: Sequence[str] = ()) -> str:
    """The report as one HTML file without anything from the network.

    `captures` are for each run the name of the file with its packets, which lies beside it.
    """
    known = dict.fromkeys(range(len(report.runs)), "") | dict(enumerate(captures))
    return _environment.get_template("report.html").render(**_of(report), captures=known)


def markdown(report: Report, *, gated: bool = True) -> str:
    """The report as Markdown: every divergence, what was expected, why, and the source.

    With what the gates say, unless told that they are open.
    """
    banners = [each for each in report.banners if each.causes] if gated else []
    return _environment.get_template("report.md").render(**_of(report), banners=banners)


def _of(report: Report) -> dict[str, Any]:
    return {"report": report, "functions": functions.of(report.runs, report.rules)}


def short(report: Report) -> str:
    """The few lines that a CI job shows: counts, and the causes of what is red."""
    banners = [each for each in report.banners if each.causes]
    template = _environment.get_template("summary.md")
    most = max(1, _CAUSES // max(1, len(banners)))
    return template.render(report=report, banners=banners, most=most)


def gate(found: Sequence[Gate], code: int, most: int) -> str:
    """What gates say, as Markdown of at most so many bytes: the causes that fit."""
    causes = _CAUSES
    while True:
        text = _environment.get_template("gate.md").render(gates=found, code=code, most=causes)
        if len(text.encode()) <= most:
            return text
        if not causes:
            return ""
        causes //= 2


def matrix_html(across: Across, *, linked: bool) -> str:
    """The matrix as one HTML file; `linked` to the report of each platform beside it."""
    return _environment.get_template("matrix.html").render(across=across, linked=linked)


def matrix_markdown(across: Across, *, linked: bool) -> str:
    """The matrix as Markdown: counts, and each case on which platforms part."""
    return _environment.get_template("matrix.md").render(across=across, linked=linked)


def kept(across: Across, places: Mapping[str, tuple[str, str]]) -> str:
    """The index of runs that are kept; `places` has a heading and a title for each name."""
    groups = across.groups(places)
    return _environment.get_template("kept.md").render(across=across, groups=groups)


def picture(across: Across, places: Mapping[str, tuple[str, str]]) -> str:
    """The picture of runs that are kept, as SVG: known divergences by platform and area."""
    made = Picture.of(across, places)
    return _environment.get_template("kept.svg").render(picture=made)


def findings(found: Sequence[Shown]) -> str:
    """The page of findings, and of what may be some, as Markdown."""
    whole = [each for each in found if each.is_whole]
    candidates = [each for each in found if not each.is_whole]
    return _environment.get_template("findings.md").render(whole=whole, candidates=candidates)


def upstream(found: Sequence[Shown]) -> str:
    """The report that the maintainers of a system want, of one finding or several."""
    return _environment.get_template("upstream.md").render(found=found)


def badge(report: Report) -> str:
    """A badge, as the endpoint of shields.io reads it (https://shields.io/badges/endpoint-badge)."""
    cells = [each.verdict for run in report.runs for each in run.observations]
    ran = [verdict for verdict in cells if verdict is not Verdict.UNSUPPORTED]
    red = len(report.red)
    known = sum(verdict is Verdict.KNOWN for verdict in ran)
    message = f"{len(ran)} cases, {known} known divergences"
    colour = "brightgreen" if ran else "red"
    if report.faults:
        message, colour = "not judged in full", "orange"
    if red:
        message, colour = f"{red} red", "red"
    return json.dumps(
        {"schemaVersion": 1, "label": "sockspec", "message": message, "color": colour}
    )
