"""Findings: defects that were read in the source, each on a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.report import findings
from sockspec.site.platforms import slug

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue
    from sockspec.report.findings import Shown
    from sockspec.spec.rules import Registry

__all__ = ["Page", "pages"]


class Page:
    """A finding, and where it is: by the rule and the case that it is about, permanently."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.finding = shown.finding
        self.rule: str = shown.rule["id"]
        self.slug = slug(f"{shown.finding.run}-{shown.finding.case}")


def pages(paths: Iterable[Path], rules: Registry, catalogue: Catalogue) -> list[Page]:
    """The findings that stand beside the folders of run files; none where there is no file."""
    folders = dict.fromkeys(path.resolve().parent.parent for path in paths)
    found = [
        Page(shown)
        for folder in folders
        if (folder / findings.FILE).is_file()
        for shown in findings.load(folder, rules, catalogue)
    ]
    return sorted(found, key=lambda each: (each.finding.system, each.rule))
