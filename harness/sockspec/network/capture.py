"""A capture of a run: the packets of its examples, as a file and as parts of witnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec import files
from sockspec.errors import Refused, Unsupported, UsageError
from sockspec.network.datagrams import datagram
from sockspec.network.wire import Wire, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sockspec.backends.trace import Call
    from sockspec.network.wire import Frame

__all__ = ["Capture"]

_MAGIC = b"\x0a\x0d\x0d\x0a"  # a section header block (draft-ietf-opsawg-pcapng, 4.1)


class Capture:
    """Keeps the packets of examples in a pcapng file.

    Raises `UsageError` where packets cannot be seen, or the path is not for it.
    """

    def __init__(self, path: Path) -> None:
        there = files.place(path, is_ours=lambda head: head.startswith(_MAGIC))
        try:
            self._wire = Wire()
        except Unsupported as error:
            raise UsageError(str(error), remedy="run without --capture") from error
        from dpkt.pcapng import Writer  # noqa: PLC0415 - an extra, and there: `Wire` has asked

        self._path = path
        self._file, made = files.beside(there)
        self._frames = 0
        with files.refusing(path):
            self._writer = Writer(self._file)
            made.replace(there)

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self._path.name

    def begin(self) -> None:
        """Another example: what came before it is none of its packets."""
        for _ in self._wire.frames():
            pass

    def take(self, calls: Sequence[Call]) -> list[dict[str, Any]]:
        """The packets since `begin`, written and told.

        Each has `packet`, what it is; `after`, the number of calls that came before it; `at`,
        seconds after the first call; `theirs`, where the far end sent it; and `frame`, its
        number in the file, from 1.
        """
        told = []
        for each in self._wire.frames():
            with files.refusing(self._path):
                self._writer.writepkt(each.data, each.time)
            self._frames += 1
            if packet := _told(each):
                line = {
                    "after": sum(call.at <= each.time for call in calls),
                    "at": round(each.time - calls[0].at, 6) if calls else 0,
                    "frame": self._frames,
                    "packet": packet,
                }
                told.append(line | ({"theirs": True} if _is_theirs(each, packet) else {}))
        return told

    def end(self) -> None:
        """Close the file. Raises `Refused`."""
        self._wire.close()
        try:
            self._file.close()
        except OSError as error:
            raise Refused(self._path, error) from error


def _told(frame: Frame) -> str:
    """What a frame is; empty where no example is about its like."""
    found = datagram(frame)
    if found is not None and found.told:
        return found.told
    packet = read(frame.time, frame.data)
    return "" if packet is None else str(packet)


def _is_theirs(frame: Frame, packet: str) -> bool:
    # An ICMP error that comes by the loopback stands for what a router on the way sends.
    is_routers = frame.device == "lo" and " ICMP" in packet
    return not frame.is_outgoing or is_routers
