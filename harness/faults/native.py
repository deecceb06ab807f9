"""Faults below a backend: its calls of libc are made wrong, and the rules have to notice.

    python harness/faults/native.py --backend c --backend rust --page out/native.md

Works for whatever calls libc's functions dynamically: the standard library, the C core, the
Rust backend, and the agents of both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec.judge import runfile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCE = Path(__file__).with_name("libfault.c")

FAULTS: dict[str, tuple[str, ...]] = {
    "shutdown-nothing": ("state.shutdown",),
    "shutdown-both": ("state.shutdown",),
    "shutdown-unconnected-is-invalid": ("state.shutdown",),
    "listen-backlog-ignored": ("state.listen",),
    "bind-in-use-is-invalid": ("state.port-sharing", "state.reuse"),
    "connect-refused-is-timeout": ("state.connect",),
    "accept-cloexec-dropped": ("contracts.accept",),
    "accept-not-listening-is-bad": ("state.accept",),
    "getsockname-no-port": ("contracts.address",),
    "getpeername-is-invalid": ("state.peer-addr",),
    "nodelay-ignored": ("contracts.option", "options.boolean"),
    "read-timeout-ignored": ("options.timeout", "contracts.timeout"),
    "linger-off": ("contracts.linger", "options.linger"),
    "error-zero": ("options.error", "contracts.take-error"),
    "keepalive-on": ("options.boolean", "contracts.option"),
    "peek-dropped": ("data.peek",),
    "wait-all-dropped": ("data.wait-all",),
    "urgent-in-band": ("urgent.receive",),
    "urgent-dropped": ("urgent.receive", "urgent.mark"),
    "truncation-hidden": ("data.truncation",),
    "send-counts-less": ("urgent.send", "data.order"),
    "first-buffer-only": ("data.vectored",),
    "hang-up-unreported": ("readiness.readable", "readiness.events"),
}
"""What `libfault.c` does wrong, and the rules, or beginnings of ids, that name the promise."""


@dataclass(frozen=True)
class Found:
    """What became of a fault: the rules that went red."""

    backend: str
    fault: str
    rules: tuple[str, ...]

    def line(self) -> str:
        """A line for people."""
        verdict = "named" if self.rules else "survived"
        return f"{verdict:9} {self.backend} {self.fault}: {', '.join(self.rules[:3])}"


def compiler() -> str | None:
    """The C compiler; None where there is none."""
    return shutil.which(os.environ.get("CC", "cc"))


def build(folder: Path) -> Path:
    """The library, compiled into the folder."""
    made = folder / "libfault.so"
    cc = compiler() or "cc"
    command = [cc, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([*command, "-o", str(made), str(SOURCE), "-ldl"], check=True)
    return made


def tried(library: Path, backend: str, fault: str, folder: Path) -> Found:
    """Run the rules that name the promise on the backend with the fault."""
    out = folder / "run.jsonl"
    out.unlink(missing_ok=True)
    rules = [
        word for rule in FAULTS.get(fault, ("state.shutdown",)) for word in ("--rule", rule)
    ]
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "sockspec", "run", "--backend", backend, *rules),
            *("-n", "0", "--examples", "5", "--deadline", "3", "--out", str(out)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LD_PRELOAD": str(library), "SOCKSPEC_FAULT": fault},
    )
    if not out.exists():
        raise SystemExit(f"{backend} with {fault} did not run:\n{ran.stdout}{ran.stderr}")
    seen = runfile.read(out, witnesses=False).observations
    return Found(backend, fault, tuple(dict.fromkeys(e.rule for e in seen if e.verdict.is_red)))


def page(found: Sequence[Found]) -> Iterator[str]:
    """The counts, and what was missed, in Markdown."""
    yield f"Measured on {datetime.now(UTC).date().isoformat()}."
    yield ""
    yield "| backend | faults | noticed | survived |"
    yield "|---|--:|--:|--:|"
    for backend in dict.fromkeys(each.backend for each in found):
        those = [each for each in found if each.backend == backend]
        noticed = sum(bool(each.rules) for each in those)
        yield f"| `{backend}` | {len(those)} | {noticed} | {len(those) - noticed} |"
    survived = [each for each in found if not each.rules]
    if survived:
        yield ""
        yield from (f"- survived: `{each.fault}` in `{each.backend}`" for each in survived)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--backend", action="append")
    parser.add_argument("--only", action="append", choices=list(FAULTS))
    parser.add_argument("--page", type=Path)
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = build(folder)
        for backend in given.backend or ["stdlib"]:
            for fault in given.only or FAULTS:
                found.append(tried(library, backend, fault, folder))
                print(found[-1].line(), flush=True)
    if given.page:
        given.page.write_text("\n".join(page(found)) + "\n", encoding="utf-8")
    return 0 if all(each.rules for each in found) else 3


if __name__ == "__main__":
    sys.exit(main())
