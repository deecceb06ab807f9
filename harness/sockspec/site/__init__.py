"""The site: what run files and profiles know, as pages that people link to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sockspec.site import build, findings, history, pages, pairs, scripts, topics
from sockspec.site.model import Site
from sockspec.site.platforms import natural
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sockspec.judge.catalogue import Catalogue

__all__ = ["Site", "write"]


def write(
    paths: Iterable[Path],
    out: Path,
    catalogue: Catalogue,
    places: Mapping[str, tuple[str, str]],
) -> Iterator[Path]:
    """Write the site of some run files into a folder; the pages' paths.

    Of several run files of one name the newest is the platform's, and the others are its
    history. `places` has the kind and the title of platforms whose names are known.
    """
    rules = load.rules()
    reader = build.Reader(rules, catalogue, places)
    newest, earlier = build.latest(paths)
    seen = list(reader.read(newest))
    histories = [
        history.history(now.platform.name, [*reader.read(before), now])
        for now in seen
        if (before := earlier.get(now.platform.name))
    ]
    known = [reader.load(name) for name in catalogue.names()]
    site = build.site(seen, rules, reader, known)
    made = pages.Pages(
        site,
        topics.topics(site.rows),
        scripts.scripts(site, seen, rules, reader),
        findings.pages(newest, rules, catalogue),
        list(pairs.pairs(site, reader.profiles)),
        sorted(histories, key=lambda each: natural(each.name)),
    )
    yield from made.write(out)
