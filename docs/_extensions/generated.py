"""Pages that the code makes: written beside the others before Sphinx looks for pages.

`rules/AREA.md` has an area of the rule reference; `_generated/` has parts that written
pages include. Neither is committed: a build makes them anew, and removes what is over.
"""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import covered
import statements

from sockspec.judge import runfile
from sockspec.protocol import messages
from sockspec.report import protocol, reference, runs
from sockspec.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx

    from sockspec.spec.rules import Rule

_RULE = re.compile(r"^### (\S+\.\S+)$", re.MULTILINE)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the pages when a build begins."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx) -> None:
    """Write every page and part that is not there as it should be."""
    folder = Path(app.srcdir)
    wanted = {folder / name: text for name, text in pages()}
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            beside = path.with_name(f".{path.name}")
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
    for path in [*folder.glob("rules/*"), *folder.glob("_generated/*")]:
        if path not in wanted and not path.name.startswith("."):
            path.unlink()


def pages() -> Iterator[tuple[str, str]]:
    """Names and texts."""
    registry = load.rules()
    rules = [each for _, each in sorted(registry.rules.items())]
    areas = {
        area: list(members)
        for area, members in itertools.groupby(rules, lambda rule: rule.area)
    }
    for area, members in areas.items():
        yield f"rules/{area}.md", _linked(reference.markdown(members))
    yield "_generated/options.md", covered.markdown(rules)
    yield "_generated/coverage.md", statements.markdown(registry)
    yield "_generated/areas.md", "\n".join(_areas(areas.items())) + "\n"
    # Their titles are the pages'.
    yield "_generated/protocol.md", protocol.markdown().partition("\n")[2]
    yield "_generated/run-file.md", runs.markdown().partition("\n")[2]
    yield "_generated/run.schema.json", json.dumps(runfile.schema(), indent=2) + "\n"
    yield "_generated/protocol.schema.json", json.dumps(messages.schema(), indent=2) + "\n"


def _linked(text: str) -> str:
    # Each rule is a target of its own: for the role `rule`, the search and other sites.
    return _RULE.sub(r":::{rule} \1\n:::\n\n### \1", text)


def _areas(areas: Iterable[tuple[str, list[Rule]]]) -> Iterator[str]:
    yield from ("| area | rules | cases | subjects |", "| --- | --- | --- | --- |")
    for area, members in areas:
        subjects = dict.fromkeys(rule.subject.partition(".")[2] for rule in members)
        cases = sum(len(rule.cases) for rule in members)
        link = f"[{area}](rules/{area}.md)"
        yield f"| {link} | {len(members)} | {cases} | {', '.join(subjects)} |"
