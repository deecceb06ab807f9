"""The process around the sockets: what a case changes of it, and that nothing stays."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from sockspec.agent.process import Process
from sockspec.backends.agent import isolated
from sockspec.backends.stdlib import Stdlib
from sockspec.errors import Died, Misbehaved, SocketError, Unsupported
from sockspec.run.apart import Apart

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process of POSIX")


@pytest.fixture
def agent():
    made = isolated("stdlib")
    yield made
    made.shut_down()


def pair(agent):
    return agent.pair(agent.constant("AF_UNIX"), agent.constant("SOCK_STREAM"), 0)


def running(group):
    """The processes of a group that have not ended, by /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, of = stat.read_text("ascii").rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_signal_is_counted_and_the_call_waits_on(agent):
    number = agent.constant("SIGUSR1")
    one, other = pair(agent)
    agent.on_signal(number, "restart")
    pending = agent.start("recv", one, 1)
    assert pending.is_blocked()
    agent.interrupt(number)
    assert agent.signals(number) == 1
    assert pending.is_blocked()
    agent.send(other, b"x")
    assert pending.result() == b"x"


def test_a_backend_whose_loop_a_child_lacks_does_not_fork():
    backend = Stdlib()
    backend.unforkable = "its loop is not in a child"
    made = Process(backend, lambda line: line, ())
    with pytest.raises(Unsupported, match="its loop is not in a child"):
        made.fork()


def test_a_reset_takes_everything_back(agent):
    number = agent.constant("SIGPIPE")
    agent.on_signal(number, "count")
    agent.fork()
    agent.limit_descriptors(0)
    for call in (lambda: pair(agent), agent.fork):
        with pytest.raises(SocketError, match="EMFILE"):
            call()
    generation = agent.link.generation
    agent.reset()
    assert agent.link.generation == generation, "it is the same agent"
    assert agent.signals(number) == 0
    one, other = pair(agent)
    agent.close(other)
    with pytest.raises(SocketError, match="EPIPE"):
        agent.send(one, b"x")
    assert agent.signals(number) == 0, "the handler is gone"
    assert running(agent.link._process._process.pid) == [agent.link._process._process.pid]


def test_a_reset_lifts_a_limit_that_was_set_twice(agent):
    agent.limit_descriptors(0)
    agent.limit_descriptors(2)
    pair(agent)
    with pytest.raises(SocketError, match="EMFILE"):
        pair(agent)
    agent.reset()
    for _ in range(4):
        pair(agent)


def test_an_exhaustion_without_a_limit_ends_the_agent(agent):
    resource = pytest.importorskip("resource")
    resource.prlimit(agent.link._process._process.pid, resource.RLIMIT_NOFILE, (64, 64))

    def exhaust():
        for _ in range(64):
            pair(agent)

    with pytest.raises(SocketError, match="EMFILE"):
        exhaust()
    generation = agent.link.generation
    agent.reset()
    assert agent.link.generation > generation


def test_a_signal_that_ends_the_process_ends_the_case(agent):
    agent.on_signal(agent.constant("SIGPIPE"), "default")
    one, other = pair(agent)
    agent.close(other)
    with pytest.raises(Died) as caught:
        agent.send(one, b"x")
    assert caught.value.behaviour == "crash:SIGPIPE"
    with pytest.raises(Died):
        agent.reset()
    pair(agent)


def test_a_child_has_the_sockets_and_its_calls_are_its_own(agent):
    one, other = pair(agent)
    child = agent.fork()
    agent.close(one)
    assert agent.in_child(child, "send", [one, b"x"]) == 1
    assert agent.recv(other, 1) == b"x"
    made = agent.in_child(child, "new", [agent.constant("AF_INET"), 1, 0])
    with pytest.raises(SocketError, match="ENOTCONN") as caught:
        agent.in_child(child, "peer_addr", [made])
    assert caught.value.call == "peer_addr"
    agent.end_child(child)
    assert agent.recv(other, 1) == b""


def test_the_end_of_the_agent_is_seen_while_a_child_lives(agent):
    agent.fork()
    agent.on_signal(agent.constant("SIGPIPE"), "default")
    one, other = pair(agent)
    agent.close(other)
    child = agent.fork()
    group = agent.link._process._process.pid
    agent.in_child(child, "close", [one])
    begun = time.monotonic()
    with pytest.raises(Died):
        agent.send(one, b"x")
    assert time.monotonic() - begun < 2
    while running(group):
        assert time.monotonic() - begun < 10, "the children live on"


def test_a_child_that_is_no_more(agent):
    child = agent.fork()
    agent.exec_child(child)
    agent.end_child(child)
    with pytest.raises((Misbehaved, ValueError), match="no child"):
        agent.in_child(child, "new", [2, 1, 0])


def test_a_child_says_that_it_cannot_become_a_program(monkeypatch, tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"of an architecture that the kernel does not know")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    made = Process(Stdlib(), lambda line: line, ())
    with pytest.raises(Unsupported, match=r"exec_child is not available: .*: ENOEXEC"):
        made.exec_child(made.fork())
    made.reset()


def test_an_agent_without_them_says_so(agent):
    agent.primitives = agent.primitives - {"fork", "in_child", "on_signal"}
    for call, arguments in (
        ("fork", ()),
        ("in_child", (1, "new", [2, 1])),
        ("on_signal", (1, "x")),
    ):
        with pytest.raises(Unsupported, match=call):
            getattr(agent, call)(*arguments)


def test_it_is_started_once_and_when_it_is_needed():
    made = []

    def make():
        made.append(isolated("stdlib"))
        return made[-1]

    apart = Apart(make)
    apart.shut_down()
    assert made == []
    assert apart() is apart()
    apart.shut_down()
    assert len(made) == 1
