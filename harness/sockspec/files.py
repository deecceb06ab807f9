"""Writing files: beside the place and renamed into it, and never over what is not ours.

What is written is either there whole or not at all; what stood in its place is replaced only
where it is a file of the same kind. A device, a pipe or a folder is refused.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

import msgspec

from sockspec.errors import Refused, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["UNDECODABLE", "beside", "folder", "keep", "place", "refusing", "renamed", "write"]


_RENAMES_OPEN = os.name != "nt"  # Windows renames no file that somebody has open
_NEW = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)

# Nested too deeply counts, too, and what is not UTF-8, which msgspec passes on as it is.
UNDECODABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What a decoder raises when the content is not of the form that it should have."""


@contextmanager
def refusing(path: Path | str) -> Iterator[None]:
    """Turn what the system refuses on the way to `path` into `Refused`."""
    try:
        yield
    except OSError as error:
        raise Refused(path, error) from error


def place(path: Path, *, is_ours: Callable[[bytes], bool] | None = None) -> Path:
    """Where a file is to be: `path`, links followed. Raises `UsageError` for what it is not.

    It may be new, or an empty or regular file whose first bytes `is_ours` recognises.
    """
    with refusing(path):
        there = path.resolve()
        try:
            kind = there.stat().st_mode
        except FileNotFoundError:
            return there
        if stat.S_ISDIR(kind):
            raise UsageError("is a folder", file=path, remedy="name a file in it")
        if not stat.S_ISREG(kind):
            raise UsageError(
                "is no regular file", file=path, remedy="name a file, or a new one"
            )
        if is_ours is not None:
            with there.open("rb") as file:
                head = file.read(4096)
            if head and not is_ours(head):
                raise UsageError(
                    "is a file that sockspec did not write",
                    file=path,
                    remedy="name another one",
                )
    return there


def folder(path: Path) -> Path:
    """A folder to write into, made where it is not there."""
    if path.exists() and not path.is_dir():
        raise UsageError("is a file", file=path, remedy="name a folder, or a new one")
    with refusing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def beside(path: Path) -> tuple[IO[bytes], Path]:
    """A new file in the folder of `path`, unbuffered, to be renamed to it; and its path."""
    with refusing(path):
        # A random name, which nobody can have put a link in the place of.
        made = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
        try:
            number = os.open(made, _NEW, 0o666)
        except (FileNotFoundError, NotADirectoryError):
            number = os.open(folder(path.parent) / made.name, _NEW, 0o666)
        return os.fdopen(number, "wb", buffering=0), made


def renamed(file: IO[bytes], made: Path, there: Path) -> IO[bytes]:
    """The file that `beside` made, under its own name; what to write to from now on."""
    if _RENAMES_OPEN:
        made.replace(there)
        return file
    file.close()
    made.replace(there)
    return there.open("ab", buffering=0)


def write(
    path: Path, content: str | bytes, *, is_ours: Callable[[bytes], bool] | None = None
) -> Path:
    """Write a whole file, or nothing; where it is. `is_ours` as for `place`."""
    there = place(path, is_ours=is_ours)
    file, made = beside(there)
    try:
        with refusing(path):
            with file:
                file.write(content.encode() if isinstance(content, str) else content)
            made.replace(there)
    except Refused:
        with suppress(OSError):
            made.unlink()
        raise
    return there


def keep(path: Path, content: bytes) -> None:
    """Write a file of the cache; where that cannot be written, nothing is."""
    with suppress(Refused, UsageError):
        write(path, content)
