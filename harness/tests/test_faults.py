"""Faults: implementations that are wrong on purpose, and the rules that notice."""

from __future__ import annotations

import fnmatch
import os
from dataclasses import replace

import pytest
import warm
from linking import linked

from sockspec import backends
from sockspec.errors import SocketError, UsageError
from sockspec.faults import also, hunt, kept, packets, queue, report, tables
from sockspec.faults.fault import Fault, is_of
from sockspec.spec import load

FAULTS = tables.all_faults()

# One of each kind of table; `make faults` runs them all.
SAMPLE = (
    "options/TCP_NODELAY/ignored",
    "options/SO_LINGER/fields-swapped",
    "errors/accept/EINVAL-is-EBADF",
    "errors/shutdown/EINVAL-swallowed",
    "flags/recv/MSG_WAITALL-dropped",
    "data/recvmsg/MSG_CTRUNC-never",
    "readiness/poll/first-only",
    "calls/mark/inverted",
    "process/fork/close-ends",
)


WORDS = """
R = promise("words")
@R.case()
def test_words(sockets, see, case):
    sockets.new()
    see("good")
"""


def test_there_are_many_and_each_has_one_name():
    assert len(FAULTS) >= 300
    assert len({name.split("/")[0] for name in FAULTS}) >= 6


def test_each_rule_is_named_by_a_fault():
    named = [rule for each in FAULTS.values() for rule in each.rules if "." in rule]
    # The name of a whole area says of no rule what breaks it.
    assert [rule for rule in load.rules().rules if not is_of(rule, named)] == []


def test_further_rules_are_of_faults_that_there_are():
    assert [glob for glob, _ in also.ALSO if not fnmatch.filter(FAULTS, glob)] == []
    assert "urgent.inline" in FAULTS["options/SO_OOBINLINE/late"].rules


def test_each_names_rules_that_there_are():
    known = load.rules().rules
    nothing = [
        (each.name, pattern)
        for each in FAULTS.values()
        for pattern in each.rules
        if not any(is_of(rule, (pattern,)) for rule in known)
    ]
    assert nothing == []


@pytest.fixture(scope="module")
def hunting():
    """A hunt with the few rules that the sample needs."""
    return hunt.Hunt(only=[rule for name in SAMPLE for rule in FAULTS[name].rules])


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_is_noticed_by_the_rule_that_names_the_promise(hunting, name):
    found = hunting.of(FAULTS[name])
    assert found.verdict == "named", found.line()


def test_the_right_backend_is_accused_of_nothing(hunting):
    right = Fault("right/not/wrong", "nothing is wrong", (), lambda _: {}, (("bind",),))
    found = hunting.of(right)
    assert found.verdict == "survived", found.line()


def test_several_at_once_come_in_their_order(hunting):
    chosen = [FAULTS[name] for name in SAMPLE[:3]]
    assert [each.fault for each in hunting.all_of(chosen, 2)] == chosen


def test_a_fault_that_ends_its_process_costs_no_more_than_that(hunting):
    def ends(_call, *_arguments):
        os._exit(1)

    deadly = Fault("test/ends/all", "listen() ends", ("state",), lambda _: {"listen": ends})
    found = hunting.of(deadly)
    assert found.rules, found.line()


def test_the_page_counts_and_names_what_was_missed():
    one, other, third = (FAULTS[name] for name in SAMPLE[:3])
    found = [
        hunt.Hunted(one, ("options.boolean.round-trip",)),
        hunt.Hunted(other, ("state.bind.bound",)),
        hunt.Hunted(third, ()),
    ]
    rules = ["options.boolean.round-trip", "state.bind.bound", "data.peek.keeps"]
    hunts = kept.Joined(tuple(found), frozenset(rules), ("", "veth"), ("2026-01-31",))
    page = "\n".join(report.lines(hunts, base="stdlib"))
    assert "2026-01-31" in page
    assert "over the loopback and `--link veth`: 3 faults" in page
    assert "| options | 2 | 1 | 1 | 0 | 0 |" in page
    assert "| **together** | 3 | 1 | 1 | 1 | 0 |" in page
    assert f"- `{third.name}`: {third.does}\n" in page
    assert "Of 3 rules that work there, 2 noticed a fault." in page
    assert page.endswith("- `data.peek.keeps`")
    part = replace(hunts, rules=frozenset(), left=(SAMPLE[3],))
    page = "\n".join(report.lines(part, base="stdlib"))
    assert "4 faults, 4 of them within reach, of which 25.0 %" in page
    assert f"- `{SAMPLE[3]}`" in page
    assert "Not every rule was asked of each" in page
    assert "noticed a fault" not in page


def test_a_backend_without_a_fault_is_not_accused(monkeypatch):
    right = Fault("right/not/wrong", "nothing is wrong", ("options.boolean",), lambda _: {})
    monkeypatch.setattr(tables, "all_faults", lambda: {right.name: right})
    made = tables.faulty("right/not/wrong")
    sock = made.new(2, 1, 0)
    with pytest.raises(SocketError, match="EINVAL"):
        made.accept(sock)
    made.close(sock)


def test_only_the_primitive_of_the_fault_is_wrong():
    right = backends.load("stdlib")
    wrong = tables.faulty("errors/accept/EINVAL-is-EBADF")
    for made, symbol in ((right, "EINVAL"), (wrong, "EBADF")):
        sock = made.new(2, 1, 0)
        with pytest.raises(SocketError) as answered:
            made.accept(sock)
        assert answered.value.symbol == symbol
        made.close(sock)


def test_a_fault_that_there_is_not():
    with pytest.raises(UsageError, match="there is no fault 'no/such/fault'"):
        tables.faulty("no/such/fault")


def test_one_that_nothing_notices_survives_and_the_command_says_so(spec):
    spec.write(WORDS)
    for name in ("linux", "gvisor", "macos", "freebsd", "windows", "wine"):
        (spec.profiles / name).mkdir()
        (spec.profiles / name / "profile.toml").write_text(
            f'version = 1\nname = "{name}"\ntitle = "{name}"\n'
        )
    chosen = ("--only", "calls/mark/never", "--only", "calls/new/other-type")
    ran = spec.command("faults", *chosen)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert "unreached calls/mark/never" in ran.stdout
    assert "survived  calls/new/other-type" in ran.stdout
    assert ran.stdout.endswith("2 faults: 0 named, 0 other, 1 survived, 1 unreached\n")


def test_a_hunt_goes_on_where_one_ended_and_is_joined_to_one_over_a_link(tmp_path):
    one, other = (FAULTS[name] for name in SAMPLE[:2])
    path = tmp_path / "kept.jsonl"
    first = kept.Kept(path, "stdlib")
    first.begin("", ["state.bind.bound"], "2026-01-30")
    first.add("", hunt.Hunted(one, (), (), 0))
    with path.open("a") as file:
        file.write('{"hunt": "stdlib", "li')  # ended while it wrote
    again = kept.Kept(path, "stdlib")
    assert list(again.of("", [one, other])) == [one.name]
    again.begin("veth", ["data.peek.keeps"], "2026-01-31")
    again.add("veth", hunt.Hunted(one, one.rules))
    again.add("veth", hunt.Hunted(other, ("urgent.byte",)), whole=False)
    assert list(again.of("veth", [one, other])) == [one.name]
    again.add("", hunt.Hunted(one, one.rules), whole=False)
    part = again.joined([one, other])
    assert ([each.fault for each in part.found], part.left) == ([one], (other.name,))
    again.add("veth", hunt.Hunted(other, ()))
    joined = kept.Kept(path, "stdlib").joined([one, other])
    assert [each.verdict for each in joined.found] == ["named", "other"]
    assert joined.rules == {"state.bind.bound", "data.peek.keeps"}
    assert (joined.links, joined.dates) == (("", "veth"), ("2026-01-30", "2026-01-31"))
    changed = replace(one, rules=("urgent",))
    assert kept.Kept(path, "stdlib").of("", [changed]) == {}
    assert kept.Kept(path, "c").joined([one]).found == ()


def test_of_rules_that_were_not_asked_a_page_does_not_say_that_they_noticed_nothing(tmp_path):
    one = FAULTS[SAMPLE[0]]
    hunts = kept.Kept(tmp_path / "kept.jsonl", "stdlib")
    hunts.begin("", ["state.bind.bound"], "2026-01-30")
    hunts.add("", hunt.Hunted(one, one.rules), whole=False)
    assert hunts.joined([one]).rules == set()
    hunts.add("", hunt.Hunted(one, one.rules))
    assert hunts.joined([one]).rules == {"state.bind.bound"}


def test_a_file_that_is_not_of_hunts_is_refused(tmp_path):
    path = tmp_path / "kept.jsonl"
    path.write_text("something\n")
    with pytest.raises(UsageError, match="did not write"):
        kept.Kept(path, "stdlib")
    path.write_text('{"hunt": "stdlib"}\n')
    with pytest.raises(UsageError, match=r"kept\.jsonl:1: is no line of a hunt"):
        kept.Kept(path, "stdlib")


@linked
def test_over_a_link_faults_are_noticed_that_the_loopback_does_not_show():
    words = ("--only", "across/scope/unnamed", "--rule", "wire.link-local.names", "-j", "1")
    hunted = warm.sockspec("faults", *words, "--link", "veth")
    assert hunted.returncode == 0, hunted.stderr
    assert "named     across/scope/unnamed" in hunted.stdout
    assert "unreached across/scope/unnamed" in warm.sockspec("faults", *words).stdout


def _over_veth(name, rule):
    """What hunting a fault over a link said, with the packets that this system alters."""
    words = ("--only", name, "--rule", rule, "-j", "1", "--link", "veth")
    hunted = warm.sockspec("faults", *words)
    if "no packets are altered" in hunted.stderr:
        pytest.skip(f"not run: {hunted.stderr.strip()}")
    return hunted.stdout


@linked
def test_a_fault_in_packets_is_noticed_by_the_rule_that_sees_them():
    said = _over_veth("packets/syn/no-segment-size", "wire.opening.segment-size")
    assert "named     packets/syn/no-segment-size" in said


@linked
def test_a_fault_in_packets_that_no_case_comes_to_is_unreached():
    # It takes a network that doubles datagrams.
    said = _over_veth("packets/datagram/once", "wire.impaired.datagrams")
    assert "unreached packets/datagram/once" in said


def _segment(seq=5, data=b"abc"):
    dpkt = pytest.importorskip("dpkt")
    tcp = dpkt.tcp.TCP(sport=1, dport=2, seq=seq, ack=6, flags=queue.ACK, data=data)
    ends = {"src": bytes([10, 0, 0, 1]), "dst": bytes([10, 0, 0, 2])}
    return bytes(dpkt.ip.IP(p=6, data=tcp, **ends))


def test_a_segment_that_is_altered_has_the_right_checksum():
    parcel = queue.Parcel(_segment(), is_out=True)
    assert parcel.altered(seq=-1, data=b"a") == _segment(2**32 - 1, b"a")


def test_what_is_sent_again_is_known_by_its_numbers():
    alter = dict.fromkeys(("first", "again", "later"))
    once = packets.again(lambda _it, again: again)
    alter["first"] = once(queue.Parcel(_segment(), is_out=True))
    alter["again"] = once(queue.Parcel(_segment(), is_out=True))
    alter["later"] = once(queue.Parcel(_segment(8), is_out=True))
    assert alter == {"first": False, "again": True, "later": False}


def test_fragments_make_the_datagram_again():
    dpkt = pytest.importorskip("dpkt")
    # Where a head has the offset, in units of 8 or of 1, and that more fragments come.
    v4, v6 = (0x2000, 0x2000 | 125, 250), (1, 1000 | 1, 2000)
    for head, size, field, at, places in (
        (dpkt.ip.IP, 4, "p", 6, v4),
        (dpkt.ip6.IP6, 16, "nxt", 42, v6),
    ):
        data = bytes(dpkt.udp.UDP(sport=1, dport=2, data=bytes(range(250)) * 10))
        whole = head(src=bytes(size), dst=bytes(size), data=data, **{field: 17})
        if head is dpkt.ip6.IP6:
            whole.plen = len(data)
        made = queue.Parcel(bytes(whole), is_out=True).fragments(1000, lambda *_of: None)
        skip = 20 if size == 4 else 48
        assert [len(each) - skip for each in made] == [1000, 1000, 508]
        assert b"".join(each[skip:] for each in made)[8:] == data[8:]
        assert [int.from_bytes(each[at : at + 2]) for each in made] == list(places)
