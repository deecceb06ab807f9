"""Other kernels as targets: they boot, answer, and are gone afterwards."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys

import msgspec
import processes
import pytest

from sockspec.agent import bundle
from sockspec.judge import runfile
from sockspec.targets import recipe
from sockspec.targets.target import Room

HELLO = b'{"kind":"hello","id":0,"protocol":1,"client":"a test"}\n'
PADDED = b'{"kind":"reset","id":%d,"padding":"' + b"x" * 200_000 + b'"}\n'


# What a guest does, without one: tells what it has read, and in the end how the agent ended.
FAKE = """
import os, sys
folder, ask, told, status, sleepy = sys.argv[1], *map(int, sys.argv[2:])
while not sleepy or os.read(ask, 1):
    line = os.read(0, 1 << 20)
    if not line or line == b"bye\\n":
        break
    content = line
    if line.startswith(b"@"):
        path = os.path.join(folder, line[1:-1].decode())
        content = open(path, "rb").read()
        os.unlink(path)
    os.write(told, b"%d\\n" % len(line))
    os.write(1, b"%d %d\\n" % (len(line), len(content)))
os.write(told, b"!%d\\n" % status)
"""


def beside(tmp_path, status=0, sleepy=0):
    fake = [
        sys.executable,
        "-c",
        FAKE,
        str(tmp_path),
        "{ask}",
        "{told}",
        str(status),
        str(sleepy),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "sockspec.targets.guest.beside", str(tmp_path), *fake],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )


def test_a_long_request_goes_through_a_file(tmp_path):
    with beside(tmp_path) as process:
        for size in (10, 2048, 2049, 3_000_000):
            process.stdin.write(b"x" * (size - 1) + b"\n")
            line, content = map(int, process.stdout.readline().split())
            assert (content, line <= 2048) == (size, True)
        assert list(tmp_path.iterdir()) == []
        process.stdin.write(b"bye\n")
        assert process.wait(10) == 0


def test_a_guest_that_sleeps_over_a_request_is_woken(tmp_path):
    with beside(tmp_path, sleepy=1) as process:
        process.stdin.write(b"x\n")
        assert process.stdout.readline() == b"2 2\n"
        process.stdin.write(b"bye\n")
        assert process.wait(10) == 0


@pytest.mark.parametrize("link", ["near1", ""])
def test_a_guest_is_woken_now_and_then_over_a_link_alone(tmp_path, link):
    # It ends when it has been woken three times, or after a while; nobody asks it anything.
    woken = "import select, sys; ask = int(sys.argv[1]); count = 0\n"
    woken += "while count < 3 and select.select([ask], [], [], 1.5)[0]:\n"
    woken += "    count += len(__import__('os').read(ask, 1))\n"
    woken += "sys.exit(count)"
    words = [sys.executable, "-m", "sockspec.targets.guest.beside", str(tmp_path)]
    with subprocess.Popen(
        [*words, sys.executable, "-c", woken, "{ask}", "{told}"],
        env={**os.environ, "SOCKSPEC_TAP": link},
        stdin=subprocess.PIPE,
    ) as ran:
        assert ran.wait(30) == (3 if link else 0)


def test_a_line_that_echoes_a_wake_up_is_passed_over(tmp_path):
    echo = 'import os, sys; os.write(int(sys.argv[1]), b"\\r\\n1\\n!768\\n")'
    words = [sys.executable, "-m", "sockspec.targets.guest.beside", str(tmp_path)]
    with subprocess.Popen(
        [*words, sys.executable, "-c", echo, "{told}"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as ran:
        assert (ran.wait(30), ran.stderr.read()) == (3, b"")


@pytest.mark.parametrize(("status", "code"), [(3 << 8, 3), (signal.SIGSEGV, -signal.SIGSEGV)])
def test_it_ends_as_the_agent_ended(tmp_path, status, code):
    with beside(tmp_path, status=int(status)) as process:
        process.stdin.write(b"bye\n")
        assert process.wait(10) == code


@pytest.fixture(scope="module", params=["uml-6.1", "qemu-6.1"])
def guest(request, tmp_path_factory):
    """A prepared guest and the words that boot it."""
    target = recipe.load_all()[request.param]
    if why := target.missing():
        pytest.skip(f"{target.name}: {why}")
    folder = tmp_path_factory.mktemp("guest")
    bundle.write(folder / "agent.pyz")
    room = Room(folder / "room", folder / "agent.pyz", lambda _: None)
    target.prepare(room)
    return target, room


class Booted:
    """A guest with its pipes."""

    def __init__(self, target, room, environment):
        words = shlex.split(target.backend(room).removeprefix("agent:"))
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | environment,
        )

    def ask(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def booted(guest):
    with processes.marked() as environment:
        made = Booted(*guest, environment)
        yield made, environment
        made.process.kill()
        made.process.wait()
        made.process.stdout.close()
        made.process.stdin.close()


def test_it_boots_answers_and_powers_off(guest, booted):
    target, _ = guest
    system, environment = booted
    facts = system.ask(HELLO)["platform"]
    kind, version = target.name.split("-")
    assert facts["release"].startswith(f"{version}.")
    hertz = {"uml": 100, "qemu": 250}[kind]
    assert (facts["system"], facts["machine"], facts["hz"]) == ("Linux", "x86_64", hertz)
    for number in range(3):  # longer than what a line holds
        assert system.ask(PADDED % number) == {"kind": "value", "id": number, "value": 0}
    system.ask(b'{"kind":"bye","id":1}\n')
    assert system.process.wait(20) == 0
    assert processes.none_is_left(environment)


@pytest.mark.parametrize("end", ["killed", "its client is gone"])
def test_nothing_is_left(booted, end):
    system, environment = booted
    system.ask(HELLO)
    assert len(processes.running(environment)) >= 2
    if end == "killed":
        system.process.send_signal(signal.SIGKILL)
    else:
        system.process.stdin.close()
    assert processes.none_is_left(environment)


def run_in(guest, file, rule):
    """Run a rule in a guest, and see that nothing of it is left."""
    target, room = guest
    command = [sys.executable, "-m", "sockspec", "run", "-n", "0", "--format", "json"]
    command += ["--backend", target.backend(room), "--deadline", "30", "--out", str(file)]
    with processes.marked() as environment:
        ran = subprocess.run(
            [*command, "--rule", rule],
            capture_output=True,
            env=os.environ | environment,
            check=False,
        )
        assert ran.returncode in {0, 1}, ran.stderr
        assert processes.none_is_left(environment)
    return json.loads(ran.stdout)


def test_it_answers_rules(guest, tmp_path):
    assert run_in(guest, tmp_path / "run.jsonl", "creation.mode")["cases"] > 0


def test_user_mode_carries_vsock_to_itself(guest, tmp_path):
    if not guest[0].name.startswith("uml-"):
        pytest.skip("not for it: QEMU's guests load no such module")
    run_in(guest, tmp_path / "run.jsonl", "grid.shutdown.answer[vsock,connected]")
    seen = runfile.read(tmp_path / "run.jsonl").observations
    assert len(seen) > 1
    assert {each.because for each in seen if not each.is_tried} == set()


def test_user_mode_serves_an_example_over_modules(guest, tmp_path):
    target, room = guest
    if not target.name.startswith("uml-"):
        pytest.skip("not for it: QEMU's guests serve the usual sockets")
    sctp = recipe.load_all()["sctp"]
    served = msgspec.structs.replace(target, serves=sctp.serves, modules=sctp.modules)
    served.prepare(room)
    run_in((served, room), tmp_path / "run.jsonl", "options.read-only.protocol[v4,stream]")
    run = runfile.read(tmp_path / "run.jsonl")
    assert run.header.backend == "sctp"
    (seen,) = run.observations
    assert list(seen.behaviours) == ["another-protocol"]
