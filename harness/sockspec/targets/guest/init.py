"""The first process of a guest: a bare system, the agent on its serial lines, the power off.

It stands alone, on Python 3.9, and runs as `python3 init.py AGENT REQUESTS`, two folders of
the host's: with the agent, `agent.pyz`, and for requests that are too long for a line.

The lines: requests come on ttyS0, whose echo goes nowhere; answers go out on ttyS1; ttyS2
tells the host how many bytes of ttyS0 were read, and in the end how the agent ended.
"""

from __future__ import annotations

import ctypes
import fcntl
import io
import os
import platform
import socket
import struct
import sys
import termios
import threading
import tty

_NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8)}
_NODES.update({"urandom": (1, 9), "tty": (5, 0)})
_NODES.update({f"ttyS{number}": (4, 64 + number) for number in range(3)})

_MODULES = ("lib/crc-ccitt", "net/ipv6/ipv6")
"""What a usual system has and these kernels have as modules."""

_FINIT_MODULE = 313  # arch/x86/entry/syscalls/syscall_64.tbl
_POWER_OFF = 0x4321FEDC  # include/uapi/linux/reboot.h
_SIOCSIFFLAGS = 0x8914
_UP = 1 | 8 | 64  # IFF_UP, IFF_LOOPBACK, IFF_RUNNING
_TOLD = 100  # the descriptor of ttyS2 in the agent, out of the way of those that are tested

_libc = ctypes.CDLL(None, use_errno=True)


def _done(what: str, answer: int) -> None:
    if answer:
        sys.stderr.write(f"{what}: {os.strerror(ctypes.get_errno())}\n")


def _mount(kind: str, where: str, options: str = "") -> None:
    words = (word.encode() for word in (kind, where, kind))
    _done(f"mount {where}", _libc.mount(*words, 0, options.encode()))


def _load_modules() -> None:
    root = f"/usr/lib/uml/modules/{platform.release()}/kernel"
    for name in _MODULES:
        try:
            module = os.open(f"{root}/{name}.ko", os.O_RDONLY)
        except FileNotFoundError:
            continue  # it is built in
        _done(name, _libc.syscall(_FINIT_MODULE, module, b"", 0))
        os.close(module)


def _system(agent: str, requests: str) -> None:
    _mount("proc", "/proc")
    _mount("sysfs", "/sys")
    _mount("tmpfs", "/tmp")  # noqa: S108 - the guest's own
    _mount("tmpfs", "/dev", "mode=755")
    _mount("hostfs", "/agent", agent)
    _mount("hostfs", "/requests", requests)
    for name, numbers in _NODES.items():
        os.mknod(f"/dev/{name}", 0o020666, os.makedev(*numbers))
    _load_modules()
    with socket.socket() as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _UP))


def _line(number: int) -> int:
    line = os.open(f"/dev/ttyS{number}", os.O_RDWR | os.O_NOCTTY)
    # What is there already stays: the host does not wait for us to be ready.
    tty.setraw(line, termios.TCSANOW)
    return line


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


def _serve() -> None:
    agent = "/agent/agent.pyz"
    sys.path.insert(0, agent)
    sys.argv = [agent]
    from sockspec.agent import serve  # noqa: PLC0415 - it is there now

    # The agent opens one descriptor in its life: that of the requests.
    serve.open = lambda requests, _mode: io.BufferedReader(_Counted(requests))  # type: ignore[attr-defined]
    serve.main()


def _swallow(told: int) -> None:
    # The host writes here to wake a kernel that has missed a signal of its own.
    while os.read(told, 4096):
        pass


def main() -> None:
    """Boot, serve, power off."""
    _system(*sys.argv[1:3])
    answers, told, requests = _line(1), _line(2), _line(0)
    agent = os.fork()
    if not agent:
        os.setsid()
        os.dup2(told, _TOLD)
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        for line in (answers, told, requests):
            os.close(line)
        os.chdir("/tmp")  # noqa: S108 - the guest's own
        os.environ.clear()
        os.environ["PATH"] = "/usr/bin:/bin"
        _serve()
    threading.Thread(target=_swallow, args=(told,), daemon=True).start()
    status = -1
    ended = 0
    while ended != agent:
        ended, status = os.wait()
    os.write(told, b"!%d\n" % status)
    _libc.reboot(_POWER_OFF)


if __name__ == "__main__":
    main()
