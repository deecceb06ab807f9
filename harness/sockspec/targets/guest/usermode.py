"""The first process of a guest in user mode: the agent on its serial lines.

It stands alone, on Python 3.9, with `bare` beside it, and runs as
`python3 usermode.py AGENT REQUESTS`, two folders of the host's: with the agent, `agent.pyz`,
and for requests that are too long for a line. `--link V4 V6` are the addresses of the guest's
end of a link, its first network device; `--module NAME` loads one more of the kernel's, and
`--serve WORD` names the backend that the agent serves, which may stand beside this file.

The lines: requests come on ttyS0, whose echo goes nowhere; answers go out on ttyS1; ttyS2
tells the host how many bytes of ttyS0 were read, and in the end how the agent ended.
"""

from __future__ import annotations

import argparse
import io
import os
import platform
import sys

import bare

_NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8)}
_NODES.update({"urandom": (1, 9), "tty": (5, 0)})
_NODES.update({f"ttyS{number}": (4, 64 + number) for number in range(3)})

_MODULES = (
    *("lib/crc-ccitt", "net/ipv6/ipv6"),
    *("net/vmw_vsock/vsock", "net/vmw_vsock/vmw_vsock_virtio_transport_common"),
    "net/vmw_vsock/vsock_loopback",
)
"""What a usual system has, or loads when it is asked for, and these kernels have as modules."""

_TOLD = 100  # the descriptor of ttyS2 in the agent, out of the way of those that are tested


def _system(asked: argparse.Namespace) -> None:
    bare.mount("proc", "/proc")
    bare.mount("sysfs", "/sys")
    bare.mount("tmpfs", "/tmp")  # noqa: S108 - the guest's own
    bare.mount("tmpfs", "/dev", "mode=755")
    bare.mount("hostfs", "/agent", asked.agent)
    bare.mount("hostfs", "/requests", asked.requests)
    for name, numbers in _NODES.items():
        os.mknod(f"/dev/{name}", 0o020666, os.makedev(*numbers))
    modules = [*_MODULES, *asked.module]
    bare.load_modules(f"/usr/lib/uml/modules/{platform.release()}/kernel", modules)
    bare.loopback_up()
    if asked.link:
        bare.device_up("vec0", *asked.link)


class _Counted(io.RawIOBase):
    """Reads the requests and tells the host of each piece that it has been read."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._long = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._long or self._read()
        count = min(len(piece), len(buffer))
        buffer[:count] = piece[:count]
        self._long = piece[count:]
        return count

    def _read(self) -> bytes:
        piece = os.read(self._descriptor, 4096)
        count = len(piece)
        if piece.startswith(b"@"):
            while not piece.endswith(b"\n"):
                piece += os.read(self._descriptor, 4096)
            count = len(piece)
            piece = _content(b"/requests/" + piece[1:-1])
        os.write(_TOLD, b"%d\n" % count)
        return piece


def _content(path: bytes) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - bytes
        content = file.read()
    os.unlink(path)  # noqa: PTH108 - bytes
    return content


def _serve(backend: str) -> None:
    agent = "/agent/agent.pyz"
    sys.path.insert(0, agent)
    sys.argv = [agent, "--backend", backend]
    from sockspec.agent import serve  # noqa: PLC0415 - it is there now

    # The agent opens one descriptor in its life: that of the requests.
    serve.open = lambda requests, _mode: io.BufferedReader(_Counted(requests))  # type: ignore[attr-defined]
    serve.main()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("agent")
    parser.add_argument("requests")
    # Off the link, where a run begins, there are no addresses: the kernel drops empty words.
    parser.add_argument("--link", nargs="*", default=[])
    parser.add_argument("--module", action="append", default=[])
    parser.add_argument("--serve", default="stdlib")
    # The kernel adds settings of its own to what its first process is given.
    return parser.parse_args([word for word in sys.argv[1:] if "console=" not in word])


def main() -> None:
    """Boot, serve, power off."""
    asked = _asked()
    _system(asked)
    answers, told, requests = (bare.line(f"/dev/ttyS{number}") for number in (1, 2, 0))
    os.dup2(told, _TOLD)
    os.close(told)
    bare.serve(requests, answers, _TOLD, lambda: _serve(asked.serve))


if __name__ == "__main__":
    main()
