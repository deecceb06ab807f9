"""Scripts made from witnesses: they run the accused, and say whether the divergence lasts."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
import reproducing

from sockspec import backends, locate, platform, reproduce
from sockspec.judge.verdict import Verdict
from sockspec.reproduce import values
from sockspec.targets import recipe
from sockspec.targets.target import Room

Words = Sequence[str]

HERE = Path(__file__).parent
FORGIVING = HERE.parents[1] / "docs" / "examples" / "my_sockets.py"
PLAIN = ("-m", "sockspec.agent")
NEW = {"call": "new", "arguments": [2, 1, 0], "answer": {"socket": 0}}
LISTEN = {"call": "listen", "arguments": [{"socket": 0}, 1], "answer": None}


def require_platform_of(name: str) -> Any:
    """The kept run, if this machine is its platform, or skip."""
    run = reproducing.kept(name)
    facts, here = run.header.platform, platform.facts()
    for key in ("system", "machine", "interpreter", "privileged"):
        if facts[key] != here[key]:
            pytest.skip(f"the run of {name} has another {key}: {facts[key]}")
    for key in ("version", "interpreter_version"):
        if facts[key].split(".")[:2] != here[key].split(".")[:2]:
            pytest.skip(f"the run of {name} has another {key}: {facts[key]}")
    return run


def diverges(each: Any) -> bool:
    return each.verdict is Verdict.KNOWN


def script_of(
    calls: list[dict[str, Any]], behaviour: str = "EINVAL", backend: str = "stdlib"
) -> str:
    """The script for a witness of our own."""
    run = reproducing.kept("stdlib")
    run = replace(run, header=msgspec.structs.replace(run.header, backend=backend))
    of = next(each for each in run.observations if diverges(each))
    witness = {behaviour: {"calls": calls, "values": {}}}
    return reproduce.script(run, msgspec.structs.replace(of, witness=witness), behaviour, None)


def played(script: str, *command: str) -> tuple[int, str]:
    """The exit code and the output of a script in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def lasts(run: Any, number: int, modules: Iterable[str] = (), command: Words = ()) -> None:
    """Play the scripts of the divergences of a run, and see that each shows its own."""
    too_old = TOO_OLD.get(run.header.backend, set())
    known = [e for e in run.observations if diverges(e) and e.case not in too_old]
    chosen = {each.case for each in reproducing.some(known, number)}
    made = (
        (each.case, reproduce.of(run, each.case, behaviour, command))
        for each in known
        if each.case in chosen
        for behaviour in each.witness
    )
    done = reproducing.play(made, *modules)
    other = [each for each in done if each.code != 1]
    assert other == [], f"{len(other)} of {len(done)}: {other[0].output}"
    assert len(done) >= min(number, len(known))


TOO_OLD = {
    # Which call still waited these kept runs do not say, as runs of today do; and how many of
    # two bytes had come when they were received is chance.
    "lwip": {
        "contracts.socket.threads[v4,stream]",
        "contracts.socket.threads[v6,stream]",
        "data.vectored.too-many[v4,stream,receive]",
        "data.vectored.too-many[v6,stream,receive]",
    },
    # A race inside the agent: only a connect that comes before it listens again is refused.
    "smoltcp": {"state.accept.one-each[v4]", "state.accept.one-each[v6]"},
    "trio": {
        "readiness.timeouts.accept[v4]",
        "readiness.timeouts.accept[v6]",
        "state.accept.one-each[v4]",
    },
    # The address has bytes that are of no call: no other process has the same.
    "eventlet": {
        "contracts.tcp-socket.from-std-stream[v6]",
        "creation.descriptor.ownership[v6]",
    },
}
"""Cases of kept runs whose witness no script can show."""

MODULES = {
    "stdlib": (),
    "mptcp": (),
    "uvloop": ("uvloop",),
    "gevent": ("gevent", "gevent.socket", "gevent.select"),
    "eventlet": ("eventlet", "eventlet.green.socket", "eventlet.green.select"),
    "trio": ("trio",),
}


@pytest.mark.parametrize("name", MODULES)
def test_every_divergence_of_this_platform_lasts(name):
    for each in MODULES[name]:
        if find_spec(each.partition(".")[0]) is None:
            pytest.skip(f"there is no {each} here")
    run = require_platform_of(name)
    lasts(run, 60 if name == "stdlib" else 15, MODULES[name])


@pytest.mark.parametrize("name", ["gevent", "eventlet", "trio", "uvloop"])
def test_a_library_is_accused_through_itself(name):
    run = reproducing.kept(name)
    for _, script in reproducing.scripts(run, diverges):
        assert re.search(rf"^ *(import|from) {name}\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("uvloop", "data.empty.datagram-delivered[v4,dgram]"),
        ("uvloop", "state.accept.datagram[v4,dgram,fresh]"),
        ("uvloop", "state.connect.connected[v4,connected]"),
        ("mptcp", "options.boolean.round-trip[SO_BROADCAST,stream,on]"),
        ("mptcp", "options.read-only.protocol[v4,stream]"),
        ("udplite", "options.read-only.protocol[v4,dgram]"),
    ],
)
def test_what_a_loop_or_a_protocol_does_itself_lasts(name, case):
    if name == "uvloop":
        pytest.importorskip(name)
    run = require_platform_of(name)
    ((_, script),) = reproducing.scripts(run, lambda each: each.case == case)
    code, output = played(script)
    assert code == 1, output


def test_the_end_says_what_is_expected_and_what_was_seen():
    calls = [NEW, {**LISTEN, "error": "EINVAL"}]
    del calls[1]["answer"]
    code, output = played(script_of(calls))
    assert code == 0, output
    assert "s0.listen(1) -> None and not EINVAL" in output
    assert output.index("rule:") < output.index("expected:") < output.index("seen:")
    code, output = played(script_of([NEW, LISTEN], "succeeds"))
    assert code == 1, output


def test_what_fails_before_the_point_was_not_tried():
    calls = [
        NEW,
        {"call": "shutdown", "arguments": [{"socket": 0}, 2], "answer": None},
        {"call": "bind", "arguments": [{"socket": 0}, {"inet": ["127.0.0.1", 0]}]},
        LISTEN,
    ]
    code, output = played(script_of(calls))
    assert code == 2
    assert "could not be tried: s0.shutdown(SHUT_RDWR) failed with ENOTCONN" in output


def test_without_the_library_nothing_was_tried():
    run = reproducing.kept("gevent")
    case = next(each for each in run.observations if diverges(each))
    script = reproduce.of(run, case.case).replace(
        "import gevent\n", "import gevent_is_not_here\n"
    )
    code, output = played(script)
    assert code == 2, output
    assert "gevent_is_not_here" in output


def test_a_call_that_waits_is_collected_later():
    inet = {"inet": ["127.0.0.1", 40_000]}
    calls = [
        NEW,
        {"call": "bind", "arguments": [{"socket": 0}, {"inet": ["127.0.0.1", 0]}]},
        LISTEN,
        {"call": "local_addr", "arguments": [{"socket": 0}], "answer": inet},
        {
            "call": "accept",
            "arguments": [{"socket": 0}],
            "answer": [{"socket": 1}, {"inet": ["127.0.0.1", 40_001]}],
            "started": True,
        },
        {"call": "new", "arguments": [2, 1, 0], "answer": {"socket": 2}},
        {"call": "connect", "arguments": [{"socket": 2}, inet], "answer": None},
        {"call": "send", "arguments": [{"socket": 1}, {"bytes": "6869"}], "answer": 2},
        {"call": "recv", "arguments": [{"socket": 2}, 9, 2], "answer": {"bytes": "6869"}},
    ]
    code, output = played(script_of(calls, "arrives"))
    assert code == 1, output
    assert "accept(s0) -> (waits)" in output
    assert "-> b'hi'" in output


def test_a_datagram_is_sent_until_the_queue_is_full():
    pair = {"call": "pair", "arguments": [1, 2, 0], "answer": [{"socket": 0}, {"socket": 1}]}
    send = {"call": "send", "arguments": [{"socket": 0}, {"bytes": "00"}, 0], "answer": 1}
    calls = [pair, *4 * [send], {"left_out": 90}, *4 * [send], {**send, "error": "Hang"}]
    del calls[-1]["answer"]
    code, output = played(script_of(calls, "hang"))
    assert code == 1, output


def test_of_calls_under_way_the_error_that_is_the_behaviour_decides():
    pair = {"call": "pair", "arguments": [1, 1, 0], "answer": [{"socket": 0}, {"socket": 1}]}
    peek = {"call": "recv", "arguments": [{"socket": 0}, 1, 2], "started": True}
    calls = [
        pair,
        {**peek, "answer": {"bytes": "61"}},
        {**peek, "arguments": [{"socket": 0}, 1, 0x40], "error": "EAGAIN"},
        {**peek, "error": "running"},
        {"call": "poll", "arguments": [[[{"socket": 1}, 4]], 0.0], "answer": [1]},
    ]
    code, output = played(script_of(calls, "EAGAIN"))
    assert code == 1, output


def test_no_number_of_the_system_is_literal():
    run = reproducing.kept("stdlib")
    for case, script in reproducing.scripts(run, diverges):
        shown = next(
            each
            for each in ast.parse(script).body
            if isinstance(each, ast.FunctionDef) and each.name == "show"
        )
        for call in ast.walk(shown):
            if isinstance(call, ast.Tuple) and len(call.elts) in {2, 4}:
                host, port, *_ = call.elts
                if isinstance(host, ast.Constant) and isinstance(port, ast.Constant):
                    # 0 asks for a port, 9 is where nobody is asked.
                    assert port.value in {0, 9} or not isinstance(host.value, str), case
            if isinstance(call, ast.Constant) and isinstance(call.value, bytes):
                assert b"/tmp" not in call.value, case


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        (b"/tmp/sockspec-a1b2c3d4/1", b"", b"/1"),
        (b"/tmp/sockspec-4233534872/1", b"", b"/1"),  # as Go makes one
        (b"\0/var/tmp/sockspec-x_y_z_8_/name", b"\0", b"/name"),
        (b"/tmp/sockspec-a1b2c3d4", b"", b""),
    ],
)
def test_the_folder_of_a_test_is_the_scripts_own(path, before, after):
    assert values.Path.of(path) == values.Path(after, before)


# -- through an agent ------------------------------------------------------------------


SHUT = {"call": "shutdown", "arguments": [{"socket": 0}, 2], "answer": None}


def test_an_agent_is_accused_over_its_pipe():
    script = script_of([NEW, SHUT], "shut", "my-sockets")
    code, output = played(script, sys.executable, str(FORGIVING))
    assert code == 1, output
    assert "shutdown(s0, SHUT_RDWR) -> None" in output
    code, output = played(script, sys.executable, *PLAIN)
    assert code == 0, output
    assert "now:       shutdown(s0, SHUT_RDWR) -> ENOTCONN" in output


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
    lasts(reproducing.kept("rust"), 4)


def command_of(name: str, folder: Path) -> list[str]:
    """What serves the example that a target's recipe names, once it is built in the folder."""
    target = recipe.load_all(locate.platforms())[name]
    if why := target.missing():
        pytest.skip(why)
    room = Room(folder, folder / "agent.pyz", lambda _: None)
    target.prepare(room)
    if name == "java":  # compiled once, and not by every agent that starts
        words = ("javac", "-d", str(folder), str(HERE.parent / "examples" / "JavaNio.java"))
        subprocess.run(words, check=True, timeout=300)
        return ["java", "-cp", str(folder), "JavaNio"]
    return shlex.split(target.backend(room).removeprefix("agent:"))


@pytest.mark.skipif(not reproducing.EVERY, reason="not run: built and played each night")
@pytest.mark.parametrize("name", ["ruby", "go", "java", "lwip", "smoltcp", "turmoil"])
def test_an_example_is_accused_through_its_agent(name, tmp_path):
    require_platform_of("stdlib")
    lasts(reproducing.kept(name), 10**6, command=command_of(name, tmp_path))


def test_the_agent_of_the_command_line_can_be_written_down():
    run = reproducing.kept("lwip")
    case = next(each for each in run.observations if diverges(each)).case
    script = reproduce.of(run, case, agent=["python", "harness/examples/lwip_sockets.py"])
    assert "COMMAND = [sys.executable, 'harness/examples/lwip_sockets.py']" in script
    assert "import socket\n" in script
    assert "socket.socket" not in script


# -- in C ------------------------------------------------------------------------------


def compiled(script: str, folder: Path) -> Path:
    """A program in C, without a warning."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    source, program = folder / "show.c", folder / "show"
    source.write_text(script, "utf-8")
    words = ("cc", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", str(program), str(source))
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return program


def ended(program: Path, *under: str) -> tuple[int, str]:
    done = subprocess.run(
        [*under, program], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


NO_SCRIPT = {
    # What stands behind a name that is too short, or after a message's end, decides.
    "socket-wrapper": ("state.connect-address.too-short", "data.unix-credentials.no-room"),
}
"""Rules of which a kept run has witnesses that no program shows."""


def last_in_c(name: str, folder: Path, number: int, *under: str) -> None:
    """Play programs in C of a kept run, run under something, several at once."""
    no_script = NO_SCRIPT.get(name, ())
    known = [
        each
        for each in reproducing.kept(name).observations
        if diverges(each) and each.rule not in no_script
    ]
    chosen = reproducing.some(known, number)

    def show(at: int) -> tuple[int, str]:
        script = reproduce.of(reproducing.kept(name), chosen[at].case)
        if "control.out-of-range" in chosen[at].case:
            assert "put_control(" in script
        assert ("LD_PRELOAD" in script) is (bool(under) and script.startswith("/*"))
        if not script.startswith("/*"):  # nothing of C can make its calls
            return (1, "") if under else played(script)
        (folder / str(at)).mkdir()
        return ended(compiled(script, folder / str(at)), *under)

    with ThreadPoolExecutor(8) as pool:  # each of them waits most of its time
        done = list(pool.map(show, range(len(chosen))))
    other = [(each.case, *o) for each, o in zip(chosen, done, strict=True) if o[0] != 1]
    assert other == [], f"{[each[0] for each in other]} of {len(done)}: {other[0]}"


def test_c_is_accused_by_a_program_in_c(tmp_path):
    require_platform_of("stdlib")
    last_in_c("c", tmp_path, 8)


@pytest.mark.skipif(not reproducing.EVERY, reason="not run: played each night")
@pytest.mark.parametrize("name", ["socket-wrapper", "io-uring"])
def test_what_is_preloaded_is_accused_by_a_program_in_c(name, tmp_path):
    require_platform_of("stdlib")
    made = tmp_path / "agent"
    *under, _ = command_of(name, made)  # its last word is the agent, in whose place we are
    last_in_c(name, tmp_path, 10**6, *under)


def test_a_program_in_c_for_an_agent_says_what_it_is_to_be_run_under():
    run = reproducing.kept("socket-wrapper")
    case = next(each for each in run.observations if diverges(each)).case
    script = reproduce.of(run, case)
    assert script.startswith("/*")
    assert "What was preloaded for the agent (LD_PRELOAD)" in script


def test_a_program_in_c_says_when_it_is_gone_and_when_it_was_not_tried(tmp_path):
    program = compiled(script_of([NEW, SHUT], "shut", "c"), tmp_path)
    code, output = ended(program)
    assert code == 0
    assert "now:       shutdown(s0, SHUT_RDWR) -> ENOTCONN and not 0" in output
    code, output = ended(compiled(script_of([NEW, SHUT, LISTEN], "listens", "c"), tmp_path))
    assert code == 2
    assert "could not be tried: shutdown(s0, SHUT_RDWR)" in output


def test_what_posix_does_not_have_is_played_to_the_agent_in_c():
    run = reproducing.kept("wine-c")
    case = next(each for each in run.observations if diverges(each)).case
    script = reproduce.of(run, case)
    assert "COMMAND = [sys.executable, '-m', 'sockspec.agent', '--backend', 'c']" in script


def test_bytes_that_a_witness_has_cut_short_are_sent_as_many(tmp_path):
    pair = {"call": "pair", "arguments": [1, 1, 0], "answer": [{"socket": 0}, {"socket": 1}]}
    cut = {"bytes": "61" * 64, "length": 5000}
    calls = [
        pair,
        {"call": "send", "arguments": [{"socket": 0}, cut, 0], "answer": 5000},
        {"call": "recv", "arguments": [{"socket": 1}, 8000, 0], "answer": cut},
    ]
    code, output = played(script_of(calls, "whole"))
    assert code == 1, output
    code, output = played(script_of(calls, "whole", "theirs"), sys.executable, *PLAIN)
    assert code == 1, output
    code, output = ended(compiled(script_of(calls, "whole", "c"), tmp_path))
    assert code == 1, output
