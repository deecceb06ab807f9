"""What things cost, as ratios measured in one run.

    python harness/bench/cost.py

First the cost of one call (getsockopt, 4 bytes) through each layer as a ratio to the bare
`socket` method; then the suite: cases, examples, calls, seconds. Seconds depend on the
machine; the ratios are what is compared from one version to the next.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import backends
from sockspec.api import Socket
from sockspec.trace import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 20_000
ROUNDS = 7


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


def calls() -> None:
    measured: dict[str, list[float]] = {}
    chosen = layers()
    for _ in range(ROUNDS):
        # In turns, so that a slow moment of the machine hits every layer.
        for name, call in chosen.items():
            measured.setdefault(name, []).append(seconds(call))
    base = statistics.median(measured["bare socket"])
    print(f"one getsockopt: {base / CALLS * 1e9:.0f} ns through the bare socket module")
    for name, times in measured.items():
        print(f"  {name:22} {statistics.median(times) / base:5.2f}")


def suite() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for workers in ("0", "2"):
            ran = subprocess.run(
                [
                    *(sys.executable, "-m", "sockspec", "run", "-n", workers),
                    *("--out", str(Path(folder, "run.jsonl")), "--format", "json"),
                ],
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            told = json.loads(ran.stdout)
            print(
                f"suite with -n {workers}: {told['cases']} cases, {told['examples']} examples, "
                f"{told['calls']} calls in {told['seconds']:.1f} s: "
                f"{told['calls'] / told['seconds']:.0f} calls a second, "
                f"{told['seconds'] / told['cases'] * 1000:.1f} ms a case"
            )


if __name__ == "__main__":
    calls()
    suite()
