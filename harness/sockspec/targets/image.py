"""Targets that are containers: an image with an interpreter, and the agent laid into it.

Docker's engine is driven through its own SDK; the agent's pipes are those of `docker run`.
Several engines are several contexts, as `docker context` keeps them.
"""

from __future__ import annotations

import io
import json
import shlex
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["LABEL", "Image"]

LABEL = "sockspec"
"""The label of everything that is made in an engine."""

_ANSWER = 120  # seconds for an answer of the engine
_BOOTSTRAP = 900.0  # seconds for a Debian to be put together


class Image(Target, frozen=True, kw_only=True, tag="image"):
    """An image, and the command that starts the agent in it.

    It is a public `image` that the engine pulls, best by digest, or bootstrapped from the
    `packages` of a `suite` of Debian. `runtime` is one that the engine must have, as `runsc`.
    """

    command: tuple[str, ...]
    image: str = ""
    suite: str = ""
    packages: tuple[str, ...] = ()
    runtime: str = ""

    has_engine: ClassVar[bool] = True

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        tools = ["docker=docker.io", *(["mmdebstrap"] if self.suite else [])]
        lacks = super().missing(context) or without(tools)
        lacks = lacks or _without_engine(context, self.runtime)
        return lacks or (_without_image(context, self.image) if self.image else "")

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        engine = _engine(room.context)
        base = self.image
        if self.suite:
            base = f"{LABEL}/{self.name}:{self.digest()}"
            if not _has_image(engine, base):
                room.say(f"bootstrapping Debian {self.suite}")
                self._bootstrap(engine, base)
        elif not _has_image(engine, base):
            room.say(f"pulling {base}")
            _pull(engine, base)
        _lay_in(engine, base, room.agent, self._tag)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        docker = ["docker", *(["--context", room.context] if room.context else [])]
        # The first process of a container is spared signals that end any other.
        alone = ["--init", "--network", "none", "--cap-drop", "ALL"]
        alone += ["--read-only", "--label", LABEL]
        # Without a network Docker turns IPv6 off, on loopback too.
        alone += ["--sysctl", "net.ipv6.conf.all.disable_ipv6=0"]
        alone += ["--security-opt", "no-new-privileges", "--tmpfs", "/tmp"]  # noqa: S108 - there
        bounds = ["--pids-limit", "256", "--memory", f"{self.memory}m"]
        runtime = ["--runtime", self.runtime] if self.runtime else []
        run = [*docker, "run", "-i", "--rm", *alone, *bounds, *runtime, self._tag]
        return f"agent:{shlex.join([*run, *self.command])}"

    @property
    def _tag(self) -> str:
        return f"{LABEL}/{self.name}:agent"

    def _bootstrap(self, engine: DockerClient, tag: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            tar = Path(folder) / "root.tar"
            include = f"--include={','.join(self.packages)}"
            tool.call(
                ["mmdebstrap", "--variant=minbase", include, self.suite, tar],
                seconds=_BOOTSTRAP,
            )
            name, _, version = tag.partition(":")
            engine.api.import_image_from_file(str(tar), repository=name, tag=version)


def _lay_in(engine: DockerClient, base: str, agent: Path, tag: str) -> None:
    # The engine may be on another machine: what is not in the image is not there.
    lines = (f"FROM {base}", "COPY agent.pyz /agent.pyz", f"LABEL {LABEL}=1")
    files = {"Dockerfile": "\n".join(lines).encode(), "agent.pyz": agent.read_bytes()}
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, content in files.items():
            head = tarfile.TarInfo(name)
            head.size, head.mode = len(content), 0o755
            tar.addfile(head, io.BytesIO(content))
    context.seek(0)
    engine.images.build(fileobj=context, custom_context=True, tag=tag, rm=True, forcerm=True)


# -- the engine ---------------------------------------------------------------------------


def _engine(context: str) -> DockerClient:
    import docker  # noqa: PLC0415 - only containers need it

    if not context:
        return docker.from_env(timeout=_ANSWER)
    # The SDK finds contexts only below a config.json (docker-py, utils/config.py), which
    # many machines do not have; the command always does.
    asked = ["docker", "context", "inspect", context]
    (found,) = json.loads(tool.call(asked, seconds=_ANSWER))
    endpoint = found["Endpoints"]["docker"]
    secure: Any = False
    if "docker" in found["TLSMaterial"]:
        certificates = Path(found["Storage"]["TLSPath"]) / "docker"
        pair = (str(certificates / "cert.pem"), str(certificates / "key.pem"))
        verify = not endpoint.get("SkipTLSVerify", False)
        # REQUESTS_CA_BUNDLE wins over it: https://github.com/psf/requests/issues/3829
        authority = str(certificates / "ca.pem")
        secure = docker.tls.TLSConfig(client_cert=pair, ca_cert=authority, verify=verify)
    return docker.DockerClient(base_url=endpoint["Host"], tls=secure, timeout=_ANSWER)


def _without_engine(context: str, runtime: str) -> str:
    try:
        told: Any = _engine(context).info()
    except ImportError:
        return "there is no docker package: pip install docker"
    except UsageError:
        raise
    except Exception as error:  # the SDK lets through what its transports raise
        return f"no engine of Docker answers: start it ({_root(error)})"
    if runtime and runtime not in told.get("Runtimes", {}):
        return f"the engine has no runtime {runtime}: register it with dockerd --add-runtime"
    return ""


def _without_image(context: str, name: str) -> str:
    # The engine answers with a server's error (5xx) where it does not reach the registry; that
    # the registry has no such image is a fault of the recipe and told when it is pulled.
    import docker.errors  # noqa: PLC0415 - only containers need it

    engine = _engine(context)
    if _has_image(engine, name):
        return ""
    try:
        engine.images.get_registry_data(name)
    except docker.errors.APIError as error:
        if error.is_server_error():
            return f"the engine does not reach the registry of {name}: {error.explanation}"
    return ""


def _root(error: BaseException) -> BaseException:
    while error.__context__ is not None:
        error = error.__context__
    return error


def _has_image(engine: DockerClient, name: str) -> bool:
    import docker.errors  # noqa: PLC0415 - only containers need it

    try:
        engine.images.get(name)
    except docker.errors.ImageNotFound:
        return False
    return True


def _pull(engine: DockerClient, name: str) -> None:
    import docker.errors  # noqa: PLC0415 - only containers need it

    try:
        engine.images.pull(name)
    except docker.errors.APIError as error:
        raise UsageError(f"{name} cannot be pulled: {error.explanation}") from error
