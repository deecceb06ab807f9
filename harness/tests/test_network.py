"""Two ends and the wire: a peer, a link of its own, and what is seen on it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from linking import HERE, addresses, linked, runs_with_a_peer, verdicts
from processes import marked, none_is_kept, none_is_left, running, wait_for

from sockspec import reproduce
from sockspec.judge import runfile
from sockspec.judge.verdict import Verdict
from sockspec.network import links
from sockspec.spec import load
from sockspec.spec.rules import End

__all__ = ["runs_with_a_peer"]


RULES = ("--rule", "data.peek.sender", "--rule", "state.peer-addr", "--rule", "wire.ending")


@linked
def test_the_verdicts_are_the_same_on_the_loopback_with_a_peer_and_over_a_link(seen):
    alone = seen(*RULES)
    beside = seen(*RULES, "--peer", "stdlib")
    over = seen(*RULES, "--peer", "stdlib", "--link", "veth")
    tried = {
        name for name, each in verdicts(alone).items() if each[0] is not Verdict.UNSUPPORTED
    }
    for other in (beside, over):
        told = verdicts(other)
        assert {name: told[name] for name in tried} == {
            name: verdicts(alone)[name] for name in tried
        }
    assert (alone.header.peer, alone.header.link) == ("", "")
    assert "socket" in beside.header.peer
    assert over.header.link == "veth"
    assert not {links.NEAR.v4, links.FAR.v4} & addresses(alone)
    assert {links.NEAR.v4, links.FAR.v4} <= addresses(over)


@linked
def test_what_both_ends_have_wrong_shows_on_the_wire_alone(seen):
    wrong = ("--backend", "network:Stored", "--peer", "network:Stored", "--link", "veth")
    kept = seen(*wrong, "--rule", "options.integer.round-trip[IP_TTL]")
    assert {each.verdict for each in kept.observations} == {Verdict.CONFORMS}
    shown = seen(*wrong, "--rule", "wire.field.lifetime-of-segments[77]", code=1)
    (only,) = shown.observations
    assert only.verdict is Verdict.NEW
    assert "not-carried" in only.behaviours


AT_END = (
    "--rule",
    "data.peek.end-of-stream[v4]",
    "--rule",
    "data.empty.receive-at-end[v4,recv]",
)


@linked
def test_a_rst_for_a_fin_is_missed_at_both_ends_and_caught_over_a_link(seen):
    wrong = ("--backend", "network:Abortive", "--peer", "network:Abortive")
    missed = seen(*wrong, *AT_END)
    assert {each.verdict for each in missed.observations} == {Verdict.CONFORMS}
    caught = seen(*wrong, "--link", "veth", "--rule", "wire.ending.close[close]", code=1)
    assert {each.verdict for each in caught.observations} == {Verdict.NEW}
    assert {name for each in caught.observations for name in each.behaviours} == {"rst"}


@linked
def test_an_urgent_pointer_off_by_one_is_missed_at_both_ends_and_caught_over_a_link(seen):
    wrong = ("--backend", "network:Early", "--peer", "network:Early")
    last = ("--rule", "urgent.send.last-byte")
    assert verdicts(seen(*wrong, *last)) == verdicts(seen(*last))
    pointer = ("--rule", "wire.urgent.pointer[several]")
    caught = seen(*wrong, "--link", "veth", *pointer, code=1)
    assert {each.verdict for each in caught.observations} == {Verdict.NEW}
    assert {name for each in caught.observations for name in each.behaviours} == {"last"}


@linked
@pytest.mark.parametrize(
    ("backend", "rule", "right"),
    [
        ("Elsewhere4", "wire.multicast-sent.interface-v4[second,no]", "chosen"),
        ("Elsewhere6", "wire.multicast-sent.interface[second,no]", "chosen"),
        ("Permitted", "wire.broadcast.with-permission[network]", "sent"),
        ("Undevised", "wire.device.receives[other]", "not-received"),
        ("Undiscovered", "wire.path.larger[DO,one,v4]", "EMSGSIZE"),
        ("Impatient", "wire.vanished.rst[v4]", "not-ended"),
    ],
)
def test_an_option_that_is_only_remembered_shows_over_a_link(seen, backend, rule, right):
    over = ("--peer", "stdlib", "--link", "veth", "--rule", rule)
    ran = seen("--backend", f"network:{backend}", *over, code=None)
    assert all(each.is_tried or each.verdict.is_red for each in ran.observations)
    assert right not in {name for each in ran.observations for name in each.behaviours}


@linked
def test_with_the_roles_exchanged_the_peer_is_judged(seen):
    ends = ("--peer", "network:Stored", "--link", "veth")
    rule = ("--rule", "wire.field.lifetime-of-segments[77]")
    right = seen(*ends, *rule)
    assert {each.verdict for each in right.observations} == {Verdict.CONFORMS}
    assert (right.header.backend, right.header.exchanged) == ("stdlib", False)
    wrong = seen(*ends, *rule, "--exchange", code=1)
    assert {each.verdict for each in wrong.observations} == {Verdict.NEW}
    assert (wrong.header.backend, wrong.header.exchanged) == ("stored", True)
    assert "at the other end" in wrong.heading


@linked
def test_the_end_of_the_peer_is_no_behaviour_of_what_is_judged(seen):
    ends = ("--peer", "network:Ending", "--link", "veth")
    (only,) = seen(*ends, "--rule", "wire.ending.close[close,v4]", code=3).observations
    assert only.verdict is Verdict.INDETERMINATE
    assert only.because == "arranging failed: the peer's accept: exit:3"
    assert only.behaviours == {}


def test_the_profile_is_that_of_the_end_that_is_judged(seen):
    rule = ("--peer", "network:Elsewhere", "--rule", "data.peek.sender[v4]")
    assert seen(*rule).header.profile == "linux"
    assert seen(*rule, "--exchange").header.profile == "posix"


def reaches_itself(calls):
    """Whether calls of one end alone connect two sockets of it, or carry data between them."""
    if any(each.get("theirs") for each in calls):
        return False
    made = {each["call"] for each in calls if "error" not in each}
    accepted = made & {"accept", "accept_raw", "accept4"}
    return bool("connect" in made and accepted) or bool(made & {"recvfrom", "recvmsg"})


def test_a_rule_says_which_end_it_judges(seen):
    # One family shows it; the grid asks each call in each state, of one end mostly.
    areas = ("contracts", "creation", "data", "readiness", "state", "urgent", "wire")
    chosen = [word for area in areas for word in ("--rule", f"{area}[v4]")]
    chosen += ["--rule", "!process"]  # a word of an area is one of its subjects, too
    ran = seen("--peer", "stdlib", "--examples", "1", *chosen)
    met, alone = set(), set()
    for each in ran.observations:
        calls = [
            call
            for witness in each.witness.values()
            for call in witness["calls"]
            if "call" in call
        ]
        if any(call.get("theirs") for call in calls):
            met.add(each.rule)
        elif reaches_itself(calls):
            alone.add(each.rule)
    judges = {name: rule.judges for name, rule in load.rules().rules.items()}
    ended = {End.CLIENT, End.SERVER}
    tried = {each.rule for each in ran.observations if each.is_tried}
    assert {name for name in tried - met if judges[name] in ended} == set()
    assert {name for name in met if judges[name] is End.ALONE} == set()
    assert {name for name in alone - met if judges[name] is not End.ALONE} == set()


@linked
def test_a_script_says_what_it_does_not_arrange_and_what_to_look_for(seen, tmp_path):
    case = "wire.ending.close[close,v4]"
    words = (
        "--backend",
        "network:Abortive",
        "--peer",
        "stdlib",
        "--link",
        "veth",
        "--rule",
        case,
    )
    ran = seen(*words, "--capture", str(tmp_path / "sent.pcapng"), code=1)
    script = reproduce.of(ran, case)
    head = script[: script.index("Exits 1")]
    assert f"sockspec run --backend ... --peer ... --link veth --rule '{case}'" in head
    assert "over a link (veth). This" in head
    assert "ACK+RST" in head.partition("look for what came in the run:")[2]
    alone = seen("--backend", "network:Abortive", "--rule", case, code=1)
    head = reproduce.of(alone, case).partition("Exits 1")[0]
    assert "look for what `seen` says" in head
    assert "--peer" not in head


@linked
@pytest.mark.parametrize("backend", ["Undevised", "Elsewhere4"])
def test_a_script_makes_the_link_that_its_case_needs(seen, tmp_path, backend):
    case = {
        "Undevised": "wire.device.receives[other,v4,dgram]",
        "Elsewhere4": "wire.multicast-received.own-inhibited[sender,v4,dgram]",
    }[backend]
    # The right system answers as its witness has it, over the link that the script makes.
    ran = seen("--peer", "stdlib", "--link", "veth", "--rule", case)
    script = tmp_path / "script.py"
    script.write_text(reproduce.of(ran, case))
    played = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert played.returncode == 1, played.stdout + played.stderr
    assert "the same" in played.stdout
    assert "10.73.0." in script.read_text()


@linked
def test_a_far_end_that_vanishes_is_that_of_one_example(seen):
    over = ("--peer", "stdlib", "--link", "veth")
    ran = seen(*over, "--rule", "wire.vanished.sent-again", "--rule", "wire.ending.close")
    assert not any(each.verdict.is_red or not each.is_tried for each in ran.observations)
    assert any("10.73.1" in address or "10.73.2" in address for address in addresses(ran))


@linked
def test_a_capture_has_the_packets_between_the_calls(seen, tmp_path):
    pytest.importorskip("dpkt", reason="not run: dpkt is not installed")
    from dpkt import pcapng

    file = tmp_path / "sent.pcapng"
    ran = seen(
        *("--peer", "stdlib", "--link", "veth", "--capture", str(file)),
        *("--rule", "wire.ending.close[shut-write,v4]"),
    )
    (only,) = ran.observations
    packets = only.witness["fin"]["packets"]
    calls = [each["call"] for each in only.witness["fin"]["calls"]]
    syn = next(each for each in packets if "SYN" in each["packet"])
    fin = next(each for each in packets if "FIN" in each["packet"])
    assert calls[syn["after"] - 1] == "connect"
    assert calls[fin["after"] - 1] == "shutdown"
    with file.open("rb") as content:
        assert len(list(pcapng.Reader(content))) >= len(packets)
    told = warm.sockspec("explain", only.case, "--run", ran.path)
    assert "calls and packets:" in told.stdout
    assert "    their accept(socket 0) = socket 2" in told.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--link", "veth"), "a link has two ends"),
        (("--capture", "x.pcapng"), "others send too"),
        (("--peer", "nobody"), "nobody"),
        (("--exchange",), "no roles to exchange"),
    ],
    ids=["no-peer", "no-link", "wrong-peer", "no-roles"],
)
def test_what_has_no_sense_is_refused(words, why, tmp_path):
    ran = warm.sockspec("run", "--rule", "wire.ending", *words, cwd=tmp_path)
    assert ran.returncode == 2
    assert why in ran.stderr
    assert list(tmp_path.iterdir()) == []


# No user namespace can be made in this one: the limit is that of the namespace it is set in.
SHUT = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'


def without_namespaces(tmp_path, *words):
    """A run where no namespace can be made: what it printed, and its run file."""
    out = tmp_path / "run.jsonl"
    ran = subprocess.run(
        [
            *("unshare", "--user", "--map-root-user", "sh", "-c", SHUT, "sh"),
            *(sys.executable, "-m", "sockspec", "run", "-n", "0", "--out", str(out), *words),
        ],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout, runfile.read(out)


@linked
@pytest.mark.parametrize(
    ("link", "needs", "case"),
    [
        ("veth", "link", "wire.vanished.rst[v4]"),
        ("veth", "interfaces", "wire.route.own-address-of-interface[second,v4,stream]"),
        ("forwarder", "impairment", "wire.impaired.datagrams[drop,out,v4,dgram]"),
    ],
)
def test_what_needs_a_link_is_unsupported_where_none_can_be_made(tmp_path, link, needs, case):
    capture = tmp_path / "sent.pcapng"
    words = ("--peer", "stdlib", "--link", link, "--rule", case, "--rule", "data.peek.sender")
    told, ran = without_namespaces(tmp_path, *words, "--capture", str(capture))
    found = ran.by_case()
    assert found[case].verdict is Verdict.UNSUPPORTED
    why = f"needs {needs}: --link {link} could not be made: unshare"
    assert found[case].because.startswith(why)
    assert f"--link {link} could not be made: unshare" in told.splitlines()[0]
    others = {each.verdict for each in ran.observations if each.rule == "data.peek.sender"}
    assert others == {Verdict.CONFORMS}
    assert (ran.header.link, ran.header.peer != "", capture.exists()) == ("", True, False)


@linked
def test_a_stack_that_no_tap_reaches_is_run_alone(tmp_path):
    words = ("--peer", "network:Stored", "--link", "tap", "--exchange")
    told, ran = without_namespaces(tmp_path, *words, "--rule", "data.peek.sender[v4]")
    assert "--link tap could not be made" in told
    assert (ran.header.backend, ran.header.peer, ran.header.exchanged) == ("stored", "", False)
    assert {each.verdict for each in ran.observations} == {Verdict.CONFORMS}


@pytest.mark.parametrize("tool", ["unshare", "ip"])
def test_a_link_that_cannot_be_made_says_which_tool_it_lacks(monkeypatch, tool):
    there = links.shutil.which
    monkeypatch.setattr(
        links.shutil, "which", lambda name: None if name == tool else there(name)
    )
    assert f"--link veth needs {tool}" in links.refused("veth")


@linked
@pytest.mark.parametrize("number", range(int(os.environ.get("SOCKSPEC_KILLS", "10")) // 5))
@pytest.mark.parametrize("link", ["veth", "forwarder"])
def test_nothing_is_left_of_a_link_whose_run_is_killed(tmp_path, link, number):
    moment = random.Random(number).randrange(0, 40)
    out, folder = tmp_path / "run.jsonl", tmp_path / "made"
    folder.mkdir()
    words = ("--link", link, "--rule", "data", "-n", "2", "--out", str(out))
    with marked() as environment:
        ran = subprocess.Popen(
            [sys.executable, "-m", "sockspec", "run", "--peer", "stdlib", *words],
            env=os.environ | environment | {"TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(
            lambda: any("sockspec.agent" in line for line in running(environment).values())
        )
        wait_for(lambda: out.exists() and out.read_bytes().count(b"\n") > moment)
        assert list(folder.iterdir())
        ran.kill()
        ran.wait()
        assert none_is_left(environment)
    wait_for(lambda: none_is_kept(folder), within=20)


# -- packets that are lost, doubled, delayed --------------------------------------------------


@linked
@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="not run: no /dev/net/tun")
def test_a_forwarder_loses_and_doubles_what_an_example_wants(seen):
    over = ("--peer", "stdlib", "--link", "forwarder")
    ran = seen(
        *over, "--rule", "wire.impaired.datagrams[v4,out]", "--rule", "wire.ending.close"
    )
    told = {each.case: set(each.behaviours) for each in ran.observations}
    datagrams = "wire.impaired.datagrams[{},out,v4,dgram]"
    assert {told[datagrams.format(kind)].pop() for kind in ("drop", "double", "swap")} == {
        "missing",
        "twice",
        "swapped",
    }
    assert not any(each.verdict.is_red for each in ran.observations)
