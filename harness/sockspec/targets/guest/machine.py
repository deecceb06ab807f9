"""The first process of a guest in an emulated machine: the agent on a port of virtio's.

It stands alone, on Python 3.9, with `bare` beside it, and runs as `python3 machine.py`. A
request comes and its answer goes through the one port; ttyS1 tells the host how the agent
ended. With `--try` it only says so, for a host that wants to know whether a guest boots. With
`--link V4 V6` its network device has these addresses, of the guest's end of a link.
"""

from __future__ import annotations

import os
import platform
import runpy
import select
import sys
import time
from pathlib import Path

import bare

_MODULES = (
    *(f"virtio/{name}" for name in ("virtio_ring", "virtio", "virtio_pci_legacy_dev")),
    *("virtio/virtio_pci_modern_dev", "virtio/virtio_pci", "char/virtio_console"),
)
_DEVICE = ("net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net")
"""The network device of virtio, where it is not built in; older kernels need not all."""

_LINK = "--link"
_NETWORKS = Path("/sys/class/net")
_PORTS = Path("/sys/class/virtio-ports")
_AGENT = "/agent.pyz"
_BETWEEN = 0.005  # seconds between two looks at what the kernel is about to make


def _system() -> None:
    bare.mount("proc", "/proc")
    bare.mount("sysfs", "/sys")
    bare.mount("tmpfs", "/tmp")  # noqa: S108 - the guest's own
    bare.mount("devtmpfs", "/dev")
    bare.load_modules(f"/lib/modules/{platform.release()}/kernel/drivers", _MODULES)
    bare.loopback_up()
    addresses = sys.argv[sys.argv.index(_LINK) + 1 :] if _LINK in sys.argv else []
    if addresses:
        bare.load_modules(f"/lib/modules/{platform.release()}/kernel", _DEVICE)
        bare.device_up(_device(), *addresses)


def _device() -> str:
    # The kernel makes it in its own time, as it does the port.
    while not (found := [each.name for each in _NETWORKS.iterdir() if each.name != "lo"]):
        time.sleep(_BETWEEN)
    return found[0]


def _port() -> int:
    # The kernel makes the port, and learns that the host is there, in its own time; the host
    # ends a guest that never comes to it.
    while not (found := list(_PORTS.glob("*"))):
        time.sleep(_BETWEEN)
    node = Path("/dev") / found[0].name
    while not node.exists():
        time.sleep(_BETWEEN)
    port = os.open(node, os.O_RDWR)
    poller = select.poll()
    poller.register(port, 0)
    while poller.poll(0):  # POLLHUP
        time.sleep(_BETWEEN)
    return port


def _serve() -> None:
    sys.argv = [_AGENT]
    runpy.run_path(_AGENT, run_name="__main__")


def main() -> None:
    """Boot, serve, power off."""
    _system()
    told = bare.line("/dev/ttyS1")
    if "--try" in sys.argv:
        nothing = os.open("/dev/null", os.O_RDWR)
        bare.serve(nothing, nothing, told, lambda: None)
    port = _port()
    bare.serve(port, port, told, _serve)


if __name__ == "__main__":
    main()
