"""The files of a profile as text: entries changed, removed and added, all else kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import tomlkit

from sockspec.judge.cannot import Cannot
from sockspec.judge.entry import Entry
from sockspec.judge.reading import entry_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["rewritten", "written"]

_ORDER = (
    *("rule", "case", "call", "error", "cases", "when", "behaviour", "sometimes", "because"),
    *("why", "source"),
)


@dataclass(frozen=True, slots=True)
class _Block:
    """An entry with the comments above it and the space below."""

    line: int
    text: str


def rewritten(
    text: str,
    replaced: Mapping[int, Sequence[Entry | Cannot]],
    added: Sequence[Entry | Cannot],
) -> str:
    """The text with the entries at some lines replaced, by none or several, and others added.

    What is added stands behind the entries of the same rule, or at the end.
    """
    head, blocks = _blocks(text)
    places: list[tuple[str, str]] = []  # the rule that the text is of, and the text
    for block in blocks:
        rule = _rule(block.text)
        entries = replaced.get(block.line)
        texts = [block.text] if entries is None else [_edited(block.text, e) for e in entries]
        places += [(rule, each) for each in texts or [""]]
    for entry in added:
        same = [index for index, (rule, _) in enumerate(places) if rule == entry.rule]
        at = same[-1] + 1 if same else len(places)
        places.insert(at, (entry.rule, f"\n{written(entry)}"))
    body = "\n\n".join(made.strip("\n") for _, made in places if made.strip())
    return f"{head.rstrip()}\n\n{body}\n" if body else f"{head.rstrip()}\n"


def written(entry: Entry | Cannot) -> str:
    """An entry as it stands in a file, below `[[entry]]` or `[[cannot]]`."""
    table = tomlkit.table()
    for name, value in _fields(entry).items():
        table[name] = _item(value)
    made = tomlkit.aot()
    made.append(table)
    document = tomlkit.document()
    document[_array(entry)] = made
    return tomlkit.dumps(document)


def _array(entry: Entry | Cannot) -> str:
    return "cannot" if isinstance(entry, Cannot) else "entry"


def _blocks(text: str) -> tuple[str, list[_Block]]:
    lines = text.splitlines(keepends=True)
    headers = sorted(entry_lines(text) + entry_lines(text, "cannot"))
    starts = []
    for header in headers:
        start = header - 1
        while start and lines[start - 1].startswith("#"):
            start -= 1
        starts.append(start)
    ends = [*starts[1:], len(lines)] if starts else []
    blocks = [
        _Block(header, "".join(lines[start:end]))
        for header, start, end in zip(headers, starts, ends, strict=True)
    ]
    return "".join(lines[: starts[0]] if starts else lines), blocks


def _rule(text: str) -> str:
    tables: Any = next(iter(tomlkit.parse(text).unwrap().values()))
    return str(tables[0]["rule"])


def _edited(text: str, entry: Entry | Cannot) -> str:
    document = tomlkit.parse(text)
    array = _array(entry)
    table: Any = document[array][0]
    wanted = _fields(entry)
    for name in [each for each in table if each not in wanted]:
        del table[name]
    stands = document.unwrap()[array][0]
    for name, value in wanted.items():
        if name not in stands or stands[name] != value:
            table[name] = _item(value)
    return tomlkit.dumps(document)


def _fields(entry: Entry | Cannot) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(
        entry, builtin_types=(type(entry.evidence.date),)
    )
    # What is empty is there to be filled in.
    several = isinstance(entry, Entry) and len(entry.behaviours) > 1
    for name in ("why", "source", *(["because"] if several else [])):
        told.setdefault(name, "")
    named = {name: told[name] for name in _ORDER if told.get(name, {}) != {}}
    evidence = {name: value for name, value in told["evidence"].items() if value}
    return {**named, "evidence": evidence}


def _item(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    made = tomlkit.inline_table()
    for name, each in value.items():
        made[name] = _item(each)
    return made
