"""Targets that are other Linux kernels, as Debian builds them, in a machine by QEMU."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sockspec.errors import UsageError
from sockspec.targets import tool
from sockspec.targets.target import Room, Target, without
from sockspec.targets.uml import extract

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Machine"]

_GUEST = Path(__file__).parent / "guest"
_KVM = Path("/dev/kvm")
_BOOT = 10.0  # seconds in which a machine with KVM must have come up and gone down
_PACK = 120.0
_SLOWEST = "300"  # seconds until an agent in a translated machine says hello
_MODULES = (
    *("drivers/virtio", "drivers/char/virtio_console.ko*", "net/core/failover.ko*"),
    *("drivers/net/net_failover.ko*", "drivers/net/virtio_net.ko*"),
)
"""The modules that a guest loads, or some of a folder: see `guest/machine.py`."""

_LEFT_OUT = ("boot", "usr/share", "usr/lib/modules", "lib/modules", "var", "etc", "dev")
"""What a guest has no use for."""


class Machine(Target, frozen=True, kw_only=True, tag="qemu"):
    """The kernel that `suite` of Debian has for virtual machines, with its CPython.

    Everything is in the memory of the guest. KVM is used where a guest was seen to boot with
    it: that there is a `/dev/kvm` says little. Elsewhere QEMU translates.
    """

    suite: str
    kernel: str = "linux-image-cloud-amd64"
    packages: tuple[str, ...] = ("python3-minimal", "libpython3-stdlib")

    def missing(self, context: str = "") -> str:
        """As `Target.missing`."""
        tools = ["qemu-system-x86_64=qemu-system-x86", "mmdebstrap", "cpio"]
        return super().missing(context) or without([*tools, "setpriv=util-linux"])

    def prepare(self, room: Room) -> None:
        """As `Target.prepare`."""
        room.fill(f"unpacking Debian {self.suite} and its kernel", self._unpack)
        own = room.folder / "own"
        own.mkdir(exist_ok=True)
        for file in (_GUEST / "bare.py", _GUEST / "machine.py", room.agent):
            shutil.copy(file, own / file.name)
        # An initial file system may be several archives, one after the other:
        # https://docs.kernel.org/driver-api/early-userspace/buffer-format.html
        _pack(own, room.folder / "own.cpio", [file.name for file in own.iterdir()])
        with (room.folder / "initrd").open("wb") as whole:
            for part in ("root.cpio", "own.cpio"):
                with (room.folder / part).open("rb") as archive:
                    shutil.copyfileobj(archive, whole)
        accelerator = room.folder / "accelerator"
        if not accelerator.exists():
            accelerator.write_text(self._accelerator(room), encoding="ascii")

    def backend(self, room: Room) -> str:
        """As `Target.backend`."""
        return self._booting(room)

    def environment(self, room: Room) -> dict[str, str]:  # noqa: ARG002 - as `Target`'s
        """As `Target.environment`: on a busy machine a translated boot takes minutes."""
        return {"SOCKSPEC_HELLO": _SLOWEST}

    def linked(self, room: Room) -> str:
        """As `Target.linked`: with the TAP that the environment names as a device."""
        device = ["-netdev", "{net},id=link"]
        device += ["-device", "virtio-net-pci,netdev=link,romfile=,mrg_rxbuf=off"]
        return self._booting(room, *device, options=("--link", "{v4}", "{v6}"))

    def _booting(self, room: Room, *devices: str, options: Sequence[str] = ()) -> str:
        accelerator = (room.folder / "accelerator").read_text(encoding="ascii")
        port = ["-device", "virtio-serial-pci", "-device", "virtserialport,chardev=agent"]
        stdio = ["-chardev", "stdio,id=agent,signal=off", *port]
        ending = [sys.executable, "-m", "sockspec.targets.guest.ending"]
        boot = self._boot(room, accelerator, *options)
        return f"agent:{shlex.join([*ending, *boot, *stdio, *devices])}"

    def _boot(self, room: Room, accelerator: str, *options: str) -> list[str]:
        words = "console=ttyS0 quiet panic=-1 rdinit=/usr/bin/python3 -- /machine.py"
        return [
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-accel", accelerator, "-cpu", "max", "-m", f"{self.memory}M", "-no-reboot"),
            *("-kernel", f"{room.folder}/vmlinuz", "-initrd", f"{room.folder}/initrd"),
            *("-append", " ".join([words, *options])),
            *("-serial", "file:/dev/stderr", "-serial", "file:{told}"),
        ]

    def _accelerator(self, room: Room) -> str:
        if not _KVM.exists():
            return "tcg"
        room.say("trying whether a guest boots with KVM")
        try:
            attempt = [*self._boot(room, "kvm", "--try")]
            tool.call([word.replace("{told}", "/dev/null") for word in attempt], seconds=_BOOT)
        except UsageError as error:
            room.say(f"translated, as no guest boots with KVM: {str(error).splitlines()[0]}")
            return "tcg"
        return "kvm"

    def _unpack(self, folder: Path) -> None:
        root = folder / "root"
        extract(root, self.suite, [self.kernel, *self.packages])
        # From trixie on base-files alone has the links of the merged /usr.
        for name in ("bin", "lib", "lib64", "sbin"):
            if not (root / name).exists():
                (root / name).symlink_to(f"usr/{name}")
        _compile(root)
        kernels = [*root.glob("boot/vmlinuz-*"), *root.glob("usr/lib/modules/*/vmlinuz")]
        shutil.copy(kernels[0], folder / "vmlinuz")
        modules = [each for name in _MODULES for each in root.rglob(name)]
        kept = [each.relative_to(root) for each in modules]
        usual = [
            path.relative_to(root)
            for path in root.rglob("*")
            if not path.relative_to(root).as_posix().startswith(_LEFT_OUT)
        ]
        parents = {parent for each in kept for parent in each.parents}
        inside = [path.relative_to(root) for each in modules for path in each.rglob("*")]
        names = sorted({str(each) for each in (*usual, *kept, *parents, *inside)})
        for name in ("proc", "sys", "dev", "tmp"):
            (root / name).mkdir(exist_ok=True)
        _pack(root, folder / "root.cpio", [*names, "proc", "sys", "dev", "tmp"])
        shutil.rmtree(root)


def _compile(root: Path) -> None:
    # A translated Python would take most of the boot for it, at each boot.
    libraries = ":".join(str(root / way / "lib/x86_64-linux-gnu") for way in (".", "usr"))
    loader = root / "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    python: list[str | Path] = [loader, "--library-path", libraries, root / "usr/bin/python3"]
    words = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    library = next(root.glob("usr/lib/python3.*"))
    home = {**os.environ, "PYTHONHOME": str(root / "usr")}
    tool.call([*python, *words, library], seconds=_PACK, environment=home)


def _pack(root: Path, archive: Path, names: Sequence[str]) -> None:
    listed = archive.with_suffix(".names")
    listed.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    command = "cpio --quiet -o -H newc -R +0:+0"
    streams = f"<{shlex.quote(str(listed))} >{shlex.quote(str(archive))}"
    tool.call(["sh", "-c", f"{command} {streams}"], root, seconds=_PACK)
