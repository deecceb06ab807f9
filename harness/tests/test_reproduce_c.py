"""Programs in C that show what calls of C do."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from reproducing import (
    EVERY,
    LISTEN,
    NEW,
    PLAIN,
    SHUT,
    command_of,
    diverges,
    kept,
    played,
    require_platform_of,
    script_of,
    some,
)

from sockspec import reproduce

if TYPE_CHECKING:
    from pathlib import Path


def compiled(script: str, folder: Path) -> Path:
    """A program in C, without a warning."""
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler")
    source, program = folder / "show.c", folder / "show"
    source.write_text(script, "utf-8")
    words = ("cc", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", str(program), str(source))
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return program


def ended(program: Path, *under: str) -> tuple[int, str]:
    done = subprocess.run(
        [*under, program], capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


def last_in_c(name: str, folder: Path, number: int, *under: str) -> None:
    """Play programs in C of a kept run, run under something, several at once."""
    known = [each for each in kept(name).observations if diverges(each)]
    chosen = some(known, number)

    def show(at: int) -> tuple[int, str]:
        script = reproduce.of(kept(name), chosen[at].case)
        if "control.out-of-range" in chosen[at].case:
            assert "put_control(" in script
        assert ("LD_PRELOAD" in script) is (bool(under) and script.startswith("/*"))
        if not script.startswith("/*"):  # nothing of C can make its calls
            return (1, "") if under else played(script)
        (folder / str(at)).mkdir()
        return ended(compiled(script, folder / str(at)), *under)

    with ThreadPoolExecutor(8) as pool:  # each of them waits most of its time
        done = list(pool.map(show, range(len(chosen))))
    other = [(each.case, *o) for each, o in zip(chosen, done, strict=True) if o[0] != 1]
    assert other == [], f"{[each[0] for each in other]} of {len(done)}: {other[0]}"


def test_c_is_accused_by_a_program_in_c(tmp_path):
    require_platform_of("stdlib")
    last_in_c("c", tmp_path, 8)


@pytest.mark.skipif(not EVERY, reason="not run: played each night")
@pytest.mark.parametrize("name", ["socket-wrapper", "io-uring"])
def test_what_is_preloaded_is_accused_by_a_program_in_c(name, tmp_path):
    require_platform_of("stdlib")
    made = tmp_path / "agent"
    *under, _ = command_of(name, made)  # its last word is the agent, in whose place we are
    last_in_c(name, tmp_path, 10**6, *under)


def test_a_program_in_c_for_an_agent_says_what_it_is_to_be_run_under():
    run = kept("socket-wrapper")
    # A case of a process of its own is shown in Python.
    shown = (each for each in run.observations if not each.rule.startswith("process."))
    script = reproduce.of(run, next(filter(diverges, shown)).case)
    assert script.startswith("/*")
    assert "What was preloaded for the agent (LD_PRELOAD)" in script


def test_a_program_in_c_says_when_it_is_gone_and_when_it_was_not_tried(tmp_path):
    program = compiled(script_of([NEW, SHUT], "shut", "c"), tmp_path)
    code, output = ended(program)
    assert code == 0
    assert "now:       shutdown(s0, SHUT_RDWR) -> ENOTCONN and not 0" in output
    code, output = ended(compiled(script_of([NEW, SHUT, LISTEN], "listens", "c"), tmp_path))
    assert code == 2
    assert "could not be tried: shutdown(s0, SHUT_RDWR)" in output


def test_a_program_in_c_has_no_more_than_its_steps_use(tmp_path):
    script = script_of([NEW, SHUT], "shut", "c")
    spared = ("sys/un.h", "arpa/inet.h", "tell_address", "ports[]", "mkdtemp", "case BYTES:")
    assert [each for each in (*spared, "#ifndef AF_INET") if each in script] == []
    assert "enum kind { NOTHING, NUMBER };" in script
    compiled(script, tmp_path)


def test_what_posix_does_not_have_is_played_to_the_agent_in_c():
    run = kept("wine-c")
    case = next(each for each in run.observations if diverges(each)).case
    script = reproduce.of(run, case)
    assert "COMMAND = [sys.executable, '-m', 'sockspec.agent', '--backend', 'c']" in script


def test_bytes_that_a_witness_has_cut_short_are_sent_as_many(tmp_path):
    pair = {"call": "pair", "arguments": [1, 1, 0], "answer": [{"socket": 0}, {"socket": 1}]}
    cut = {"bytes": "61" * 64, "length": 5000}
    calls = [
        pair,
        {"call": "send", "arguments": [{"socket": 0}, cut, 0], "answer": 5000},
        {"call": "recv", "arguments": [{"socket": 1}, 8000, 0], "answer": cut},
    ]
    code, output = played(script_of(calls, "whole"))
    assert code == 1, output
    code, output = played(script_of(calls, "whole", "theirs"), sys.executable, *PLAIN)
    assert code == 1, output
    code, output = ended(compiled(script_of(calls, "whole", "c"), tmp_path))
    assert code == 1, output


@pytest.mark.parametrize(("asked", "code"), [(1, 1), (0, 0)])
def test_a_program_in_c_knows_another_address_from_the_first(asked, code, tmp_path):
    bind = {"call": "bind", "arguments": [{"socket": 0}, {"inet": ["127.0.0.1", 0]}]}
    local = {"call": "local_addr", "arguments": [{"socket": 0}]}
    calls = [
        NEW,
        {**NEW, "answer": {"socket": 1}},
        {**bind, "answer": None},
        {**local, "answer": {"inet": ["127.0.0.1", 40_000]}},
        {
            **local,
            "arguments": [{"socket": asked}],
            "answer": {"inet": ["9.9.9.9", 40_000]},
        },
    ]
    program = compiled(script_of(calls, "another-address", "c"), tmp_path)
    assert ended(program)[0] == code
