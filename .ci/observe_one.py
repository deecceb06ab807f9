"""Installs the core and one backend, runs the specification through it, writes the run file.

    python .ci/observe_one.py BACKEND FILE [OPTIONS OF `sockspec run`]

For the systems of continuous integration, that have no make. The exit code is 0 when the
run was whole, whatever it saw: what is new there is what the run file is for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHOLE = {0, 1}  # fine; new, changed or fixed divergences


def main(backend: str, file: str, *options: str) -> int:
    """Run it; `sockspec run` says what its exit codes mean."""
    parts = [str(ROOT)]
    if backend != "stdlib" and not backend.startswith("agent:"):
        parts.append(str(ROOT / "harness" / "native" / backend))
    subprocess.run([sys.executable, "-m", "pip", "install", *parts], check=True)
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sockspec", "run", "--backend", backend, "--out", file]
    code = subprocess.run([*command, *options], check=False).returncode
    return 0 if code in WHOLE else code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
