"""A link to a stack that brings a device of its own: a TAP for each process of a run.

Our system has one end of it, as an interface with addresses; the stack's agent opens the other
by its name, which it is told with its own addresses in the environment (see `DEVICE`). As the
command of a run, this module does nothing but switch the loopback on: it is started in a user
and a network namespace of its own, with which the interfaces end.
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

__all__ = ["DEVICE", "V4", "V6", "Tap", "opened"]

DEVICE = "SOCKSPEC_TAP"
"""The variable with the name of the TAP that an agent is to open (IFF_TAP, IFF_NO_PI)."""

V4, V6 = "SOCKSPEC_TAP_V4", "SOCKSPEC_TAP_V6"
"""Those with the addresses that its stack is to have: of a /24 and of a /64."""

_WORKER = "PYTEST_XDIST_WORKER"
_CLONES = Path("/dev/net/tun")  # what makes such interfaces, and opens them
_TUNSETIFF = 0x400454CA  # _IOW('T', 202, int), <linux/if_tun.h>
_TAP = 0x1002  # IFF_TAP | IFF_NO_PI, the same file


class Tap:
    """The TAP of this process. `near` is our system's end of it, `far` the stack's."""

    def __init__(self) -> None:
        # The controller of a run has the first network, its workers have the next ones.
        worker = re.sub(r"\D", "", os.environ.get(_WORKER, ""))
        number = 1 + int(worker) if worker else 0
        self.name = f"near{number}"
        _ip("tuntap", "add", self.name, "mode", "tap")
        index = socket.if_nametoindex(self.name)
        self.near = Loopback(f"10.73.{number}.1", f"fd73:{number:x}::1", index)
        self.far = Loopback(f"10.73.{number}.2", f"fd73:{number:x}::2", 2)
        _ip("address", "add", f"{self.near.v4}/24", "dev", self.name)
        _ip("-6", "address", "add", f"{self.near.v6}/64", "dev", self.name, "nodad")
        _ip("link", "set", self.name, "up")
        os.environ.update({DEVICE: self.name, V4: self.far.v4, V6: self.far.v6})

    def is_open(self) -> bool:
        """Whether an agent has opened the other end: nobody else can."""
        # The carrier says so too, but up to a second later (net/core/link_watch.c).
        try:
            os.close(opened(self.name))
        except OSError as error:
            return error.errno == errno.EBUSY
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


def _ip(*words: str) -> None:
    told = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if told.returncode:
        raise UsageError(
            f"--link tap: ip {' '.join(words)}: {told.stderr.strip()}",
            remedy="it needs /dev/net/tun and the module tun",
        )


def main() -> None:
    """Switch the loopback on, and become the command."""
    if not _CLONES.exists():
        sys.exit("--link tap needs /dev/net/tun: load the module tun")
    _ip("link", "set", "lo", "up")
    os.environ["SOCKSPEC_LINK"] = "tap"
    os.environ.pop(_WORKER, None)  # that of whoever runs this
    command = sys.argv[1:]
    os.execvp(command[0], command)  # noqa: S606 - it becomes what it was given


if __name__ == "__main__":
    main()
