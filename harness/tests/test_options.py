"""The tables of options: held against the headers of this machine, and against the rules."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sockspec import constants, locate
from sockspec.spec import load

sys.path.insert(0, str(locate.conformance().parent))
from conformance.options import table

HEADERS = (
    *("asm/socket.h", "linux/in.h", "linux/in6.h", "linux/tcp.h", "linux/udp.h"),
    *("linux/netfilter_ipv4.h", "linux/netfilter_ipv6/ip6_tables.h"),
)
PREFIXES = "SO|IP|IPV6|MCAST|TCP|UDP|IP6T_SO"
EVERY = {**table.OPTIONS, **table.ELSEWHERE}
LISTED = Path(__file__).parents[1] / "native" / "tables" / "constants.txt"
DOCS = Path(__file__).parents[2] / "docs"


def defined(header: str) -> set[str]:
    """The names with an option's prefix that a header of this machine defines."""
    asked = ("cc", "-E", "-dM", "-include", header, "-x", "c", "/dev/null")
    ran = subprocess.run(asked, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"not run: no {header} here")
    return set(re.findall(rf"^#define ((?:{PREFIXES})_[A-Z0-9_]+)", ran.stdout, re.MULTILINE))


@pytest.mark.skipif(sys.platform != "linux", reason="not run: the tables are Linux's")
@pytest.mark.skipif(shutil.which("cc") is None, reason="not run: there is no C compiler")
@pytest.mark.parametrize("header", HEADERS)
def test_every_name_of_a_header_is_a_row_or_left_out(header):
    names = defined(header)
    assert {name for name in names if name not in EVERY and not table.reason_of(name)} == set()


@pytest.mark.skipif(not LISTED.is_file(), reason="not run: a wheel has no tables")
def test_every_number_that_backends_know_is_a_row_or_left_out():
    text = re.sub(r"#.*", "", LISTED.read_text(encoding="utf-8"))
    names = [name for name in text.split() if re.match(rf"({PREFIXES})_", name)]
    assert [name for name in names if name not in EVERY and not table.reason_of(name)] == []
    assert [name for name in EVERY if name not in names] == []


@pytest.mark.skipif(sys.platform != "linux", reason="not run: Linux's numbers")
def test_every_option_of_linux_has_a_number():
    import socket

    numbers = {
        name: constants.extra(name) or getattr(socket, name, None) for name in table.OPTIONS
    }
    assert [name for name, number in numbers.items() if number is None] == []


def test_no_name_is_both_a_row_and_left_out():
    assert [name for name in EVERY if table.reason_of(name)] == []
    assert not table.OPTIONS.keys() & table.ELSEWHERE.keys()


def test_a_left_out_name_says_why_and_is_one():
    assert all(len(reason.split()) > 2 for reason in table.LEFT_OUT.values())


@pytest.mark.parametrize("row", EVERY.values(), ids=list(EVERY))
def test_a_row_is_well_formed(row):
    assert row.kind in {"flag", "int", "bytes", "text"}
    assert set(row.use) <= set("rwi")
    assert row.source
    assert len(row.value("little")) == (0 if row.kind == "text" else row.size)
    assert row.kind != "flag" or (row.least, row.most) == (0, 1)


def test_every_option_is_asked_about_by_a_rule():
    asked = {case.get("option") for rule in load.rules().rules.values() for case in rule.cases}
    assert sorted(EVERY.keys() - asked) == []


@pytest.mark.skipif(not LISTED.is_file(), reason="not run: a wheel has no tables")
def test_every_flag_is_asked_about_by_a_rule_or_left_out():
    text = re.sub(r"#.*", "", LISTED.read_text(encoding="utf-8"))
    flags = [name for name in text.split() if name.startswith("MSG_")]
    asked = {case.get("flag") for rule in load.rules().rules.values() for case in rule.cases}
    assert [name for name in flags if name not in asked and not table.reason_of(name)] == []
    assert [name for name in flags if name in asked and table.reason_of(name)] == []


def test_a_pattern_stands_for_any_ending():
    assert table.reason_of("IP_PMTUDISC_DO") == table.reason_of("IP_PMTUDISC_WANT") != ""
    assert table.reason_of("SO_KEEPALIVE") == ""


@pytest.mark.skipif(not DOCS.is_dir(), reason="not run: a wheel has no docs")
def test_the_page_of_options_has_a_line_for_each_with_its_subjects():
    text = _covered().markdown(load.rules().rules.values())
    lines = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    shown = {line[0].strip("|` "): line[-1].strip("| ") for line in lines}
    assert {name: shown.get(name) for name in EVERY if not shown.get(name)} == {}
    assert table.LEFT_OUT.keys() <= shown.keys()
    assert "options.linger" in shown["SO_LINGER"]
    assert "data.error-queue" in shown["MSG_ERRQUEUE"]


def _covered():
    spec = importlib.util.spec_from_file_location("covered", DOCS / "_extensions/covered.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
