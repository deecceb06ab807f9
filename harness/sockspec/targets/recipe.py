"""Recipes: the files that targets are read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.files import UNDECODABLE
from sockspec.targets.backend import Installed
from sockspec.targets.example import Example
from sockspec.targets.image import Image
from sockspec.targets.program import Package, Program
from sockspec.targets.qemu import Machine
from sockspec.targets.qemu_user import Foreign
from sockspec.targets.target import GROUPS
from sockspec.targets.uml import UserMode
from sockspec.targets.wine import Wine

if TYPE_CHECKING:
    from pathlib import Path

    from sockspec.targets.target import Target

__all__ = ["KINDS", "load", "load_all", "places"]

KINDS = Installed | Program | Package | Image | Example | Foreign | UserMode | Machine | Wine
"""What a recipe can be; its `kind` says which."""


def load(path: Path) -> Target:
    """Read a recipe. Raises `UsageError` with file and what is wrong."""
    try:
        found: Target = msgspec.toml.decode(path.read_bytes(), type=KINDS)
    except (OSError, *UNDECODABLE) as error:
        raise UsageError(str(error), file=path, remedy="mend the recipe") from error
    if found.name != path.stem:
        raise UsageError(f"the name is {found.name!r}", file=path, remedy="name it as its file")
    return found


def load_all(*roots: Path) -> dict[str, Target]:
    """The targets of folders of platforms (default: the installed one), by name, in order."""
    folders = [root / "targets" for root in roots or [locate.platforms()]]
    paths = sorted(path for folder in folders for path in folder.glob("*.toml"))
    return {path.stem: load(path) for path in paths}


def places() -> dict[str, tuple[str, str]]:
    """The heading and the title of every target by name, in the order of pages."""
    found = load_all().values()
    return {
        each.name: (heading, each.title)
        for group, heading in GROUPS.items()
        for each in found
        if each.group == group
    }
