"""The suite collects where POSIX-only modules and functions do not exist."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sockspec import locate

# What Windows' Python lacks, of all that a socket suite could be tempted to use.
ABSENT = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "posix", "syslog")

SCRIPT = """
import importlib.abc, os, select, signal, socket, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for name in {absent!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
for module, names in (
    (select, ("poll", "epoll", *(n for n in dir(select) if n.startswith("POLL")))),
    (signal, ("SIGALRM", "SIGKILL", "setitimer", "ITIMER_REAL")),
    (socket, ("AF_UNIX", "SO_REUSEPORT", "SO_BINDTODEVICE", "socketpair", "MSG_DONTWAIT")),
    (os, ("killpg", "geteuid", "fork")),
):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
for name in ("recvmsg", "recvmsg_into", "sendmsg"):
    type.__setattr__  # methods of the built-in type stay; the backend asks for them by name
from sockspec import cli
from sockspec.spec import load
rules = load.rules()
print(len(rules.rules))
import sockspec.backends.smoke, sockspec.run.doctor, sockspec.run.bench
import sockspec.run.runner, sockspec.report
import sockspec.agent.serve, sockspec.backends.agent, sockspec.keeper
"""


def test_everything_imports_without_posix_only_modules():
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(absent=ABSENT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        # Those of other libraries that are installed here need not get on without.
        env={**os.environ, "HYPOTHESIS_NO_PLUGINS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 0


@pytest.mark.parametrize("room", [locate.conformance(), locate._PACKAGE])
def test_no_module_imports_posix_only_modules_at_its_top(room):
    import ast

    found = [
        f"{path}:{node.lineno}"
        for path in room.rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
        )
        if (name or "").split(".")[0] in ABSENT
        # What a Linux guest begins with is carried there, and never imported here.
        and path.parent.name != "guest"
    ]
    assert not found
