"""Waiting through a backend that has no poll()."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sockspec.errors import SocketError, Unsupported
from sockspec.run.arrange import Sockets
from sockspec.spec.rules import End


class Unpolled:
    """A socket that only says how many bytes there are to read: one number for each call."""

    backend = SimpleNamespace(system="linux", constant={}.get)

    def __init__(self, *unread):
        self.unread = iter(unread)

    def poll(self, _events, _within):
        raise Unsupported("poll")

    def available(self):
        told = next(self.unread, 0)
        if told < 0:
            raise SocketError("EINVAL", 22)
        return told


def wait(sock, event):
    case = SimpleNamespace(rule=SimpleNamespace(judges=End.OURS))
    Sockets(sock.backend, case, {}).wait(sock, event)  # type: ignore[arg-type]


def test_bytes_that_come_are_something_to_read():
    sock = Unpolled(0, 0, 3, 4)
    wait(sock, "POLLIN")
    assert list(sock.unread) == [4]


@pytest.mark.parametrize(
    ("unread", "event"), [((0,), "POLLIN"), ((-1,), "POLLIN"), ((3,), "POLLOUT")]
)
def test_what_bytes_do_not_tell_still_needs_poll(unread, event):
    with pytest.raises(Unsupported, match="poll"):
        wait(Unpolled(*unread), event)
