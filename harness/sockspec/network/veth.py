"""Makes a link of two virtual Ethernet interfaces, and runs a command at its near end.

It is started in a user and a network namespace of its own, in which it may make interfaces:

    unshare --user --map-root-user --net --fork --kill-child python -m sockspec.network.veth ...
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from sockspec.network.links import ENTER, FAR, KIND, MORE, NEAR, SECOND, THIRD, Interface

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commands", "end", "ip"]

# How many ICMP errors a host may be sent; over the loopback there is no limit (icmp(7),
# icmp_ratelimit), and an example that waits for one would wait in vain.
_LIMITS = ("ipv4/icmp_ratelimit", "ipv6/icmp/ratelimit")

# A process that ends with this one and only waits: the far end lives in its namespace.
_HOLDER = (
    "import ctypes, signal, sys; "
    "ctypes.CDLL(None).prctl(1, signal.SIGKILL); "  # PR_SET_PDEATHSIG, <linux/prctl.h>
    "print(flush=True); sys.stdin.read()"
)


def ip(*words: str, enter: tuple[str, ...] = ()) -> None:
    """Run `ip`, at the far end where there is a way to `enter` it; end where it fails."""
    told = subprocess.run([*enter, "ip", *words], capture_output=True, text=True, check=False)
    if told.returncode:
        sys.exit(f"ip {' '.join(words)}: {told.stderr.strip()}")


def end(at: Interface, enter: tuple[str, ...] = ()) -> None:
    """Give an interface of a link its addresses, and switch it on."""
    for each in _of_end(at):
        ip(*each.split(), enter=enter)
    for setting in _LIMITS:
        # Each process sees the settings of its own network namespace there.
        words = [*enter, "sh", "-c", f"echo 0 > /proc/sys/net/{setting}"]
        subprocess.run(words, stderr=subprocess.DEVNULL, check=False)


def _of_end(at: Interface) -> Iterator[str]:
    # An address that the system makes is another one each time (addrconf, RFC 7217).
    yield f"link set {at.name} addrgenmode none"
    # Without duplicate address detection an address can be bound at once (RFC 4862, 5.4).
    yield f"address add {at.v4}/16 brd + dev {at.name}"
    for address in (at.v6, at.local):
        yield f"-6 address add {address}/64 dev {at.name} nodad"
    for kind, address in MORE.get(at.name, {}).items():
        old = " preferred_lft 0" if kind == "deprecated" and at.name == "near2" else ""
        yield f"-6 address add {address}/64 dev {at.name}{old} nodad"
    for name in ("lo", at.name):
        # One segment each: what is seen is what is sent (netdevice's gso_max_segs).
        yield f"link set {name} gso_max_segs 1"
        yield f"link set {name} up"


_PAIRS = ((NEAR, FAR), *((each[NEAR], each[FAR]) for each in (SECOND, THIRD)))


def _joined(near: Interface, far: Interface, process: str) -> str:
    return f"link add {near.name} type veth peer name {far.name} netns {process}"


def _beyond() -> str:
    return f"-6 route add {MORE['far2']['beyond']}/128 dev near2"


def commands() -> Iterator[tuple[bool, str]]:
    """What makes the link: whether at its far end, and the words after `ip`.

    `FAR` stands for a process at the far end.
    """
    for near, far in _PAIRS:
        yield False, _joined(near, far, "FAR")
        yield from ((False, words) for words in _of_end(near))
        yield from ((True, words) for words in _of_end(far))
    yield False, _beyond()


def main() -> None:
    """Make the link, and become the command."""
    holder = subprocess.Popen(
        ["unshare", "--net", sys.executable, "-c", _HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None  # noqa: S101 - it is a pipe
    holder.stdout.readline()  # its namespace is there
    enter = ("nsenter", "--net", "--target", str(holder.pid))
    for near, far in _PAIRS:
        ip(*_joined(near, far, str(holder.pid)).split())
        end(near)
        end(far, enter)
    ip(*_beyond().split())
    os.environ[KIND] = "veth"
    os.environ[ENTER] = " ".join(enter)
    # The far end is there as long as somebody has the other end of its input open.
    assert holder.stdin is not None  # noqa: S101 - as above
    os.set_inheritable(holder.stdin.fileno(), True)
    command = sys.argv[1:]
    os.execvp(command[0], command)  # noqa: S606 - it becomes what it was given


if __name__ == "__main__":
    main()
