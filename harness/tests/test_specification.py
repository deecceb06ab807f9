"""The whole specification on this machine: the same verdicts however it is run."""

from __future__ import annotations

import json

import pytest
import warm

from sockspec.judge import runfile
from sockspec.judge.twins import twins
from sockspec.spec import load

LONG = 1200  # a limit of seconds for a run of everything, on a slow machine


@pytest.fixture(scope="module")
def alone(once):
    """A run in one process, without pytest-xdist."""

    def fill(folder):
        words = ("-n", "0", "--out", folder / "run.jsonl", "--format", "json")
        ran = warm.sockspec("run", *words, timeout=LONG)
        (folder / "told.json").write_text(ran.stdout)

    folder = once("alone", fill)
    return folder / "run.jsonl", json.loads((folder / "told.json").read_text())


def test_everything_here_conforms_or_is_known(alone):
    _out, told = alone
    assert told["problems"] == []
    assert told["faults"] == []
    assert told["exit"] == 0


def test_it_is_large_enough_to_mean_something(alone):
    _out, told = alone
    assert told["cases"] >= 600
    assert told["examples"] >= 2000


# Pairs of rules that make the same calls and promise at different levels, each about another
# thing that the calls show or that they do not (what stands in the file system before them).
SEEN_APART = {
    ("readiness.events.ended", "readiness.poll.half-closed-no-hangup"): "POLLHUP and the rest",
    ("state.bind.name", "state.bind.port-zero"): "the address, and the port",
    ("state.bind.port-zero", "state.dual-stack.bound-mapped-name"): "the port, and the address",
    ("options.linger.off-again", "options.linger.time-while-off"): "the switch, and the time",
    ("state.unix-abstract.kept", "state.unix-names.kept"): "an abstract name, and a path",
    ("state.unix-files.kind", "state.unix-names.kept"): "the file, and the name",
    ("wire.unreachable.hard", "wire.unreachable.soft"): "two kinds of ICMP error",
    ("wire.end-state.late-numbers", "wire.ending.late-data"): "a RST, and its number",
    ("wire.sending.urgent-at-once", "wire.urgent.pointer"): "when it leaves, and its pointer",
    ("wire.window.closes", "wire.window.probe-acknowledged"): "what closes, and its probes",
    ("state.unix-length.error", "state.unix-length.too-long"): "which error, and that it fails",
}


def test_no_two_rules_ask_the_same_at_two_levels(alone):
    out, _told = alone
    found = {
        tuple(sorted((each.one.rule.id, each.other.rule.id)))
        for each in twins(runfile.read(out), load.rules())
        if each.contradict
    }
    assert found - SEEN_APART.keys() == set()
    assert SEEN_APART.keys() - found == set(), "no longer alike: take it out of the list"


def test_four_workers_see_the_same(alone, tmp_path):
    """A rule of each subject: what a file arranges, and leaves behind, its rules share."""
    out, _told = alone
    firsts = {each.subject: each.id for each in reversed(load.rules().rules.values())}
    chosen = [word for rule in firsts.values() for word in ("--rule", rule)]
    other = tmp_path / "run.jsonl"
    warm.sockspec("run", "-n", "4", "--out", other, *chosen, timeout=LONG)
    compared = warm.sockspec("diff", out, other, *chosen)
    assert compared.returncode == 0, compared.stdout
    seen = {each.rule for each in runfile.read(other, witnesses=False).observations}
    assert seen >= set(firsts.values())
