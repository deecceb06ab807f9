"""Examples that are kept between runs and shared between machines."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest

RULE = "demo.database.value"
SPEC = """
from hypothesis import given, strategies as st
from sockspec.spec.rules import CONFORMS, MUST, V4, rule
from sockspec.spec.sources import POSIX

VALUE = rule(
    "demo.database.value",
    "A value is fine.",
    level=MUST,
    sources=[POSIX.bind("EINVAL")],
    behaviours={"fine": CONFORMS, "rare": "one in very many is not"},
)

@VALUE.case(family=V4)
@given(value=st.integers(0, 2**62))
def test_value(sockets, see, case, value):
    see("rare" if value in RARE else "fine", value=value)
"""
# One run looks everywhere; another machine would find the one value by memory alone.
EVERYWHERE = SPEC + "\nRARE = range(5, 2**62)\n"
NARROW = SPEC + "\nRARE = {5}\n"


@pytest.fixture
def redis_server(tmp_path):
    """The address of a server of our own."""
    if shutil.which("redis-server") is None:
        pytest.skip("not run: there is no redis-server (Debian: redis-server)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert server.poll() is None
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def explore(spec, where):
    return spec.run("--database", where)


def witness(spec):
    return spec.seen()[f"{RULE}[v4]"].witness


@pytest.mark.parametrize("kind", ["folder", "redis"])
def test_what_one_run_found_the_next_tries_first(spec, tmp_path, kind, request):
    where = (
        request.getfixturevalue("redis_server") if kind == "redis" else str(tmp_path / "kept")
    )
    spec.write(EVERYWHERE)
    assert explore(spec, where).returncode == 1
    assert witness(spec)["rare"]["values"] == {"value": 5}
    spec.write(NARROW)
    assert explore(spec, where).returncode == 1, "5 is remembered"
    assert explore(spec, str(tmp_path / "empty")).returncode == 0, "and not drawn by chance"


def test_a_server_that_is_not_there(spec):
    spec.write(NARROW)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        ran = explore(spec, f"redis://127.0.0.1:{taken.getsockname()[1]}")
    assert ran.returncode == 2
    assert "the database redis://" in ran.stderr
