"""The invariants of the architecture, read from the imports: data flows one way."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import sockspec

PACKAGE = Path(sockspec.__file__).parent
RUST = PACKAGE.parent / "native" / "rust" / "agent" / "src"

# Which rooms a room may know, besides the root (address, errors, backend, ...).
ALLOWED = {
    "api": {"backends"},  # the standard library's backend, where none is given
    "backends": {"protocol"},
    "protocol": {"api"},
    "agent": {"backends", "protocol"},
    "spec": {"api"},  # the names of the documented functions
    "judge": {"spec"},
    "reproduce": {"judge", "network", "protocol", "spec"},  # a script makes the link of its run
    "report": {"backends", "judge", "protocol", "reproduce", "spec"},
    "site": {"judge", "report", "reproduce", "spec"},
    "network": {"backends"},
    "run": {"api", "backends", "judge", "network", "report", "spec"},
    "targets": {"agent", "backends", "judge", "report"},
    "faults": {"backends", "judge", "network", "run", "spec"},
    "explore": {"backends", "reproduce", "run"},  # its finds are kept as a run's are
    "init": set(),  # it knows no other: what it writes are texts
    "cli": {
        "explore",
        "faults",
        "init",
        "agent",
        "backends",
        "judge",
        "protocol",
        "report",
        "reproduce",
        "run",
        "site",
        "spec",
    }
    | {"targets"},
    "root": {"api", "cli"},  # sockspec.Socket, and python -m sockspec
}


def modules(package: Path) -> dict[str, Path]:
    """The modules of the package, but for what runs alone inside a guest."""
    return {
        ".".join((package.name, *path.relative_to(package).with_suffix("").parts)).removesuffix(
            ".__init__"
        ): path
        for path in package.rglob("*.py")
        if not {"guest", "conformance", "templates"} & set(path.parts)
    }


def imports(source: str, known: dict[str, Path]) -> set[str]:
    """The modules that a source imports, anywhere in it and for types too."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                found.add(whole if whole in known else node.module)
    return found & known.keys()


def graph(package: Path) -> dict[str, set[str]]:
    known = modules(package)
    found = {name: imports(path.read_text("utf-8"), known) for name, path in known.items()}
    return {name: others - {name} for name, others in found.items()}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else "root"


def trespasses(edges: dict[str, set[str]]) -> list[str]:
    return sorted(
        f"{one} imports {other}"
        for one, others in edges.items()
        for other in others
        if room(other) not in {"root", room(one), *ALLOWED[room(one)]}
    )


def circle(edges: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return error.args[1]
    return []


EDGES = graph(PACKAGE)


def test_no_module_is_in_a_circle():
    assert circle(EDGES) == []


def test_every_room_knows_only_what_it_may():
    assert trespasses(EDGES) == []


def test_no_allowance_is_idle():
    used = {(room(one), room(other)) for one, others in EDGES.items() for other in others}
    assert {(one, other) for one, rooms in ALLOWED.items() for other in rooms} - used == set()


def test_verdicts_are_pure():
    # A verdict knows rules, behaviours and an expectation: no profile, no run, no report.
    assert EDGES["sockspec.judge.verdict"] == {"sockspec.spec.rules"}


def test_faces_know_no_rule_and_tests_no_platform():
    faces = {other for one, others in EDGES.items() if room(one) == "api" for other in others}
    assert not {other for other in faces if room(other) in {"spec", "judge", "run", "report"}}
    root = PACKAGE.parent.parent / "conformance"
    known = modules(PACKAGE)
    met = {
        other
        for path in root.rglob("*.py")
        for other in imports(path.read_text("utf-8"), known)
    }
    assert {room(other) for other in met} <= {"root", "spec", "api"}
    assert "sockspec.platform" not in met


def test_a_circle_and_a_trespass_are_seen(tmp_path):
    package = tmp_path / "sockspec"
    for name, text in {
        "api/one.py": "from sockspec.api import two\nfrom sockspec.spec.rules import rule\n",
        "api/two.py": "import sockspec.api.one\n",
        "spec/rules.py": "",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    edges = graph(package)
    assert set(circle(edges)) == {"sockspec.api.one", "sockspec.api.two"}
    assert trespasses(edges) == ["sockspec.api.one imports sockspec.spec.rules"]


@pytest.mark.skipif(not RUST.is_dir(), reason="not run: the Rust agent is not in a wheel")
def test_no_module_of_the_rust_agent_is_in_a_circle():
    edges = {
        path.stem: set(re.findall(r"\bcrate::(\w+)", path.read_text("utf-8"))) - {path.stem}
        for path in RUST.glob("*.rs")
    }
    assert "calls" in edges
    assert circle(edges) == []
