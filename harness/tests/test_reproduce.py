"""Scripts made from witnesses: they run the accused, and say whether the divergence lasts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from reproducing import (
    LISTEN,
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
    scripts,
)

from sockspec import locate, reproduce
from sockspec.agent import bundle
from sockspec.reproduce import values
from sockspec.targets import recipe

MODULES = {
    "stdlib": (),
    "mptcp": (),
    "udplite": (),
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
    # Where a process is interrupted it is that of an agent.
    serves = getattr(recipe.load_all(locate.platforms())[name], "serves", "stdlib")
    served = ("python", "-m", "sockspec.agent", "--backend", serves)
    lasts(run, 60 if name == "stdlib" else 15, MODULES[name], served)


@pytest.mark.parametrize("name", [f"cpython-3.{minor}" for minor in range(9, 14)])
def test_another_python_shows_its_own(name, tmp_path):
    python, *words = command_of(name, tmp_path)
    told = [python, "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(told, capture_output=True, text=True, check=True).stdout.strip()
    run = kept(name)
    if version != run.header.platform["interpreter_version"]:
        pytest.skip(f"the run of {name} is of another Python than {version}")
    bundle.write(tmp_path / "agent.pyz")
    lasts(run, 6, command=(python, *words), python=python)


@pytest.mark.parametrize("name", ["gevent", "eventlet", "trio", "uvloop"])
def test_a_library_is_accused_through_itself(name):
    run = kept(name)
    itself = re.compile(rf"^ *(import|from) {name}\b", re.MULTILINE)
    made = [script for _, script in scripts(run, diverges)]
    others = [script for script in made if not itself.search(script)]
    # A process that is interrupted, or a family that the library does not know, is its agent's.
    assert all("COMMAND = " in script for script in others)
    assert not any("socket.socket(" in script for script in others)
    assert len(others) < len(made) / 5


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
    ((_, script),) = scripts(run, lambda each: each.case == case)
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
    run = kept("gevent")
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


@pytest.mark.parametrize(("after", "code"), [((), 1), ((SHUT,), 0)])
def test_what_was_not_collected_of_several_that_wait_has_not_returned(after, code):
    pair = {"call": "pair", "arguments": [1, 1, 0], "answer": [{"socket": 0}, {"socket": 1}]}
    recv = {"call": "recv", "arguments": [{"socket": 0}, 1, 0]}
    waits = recv | {"started": True, "error": "running"}
    ended, output = played(script_of([pair, waits, *after], "neither"))
    assert ended == code, output


@pytest.mark.parametrize("backend", ["stdlib", "stands-for-itself"])
@pytest.mark.parametrize(("asked", "code"), [(1, 1), (0, 0)])
def test_another_address_is_any_but_the_first(backend, asked, code):
    # What lay in memory when the witness was made lies there no more.
    name = {"inet6": ["::1", 40_000, 0, 0]}
    bind = {"call": "bind", "arguments": [{"socket": 0}, {"inet6": ["::1", 0, 0, 0]}]}
    calls = [
        {"call": "new", "arguments": [10, 1, 0], "answer": {"socket": 0}},
        {"call": "new", "arguments": [10, 1, 0], "answer": {"socket": 1}},
        {**bind, "answer": None},
        {"call": "local_addr", "arguments": [{"socket": 0}], "answer": name},
        {
            "call": "local_addr",
            "arguments": [{"socket": asked}],
            "answer": {"inet6": ["::100:0:0:0", 40_000, 0, 1_513_796_584]},
        },
    ]
    script = script_of(calls, "another-address", backend)
    ended, output = played(script, sys.executable, *PLAIN)
    assert ended == code, output
    assert ("another than" in output) is (code == 0)


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
    run = kept("stdlib")
    for case, script in scripts(run, diverges):
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
