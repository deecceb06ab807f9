"""What a setting of the system does not allow cannot be tried, and is no divergence."""

from __future__ import annotations

import socket
import sys

import pytest

from sockspec import backends, platform
from sockspec.errors import Unsupported
from sockspec.run.arrange import Sockets
from sockspec.spec import load

SETTINGS = {"net.core.somaxconn": "3", "net.ipv4.tcp_rmem": "4096 4096 8192"}


@pytest.fixture
def sockets():
    case = load.rules().rules["state.listen.queue-length"].cases[0]
    return Sockets(backends.load("stdlib"), case, SETTINGS)


@pytest.mark.parametrize(
    ("name", "least"),
    [("net.core.somaxconn", 3), ("net.ipv4.tcp_rmem", 8192), ("net.no.such", 10**9)],
)
def test_what_is_allowed_is_tried(sockets, name, least):
    sockets.allowed(name, least)


@pytest.mark.parametrize(
    ("name", "least"), [("net.core.somaxconn", 4), ("net.ipv4.tcp_rmem", 8193)]
)
def test_what_is_not_names_the_setting(sockets, name, least):
    with pytest.raises(Unsupported, match=f"{name} is {SETTINGS[name]}"):
        sockets.allowed(name, least)


def test_a_value_that_takes_the_thing_away_names_the_setting(sockets):
    sockets.unless("net.core.somaxconn", "1", "a queue")
    sockets.unless("net.no.such", "1", "a queue")
    with pytest.raises(Unsupported, match=r"a queue.*net\.core\.somaxconn is 3"):
        sockets.unless("net.core.somaxconn", "3", "a queue")


@pytest.mark.skipif(sys.platform != "linux", reason="not run: only Linux keeps ticks")
def test_ticks_are_unknown_where_a_timeout_reads_back_as_nothing(monkeypatch):
    assert platform.facts()["hz"] > 0
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_asked: b"")
    assert platform.facts()["hz"] is None
