"""Reports: what people read, made from run files. A report never decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec import specification
from sockspec.report import junit, page
from sockspec.report.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sockspec.runfile import Run

__all__ = ["write"]


def write(
    runs: Sequence[Run], out: Path, root: Path, expected: Iterable[str] = ()
) -> Iterator[Path]:
    """Write the report of one or several runs into a folder; the files' paths.

    Of run files that were `expected`, by name, those that are not there are named.

    `report.html` (one file, no network), `report.md`, `summary.md` (short, for a CI job's
    summary), `junit.xml` and `badge.json` (a shields.io endpoint).
    """
    out.mkdir(parents=True, exist_ok=True)
    report = Report.of(runs, specification.load(), root, expected)
    for name, text in (
        ("report.html", page.html(report)),
        ("report.md", page.markdown(report)),
        ("summary.md", page.short(report)),
        ("junit.xml", junit.xml(report)),
        ("badge.json", page.badge(report)),
    ):
        path = out / name
        path.write_text(text, encoding="utf-8")
        yield path
