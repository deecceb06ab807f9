"""An implementation of one's own: what it is called, whose policies it shares, where it is."""

from __future__ import annotations

import json
import re
import sys
import textwrap

import pytest

from sockspec import platform
from sockspec.address import Loopback
from sockspec.backends import smoke
from sockspec.backends.agent import Agent
from sockspec.backends.stdlib import Stdlib
from sockspec.judge import runfile
from sockspec.run.functions import availability
from sockspec.targets import recipe

RULE = "demo.subject.words"
WORDS = """
@promise("words").case(word=("one", "two"))
def test_words(sockets, see, case):
    see("bad" if case["word"] == "two" else "good")
"""
HERE = """
WANTED = {"v4": "127.0.0.9", "v6": "::1", "mapped": "::ffff:127.0.0.9"}
@promise("here").case(family=("v4", "v6", "mapped"))
def test_here(sockets, see, case):
    client, _ = sockets.client_of(sockets.listener())
    found = client.peer_addr().host, sockets.backend.loopback.index
    see("good" if found == (WANTED[case["family"]], 7) else "bad", found=found)
"""
ADAPTER = """
from sockspec.address import Loopback
from sockspec.backends.stdlib import Stdlib

class Adapter(Stdlib):
    name = "mine"
    version = "5.1"
    label = "wolfstack 5.1 on FreeRTOS"
    loopback = Loopback("127.0.0.9", "::1", 7)

class Apart(Adapter):
    stands_in_for = ""
"""
WAYS = pytest.mark.parametrize("way", [(), ("--isolate",)])


@pytest.fixture
def mine(spec):
    spec.write(WORDS)
    (spec.folder / "adapter.py").write_text(ADAPTER)
    return spec


def run(spec, *words):
    return spec.run("--backend", "adapter:Adapter", *words)


def header(spec):
    return runfile.read(spec.out).header


# -- policies --------------------------------------------------------------------------


@WAYS
def test_what_stands_in_for_pythons_module_shares_its_policies_by_saying_so(mine, way):
    mine.record(
        mine.entry(RULE, '"bad"', 'case = { word = "two" }\nwhen = { backend = "stdlib" }')
    )
    assert run(mine, *way).returncode == 0
    assert (header(mine).backend, header(mine).stands_in_for) == ("mine", "stdlib")
    assert mine.command("gate", str(mine.out)).returncode == 0
    edited = mine.command("update", str(mine.out)).stdout
    # Observed now, and what it has is not said in the profile yet.
    assert re.findall(r"^\+(\w+)", edited, re.MULTILINE) == ["evidence", "features"]
    explained = mine.command(
        "explain", RULE, "--backend", "adapter:Adapter", "--profile", "here"
    )
    assert "expects bad" in explained.stdout
    # Saying nothing, it has nothing of it: by its name alone nobody is taken for another.
    assert mine.run("--backend", "adapter:Apart", *way).returncode == 1
    assert header(mine).stands_in_for == ""


# -- names -----------------------------------------------------------------------------


@WAYS
def test_the_implementation_itself_says_what_it_is_called(mine, way):
    ran = run(mine, *way)
    head = header(mine)
    assert (head.version, head.label) == ("5.1", "wolfstack 5.1 on FreeRTOS")
    facts = head.platform
    system = f"{facts['system']} {facts['version']} {facts['machine']}"
    assert ran.stdout.startswith(f"wolfstack 5.1 on FreeRTOS ({system}) through ")


def test_a_label_of_the_command_line_comes_before_the_projects_and_that_before_its_own(mine):
    (mine.folder / "pyproject.toml").write_text(
        '[tool.sockspec]\nbackend = "adapter:Adapter"\nlabel = "wolfstack, nightly"\n'
    )
    run(mine)
    assert header(mine).label == "wolfstack, nightly"
    run(mine, "--label", "wolfstack 6")
    assert header(mine).label == "wolfstack 6"
    mine.run("--backend", "stdlib")
    assert header(mine).label == ""


def test_the_label_heads_every_report_and_the_evidence(mine):
    run(mine, "--label", "wolfstack 6")
    title = f"wolfstack 6 ({platform.described(header(mine).platform)})"
    told = json.loads(mine.command("gate", str(mine.out), "--format", "json").stdout)
    (gated,) = told["gates"]
    assert gated["heading"].startswith(f"{title} through ")
    assert f'on = "{title}"' in gated["causes"][0]["entry"]
    assert mine.command("gate", str(mine.out)).stdout.startswith(title)
    assert f'on = "{title}"' in mine.command("update", str(mine.out)).stdout
    out = mine.folder / "report"
    mine.command("report", str(mine.out), "--out", str(out))
    for name, head in {
        "report.md": rf"\A# {re.escape(title)}: ",
        "report.html": rf"<h1>{re.escape(title)} through .*</h1>",
        "summary.md": "^- wolfstack 6 / mine: ",
        "junit.xml": '<testsuite name="wolfstack 6 / mine: ',
    }.items():
        assert re.search(head, (out / name).read_text(), re.MULTILINE), name
    mine.command("report", str(mine.out), "--out", str(out), "--across")
    assert f"| {title}, profile here |" in (out / "matrix.md").read_text()
    assert f"<td>{title}, profile here</td>" in (out / "matrix.html").read_text()


def test_parts_of_two_implementations_do_not_merge(mine):
    run(mine, "--rule", f"{RULE}[one]")
    first = mine.out.rename(mine.folder / "first.jsonl")
    run(mine, "--rule", f"{RULE}[two]", "--label", "wolfstack 6")
    ran = mine.command(
        "merge", str(first), str(mine.out), "--out", str(mine.folder / "w.jsonl")
    )
    assert ran.returncode == 2
    assert "label is 'wolfstack 6'" in ran.stderr


def test_a_run_file_of_before_is_read_and_titled_by_its_facts(mine):
    run(mine)
    head, *rest = mine.out.read_text().splitlines(keepends=True)
    old = json.loads(head)
    for name in ("version", "label", "stands_in_for"):
        del old[name]
    mine.out.write_text(json.dumps(old).replace('", "', '","').replace('": "', '":"') + "\n")
    with mine.out.open("a") as file:
        file.writelines(rest)
    read = runfile.read(mine.out)
    assert read.title == platform.described(old["platform"])
    assert mine.command("gate", str(mine.out)).returncode == 1


def test_gvisor_is_called_gvisor():
    facts = {"profile": "gvisor", "system": "Linux", "version": "4.4.0", "machine": "x86_64"}
    assert platform.described(facts) == "gVisor (Linux 4.4.0 x86_64)"
    assert (
        platform.described(facts, "gVisor release-1") == "gVisor release-1 (Linux 4.4.0 x86_64)"
    )


def test_a_target_asks_for_the_release_that_its_facts_do_not_tell(tmp_path):
    from sockspec.targets.target import Room

    target = recipe.load_all()["gvisor-debian"]
    runsc = tmp_path / "usr" / "bin" / "runsc"
    runsc.parent.mkdir(parents=True)
    runsc.write_text("#!/bin/sh\necho 'runsc version release-20240729.0'\necho 'spec: 1.1.0'\n")
    runsc.chmod(0o755)
    room = Room(tmp_path, tmp_path / "agent.pyz", print)
    assert target.called(room) == "gVisor release-20240729.0"
    assert recipe.load_all()["stdlib"].called(room) == ""


# -- addresses ---------------------------------------------------------------------------


@WAYS
def test_sockets_reach_one_another_where_the_implementation_says(mine, way):
    mine.write(HERE)
    ran = run(mine, *way)
    assert ran.returncode == 0, ran.stdout
    assert len(mine.seen()) == 3


class Elsewhere(Stdlib):
    """One that has no address but its own."""

    loopback = Loopback("127.0.0.9")

    def bind(self, sock, address):
        assert getattr(address, "host", "127.0.0.9") in {"127.0.0.9", "0.0.0.0", "::", "::1"}
        super().bind(sock, address)


def test_smoke_and_probes_use_no_other_address():
    assert smoke.smoke(Elsewhere()).wrong == {}
    assert availability(Elsewhere())["Socket.bind"] == ""


def test_an_agent_that_says_nothing_of_it_is_where_everybody_is(tmp_path):
    program = tmp_path / "old.py"
    program.write_text(
        textwrap.dedent(
            """
            from sockspec.agent import serve
            from sockspec.backends.stdlib import Stdlib

            class Old(serve.Server):
                def answer(self, request):
                    told = super().answer(request)
                    for name in ("label", "stands_in_for", "loopback"):
                        told.pop(name, None)
                    return told

            serve.serve(Stdlib(), Old)
            """
        )
    )
    made = Agent([sys.executable, str(program)])
    try:
        assert (made.label, made.stands_in_for, made.loopback) == ("", "", Loopback())
    finally:
        made.shut_down()
