"""Faults of libc's calls, below whatever implementation makes them."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from sockspec import backends
from sockspec.errors import SockspecError
from sockspec.faults.fault import is_of
from sockspec.spec import load

PROGRAM = Path(__file__).parent.parent / "faults" / "native.py"

# One for each implementation; `make native-faults` runs them all.
SAMPLE = [
    ("stdlib", "nodelay-ignored"),
    ("c", "getpeername-is-invalid"),
    ("rust", "shutdown-unconnected-is-invalid"),
]


@pytest.fixture(scope="module")
def native():
    spec = importlib.util.spec_from_file_location("native_faults", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def library(native, tmp_path_factory):
    if sys.platform != "linux":
        pytest.skip("not run: LD_PRELOAD is the dynamic linker's of Linux")
    if native.compiler() is None:
        pytest.skip("not run: there is no C compiler")
    return native.build(tmp_path_factory.mktemp("native"))


def test_the_library_has_the_faults_of_the_table(native):
    there = set(re.findall(r'fault_is\("([\w-]+)"\)', native.SOURCE.read_text("utf-8")))
    assert there == set(native.FAULTS)
    assert len(there) >= 12


def test_each_names_rules_that_there_are(native):
    known = load.rules().rules
    patterns = {pattern for rules in native.FAULTS.values() for pattern in rules}
    assert [each for each in patterns if not any(is_of(rule, (each,)) for rule in known)] == []


@pytest.mark.parametrize(("backend", "fault"), SAMPLE)
def test_a_fault_below_an_implementation_is_noticed(native, library, tmp_path, backend, fault):
    try:
        backends.load(backend).shut_down()
    except SockspecError as error:
        pytest.skip(f"not run: {str(error).splitlines()[0]}")
    found = native.tried(library, backend, fault, tmp_path)
    assert any(is_of(rule, native.FAULTS[fault]) for rule in found.rules), found.line()


def test_the_library_alone_changes_nothing(native, library, tmp_path):
    found = native.tried(library, "stdlib", "", tmp_path)
    assert found.rules == ()
