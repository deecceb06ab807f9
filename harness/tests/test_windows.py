"""What differs on Windows, as far as it can be seen without one."""

from __future__ import annotations

import re
import socket
import tomllib
from types import SimpleNamespace

import pytest

from sockspec import locate
from sockspec.backends import stdlib
from sockspec.errors import NotReached, SocketError
from sockspec.run.arrange import Sockets
from sockspec.spec.rules import End

ROOT = locate.platforms().parent


class Listening:
    """A socket that tells nothing, and which events it was asked for."""

    def __init__(self, inline=False):
        self.asked = None
        self._inline = inline

    def out_of_band_inline(self):
        return self._inline

    def poll(self, events, _within):
        self.asked = list(events)
        return frozenset()


def waiting(system, numbers, sock, event):
    backend = SimpleNamespace(system=system, constant=numbers.get)
    sock.backend = backend
    case = SimpleNamespace(rule=SimpleNamespace(judges=End.OURS))
    Sockets(backend, case, {}).wait(sock, event)  # type: ignore[arg-type]


@pytest.mark.parametrize(("inline", "event"), [(False, "POLLRDBAND"), (True, "POLLRDNORM")])
def test_urgent_data_is_waited_for_as_windows_tells_it(inline, event):
    sock = Listening(inline)
    with pytest.raises(NotReached, match="POLLPRI"):
        waiting("win32", {}, sock, "POLLPRI")
    assert sock.asked == [event]


def test_an_end_that_nothing_tells_is_no_failed_arrangement():
    sock = Listening()
    waiting("win32", {}, sock, "POLLRDHUP")
    assert sock.asked == ["POLLHUP"]
    with pytest.raises(NotReached):
        waiting("linux", {"POLLRDHUP": 8192}, sock, "POLLRDHUP")


def test_an_address_of_no_family_is_none():
    assert stdlib._from_python(socket.AF_INET, (0, bytes(14))) is None


def test_a_resolver_s_number_that_has_no_name_makes_a_symbol():
    refusing = SimpleNamespace(
        bind=lambda _address: (_ for _ in ()).throw(socket.gaierror(-99))
    )
    with pytest.raises(SocketError) as caught:
        stdlib.backend().bind(refusing, stdlib.Inet("127.0.0.1", 0))
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", caught.value.symbol)


def test_wine_s_requirements_are_those_of_the_project_each_with_a_hash():
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[<>=]", each)[0] for each in needed["dependencies"]}
    lines = (locate.platforms() / "targets/wine/requirements.txt").read_text("utf-8")
    pinned = re.findall(r"^([\w-]+)==\S+ --hash=sha256:[0-9a-f]{64}$", lines, re.MULTILINE)
    assert names <= {each.replace("_", "-") for each in pinned}
    assert len(pinned) == sum(1 for line in lines.splitlines() if line and line[0] != "#")
