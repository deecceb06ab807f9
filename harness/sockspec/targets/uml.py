"""Targets that are other Linux kernels, as a process of this machine: user-mode Linux."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec import locate
from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.example import NO_EXAMPLES
from sockspec.targets.target import Room, Target, without

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["UserMode", "extract"]

_DOWNLOAD = 900.0  # seconds for packages to come
_COMPILE = 60.0
_GUEST = Path(__file__).parent / "guest"
_TRY = 30.0
_LOADER = b"/lib64/ld-linux-x86-64.so.2\0"

# The kernel leaves its process group, and its helpers outlive it: a process namespace of its
# own ends with its first process, and that one with whoever started it.
_ALONE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"),
)


def extract(folder: Path, suite: str, packages: Sequence[str], *options: str) -> None:
    """Unpack packages of a Debian suite and all that they depend on; none is configured.

    Raises `UsageError` as the tool failed.
    """
    # A suite's newest list may be old on a mirror; what it lists is signed all the same.
    patient = '--aptopt=Acquire::Check-Valid-Until "false"'
    include = f"--include={','.join(packages)}"
    command = ["mmdebstrap", "--variant=extract", patient, include, *options, suite]
    tool.call([*command, str(folder)], seconds=_DOWNLOAD)


class UserMode(Target, frozen=True, kw_only=True, tag="uml"):
    """The kernel that `suite` of Debian packages as user-mode-linux, with its CPython.

    The unpacked packages are the root of the guest, which cannot write there. The kernel
    runs with the C library of its own suite.

    `serves` is the word for `--backend`, a file of `harness/examples` and what it has, which
    takes the sockets of this kernel in its own way; `modules` are those of the kernel's that it
    needs.
    """

    suite: str
    serves: str = ""
    modules: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("user-mode-linux", "python3-minimal", "libpython3-stdlib")

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        lacks = super().missing(context) or without(
            ["mmdebstrap", "unshare=util-linux", "setpriv=util-linux"]
        )
        if not lacks and _has_amx():
            lacks = without(["cc=gcc"])
        if not lacks and self.serves and locate.examples() is None:
            lacks = NO_EXAMPLES
        return lacks or _without_namespaces()

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill(f"unpacking Debian {self.suite}", self._unpack)
        for name in ("usermode.py", "bare.py"):
            shutil.copy(_GUEST / name, room.folder / name)
        examples = locate.examples()
        if self.serves and examples is not None:
            name = f"{self.serves.partition(':')[0]}.py"
            shutil.copy(examples / name, room.folder / name)
        if _has_amx():
            command = ["cc", "-O1", "-shared", "-fPIC", "-nostdlib", "-fno-builtin"]
            made = room.folder / "registers.so"
            tool.call([*command, "-o", made, _GUEST / "registers.c"], seconds=_COMPILE)

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        return self._booting(room)

    def linked(self, room: Room) -> str:
        """As `Target.linked`: with the TAP that the environment names as a device."""
        return self._booting(room, "vec0:transport=tap,ifname={tap},depth=64")

    def _booting(self, room: Room, *devices: str) -> str:
        root = room.folder
        requests = root / "requests"
        libraries = ":".join(str(root / way / "lib/x86_64-linux-gnu") for way in (".", "usr"))
        variables = [f"LD_LIBRARY_PATH={libraries}", "TMPDIR=/dev/shm"]
        if _has_amx():
            variables.append(f"LD_PRELOAD={root}/registers.so")
        kernel = [
            *("./linux", f"mem={self.memory * 2}M", "quiet", "panic=-1"),
            # No folder of its own below the home, and nothing to be left there.
            "uml_dir=/nonexistent",
            # The kernel's messages go to standard error.
            *("con=null", "con0=null,fd:2", "ssl=null"),
            *("ssl0=fd:0,null", "ssl1=null,fd:1", "ssl2=fd:{ask},fd:{told}"),
            *devices,
            *("root=/dev/root", "rootfstype=hostfs", f"rootflags={root}", "ro"),
            *("init=/usr/bin/python3", "--", "/usermode.py"),
            *(str(room.agent.parent), str(requests)),
            *(["--link", "{v4}", "{v6}"] if devices else []),
            *(word for name in self.modules for word in ("--module", name)),
            *(["--serve", self.serves] if self.serves else []),
        ]
        here = ["env", "--chdir", str(root), *variables]
        beside = [sys.executable, "-m", "sockspec.targets.guest.beside", str(requests)]
        return f"agent:{shlex.join([*beside, *_ALONE, *here, *kernel])}"

    def _unpack(self, folder: Path) -> None:
        extract(folder, self.suite, self.packages)
        # From trixie on base-files alone has the links of the merged /usr.
        for name in ("bin", "lib", "lib64", "sbin"):
            if not (folder / name).exists():
                (folder / name).symlink_to(f"usr/{name}")
        for name in ("proc", "sys", "dev", "tmp", "agent", "requests"):
            (folder / name).mkdir(exist_ok=True)
        # The kernel starts itself anew, so that its loader has to be in the file: a path
        # from the folder that it is started in.
        kernel = (folder / "usr/bin/linux.uml").read_bytes()
        own = b"ld.so".ljust(len(_LOADER), b"\0")
        (folder / "linux").write_bytes(kernel.replace(_LOADER, own))
        (folder / "linux").chmod(0o755)
        shutil.copy(folder / "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", folder / "ld.so")


def _has_amx() -> bool:
    try:
        return "amx_tile" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def _without_namespaces() -> str:
    try:
        tool.call([*_ALONE, "true"], seconds=_TRY)
    except UsageError as error:
        return f"no process namespace of its own can be made: allow user namespaces ({error})"
    return ""
