"""Features: found by use, whether they are right or not, and needed by whoever uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from poor import LACKABLE, Poor
from wrong import (
    HangsOnUrgent,
    PadsAbstractNames,
    RaisesItsOwn,
    ReportsErrorForPriority,
    ReversesMulticast,
)

from sockspec import platform
from sockspec.address import Inet
from sockspec.backends.stdlib import Stdlib
from sockspec.backends.trace import Call, Traced
from sockspec.errors import SocketError, Unsupported
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.run import ports
from sockspec.run.arrange import Sockets
from sockspec.run.features import probe
from sockspec.run.probes import PROBES
from sockspec.run.uses import SHOWN
from sockspec.spec import load
from sockspec.spec.features import FEATURES

HERE = Path(__file__).parent
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="these are Linux' features")
SEARCH = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
DOWN = {"ipv4", "ipv6", "packet", "reset"}
IPV6_OFF = ("contracts.socket", "data.control", "state.dual-stack", "state.only-v6")


def conformance(backend, out, *rules, before=(), more=()):
    """Run rules of the specification itself through a class or function of the tests."""
    chosen = [word for rule in rules for word in ("--rule", rule)]
    words = ("run", "--backend", backend, "-n", "0", "--profile", "linux", "--out", str(out))
    words = (*words, *chosen, *more)
    environment = {**os.environ, "PYTHONPATH": SEARCH}
    if before:
        command = [*before, sys.executable, "-m", "sockspec", *words]
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
    else:
        ran = warm.sockspec(*words, env=environment)
    assert out.exists(), ran.stdout + ran.stderr
    return ran, runfile.read(out, witnesses=False)


def namespace(prepare):
    """A command's beginning that gives it a network of its own, with some change."""
    begin = f'{prepare} && exec "$@"'
    enter = ("unshare", "--user", "--map-root-user", "--net", "sh", "-c", begin, "sh")
    if subprocess.run([*enter, "true"], capture_output=True, check=False).returncode:
        pytest.skip("not run: a network namespace, or a setting of it, is not ours to change")
    return enter


def red(run):
    return {each.case: each.because for each in run.observations if each.verdict.is_red}


def test_every_feature_has_a_probe_and_every_probe_a_meaning():
    assert set(FEATURES) == {*PROBES, "privileged", "unprivileged"}


# -- what is there ------------------------------------------------------------------------


@LINUX
@pytest.mark.parametrize("feature", sorted(LACKABLE))
def test_what_a_system_says_it_does_not_have_is_missing_with_its_answer(feature):
    found = probe(Poor(feature), privileged=True)
    assert found.missing[feature]
    # Only what is built on it goes with it.
    assert all(
        feature in {name, *why.split()} or why.startswith(f"needs {feature}")
        for name, why in found.missing.items()
        if name not in probe(Stdlib(), privileged=True).missing
        and (feature, name) not in {("unix", "pair"), ("oob", "poll-priority")}
    )


@LINUX
@pytest.mark.parametrize(
    ("backend", "feature"),
    [
        (PadsAbstractNames, "unix-abstract"),
        (ReversesMulticast, "multicast-v4"),
        (ReportsErrorForPriority, "poll-priority"),
        (ReportsErrorForPriority, "oob"),
        (RaisesItsOwn, "pair"),
    ],
)
def test_what_is_wrong_is_there(backend, feature):
    assert feature in probe(backend(), privileged=True).present


@LINUX
def test_what_hangs_is_there():
    found = probe(HangsOnUrgent(), privileged=True, deadline=2.0)
    assert "oob" in found.present
    assert "poll-priority" in found.missing


def test_what_a_backend_disclaims_is_told_apart_from_what_the_system_lacks():
    found = probe(Poor("messages", "reuse-port"), privileged=True)
    assert "messages" in found.disclaimed
    assert "reuse-port" in found.missing.keys() - found.disclaimed


@LINUX
@pytest.mark.parametrize(
    ("backend", "rules", "telling", "feature"),
    [
        ("wrong:PadsAbstractNames", ["state.unix-abstract"], 10, "unix-abstract"),
        (
            "wrong:ReversesMulticast",
            ["data.multicast", "contracts.multicast"],
            10,
            "multicast-v4",
        ),
        ("wrong:ReportsErrorForPriority", ["urgent.poll"], 10, "poll-priority"),
    ],
)
def test_an_implementation_that_gets_it_wrong_is_told_by_the_rules(
    tmp_path, backend, rules, telling, feature
):
    ran, run = conformance(backend, tmp_path / "run.jsonl", *rules)
    assert ran.returncode != 0
    assert len(red(run)) >= telling
    assert not [each for each in run.observations if f"needs {feature}" in each.because]


@LINUX
@pytest.mark.parametrize(
    ("backend", "feature", "rule"),
    [
        ("without_abstract_names", "unix-abstract", "state.unix-abstract"),
        ("without_multicast", "multicast-v4", "data.multicast"),
        ("without_priority", "poll-priority", "urgent.poll"),
    ],
)
def test_a_feature_that_vanishes_is_one_red_verdict_with_what_it_costs(
    tmp_path, backend, feature, rule
):
    out = tmp_path / "run.jsonl"
    ran, run = conformance(f"poor:{backend}", out, rule)
    lost = [each for each in run.observations if each.verdict is Verdict.MISSING]
    assert len(lost) >= 8
    told = f"{feature} is missing: {len(lost)} cases could not be tried"
    assert ran.stdout.count(told) == 1, ran.stdout
    assert ran.returncode == 1
    gated = warm.sockspec("gate", out, "--format", "json")
    (gate,) = json.loads(gated.stdout)["gates"]
    named = [each for each in gate["problems"] if each["kind"] == "missing"]
    assert [each["case"] for each in named] == [feature]
    assert named[0]["because"].startswith(f"{len(lost)} cases: needs {feature}")
    assert (gate["open"], gated.returncode) == (False, 1)


# -- who runs -----------------------------------------------------------------------------


class Unprivileged(Stdlib):
    """Lets nobody have a priority above 6, and no port below 1024."""

    has_priority = True

    def constant(self, symbol):
        is_gone = symbol == "SO_PRIORITY" and not self.has_priority
        return None if is_gone else super().constant(symbol)

    def setsockopt(self, sock, level, name, value):
        if name == self.constant("SO_PRIORITY"):
            raise SocketError("EPERM", 1, "setsockopt")
        super().setsockopt(sock, level, name, value)

    def bind(self, sock, address):
        if not self.has_priority and 0 < getattr(address, "port", 0) < 1024:
            raise SocketError("EACCES", 13, "bind")
        super().bind(sock, address)


class WithoutPriority(Unprivileged):
    has_priority = False


class BindsNothingLow(WithoutPriority):
    def bind(self, sock, address):
        if 0 < getattr(address, "port", 0) < 1024:
            raise SocketError("EINVAL", 22, "bind")
        super().bind(sock, address)


@LINUX
def test_who_runs_is_found_out_where_nobody_says():
    here = "privileged" if platform.facts()["privileged"] else "unprivileged"
    assert here in probe(Stdlib(), privileged=None).present


@LINUX
@pytest.mark.parametrize(
    ("told", "privileged"),
    [("0000000000001000", True), ("0000000000000fff", False), (None, None)],
)
def test_a_capability_tells_who_runs_and_nobody_does_without_proc(
    monkeypatch, told, privileged
):
    monkeypatch.setattr(platform, "_status", lambda _key: told)
    assert platform.facts()["privileged"] is privileged


@pytest.mark.parametrize("backend", [Unprivileged, WithoutPriority])
def test_who_is_refused_a_privilege_is_unprivileged(backend):
    found = probe(backend(), privileged=None)
    assert "unprivileged" in found.present
    assert found.missing["privileged"] == "the run is unprivileged"


def test_where_nothing_shows_who_runs_both_are_missing():
    found = probe(BindsNothingLow(), privileged=None)
    assert {"privileged", "unprivileged"} <= found.missing.keys()
    assert "EINVAL" in found.missing["privileged"]


@LINUX
@pytest.mark.skipif(not platform.facts()["privileged"], reason="it takes a privilege")
@pytest.mark.parametrize(
    ("word", "here", "other"),
    [("", "privileged", "unprivileged"), ("refused", "unprivileged", "privileged")],
)
def test_an_agent_that_does_not_say_who_runs_is_asked(tmp_path, word, here, other):
    agent = f"agent:{sys.executable} {HERE / 'agents' / 'does_not_say_who.py'} {word}"
    chosen = ("options.presence.set-privileged", "options.presence.set-unprivileged")
    _, run = conformance(agent.strip(), tmp_path / "run.jsonl", *chosen)
    assert run.header.platform["privileged"] is None
    assert here in run.header.features
    assert run.header.missing[other] == f"the run is {here}"
    tried = {each.rule.rpartition("-")[2] for each in run.observations if each.is_tried}
    assert tried == {here}


# -- who needs it -------------------------------------------------------------------------


def test_whoever_uses_a_missing_feature_needs_it(spec):
    spec.write("""
@promise("arranges").case()
def test_arranges(sockets, see, case):
    sockets.bound(V6)
    see("good")
@promise("observes").case()
def test_observes(sockets, see, case):
    see(outcome(sockets.new(V6).bind, sockets.loopback(V6), ok="good"))
@promise("does-without").case()
def test_does_without(sockets, see, case):
    sockets.new(V6).set_only_v6(True)
    see("good")
""")
    ran = spec.run("--backend", "poor:without_ipv6", more={"PYTHONPATH": SEARCH})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    seen = spec.seen()
    for name in ("arranges", "observes"):
        assert seen[f"demo.subject.{name}"].verdict is Verdict.UNSUPPORTED
        assert seen[f"demo.subject.{name}"].because == "needs ipv6: bind answered EADDRNOTAVAIL"
    assert seen["demo.subject.does-without"].verdict is Verdict.CONFORMS


@LINUX
@pytest.mark.parametrize(
    "off", ["sysctl -q net.ipv6.conf.all.disable_ipv6=1", "ip -6 addr del ::1 dev lo"]
)
def test_with_ipv6_off_no_case_is_indeterminate(tmp_path, off):
    before = namespace(f"ip link set lo up && {off}")
    out = tmp_path / "run.jsonl"
    _, run = conformance("stdlib", out, *IPV6_OFF, before=before)
    assert "ipv6" in run.header.missing
    assert not [e for e in run.observations if e.verdict is Verdict.INDETERMINATE]
    assert any(e.because.startswith("needs ipv6:") for e in run.observations)


@LINUX
@pytest.mark.parametrize(
    ("begin", "missing", "because"),
    [
        ("true", DOWN, "the loopback interface is down"),
        # It keeps its address then, which can be connected to, and nobody answers.
        ("ip link set lo up && ip link set lo down", DOWN, "the loopback interface is down"),
        ("ip link set lo name loop9 && ip link set loop9 up", {"device"}, "ENODEV"),
    ],
    ids=["down", "taken-down", "renamed"],
)
def test_a_loopback_that_is_down_or_renamed_is_no_divergence(tmp_path, begin, missing, because):
    before = namespace(begin)
    chosen = (
        *("state.bind.bound", "contracts.tcp-socket-options.device"),
        *("contracts.transfer.every-send", "contracts.newer.peek-sender"),
    )
    out = tmp_path / "run.jsonl"
    ran, run = conformance("stdlib", out, *chosen, before=before)
    assert ran.returncode == 0, ran.stdout
    assert missing <= run.header.missing.keys()
    assert all(because in run.header.missing[each] for each in missing)
    assert any(each.verdict is Verdict.CONFORMS for each in run.observations)


@LINUX
def test_an_implementation_can_be_where_no_usual_address_is(tmp_path):
    moved = "ip -6 addr add fd00::1/128 dev lo"
    before = namespace(f"ip link set lo up && {moved} && ip -6 addr del ::1 dev lo")
    out = tmp_path / "run.jsonl"
    chosen = ("state.connect", "state.bind", "contracts.address", "data.order", "[mapped]")
    ran, run = conformance(
        "elsewhere:AtUniqueLocal",
        out,
        *chosen,
        before=before,
        more=("--rule", "!grid", "--rule", "!options", "--examples", "2"),
    )
    assert ran.returncode == 0, ran.stdout
    assert {"ipv6", "dual-stack"} <= set(run.header.features)
    asked = [each for each in run.observations if each.parameters.get("family") == "v6"]
    assert sum(each.verdict is Verdict.CONFORMS for each in asked) > 40


@LINUX
def test_where_all_that_can_be_missing_is_missing_no_case_comes_to_grief(tmp_path):
    out = tmp_path / "run.jsonl"
    ran, run = conformance("poor:poorest", out, more=("--examples", "1"))
    # That POLLPRI tells of urgent data is itself a rule.
    known = {case for case in red(run) if case.startswith("urgent.poll.priority")}
    # The profile promises what is missing here.
    known |= {e.case for e in run.observations if e.verdict is Verdict.MISSING}
    assert red(run).keys() - known == set(), ran.stdout
    needed = {
        each.because.split()[1].strip(":,")
        for each in run.observations
        if each.because.startswith("needs ")
    }
    assert needed <= set(FEATURES)


def test_a_few_cases_ask_for_what_they_need_and_conditions_name(spec):
    spec.write(
        """
R = promise("few", needs=["reset"])
@R.case()
def test_few(sockets, see, case):
    see("good")
"""
    )
    spec.record(spec.entry("demo.subject.few", '"bad"', 'when = { capability = "!sendfile" }'))
    assert spec.run("--rule", "demo.subject.few").returncode == 0
    header = runfile.read(spec.out).header
    told = {*header.features, *header.missing}
    assert {"reset", "sendfile", *SHOWN} <= told
    assert not {"fork", "packets", "full-backlog"} & told
    assert header.functions == {}
    assert header.declared == 1


def test_an_unmet_need_crosses_processes():
    import pickle

    from sockspec.errors import UnmetNeed

    back = pickle.loads(pickle.dumps(UnmetNeed("ipv6", "bind answered EADDRNOTAVAIL")))
    assert isinstance(back, Unsupported)
    assert str(back) == "needs ipv6: bind answered EADDRNOTAVAIL"


@LINUX
def test_ports_that_run_out_are_no_divergence(tmp_path):
    few = "echo 50000 50004 > /proc/sys/net/ipv4/ip_local_port_range"
    before = namespace(f"ip link set lo up && {few}")
    # An orderly end holds a port for a minute. Those that the harness ends itself do not.
    chosen = ("state.accept", "state.close")
    _, run = conformance("stdlib", tmp_path / "run.jsonl", *chosen, before=before)
    assert run.header.missing["ports"].startswith("the system has 5 ")
    assert not red(run)
    assert sum(each.verdict is Verdict.CONFORMS for each in run.observations) > 30
    untried = {e.because for e in run.observations if e.verdict is Verdict.UNSUPPORTED}
    assert untried <= {f"needs ports: {run.header.missing['ports']}"}


@pytest.mark.parametrize(
    ("range", "lacks"),
    [("50000 50019", True), ("32768 60999", False), ("", False), ("many more", False)],
)
def test_a_system_with_few_ports_lacks_them(range, lacks):
    told = ports.lack({"net.ipv4.ip_local_port_range": range})
    assert told == (
        {"ports": "the system has 20 (net.ipv4.ip_local_port_range)"} if lacks else {}
    )


def test_only_who_leaves_the_choice_of_a_port_can_find_none():
    def ran_out(primitive, address, symbol):
        return ports.ran_out(
            Call(primitive, (3, address), error=SocketError(symbol, 1, primitive))
        )

    free, taken = Inet("127.0.0.1", 0), Inet("127.0.0.1", 80)
    assert ran_out("bind", free, "EADDRINUSE")
    assert ran_out("connect", taken, "EADDRNOTAVAIL")
    assert not ran_out("bind", taken, "EADDRINUSE")
    assert not ran_out("bind", free, "EADDRNOTAVAIL")
    assert not ran_out("connect", free, "EADDRNOTAVAIL")
    assert not ran_out("connect", taken, "ECONNREFUSED")


@pytest.mark.parametrize("missing", [{}, {ports.FEATURE: "the system has 20"}])
def test_what_a_test_leaves_open_is_reset_where_ports_are_few(missing):
    case = next(
        case
        for case in load.rules().rules["state.accept.order"].cases
        if case.get("family") == "v4"
    )
    traced = Traced(Stdlib())
    sockets = Sockets(traced, case, {}, missing)
    sockets.connected()
    sockets.close()
    lingering = traced.constant("SO_LINGER")
    reset = [each for each in traced.calls if lingering in each.arguments[2:3]]
    assert len(reset) == (3 if missing else 0)  # the listener, too
