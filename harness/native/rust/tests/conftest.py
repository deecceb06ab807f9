"""The backend that these tests are of, and Wine for its agent."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
import sockspec_rust

WINDOWS = "x86_64-pc-windows-gnu"
LINKER = "x86_64-w64-mingw32-gcc"
RANDOM = Path(__file__).parents[4] / "platforms" / "targets" / "wine" / "bcryptprimitives.c"


@pytest.fixture(scope="session")
def backend():
    return sockspec_rust.backend()


@pytest.fixture(scope="session")
def windows():
    """The name of the target; skipped where nothing can be compiled for Windows."""
    for needed in ("cargo", "rustc", LINKER):
        if shutil.which(needed) is None:
            pytest.skip(f"not run: there is no {needed}")
    asked = ("rustc", "--print", "target-libdir", "--target", WINDOWS)
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if not Path(told or "none").is_dir():
        pytest.skip(f"not run: rustc has no standard library for {WINDOWS}")
    return WINDOWS


@pytest.fixture
def wine(windows, tmp_path, monkeypatch):
    """The command that runs a program for Windows, in a prefix that has just been made."""
    for needed in ("wine", "wineserver"):
        if shutil.which(needed) is None:
            pytest.skip(f"not run: there is no {needed}")
    path = tmp_path / "path"
    path.mkdir()
    library = (LINKER, "-shared", "-o", path / "bcryptprimitives.dll", RANDOM, "-ladvapi32")
    subprocess.run(library, check=True, timeout=60)
    monkeypatch.setenv("WINEPATH", str(path))
    monkeypatch.setenv("WINEPREFIX", str(tmp_path / "prefix"))
    monkeypatch.setenv("WINEDEBUG", "-all")
    monkeypatch.setenv("WINEDLLOVERRIDES", "mscoree,mshtml=")
    monkeypatch.delenv("DISPLAY", raising=False)
    null = subprocess.DEVNULL
    streams = {"stdin": null, "stdout": null, "stderr": null}
    subprocess.run(["wine", "wineboot", "-i"], timeout=300, check=True, **streams)
    yield "wine"
    subprocess.run(["wineserver", "-k"], timeout=60, check=False)
