"""The link between an implementation and its peer.

Without one both are on this system's loopback. `veth` is a pair of interfaces between two
network namespaces: the run is in the one, the peer's agent in the other. The namespaces are
those of processes of the run, so that nothing is left of them when these end, however they do.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.address import Loopback
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from sockspec.backend import Backend

__all__ = ["ENTER", "FAR", "KIND", "NEAR", "kind", "peer", "within"]

NEAR = Loopback("10.73.0.1", "fd73::1", 2)
"""Our end of a link, in its network namespace: addresses and interface."""

FAR = Loopback("10.73.0.2", "fd73::2", 2)
"""The peer's end."""

KIND = "SOCKSPEC_LINK"
"""The variable that names the link to the processes of a run, and how to get to its far end."""

ENTER = "SOCKSPEC_LINKENTER"

_NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "--fork", "--kill-child")


def kind() -> str:
    """The link of this run; empty for the loopback."""
    return os.environ.get(KIND, "")


def within(link: str) -> list[str]:
    """The words before a command that have it run at the near end of a link.

    Raises `UsageError` where the system allows no such namespaces.
    """
    if not link:
        return []
    for tool in ("unshare", "nsenter", "ip"):
        if shutil.which(tool) is None:
            raise UsageError(
                f"--link {link} needs {tool}", remedy="install util-linux, iproute2"
            )
    tried = subprocess.run([*_NAMESPACES, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        raise UsageError(
            f"--link {link} needs a user and a network namespace: {tried.stderr.strip()}",
            remedy="allow unprivileged user namespaces, or run without --link",
        )
    return [*_NAMESPACES, sys.executable, "-m", f"sockspec.network.{link}"]


def peer(name: str, near: Backend) -> Backend:
    """The backend at the other end; `near` learns where it can be reached.

    At the far end of a link it is served by an agent there.
    """
    enter = os.environ.get(ENTER)
    if enter is None:
        return backends.load(name)
    command = name.removeprefix("agent:")
    if command == name:
        own = (sys.executable, "-m", "sockspec.agent", "--backend", name)
        command = shlex.join(own)
    made = backends.load(f"agent:{enter} {command}")
    near.reachable, made.reachable = NEAR, FAR
    return made
