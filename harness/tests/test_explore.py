"""Exploring: the model explains what this system does, and nothing that is wrong."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from sockspec import backends
from sockspec.backend import Backend
from sockspec.backends.trace import Traced
from sockspec.errors import SocketError, UsageError
from sockspec.explore import session, survey
from sockspec.explore.lockstep import Lockstep, Parting
from sockspec.explore.model import Model
from sockspec.explore.oddities import ODDITIES
from sockspec.explore.play import Coverage, Find, Play, Unexplained
from sockspec.explore.steps import Step, dump, load, payload

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="not run: the model is of Linux's sockets"
)

EXAMPLES = Path(__file__).parents[1] / "examples"
WRONG = "sockspec.faults.tables:"

PAIR = [
    Step("pair", (), ("unix", "stream"), (0, 1)),
    Step("set_nonblocking", (1,), (1,)),
    Step("send", (0,), (("bytes", 5, 0), ())),
]
CONNECTION = [
    Step("new", (), ("v4", "stream"), (0,)),
    Step("bind", (0,), ("loopback",)),
    Step("listen", (0,), (4,)),
    Step("new", (), ("v4", "stream"), (1,)),
    Step("set_nonblocking", (1,), (1,)),
    Step("connect", (1,), (("of", 0),)),
    Step("accept", (0,), (), (2,)),
    Step("set_nonblocking", (2,), (1,)),
]


def play(program, backend="stdlib"):
    traced = Traced(backends.load(backend))
    made = Play(traced, Coverage())
    made.again(program)
    return made


def explore(backend, steps, seed=1, **more):
    return session.explore(backend, session.Plan(steps=steps, seed=seed, **more), str)


# -- programs that are known ----------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [
        [Step("recv", (1,), (3, ("MSG_PEEK",))), Step("recv", (1,), (9, ()))],
        [Step("shutdown", (0,), ("SHUT_WR",)), Step("poll", (1, 0), (("POLLIN", "POLLOUT"),))],
        [
            Step("close", (0,)),
            Step("send", (1,), (("bytes", 1, 0), ())),
            Step("recv", (0,), (1, ())),
        ],
    ],
)
def test_what_linux_does_is_explained(more):
    for beginning in (PAIR, [*CONNECTION, Step("send", (2,), (("bytes", 5, 0), ()))]):
        made = play([*beginning, *more])
        assert made.coverage.steps == len(beginning) + len(more)


def test_an_urgent_byte_is_read_past_only_by_a_read_of_its_own():
    made = play(
        [
            *CONNECTION,
            Step("send", (1,), (("bytes", 3, 0), ())),
            Step("send", (1,), (("bytes", 4, 9), ("MSG_OOB",))),
            Step("send", (1,), (("bytes", 5, 20), ())),
            Step("poll", (2,), (("POLLIN", "POLLPRI"),)),
            Step("recv", (2,), (99, ())),
            Step("sockatmark", (2,)),
            Step("recv", (2,), (1, ("MSG_OOB",))),
            Step("recv", (2,), (99, ())),
        ]
    )
    assert made.coverage.steps == 16


def test_a_wrong_answer_is_named_with_what_is_permitted():
    peek = Step("recv", (1,), (3, ("MSG_PEEK",)))
    with pytest.raises(Unexplained) as seen:
        play([*PAIR, peek, Step("recv", (1,), (9, ()))], f"{WRONG}flags/recv/MSG_PEEK-dropped")
    told = list(seen.value.lines())
    assert seen.value.name == "recv of unix-stream connected: succeeds"
    assert told[1] == f"permitted: returns {payload(5, 0)!r}"
    assert seen.value.program[-1].call == "recv"


def test_steps_that_say_nothing_are_not_made():
    # Of a socket that is not there, of one that would wait, to nobody.
    made = play(
        [
            Step("recv", (7,), (1, ())),
            Step("pair", (), ("unix", "stream"), (0, 1)),
            Step("recv", (0,), (1, ())),
            Step("connect", (0,), (("of", 5),)),
        ]
    )
    assert made.coverage.steps == 1


def test_a_program_comes_back_as_it_was_kept():
    assert load(dump(CONNECTION)) == CONNECTION
    assert load(b"nothing") is None
    assert load(b"[[1]]") is not None or load(b"3") is None


def test_no_part_of_what_is_sent_occurs_twice():
    text = payload(65536, 0)
    assert len(text) == 65536
    assert all(text.count(text[at : at + 8]) == 1 for at in range(0, 60000, 1999))
    assert len(payload(300_000, 5)) == 300_000


# -- programs that are drawn ----------------------------------------------------------------


def test_nothing_is_found_where_nothing_is_wrong(tmp_path):
    found = explore("stdlib", 2500, seed=3, out=tmp_path)
    assert [each.find.name for each in found.found] == []
    assert found.exit_code == 0
    told = json.loads((tmp_path / "coverage.json").read_text())
    assert told["steps"] >= 2500
    assert told["sockets"] > 200
    assert 150 < told["cells"]["visited"] < told["cells"]["of"] == len(survey.cells())
    assert told["seen"]["v4-stream"]["connected"]["recv"]["succeeds"] > 3


def test_a_seed_draws_the_same_programs():
    one, other = (explore("stdlib", 300, seed=8) for _ in range(2))
    assert one.coverage.cells == other.coverage.cells


@pytest.mark.parametrize(
    ("fault", "steps"),
    [
        ("flags/recvmsg/MSG_PEEK-dropped", 3000),  # a peek that consumes
        ("data/vectors/reversed", 1500),
        ("data/recv/last-byte-lost", 500),
        ("errors/send/EPIPE-swallowed", 3000),
    ],
)
def test_a_fault_is_found_and_made_small(fault, steps):
    found = explore(WRONG + fault, steps, finds=1)
    assert found.exit_code == 1
    (only,) = found.found
    assert only.shown == 3
    assert len(only.program) <= 12


def test_finds_are_kept_and_tried_first(tmp_path):
    fault = f"{WRONG}data/vectors/first-only"
    first = explore(fault, 1500, finds=1, keep=str(tmp_path / "kept"), out=tmp_path / "out")
    again = explore(fault, 1, finds=1, keep=str(tmp_path / "kept"))
    assert [each.find.name for each in again.found] == [each.find.name for each in first.found]
    assert again.found[0].kept
    assert again.coverage.steps == 0
    script = (tmp_path / "out" / "find-1.py").read_text()
    assert f"'--backend', '{fault}'" in script
    compile(script, "find-1.py", "exec")


class Nobody(Backend):
    def constant(self, symbol):
        return 1


def test_nothing_ran_where_no_socket_can_be_made(monkeypatch):
    monkeypatch.setattr(backends, "load", lambda _: Nobody())
    found = explore("nobody", 10)
    assert found.exit_code == 5
    assert found.coverage.lacks


def test_a_socket_without_a_name_is_a_find():
    found = explore(f"{WRONG}errors/local_addr/always", 3000, finds=1)
    assert "EIO" in found.found[0].find.name


# -- two backends ---------------------------------------------------------------------------


def test_a_backend_does_not_part_from_itself():
    found = session.diff("stdlib", "stdlib", session.Plan(steps=600, seed=2), str)
    assert found.exit_code == 0, list(found.lines())


def test_two_backends_part_where_one_is_wrong():
    fault = f"{WRONG}errors/peer_addr/ENOTCONN-is-EINVAL"
    found = session.diff("stdlib", fault, session.Plan(steps=3000, seed=2, finds=1), str)
    (only,) = found.found
    assert only.find.name.endswith("stdlib (A) ENOTCONN, stdlib (B) EINVAL")
    assert len(only.program) <= 3


def test_multipath_tcp_parts_from_tcp_where_the_mark_is_asked_for(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    traced = [Traced(backends.load(name)) for name in ("stdlib", "mptcp_sockets:Mptcp")]
    program = [Step("new", (), ("v4", "stream"), (0,)), Step("sockatmark", (0,))]
    with suppress(SocketError):
        traced[1].close(traced[1].new(2, 1))
    if traced[1].calls[0].error is not None:
        pytest.skip("not run: the kernel has no MPTCP")
    with pytest.raises(Parting) as seen:
        Lockstep(*traced, Coverage(), set()).again(program)
    assert seen.value.name == "sockatmark of v4-stream: stdlib succeeds, mptcp ENOTTY"


def test_behind_a_known_difference_of_what_is_asked_it_goes_on():
    wrong = [backends.load(f"{WRONG}calls/mark/{how}") for how in ("never", "always")]
    traced = [Traced(each) for each in wrong]
    program = [*CONNECTION, Step("sockatmark", (2,)), Step("nonblocking", (2,))]
    known = {"sockatmark of v4-stream: stdlib (A) succeeds, stdlib (B) succeeds"}
    made = Lockstep(*traced, Coverage(), set(), known)
    made.again(program)
    assert made.program == program


def test_what_one_lacks_is_no_difference():
    lacking = set()
    traced = Traced(backends.load("stdlib"))
    beside = Traced(backends.load("stdlib"))
    made = Lockstep(traced, beside, Coverage(), lacking)
    made.again([Step("new_raw", (), ("v4", "stream"), (0,))])
    assert len(lacking) == 1


# -- what people write ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"), [("90", 90), ("90s", 90), ("10m", 600), ("1.5h", 5400)]
)
def test_a_time_is_read(text, meant):
    assert session.seconds(text) == meant


@pytest.mark.parametrize("text", ["", "soon", "0", "-1m", "1d"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(UsageError):
        session.seconds(text)


def test_every_oddity_is_explained():
    assert all(each.source.startswith("https://") and each.why for each in ODDITIES.values())


def test_the_model_names_no_state_that_its_list_lacks():
    model = Model()
    coverage = explore("stdlib", 800, seed=11).coverage
    known = {(kind, state) for _, kind, state in survey.cells()}
    seen = {(kind, state) for _, kind, state, _ in coverage.cells if state != "none"}
    assert seen <= known
    assert model.open == []


def test_a_find_says_its_name():
    found = Find(Step("recv", (0,), (1, ())), "v4-stream fresh", "EIO")
    assert str(found) == "recv of v4-stream fresh: EIO"
