"""Agents that misbehave: each costs the cases that ask for what it does badly, no others."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path

import pytest
from processes import marked, none_is_left

from sockspec import backends
from sockspec.backends import link
from sockspec.errors import UsageError
from sockspec.judge.verdict import Verdict

AGENTS = Path(__file__).parent / "agents"

# One case for one call, so that who suffers can be said by name.
RULES = """
ACCEPTS = promise("accepts")
@ACCEPTS.case()
def test_accepts(sockets, see, case):
    listener = sockets.listener(family=V4)
    client = sockets.new(V4)
    client.connect(listener.local_addr())
    see("good" if outcome(listener.accept) == "succeeds" else "bad")

RECEIVES = promise("receives")
@RECEIVES.case()
@given(data=st.binary(min_size=1, max_size=9))
def test_receives(sockets, see, case, data):
    ours, theirs = pair(sockets)
    ours.send(data)
    got = []
    how = outcome(lambda: got.append(theirs.recv(9)), ok="good")
    see(how, got=got)

SENDS = promise("sends")
@SENDS.case()
@given(parts=st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=3))
def test_sends(sockets, see, case, parts):
    ours, theirs = pair(sockets)
    ours.send_vectored(parts)
    see("good")

KNOWS_ITS_PEER = promise("knows-its-peer")
@KNOWS_ITS_PEER.case()
def test_knows_its_peer(sockets, see, case):
    one, other = sockets.connected(V4, DGRAM)
    see("good" if one.peer_addr() == other.local_addr() else "bad")

DUPLICATES = promise("duplicates")
@DUPLICATES.case()
def test_duplicates(sockets, see, case):
    sockets.keep(sockets.new(V4).try_clone())
    see("good")

REFUSES = promise("refuses")
@REFUSES.case()
def test_refuses(sockets, see, case):
    how = outcome(sockets.new(V4).connect, sockets.dead_address(V4))
    see("good" if how == "ECONNREFUSED" else how)

SETS = promise("sets")
@SETS.case()
@given(on=st.booleans())
def test_sets(sockets, see, case, on):
    sock = sockets.new(V4)
    sock.set_keepalive(on)
    see("good" if sock.keepalive() is on else "bad")

BLOCKS = promise("blocks")
@BLOCKS.case()
def test_blocks(sockets, see, case):
    ours, theirs = pair(sockets)
    reading = sockets.start("recvfrom", theirs, 1)
    blocked = reading.is_blocked()
    ours.send(b"x")
    see("good" if blocked and reading.result()[0] == b"x" else "bad")

def pair(sockets):
    made = Socket.pair("AF_UNIX", "SOCK_STREAM", backend=sockets.backend)
    return tuple(sockets.keep(each) for each in made)
"""
RULES = RULES.replace("ACCEPTS =", "from sockspec.api import Socket\nACCEPTS =", 1)

ALL = {"accepts", "receives", "sends", "knows-its-peer", "duplicates", "refuses", "sets"}
ALL |= {"blocks"}


def suffering(spec):
    """What went wrong, by the last word of the rule."""
    seen = {each.rule.rpartition(".")[2]: each for each in spec.seen().values()}
    assert set(seen) == ALL
    return {name: each for name, each in seen.items() if each.verdict is not Verdict.CONFORMS}


def agent(name):
    return f"agent:{sys.executable} {AGENTS / name}.py"


def run(spec, name, *words):
    spec.write(RULES)
    with marked() as environment:
        ran = spec.run("--backend", agent(name), "--deadline", "1", *words, more=environment)
        assert none_is_left(environment)
    return ran


NEW, BROKEN, UNKNOWN = Verdict.NEW, Verdict.HARNESS_ERROR, Verdict.INDETERMINATE

# agent: who suffers, with what verdict, and what is said of it
FAULTS = {
    "crashes_on_accept": ("accepts", NEW, "saw crash:SIGSEGV"),
    "starts_slowly": ("accepts", NEW, "saw crash:SIGSEGV"),
    "hangs_on_recv": ("receives", NEW, "saw hang"),
    "answers_late": ("knows-its-peer", UNKNOWN, "arranging failed: peer_addr: hang"),
    "answers_twice": ("duplicates", BROKEN, "twice"),
    "answers_nonsense": ("knows-its-peer", BROKEN, "answered nonsense: '\\\\xff"),
    "answers_another_request": ("knows-its-peer", BROKEN, "which was never made"),
    "answers_another_type": ("knows-its-peer", BROKEN, "answered another type: Expected"),
    "speaks_unasked": ("knows-its-peer", BROKEN, "wrote what nobody asked for"),
    "stops_in_the_middle": ("knows-its-peer", BROKEN, "closed its output and lives on"),
    "swaps_errnos": ("refuses", NEW, "saw ETIMEDOUT"),
    "lies_about_capabilities": ("sends", Verdict.UNSUPPORTED, "its hello says otherwise"),
    "exits_on_dup": ("duplicates", NEW, "saw exit:3"),
    "crashes_on_close": ("knows-its-peer", NEW, "saw crash:SIGABRT"),
    "raises_its_own": ("duplicates", BROKEN, "dup: raised RuntimeError: not today"),
}


# One of each kind will do under pytest-xdist.
PARALLEL = [(name, "2") for name in ("crashes_on_accept", "hangs_on_recv", "answers_twice")]


@pytest.mark.parametrize(("name", "workers"), [*((name, "0") for name in FAULTS), *PARALLEL])
def test_a_fault_costs_its_own_case_and_nothing_else(spec, name, workers):
    case, verdict, words = FAULTS[name]
    run(spec, name, "-n", workers)
    (only,) = (suffers := suffering(spec)).values()
    assert set(suffers) == {case}
    assert (only.verdict, words in only.because) == (verdict, True), only.because
    assert not spec.truncated()


def test_descriptors_that_leak_cost_the_case_that_runs_out_of_them(spec):
    run(spec, "leaks_descriptors")
    (only,) = (suffers := suffering(spec)).values()
    assert set(suffers) == {"accepts"}
    assert only.because == "arranging failed: new: EMFILE"


@pytest.mark.parametrize("name", ["floods_stderr", "ignores_bye", "leaves_a_child"])
def test_what_only_looks_bad_costs_nothing(spec, name):
    ran = run(spec, name)
    assert not suffering(spec)
    assert ran.returncode == 0, ran.stdout


def test_what_an_agent_said_last_is_kept_with_the_case(spec):
    run(spec, "exits_on_dup")
    (only,) = suffering(spec).values()
    assert only.witness["exit:3"]["values"] == {
        "call": "dup",
        "stderr": "assertion failed: dup is not ours",
    }


def test_a_recorded_crash_is_known(spec):
    spec.record(spec.entry("demo.subject.accepts", '"crash:SIGSEGV"'))
    ran = run(spec, "crashes_on_accept")
    (only,) = suffering(spec).values()
    assert only.verdict is Verdict.KNOWN
    assert ran.returncode == 0


def test_an_agent_that_does_not_greet_is_a_mistake_of_usage_and_is_quoted(spec):
    ran = run(spec, "dies_at_hello")
    assert ran.returncode == 2
    assert "did not say hello" in ran.stderr
    assert "libfoo.so.9: cannot open shared object file" in ran.stderr
    assert "remedy:" in ran.stderr


def test_another_version_of_the_protocol_is_refused(spec):
    ran = run(spec, "speaks_another_version")
    assert ran.returncode == 2
    assert "the agent speaks protocol 2, this sockspec speaks 1" in ran.stderr


def test_a_command_that_is_not_there_is_a_mistake_of_usage(spec):
    spec.write(RULES)
    ran = spec.run("--backend", "agent:/nowhere/at-all --serve")
    assert ran.returncode == 2
    assert "cannot be started: at-all" in ran.stderr


def test_the_run_file_says_who_answered_and_not_where(spec):
    run(spec, "floods_stderr")
    header = spec.out.read_text().splitlines()[0]
    assert '"backend":"stdlib"' in header
    assert "socket, through an agent" in header
    assert str(AGENTS) not in header


def test_an_agent_that_does_not_come_up_the_first_time_is_started_again(tmp_path):
    seen = tmp_path / "seen"
    agent = f"{sys.executable} -u -m sockspec.agent"
    words = f"test -e {seen} || {{ touch {seen}; exit 1; }}; exec {agent}"
    backend = backends.load(f"agent:sh -c {shlex.quote(words)}")
    try:
        assert backend.constant("AF_INET") == socket.AF_INET
    finally:
        backend.shut_down()


@pytest.mark.parametrize("patience", ["", "30", "soon"])
def test_a_machine_that_boots_says_how_long_a_hello_may_take(monkeypatch, patience):
    monkeypatch.setattr(link, "_HELLO", 0.5)  # the agent sleeps for longer
    monkeypatch.setenv("SOCKSPEC_HELLO", patience)
    slow = f"agent:{sys.executable} {AGENTS / 'starts_slowly.py'}"
    if patience == "30":
        backends.load(slow).shut_down()
        return
    with pytest.raises(UsageError, match="did not say hello: hello did not return within"):
        backends.load(slow)
