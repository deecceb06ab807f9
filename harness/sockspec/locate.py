"""Where the specification and the profiles are, in a checkout and in a wheel alike."""

from __future__ import annotations

import os
from pathlib import Path

from sockspec.errors import UsageError

__all__ = ["cache", "conformance", "examples", "locate", "platforms"]

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


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


def cache() -> Path:
    """Where what was prepared is kept: `$XDG_CACHE_HOME/sockspec`, or below the home."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "sockspec"
