"""The sentences of an API document, counted: those of the doc comments of a crate's source.

    python harness/tests/sentences.py socket.rs

prints each function's sentences with the numbers by which rules cite them. Headings,
examples, code and link targets are not counted; an item of a list is a sentence.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

_FUNCTION = re.compile(r"\s*pub (?:async |const |unsafe )*fn (\w+)")
_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\[(])")


def sentences(source: str) -> dict[str, list[str]]:
    """The sentences of each public function's documentation, in the source's order."""
    found: dict[str, list[str]] = {}
    comment: list[str] = []
    depth = 0  # of brackets of an attribute
    for line in source.splitlines():
        text = line.strip()
        if text.startswith("///"):
            comment.append(text[3:].removeprefix(" "))
        elif function := _FUNCTION.match(line):
            found.setdefault(function[1], _split(comment))
            comment = []
        elif depth or text.startswith("#["):
            depth += text.count("[") - text.count("]")
        elif text and not text.startswith("//"):
            comment = []
    return found


def plain(text: str) -> str:
    """Markdown as it reads: no marks, no link targets, single spaces."""
    text = re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1", text)
    return re.sub(r"\s+", " ", text.replace("`", "").replace("*", "")).strip()


def _split(comment: list[str]) -> list[str]:
    paragraphs: list[list[str]] = [[]]
    code = example = False
    for line in comment:
        if line.lstrip().startswith("```"):
            code = not code
        elif line.startswith("#") and not code:
            example = line.startswith("# Example")
            paragraphs.append([])
        elif code or example or re.match(r"\[[^\]]+\]: ", line) or not line.strip():
            paragraphs.append([])
        elif line.lstrip().startswith(("* ", "- ")):
            paragraphs.append([line.lstrip()[2:]])
        else:
            paragraphs[-1].append(line)
    whole = (plain(" ".join(lines)) for lines in paragraphs)
    return [each for text in whole if text for each in _END.split(text)]


if __name__ == "__main__":
    for name, told in sentences(Path(sys.argv[1]).read_text(encoding="utf-8")).items():
        for number, sentence in enumerate(told, 1):
            print(f"{name}({number}): {sentence}")  # noqa: T201 - a program too
