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
from sockspec.errors import Unsupported, UsageError

if TYPE_CHECKING:
    from sockspec.backend import Backend

__all__ = ["ENTER", "FAR", "KIND", "NEAR", "Guest", "kind", "peer", "within"]

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


class Guest:
    """An address that the far end has for one example, until it vanishes from the link.

    `v4` and `v6` are as in `Loopback`. It is this process's own: what else runs over the link
    goes on. Raises `Unsupported` without a link.
    """

    def __init__(self) -> None:
        enter = os.environ.get(ENTER)
        if enter is None:
            raise Unsupported("a link", "both ends are on this system's loopback")
        number = os.getpid() % 0xFFFF
        self.at = Loopback(
            f"10.73.{128 | number >> 9}.{number >> 1 & 255}", f"fd73::{number:x}:0"
        )
        self._enter = enter.split()
        self._there = False
        self._change("add")

    def vanish(self) -> None:
        """Have nobody at the address any more: what is sent there gets no answer at all."""
        if self._there:
            self._change("del")

    def _change(self, verb: str) -> None:
        self._there = verb == "add"
        for address in (f"{self.at.v4}/32", f"{self.at.v6}/128"):
            words = ["ip", "address", verb, address, "dev", "far0"]
            more = ["nodad"] if ":" in address and self._there else []
            subprocess.run([*self._enter, *words, *more], check=True)
