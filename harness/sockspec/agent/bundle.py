"""The Python agent as one file, for machines that have an interpreter and nothing else.

    sockspec agent --write agent.pyz
    ssh HOST python3 agent.pyz

The file is an archive that Python 3.9 or newer runs (PEP 441), with the very modules of
this package that an agent needs. The same version makes the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from sockspec import files

__all__ = ["MODULES", "write"]

MODULES = (
    *("__init__.py", "address.py", "backend.py", "constants.py", "errors.py", "pending.py"),
    *("platform.py", "backends/__init__.py", "backends/stdlib.py"),
    *(
        "backends/wsapoll.py",
        "backends/beyond.py",
        "backends/epoll.py",
        "backends/facts.py",
        "backends/files.py",
        "backends/interface.py",
        "backends/kqueue.py",
    ),
    *("agent/__init__.py", "agent/process.py", "agent/serve.py"),
    *("protocol/__init__.py", "protocol/wire.py"),
)
"""What the agent imports. They run on Python 3.9 and need the standard library alone."""

_MAIN = "from sockspec.agent.serve import main\n\nmain()\n"
_FIRST = b"#!/usr/bin/env python3\n"
_DATE = (1980, 1, 1, 0, 0, 0)  # the first that an archive can have


def write(path: Path) -> None:
    """Write the file, executable. An archive of an earlier version may stand there."""
    root = Path(__file__).parent.parent
    texts = {f"sockspec/{name}": (root / name).read_text("utf-8") for name in MODULES}
    made = io.BytesIO(_FIRST)
    made.seek(0, io.SEEK_END)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {"__main__.py": _MAIN, **texts}.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), text, zipfile.ZIP_DEFLATED)
    there = files.write(path, made.getvalue(), is_ours=lambda head: head.startswith(_FIRST))
    with files.refusing(path):
        there.chmod(0o755)
