"""A link whose packets a process of ours passes on, and loses, delays or doubles as it is told.

It needs no queueing discipline of the kernel's (netem), and what it does is counted and never
drawn by lot: the next packet with data, not one in ten. Each end is a TAP, the near one in the
network namespace of the run, the far one in the forwarder's own.
"""

from __future__ import annotations

import ctypes
import heapq
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from dataclasses import dataclass, field

from sockspec.network.tap import need_device, opened
from sockspec.network.veth import end

__all__ = ["ADDRESS", "Change", "Changes", "ports"]

ADDRESS = b"\0sockspec-forwarder"
"""Where it listens: an abstract name, which is of one network namespace."""

_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG, <linux/prctl.h>
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, <linux/sched.h>
_ROOM = 1 << 16
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP, _FRAGMENT = 6, 17, 44
_BEGUN = 64  # datagrams whose first fragment is remembered


@dataclass
class Change:
    """What happens to packets from or to a port of the near end.

    `kind` is `drop`, `double`, `swap` (a packet goes after the next one), `delay` or `cut`
    (all are lost, those without data too). `way` is `out`, `in` or `both`; `count` how many
    packets with data or SYN or FIN it happens to, fragments one by one, or with `bare` how many
    of the others. The first `after` of them pass. `seconds` is how long a delay is.
    """

    port: int
    kind: str
    way: str = "both"
    count: int = 1
    seconds: float = 0.0
    bare: bool = False
    after: int = 0
    held: bytes | None = field(default=None, compare=False)


class Changes:
    """The changes that clients want, and what becomes of a frame under them."""

    def __init__(self) -> None:
        self.of: dict[int, list[Change]] = {}
        self._begun: dict[bytes, tuple[int, int]] = {}

    def passed(self, frame: bytes, way: str) -> list[tuple[float, bytes]]:
        """What goes on of a frame: after how many seconds, and which frames."""
        seen = ports(frame, self._begun)
        if seen is None:
            return [(0.0, frame)]
        source, target, carries = seen
        near = source if way == "out" else target
        for change in (each for some in self.of.values() for each in some):
            if change.port != near or change.way not in {way, "both"}:
                continue
            if change.kind == "cut":
                return []
            if carries is not change.bare:
                if change.after > 0:
                    change.after -= 1
                    continue
                if change.count > 0:
                    return _changed(change, frame)
            if change.held is not None:
                held, change.held = change.held, None
                return [(0.0, frame), (0.0, held)]
        return [(0.0, frame)]


def _changed(change: Change, frame: bytes) -> list[tuple[float, bytes]]:
    change.count -= 1
    if change.kind == "double":
        return [(0.0, frame), (0.0, frame)]
    if change.kind == "delay":
        return [(change.seconds, frame)]
    if change.kind == "swap":
        change.held = frame
    return []


def ports(
    frame: bytes, begun: dict[bytes, tuple[int, int]] | None = None
) -> tuple[int, int, bool] | None:
    """Source and target port of a frame, and whether it carries data, SYN or FIN.

    None where it is no packet of TCP or UDP, or ends before its heads do. Of a datagram's
    fragments only the first has ports: those that have `begun` are kept for the later ones.
    """
    try:
        return _ports(frame, {} if begun is None else begun)
    except (IndexError, struct.error):
        return None


def _ports(frame: bytes, begun: dict[bytes, tuple[int, int]]) -> tuple[int, int, bool] | None:
    found = _transport(frame)
    if found is None or found.protocol not in {_TCP, _UDP}:
        return None
    if found.offset:
        told = begun.get(found.whole)
        return None if told is None else (*told, True)
    source, target = struct.unpack_from("!HH", frame, found.at)
    if found.whole:
        begun[found.whole] = source, target
        if len(begun) > _BEGUN:
            del begun[next(iter(begun))]
    if found.protocol == _UDP or found.whole:
        return source, target, True
    data = found.end - found.at - (frame[found.at + 12] >> 4) * 4
    return source, target, data > 0 or bool(frame[found.at + 13] & 3)


@dataclass(frozen=True)
class _Transport:
    """What a frame carries above IP, from `at` to `end`; `whole` names what it is a part of."""

    protocol: int
    at: int
    end: int
    whole: bytes = b""
    offset: int = 0


def _transport(frame: bytes) -> _Transport | None:
    (kind,) = struct.unpack_from("!H", frame, 12)
    if kind == _IPV4:
        at, protocol = 14 + (frame[14] & 15) * 4, frame[23]
        length, part = struct.unpack_from("!H2xH", frame, 16)
        whole = frame[18:20] + frame[23:24] + frame[26:34] if part & 0x3FFF else b""
        return _Transport(protocol, at, 14 + length, whole, part & 0x1FFF)
    if kind != _IPV6:
        return None
    end = 54 + int.from_bytes(frame[18:20], "big")
    if frame[20] != _FRAGMENT:
        return _Transport(frame[20], 54, end)
    (part,) = struct.unpack_from("!H", frame, 56)
    return _Transport(frame[54], 62, end, frame[22:54] + frame[58:62], part & 0xFFF8)


# -- the process ----------------------------------------------------------------------------


class _Forwarder:
    def __init__(self, near: int, far: int, listener: socket.socket) -> None:
        self._ends = {near: (far, "out"), far: (near, "in")}
        self._listener = listener
        self._clients: dict[int, socket.socket] = {}
        self._changes = Changes()
        self._later: list[tuple[float, int, int, bytes]] = []
        self._sent = 0

    def serve(self) -> None:
        while True:
            wanted = [*self._ends, self._listener.fileno(), *self._clients]
            first = self._later[0][0] - time.monotonic() if self._later else None
            ready, _, _ = select.select(wanted, [], [], first and max(0.0, first))
            for each in ready:
                self._handle(each)
            while self._later and self._later[0][0] <= time.monotonic():
                _, _, target, frame = heapq.heappop(self._later)
                _write(target, frame)

    def _handle(self, ready: int) -> None:
        if ready in self._ends:
            target, way = self._ends[ready]
            for seconds, frame in self._changes.passed(os.read(ready, _ROOM), way):
                self._send(target, frame, seconds)
        elif ready == self._listener.fileno():
            made = self._listener.accept()[0]
            self._clients[made.fileno()] = made
        else:
            self._told(ready)

    def _send(self, target: int, frame: bytes, seconds: float) -> None:
        if not seconds:
            _write(target, frame)
            return
        self._sent += 1  # those of one time go in their order
        heapq.heappush(self._later, (time.monotonic() + seconds, self._sent, target, frame))

    def _told(self, number: int) -> None:
        client = self._clients[number]
        line = client.recv(_ROOM)
        if not line:  # what it wanted ends with it
            self._changes.of.pop(number, None)
            self._clients.pop(number).close()
            return
        self._changes.of[number] = [Change(**each) for each in json.loads(line)]
        client.send(b"done")


def _write(target: int, frame: bytes) -> None:
    try:
        os.write(target, frame)
    except OSError:  # an interface that is down, or full, loses it
        return


def _serve() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(ADDRESS)
    listener.listen(64)
    near = opened("near0")
    if libc.unshare(_NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "unshare")
    far = opened("far0")
    os.write(sys.stdout.fileno(), b"\n")  # its namespace is there, and both interfaces
    _Forwarder(near, far, listener).serve()


def main() -> None:
    """Make the link, and become the command."""
    need_device()
    process = subprocess.Popen(
        [sys.executable, "-m", "sockspec.network.forwarder", "--serve"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    process.stdout.readline()
    from sockspec.network.links import ENTER, FAR, KIND, NEAR  # noqa: PLC0415 - only here

    enter = ("nsenter", "--net", "--target", str(process.pid))
    end(NEAR)
    end(FAR, enter)
    os.environ[KIND] = "forwarder"
    os.environ[ENTER] = " ".join(enter)
    command = sys.argv[1:]
    os.execvp(command[0], command)  # noqa: S606 - it becomes what it was given


if __name__ == "__main__":
    _serve() if sys.argv[1:] == ["--serve"] else main()
