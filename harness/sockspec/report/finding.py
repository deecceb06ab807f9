"""A finding as `findings.toml` has it: whose, what, and each step that a finding has to pass.

    candidate ──> read in the source ──> tried on the newest ──> checked at the head
              ──> looked for in the documents and upstream ──> a control ──> finding

A candidate lacks some of the steps, and the page says which.
"""

from __future__ import annotations

import datetime  # noqa: TC003 - msgspec reads the annotation at run time
import re
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from sockspec.spec.sources import unpinned

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "Against",
    "Candidate",
    "Claim",
    "Control",
    "Documented",
    "Finding",
    "Head",
    "Searched",
    "Tried",
    "Upstream",
    "faults",
]

_Some = Annotated[str, msgspec.Meta(min_length=1)]
_Links = Annotated[list[_Some], msgspec.Meta(min_length=1)]
_Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_TAG = r"([a-z]+-)?v?\d+(\.\d+)+(-rc\d+)?"
_Commit = Annotated[str, msgspec.Meta(pattern=rf"^([0-9a-f]{{9,40}}|{_TAG})$")]
_LINE = re.compile(r"#[Ln]?\d+(-L?\d+)?$")


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Against(_Part, frozen=True):
    """What the system's own documentation says otherwise: `publication`, `quote`, `link`."""

    publication: _Some
    quote: _Some
    link: _Some


class Tried(_Part, frozen=True):
    """The newest version that can be had.

    `run` names the kept run that shows it there, `newest` says why no newer one was tried.
    """

    version: _Some
    run: _Some
    newest: _Some


class Head(_Part, frozen=True):
    """The newest state of the upstream repository, read on `read`.

    `commit` is its hash, or the tag of a release, `date` the commit's. `line` links the place
    in it; `still` says whether the defect is there. `copy` links the copy in which it was read,
    where that was not the repository itself.
    """

    commit: _Commit
    date: datetime.date
    line: _Some
    read: datetime.date
    still: bool = True
    copy: str = ""


class Documented(_Part, frozen=True):
    """What the system's own documents say of it, and which of them were `read`.

    `no`: nothing, `wrongly`: something else, so that the finding is about the documents.
    A behaviour that they describe is none.
    """

    state: Literal["no", "wrongly"]
    read: _Links


class Searched(_Part, frozen=True):
    """A search for reports of it: where, with which words, and when."""

    where: _Some
    words: _Some
    date: datetime.date


class Upstream(_Part, frozen=True):
    """What the system's maintainers know, with the `link` that shows it."""

    state: Literal["unknown", "reported", "fixed", "refused"]
    searched: Searched
    link: str = ""


class Control(_Part, frozen=True):
    """A kept run that has the right behaviour in the same case.

    `case` names another case of the same rule, where no platform does the same one right.
    """

    run: _Some
    behaviour: _Some
    case: str = ""


class Claim(_Part, frozen=True, kw_only=True):
    """What a finding and a candidate have in common.

    `system` and `version` say whose, `title` what is wrong, in a sentence. `run` names the
    platform whose run file shows it in `case` as `behaviour`. What should be, and the source
    of that, is in the case's rule, or in `against`. `mechanism` says how it comes about, where
    the profile's entry says too little. Those with the same `together` are reported upstream
    in one text. `program` is a file below `programs`, where the program that is written from
    the run does not show it by itself.
    """

    id: _Slug
    system: _Some
    version: _Some
    run: _Some
    case: _Some
    behaviour: _Some
    title: _Some
    mechanism: str = ""
    against: Against | None = None
    together: _Slug = "alone"
    program: Annotated[str, msgspec.Meta(pattern=r"^([\w-]+\.(c|py))?$")] = ""


class Finding(Claim, frozen=True, kw_only=True):
    """A defect that passed every step; `line` links where the source does it."""

    line: _Links
    tried: Tried
    head: Head
    documented: Documented
    upstream: Upstream
    control: Control


class Candidate(Claim, frozen=True, kw_only=True):
    """What may be a finding; `note` says what else speaks against it so far."""

    line: list[_Some] = []
    tried: Tried | None = None
    head: Head | None = None
    documented: Documented | None = None
    upstream: Upstream | None = None
    control: Control | None = None
    note: str = ""

    @property
    def missing(self) -> list[str]:
        """The steps that it lacks."""
        return [each for each in _STEPS if not getattr(self, each)]


_STEPS = [each for each in Finding.__struct_fields__ if each not in Claim.__struct_fields__]


def faults(claim: Finding | Candidate) -> Iterator[tuple[str, str]]:
    """What is wrong with one by itself, each with the remedy."""
    for link in [*claim.line, *([claim.head.line] if claim.head else [])]:
        if complaint := unpinned(link):
            yield f"{link}: {complaint.split('; ')[0]}", "link a tag or a commit"
        if not link.startswith("https://") or not _LINE.search(link):
            yield f"{link}: names no line", "link the line itself, `https://...#L12`"
    if claim.upstream and claim.upstream.state != "unknown" and not claim.upstream.link:
        yield f"{claim.upstream.state} upstream, but where?", "give upstream.link"
    if claim.head and claim.upstream and claim.head.still == (claim.upstream.state == "fixed"):
        there = "still there" if claim.head.still else "gone"
        yield (
            f"{there} at the head, but {claim.upstream.state} upstream",
            'upstream.state is "fixed" where head.still is false, and only there',
        )
