"""The tables of constants, errors, settings and primitives: one list each, and true."""

from __future__ import annotations

import errno
import importlib.util
import re
import select
import shutil
import socket
import sys
from pathlib import Path

import pytest

from sockspec import backends, constants
from sockspec.backend import PRIMITIVES, PROCESS
from sockspec.errors import UsageError
from sockspec.protocol.calls import CALLS

NATIVE = Path(__file__).parent.parent
AREAS = re.compile(r"(AF|SOCK|SO|SOL|IP|IPV6|TCP|UDP|MSG|SHUT|SCM|POLL|IPPROTO)_?[A-Z0-9_]+$")


def _writer():
    spec = importlib.util.spec_from_file_location("write", NATIVE / "tables" / "write.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WRITER = _writer()
LISTED = WRITER.names("constants.txt")


def pythons():
    for module in (socket, select):
        for name, value in vars(module).items():
            if AREAS.match(name) and isinstance(value, int):
                yield name, int(value)


# -- one list -----------------------------------------------------------------------


@pytest.mark.parametrize("path", WRITER.texts(), ids=lambda path: path.name)
def test_a_table_is_what_its_list_says(path):
    assert path.read_text(encoding="utf-8") == WRITER.texts()[path]


@pytest.mark.parametrize("system", WRITER.RUST_TARGETS)
def test_a_rust_table_is_what_the_compiler_says(system):
    if shutil.which("cargo") is None:
        pytest.skip("not run: there is no cargo")
    absent = WRITER.missing(system)
    if absent is None:
        target = WRITER.RUST_TARGETS[system]
        pytest.skip(f"not run: cargo does not compile for {target} here")
    written = WRITER.rust(system).read_text(encoding="utf-8")
    assert written == WRITER.source(system, absent)


def test_no_symbol_is_listed_twice():
    assert len(LISTED) == len(set(LISTED))


def test_the_numbers_that_the_harness_adds_are_listed():
    added = {*constants._LINUX, *constants._DARWIN, *constants._FREEBSD, *constants._WINDOWS}
    assert sorted(added - set(LISTED)) == []


def _of_c() -> set[str]:
    text = (NATIVE / "c/agent/calls.c").read_text(encoding="utf-8")
    return set(re.findall(r'^    \{"(\w+)", read_', text, re.MULTILINE))


def _of_rust() -> set[str]:
    text = (NATIVE / "rust/agent/src/messages.rs").read_text(encoding="utf-8")
    calls = re.search(r"pub enum Call \{\n(.*?)\n\}\n", text, re.DOTALL)[1]
    variants = re.findall(r"^    ([A-Z]\w*)", calls, re.MULTILINE)
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in variants}


@pytest.mark.parametrize("primitives", [_of_c, _of_rust])
def test_an_agent_has_the_primitives_that_the_protocol_describes(primitives):
    told = primitives()
    assert {*PRIMITIVES, *PROCESS} - told == set()
    assert told - CALLS.keys() == set()


# -- true ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted({name for name, _ in pythons()}))
def test_same_number_as_python(backend, name):
    number = backend.constant(name)
    if number is None:
        assert not name.startswith(("SO_", "IP_", "IPV6_", "TCP_")) or "J1939" in name
        return
    # INADDR_* and flags with the highest bit are unsigned in one place and signed in the other.
    assert number % 2**32 == dict(pythons())[name] % 2**32


def test_numbers_that_the_harness_adds(backend):
    known = {name: number for name in LISTED if (number := constants.extra(name)) is not None}
    assert known
    # Compiled against older headers, the table may lack what is newer than they are.
    assert {n: v for n, v in known.items() if backend.constant(n) not in {v, None}} == {}


def test_absence_is_data(backend):
    absent = {name for name in LISTED if backend.constant(name) is None}
    assert absent, "no platform has every symbol of all platforms"
    assert backend.constant("SO_NO_SUCH_OPTION") is None
    assert sys.platform != "linux" or "SO_EXCLUSIVEADDRUSE" in absent


def test_both_backends_have_the_same_numbers():
    try:
        c, rust = backends.load("c"), backends.load("rust")
    except UsageError as error:
        pytest.skip(f"not run: {error}")
    both = [(name, c.constant(name), rust.constant(name)) for name in LISTED]
    # Some headers are older than the libc crate, and the other way round.
    differing = [
        (name, one, two)
        for name, one, two in both
        if None not in {one, two} and one % 2**32 != two % 2**32
    ]
    assert differing == []


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_same_error_symbol_as_the_harness(backend, number):
    assert backend.errno_symbol(number) == constants.errno_symbol(number)


def test_error_without_a_name(backend):
    assert backend.errno_symbol(99999) == "E99999"
