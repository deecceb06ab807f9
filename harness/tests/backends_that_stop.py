"""Backends that no deadline of Python can end, for `--backend backends_that_stop:NAME`."""

from __future__ import annotations

import ctypes
import os
import signal

from sockspec.backends.stdlib import Stdlib
from sockspec.errors import SocketError

# Calls through PyDLL keep the interpreter's lock, as a C extension does that never gives it up.
_LOCKED = ctypes.PyDLL(None, use_errno=True)
_FREE = ctypes.CDLL(None)


class _PollFd(ctypes.Structure):
    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


class KeepsTheLock(Stdlib):
    """Waits in recv() and poll() with the interpreter's lock held."""

    def recv(self, sock, size, flags=0):
        buffer = ctypes.create_string_buffer(size)
        length = _LOCKED.recv(sock.fileno(), buffer, size, flags)
        if length < 0:
            raise SocketError(self.errno_symbol(ctypes.get_errno()), ctypes.get_errno(), "recv")
        return buffer.raw[:length]

    def poll(self, wanted, timeout):
        class PollFd(ctypes.Structure):
            _fields_ = (
                ("fd", ctypes.c_int),
                ("events", ctypes.c_short),
                ("got", ctypes.c_short),
            )

        entries = (PollFd * len(wanted))(*((sock.fileno(), asked, 0) for sock, asked in wanted))
        _LOCKED.poll(entries, len(wanted), int(timeout * 1000))
        return tuple(entry.got for entry in entries)


class _Idle(Stdlib):
    """Does something of its own in a recv() that has to wait, as no probe makes one."""

    def recv(self, sock, size, flags=0):
        readable = self.poll([(sock, self.constant("POLLIN"))], 0.0)[0]
        if os.get_blocking(sock.fileno()) and not flags and not readable:
            self.wait()
        return super().recv(sock, size, flags)


class NeverGivesUp(_Idle):
    """Waits for a lock that nobody gives back, whatever signal comes."""

    def wait(self):
        mutex = ctypes.create_string_buffer(64)  # pthread_mutex_t: all zeros are an open one
        _FREE.pthread_mutex_lock(mutex)
        _FREE.pthread_mutex_lock(mutex)


class SwallowsTheDeadline(_Idle):
    """Goes on whatever is raised in it."""

    def wait(self):
        while True:
            try:
                signal.pause()
            except Exception:
                continue


class Crashes(_Idle):
    """Reads at address 0."""

    def wait(self):
        ctypes.string_at(0)


class IsKilled(_Idle):
    """Ends as nothing in the process can tell."""

    def wait(self):
        os.kill(os.getpid(), signal.SIGKILL)


class StopsAtOnce(NeverGivesUp):
    """Stops already where features are probed."""

    def bind(self, sock, address):
        super().bind(sock, address)
        self.wait()


class CrashesAtOnce(Stdlib):
    """Crashes already where features are probed."""

    def accept(self, sock):
        ctypes.string_at(0)


class EndsItsProcess(Stdlib):
    """Ends it where it is made."""

    def __init__(self):
        os._exit(7)
