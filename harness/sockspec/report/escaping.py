"""Text from elsewhere in Markdown and pages: it neither ends nor begins anything there."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["block", "code", "plain", "ticked"]


def plain(text: str) -> str:
    """Text within a paragraph, a list or a table."""
    return re.sub(r"([\\`*_\[\]<>|#~&])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """Code within a paragraph, a list or a table."""
    line = " ".join(text.split()).replace("|", r"\|")
    ticks = "`" * (_longest(line) + 1)
    return f"{ticks} {line} {ticks}" if "`" in line else f"`{line}`"


def block(text: str, language: str = "") -> str:
    """Lines of code, fenced."""
    ticks = "`" * max(_longest(text) + 1, 3)
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def ticked(text: str) -> Markup:
    """Text of a page in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them is meant as it is
        return escape(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(each) if at % 2 else escape(each) for at, each in enumerate(parts)
    )


def _longest(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
