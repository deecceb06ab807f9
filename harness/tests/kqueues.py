"""A kqueue over poll(), where the system has none: what the manuals say, for sockets.

Of Linux it cannot know how many connections a unix listener has.
"""

from __future__ import annotations

import array
import errno
import fcntl
import os
import select
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from sockspec import constants
from sockspec.backends.stdlib import Stdlib

NUMBERS = {**constants._DARWIN, "EVFILT_EMPTY": constants._FREEBSD["EVFILT_EMPTY"]}
READ, WRITE, EXCEPT, EMPTY = (
    NUMBERS[f"EVFILT_{each}"] for each in ("READ", "WRITE", "EXCEPT", "EMPTY")
)
LOWAT, OOB = NUMBERS["NOTE_LOWAT"], NUMBERS["NOTE_OOB"]
TICK = 0.001  # seconds between two looks


def has(flags, *names):
    return any(flags & NUMBERS[f"EV_{name}"] for name in names)


@dataclass
class kevent:  # noqa: N801 - as the module calls it
    ident: int
    filter: int = READ
    flags: int = 0
    fflags: int = 0
    data: int = 0
    udata: int = 0
    file: int = 0  # the inode that was added
    enabled: bool = True
    last: object = None  # what EV_CLEAR has reported


class kqueue:  # noqa: N801 - as above
    made: ClassVar[dict[int, kqueue]] = {}

    def __init__(self):
        self._pid, self._end = os.getpid(), select.epoll()
        self.closed, self._notes = False, {}
        self.made[self.fileno()] = self

    def fileno(self):
        return self._end.fileno()

    def close(self):
        if not self.closed:
            del self.made[self.fileno()]
            self.closed = True
            self._end.close()

    def control(self, changes, most, timeout=None):
        if os.getpid() != self._pid:
            raise OSError(errno.EBADF, "not inherited")
        receipts = []
        for each in changes:
            number = self._change(each)
            if number and len(receipts) >= most:
                raise OSError(number, os.strerror(number))
            if number or has(each.flags, "RECEIPT"):
                told = each.flags | NUMBERS["EV_ERROR"]
                receipts.append(kevent(each.ident, each.filter, told, 0, number, each.udata))
        if receipts or not most:
            return receipts
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            if came := self._report(most):
                return came
            if until is not None and time.monotonic() >= until:
                return []
            time.sleep(TICK)

    def _live(self, key):
        note = self._notes.get(key)
        with suppress(OSError):
            if note and os.fstat(key[0]).st_ino == note.file:
                return note
        self._notes.pop(key, None)
        return None

    def _change(self, asked):
        key = asked.ident, asked.filter
        note, adds = self._live(key), has(asked.flags, "ADD")
        if note is None and (has(asked.flags, "DELETE") or not adds):
            return errno.ENOENT
        if has(asked.flags, "DELETE"):
            del self._notes[key]
            return 0
        if note is None:
            try:
                file = os.fstat(asked.ident).st_ino
            except (OSError, OverflowError):
                return errno.EBADF
            note = self._notes[key] = kevent(*key, asked.flags, file=file)
        if adds:
            note.fflags, note.data = asked.fflags, asked.data
        if adds or has(asked.flags, "ENABLE"):
            note.enabled, note.last = True, None
        if has(asked.flags, "DISABLE"):
            note.enabled = False
        note.udata = asked.udata
        return 0

    def _report(self, most):
        came = []
        for key in list(self._notes):
            note = self._live(key)
            state = note and note.enabled and look(note)
            if not state or len(came) == most or note.last == state:
                continue
            flags, fflags, data = state
            came.append(kevent(*key, note.flags | flags, fflags, data, note.udata))
            note.enabled = not has(note.flags, "DISPATCH")
            del self._notes[key]
            if not has(note.flags, "ONESHOT"):
                self._notes[key] = note  # behind the others
            if has(note.flags, "CLEAR"):
                note.last = state
        return came


def look(note):
    """The flags, fflags and data of an event; None for none."""
    if note.ident in kqueue.made:
        inner = kqueue.made[note.ident]
        ready = sum(bool(each.enabled and look(each)) for each in inner._notes.values())
        return (0, 0, ready) if ready else None
    poller = select.poll()
    poller.register(
        note.ident, select.POLLIN | select.POLLOUT | select.POLLPRI | select.POLLRDHUP
    )
    events = dict(poller.poll(0)).get(note.ident, 0)
    sock = socket.socket(fileno=note.ident)
    try:
        return _of_socket(note, sock, events)
    finally:
        sock.detach()


pending: dict[int, int] = {}  # errors that were taken to look at them, by inode


def _of_socket(note, sock, events):
    end = NUMBERS["EV_EOF"] if events & (select.POLLRDHUP | select.POLLERR) else 0
    if note.filter == EXCEPT:
        return (end, OOB, 0) if events & select.POLLPRI else None
    if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        inet = sock.family != socket.AF_UNIX
        waiting = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 28)[24] if inet else 1
        return (0, 0, waiting) if note.filter == READ and events & select.POLLIN else None
    with suppress(OSError):
        sock.getpeername()
        unread, unsent = array.array("i", [0]), array.array("i", [0])
        fcntl.ioctl(sock, constants.extra("FIONREAD"), unread)
        fcntl.ioctl(sock, constants.extra("SIOCOUTQ"), unsent)
        if note.filter == EMPTY:
            return None if unsent[0] else (0, 0, 0)
        if note.filter == READ:
            least = note.data if note.fflags & LOWAT else 1
            return (end, _error(sock, events), unread[0]) if end or unread[0] >= least else None
        room = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) - unsent[0]
        return (0, _error(sock, events), room) if events & select.POLLOUT and room > 0 else None
    error = _error(sock, events)
    return (end, error, 0) if error else None


def _error(sock, events):
    key = os.fstat(sock.fileno()).st_ino
    if events & select.POLLERR:
        pending[key] = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return pending.get(key, 0)


class Queued(Stdlib):
    """The standard library's sockets, with this kqueue."""

    def constant(self, symbol):
        if symbol.startswith(("EVFILT_", "EV_", "NOTE_")):
            return NUMBERS.get(symbol)
        return super().constant(symbol)

    def getsockopt(self, sock, level, name, length):
        told = super().getsockopt(sock, level, name, length)
        if (level, name) == (socket.SOL_SOCKET, socket.SO_ERROR) and not any(told):
            return pending.pop(os.fstat(sock.fileno()).st_ino, 0).to_bytes(4, self.byte_order)
        return told


def backend():
    """The entry point, which also gives the `select` module its `kqueue`."""
    select.kqueue, select.kevent = kqueue, kevent
    return Queued()
