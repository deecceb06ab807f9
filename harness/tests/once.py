"""What takes long to make is made once for all workers of pytest-xdist."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress

import pytest

_MADE = "made"


@pytest.fixture(scope="session")
def once(request, tmp_path_factory):
    """Ask for a folder by name, with what fills it: the first worker who asks does that."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def once(name, fill):
        folder = shared / name
        with _locked(shared / f"{name}.lock") as lock:
            if lock.read() != _MADE:
                shutil.rmtree(folder, ignore_errors=True)  # of one who did not come to an end
                folder.mkdir()
                fill(folder)
                lock.truncate(0)
                lock.write(_MADE)
        return folder

    return once


@contextmanager
def _locked(path):
    with path.open("a+") as lock:
        with suppress(ImportError):  # on Windows, where nobody runs these tests side by side
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        yield lock
