"""The stand-alone agent: built by every compiler, a conversation, and its verdicts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sockspec import platform
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.protocol.messages import PROTOCOL, Welcome

FOLDER = Path(__file__).resolve().parent.parent / "agent"
AREAS = (
    *("creation.*", "state.shutdown.*", "data.peek.*", "urgent.*", "data.unix-rights.*"),
    "readiness.epoll.*",
    "!creation.descriptor.as-std",  # it adopts a descriptor of this process
)
HELLO = '{"kind":"hello","id":1,"protocol":1,"client":"a test"}'


def built(target, out, tool, *settings):
    """Build a target of the agent's Makefile; skipped where a tool is not there."""
    for needed in ("make", tool):
        if shutil.which(needed) is None:
            pytest.skip(f"not run: there is no {needed}")
    if not Path("/usr/include/jsmn.h").exists():
        pytest.skip("not run: there is no jsmn.h (Debian: libjsmn-dev)")
    ran = subprocess.run(
        ["make", "-C", str(FOLDER), target, f"OUT={out}", *settings],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr
    return next(out.glob("sockspec-agent*"))


@pytest.fixture(scope="module")
def agent(tmp_path_factory):
    return built("posix", tmp_path_factory.mktemp("agent"), "cc")


def talk(agent, *lines, environment=None):
    """What the agent answers to these lines, and how it ends."""
    ran = subprocess.run(
        [agent],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()], ran


def sockspec(*words, environment=None):
    return subprocess.run(
        [sys.executable, "-m", "sockspec", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
        env=environment,
    )


def selection(areas):
    return [word for area in areas for word in ("--rule", area)]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_compiler_is_content(tmp_path, compiler):
    built("posix", tmp_path, compiler, f"CC={compiler}")


def test_it_ends_with_bye_and_with_its_input(agent):
    told, ran = talk(agent, '{"kind":"bye","id":5}', '{"kind":"reset","id":6}')
    assert told == [{"id": 5, "kind": "value", "value": None}]
    assert (ran.returncode, ran.stderr) == (0, "")
    assert talk(agent)[1].returncode == 0


def test_welcome_is_of_the_protocol(agent):
    (told,), _ran = talk(agent, HELLO)
    welcome = msgspec.convert(told, Welcome)
    assert welcome.protocol == PROTOCOL
    assert welcome.backend == "c"
    assert "/" not in welcome.implementation


def test_local_sockets_are_named_in_a_folder_of_the_agents(agent, name_local_sockets):
    name_local_sockets(agent)


def test_the_facts_are_those_that_python_finds(agent):
    (told,), _ran = talk(agent, HELLO)
    same = {
        *("profile", "system", "version", "release", "machine", "byte_order", "privileged"),
        *("capabilities", "own_network_namespace", "own_user_namespace", "hz", "settings"),
        *("libc", "libc_version"),
    }
    ours = platform.facts()
    # Whether the loopback addresses were taken away is looked up in Python alone.
    ours["settings"] = {
        name: value
        for name, value in ours["settings"].items()
        if not name.startswith("loopback.")
    }
    assert {n: told["platform"].get(n) for n in same} == {n: ours[n] for n in same}


def test_nonsense_does_not_end_it(agent):
    lines = ("\x7f", '{"id":2}', '{"kind":"call","id":3,"call":{"primitive":"sing"}}')
    wrong = '{"kind":"call","id":4,"call":{"primitive":"new","family":"two"}}'
    gone = '{"kind":"result","id":5,"pending":9,"within":0}'
    told, ran = talk(agent, *lines, wrong, gone, "[" * 9999, '{"kind":"bye","id":6}')
    kinds = [(each["id"], each["kind"]) for each in told]
    assert kinds == [
        *((0, "fault"), (2, "fault"), (3, "unsupported"), (4, "fault"), (5, "fault")),
        *((0, "fault"), (6, "value")),
    ]
    assert ran.returncode == 0


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_sanitizers_have_nothing_to_say(tmp_path, compiler):
    flags = "-g -fsanitize=address,undefined -fno-sanitize-recover=all"
    agent = built("posix", tmp_path, compiler, f"CC={compiler}", f"CFLAGS={flags}")
    ran = sockspec("smoke", f"agent:{agent}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    out = tmp_path / "run.jsonl"
    areas = selection(("data.vectored.*", "data.unix-rights.*", "state.accept.*"))
    ran = sockspec("run", "--backend", f"agent:{agent}", *areas, "--out", out)
    assert ran.returncode == 0, ran.stdout


@pytest.fixture(scope="module")
def in_process(tmp_path_factory):
    out = tmp_path_factory.mktemp("in-process") / "c.jsonl"
    ran = sockspec("run", "--backend", "c", *selection(AREAS), "--out", out)
    assert ran.returncode == 0, ran.stdout
    return out


def test_the_verdicts_are_those_of_the_backend(agent, in_process, tmp_path):
    out = tmp_path / "agent.jsonl"
    ran = sockspec("run", "--backend", f"agent:{agent}", *selection(AREAS), "--out", out)
    assert ran.returncode == 0, ran.stdout
    compared = sockspec("diff", out, in_process)
    assert compared.returncode == 0, compared.stdout


def test_statically_with_musl(tmp_path):
    agent = built("musl", tmp_path, "musl-gcc")
    out = tmp_path / "run.jsonl"
    ran = sockspec("run", "--backend", f"agent:{agent}", *selection(AREAS), "--out", out)
    assert ran.returncode == 0, ran.stdout
    assert runfile.read(out).header.platform["libc"] == "musl"


def test_windows_build_answers_under_wine(tmp_path):
    agent = built("windows", tmp_path, "x86_64-w64-mingw32-gcc")
    if shutil.which("wine") is None:
        pytest.skip("not run: there is no wine")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DISPLAY"},
        "WINEPREFIX": str(tmp_path / "prefix"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
    }
    subprocess.run(
        ["wine", "wineboot", "-i"],
        env=environment,
        timeout=300,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        out = tmp_path / "run.jsonl"
        areas = selection(
            ("creation.socket.*", "state.bind.*", "state.listen.*", "data.order.*")
        )
        command = ("run", "-n", "1", "--backend", f"agent:wine {agent}", *areas, "--out", out)
        ran = sockspec(*command, environment=environment)
        seen = runfile.read(out)
        assert seen.footer is not None, ran.stdout
        assert seen.header.platform["system"] == "Wine"
        assert seen.header.profile == "wine"
        counted = seen.verdicts()
        assert counted.get(Verdict.HARNESS_ERROR.value, 0) == 0
        assert counted[Verdict.CONFORMS.value] > 50
    finally:
        subprocess.run(["wineserver", "-k"], env=environment, timeout=60, check=False)
