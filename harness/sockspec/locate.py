"""Where the specification and the profiles are, in a checkout and in a wheel alike."""

from __future__ import annotations

import os
from pathlib import Path

from sockspec.errors import UsageError

__all__ = [
    "cache",
    "conformance",
    "examples",
    "is_installed",
    "locate",
    "native_agent",
    "platforms",
    "portable",
    "repository",
    "shown",
]

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent
_SITES = frozenset({"site-packages", "dist-packages"})


def locate(room: str) -> Path:
    """The folder `conformance` or `platforms`: of the wheel, else of the checkout.

    `SOCKSPEC_CONFORMANCE` and `SOCKSPEC_PLATFORMS` name other folders, for those who
    keep rules or profiles of their own.
    """
    given = os.environ.get(f"SOCKSPEC_{room.upper()}")
    places = [Path(given)] if given else [_PACKAGE / room, _CHECKOUT / room]
    for place in places:
        if place.is_dir():
            return place
    raise UsageError(
        f"there is no folder {' or '.join(str(place) for place in places)}",
        remedy=f"mend SOCKSPEC_{room.upper()}" if given else "reinstall sockspec",
    )


def conformance() -> Path:
    """The folder of the rules and their tests."""
    return locate("conformance")


def platforms() -> Path:
    """The folder of the profiles."""
    return locate("platforms")


def examples() -> Path | None:
    """The folder of the examples; None in a wheel, which does not have them."""
    folder = _CHECKOUT / "harness" / "examples"
    return folder if folder.is_dir() else None


def native_agent() -> Path:
    """The folder with `agent` and `core`, the sources of the agent in C."""
    folder = _PACKAGE / "agent" / "c"
    return folder if folder.is_dir() else _CHECKOUT / "harness" / "native" / "c"


def cache() -> Path:
    """Where what was prepared is kept: `$XDG_CACHE_HOME/sockspec`, or below the home."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "sockspec"


def repository(folder: Path) -> Path:
    """The root of the repository that a folder is in; the folder itself where it is in none."""
    here = folder.resolve()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


# -- names of files -----------------------------------------------------------------------


def shown(path: Path) -> str:
    """A path as a person can open it from here: relative below the current folder."""
    there, here = path.absolute(), Path.cwd()
    return str(there.relative_to(here) if there.is_relative_to(here) else there)


def portable(path: Path) -> str:
    """A path as it can be published: `platforms/linux/data.toml`, without this machine.

    Of what is neither below the installed profiles nor below the current folder the last two
    parts are left.
    """
    there = path.absolute()
    for root, name in ((platforms().absolute(), "platforms"), (Path.cwd(), "")):
        if there.is_relative_to(root):
            return Path(name, there.relative_to(root)).as_posix()
    return "/".join(there.parts[-2:])


def is_installed(path: Path) -> bool:
    """Whether a path is in an installed package, whose files are not a user's to edit."""
    there = path.resolve()
    return there.is_relative_to(_PACKAGE) or not _SITES.isdisjoint(there.parts)
