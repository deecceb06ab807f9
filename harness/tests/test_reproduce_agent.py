"""Scripts that accuse an agent, over its pipe."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reproducing import (
    EVERY,
    NEW,
    PLAIN,
    SHUT,
    command_of,
    diverges,
    kept,
    lasts,
    played,
    require_platform_of,
    script_of,
)

from sockspec import backends, reproduce

HERE = Path(__file__).parent
FORGIVING = HERE.parents[1] / "docs" / "examples" / "my_sockets.py"


def test_an_agent_is_accused_over_its_pipe():
    script = script_of([NEW, SHUT], "shut", "my-sockets")
    code, output = played(script, sys.executable, str(FORGIVING))
    assert code == 1, output
    assert "shutdown(s0, SHUT_RDWR) -> None" in output
    code, output = played(script, sys.executable, *PLAIN)
    assert code == 0, output
    assert "now:       shutdown(s0, SHUT_RDWR) -> ENOTCONN" in output


def test_what_the_agent_of_the_witness_did_not_have_is_left_out():
    poll = {"call": "poll", "arguments": [[[{"socket": 0}, 1]], 5.0], "error": "Unsupported"}
    script = script_of([NEW, poll, SHUT], "shut", "my-sockets")
    code, output = played(script, sys.executable, str(FORGIVING))
    assert code == 1, output
    assert "poll" not in output


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((), "name the command of the agent"),
        (("/no/such/agent",), "No such file"),
        ((sys.executable, "-c", "pass"), "no agent of sockspec's protocol"),
        ((sys.executable, "-c", "print('hello')"), "could not be tried"),
    ],
)
def test_without_an_agent_nothing_was_tried(command, why):
    code, output = played(script_of([NEW, SHUT], "shut", "my-sockets"), *command)
    assert code == 2, output
    assert why in output


def test_an_agent_of_a_project_is_found_from_below_and_beside_the_script(tmp_path):
    project = tmp_path / "a project"
    (project / "adapter").mkdir(parents=True)
    shutil.copy(FORGIVING, project / "adapter" / "agent.py")
    backend = f"agent:python {shlex.quote(str(project))}/adapter/agent.py"
    script = script_of(
        [NEW, SHUT], "shut", "my-sockets", agent=reproduce.served(backend, str(project))
    )
    assert str(tmp_path) not in script
    (project / "below").mkdir()
    (project / "show.py").write_text(script)
    (tmp_path / "show.py").write_text(script)
    for folder, name, code in [
        (project / "below", "../../show.py", 1),
        (tmp_path, "a project/show.py", 1),
        (tmp_path, "show.py", 2),
    ]:
        ran = subprocess.run(
            [sys.executable, name], cwd=folder, capture_output=True, text=True, check=False
        )
        assert ran.returncode == code, ran.stdout + ran.stderr
    assert "no folder above has adapter/agent.py" in ran.stdout


@pytest.mark.parametrize(
    ("agent", "call", "error"),
    [
        ("hangs_on_recv.py", {"call": "recv", "arguments": [{"socket": 0}, 1, 0]}, "Hang"),
        ("crashes_on_accept.py", {"call": "accept", "arguments": [{"socket": 0}]}, "Died"),
    ],
)
def test_a_hang_and_a_crash_last_as_well(agent, call, error):
    script = script_of([NEW, {**call, "error": error}], "hang", "theirs")
    code, output = played(script, sys.executable, str(HERE / "agents" / agent))
    assert code == 1, output
    code, output = played(script, sys.executable, *PLAIN)
    assert code == 0, output


def test_rust_is_accused_through_its_agent():
    require_platform_of("stdlib")
    if "rust" not in {each.name for each in backends.discover() if each.backend is not None}:
        pytest.skip("the backend rust is not installed")
    lasts(kept("rust"), 4)


@pytest.mark.skipif(not EVERY, reason="not run: built and played each night")
@pytest.mark.parametrize(
    "name", ["ruby", "go", "java", "dotnet", "erlang", "lwip", "smoltcp", "turmoil"]
)
def test_an_example_is_accused_through_its_agent(name, tmp_path):
    require_platform_of("stdlib")
    lasts(kept(name), 10**6, command=command_of(name, tmp_path))


def test_the_agent_of_the_command_line_can_be_written_down():
    run = kept("lwip")
    case = next(each for each in run.observations if diverges(each)).case
    script = reproduce.of(run, case, agent=["python", "harness/examples/lwip_sockets.py"])
    assert "COMMAND = [sys.executable, 'harness/examples/lwip_sockets.py']" in script
    assert "import socket\n" in script
    assert "socket.socket" not in script
