"""Roles: `{rule}` names a rule and links it, `{repo}` a file of the repository.

Both are checked: a rule that is gone and a file that was moved are warnings, and warnings
fail the build.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxRole

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx

_ROOT = Path(__file__).resolve().parents[2]
_FORGE = "https://github.com/sockspec/sockspec"


class Repository(SphinxRole):
    """A file or folder of the repository, by its path from the root."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """The path as code, linked to the forge."""
        path = _ROOT / self.text
        if not path.exists():
            told = self.inliner.reporter.warning(f"there is no {self.text}", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, told)], [told]
        kind = "tree" if path.is_dir() else "blob"
        link = nodes.reference(
            self.rawtext,
            "",
            nodes.literal("", self.text),
            refuri=f"{_FORGE}/{kind}/main/{self.text}",
        )
        return [link], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the roles."""
    app.add_crossref_type("rule", "rule", "pair: rule; %s", nodes.literal)
    app.add_role("repo", Repository())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
