"""The program beside a guest: hands it the requests, and ends as the agent in it ended.

    python -m sockspec.targets.guest.beside FOLDER COMMAND...

The command boots the guest. Its standard input becomes a pipe of ours, its standard output
is ours; `{ask}` and `{told}` in it are replaced by two more descriptors, and `{tap}`, `{v4}`
and `{v6}` by the TAP of a link and the addresses that the guest is to have there.

A serial line of user-mode Linux has two faults that pipes do not have. It loses what comes
while 4 KiB wait to be read (arch/um/drivers/line.c: a line that was throttled is never
listened to again), so that longer requests go through a file in the folder, which the guest
sees as well, and only `@` and its name through the line. And a signal that comes just before
the kernel goes idle is slept over, so that it is woken when it has not told soon that it has
read. What a link brings comes by such signals, too: over a link it is woken now and then.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

from sockspec.network.tap import DEVICE, V4, V6
from sockspec.targets.guest.ending import end_as

__all__ = ["Guest", "main"]

_LONGEST = 2048  # bytes that go through the line
_SOON = 2  # milliseconds until the first wake-up; each further one waits twice as long
_LATE = 64
_IDLE = 250  # milliseconds between two wake-ups over a link, where nothing is on its way
_LINK = {"tap": DEVICE, "v4": V4, "v6": V6}


class Guest:
    """A guest, from its start to its end."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._folder = folder
        self._files = 0
        requests, self._requests = os.pipe()
        ask, self._ask = os.pipe()
        self._told, told = os.pipe()
        names = {"{ask}": str(ask), "{told}": str(told)}
        names |= {f"{{{name}}}": os.environ.get(each, "") for name, each in _LINK.items()}
        words = [_replaced(word, names) for word in command]
        self._process = subprocess.Popen(words, stdin=requests, pass_fds=(ask, told))
        for each in (requests, ask, told):
            os.close(each)
        self._pieces: list[bytes] = []
        self._on_its_way = 0
        self._rest = b""
        self._status: int | None = None

    def run(self) -> int:
        """Hand on what comes until either end is gone; the wait status of the agent."""
        poller = select.poll()
        poller.register(self._told, select.POLLIN)
        poller.register(0, select.POLLIN)
        patience = _SOON
        idle = _IDLE if os.environ.get(DEVICE) else None
        try:
            while True:
                limit = patience if self._on_its_way > 0 else idle
                ready = {each for each, _ in poller.poll(limit)}
                if not ready:
                    os.write(self._ask, b"\n")
                    patience = min(patience * 2, _LATE)
                if self._told in ready:
                    patience = _SOON
                    if not self._read_told():
                        return self._ended()
                if 0 in ready and not self._read_request():
                    self._process.kill()
                    return self._ended()
        finally:
            for file in self._folder.glob(f"{os.getpid()}-*"):
                file.unlink()

    def _read_request(self) -> bool:
        piece = os.read(0, 1 << 20)
        self._pieces.append(piece)
        if piece.endswith(b"\n"):
            request = b"".join(self._pieces)
            self._pieces.clear()
            if len(request) > _LONGEST:
                # A name of its own, as the guest remembers what it has read. It removes it.
                self._files += 1
                file = self._folder / f"{os.getpid()}-{self._files}"
                file.write_bytes(request)
                request = b"@%s\n" % file.name.encode()
            self._on_its_way += os.write(self._requests, request)
        return bool(piece)

    def _read_told(self) -> bool:
        got = os.read(self._told, 4096)
        *lines, self._rest = (self._rest + got).split(b"\n")
        for line in lines:
            if line.startswith(b"!"):
                self._status = int(line[1:])
            elif line.strip():  # else the echo of a wake-up: the line was not raw yet
                self._on_its_way -= int(line)
        return bool(got)

    def _ended(self) -> int:
        code = self._process.wait()
        if self._status is not None:
            return self._status
        return 0 if code <= 0 else code << 8


def _replaced(word: str, names: dict[str, str]) -> str:
    for name, number in names.items():
        word = word.replace(name, number)
    return word


def main() -> None:
    """The command. Its exit code, or the signal that ends it, is the agent's."""
    end_as(Guest(Path(sys.argv[1]), sys.argv[2:]).run())


if __name__ == "__main__":
    main()
