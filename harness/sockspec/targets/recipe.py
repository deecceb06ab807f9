"""Recipes: what a target needs, and the command that starts the Python agent there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from sockspec import locate
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Recipe", "load", "load_all"]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One target. `title` says what it really is: Wine is called Wine, and never Windows.

    `kind` is how it is prepared: a `program` is on the path; a `package` of Debian is
    downloaded by apt, which verifies it, and unpacked into the cache; an `image` is
    bootstrapped from Debian's packages of `suite` and run by Docker. In `command`, `{agent}`
    is the agent's file, `{root}` the folder of what was unpacked.
    """

    version: Literal[1]
    name: str
    title: str
    kind: Literal["program", "package", "image"]
    command: list[str]
    needs: list[str] = []
    packages: list[str] = []
    suite: str = ""
    workers: int = 1
    deadline: float = 10.0


def load(path: Path) -> Recipe:
    """Read a recipe. Raises `UsageError` with file and what is wrong."""
    try:
        recipe = msgspec.toml.decode(path.read_bytes(), type=Recipe)
    except (msgspec.DecodeError, OSError) as error:
        raise UsageError(str(error), file=path, remedy="mend the recipe") from error
    if recipe.name != path.stem:
        raise UsageError(
            f"the name is {recipe.name!r}", file=path, remedy="name it as its file"
        )
    return recipe


def load_all(root: Path | None = None) -> dict[str, Recipe]:
    """The recipes below a folder of platforms, by name, in order."""
    folder = (root or locate.platforms()) / "targets"
    return {path.stem: load(path) for path in sorted(folder.glob("*.toml"))}
