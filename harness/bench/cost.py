"""What things cost, beside what they cost when that was kept last.

    python harness/bench/cost.py [PAGE]

The cost of one call (getsockopt, 4 bytes) through each layer as a ratio to the bare `socket`
method; of one call through an agent, in microseconds; of the specification, in CPU seconds of
all its processes. Those depend on the machine; the ratios are what is compared from one
version to the next. With a PAGE the table is written there, in place of what was kept.
"""

from __future__ import annotations

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.api import Socket
from sockspec.backends.trace import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from sockspec.backend import Backend

CALLS = 20_000
ROUNDS = 7

KEPT = Path(__file__).parents[2] / "docs" / "measured" / "costs.md"
GOALS = {
    "a call through c, to the bare one": 1.5,
    "a call through rust, to the bare one": 1.5,
    "a call through an agent for c, in us": 25.0,
    "a call through an agent for rust, in us": 25.0,
    "a call through an agent for stdlib, in us": 25.0,
    "a case in one process, in ms of CPU": 5.0,  # 20 s of what were 3,961 cases
    "two workers, to one process": 1.15,
}

Figures = dict[str, float]


def seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(CALLS):
        call()
    return time.perf_counter() - begun


def layers() -> dict[str, Callable[[], object]]:
    bare = socket.socket()
    level, name = socket.SOL_SOCKET, socket.SO_RCVBUF
    found: dict[str, Callable[[], object]] = {
        "bare socket": lambda: bare.getsockopt(level, name, 4)
    }
    for each in backends.discover():
        if each.backend is None:
            continue
        backend = each.backend
        handle = backend.new(socket.AF_INET, socket.SOCK_STREAM, 0)
        found[each.name] = lambda b=backend, h=handle: b.getsockopt(h, level, name, 4)
        traced = Traced(backend)
        again = traced.new(socket.AF_INET, socket.SOCK_STREAM, 0)

        def through(b: Traced = traced, h: object = again) -> object:
            b.calls.clear()
            return b.getsockopt(h, level, name, 4)

        found[f"{each.name}, traced"] = through
        face = Socket("AF_INET", "SOCK_STREAM", backend=backend)
        found[f"{each.name}, face"] = face.recv_buffer_size
    return found


def calls() -> Figures:
    measured: dict[str, list[float]] = {}
    chosen = layers()
    for _ in range(ROUNDS):
        # In turns, so that a slow moment of the machine hits every layer.
        for name, call in chosen.items():
            measured.setdefault(name, []).append(seconds(call))
    base = statistics.median(measured.pop("bare socket"))
    return {
        f"a call through {name}, to the bare one": statistics.median(times) / base
        for name, times in measured.items()
    }


def agents() -> Figures:
    found: Figures = {}
    for each in backends.discover():
        if each.backend is None:
            continue
        isolated = backends.load(each.name, isolate=True)
        name = f"a call through an agent for {each.name}, in us"
        found[name] = statistics.median(times(isolated)) * 1e6
        isolated.shut_down()
    return found


def times(backend: Backend) -> list[float]:
    """How long each call took, in seconds."""
    level, name = socket.SOL_SOCKET, socket.SO_RCVBUF
    handle = backend.new(socket.AF_INET, socket.SOCK_STREAM, 0)
    taken = []
    for _ in range(CALLS):
        begun = time.perf_counter()
        backend.getsockopt(handle, level, name, 4)
        taken.append(time.perf_counter() - begun)
    backend.close(handle)
    return taken


def suite() -> Figures:
    cases, alone = _ran("-n", "0")
    return {
        "cases": cases,
        "the specification in one process, in CPU s": alone,
        "a case in one process, in ms of CPU": alone / cases * 1000,
        "two workers, to one process": _ran("-n", "2")[1] / alone,
        "two workers with agents, to one process": _ran("-n", "2", "--isolate")[1] / alone,
    }


def _ran(*how: str) -> tuple[int, float]:
    """How many cases a run had, and the CPU seconds of all its processes."""
    with tempfile.TemporaryDirectory() as folder:
        out = ("--out", str(Path(folder, "run.jsonl")), "--format", "json")
        command = [sys.executable, "-m", "sockspec", "run", *how, *out]
        before = os.times()
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        after = os.times()
    used = after.children_user + after.children_system
    return json.loads(ran.stdout)["cases"], used - before.children_user - before.children_system


# -- beside what was kept ---------------------------------------------------------------


def kept() -> dict[str, str]:
    """The figures that the page has, by what they are of."""
    rows = (line.strip("| ").split(" | ") for line in KEPT.read_text("utf-8").splitlines())
    return {row[0]: row[-1] for row in rows if len(row) == 3}


def table(found: Figures) -> str:
    rows = [
        f"| {name} | {GOALS.get(name, '')} | {_said(figure)} |"
        for name, figure in found.items()
    ]
    return "\n".join(["| | at most | measured |", "| --- | --: | --: |", *rows])


def _said(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:.2f}"


def page(found: Figures) -> str:
    load = os.getloadavg()[1]
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {platform.system()} "
        f"{platform.release()}, CPython {platform.python_version()}, on {os.cpu_count()} "
        f"processors with a load of {load:.0f}.\n\n{table(found)}\n"
    )


def main(out: str = "") -> None:
    before = kept()
    found: Figures = {}
    for measure in (calls, agents, suite):
        made = measure()
        found |= made
        for name, figure in made.items():
            print(f"{name:45} {_said(figure):>9}  kept: {before.get(name, 'none')}")
    if out:
        Path(out).write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:2])
