"""The program beside a sandbox of gVisor: gives it a network device of a link.

    python -m sockspec.targets.guest.sandbox RUNSC COMMAND...

It runs at one end of a link that is a TAP (see `sockspec.network.tap`). gVisor opens no TAP:
its network stack takes over the interfaces of the network namespace that it is started in. So
a pair of virtual Ethernet interfaces takes the TAP's place, with its name and addresses on the
side of the link; the other one is in a namespace that ends with the sandbox.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sockspec.network.tap import DEVICE, V4, V6, our_side, station

__all__ = ["main"]

_DEVICE = "eth0"
_HIDDEN = Path("/proc/sys/net/core")
_INSIDE = "--inside"
_GOING, _BETWEEN = 5.0, 0.02  # seconds for an interface to go, and between two looks

# Whatever ends, all of it ends: the sandbox is in no process group of ours.
_ALONE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--net", "--mount-proc", "--pid", "--fork", "--kill-child"),
)

_OPTIONS = (
    *("--network=sandbox", "--ignore-cgroups"),
    # It would become a user that this namespace does not have.
    "--TESTONLY-unsafe-nonroot",
    # One segment each: what is seen is what is sent.
    *("--gso=false", "--software-gso=false"),
)

# What a process of root has of <linux/capability.h> that the rules ask for.
_MAY = ("NET_RAW", "NET_ADMIN", "NET_BIND_SERVICE", "SYS_RESOURCE", "KILL", "DAC_OVERRIDE")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, stdout=sys.stderr)


def _replaced(name: str, inside: int) -> None:
    """Put one end of a pair in the place of an interface, the other into a namespace."""
    addresses, bridge = our_side(name)
    own = station(os.environ[V4]).hex(":")
    there = ("name", _DEVICE, "address", own, "netns", str(inside))
    pair = ("link", "add", name, "gso_max_segs", "1", "type", "veth", "peer", *there)
    until = time.monotonic() + _GOING
    # The pair of a sandbox that has ended goes with its namespace, in the system's own time.
    while True:
        subprocess.run(["ip", "link", "delete", name], stderr=subprocess.DEVNULL, check=False)
        is_last = time.monotonic() > until
        if not subprocess.run(["ip", *pair], stdout=sys.stderr, check=is_last).returncode:
            break
        time.sleep(_BETWEEN)
    if bridge:
        _ip("link", "set", name, "addrgenmode", "none", "master", bridge)
    _ip("link", "set", name, "up")
    for each in addresses:
        _ip("address", "add", each, "dev", name, *(["nodad"] if ":" in each else []))


def _specification(command: list[str]) -> dict[str, Any]:
    """What is run, for the runtime: https://github.com/opencontainers/runtime-spec."""
    capabilities = [f"CAP_{name}" for name in _MAY]
    kinds = ("bounding", "effective", "inheritable", "permitted")
    namespaces: list[dict[str, str]] = [
        {"type": each} for each in ("pid", "mount", "ipc", "uts")
    ]
    return {
        "ociVersion": "1.0.0",
        "process": {
            "user": {"uid": 0, "gid": 0},
            "args": command,
            "env": [f"PATH={os.environ['PATH']}", "TMPDIR=/dev/shm"],
            "cwd": "/",
            "capabilities": dict.fromkeys(kinds, capabilities),
        },
        "root": {"path": "/", "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
        ],
        "linux": {
            "namespaces": [*namespaces, {"type": "network", "path": "/proc/self/ns/net"}]
        },
    }


def _inside(ready: int, go: int, runsc: str, *command: str) -> None:
    os.write(ready, b"!")
    if not os.read(go, 1):  # who makes the device has failed, and has said why
        sys.exit(1)
    os.close(ready)
    os.close(go)
    _ip("link", "set", "lo", "up")
    _ip("address", "add", f"{os.environ[V4]}/24", "dev", _DEVICE)
    _ip("-6", "address", "add", f"{os.environ[V6]}/64", "dev", _DEVICE, "nodad")
    _ip("link", "set", _DEVICE, "gso_max_segs", "1", "up")
    # It takes a namespace that has this for the host's own; since Linux 5.15 each has it.
    # The folder that hides it is this namespace's alone, and ends with it.
    subprocess.run(["mount", "-t", "tmpfs", "none", str(_HIDDEN)], check=True)
    (_HIDDEN / "config.json").write_text(json.dumps(_specification([*command])), "utf-8")
    words = [runsc, f"--root={_HIDDEN}/state", *_OPTIONS, "run", f"--bundle={_HIDDEN}", "agent"]
    os.execvp(runsc, words)  # noqa: S606 - it becomes what it was given


def main() -> None:
    """The command. It ends as the command in the sandbox does."""
    if sys.argv[1] == _INSIDE:
        _inside(int(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])
    if DEVICE not in os.environ:  # somebody only asks what it is
        runsc, *command = sys.argv[1:]
        alone = [runsc, "--rootless", "--network=none", "do", *command]
        os.execvp(runsc, alone)  # noqa: S606 - it becomes what it was given
    ready, told = os.pipe()
    go, tell = os.pipe()
    own = (sys.executable, "-m", "sockspec.targets.guest.sandbox", _INSIDE)
    words = [*_ALONE, *own, str(told), str(go), *sys.argv[1:]]
    process = subprocess.Popen(words, pass_fds=(told, go))
    os.close(told)
    os.close(go)
    if os.read(ready, 1):  # it is `unshare` that has our process number, and the namespace
        _replaced(os.environ[DEVICE], process.pid)
        os.write(tell, b"!")
    sys.exit(process.wait())


if __name__ == "__main__":
    main()
