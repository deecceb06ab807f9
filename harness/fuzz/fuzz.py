"""Fuzzing whatever is read from outside, led by coverage: it ends in a documented error.

    python harness/fuzz/fuzz.py --only profile --seconds 60

Atheris changes bytes and keeps what reaches new code, beginning with files that are right.
Each reader has a process of its own. Bytes that make one raise anything else are kept in
`--keep`, and `--only READER --play FILE` reads them again.
"""

from __future__ import annotations

import argparse
import lzma
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Read = Callable[[bytes], object]

ROOT = Path(__file__).parents[2]
LONGEST = 4096  # bytes that are tried
SLOWEST = 20  # seconds for one reading


@dataclass(frozen=True)
class Reader:
    """A reader of files or messages, and some that are right."""

    make: Callable[[Path], Read]
    """Given a folder of its own, the function that reads bytes."""
    seeds: Callable[[], Iterable[bytes]]


def _run(folder: Path) -> Read:
    from sockspec.errors import UsageError
    from sockspec.judge import runfile

    path = folder / "run.jsonl"

    def read(told: bytes) -> None:
        path.write_bytes(told)
        for witnesses in (True, False):
            with suppress(UsageError):
                runfile.read(path, witnesses=witnesses)

    return read


def _runs() -> Iterable[bytes]:
    for name in ("c", "gvisor-debian", "wine-c"):
        lines = lzma.decompress((ROOT / "reports" / name / "run.jsonl.xz").read_bytes())
        lines = [each for each in lines.splitlines(keepends=True) if len(each) < LONGEST // 2]
        yield b"".join([*lines[:2], lines[-1]])[:LONGEST]


HEAD = b'version = 1\nname = "mine"\ntitle = "Mine"\nextends = "posix"\n'


def _profile(name: str) -> Callable[[Path], Read]:
    def make(folder: Path) -> Read:
        from sockspec.errors import UsageError
        from sockspec.judge.catalogue import Catalogue
        from sockspec.spec import load

        mine, rules = folder / "mine", load.rules()
        mine.mkdir(exist_ok=True)
        (mine / "profile.toml").write_bytes(HEAD)

        def read(told: bytes) -> None:
            (mine / name).write_bytes(told)
            with suppress(UsageError):
                Catalogue([folder, ROOT / "platforms"]).load("mine", rules)

        return read

    return make


def _kept(pattern: str) -> Callable[[], Iterable[bytes]]:
    return lambda: (each.read_bytes()[:LONGEST] for each in ROOT.glob(pattern))


def _recipe(folder: Path) -> Read:
    from sockspec.errors import UsageError
    from sockspec.targets import recipe

    path = folder / "target.toml"

    def read(told: bytes) -> None:
        path.write_bytes(told)
        with suppress(UsageError):
            recipe.load(path)

    return read


def _frame(_folder: Path) -> Read:
    from sockspec.network import wire

    return lambda told: wire.read(0.0, told)


def _frames() -> Iterable[bytes]:
    ethernet, local = bytes(12), bytes([127, 0, 0, 1])
    tcp = bytes.fromhex("9c401388000000010000000250180200000000000204ffd7")
    udp = bytes.fromhex("9c4013880009000078")
    for number, inner in ((6, tcp), (17, udp)):
        size = (20 + len(inner)).to_bytes(2, "big")
        four = b"\x45\0" + size + b"\0\1\x40\0\x40" + bytes([number, 0, 0]) + local * 2
        yield ethernet + b"\x08\0" + four + inner
        six = b"\x60\0\0\0" + len(inner).to_bytes(2, "big") + bytes([number, 64])
        yield ethernet + b"\x86\xdd" + six + bytes(15) + b"\1" + bytes(15) + b"\1" + inner


def _pattern(_folder: Path) -> Read:
    from sockspec.errors import UsageError
    from sockspec.spec import load
    from sockspec.spec.choose import Choice

    rules = load.rules()

    def read(told: bytes) -> None:
        with suppress(UsageError):
            Choice(told.decode("utf-8", "replace").split("\n"), rules).rules()

    return read


READERS = {
    "run": Reader(_run, _runs),
    "profile": Reader(_profile("profile.toml"), _kept("platforms/*/profile.toml")),
    "entries": Reader(_profile("entries.toml"), _kept("platforms/gvisor/*.toml")),
    "answers": Reader(_profile("answers.toml"), _kept("platforms/*/answers.toml")),
    "grid": Reader(_profile("grid.txt"), _kept("platforms/*/grid.txt")),
    "recipe": Reader(_recipe, _kept("platforms/targets/*.toml")),
    "frame": Reader(_frame, _frames),
    "pattern": Reader(_pattern, lambda: [b"state.*", b"!data[v4,stream]\nlinger", b"a?[b]"]),
}


# -- one reader, in a process of its own ------------------------------------------------


def fuzz(name: str, folder: Path, arguments: list[str]) -> None:
    """Hand the process over to the fuzzer, which ends it."""
    import atheris

    with atheris.instrument_imports(include=["sockspec", "tomllib", "dpkt"]):
        read = READERS[name].make(folder)
        # Some modules are imported by the first file only.
        read(next(iter(READERS[name].seeds())))
    atheris.Setup([sys.argv[0], *arguments], read)
    atheris.Fuzz()


@dataclass(frozen=True)
class Found:
    """What became of a reader: how often it read, how far it came, and what broke it."""

    reader: str
    readings: int
    reached: int
    broke: str = ""
    kept: str = ""

    def line(self) -> str:
        """A line for people."""
        what = f"{self.reader}: {self.readings} readings, {self.reached} branches reached"
        return f"{what}; {self.broke}: {self.kept}" if self.broke else what


def tried(name: str, keep: Path, limits: list[str]) -> Found:
    """Fuzz a reader within limits."""
    with tempfile.TemporaryDirectory() as folder:
        seeds, own = Path(folder, "seeds"), Path(folder, "own")
        seeds.mkdir()
        own.mkdir()
        for number, seed in enumerate(READERS[name].seeds()):
            (seeds / str(number)).write_bytes(seed)
        keep.mkdir(parents=True, exist_ok=True)
        prefix = f"-artifact_prefix={keep}/{name}-"
        bounds = [f"-max_len={LONGEST}", f"-timeout={SLOWEST}", "-rss_limit_mb=1500"]
        command = [sys.executable, __file__, "--inside", str(own), "--only", name, "--"]
        ran = subprocess.run(
            [*command, prefix, *bounds, *limits, str(seeds)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    told = ran.stdout + ran.stderr
    counts = re.findall(r"^#(\d+)\t.* cov: (\d+)", told, re.MULTILINE)
    readings, reached = map(int, counts[-1]) if counts else (0, 0)
    if ran.returncode == 0:
        return Found(name, readings, reached)
    broke = re.search(r"Uncaught Python exception: ===\n(.*)|ERROR: libFuzzer: (.*)", told)
    why = next((each for each in broke.groups() if each), "") if broke else told[-400:]
    kept = re.search(r"Test unit written to (.*)", told)
    return Found(name, readings, reached, why or "it ended", kept[1] if kept else "not kept")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=READERS, help="repeatable")
    parser.add_argument("--seconds", type=int, default=30, help="for each reader")
    parser.add_argument("--readings", type=int, help="so many, however long they take")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="a folder")
    parser.add_argument("--play", type=Path, help="read this file, as the only reader does")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("arguments", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    chosen = given.only or list(READERS)
    if given.inside:
        fuzz(chosen[0], given.inside, given.arguments)
    if given.play:
        with tempfile.TemporaryDirectory() as folder:
            READERS[chosen[0]].make(Path(folder))(given.play.read_bytes())
        return 0
    limits = [f"-max_total_time={given.seconds}"]
    if given.readings:
        limits = [f"-runs={given.readings}"]
    broken = 0
    for name in chosen:
        found = tried(name, given.keep.absolute(), [*limits, "-seed=1"])
        print(found.line(), flush=True)
        broken += bool(found.broke)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
