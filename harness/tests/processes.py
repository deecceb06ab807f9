"""The processes of a run: found by a mark in their environment, which children inherit."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

MARK = "SOCKSPEC_TESTED"


@contextmanager
def marked():
    """Environment variables that mark a run; at the end whatever is left is killed."""
    environment = {MARK: uuid.uuid4().hex}
    try:
        yield environment
    finally:
        for pid in running(environment):
            with suppress(ProcessLookupError):  # it was ending by itself
                os.kill(pid, 9)


def running(environment):
    """The processes of a marked run: command lines by process id."""
    wanted = f"{MARK}={environment[MARK]}".encode()
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                found[int(folder.name)] = b" ".join(words).decode().strip()
        except (OSError, UnicodeDecodeError):
            continue
    return {pid: line for pid, line in found.items() if line}


def none_is_left(environment, within=10.0):
    """Whether every process of a marked run ends, at the latest after `within` seconds."""
    until = time.monotonic() + within
    while left := running(environment):
        if time.monotonic() > until:
            raise AssertionError(f"left over: {left}")
        time.sleep(0.05)
    return True


def none_is_kept(folder):
    """Whether nothing is left in a folder for temporary files, but Hypothesis's cache."""
    return {each.name for each in folder.iterdir()} <= {"constants"}


def wait_for(condition, within=60.0):
    """Wait until a condition holds, `within` seconds at the most."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("the state did not come")
        time.sleep(0.01)
