"""A bare system for an agent: what the first process of a guest makes, and its end.

It stands alone, on Python 3.9.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import lzma
import os
import socket
import struct
import sys
import termios
import threading
import tty
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

_INIT_MODULE = 175  # arch/x86/entry/syscalls/syscall_64.tbl
_POWER_OFF = 0x4321FEDC  # include/uapi/linux/reboot.h
_SIOCSIFFLAGS = 0x8914
_UP = 1 | 8 | 64  # IFF_UP, IFF_LOOPBACK, IFF_RUNNING
_DEVICE_UP = 1 | 2 | 64 | 4096  # IFF_UP, IFF_BROADCAST, IFF_RUNNING, IFF_MULTICAST
_SIOCSIFADDR, _SIOCSIFNETMASK = 0x8916, 0x891C  # include/uapi/linux/sockios.h
_SIOCSIFHWADDR, _SIOCETHTOOL = 0x8924, 0x8946  # the same file
_ETHERNET = 1  # ARPHRD_ETHER, include/uapi/linux/if_arp.h
_OFFLOADS = (0x1F, 0x24, 0x2C)  # ETHTOOL_STSO, _SGSO, _SGRO, include/uapi/linux/ethtool.h

_libc = ctypes.CDLL(None, use_errno=True)


def _done(what: str, answer: int) -> None:
    if answer:
        sys.stderr.write(f"{what}: {os.strerror(ctypes.get_errno())}\n")


def mount(kind: str, where: str, options: str = "") -> None:
    """Mount a file system; what fails is told on standard error."""
    words = (word.encode() for word in (kind, where, kind))
    _done(f"mount {where}", _libc.mount(*words, 0, options.encode()))


def load_modules(root: str, names: Sequence[str]) -> None:
    """Load modules of the kernel, in order; one that is built in is not in the folder.

    Debian compresses them from trixie on, and not every kernel unpacks what it loads.
    """
    for name in names:
        plain, packed = (Path(root) / f"{name}.{kind}" for kind in ("ko", "ko.xz"))
        if plain.exists():
            image = plain.read_bytes()
        elif packed.exists():
            image = lzma.decompress(packed.read_bytes())
        else:
            continue
        size = ctypes.c_ulong(len(image))
        _done(name, _libc.syscall(_INIT_MODULE, image, size, b""))


def loopback_up() -> None:
    """Switch the loopback interface on."""
    with socket.socket() as sock:
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", _UP))


def device_up(name: str, v4: str, v6: str) -> None:
    """Switch a network device on, with an address of a /24 and one of a /64.

    It sends one segment at a time: what is seen on the link is what is sent.
    """
    here = name.encode()
    # Without duplicate address detection an address can be bound at once (RFC 4862, 5.4).
    Path(f"/proc/sys/net/ipv6/conf/{name}/accept_dad").write_text("0", encoding="ascii")
    with socket.socket() as sock:
        for verb in _OFFLOADS:
            wanted = ctypes.create_string_buffer(struct.pack("II", verb, 0))
            asked = struct.pack("16sQ16x", here, ctypes.addressof(wanted))
            # A device that has no such offload does not know the verb.
            with contextlib.suppress(OSError):
                fcntl.ioctl(sock, _SIOCETHTOOL, asked)
        # Those it meets remember its address: it is the same after a restart, and no other's
        # (as `station` of `sockspec.network.tap` has it).
        own = b"\2\x73" + socket.inet_aton(v4)
        fcntl.ioctl(sock, _SIOCSIFHWADDR, struct.pack("16sH14s8x", here, _ETHERNET, own))
        for verb, address in ((_SIOCSIFADDR, v4), (_SIOCSIFNETMASK, "255.255.255.0")):
            told = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(sock, verb, struct.pack("16s16s8x", here, told))
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sh22x", here, _DEVICE_UP))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        raw = socket.inet_pton(socket.AF_INET6, v6)
        index = socket.if_nametoindex(name)
        fcntl.ioctl(sock, _SIOCSIFADDR, struct.pack("16sIi", raw, 64, index))


def line(path: str) -> int:
    """A terminal as a line that changes nothing."""
    opened = os.open(path, os.O_RDWR | os.O_NOCTTY)
    # What is there already stays: the host does not wait for us to be ready.
    tty.setraw(opened, termios.TCSANOW)
    return opened


def serve(requests: int, answers: int, told: int, act: Callable[[], object]) -> NoReturn:
    """Serve in a process of its own, tell the host how it ended, and switch off.

    `told` is the descriptor through which the host learns it: `!` and the wait status.
    """
    agent = os.fork()
    if not agent:
        os.setsid()
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        for each in {requests, answers}:
            os.close(each)
        os.chdir("/tmp")  # noqa: S108 - the guest's own
        os.environ.clear()
        os.environ["PATH"] = "/usr/bin:/bin"
        act()
        os._exit(0)
    threading.Thread(target=_swallow, args=(told,), daemon=True).start()
    status = -1
    ended = 0
    while ended != agent:
        ended, status = os.wait()
    os.write(told, b"!%d\n" % status)
    _libc.reboot(_POWER_OFF)
    os._exit(0)


def _swallow(told: int) -> None:
    # The host of user-mode Linux writes here to wake a kernel that missed a signal of its own.
    while os.read(told, 4096):
        pass
