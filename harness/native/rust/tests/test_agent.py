"""The Rust agent: a conversation with it, and the verdicts that it gives."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
AREAS = (
    *("creation.*", "state.shutdown.*", "data.peek.*", "urgent.*", "options.linger.*"),
    "!creation.descriptor.as-std",  # it adopts a descriptor of this process
)
HELLO = '{"kind":"hello","id":1,"protocol":1,"client":"a test"}'
AREAS_OF_WINDOWS = ("creation.socket.*", "state.bind.*", "state.listen.*", "data.order.*")


def built(*settings):
    """Build the agent; its path."""
    command = ("cargo", "build", "--release", "--locked", "-j2", *settings)
    ran = subprocess.run(
        (*command, "--message-format=json"),
        cwd=ROOT / "agent",
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stderr
    made = (json.loads(line) for line in ran.stdout.splitlines())
    (path,) = (each["executable"] for each in made if each.get("executable"))
    return path


@pytest.fixture(scope="module")
def agent():
    if shutil.which("cargo") is None:
        pytest.skip("not run: there is no cargo to build the agent with")
    return built()


def talk(*command, lines=()):
    """What the agent answers to these lines, and how it ends."""
    ran = subprocess.run(
        command,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()], ran


def sockspec(*words):
    return subprocess.run(
        [sys.executable, "-m", "sockspec", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_ends_with_bye_and_with_its_input(agent):
    told, ran = talk(agent, lines=('{"kind":"bye","id":5}', '{"kind":"reset","id":6}'))
    assert told == [{"kind": "value", "id": 5, "value": None}]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert talk(agent)[1].returncode == 0


def test_welcome_is_of_the_protocol(agent):
    import msgspec

    from sockspec.protocol.messages import PROTOCOL, Welcome

    (told,), _ran = talk(agent, lines=(HELLO,))
    welcome = msgspec.convert(told, Welcome)
    assert welcome.protocol == PROTOCOL
    assert welcome.backend == "socket2"
    assert "/" not in welcome.implementation


def test_local_sockets_are_named_in_a_folder_of_the_agents(agent, name_local_sockets):
    name_local_sockets(agent)


def test_the_facts_are_those_that_python_finds(agent):
    from sockspec import platform

    (told,), _ran = talk(agent, lines=(HELLO,))
    ours = platform.facts()
    # Whether the loopback addresses were taken away is looked up in Python alone.
    ours["settings"] = {
        name: value
        for name, value in ours["settings"].items()
        if not name.startswith("loopback.")
    }
    same = {
        *("profile", "system", "version", "release", "machine", "byte_order", "privileged"),
        *("capabilities", "own_network_namespace", "own_user_namespace", "hz", "settings"),
    }
    assert {name: told["platform"][name] for name in same} == {
        name: ours[name] for name in same
    }


def test_nonsense_does_not_end_it(agent):
    lines = ("\x7f", '{"id":2}', '{"kind":"call","id":3,"call":{"primitive":"sing"}}')
    told, ran = talk(agent, lines=(*lines, '{"kind":"bye","id":4}'))
    kinds = [(each["id"], each["kind"]) for each in told]
    assert kinds == [(0, "fault"), (2, "fault"), (3, "unsupported"), (4, "value")]
    assert ran.returncode == 0


def test_smoke(agent):
    ran = sockspec("smoke", f"agent:{agent}")
    assert ran.returncode == 0, ran.stdout


def test_the_verdicts_are_those_of_the_c_backend(agent, tmp_path):
    pytest.importorskip("sockspec_c", reason="not run: the C backend is not built")
    rules = [word for area in AREAS for word in ("--rule", area)]
    for name, backend in (("agent", f"agent:{agent}"), ("c", "c")):
        out = tmp_path / f"{name}.jsonl"
        ran = sockspec("run", "--backend", backend, *rules, "--out", out)
        assert ran.returncode == 0, ran.stdout
    compared = sockspec("diff", tmp_path / "agent.jsonl", tmp_path / "c.jsonl")
    assert compared.returncode == 0, compared.stdout


@pytest.fixture
def windows_agent(windows, wine):
    """The command of the agent under Wine."""
    return (wine, built("--target", windows))


def test_the_windows_build_answers_under_wine(windows_agent, tmp_path):
    told, ran = talk(*windows_agent, lines=(HELLO, '{"kind":"bye","id":2}'))
    assert ran.returncode == 0, ran.stderr
    assert (told[0]["system"], told[0]["long_size"]) == ("win32", 4)
    assert told[0]["platform"]["profile"] == "wine"
    absent = {"fork", "on_signal", "folder", "pair", "sendmmsg", "epoll_wait", "raw_call"}
    assert absent & {*told[0]["primitives"]} == set()
    backend = f"agent:{' '.join(windows_agent)}"
    smoke = sockspec("smoke", backend)
    assert smoke.returncode == 0, smoke.stdout
    out = tmp_path / "run.jsonl"
    rules = [word for area in AREAS_OF_WINDOWS for word in ("--rule", area)]
    sockspec("run", "-n", "1", "--backend", backend, *rules, "--out", out)
    seen = runfile.read(out)
    assert seen.footer is not None
    counted = seen.verdicts()
    assert counted.get(Verdict.HARNESS_ERROR.value, 0) == 0
    assert counted[Verdict.CONFORMS.value] > 50


def test_both_windows_builds_have_the_same_numbers(windows_agent, tmp_path):
    makefile = ROOT.parent / "c" / "agent"
    if not Path("/usr/include/jsmn.h").exists():
        pytest.skip("not run: there is no jsmn.h (Debian: libjsmn-dev)")
    make = ("make", "-s", "-C", str(makefile), "windows", f"OUT={tmp_path / 'c'}")
    subprocess.run(make, check=True, timeout=300)
    ours = talk(*windows_agent, lines=(HELLO,))[0][0]["constants"]
    theirs = talk("wine", tmp_path / "c/sockspec-agent.exe", lines=(HELLO,))[0][0]["constants"]
    # The headers of mingw-w64 are older than windows-sys.
    known = {name: number for name, number in theirs.items() if number is not None}
    assert len(known) > 100
    assert {name: ours[name] for name in known} == known
