"""A hang ends the case in which it happens, by name, in process and through an agent."""

from __future__ import annotations

import os

import pytest

from sockspec.judge.verdict import Verdict

WAYS = pytest.mark.parametrize("way", [(), ("--isolate",)], ids=["in-process", "agent"])

# Every test hangs in a recv, and then goes on as if nothing had been.
HANGS = """
import contextlib, threading
from sockspec.errors import SockspecError

def idle(sockets):
    return sockets.bound(V4, DGRAM)

@promise("named").case()
def test_named(sockets, see, case):
    see(outcome(idle(sockets).recv, 1))

@promise("misnamed").case()
def test_misnamed(sockets, see, case):
    see("good" if outcome(idle(sockets).recv, 1) == "hang" else "bad")

@promise("twice").case()
def test_twice(sockets, see, case):
    sock = idle(sockets)
    waited = [outcome(sock.recv, 1) for _ in range(2)]
    see("good" if waited == ["EAGAIN", "EAGAIN"] else "bad")

@promise("goes-on").case()
@given(n=st.integers())
def test_goes_on(sockets, see, case, n):
    sock = idle(sockets)
    outcome(sock.recv, 1)
    sock.local_addr()
    see("good")

@promise("makes-more").case()
def test_makes_more(sockets, see, case):
    outcome(idle(sockets).recv, 1)
    see("good" if idle(sockets).local_addr() else "bad")

@promise("arranges").case()
def test_arranges(sockets, see, case):
    with contextlib.suppress(SockspecError):
        idle(sockets).recv(1)
    with contextlib.suppress(SockspecError):
        idle(sockets).local_addr()
    see("bad")

@promise("goes-on-bounded").case()
def test_goes_on_bounded(sockets, see, case):
    sock = idle(sockets)
    receiving = sockets.start("recv", sock, 1)
    how = outcome(receiving.result, 0.05)
    sock.send_to(b"x", sock.local_addr())
    see("good" if how == "hang" and receiving.result() == b"x" else "bad")

@promise("plain").case()
def test_plain(sockets, see, case):
    see("good")
"""


@WAYS
def test_a_hang_ends_its_case_whatever_the_test_makes_of_it(spec, way):
    spec.write(HANGS)
    assert spec.run("--deadline", "0.3", *way).returncode == 3
    seen = {name.rpartition(".")[2]: each for name, each in spec.seen().items()}
    hung = {name: each for name, each in seen.items() if "hang" in each.behaviours}
    assert set(hung) == {"named", "misnamed", "twice", "goes-on", "makes-more"}
    for name, each in hung.items():
        assert (each.verdict, each.behaviours) == (Verdict.NEW, {"hang": 1}), name
        assert each.witness["hang"]["values"] == {"call": "recv", "seconds": 0.3}
        assert each.witness["hang"]["calls"][-1]["call"] == "recv", name
    assert seen["arranges"].because == "arranging failed: recv: hang"
    assert not seen["arranges"].behaviours
    assert seen["arranges"].witness["indeterminate"]["calls"][-1]["call"] == "recv"
    assert seen["goes-on-bounded"].verdict is Verdict.CONFORMS
    assert seen["plain"].verdict is Verdict.CONFORMS


@WAYS
def test_a_recorded_hang_is_known(spec, way):
    spec.write(HANGS)
    spec.record(spec.entry("demo.subject.twice", '"hang"'))
    spec.run("--deadline", "0.3", "--rule", "twice", *way)
    assert spec.one().verdict is Verdict.KNOWN


@WAYS
def test_a_hang_that_only_a_thread_of_the_test_meets_ends_its_case_too(spec, way):
    spec.write("""
import threading
def receive(sock):
    try:
        sock.recv(1)
    except Exception:
        pass
@promise("threads").case()
def test_threads(sockets, see, case):
    ours, theirs = sockets.connected(V4)
    thread = threading.Thread(target=receive, args=(ours,), daemon=True)
    thread.start()
    thread.join()
    see("good")
""")
    spec.run("--deadline", "0.3", *way)
    assert spec.one().verdict is Verdict.INDETERMINATE
    assert spec.one().because == "arranging failed: recv: hang"


def test_what_a_started_call_made_and_nobody_collects_is_closed(spec):
    spec.write("""
import gc, os, stat
kept = []
def open_sockets():
    gc.collect()
    return sum(is_socket(number) for number in range(3, 256))
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
@promise("before").case()
def test_before(sockets, see, case):
    kept.append(open_sockets())
    see("good")
@promise("returned").case()
def test_returned(sockets, see, case):
    listener = sockets.listener(family=V4)
    accepting = sockets.start("accept", listener)
    sockets.new(V4).connect(listener.local_addr())
    kept.append(accepting.wait())
    see("good")
@promise("returns-later").case()
def test_returns_later(sockets, see, case):
    kept.append(sockets.start("dup", sockets.new(V4)))
    see("good")
@promise("pairs").case()
def test_pairs(sockets, see, case):
    kind = sockets.number("AF_UNIX"), sockets.number("SOCK_STREAM")
    kept.append(sockets.backend.start("pair", *kind).wait())
    see("good")
@promise("after").case()
def test_after(sockets, see, case):
    there = open_sockets()
    see("good" if there == kept[0] else "bad", there=there, before=kept[0])
""")
    ran = spec.run()
    assert ran.returncode == 0, spec.seen()
    assert len(spec.seen()) == 5


def test_the_last_name_of_what_failed_is_never_a_question_mark(spec):
    # An agent's sockets are gone with it: what is then asked of them is refused here.
    spec.write("""
from sockspec.errors import Died
import contextlib
@promise("dies").case()
def test_dies(sockets, see, case):
    sock = sockets.new(V4)
    sockets.backend.inner.link.discard()
    sock.local_addr()
    see("good")
""")
    spec.run("--isolate")
    assert spec.one().because == "arranging failed: local_addr: EBADF"


UNDECIDED = """
@promise("undecided").case()
def test_undecided(sockets, see, case):
    ours, theirs = sockets.connected(family=V4)
    receiving = sockets.start("recv", ours, 1)
    see("good" if receiving.is_blocked() else "bad")
"""


@WAYS
def test_a_call_that_runs_when_the_behaviour_is_named_is_shown_so(spec, way):
    # It returns in the clean-up, which is not what the example showed.
    spec.write(UNDECIDED)
    assert spec.run(*way).returncode == 0
    (witness,) = spec.seen()["demo.subject.undecided"].witness.values()
    (receiving,) = (each for each in witness["calls"] if each["call"] == "recv")
    assert receiving["error"] == "running"


# Closing a socket that keeps its connection alive waits.
HANGS_ON_CLOSE = """
import socket, threading
from sockspec.backends.stdlib import Stdlib
class Hangs(Stdlib):
    name = "hangs"
    def close(self, sock):
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE):
            threading.Event().wait()
        super().close(sock)
backend = Hangs
"""


@WAYS
def test_a_close_that_hangs_is_named_where_a_test_only_cleans_up_too(spec, way):
    (spec.folder / "hangs_on_close.py").write_text(HANGS_ON_CLOSE)
    spec.write("""
def waits(sock):
    sock.set_keepalive(True)
    return sock
@promise("cleans-up").case()
def test_cleans_up(sockets, see, case):
    sockets.new(V4, STREAM)
    waits(sockets.bound(V4, STREAM))
    see("good")
@promise("closes").case()
def test_closes(sockets, see, case):
    see(outcome(waits(sockets.new(V4, STREAM)).close))
@promise("plain").case()
def test_plain(sockets, see, case):
    sockets.new(V4, STREAM)
    see("good")
""")
    where = (str(spec.folder), os.environ.get("PYTHONPATH", ""))
    chosen = ("--backend", "hangs_on_close:backend", "--deadline", "0.3", *way)
    ran = spec.run(*chosen, more={"PYTHONPATH": os.pathsep.join(where)})
    assert ran.returncode == 3, ran.stdout + ran.stderr
    seen = {name.rpartition(".")[2]: each for name, each in spec.seen().items()}
    assert (seen["closes"].verdict, seen["closes"].behaviours) == (Verdict.NEW, {"hang": 1})
    assert seen["cleans-up"].because == "arranging failed: close: hang"
    assert seen["cleans-up"].behaviours == {"good": 1}
    assert seen["plain"].verdict is Verdict.CONFORMS
