"""A backend through an agent: the same verdicts, and nothing that stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm

from sockspec import backends
from sockspec.address import Inet, Unix
from sockspec.backends import process, smoke
from sockspec.backends.agent import Agent, docker, isolated, of_command
from sockspec.errors import Died, Hang, Misbehaved, SocketError, Unsupported, UsageError

AGENTS = Path(__file__).parent / "agents"

# Rules of every area, with every primitive and both faces among them.
SELECTION = (
    *("options.linger", "options.buffer", "state.shutdown", "data.order", "data.unix-rights"),
    *("data.control", "urgent.byte", "readiness.events", "creation", "contracts.tcp-socket"),
    # These adopt a descriptor of this process.
    *("!contracts.tcp-socket.from-std-stream", "!contracts.tcp-socket.from-std-connected"),
    "!creation.descriptor.as-std",
)


def of_fault(name, **more):
    return Agent([sys.executable, str(AGENTS / f"{name}.py")], **more)


@pytest.mark.parametrize("name", ["stdlib", "c", "rust"])
def test_the_suite_through_an_agent_gives_the_same_verdicts(name, tmp_path):
    try:
        backends.load(name)
    except UsageError as error:
        pytest.skip(str(error))
    # An example crosses the pipe as the next one does: few are enough.
    chosen = ["--examples", "5", *(word for rule in SELECTION for word in ("--rule", rule))]
    runs = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    for out, how in zip(runs, ((), ("--isolate",)), strict=True):
        ran = warm.sockspec("run", "--backend", name, "--out", out, *chosen, *how, timeout=600)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    compared = warm.sockspec("diff", *runs)
    assert compared.returncode == 0, compared.stdout


# -- the client ------------------------------------------------------------------------


@pytest.fixture
def agent():
    made = isolated("stdlib")
    yield made
    made.shut_down()


def socket_of(agent, kind="SOCK_STREAM"):
    return agent.new(agent.constant("AF_INET"), agent.constant(kind))


def test_what_a_finaliser_closes_waits_for_the_request_that_it_is_in(agent, monkeypatch):
    dropped, link = socket_of(agent), agent.link
    exchange = link._exchange

    def collected(*request):
        monkeypatch.setattr(link, "_exchange", exchange)
        agent.close(dropped)  # as `__del__` does, wherever the collector happens to run
        return exchange(*request)

    monkeypatch.setattr(link, "_exchange", collected)
    other = socket_of(agent)
    assert agent.cloexec(other)
    with pytest.raises(SocketError) as told:
        agent.cloexec(dropped)
    assert told.value.symbol == "EBADF"


def test_every_way_to_name_an_agent(tmp_path):
    command = f"agent:{sys.executable} -m sockspec.agent --backend stdlib"
    for name, isolate in ((command, False), ("sockspec.backends.stdlib:Stdlib", True)):
        made = backends.load(name, isolate=isolate)
        assert made.name == "stdlib"
        assert made.implementation.endswith("socket, through an agent")
        made.shut_down()


def test_an_image_is_run_without_a_network_or_privileges(monkeypatch, tmp_path):
    # A stand-in for the command that says how it was called, and then is an agent.
    told = tmp_path / "told"
    stand_in = tmp_path / "docker"
    stand_in.write_text(
        f'#!/bin/sh\necho "$@" >{told}\nexec {sys.executable} -m sockspec.agent\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    docker("an/image --fast").shut_down()
    assert told.read_text().split() == (
        [
            "run",
            "-i",
            "--rm",
            "--init",
            "--network",
            "none",
            "--cap-drop",
            "ALL",
            "an/image",
            "--fast",
        ]
    )


@pytest.mark.parametrize("polls", [True, False])
def test_an_agent_keeps_the_contract(monkeypatch, polls):
    # Without poll(2) for pipes, as on Windows, threads read.
    monkeypatch.setattr(process, "_POLLS", polls)
    made = isolated("stdlib")
    found = smoke.smoke(made)
    made.shut_down()
    assert not found.wrong
    assert not found.lacks


def test_local_sockets_are_named_in_a_folder_of_the_agents(agent):
    path = Path(agent.folder())
    sock = agent.new(agent.constant("AF_UNIX"), agent.constant("SOCK_STREAM"))
    agent.bind(sock, Unix(os.fsencode(path / "name")))
    assert (path / "name").is_socket()
    agent.reset()
    assert not path.exists()


def test_an_agent_without_folders_sees_those_of_the_client(agent):
    agent.primitives -= {"folder"}
    path = Path(agent.folder())
    agent.reset()
    assert path.is_dir()
    path.rmdir()


def test_large_data_goes_through_both_ways(agent):
    one, other = agent.pair(agent.constant("AF_UNIX"), agent.constant("SOCK_STREAM"))
    data = os.urandom(3_000_000)
    sending = agent.start("send", one, data)
    got = b""
    while len(got) < len(data):
        got += agent.recv(other, 1 << 20, 0)
    assert got == data
    assert sending.result() == len(data)


def test_a_reset_closes_what_was_left_and_wakes_what_still_blocks(agent):
    listener = socket_of(agent)
    agent.bind(listener, Inet("127.0.0.1", 0))
    agent.listen(listener, 1)
    address = agent.local_addr(listener)
    waiting = agent.start("accept", listener)
    assert waiting.is_blocked()
    agent.reset()
    with pytest.raises(SocketError, match="ECONNREFUSED"):
        agent.connect(socket_of(agent), address)


@pytest.mark.skipif(os.name == "nt", reason="not run: signals are POSIX's")
@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("kill -PIPE $$", "crash:SIGPIPE"),
        # What a shell, or an engine of containers, says of a command that a signal ended.
        ("sh -c 'kill -PIPE $$'; exit $?", "crash:SIGPIPE"),
        ("exit 128", "exit:128"),
        ("exit 250", "exit:250"),
    ],
)
def test_the_end_of_an_agent_is_named_also_through_another_command(command, told):
    ran = subprocess.run(["sh", "-c", command], check=False)
    assert process.ended_as(ran.returncode) == told


def test_the_sockets_of_an_agent_go_with_it():
    agent = of_fault("exits_on_dup")
    sock = socket_of(agent)
    with pytest.raises(Died, match="dup: the agent ended: exit:3; it said: assertion failed"):
        agent.dup(sock)
    with pytest.raises(SocketError, match="EBADF"):
        agent.local_addr(sock)
    # What was overheard is told once more when the example is over, and then never again.
    with pytest.raises(Died):
        agent.reset()
    agent.reset()
    agent.local_addr(socket_of(agent))
    agent.shut_down()


def test_silence_is_a_hang_also_where_no_signal_interrupts():
    agent = of_fault("hangs_on_recv", deadline=0.3)
    with pytest.raises(Hang, match=r"recv did not return within 0.3 s"):
        agent.recv(socket_of(agent, "SOCK_DGRAM"), 1, 0)
    socket_of(agent)
    agent.shut_down()


def test_an_agent_that_cannot_be_started_again_is_given_up(tmp_path):
    once = tmp_path / "once.py"
    once.write_text(
        "import os, pathlib, sys\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "if mark.exists(): sys.exit(7)\n"
        "mark.touch()\n" + (AGENTS / "exits_on_dup.py").read_text()
    )
    agent = of_command(f"{sys.executable} {once}")
    with pytest.raises(Died):
        agent.dup(socket_of(agent))
    for _ in range(3):
        with pytest.raises(Misbehaved, match="exit:7"):
            socket_of(agent)
    with pytest.raises(Misbehaved, match="the agent was started 4 times, in vain"):
        socket_of(agent)
    agent.shut_down()


def test_neither_descriptors_nor_processes_are_left():
    def children():
        own = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        return own.read_text().split()

    before = len(list(Path("/proc/self/fd").iterdir())), children()
    for _ in range(3):
        agent = of_fault("exits_on_dup")
        for _ in range(3):
            with pytest.raises(Died):
                agent.dup(socket_of(agent))
        agent.shut_down()
    with pytest.raises(UsageError):
        of_fault("dies_at_hello")
    assert (len(list(Path("/proc/self/fd").iterdir())), children()) == before


def test_a_descriptor_is_never_taken_for_one_of_this_process(agent):
    from sockspec import Socket

    sock = Socket("AF_INET", "SOCK_STREAM", backend=agent)
    with pytest.raises(Unsupported, match="into_std"):
        sock.into_std()
    with pytest.raises(Unsupported, match="one of the agent's own"):
        agent.adopt(0)
    again = Socket.from_raw_fd(sock.into_raw_fd(), backend=agent)
    again.close()


def test_a_socket_of_another_backend_is_refused(agent):
    with pytest.raises(TypeError, match="is no socket of an agent"):
        agent.local_addr(7)


def test_misuse_is_raised_as_in_one_process(agent):
    with pytest.raises((OverflowError, TypeError)):
        agent.listen(socket_of(agent), 2**40)
    agent.reset()
