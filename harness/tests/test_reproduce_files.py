"""What a test did to files, in its witness and in the scripts."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

import pytest
from reproducing import PLAIN, played, script_of
from test_reproduce_c import compiled, ended

from sockspec import backends
from sockspec.backends.trace import Traced, encode
from sockspec.run.made import Made


def inside(name: str) -> dict[str, str]:
    """A path in the folder of a test, as a witness has it."""
    return {"unix": f"/tmp/sockspec-a1b2c3d4/{name}".encode().hex()}


FILE, LINK, OTHER, MOVED, FOLDER, FIFO = map(inside, ("1", "2", "3", "4", "5", "6"))
CHANGES = [
    ("create", FILE),
    ("chmod", FILE, 0o444),
    ("symlink", FILE, LINK),
    ("link", FILE, OTHER),
    ("rename", OTHER, MOVED),
    ("unlink", LINK),
    ("mkfifo", FIFO),
    ("mkdir", FOLDER),
]


def witness(changes: list[tuple]) -> list[dict]:
    """Calls of which the last but one wants the folder that the last change makes."""
    sock = {"socket": 0}
    return [
        {"call": "new", "arguments": [1, 1, 0], "answer": sock},
        *(
            {"call": f"files.{how}", "arguments": given, "answer": None}
            for how, *given in changes
        ),
        {"call": "bind", "arguments": [sock, inside("5/socket")], "answer": None},
        {"call": "listen", "arguments": [sock, 1], "answer": None},
    ]


@pytest.mark.parametrize(("changes", "code"), [(CHANGES, 1), (CHANGES[:-1], 2)])
@pytest.mark.parametrize("language", ["python", "player", "c"])
def test_a_script_does_to_files_what_the_test_did(language, changes, code, tmp_path):
    calls = witness(changes)
    match language:
        case "python":
            done = played(script_of(calls, "listens"))
        case "player":
            done = played(script_of(calls, "listens", "theirs"), sys.executable, *PLAIN)
        case _:
            done = ended(compiled(script_of(calls, "listens", "c"), tmp_path))
    assert done[0] == code, done[1]
    assert ("ENOENT" in done[1]) is (code == 2)


@pytest.mark.skipif(not hasattr(os, "link"), reason="files have one name here")
def test_a_witness_has_what_the_test_did_to_files(tmp_path):
    backend = Traced(backends.load("stdlib"))
    backend.begin()
    path, other = (os.fsencode(tmp_path / each) for each in ("one", "other"))
    sockets = SimpleNamespace(backend=backend)
    Made.change(sockets, "create", path)
    Made.change(sockets, "rename", path, other)
    Made.change(sockets, "chmod", other, 0o600)
    with pytest.raises(FileNotFoundError):
        Made.change(sockets, "unlink", path)
    with pytest.raises(FileExistsError):
        Made.change(sockets, "create", other)
    first, second = {"unix": path.hex()}, {"unix": other.hex()}
    assert encode(backend.calls) == [
        {"call": "files.create", "arguments": [first], "answer": None},
        {"call": "files.rename", "arguments": [first, second], "answer": None},
        {"call": "files.chmod", "arguments": [second, 0o600], "answer": None},
    ]
    assert backend.count == 0
    Made.change(SimpleNamespace(backend=backend.inner), "unlink", other)
    assert list(tmp_path.iterdir()) == []
