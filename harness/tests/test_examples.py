"""The examples of other implementations, each through a few rules, where it is installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import warm

EXAMPLES = Path(__file__).parents[1] / "examples"

# A little of each area; every case of them has an answer that the profile knows.
SELECTION = (
    *("state.connect.connected", "state.accept.data-before", "options.integer.round-trip"),
    *("data.udp.send-to-port-zero", "creation.close"),
)


def sockspec(*words):
    paths = (str(EXAMPLES), os.environ.get("PYTHONPATH", ""))
    here = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return warm.sockspec(*words, env=here)


def conforms_as_recorded(backend, tmp_path, *more, rules=SELECTION):
    is_fine(backend)
    runs_as_recorded(backend, tmp_path, *more, rules=rules)


def is_fine(backend):
    smoked = sockspec("smoke", backend)
    assert smoked.returncode == 0, smoked.stdout + smoked.stderr


def runs_as_recorded(backend, tmp_path, *more, rules=SELECTION):
    chosen = [word for rule in rules for word in ("--rule", rule)]
    out = tmp_path / "run.jsonl"
    words = ("--backend", backend, "-n", 0, "--deadline", 2, "--out", out, *more)
    ran = sockspec("run", *words, *chosen)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ["gevent", "eventlet", "trio", "uvloop"])
def test_a_library_over_the_sockets_of_linux(name, tmp_path):
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed (the dependency group `examples`)")
    conforms_as_recorded(f"{name}_sockets:{name.capitalize()}", tmp_path)


def test_another_python(tmp_path):
    if shutil.which("pypy3") is None:
        pytest.skip("there is no pypy3 (Debian: apt-get install pypy3)")
    agent = tmp_path / "agent.pyz"
    assert sockspec("agent", "--write", agent).returncode == 0
    conforms_as_recorded(f"agent:pypy3 {agent}", tmp_path)


def test_a_library_with_bsd_calls(tmp_path):
    if shutil.which("cc") is None or not Path("/usr/include/lwip/lwip/sockets.h").exists():
        pytest.skip("lwIP cannot be built (Debian: apt-get install gcc liblwip-dev)")
    conforms_as_recorded(f"agent:{sys.executable} {EXAMPLES / 'lwip_sockets.py'}", tmp_path)


def test_another_language(tmp_path):
    if shutil.which("javac") is None:
        pytest.skip("there is no JDK (Debian: apt-get install openjdk-17-jdk-headless)")
    source = EXAMPLES / "JavaNio.java"
    is_fine(f"agent:java {source}")
    # So every agent that starts compiles it: for a run that is done once.
    subprocess.run(["javac", "-d", tmp_path, source], check=True, timeout=300)
    runs_as_recorded(f"agent:java -cp {tmp_path} JavaNio", tmp_path)


def test_go(tmp_path):
    if shutil.which("go") is None:
        pytest.skip("there is no go (Debian: apt-get install golang-go)")
    agent = tmp_path / "goagent"
    subprocess.run(
        ["go", "build", "-o", agent, "."], cwd=EXAMPLES / "go", check=True, timeout=600
    )
    # What its own code does to names and to descriptors without data is in its profile.
    own = ("state.unix-names", "data.unix-rights.without-data")
    conforms_as_recorded(f"agent:{agent}", tmp_path, rules=(*SELECTION, *own))


def test_ruby(tmp_path):
    if shutil.which("ruby") is None:
        pytest.skip("there is no ruby (Debian: apt-get install ruby)")
    # What waits in Ruby itself, and not in a call, is in its profile.
    chosen = (*SELECTION, "creation.socket.blocking")
    conforms_as_recorded(f"agent:ruby {EXAMPLES / 'ruby_sockets.rb'}", tmp_path, rules=chosen)


def test_erlang(tmp_path):
    unpacked = os.environ.get("SOCKSPEC_OTP", "")
    has_json = "code:ensure_loaded(json) =:= {module, json} andalso halt(0), halt(1)."
    asked = ["erl", "-noinput", "-eval", has_json]
    if not unpacked and (
        shutil.which("erl") is None or subprocess.run(asked, check=False).returncode
    ):
        pytest.skip("there is no Erlang/OTP 27: on the path, or unpacked in SOCKSPEC_OTP")
    # What OTP decides by itself, and what it repeats, is in its profile.
    chosen = (*SELECTION, "state.accept.peer", "data.wait-all.peek")
    command = f"env SOCKSPEC_OTP={unpacked} {EXAMPLES / 'erlang' / 'run.sh'}"
    conforms_as_recorded(f"agent:{command}", tmp_path, rules=chosen)


def test_dotnet(tmp_path):
    library = Path("/usr/lib/mono/4.5/System.Runtime.Serialization.dll")
    if shutil.which("mcs") is None or not library.exists():
        pytest.skip("it cannot be compiled (Debian: mono-mcs and what platforms/targets says)")
    made = subprocess.run(
        ["make", "-s", "-C", EXAMPLES / "dotnet", "runtime", f"OUT={tmp_path}"],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if (tmp_path / "sockets.exe").exists() and not (tmp_path / "net").exists():
        pytest.skip(f"the runtime cannot be had here: {made.stderr.splitlines()[-1]}")
    assert made.returncode == 0, made.stderr
    # What .NET refuses by itself, and an error that it translates twice, are in its profile.
    own = ("state.accept.not-listening", "state.unix-connect.missing")
    backend = f"agent:{EXAMPLES / 'dotnet' / 'run'} {tmp_path}"
    conforms_as_recorded(backend, tmp_path, rules=(*SELECTION, *own))


@pytest.mark.parametrize("check", [("gofmt", "-l", "."), ("go", "vet", "./...")])
def test_the_agent_in_go_is_as_its_own_tools_want_it(check):
    if shutil.which(check[0]) is None:
        pytest.skip(f"there is no {check[0]} (Debian: apt-get install golang-go)")
    said = subprocess.run(
        check, cwd=EXAMPLES / "go", capture_output=True, text=True, check=False, timeout=600
    )
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def made_in(folder, tmp_path, *goals):
    """What `make` makes in a folder of examples, or the reason why not, as a skip."""
    if shutil.which("cc") is None or not Path("/usr/include/jsmn.h").exists():
        pytest.skip("the agent in C cannot be built (Debian: apt-get install gcc libjsmn-dev)")
    made = subprocess.run(
        ["make", "-s", "-C", EXAMPLES / folder, *goals, f"OUT={tmp_path}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if "cannot be used here" in made.stderr:
        pytest.skip(made.stderr.splitlines()[0])
    assert made.returncode == 0, made.stderr


def test_a_library_that_is_preloaded(tmp_path):
    if not Path("/usr/include/socket_wrapper.h").exists():
        pytest.skip("there is no libsocket-wrapper (Debian: apt-get install libsocket-wrapper)")
    made_in("../native/c/agent", tmp_path, "posix")
    # A name of its own, an IPv6 network of its own, and options that it knows nothing of.
    own = ("options.read-only.protocol", "options.unsupported.level")
    backend = f"agent:{EXAMPLES / 'socket_wrapper.sh'} {tmp_path / 'sockspec-agent'}"
    chosen = (*SELECTION, *own)
    conforms_as_recorded(backend, tmp_path, "--profile", "socket-wrapper", rules=chosen)


def test_io_uring(tmp_path):
    made_in("io_uring", tmp_path, "check", "agent")
    calls, agent = tmp_path / "libring_calls.so", tmp_path / "sockspec-agent"
    backend = f"agent:env LD_PRELOAD={calls} {agent}"
    conforms_as_recorded(backend, tmp_path, "--profile", "io-uring")


@pytest.mark.parametrize("name", ["smoltcp", "turmoil"])
def test_a_stack_in_rust(name, tmp_path):
    if shutil.which("cargo") is None:
        pytest.skip("there is no cargo (rustup, or Debian: apt-get install cargo)")
    built = subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--bin", name],
        cwd=EXAMPLES / "rust",
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if built.returncode:
        pytest.skip(f"the crates cannot be built here: {built.stderr.splitlines()[-1]}")
    target = Path(os.environ.get("CARGO_TARGET_DIR", EXAMPLES / "rust" / "target"))
    conforms_as_recorded(f"agent:{target / 'debug' / name}", tmp_path)


def test_the_loopback_of_lwip_builds_without_a_warning(tmp_path):
    if shutil.which("cc") is None or not Path("/usr/include/lwip/lwip/sockets.h").exists():
        pytest.skip("lwIP cannot be built (Debian: apt-get install gcc liblwip-dev)")
    flags = ("-Wall", "-Wextra", "-Werror", "-I/usr/include/lwip", "-fsyntax-only")
    built = subprocess.run(
        ["cc", *flags, EXAMPLES / "lwip_loopback.c"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr


def test_an_example_can_be_read_at_once():
    lines = {
        path.name: len(path.read_text("utf-8").splitlines())
        for path in EXAMPLES.glob("*_sockets.py")
    }
    assert lines
    assert max(lines.values()) < 160, lines
