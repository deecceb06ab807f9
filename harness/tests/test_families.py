"""Families beyond the internet's and unix: their addresses, and where they have their cells."""

from __future__ import annotations

import socket

import pytest

from sockspec import backends
from sockspec.address import Raw
from sockspec.backends import beyond, interface
from sockspec.errors import Unsupported
from sockspec.judge import grid
from sockspec.run import families
from sockspec.run.features import probe
from sockspec.spec import load

FAMILIES = {
    name: getattr(socket, f"AF_{name.upper()}", None) for name in ("netlink", "vsock", "packet")
}
known = pytest.mark.skipif(None in FAMILIES.values(), reason="the module lacks a family")


@known
@pytest.mark.parametrize("name", FAMILIES)
def test_an_address_is_the_same_bytes_after_python_s_module_had_it(name):
    number = FAMILIES[name]
    given = families.address(name, number, "little", 1, local=True)
    assert beyond.from_python(number, beyond.to_python(given)) == given


@known
@pytest.mark.parametrize("functions", [(), ("if_indextoname", "if_nametoindex")])
def test_an_interface_is_named_also_where_the_module_cannot(functions, monkeypatch):
    (number, name), *_ = socket.if_nameindex()
    for each in functions:
        monkeypatch.delattr(socket, each)
    assert interface.name_of(number) == name
    assert interface.index_of(name) == number
    with pytest.raises(OSError, match=r"interface|device"):
        interface.index_of("no-interface")


@known
@pytest.mark.parametrize("data", [b"", bytes(12), b"\x10\0" + bytes(9), b"\x02\0" + bytes(14)])
def test_other_bytes_are_no_address_of_these(data):
    assert beyond.to_python(Raw(data)) is None


def test_options_of_vsock_are_not_for_the_module():
    try:
        made = socket.socket(getattr(socket, "AF_VSOCK", -1), socket.SOCK_STREAM)
    except OSError:
        pytest.skip("there is no VSOCK here")
    with made, pytest.raises(Unsupported, match="64 bits"):
        backends.load("stdlib").getsockopt(made, socket.SOL_SOCKET, socket.SO_TYPE, 4)


@pytest.mark.parametrize(
    ("data", "has"),
    [(bytes(12), False), (bytes(4) + b"\xff" * 8, False), (bytes(4) + b"\1\0\0\0", True)],
)
def test_an_address_has_a_number_or_none(data, has):
    assert families.number_in(Raw(data)) is has


def test_a_family_that_is_not_there_has_a_reason():
    found = probe(backends.load("stdlib"), None)
    names = {"netlink", "vsock", "vsock-loopback", "ping", "raw", "packet"}
    assert names <= found.present | found.missing.keys()
    assert all(found.missing[each] for each in names & found.missing.keys())


def test_they_are_families_of_the_same_rules():
    told = {(where.family, where.type) for where in grid.places(load.rules())}
    assert {("netlink", "dgram"), ("vsock", "stream"), ("ping", "dgram")} < told
    assert {("v4", "raw"), ("packet", "raw"), ("packet", "dgram")} < told


def test_no_clause_but_that_of_a_closed_descriptor_and_of_its_type_judges_them():
    beyond_posix = {"netlink", "vsock", "ping", "packet"}
    judged = {
        rule.id
        for rule in load.rules().rules.values()
        for case in rule.cases
        if rule.level != "unspecified"
        and (case.get("family") in beyond_posix or case.get("type") == "raw")
    }
    assert judged - {"grid.option.type"} == {
        each for each in judged if each.endswith(".closed")
    }
    assert judged
