"""Constants and error symbols agree with Python's, and know more of them."""

from __future__ import annotations

import errno
import re
import select
import socket
import sys

import pytest
from sockspec_rust import _core

from sockspec import constants

AREAS = re.compile(r"(AF|SOCK|SO|SOL|IP|IPV6|TCP|UDP|MSG|SHUT|SCM|POLL|IPPROTO)_?[A-Z0-9_]+$")
TABLE = _core.constants()


def pythons():
    for module in (socket, select):
        for name, value in vars(module).items():
            if AREAS.match(name) and isinstance(value, int):
                yield name, int(value)


SHARED = sorted({(name, value) for name, value in pythons() if TABLE.get(name) is not None})


@pytest.mark.parametrize(("name", "value"), SHARED)
def test_same_number_as_python(backend, name, value):
    # INADDR_* and flags with the highest bit are unsigned in one place and signed in the other.
    assert backend.constant(name) % 2**32 == value % 2**32


def test_few_of_pythons_are_missing(backend):
    wanted = {name for name, _ in pythons() if name.startswith(("SO_", "IP_", "IPV6_", "TCP_"))}
    missing = {name for name in wanted if backend.constant(name) is None}
    assert {name for name in missing if "J1939" not in name} == set()


def test_numbers_that_the_harness_adds(backend):
    known = {name: constants.extra(name) for name in TABLE if constants.extra(name) is not None}
    assert known
    assert {n: v for n, v in known.items() if backend.constant(n) != v} == {}


def test_same_numbers_as_the_c_backend(backend):
    theirs = pytest.importorskip("sockspec_c").backend()
    both = {name for name in TABLE if theirs.constant(name) is not None}
    # Some headers are older than the libc crate, and the other way round.
    differing = {
        name: (backend.constant(name), theirs.constant(name))
        for name in both
        if backend.constant(name) is not None
        and backend.constant(name) % 2**32 != theirs.constant(name) % 2**32
    }
    assert differing == {}


def test_absence_is_data(backend):
    absent = {name for name, value in TABLE.items() if value is None}
    assert absent, "no platform has every symbol of all platforms"
    assert backend.constant("SO_NO_SUCH_OPTION") is None
    if sys.platform == "linux":
        assert "SO_EXCLUSIVEADDRUSE" in absent


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_same_error_symbol_as_the_harness(backend, number):
    assert backend.errno_symbol(number) == constants.errno_symbol(number)


def test_error_without_a_name(backend):
    assert backend.errno_symbol(99999) == "E99999"
