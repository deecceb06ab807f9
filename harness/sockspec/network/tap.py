"""A link to a stack that brings a device of its own: a TAP for each process of a run.

Our system has one end of it, as an interface with addresses; the stack's agent opens the other
by its name, which it is told with its own addresses in the environment (see `DEVICE`). As the
command of a run, this module does nothing but switch the loopback on: it is started in a user
and a network namespace of its own, with which the interfaces end.

Where the peer is such a stack too it is given a second TAP, and a bridge joins the two: our
system has no address there then, and only looks on.
"""

from __future__ import annotations

import errno
import os
import re
import socket
import struct
import subprocess
import sys
from pathlib import Path

from sockspec.address import Loopback
from sockspec.errors import UsageError

__all__ = ["DEVICE", "OURS", "V4", "V6", "Tap", "need_device", "opened", "our_side", "station"]

DEVICE = "SOCKSPEC_TAP"
"""The variable with the name of the TAP that an agent is to open (IFF_TAP, IFF_NO_PI)."""

V4, V6 = "SOCKSPEC_TAP_V4", "SOCKSPEC_TAP_V6"
"""Those with the addresses that its stack is to have: of a /24 and of a /64."""

OURS = "SOCKSPEC_TAP_OURS"
"""The variable of this process with the TAP of the stack that makes our end, if one does."""

_WORKER = "PYTEST_XDIST_WORKER"
_CLONES = Path("/dev/net/tun")  # what makes such interfaces, and opens them
_INTERFACES = Path("/proc/sys/net/ipv4/conf")  # those of this process's network namespace
_TUNSETIFF = 0x400454CA  # _IOW('T', 202, int), <linux/if_tun.h>
_TAP = 0x1002  # IFF_TAP | IFF_NO_PI, the same file


class Tap:
    """The TAP of this process. `near` is our system's end of it, `far` the stack's."""

    def __init__(self) -> None:
        # The controller of a run has the first network, its workers have the next ones.
        worker = re.sub(r"\D", "", os.environ.get(_WORKER, ""))
        self._number = 1 + int(worker) if worker else 0
        self.name = self._made("near")
        index = socket.if_nametoindex(self.name)
        self.near = self._end(1, index)
        self.far = self._end(2, 2)
        _ip("address", "add", f"{self.near.v4}/24", "dev", self.name)
        _ip("-6", "address", "add", f"{self.near.v6}/64", "dev", self.name, "nodad")
        self._offer(self.name, self.far)
        os.environ.pop(OURS, None)

    def is_open(self) -> bool:
        """Whether an agent has opened the other end: nobody else can."""
        return _is_open(self.name)

    def for_peer(self) -> None:
        """The stack makes our end: have a TAP ready for the peer, should it be one too."""
        os.environ[OURS] = self.name
        self._other = self._made("far")
        self._offer(self._other, self.near)

    def join(self) -> bool:
        """Join the two with a bridge if the peer has opened its one; whether it has."""
        if not _is_open(self._other):
            _ip("link", "delete", self._other)
            return False
        bridge = _bridge(self.name)
        _ip("link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
        for name in (self.name, self._other, bridge):
            # Our system does not answer in the name of either.
            _ip("address", "flush", "dev", name)
            _ip("link", "set", name, "addrgenmode", "none")
        for name in (self.name, self._other):
            _ip("link", "set", name, "master", bridge)
        _ip("link", "set", bridge, "up")
        self.near = self._end(1, 2)  # its interface is one of the peer's
        return True

    def _end(self, last: int, index: int) -> Loopback:
        return Loopback(f"10.73.{self._number}.{last}", f"fd73:{self._number:x}::{last}", index)

    def _made(self, side: str) -> str:
        name = f"{side}{self._number}"
        _ip("tuntap", "add", name, "mode", "tap")
        # One segment each, where a stack takes larger ones: what is seen is what is sent.
        _ip("link", "set", name, "gso_max_segs", "1", "up")
        return name

    def _offer(self, name: str, to: Loopback) -> None:
        os.environ.update({DEVICE: name, V4: to.v4, V6: to.v6})


def our_side(name: str) -> tuple[list[str], str]:
    """What our system has at the TAP of a name: addresses, and the bridge that it is part of.

    It follows from the name, as what was in the TAP's place may be gone with a sandbox.
    """
    bridge = _bridge(name)
    if (_INTERFACES / bridge).exists():
        return [], bridge
    number = int(re.sub(r"\D", "", name))
    is_near = name == f"near{number}"
    return ([f"10.73.{number}.1/24", f"fd73:{number:x}::1/64"] if is_near else []), ""


def station(v4: str) -> bytes:
    """The Ethernet address of the stack at an address: those it meets remember it.

    So it is the same when the stack has been started anew.
    """
    return b"\2\x73" + socket.inet_aton(v4)


def _bridge(name: str) -> str:
    return "bridge" + re.sub(r"\D", "", name)


def _is_open(name: str) -> bool:
    # The carrier says so too, but up to a second later (net/core/link_watch.c).
    try:
        os.close(opened(name))
    except OSError as error:
        # A sandbox has put an interface of another kind in its place (`targets.guest.sandbox`).
        return error.errno in {errno.EBUSY, errno.EINVAL}
    return False


def opened(name: str) -> int:
    """The descriptor of a TAP, which is made if it is not there. Raises `OSError`."""
    import fcntl  # noqa: PLC0415 - Windows has none, and imports this module

    device = os.open(_CLONES, os.O_RDWR)
    try:
        fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TAP))
    except OSError:
        os.close(device)
        raise
    return device


def need_device() -> None:
    """End this process, and say why, where no TAP can be made."""
    if not _CLONES.exists():
        sys.exit(f"it needs {_CLONES}: load the module tun")


def _ip(*words: str) -> None:
    told = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if told.returncode:
        raise UsageError(
            f"--link tap: ip {' '.join(words)}: {told.stderr.strip()}",
            remedy="it needs /dev/net/tun and the module tun",
        )


def main() -> None:
    """Switch the loopback on, and become the command."""
    need_device()
    _ip("link", "set", "lo", "up")
    os.environ["SOCKSPEC_LINK"] = "tap"
    os.environ.pop(_WORKER, None)  # that of whoever runs this
    command = sys.argv[1:]
    os.execvp(command[0], command)  # noqa: S606 - it becomes what it was given


if __name__ == "__main__":
    main()
