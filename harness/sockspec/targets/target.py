"""A target: whether it can run here, how it is prepared, and the command of its agent."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sockspec.agent import bundle
from sockspec.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sockspec.targets.recipe import Recipe

__all__ = ["Target", "cache_folder"]

_DOWNLOAD = 600.0  # seconds for packages to come
_BOOTSTRAP = 900.0  # seconds for a Debian to be put together


def cache_folder() -> Path:
    """Where what was prepared is kept: `$XDG_CACHE_HOME/sockspec`, or below the home."""
    given = os.environ.get("XDG_CACHE_HOME")
    return (Path(given) if given else Path.home() / ".cache") / "sockspec"


@dataclass(frozen=True)
class Target:
    """A recipe, and the cache that it is prepared into."""

    recipe: Recipe
    cache: Path

    @property
    def root(self) -> Path:
        """The folder of what was unpacked for it."""
        return self.cache / self.recipe.name

    @property
    def image(self) -> str:
        """The name of its image."""
        return f"sockspec/{self.recipe.name}:1"

    def missing(self) -> str:
        """Why it cannot run here, with the remedy; empty when it can."""
        needs = list(self.recipe.needs)
        if self.recipe.kind == "package":
            needs += ["apt-get", "dpkg"]
        elif self.recipe.kind == "image":
            needs += ["docker", "mmdebstrap"]
        for program in needs:
            if shutil.which(program) is None:
                return f"there is no {program}: install it (Debian: apt-get install {program})"
        if self.recipe.kind == "image":
            return _without_engine()
        return _broken(self.recipe.needs) if self.recipe.kind == "program" else ""

    def prepare(self, say: Callable[[str], None]) -> None:
        """Have everything in the cache; nothing is done twice.

        Raises `UsageError` with the last lines of the tool that failed.
        """
        self.cache.mkdir(parents=True, exist_ok=True)
        bundle.write(self._agent)
        if self.recipe.kind == "package" and not self.root.is_dir():
            say("downloading")
            self._unpack()
        elif self.recipe.kind == "image" and not _has_image(self.image):
            say(f"bootstrapping Debian {self.recipe.suite}")
            self._bootstrap()

    def command(self) -> list[str]:
        """The command that starts the agent there."""
        words = [word.format(agent=self._agent, root=self.root) for word in self.recipe.command]
        if self.recipe.kind != "image":
            return words
        alone = ["--network", "none", "--cap-drop", "ALL", "--read-only"]
        # Without a network Docker turns IPv6 off, on loopback too.
        alone += ["--sysctl", "net.ipv6.conf.all.disable_ipv6=0"]
        bounds = ["--pids-limit", "256", "--memory", "1g"]
        mount = ["--volume", f"{self._agent}:/agent.pyz:ro"]
        return ["docker", "run", "-i", "--rm", *alone, *bounds, *mount, self.image, *words]

    @property
    def _agent(self) -> Path:
        return self.cache / "agent.pyz"

    def _unpack(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            room = Path(folder)
            packages = [f"{name}" for name in self.recipe.packages]
            release = ["-t", self.recipe.suite] if self.recipe.suite else []
            _run(["apt-get", "download", *release, *packages], room, _DOWNLOAD)
            made = room / "root"
            for package in sorted(room.glob("*.deb")):
                _run(["dpkg", "-x", str(package), str(made)], room, _DOWNLOAD)
            made.rename(self.root)

    def _bootstrap(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            tar = Path(folder) / "root.tar"
            include = ",".join(self.recipe.packages)
            variant = ["--variant=minbase", f"--include={include}"]
            _run(["mmdebstrap", *variant, self.recipe.suite, str(tar)], tar.parent, _BOOTSTRAP)
            name, _, tag = self.image.partition(":")
            _engine().api.import_image_from_file(str(tar), repository=name, tag=tag)


def _broken(programs: Sequence[str]) -> str:
    # A shim on the path (pyenv's, for one) need not have anything behind it.
    for program in programs:
        ran = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if ran.returncode:
            return f"{program} on the path does not work: `{program} --version` fails"
    return ""


def _run(command: Sequence[str], folder: Path, seconds: float) -> None:
    try:
        ran = subprocess.run(
            list(command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(f"{command[0]} has not ended after {seconds:g} s") from error
    if ran.returncode:
        last = "\n".join(ran.stderr.splitlines()[-5:])
        raise UsageError(f"{' '.join(command[:2])} ended with {ran.returncode}:\n{last}")


# -- Docker's engine, through its own SDK ----------------------------------------------


def _engine() -> Any:
    import docker  # noqa: PLC0415 - only containers need it

    return docker.from_env(timeout=120)


def _without_engine() -> str:
    try:
        _engine().ping()
    except ImportError:
        return "there is no docker package: pip install docker"
    except Exception as error:  # the SDK raises what its transports raise
        return f"no engine of Docker answers: start it ({type(error).__name__})"
    return ""


def _has_image(name: str) -> bool:
    import docker.errors  # noqa: PLC0415 - only containers need it

    try:
        _engine().images.get(name)
    except docker.errors.ImageNotFound:
        return False
    return True
