"""Text from elsewhere in Markdown: it neither ends what it stands in nor begins anything."""

from __future__ import annotations

import re

__all__ = ["block", "code", "plain"]


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


def _longest(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0)
