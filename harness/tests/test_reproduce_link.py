"""Scripts of cases over a link: they make it, or say what has to be there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from linking import HERE, linked, runs_with_a_peer

from sockspec import backends, reproduce

__all__ = ["runs_with_a_peer"]

AGENT = f"agent:{sys.executable} {HERE.parents[1] / 'docs' / 'examples' / 'my_sockets.py'}"
SENDER = "data.peek.sender-leaves-data[v4,dgram]"


def ended(*command):
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return ran.returncode, ran.stdout + ran.stderr


@linked
@pytest.mark.skipif(shutil.which("cc") is None, reason="not run: there is no C compiler")
def test_a_program_in_c_makes_the_link_of_its_case(seen, tmp_path):
    if "c" not in {each.name for each in backends.discover() if each.backend is not None}:
        pytest.skip("not run: the backend c is not installed")
    case = "data.udp-segment.coalesced[v4,dgram]"  # on the loopback they are not apart
    over = ("--backend", "c", "--peer", "c", "--link", "veth")
    ran = seen(*over, "--rule", case)
    source, program = tmp_path / "show.c", tmp_path / "show"
    source.write_text(reproduce.of(ran, case))
    words = ("-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, source)
    code, output = ended("cc", *words)
    assert code == 0, output
    code, output = ended(program)
    assert (code, "now:       the same" in output) == (1, True), output
    assert "bind(s1, 10.73.0.2 port 0) -> 0" in output


@linked
@pytest.mark.parametrize(
    ("backend", "link", "case", "needed"),
    [
        (AGENT, "veth", SENDER, "it takes a link (veth) with 10.73.0.1 and 10.73.0.2"),
        (
            "stdlib",
            "forwarder",
            "wire.half-open.accepted[data,v4]",
            "it takes the forwarder of `sockspec run --link forwarder` in between",
        ),
    ],
    ids=["agent", "impaired"],
)
def test_a_script_that_makes_no_link_says_which_one_it_takes(
    seen, tmp_path, backend, link, case, needed
):
    if link == "forwarder" and not Path("/dev/net/tun").exists():
        pytest.skip("not run: no /dev/net/tun")
    ran = seen("--backend", backend, "--peer", "stdlib", "--link", link, "--rule", case)
    script = tmp_path / "script.py"
    command = AGENT.removeprefix("agent:").split()
    script.write_text(reproduce.of(ran, case, agent=command))
    code, output = ended(sys.executable, str(script))
    assert code == 2, output
    (line,) = (each for each in output.splitlines() if each.startswith("now:"))
    assert line.removeprefix("now:").strip().startswith(f"could not be tried: {needed}")


@linked
def test_what_uses_no_address_of_a_link_is_played_without_one(seen, tmp_path):
    case = "data.peek.sender-leaves-data[unix,dgram]"
    ran = seen("--backend", AGENT, "--peer", "stdlib", "--link", "veth", "--rule", case)
    (chosen,) = ran.observations
    script = tmp_path / "script.py"
    command = AGENT.removeprefix("agent:").split()
    script.write_text(reproduce.of(ran, chosen.case, agent=command))
    code, output = ended(sys.executable, str(script))
    assert code == 1, output
