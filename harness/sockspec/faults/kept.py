"""What hunts have found, line by line in a file: a hunt goes on there, and several are joined."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sockspec import __version__, files
from sockspec.errors import UsageError
from sockspec.faults.hunt import Hunted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sockspec.faults.fault import Fault

__all__ = ["Joined", "Kept"]

_BEGINNING = b'{"hunt":'


@dataclass(frozen=True, slots=True)
class Joined:
    """Several hunts as one: of each fault all rules that noticed it in any of them.

    `links` are those over which they were, "" for the loopback; `dates` the days; `left` which
    were not hunted to the end. Where not all rules could be asked of each there are no `rules`.
    """

    found: tuple[Hunted, ...]
    rules: frozenset[str]
    links: tuple[str, ...]
    dates: tuple[str, ...]
    left: tuple[str, ...] = ()


class _Found(NamedTuple):
    hunted: Hunted
    whole: bool  # all rules could be asked


class Kept:
    """The file of the hunts of one backend. Raises `UsageError` where it is none.

    A fault that has changed since it was hunted counts as if it had not been. So does one of
    which only some rules were asked, unless one that names it noticed.
    """

    def __init__(self, path: Path, base: str) -> None:
        self._path = files.place(path, is_ours=lambda head: head.startswith(_BEGINNING))
        self._base = base
        self._lines = list(self._read())

    def of(self, link: str, faults: Iterable[Fault]) -> dict[str, Hunted]:
        """Which of the faults were hunted over a link, and what was found."""
        found = self._found(link, faults)
        return {name: _together(those) for name, those in found.items() if _done(those)}

    def begin(self, link: str, rules: Collection[str], date: str) -> None:
        """Another hunt, with the rules that can notice something there."""
        self._add({"link": link, "date": date, "rules": sorted(rules)})

    def add(self, link: str, found: Hunted, *, whole: bool = True) -> None:
        """What became of a fault; `whole`: all rules could be asked."""
        fault = {"fault": found.fault.name, "shape": _shape(found.fault)}
        told = {"said": found.said, "noticed": found.noticed, "tried": found.tried}
        self._add({"link": link, "whole": whole, **fault, **told})

    def joined(self, faults: Sequence[Fault]) -> Joined:
        """All hunts together, of these faults."""
        heads = self._told(None, "rules")
        links = tuple(dict.fromkeys(each["link"] for each in heads))
        hunts = [self._found(link, faults) for link in links]
        found = [
            [one for each in hunts for one in each.get(fault.name, ())] for fault in faults
        ]
        done = [those for those in found if _done(those)]
        were_asked = all(any(each.whole for each in those) for those in done)
        return Joined(
            tuple(_together(those) for those in done),
            frozenset(rule for each in heads for rule in each["rules"] if were_asked),
            links,
            tuple(sorted({each["date"] for each in heads})),
            tuple(
                each.name for each, those in zip(faults, found, strict=True) if not _done(those)
            ),
        )

    def _found(self, link: str, faults: Iterable[Fault]) -> dict[str, list[_Found]]:
        """All that was found over a link of faults that have not changed since."""
        known = {each.name: each for each in faults}
        found: dict[str, list[_Found]] = {}
        for line in self._told(link, "fault"):
            fault = known.get(line["fault"])
            if fault and line["shape"] == _shape(fault):
                told = tuple(line["said"]), tuple(line["noticed"]), int(line["tried"])
                one = _Found(Hunted(fault, *told), line["whole"])
                found.setdefault(fault.name, []).append(one)
        return found

    def _told(self, link: str | None, what: str) -> list[Mapping[str, Any]]:
        """The lines that have this, of a link or of all."""
        return [each for each in self._lines if what in each and link in {None, each["link"]}]

    def _read(self) -> Iterator[Mapping[str, Any]]:
        if not self._path.exists():
            return
        with files.refusing(self._path):
            whole, _, torn = self._path.read_text("utf-8").rpartition("\n")
        if torn:  # by what ended the hunt that wrote it
            files.write(self._path, f"{whole}\n" if whole else "")
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                told = json.loads(line)
                ours = (told["hunt"], told["version"]) == (self._base, __version__)
            except (ValueError, KeyError, TypeError):
                raise UsageError("is no line of a hunt", file=self._path, line=number) from None
            if ours:
                yield told

    def _add(self, line: Mapping[str, Any]) -> None:
        told = json.dumps({"hunt": self._base, "version": __version__, **line})
        self._lines.append(json.loads(told))
        with files.refusing(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(f"{told}\n")


def _shape(fault: Fault) -> dict[str, Any]:
    return {"does": fault.does, "wanted": list(fault.rules)}


def _done(those: Sequence[_Found]) -> bool:
    return any(each.whole or each.hunted.verdict == "named" for each in those)


def _together(those: Sequence[_Found]) -> Hunted:
    hunted = [each.hunted for each in those]
    said = dict.fromkeys(rule for each in hunted for rule in each.said)
    noticed = dict.fromkeys(rule for each in hunted for rule in each.noticed)
    return Hunted(
        hunted[0].fault,
        tuple(said),
        tuple(each for each in noticed if each not in said),
        max(each.tried for each in hunted),
    )
