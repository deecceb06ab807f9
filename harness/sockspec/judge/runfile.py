"""Run files: everything that one run saw, as JSON Lines, written as it is seen.

The first line is the header, then one line for each case, the footer last. A file without
a footer was cut short, and every reader says so.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, cast

import msgspec
from packaging.version import InvalidVersion, Version

from sockspec import __version__, files, platform
from sockspec.collector import uncollected
from sockspec.errors import Refused, UsageError
from sockspec.files import UNDECODABLE
from sockspec.judge.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "VERSION",
    "Follower",
    "Footer",
    "Header",
    "Observation",
    "Run",
    "Told",
    "Writer",
    "begins",
    "content",
    "read",
    "schema",
]

VERSION: Literal[1] = 1
"""Version of the run file's form."""


def _meaning(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="kind"):
    """The first line: what ran, where, and through which backend."""

    format: Literal[1]
    suite: Annotated[str, _meaning("Version of sockspec.")]
    started: Annotated[str, _meaning("When the run began: ISO 8601, UTC.")]
    platform: Annotated[dict[str, Any], _meaning("The facts that profiles condition on.")]
    backend: Annotated[str, _meaning("Name of the backend.")]
    implementation: Annotated[str, _meaning("What was tested, in one line.")]
    features: Annotated[list[str], _meaning("Features that probes found.")]
    missing: Annotated[dict[str, str], _meaning("Features that are missing, and why.")]
    functions: Annotated[
        dict[str, str],
        _meaning("Functions of both API documents; the reason where one is missing."),
    ]
    profile: Annotated[str, _meaning("The profile that judged the run.")]
    seed: Annotated[str, _meaning("Seed of the drawn examples; empty: the usual ones.")]
    examples: Annotated[int, _meaning("Examples drawn for each property test.")]
    declared: Annotated[
        int,
        _meaning("Cases of the suite: the others were not selected, or not reached."),
    ]
    version: Annotated[str, _meaning("Version of what was tested.")] = ""
    label: Annotated[str, _meaning("What was tested, as its author calls it.")] = ""
    stands_in_for: Annotated[str, _meaning("The backend whose policies it shares.")] = ""
    disclaimed: Annotated[
        list[str], _meaning("Missing features that the backend itself says it does not have.")
    ] = []
    peer: Annotated[str, _meaning("What made the other end of connections, if another.")] = ""
    exchanged: Annotated[
        bool, _meaning("The roles were exchanged: what was the peer is judged.")
    ] = False
    link: Annotated[str, _meaning("The network between the two; empty: the loopback.")] = ""
    deadline: Annotated[
        float, _meaning("Seconds that an example could take; 0: not known.")
    ] = 0
    pace: Annotated[
        float,
        _meaning(
            "How many times slower than usual the machine was; deadlines are longer by it."
        ),
    ] = 1.0
    selection: Annotated[
        list[str],
        _meaning(
            "What chose the cases, as `--rule` has it; `--red-of`; empty: not known, or all."
        ),
    ] = []
    capture: Annotated[
        str, _meaning("Name of the pcapng file with the packets, where they were kept.")
    ] = ""

    @property
    def is_newer(self) -> bool:
        """Whether a newer sockspec wrote it: what its cases mean may not be known here."""
        if self.suite == __version__:
            return False
        try:
            return Version(self.suite) > Version(__version__)
        except InvalidVersion:
            return True


class _Form(msgspec.Struct, frozen=True):
    """Of a header what every version of the form has."""

    format: int
    suite: str


class Observation(msgspec.Struct, frozen=True, tag="observation", tag_field="kind"):
    """A line for each case: the behaviours seen, how often, and the verdict."""

    case: Annotated[str, _meaning("The case: the rule's id, and its parameters.")]
    rule: Annotated[str, _meaning("The rule's id.")]
    parameters: Annotated[dict[str, str], _meaning("The parameters, by name.")]
    behaviours: Annotated[dict[str, int], _meaning("How often each behaviour was seen.")]
    verdict: Verdict
    because: Annotated[str, _meaning("Why that verdict, in a sentence.")]
    expected: Annotated[
        list[str], _meaning("What the profile records; otherwise, what conforms.")
    ]
    origin: Annotated[str, _meaning("The profile entry, by file and line.")]
    unexpected: Annotated[list[str], _meaning("The behaviours that were not expected.")]
    witness: Annotated[
        dict[str, Any],
        _meaning("For each behaviour its smallest example: `values` and `calls`."),
    ]
    examples: Annotated[int, _meaning("Examples that ran.")]
    calls: Annotated[int, _meaning("Calls that they made.")]
    seconds: Annotated[float, _meaning("How long they took, for information.")]
    test: Annotated[str, _meaning("The pytest node of the case.")]

    @property
    def is_tried(self) -> bool:
        """Whether the platform and the backend have what the case needs."""
        return self.verdict not in {Verdict.UNSUPPORTED, Verdict.MISSING}


class Footer(msgspec.Struct, frozen=True, tag="footer", tag_field="kind"):
    """The last line, without which a run was cut short."""

    cases: Annotated[int, _meaning("Cases in the file.")]
    verdicts: Annotated[dict[str, int], _meaning("How many cases have which verdict.")]
    examples: int
    calls: int
    seconds: Annotated[float, _meaning("How long the run took.")]
    errors: Annotated[list[str], _meaning("What broke outside of any case.")] = []


Line = Header | Observation | Footer


class _Brief(Observation, frozen=True, kw_only=True, tag="observation", tag_field="kind"):
    """An observation without its witnesses, which are most of a file: they are not decoded."""

    witness: dict[str, Any] = msgspec.field(default_factory=dict, name="-")


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)
_brief_decoder = msgspec.json.Decoder(Header | _Brief | Footer)


def schema() -> dict[str, Any]:
    """The JSON Schema of one line of a run file."""
    made: dict[str, Any] = msgspec.json.schema(Line)
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["title"] = f"sockspec run file, version {VERSION}: one line"
    return made


class Told(NamedTuple):
    """An observation as a line of a run file, and what the footer counts."""

    verdict: str
    examples: int
    calls: int
    line: bytes

    @classmethod
    def of(cls, seen: Observation) -> Told:
        """Make the line."""
        return cls(seen.verdict.value, seen.examples, seen.calls, _encoder.encode(seen))


class Writer:
    """Streams a run file: every line is handed to the system before the next is made.

    An earlier run file in its place is there until the header of this one is written. Raises
    `UsageError` for what is no run file, and `Refused` where the system refuses.
    """

    def __init__(self, path: Path, header: Header) -> None:
        there = files.place(path, is_ours=begins)
        self._path = path
        self._verdicts: Counter[str] = Counter()
        self._examples = 0
        self._calls = 0
        self._file, made = files.beside(there)
        try:
            self._put(header)
            with files.refusing(path):
                self._file = files.renamed(self._file, made, there)
        except Refused:
            self._file.close()
            with contextlib.suppress(OSError):
                made.unlink()
            raise

    def _put(self, line: Line) -> None:
        self._write(_encoder.encode(line))

    def _write(self, line: bytes) -> None:
        rest = memoryview(line + b"\n")
        with files.refusing(self._path):
            while rest:
                rest = rest[self._file.write(rest) :]

    def add(self, observation: Observation) -> None:
        """Write one case."""
        self.pass_on(Told.of(observation))

    def pass_on(self, told: Told) -> None:
        """Write one case that was made into a line already."""
        self._verdicts[told.verdict] += 1
        self._examples += told.examples
        self._calls += told.calls
        self._write(told.line)

    def end(self, seconds: float, errors: list[str] | None = None) -> Footer:
        """Write the footer and close."""
        verdicts = dict(sorted(self._verdicts.items()))
        footer = Footer(
            cases=sum(verdicts.values()),
            verdicts=verdicts,
            examples=self._examples,
            calls=self._calls,
            seconds=round(seconds, 3),
            errors=errors or [],
        )
        self._put(footer)
        self._file.close()
        return footer


@dataclass
class Run:
    """A run file, read."""

    path: str
    header: Header
    observations: list[Observation] = field(default_factory=list)
    footer: Footer | None = None
    complaint: str = ""

    @property
    def truncated(self) -> bool:
        """Whether the end is missing: the run was killed, or is still going on."""
        return self.footer is None

    @property
    def label(self) -> str:
        """Who answered and through which backend, as column heads show them."""
        head = self.header
        short = f"{head.platform['profile']} {head.platform['version']}"
        return f"{head.label or short} / {head.backend}"

    @property
    def title(self) -> str:
        """Who answered, in one line: see `sockspec.platform.described`."""
        return platform.described(self.header.platform, self.header.label)

    @property
    def heading(self) -> str:
        """Who answered and through what, as it heads reports."""
        beside = f", with {self.header.peer} at the other end" if self.header.peer else ""
        return f"{self.title} through {self.header.implementation}{beside}"

    def brief(self) -> Run:
        """The same without witnesses, which are most of what a run takes in memory."""
        seen = [msgspec.structs.replace(each, witness={}) for each in self.observations]
        return replace(self, observations=seen)

    def by_case(self) -> dict[str, Observation]:
        """The observations by case id."""
        return {each.case: each for each in self.observations}

    def verdicts(self) -> dict[str, int]:
        """How many cases have which verdict, in the order of `Verdict`."""
        counted = Counter(each.verdict for each in self.observations)
        return {verdict.value: counted[verdict] for verdict in Verdict if verdict in counted}


class Follower:
    """Reads a run file while it is written.

    `declared` and `done` are how many cases there are and have an answer, `red` how many of
    these are red; a feature that is missing counts once. A run file of before, which stands
    there until the new one begins, is left behind with all that was counted in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin(None)

    def _begin(self, file: tuple[int, int] | None) -> None:
        self.declared = self.done = self.red = 0
        self._missing: set[str] = set()
        self._file = file
        self._read = 0

    def advance(self) -> bool:
        """Take the whole lines that came since the last time; whether there were any."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if self._file != (status.st_dev, status.st_ino):
                    self._begin((status.st_dev, status.st_ino))
                file.seek(self._read)
                came = file.read()
        except OSError:  # not begun
            return False
        whole = came[: came.rfind(b"\n") + 1]
        self._read += len(whole)
        for raw in whole.splitlines():
            line = _decoder.decode(raw)
            if isinstance(line, Header):
                self.declared = line.declared
            elif isinstance(line, Observation):
                self.done += 1
                if line.verdict is Verdict.MISSING:
                    is_first = line.because not in self._missing
                    self._missing.add(line.because)
                    self.red += is_first
                else:
                    self.red += line.verdict.is_red
        return bool(whole)


_NAMED_WRONGLY = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


def begins(head: bytes) -> bool:
    """Whether a file that begins so is a run file."""
    return head.startswith(b'{"kind":"header"')


def read(path: Path, *, witnesses: bool = True) -> Run:
    """Read a run file. What is whole is kept; a broken last line counts as truncated.

    Without `witnesses` those of observations are left out, which is several times faster.

    A file whose name ends in `.xz` is one that was packed. Raises `UsageError`, with file,
    line and remedy, for a file that is not there, has no header, is of another version, or is
    broken in the middle, and `Refused` where the system does not let it be read.
    """
    there = content(path)
    with uncollected():
        run = _whole(path, there, witnesses=witnesses)
        return run or _line_by_line(path, there.splitlines(), witnesses=witnesses)


def content(path: Path) -> bytes:
    """What a run file has, unpacked. Raises as `read` does."""

    def unreadable(told: object) -> UsageError:
        remedy = "name a file that a run wrote"
        return UsageError(f"cannot be read: {told}", file=path, remedy=remedy)

    try:
        with files.refusing(path):
            there = path.read_bytes()
    except Refused as refused:
        if isinstance(refused.error, _NAMED_WRONGLY):
            raise unreadable(refused.error.strerror) from None
        raise
    if path.suffix != ".xz":
        return there
    import lzma  # noqa: PLC0415 - only what was packed needs it

    try:
        return lzma.decompress(there)
    except lzma.LZMAError as error:
        raise unreadable(error) from None


def _whole(path: Path, content: bytes, *, witnesses: bool) -> Run | None:
    """A run file in which nothing is wrong; None where something is, which lines tell."""
    decoder = _decoder if witnesses else _brief_decoder
    try:
        lines = decoder.decode_lines(content)
    except UNDECODABLE:
        return None
    if len(lines) > 1 and isinstance(lines[0], Header) and isinstance(lines[-1], Footer):
        between = cast("list[Observation]", lines[1:-1])
        if all(isinstance(each, Observation) for each in between):
            return Run(str(path), lines[0], between, lines[-1])
    return None


def _line_by_line(path: Path, lines: list[bytes], *, witnesses: bool) -> Run:
    if not lines:
        raise UsageError(
            "is empty",
            file=path,
            line=1,
            remedy="the command that made it has failed; its own message says why",
        )
    _refuse_newer_form(path, lines[0])
    header = _decode(path, 1, lines[0])
    if not isinstance(header, Header):
        raise UsageError(
            "does not begin with a header", file=path, line=1, remedy="name a run file"
        )
    run = Run(str(path), header)
    _read_into(run, path, lines, witnesses=witnesses)
    return run


def _read_into(run: Run, path: Path, lines: list[bytes], *, witnesses: bool) -> None:
    header = run.header
    for number, raw in enumerate(lines[1:], 2):
        if run.footer is not None:
            raise UsageError(
                "goes on after its footer", file=path, line=number, remedy="run again"
            )
        try:
            line = _decode(path, number, raw, brief=not witnesses)
        except UsageError as error:
            if header.is_newer and _is_whole(raw):
                raise _newer(path, header.suite, error.message) from None
            if number < len(lines):
                raise
            run.complaint = str(error)
            break
        if isinstance(line, Footer):
            run.footer = line
        elif isinstance(line, Observation):
            run.observations.append(line)
        else:
            raise UsageError("has a second header", file=path, line=number, remedy="run again")


def _is_whole(raw: bytes) -> bool:
    try:
        msgspec.json.decode(raw)
    except UNDECODABLE:
        return False
    return True


def _refuse_newer_form(path: Path, first: bytes) -> None:
    try:
        form = msgspec.json.decode(first, type=_Form)
    except UNDECODABLE:
        return
    if form.format > VERSION:
        told = f"is a run file of form {form.format}; this sockspec reads form {VERSION}"
        raise _newer(path, form.suite, told)


def _newer(path: Path, suite: str, what: str) -> UsageError:
    return UsageError(
        f"{what}: it cannot be judged here",
        file=path,
        remedy=f"sockspec {suite} wrote it, this is {__version__}: upgrade, or run again",
    )


def _decode(path: Path, number: int, raw: bytes, *, brief: bool = False) -> Line:
    try:
        return (_brief_decoder if brief else _decoder).decode(raw)
    except UNDECODABLE as error:
        raise UsageError(
            f"is not a line of a run file of version {VERSION}: {error}",
            file=path,
            line=number,
            remedy="run again; a run file is written by `sockspec run` and not edited",
        ) from None
