"""The platform that answers: facts about it, the settings that change answers.

No host name, no user name, no path is ever among them.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SETTINGS", "described", "facts", "identify", "name", "settings", "version"]

SETTINGS = (
    *(f"net.core.{name}" for name in ("rmem_default", "rmem_max", "wmem_default")),
    *(f"net.core.{name}" for name in ("wmem_max", "somaxconn", "optmem_max")),
    *(f"net.ipv4.tcp_{name}" for name in ("abort_on_overflow", "syncookies", "fin_timeout")),
    *(f"net.ipv4.tcp_{name}" for name in ("keepalive_time", "keepalive_intvl")),
    *(f"net.ipv4.tcp_{name}" for name in ("keepalive_probes", "notsent_lowat", "tw_reuse")),
    *(f"net.ipv4.tcp_{name}" for name in ("congestion_control", "ecn", "autocorking")),
    *(f"net.ipv4.tcp_{name}" for name in ("rmem", "wmem", "syn_retries", "retries2")),
    *(f"net.ipv4.tcp_{name}" for name in ("timestamps", "max_syn_backlog", "mtu_probing")),
    *(f"net.ipv4.tcp_{name}" for name in ("fastopen", "reflect_tos", "stdurg")),
    *(f"net.ipv4.{name}" for name in ("ip_default_ttl", "ip_local_port_range")),
    *(f"net.ipv4.{name}" for name in ("ip_nonlocal_bind", "ip_unprivileged_port_start")),
    *(f"net.ipv4.{name}" for name in ("ping_group_range", "igmp_max_memberships")),
    "net.ipv4.tcp_max_tw_buckets",
    *(f"net.ipv6.{name}" for name in ("bindv6only", "ip_nonlocal_bind")),
    *(f"net.ipv6.conf.{name}" for name in ("all.disable_ipv6", "default.hop_limit", "lo.mtu")),
    "net.unix.max_dgram_qlen",
    # gVisor tells no version of its own: what its /proc has grown tells releases apart.
    "kernel.cap_last_cap",
)
"""Settings of a Linux system that change what its sockets answer (sysctl names)."""


def settings() -> dict[str, str]:
    """The values of `SETTINGS` that this system shows."""
    found: dict[str, str] = {}
    if sys.platform != "linux":
        # Wine shows its host's /proc below a drive; those are no settings of its own.
        return found
    for name in SETTINGS:
        path = Path("/proc/sys") / name.replace(".", "/")
        try:
            found[name] = " ".join(path.read_text(encoding="ascii").split())
        except (OSError, UnicodeError):
            continue
    if _own_namespace("user"):
        found["user.namespace"] = "own"
    return found | _loopback()


def _loopback() -> dict[str, str]:
    """Whether the loopback can be reached by each family, whose address can be taken away.

    And, where it is so, that its interface is down, or has another name than `lo`.
    """
    found: dict[str, str] = {}
    name, is_up = _loopback_interface()
    if name != "lo":
        found["loopback.renamed"] = "1"
    if not is_up:
        found["loopback.down"] = "1"
    for name, file, address in (
        ("loopback.ipv4", "fib_trie", r"-- 127\.\d+\.\d+\.\d+\n.* host LOCAL$"),
        # Whichever it is: fd00::1 is as good.
        ("loopback.ipv6", "if_inet6", r"^\w{32} 01 "),
    ):
        with suppress(OSError, UnicodeError):
            told = Path("/proc/net", file).read_text(encoding="ascii")
            there = is_up and re.search(address, told, re.MULTILINE)
            found[name] = str(int(bool(there)))
    return found


_LOOPBACK = 1  # its index in each network namespace, include/net/flow.h: LOOPBACK_IFINDEX
_FLAGS_OF_INTERFACE, _IS_UP = 0x8913, 1  # SIOCGIFFLAGS, IFF_UP: netdevice(7)


def _loopback_interface() -> tuple[str, bool]:
    """What it is called, and whether it is up; as usual where that cannot be asked."""
    import fcntl  # noqa: PLC0415 - only on Linux
    import socket  # noqa: PLC0415 - as above

    try:
        name = socket.if_indextoname(_LOOPBACK)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            asked = struct.pack("16sh22x", name.encode(), 0)
            told = fcntl.ioctl(sock, _FLAGS_OF_INTERFACE, asked)
    except (AttributeError, OSError):  # PyPy has no function for the name
        return "lo", True
    return name, bool(struct.unpack_from("16xH", told)[0] & _IS_UP)


def identify() -> str:
    """The name of the profile that describes this platform: `linux`, `gvisor`, ..."""
    system = sys.platform
    if system == "linux":
        return "gvisor" if _is_gvisor() else "linux"
    if system == "win32":
        return "wine" if _wine()[0] else "windows"
    return {"darwin": "macos"}.get(system, system.rstrip("0123456789"))


def _is_gvisor() -> bool:
    # gVisor's kernel log says so, and its /proc/version has a fixed build date
    # (google/gvisor pkg/sentry/fsimpl/proc, pkg/sentry/kernel/syslog.go).
    try:
        version = Path("/proc/version").read_text(encoding="ascii")
    except OSError:
        return False
    return "Sun Jan 10 15:06:54 PST 2016" in version


@functools.cache
def _wine() -> tuple[str, str]:
    """Wine's version and the system below it; two empty strings elsewhere."""
    # ntdll exports these under Wine only (Wine developer FAQ).
    import ctypes  # noqa: PLC0415 - Windows only

    try:
        ntdll = ctypes.WinDLL("ntdll")  # type: ignore[attr-defined,unused-ignore]
        told = ntdll.wine_get_version
    except (AttributeError, OSError):
        return "", ""
    told.restype = ctypes.c_char_p
    system, release = ctypes.c_char_p(), ctypes.c_char_p()
    ntdll.wine_get_host_version(ctypes.byref(system), ctypes.byref(release))
    names = [(each.value or b"").decode().partition("-")[0] for each in (system, release)]
    return told().decode(), " ".join(names)


def facts() -> dict[str, Any]:
    """What a run file's header says of this platform."""
    libc, libc_version = platform.libc_ver() if sys.platform != "win32" else ("", "")
    profile = identify()
    wine = profile == "wine"
    return {
        "profile": profile,
        # Wine is not Windows: it has a version of its own, and says which Windows it plays.
        "system": "Wine" if wine else platform.system(),
        "release": platform.version() if wine else platform.release(),
        "version": version(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "libc": libc or ("musl" if _is_musl() else ""),
        "libc_version": libc_version,
        "interpreter": platform.python_implementation(),
        "interpreter_version": platform.python_version(),
        "privileged": _privileged(),
        "capabilities": _status("CapEff"),
        "own_network_namespace": _own_namespace("net"),
        "own_user_namespace": _own_namespace("user"),
        "hz": _hz(),
        "settings": settings(),
        **({"host": _wine()[1]} if wine else {}),
    }


_CLAIMS = {"gvisor": "gVisor"}
"""Those that say to be another system, by their profile: they are called what they are."""


def described(facts: Mapping[str, Any], label: str = "") -> str:
    """Who answered, in one line: `Linux 6.18.44 x86_64`.

    With a label that comes first, and the system that it runs on, or says to be, behind it:
    `gVisor release-20240729 (Linux 4.4.0 x86_64)`.
    """
    system = f"{facts['system']} {facts['version']} {facts['machine']}"
    named = label or _CLAIMS.get(facts["profile"], "")
    return f"{named} ({system})" if named else system


def name() -> str:
    """System, release, architecture and C library of this process, in a word."""
    return platform.platform()


def version() -> str:
    """The kernel's or system's version as numbers and dots, for conditions."""
    if sys.platform == "darwin":
        return platform.mac_ver()[0]
    if sys.platform == "win32":
        return _wine()[0] or platform.version()
    # The release of Debian's own kernels names what modules fit, 5.10.0, and not the kernel's
    # patch level, which the build does: https://kernel-team.pages.debian.net/kernel-handbook/ch-versions.html
    debian = re.search(r"Debian (\d+\.\d+\.\d+)", platform.version())
    return debian[1] if debian else platform.release().partition("-")[0]


def _is_musl() -> bool:
    return any(Path("/lib").glob("ld-musl-*")) if sys.platform == "linux" else False


_CAP_NET_ADMIN = 12  # capabilities(7), include/uapi/linux/capability.h


def _privileged() -> bool | None:
    # What counts for sockets: on Linux the capability, which root in a container may
    # lack and another user may have; elsewhere the superuser. Where there is no /proc to
    # tell, a call is asked (`sockspec.run.features.probe`).
    effective = _status("CapEff")
    if effective is not None:
        return bool(int(effective, 16) >> _CAP_NET_ADMIN & 1)
    if sys.platform != "linux" and hasattr(os, "geteuid"):
        return os.geteuid() == 0
    return None


def _status(key: str) -> str | None:
    if sys.platform != "linux":
        return None
    try:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.split()[1] for line in lines if line.startswith(f"{key}:")), None)


def _own_namespace(kind: str) -> bool | None:
    # The first namespaces of a system have fixed numbers where it is the initial one
    # (include/linux/proc_ns.h: PROC_USER_INIT_INO); the net namespace is compared with
    # that of process 1, which only its owner may see.
    if sys.platform != "linux":
        return None
    try:
        ours = str(Path(f"/proc/self/ns/{kind}").readlink())
        if kind == "user":
            return ours != "user:[4026531837]"
        return ours != str(Path(f"/proc/1/ns/{kind}").readlink())
    except OSError:
        return None


def _hz() -> int | None:
    # The kernel keeps SO_RCVTIMEO in ticks and rounds up (net/core/sock.c,
    # sock_set_timeout): one microsecond reads back as one tick.
    if sys.platform != "linux":
        return None
    import socket  # noqa: PLC0415 - only here

    pair = struct.Struct("@ll")
    try:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pair.pack(0, 1))
            raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, pair.size)
    except OSError:
        return None
    if len(raw) < pair.size:
        return None  # QEMU 11 in user mode has nothing to return
    _, microseconds = pair.unpack(raw)
    return round(1_000_000 / microseconds) if microseconds else None
