"""kqueue where there is none: its rules, faults and way over the wire, on one of ours."""

from __future__ import annotations

import errno
import os
import select
import sys
from pathlib import Path

import kqueues
import pytest
import warm

from sockspec import backends
from sockspec.backends.stdlib import Stdlib
from sockspec.backends.trace import Traced, encode
from sockspec.errors import SocketError, Unsupported
from sockspec.faults import hunt, tables
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="ours is made of Linux's calls")

PATH = os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(Path(__file__).parent)])
ADD, DELETE = kqueues.NUMBERS["EV_ADD"], kqueues.NUMBERS["EV_DELETE"]
READ, FAILED = kqueues.READ, kqueues.NUMBERS["EV_ERROR"]

# What one made of poll() does otherwise than FreeBSD.
OTHERWISE = {"connections", "end", "error", "low-water-beyond"}

SAMPLE = ("never-ends", "drains", "after-close", "one", "takes-error", "no-urgent")


@pytest.fixture(scope="module")
def queued():
    yield kqueues.backend()
    del select.kqueue, select.kevent


def test_the_rules_see_what_the_manual_says(tmp_path):
    out = tmp_path / "run.jsonl"
    words = ("--backend", "kqueues:backend", "--profile", "freebsd", "--out", out)
    rules = ("readiness.kqueue", "readiness.kqueue-changes", "readiness.kqueue-data")
    chosen = [word for rule in rules for word in ("--rule", rule)]
    env = os.environ | {"PYTHONPATH": PATH}
    ran = warm.sockspec("run", *words, *chosen, env=env)
    assert out.exists(), ran.stderr
    seen = runfile.read(out).observations
    assert len(seen) > 250
    verdicts = {each.verdict for each in seen}
    assert verdicts == {Verdict.UNSPECIFIED, Verdict.CHANGED}, ran.stdout
    changed = {each.case for each in seen if each.verdict is Verdict.CHANGED}
    named = {each.partition("[")[0].rpartition(".")[2] for each in changed}
    assert named == OTHERWISE


def test_faults_are_noticed_by_the_rules_that_they_name(queued):
    chosen = [tables.all_faults()[f"kqueue/{each}"] for each in SAMPLE]
    hunting = hunt.Hunt(
        "kqueues:backend", only=[rule for each in chosen for rule in each.rules]
    )
    found = [hunting.of(each) for each in chosen]
    assert [each.line() for each in found if each.verdict != "named"] == []


def exchanged(backend):
    """What a backend says of a pair of sockets and a queue."""
    one, other = backend.pair(backend.constant("AF_UNIX"), backend.constant("SOCK_STREAM"))
    queue = backend.kqueue()
    add, remove = (one, READ, ADD, 0, 0, 2**64 - 1), (one, READ, DELETE, 0, 0, 7)
    told = [backend.kevent(queue, [add], 4, 0.0)]
    backend.send(other, b"abc")
    told += [backend.kevent(queue, [], 4, 1.0), backend.kevent(queue, [remove], 4, 0.0)]
    told.append(backend.kevent(queue, [remove], 4, 0.0))
    with pytest.raises(SocketError, match="ENOENT"):
        backend.kevent(queue, [remove], 0, 0.0)
    backend.close(one)
    told.append(backend.kevent(queue, [add], 1, 0.0))
    backend.close(queue)
    with pytest.raises(SocketError, match="EBADF"):
        backend.kevent(queue, [], 1, 0.0)
    backend.close(other)
    return told


TOLD = [
    (),
    ((READ, ADD, 0, 3, 2**64 - 1),),
    (),
    ((READ, DELETE | FAILED, 0, errno.ENOENT, 7),),
    ((READ, ADD | FAILED, 0, errno.EBADF, 2**64 - 1),),
]


def test_the_module_is_asked(queued):
    assert exchanged(queued) == TOLD
    with pytest.raises(Unsupported, match="negative room"):
        queued.kevent(queued.kqueue(), [], -1, 0.0)


def test_an_agent_is_asked_over_the_wire(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", PATH)
    agent = backends.load(f"agent:{sys.executable} -m sockspec.agent --backend kqueues:backend")
    try:
        assert exchanged(agent) == TOLD
        queue = agent.kqueue()
        child = agent.fork()
        with pytest.raises(SocketError, match="EBADF"):
            agent.in_child(child, "kevent", [queue, [], 1, 0.0])
        started = agent.start("kevent", queue, [], 1, 0.0)
        assert started.result() == ()
    finally:
        agent.shut_down()


def test_a_trace_names_the_sockets_that_are_changed(queued):
    traced = Traced(queued)
    queue, sock = traced.kqueue(), traced.new(2, 2)
    traced.kevent(queue, [(sock, READ, ADD, 0, 0, 5)], 1, 0.0)
    line = encode(traced.calls)[-1]
    change = [{"socket": 1}, READ, ADD, 0, 0, 5]
    assert line["arguments"] == [{"socket": 0}, [change], 1, 0.0]
    for each in (queue, sock):
        traced.close(each)


def test_where_there_is_none_it_is_unsupported(monkeypatch):
    monkeypatch.delattr(select, "kqueue", raising=False)
    with pytest.raises(Unsupported, match="no kqueue here"):
        Stdlib().kqueue()
