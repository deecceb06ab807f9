"""A small specification of its own for the harness's tests, with named misbehaviours."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import warm
from gating import ran  # noqa: F401 - a fixture of the tests
from once import once  # noqa: F401 - as above

from sockspec.judge import runfile

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

# Plugins of some tests, which import them, too.
pytest.register_assert_rewrite("browsing", "sited")

# A shell starts what runs in its background with SIGINT ignored, and so would be all that the
# tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

HEAD = """
import os, signal, time
from hypothesis import given, strategies as st
from sockspec.errors import SocketError, Unsupported
from sockspec.spec.outcome import outcome
from sockspec.spec.rules import *
from sockspec.spec.sources import POSIX

def promise(name, level=MUST, **more):
    return rule(
        f"demo.subject.{name}", "A demonstration does what it does.", level=level,
        sources=[POSIX.bind("EINVAL")],
        behaviours={"good": CONFORMS, "fine": CONFORMS, "bad": "is wrong", "ugly": "is worse"},
        **more,
    )
"""


class Spec:
    """A specification and a profile in a temporary folder, and ways to run them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = folder / "conformance"
        self.profiles = folder / "platforms"
        (self.rules / "demo").mkdir(parents=True)
        (self.rules / "ids.txt").write_text("")
        (self.profiles / "here").mkdir(parents=True)
        (self.profiles / "here" / "profile.toml").write_text(
            'version = 1\nname = "here"\ntitle = "Here"\n'
        )
        self.out = folder / "run.jsonl"

    def write(self, body: str, name: str = "test_demo.py") -> None:
        (self.rules / "demo" / name).write_text(HEAD + body)

    def record(self, text: str, name: str = "demo.toml") -> None:
        (self.profiles / "here" / name).write_text("version = 1\n" + text)

    def entry(self, rule: str, behaviour: str, more: str = "") -> str:
        return (
            f'[[entry]]\nrule = "{rule}"\nbehaviour = {behaviour}\nwhy = "it is so"\n'
            f'source = "https://example.org/why"\n'
            f'evidence = {{ kind = "documented" }}\n{more}\n'
        )

    def environment(self) -> dict[str, str]:
        import os

        return {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "SOCKSPEC_CONFORMANCE": str(self.rules),
            "SOCKSPEC_PLATFORMS": str(self.profiles),
        }

    def command(
        self, *words: str, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return warm.sockspec(*words, cwd=self.folder, env=self.environment() | (more or {}))

    def run(
        self, *words: str, more: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        chosen = [] if "-n" in words else ["-n", "0"]
        fixed = ("run", "--profile", "here", "--out", str(self.out))
        return self.command(*fixed, *chosen, *words, more=more)

    def seen(self) -> dict[str, runfile.Observation]:
        return runfile.read(self.out).by_case()

    def truncated(self) -> bool:
        return runfile.read(self.out).truncated

    def one(self) -> runfile.Observation:
        (only,) = self.seen().values()
        return only


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    return Spec(tmp_path)


@pytest.fixture(scope="module")
def kept_spec(tmp_path_factory):
    """One for a file of tests that make something of it once and look at that."""
    return Spec(tmp_path_factory.mktemp("spec"))
