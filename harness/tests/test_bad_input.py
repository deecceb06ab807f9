"""Whatever is read from outside: nonsense ends in a documented error, and in no other."""

from __future__ import annotations

import json
import lzma
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nonsense import BOUNDED, JSON, changed, damaged

from sockspec import backends
from sockspec.agent.serve import Server
from sockspec.backends import link
from sockspec.errors import UsageError
from sockspec.judge import runfile
from sockspec.judge.catalogue import Catalogue
from sockspec.spec import load
from sockspec.targets import recipe

ROOT = Path(__file__).parents[2]
RUN = ROOT / "reports" / "c" / "run.jsonl.xz"


# -- run files ------------------------------------------------------------------------


def _sample() -> bytes:
    lines = lzma.decompress(RUN.read_bytes()).splitlines()
    return b"\n".join([*lines[:3], lines[-1]]) + b"\n"


SAMPLE = _sample()
HEADER = SAMPLE.index(b"\n")


def read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for witnesses in (True, False):
        with suppress(UsageError):
            runfile.read(path, witnesses=witnesses)


def test_a_run_file_cut_at_every_byte_is_read_or_refused(tmp_path):
    path = tmp_path / "run.jsonl"
    kept = set()
    for size in range(len(SAMPLE)):
        path.write_bytes(SAMPLE[:size])
        if size < HEADER:
            with pytest.raises(UsageError):
                runfile.read(path)
            continue
        run = runfile.read(path)
        # Without its last line feed the footer is whole, too.
        assert run.truncated == (size < len(SAMPLE) - 1), size
        kept.add(len(run.observations))
    assert kept == {0, 1, 2}


@BOUNDED
@given(content=st.one_of(st.binary(max_size=200), damaged(SAMPLE)))
def test_a_damaged_run_file(tmp_path, content):
    read(tmp_path / "run.jsonl", content)


@BOUNDED
@given(data=st.data())
def test_a_run_file_with_a_line_of_another_form(tmp_path, data):
    lines = SAMPLE.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(changed(lines[at]))
    read(tmp_path / "run.jsonl", b"\n".join(lines) + b"\n")


@BOUNDED
@given(content=damaged(lzma.compress(SAMPLE)))
def test_a_damaged_packed_run_file(tmp_path, content):
    read(tmp_path / "run.jsonl.xz", content)


def test_a_run_file_of_deep_nesting(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"kind":"header","platform":' + b"[" * 100_000)
    with pytest.raises(UsageError):
        runfile.read(path)


# -- profiles and recipes -------------------------------------------------------------

PROFILE = b"""version = 1
[[entry]]
rule = "state.bind.bound"
behaviour = "succeeds"
why = "it is so"
source = "https://example.org/why"
evidence = {kind = "observed", on = "Linux 6.1", date = 2026-01-01}
case = {family = "v4", type = ["stream", "dgram"]}
when = {version = ">=6.1,<7", setting = {"net.core.somaxconn" = "1"}}
sometimes = true
because = "a race"
[[cannot]]
call = "wait"
how = "POLLIN within 5 s"
why = "it does not"
source = "https://example.org/why"
evidence = {kind = "documented"}
"""
HEAD = b"""version = 1
name = "mine"
title = "Mine"
extends = "posix"
features = ["ipv6", "-unix", {feature = "oob", when = {privileged = true}}]
"""


@BOUNDED
@given(
    head=st.one_of(st.just(HEAD), damaged(HEAD)),
    entries=st.one_of(damaged(PROFILE), st.binary(max_size=80)),
)
def test_a_damaged_profile(tmp_path, head, entries):
    folder = tmp_path / "mine"
    folder.mkdir(exist_ok=True)
    (folder / "profile.toml").write_bytes(head)
    (folder / "state.toml").write_bytes(entries)
    with suppress(UsageError):
        Catalogue([tmp_path]).load("mine", load.rules())


RECIPES = sorted((ROOT / "platforms" / "targets").glob("*.toml"))


@BOUNDED
@given(data=st.data())
def test_a_damaged_recipe(tmp_path, data):
    whole = data.draw(st.sampled_from(RECIPES))
    path = tmp_path / whole.name
    path.write_bytes(data.draw(damaged(whole.read_bytes())))
    with suppress(UsageError):
        recipe.load(path)


# -- agents ---------------------------------------------------------------------------

KINDS = ["call", "start", "is-blocked", "result", "cancel", "reset", "no-such"]
CALLS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {
            "primitive": st.sampled_from(["new", "bind", "close", "no-such", "constant"]),
            "arguments": st.one_of(JSON, st.lists(JSON, max_size=3)),
        }
    ),
)

ANSWERS = [
    b'{"kind":"value","id":1,"value":{"inet":["127.0.0.1",80]}}',
    b'{"kind":"error","id":1,"symbol":"EINVAL","number":22,"call":"bind","message":""}',
    b'{"kind":"unsupported","id":1,"feature":"x","why":"y"}',
    b'{"kind":"fault","id":1,"message":"no"}',
]


@BOUNDED
@given(kind=st.sampled_from(KINDS), call=CALLS)
def test_a_request_to_an_agent_that_is_another(kind, call):
    request = {"kind": kind, "id": 7, "call": call, "seconds": 0.0}
    told = Server(backends.load("stdlib")).answer(request)
    assert told["id"] == 7
    assert told["kind"] in {"value", "error", "unsupported", "fault", "running"}


@BOUNDED
@given(data=st.data())
def test_an_answer_of_an_agent_that_is_another(data):
    answer = data.draw(st.sampled_from(ANSWERS))
    line = data.draw(st.one_of(damaged(answer), changed(answer), JSON.map(_encoded)))
    with suppress(msgspec.DecodeError):
        link._decoder(dict).decode(line)


def _encoded(value: object) -> bytes:
    return json.dumps(value).encode()
