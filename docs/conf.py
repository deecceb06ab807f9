"""Sphinx's configuration: `make docs` builds the pages into out/docs."""

from __future__ import annotations

import sys
from pathlib import Path

import sockspec

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

project = "sockspec"
author = "the sockspec developers"
copyright = author
version = release = sockspec.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_click",
    "sphinx_copybutton",
    "generated",  # ours: the pages that the code makes
    "names",  # ours: roles for rules and for files of the repository
]
exclude_patterns = ["_generated/*", "measured/*", "upstream/*"]  # included, or read as they are
default_role = "code"  # docstrings have single backticks
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # annotations name types that have no page

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

html_theme = "furo"
html_title = f"sockspec {release}"
html_static_path = ["_static"]
html_css_files = ["sockspec.css"]
html_show_copyright = False
html_theme_options = {
    "source_repository": "https://github.com/sockspec/sockspec/",
    "source_branch": "main",
    "source_directory": "docs/",
}
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"
copybutton_only_copy_prompt_lines = True
pygments_style = "friendly"
pygments_dark_style = "monokai"
