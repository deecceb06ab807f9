"""The link between an implementation and its peer.

Without one both are on this system's loopback. `veth` is a pair of interfaces between two
network namespaces: the run is in the one, the peer's agent in the other. `tap` is for a stack
that brings a device of its own. The namespaces are those of processes of the run, so that
nothing is left of them when these end, however they do.
"""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.address import Loopback
from sockspec.errors import Unsupported, UsageError
from sockspec.network.tap import DEVICE, Tap

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

__all__ = [
    "ENTER",
    "FAR",
    "KIND",
    "MORE",
    "NEAR",
    "REFUSED",
    "SECOND",
    "THIRD",
    "Guest",
    "Interface",
    "ends",
    "kind",
    "lost",
    "mtu",
    "refused",
    "within",
]


@dataclass(frozen=True)
class Interface(Loopback):
    """An end of a link: its interface has a name, and an address of the link alone."""

    name: str = ""
    local: str = ""


NEAR = Interface("10.73.0.1", "fd73::1", 2, "near0", "fe80::73:1")
"""Our end of a link, in its network namespace: addresses and interface."""

FAR = Interface("10.73.0.2", "fd73::2", 2, "far0", "fe80::73:2")
"""The peer's end."""

SECOND = {
    NEAR: Interface("10.74.0.1", "fd74::1", 3, "near1", "fe80::74:1"),
    FAR: Interface("10.74.0.2", "fd74::2", 3, "far1", "fe80::74:2"),
}
"""The second interface of each, on a network of their own; veth has it."""

THIRD = {
    NEAR: Interface("10.75.0.1", "fd75::1", 4, "near2", "fe80::75:1"),
    FAR: Interface("10.75.0.2", "fd75::2", 4, "far2", "fe80::75:2"),
}
"""The third interface of each, likewise. It has more addresses, to choose among: see `MORE`."""

MORE = {
    "near2": {"alike": "fd75:0:0:8::1", "deprecated": "fd75:0:0:c::1"},
    "far2": {
        "alike": "fd75:0:0:8::2",
        "deprecated": "fd75:0:0:c::2",
        "beyond": "fd74:0:0:1::2",
    },
}
"""IPv6 addresses of the third interfaces. `alike` are of one prefix of their own, and so are
`deprecated`; the near end's is (RFC 4862, 5.5.4). A route leads to what is `beyond` through the
third network, while its prefix is more like that of the second one.
"""

KIND = "SOCKSPEC_LINK"
"""The variable that names the link to the processes of a run, and how to get to its far end."""

ENTER = "SOCKSPEC_LINKENTER"

REFUSED = "SOCKSPEC_LINKREFUSED"
"""The variable that says to them why there is no link, where one was asked for."""

_OF_LINKS = ("link", "interfaces", "impairment")  # features that only a link has

_SIOCGIFMTU = 0x8921  # <linux/sockios.h>
_GUESTS = itertools.count()
_NAMESPACES = ("unshare", "--user", "--map-root-user", "--net", "--fork", "--kill-child")


def kind() -> str:
    """The link of this run; empty for the loopback."""
    return os.environ.get(KIND, "")


def mtu(name: str) -> int:
    """The MTU of an interface of this process's network namespace."""
    import fcntl  # noqa: PLC0415 - Windows has none, and imports this module

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        told = fcntl.ioctl(sock, _SIOCGIFMTU, struct.pack("16s16x", name.encode()))
    (number,) = struct.unpack_from("=i", told, 16)
    return int(number)


def lost() -> dict[str, str]:
    """The features that this run has not, as its link could not be made, and why."""
    why = os.environ.get(REFUSED)
    return dict.fromkeys(_OF_LINKS, why) if why else {}


def within(link: str) -> list[str]:
    """The words before a command that have it run at the near end of a link."""
    if not link:
        return []
    return [*_NAMESPACES, sys.executable, "-m", f"sockspec.network.{link}"]


def refused(link: str) -> str:
    """Why this system does not allow a link, which is made once to find out; empty if it does.

    It takes tools, a user and a network namespace, and interfaces in it.
    """
    for tool in ("unshare", "nsenter", "ip"):
        if link and shutil.which(tool) is None:
            return f"--link {link} needs {tool}: install util-linux and iproute2"
    tried = subprocess.run(
        [*within(link), "true"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if not tried.returncode:
        return ""
    told = tried.stderr.strip().splitlines() or [f"it ended with {tried.returncode}"]
    return f"--link {link} could not be made: {told[-1].strip()}"


def ends(ours: Callable[[], Backend], peer: str) -> tuple[Backend, Backend]:
    """What makes our end and the backend at the other one; both know where they are reached.

    `ours` loads the first. At the far end of a link a backend is served by an agent there.
    Raises `UsageError` where neither of the two opens a link that is a TAP.
    """
    if kind() == "tap":
        return _over_tap(ours, peer)
    near, enter = ours(), os.environ.get(ENTER)
    if enter is None:
        return near, backends.load(peer)
    command = peer.removeprefix("agent:")
    if command == peer:
        own = (sys.executable, "-m", "sockspec.agent", "--backend", peer)
        command = shlex.join(own)
    made = backends.load(f"agent:{enter} {command}")
    near.reachable, made.reachable = NEAR, FAR
    return near, made


def _over_tap(ours: Callable[[], Backend], peer: str) -> tuple[Backend, Backend]:
    tap = Tap()
    near = ours()
    is_ours = tap.is_open()
    if is_ours:
        tap.for_peer()
    far = backends.load(peer)
    if is_ours:
        tap.join()
    elif not tap.is_open():
        raise UsageError(
            f"no end of the link has opened its device {tap.name}",
            remedy=f"one of the two has to be a stack that opens the TAP {DEVICE} names",
        )
    near.reachable, far.reachable = (tap.near, tap.far)[:: -1 if is_ours else 1]
    return near, far


class Guest:
    """An address that the far end has for one example, until it vanishes from the link.

    `v4` and `v6` are as in `Loopback`. It is this process's own: what else runs over the link
    goes on. Raises `Unsupported` without a link.
    """

    def __init__(self) -> None:
        enter = os.environ.get(ENTER)
        if enter is None:
            raise Unsupported("a link", "there is none of which an address can be taken away")
        # What is learnt about an address outlives an example: each has another one.
        number = (os.getpid() * 97 + next(_GUESTS)) % 0x7FFE
        self.at = Loopback(
            f"10.73.{128 | number >> 8}.{number & 255}", f"fd73::{number + 1:x}:0"
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
