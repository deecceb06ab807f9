"""Hunting over a link: the command goes on at its near end."""

from __future__ import annotations

import subprocess
import sys

from sockspec.errors import UsageError
from sockspec.network import links

__all__ = ["hunted"]


def hunted(link: str, words: list[str]) -> int | None:
    """Run this command anew at the near end of a link; how it ended. None: this is there.

    Raises `UsageError` where the link cannot be made.
    """
    if links.kind():
        return None
    if why := links.refused(link):
        raise UsageError(why, remedy="hunt without --link")
    command = [*links.within(link), sys.executable, "-m", "sockspec", *words]
    return subprocess.run(command, check=False).returncode
