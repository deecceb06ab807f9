"""Mutation testing of what judges: each module is made wrong in one place at a time.

    python harness/mutation/mutation.py --only verdict --keep out/mutation.json

The mutants are those of cosmic-ray's operators. Each is played in a fork that has imported
pytest and nothing of sockspec, on the direct tests of its module, until one fails: a tenth of
what a process of its own costs. What no test can tell from the module stands in
`equivalent.toml`, with the reason.
"""

from __future__ import annotations

import argparse
import ast
import datetime
import difflib
import gc
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import resource
import signal
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "harness" / "tests"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")

MODULES = {
    "verdict": ["test_verdict.py"],
    "compare": ["test_comparing.py"],
    "runfile": ["test_run_lines.py"],
    "profiles": ["test_layers.py"],
    "entry": ["test_entries.py"],
    "reading": ["test_reading.py"],
    "cannot": ["test_staleness.py"],
    "promise": ["test_staleness.py"],
    "answers": ["test_layers.py", "test_update_answers.py"],
    "stale": ["test_staleness.py"],
    "gate": ["test_gate_terms.py"],
    "since": ["test_earlier.py"],
    "sets": ["test_earlier.py"],
    "update": ["test_update_edits.py"],
    "update.answers": ["test_update_answers.py"],
    "update.barriers": ["test_update_barriers.py"],
    "update.conditions": ["test_update_points.py"],
    "update.head": ["test_update_text.py"],
    "update.narrow": ["test_update_narrow.py"],
    "update.points": ["test_update_points.py"],
    "update.text": ["test_update_text.py"],
}
"""The modules of `sockspec.judge`, each with its direct tests: in process, in a second."""

# What tests import that is not ours: once, and not in each fork.
BESIDE = "hypothesis msgspec packaging.version packaging.specifiers tomlkit jsonschema lzma"
BESIDE += " asyncio rich.console click jinja2"

# Of the operators those that tell nothing which another does not: an order or an identity in
# the place of another comparison, and arithmetic that sets, words and counts do not have.
LEFT_OUT = re.compile(
    r"Comparison\w+?_((Eq|NotEq)_(Lt|Gt|Is|IsNot)|(Is|IsNot)_(Eq|NotEq|Lt|LtE|Gt|GtE)"
    r"|(Lt|LtE|Gt|GtE)_(Is|IsNot))$"
    r"|BinaryOperator_\w+_(Div|FloorDiv|Mod|Pow|LShift|RShift)$"
)

SECONDS = 10  # of a processor, for one mutant: more is as good as a failure
BYTES = 2**31  # of memory; and a hundredth of it in a file


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change to a module: the `occurrence` of what an operator changes, and its place."""

    module: str
    operator: str
    occurrence: int
    line: int

    @property
    def key(self) -> str:
        """How it is named where results are kept."""
        return f"{self.operator}:{self.occurrence}"

    def code(self, source: str) -> str:
        """The module with the change."""
        changed = mutate_code(source, _operator(self.operator), self.occurrence)
        assert changed is not None, self  # noqa: S101 - it was found in this source
        return str(changed)

    def lines(self, source: str) -> tuple[str, str]:
        """The lines that differ, as they are and as they would be, without their indents."""
        before, after = source.splitlines(), self.code(source).splitlines()
        told = list(difflib.unified_diff(before, after, n=0, lineterm=""))[3:]
        parts = ([each[1:].strip() for each in told if each[0] == sign] for sign in "-+")
        was, now = (" ".join(each).strip() for each in parts)
        return was, now


def path_of(module: str) -> Path:
    """The file of a module of `sockspec.judge`."""
    path = ROOT.joinpath("harness", "sockspec", "judge", *module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _operator(name: str) -> Any:
    return plugins.get_operator(name)()


def mutants(module: str) -> Iterator[Mutant]:
    """All of a module, but for those in what only types are checked by."""
    source = path_of(module).read_text("utf-8")
    types = {n for n, line in enumerate(source.splitlines(), 1) if "if TYPE_CHECKING" in line}
    tree, told = get_ast(source), list(_annotations(ast.parse(source)))
    for name in plugins.operator_names():
        if LEFT_OUT.search(name) or plugins.get_operator(name).arguments():
            continue
        operator = _operator(name)
        places = (at for node in ast_nodes(tree) for at in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(places):
            is_type = start[0] in types or any(a <= start < z for a, z in told)
            if not is_type:
                yield Mutant(module, name, occurrence, start[0])


def _annotations(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    structs = {
        id(each)
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.decorator_list  # msgspec reads its own
        for each in node.body
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and id(node) not in structs:
            told = node.annotation
        else:
            told = getattr(node, "returns", None)
        if told is not None and told.end_lineno is not None:
            yield (told.lineno, told.col_offset), (told.end_lineno, told.end_col_offset or 0)


# -- one mutant ------------------------------------------------------------------------------


class _Wrong:
    """Finds one module and gives it other code."""

    def __init__(self, name: str, path: Path, code: str) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(self, name: str, *_: object) -> Any:
        if name != self._name:
            return None
        where = [str(self._path.parent)] if self._path.name == "__init__.py" else None
        spec = importlib.util.spec_from_file_location(
            name, self._path, submodule_search_locations=where
        )
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018
        code = self._code
        spec.loader.get_code = lambda _: compile(code, str(self._path), "exec")  # type: ignore[method-assign]
        return spec


def _spoil(mutant: Mutant | None, module: str) -> None:
    """Give this process limits, and the module the mutant's code."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES // 100, BYTES // 100))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    signal.alarm(20 * SECONDS)  # one that waits
    if mutant is not None:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        path = path_of(module)
        code = mutant.code(path.read_text("utf-8"))
        sys.meta_path.insert(0, _Wrong(f"sockspec.judge.{module}", path, code))  # type: ignore[arg-type]


class Player:
    """A plugin of pytest that forks when all is read and nothing is imported of the tests."""

    def __init__(self, module: str, killed: Iterable[str]) -> None:
        self.module = module
        self.is_fork = False
        self.died = list(killed)
        self.survived: list[Mutant] = []
        self.all_of = list(mutants(module))

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self) -> int | None:
        """Play all; a fork goes on to the tests."""
        known = set(self.died)
        for mutant in (None, *(each for each in self.all_of if each.key not in known)):
            pid = os.fork()
            if not pid:
                self.is_fork = True
                _spoil(mutant, self.module)
                return None
            _, status = os.waitpid(pid, 0)
            if mutant is None and status:
                sys.exit(f"{self.module}: its tests fail without a mutant")
            if status:
                self.died.append(mutant.key if mutant else "")
            elif mutant is not None:
                self.survived.append(mutant)
        return 0

    def play(self) -> None:
        """Play all mutants that are not known to die."""
        words = [
            "-x",
            "-q",
            "-s",
            "--tb=no",
            "--no-header",
            "--noconftest",
            "-p",
            "no:cacheprovider",
        ]
        words += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
        code = 70
        try:
            code = int(pytest.main([*words, *map(str, self._files())], plugins=[self]))
        finally:
            if self.is_fork:
                os._exit(code)

    def _files(self) -> list[Path]:
        return [TESTS / each for each in MODULES[self.module]]


# -- all -------------------------------------------------------------------------------------


def play(module: str, killed: Iterable[str]) -> dict[str, Any]:
    """What became of a module's mutants; `killed` are those of which that is known."""
    player = Player(module, killed)
    player.play()
    source = path_of(module).read_text("utf-8")
    reasons = [each for each in _equivalent() if each["module"] == module]
    equal, left, used = [], [], set()
    for mutant in player.survived:
        was, now = mutant.lines(source)
        found = [
            at
            for at, each in enumerate(reasons)
            if each["before"] == was and now in each["after"]
        ]
        used.update(found)
        (equal if found else left).append(mutant.key)
        if not found:
            print(
                f"{module}:{mutant.line}: {mutant.operator}\n  - {was}\n  + {now}", flush=True
            )
    for at in sorted({*range(len(reasons))} - used):
        print(f"{module}: killed, or not there: {reasons[at]['before']}")
    return {
        "source": _digest(module),
        "mutants": len(player.all_of),
        "killed": player.died,
        "equivalent": equal,
        "left": left,
    }


def page(results: dict[str, dict[str, Any]]) -> str:
    """The table of results, and what no test can tell from the module."""
    tools = f"sockspec {_version()} and cosmic-ray {importlib.metadata.version('cosmic-ray')}"
    lines = [
        f"Measured on {datetime.datetime.now(tz=datetime.UTC):%Y-%m-%d} with {tools}:",
        "",
        "| module | mutants | killed | equivalent | left |",
        "|---|--:|--:|--:|--:|",
    ]
    total = [0, 0, 0, 0]
    for module, of in results.items():
        counts = [of["mutants"], *(len(of[each]) for each in ("killed", "equivalent", "left"))]
        total = [a + b for a, b in zip(total, counts, strict=True)]
        lines.append(f"| `judge.{module}` | {' | '.join(map(str, counts))} |")
    lines += [f"| **together** | {' | '.join(map(str, total))} |", ""]
    reasons: dict[str, list[str]] = {}
    for each in _equivalent():
        if each["module"] in results:
            place = f"`{each['before']}` in `{each['module']}`"
            reasons.setdefault(each["why"], []).append(place)
    if reasons:
        lines += ["No test can tell these from the module:", ""]
        lines += [f"- {why}: {', '.join(places)}" for why, places in reasons.items()]
        lines.append("")
    return "\n".join(lines)


def _digest(module: str) -> str:
    return hashlib.sha256(path_of(module).read_bytes()).hexdigest()


def _version() -> str:
    text = (ROOT / "harness" / "sockspec" / "__init__.py").read_text("utf-8")
    found = re.search(r'__version__ = "(.+)"', text)
    return found[1] if found else ""


def _equivalent() -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = tomllib.loads(EQUIVALENT.read_text("utf-8"))["equivalent"]
    return told


def main() -> None:
    """Play the mutants of all modules, or of some; show what survives, and the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--only", action="append", choices=MODULES, default=[])
    asked.add_argument(
        "--keep", type=Path, help="results; what died of a module as it is is not played again"
    )
    asked.add_argument("--page", type=Path, help="a file for the table of all that is kept")
    asked.add_argument("--count", action="store_true", help="only how many there are")
    words = asked.parse_args()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in BESIDE.split():
        importlib.import_module(name)
    gc.freeze()  # or each fork copies what it collects
    gc.disable()
    kept = words.keep and words.keep.exists() and json.loads(words.keep.read_text("utf-8"))
    results: dict[str, Any] = kept or {}
    chosen = words.only or list(MODULES)
    for module in chosen:
        if words.count:
            print(module, sum(1 for _ in mutants(module)))
            continue
        old = results.get(module, {})
        known = old["killed"] if old.get("source") == _digest(module) else ()
        results[module] = play(module, known)
        if words.keep:
            words.keep.parent.mkdir(parents=True, exist_ok=True)
            words.keep.write_text(json.dumps(results), encoding="utf-8")
    if words.count:
        return
    made = page({each: results[each] for each in MODULES if each in results})
    print(made)
    if words.page:
        words.page.write_text(made, encoding="utf-8")
    sys.exit(any(results[module]["left"] for module in chosen))


if __name__ == "__main__":
    main()
