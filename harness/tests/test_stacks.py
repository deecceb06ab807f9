"""Stacks that bring a device of their own: over a TAP, over a bridge, and in pairs."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import warm
from linking import HERE, LWIP, STACK, WHY, addresses, linked, runs_with_a_peer
from processes import marked, none_is_kept, none_is_left, running, wait_for

from sockspec.agent import bundle
from sockspec.errors import UsageError
from sockspec.judge.verdict import Verdict
from sockspec.targets import pairs, recipe
from sockspec.targets.target import Room

__all__ = ["runs_with_a_peer"]

stacked = pytest.mark.skipif(
    bool(WHY) or not LWIP or not Path("/dev/net/tun").exists(),
    reason=f"not run: {WHY or 'it needs liblwip-dev and /dev/net/tun'}",
)
ONE_ENDING = ("--rule", "wire.ending.close[shut-write,v4]")


@stacked
@pytest.mark.parametrize("judged", ["linux", "lwip"])
def test_a_stack_of_its_own_meets_this_system_over_a_tap(seen, judged):
    roles = () if judged == "linux" else ("--exchange",)
    over = ("--peer", STACK, "--link", "tap", "--rule", "wire.ending.close", *roles)
    ran = seen(*over, "--rule", "state.accept.peer[unbound]")
    tried = [each for each in ran.observations if each.is_tried]
    assert {each.verdict for each in tried} == {Verdict.CONFORMS}
    assert {"wire.ending.close", "state.accept.peer"} == {each.rule for each in tried}
    assert (ran.header.profile, ran.header.link) == (judged, "tap")
    assert {"10.73.0.1", "10.73.0.2"} <= addresses(ran)


@pytest.fixture(scope="module")
def smoltcp():
    """The agent of smoltcp, as `harness/examples` has it; built where it is not yet."""
    if WHY or shutil.which("cargo") is None or not Path("/dev/net/tun").exists():
        pytest.skip(f"not run: {WHY or 'it needs cargo and /dev/net/tun'}")
    folder = HERE.parent / "examples" / "rust"
    build = ["cargo", "build", "--quiet", "--locked", "--bin", "smoltcp"]
    built = subprocess.run(
        build, cwd=folder, capture_output=True, text=True, check=False, timeout=900
    )
    if built.returncode:
        pytest.skip(f"the crates cannot be built here: {built.stderr.splitlines()[-1]}")
    target = Path(os.environ.get("CARGO_TARGET_DIR", folder / "target"))
    return f"agent:{target / 'debug' / 'smoltcp'}"


@pytest.mark.parametrize("judged", ["linux", "smoltcp"])
def test_smoltcp_meets_this_system_over_a_tap(seen, smoltcp, judged):
    roles = () if judged == "linux" else ("--exchange",)
    over = ("--peer", smoltcp, "--link", "tap", "--rule", "wire.ending.close[shut-write]")
    ran = seen(*over, *roles)
    tried = [each for each in ran.observations if each.is_tried]
    assert {each.verdict for each in tried} == {Verdict.CONFORMS}
    assert (ran.header.profile, ran.header.link) == (judged, "tap")
    assert {"10.73.0.1", "10.73.0.2"} <= addresses(ran)


@stacked
@pytest.mark.parametrize("judged", ["lwip", "smoltcp"])
def test_two_stacks_meet_over_a_bridge(seen, smoltcp, judged):
    mine, other = (STACK, smoltcp) if judged == "lwip" else (smoltcp, STACK)
    ran = seen(
        "--backend", mine, "--peer", other, "--link", "tap", *ONE_ENDING, "--deadline", "8"
    )
    (tried,) = (each for each in ran.observations if each.is_tried)
    assert tried.verdict is Verdict.CONFORMS
    assert (ran.header.profile, ran.header.link) == (judged, "tap")
    # The packets were seen once each, though they pass two interfaces of this system.
    assert {"10.73.0.1", "10.73.0.2"} <= addresses(ran)


@linked
@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="not run: no /dev/net/tun")
def test_a_link_whose_device_nobody_opens_is_refused(tmp_path):
    words = ("--peer", "stdlib", "--link", "tap", "-n", "0", "--rule", "wire.ending.close")
    ran = warm.sockspec("run", *words, cwd=tmp_path)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "no end of the link has opened its device" in ran.stderr


def ends_with_its_run(words, agent, out):
    """Kill a run once an agent is there: no process of it goes on, and no interface is left."""
    command = [sys.executable, "-m", "sockspec", "run", *words, "-n", "1", "--out", str(out)]
    folder = out.parent / "made"
    folder.mkdir()
    with marked() as environment:
        ran = subprocess.Popen(
            command,
            env=os.environ | environment | {"TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

        def is_there():
            return any(
                agent in " ".join(line.split()[:2]) for line in running(environment).values()
            )

        wait_for(is_there)
        of_all = spaces()
        used = {of_all[each] for each in running(environment) if each in of_all}
        ran.kill()
        ran.wait()
        assert none_is_left(environment)
    inside = used - {str(Path("/proc/self/ns/net").readlink())}
    assert inside
    wait_for(lambda: not inside & {*spaces().values()}, within=20)
    wait_for(lambda: none_is_kept(folder), within=20)
    # The interfaces were those of a namespace that has ended, too.
    there = [name for _, name in socket.if_nameindex()]
    assert not [name for name in there if name.startswith(("near", "far", "bridge"))]


@stacked
def test_nothing_is_left_of_a_tap_whose_run_is_killed(tmp_path):
    words = ("--peer", STACK, "--link", "tap", "--rule", "wire.ending")
    ends_with_its_run(words, "lwip_sockets", tmp_path / "run.jsonl")


@stacked
def test_nothing_is_left_of_a_bridge_whose_run_is_killed(tmp_path, smoltcp):
    # The peer's agent is the second to start: the bridge joins the two then.
    words = ("--backend", STACK, "--peer", smoltcp, "--link", "tap", "--rule", "wire.ending")
    ends_with_its_run(words, "smoltcp", tmp_path / "run.jsonl")


# What runs the command of a bundle where it is: its sockets are this system's.
BARE = """
import json, os, sys
command = sys.argv[sys.argv.index("do") + 1 :] if "do" in sys.argv else []
for bundle in (word.partition("=")[2] for word in sys.argv if word.startswith("--bundle=")):
    with open(bundle + "/config.json") as file:
        command = json.load(file)["process"]["args"]
os.execvp(command[0], command)
"""


@linked
@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="not run: no /dev/net/tun")
@pytest.mark.parametrize("peer", ["stdlib", "stack"])
def test_a_sandbox_that_has_ended_is_started_anew_in_its_place(seen, tmp_path, peer):
    if peer == "stack" and not LWIP:
        pytest.skip("not run: it needs liblwip-dev")
    runsc = tmp_path / "runsc"
    runsc.write_text(f"#!{sys.executable}{BARE}")
    runsc.chmod(0o755)
    agent = f"{sys.executable} -m sockspec.agent --backend network:Ending"
    sandbox = f"agent:{sys.executable} -m sockspec.targets.guest.sandbox {runsc} {agent}"
    ran = seen(
        *("--backend", sandbox, "--peer", STACK if peer == "stack" else peer, "--link", "tap"),
        *("--profile", "linux", "--rule", "state.accept.peer[v4]", *ONE_ENDING),
        code=1,
    )
    # Its agent ends when it accepts.
    verdicts = {each.rule: each.verdict for each in ran.observations}
    assert {name for each in ran.observations for name in each.behaviours} == {"exit:3", "fin"}
    assert verdicts["wire.ending.close"] is Verdict.CONFORMS


def spaces():
    """The network namespace of each process."""
    found = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdecimal():
                found[int(folder.name)] = str((folder / "ns" / "net").readlink())
    return found


def below(process):
    """The processes that a process has started, and those that they have."""
    children = {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdecimal():
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                children.setdefault(int(parent), []).append(int(folder.name))
    found, todo = [], [process]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


@linked
@pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="not run: no /dev/net/tun")
@pytest.mark.parametrize(
    ("name", "inside"),
    [("gvisor-debian", "exe"), ("uml-6.1", "linux"), ("qemu-6.1", "qemu-system-x86")],
)
def test_nothing_is_left_of_a_sandbox_or_a_guest_whose_run_is_killed(tmp_path, name, inside):
    target = recipe.load_all()[name]
    if why := target.missing():
        pytest.skip(f"not run: {name}: {why}")
    bundle.write(tmp_path / "agent.pyz")
    room = Room(tmp_path / "room", tmp_path / "agent.pyz", lambda _: None)
    target.prepare(room)
    words = ("--backend", target.linked(room), "--peer", "stdlib", "--link", "tap")
    command = [sys.executable, "-m", "sockspec", "run", *words, "--rule", "wire.ending"]
    folder = tmp_path / "made"
    folder.mkdir()
    ran = subprocess.Popen(
        [*command, "-n", "1", "--out", str(tmp_path / "run.jsonl")],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    here = str(Path("/proc/self/ns/net").readlink())

    def joined():
        """The namespaces of the run, once what is judged is in one of them."""
        of_all = spaces()
        used = {of_all[each] for each in below(ran.pid) if each in of_all} - {here}
        at = [Path(f"/proc/{each}/comm") for each, space in of_all.items() if space in used]
        return used if any(inside in each.read_text() for each in at if each.exists()) else None

    try:
        wait_for(joined, within=240)  # a guest boots twice
        used = joined()
    finally:
        ran.kill()
        ran.wait()
    assert used
    wait_for(lambda: not used & {*spaces().values()}, within=20)
    wait_for(lambda: none_is_kept(folder), within=20)


# -- pairs ----------------------------------------------------------------------------------


def targets(*names):
    found = recipe.load_all()
    return [found[name] for name in names]


def test_pairs_meet_in_both_roles_and_say_why_they_cannot():
    met = {each.name: each for each in pairs.joined(targets("stdlib", "lwip", "wine-c"))}
    assert met["stdlib-stdlib"].link == "veth"
    assert {"lwip-stdlib", "stdlib-lwip", "wine-c-lwip"} <= met.keys()
    assert "lwip-lwip" not in met
    assert "no device that a link can join" in met["stdlib-wine-c"].why
    if LWIP:
        assert met["lwip-stdlib"].link == "tap"
    met = {
        each.name: each
        for each in pairs.joined(targets("lwip", "smoltcp", "uml-6.1", "qemu-6.1"))
    }
    able = {each.link for each in met.values() if not each.why}
    assert able <= {"tap"}  # what is not installed here says so
    assert {"lwip-smoltcp", "smoltcp-lwip", "smoltcp-uml-6.1"} <= met.keys()
    assert {"qemu-6.1-uml-6.1", "uml-6.1-qemu-6.1"} <= met.keys()


def test_a_page_on_pairs_counts_what_was_judged(seen):
    (pair,) = pairs.joined(targets("stdlib"))
    (other, _) = (each for each in pairs.joined(targets("wine-c", "wine-python")) if each.why)
    run = seen("--backend", "network:Abortive", "--rule", "wire.ending.close[v4]", code=1)
    found = [pairs.Met(pair, run, ""), pairs.Met(other, None, f"not run: {other.why}")]
    page = "\n".join(pairs.lines(found, date="2026-01-31"))
    assert "| **stdlib** | veth: 2 conform, 1 red |" in page
    assert "- `wire.ending.close`: rst (1 case)" in page
    assert f"- {other.why}" in page


def test_a_page_on_pairs_is_written_over_an_earlier_one_and_nothing_else(tmp_path):
    page = pairs.write([], tmp_path, date="2026-01-31")
    assert pairs.write([], tmp_path, date="2026-02-01") == page
    page.write_text("somebody's")
    with pytest.raises(UsageError):
        pairs.write([], tmp_path, date="2026-02-02")
    assert page.read_text() == "somebody's"
