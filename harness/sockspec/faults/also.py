"""Rules of other subjects that name what a fault breaks, too, by globs over faults' names."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sockspec.faults.fault import Fault

__all__ = ["ALSO", "named"]

_TCP_SOCKET, _OPTIONS = "contracts.tcp-socket", "contracts.tcp-socket-options"
_TIMEOUT, _NEWER = "contracts.connect-timeout", "contracts.newer"

ALSO: tuple[tuple[str, str], ...] = (
    (
        "options/SO_KEEPALIVE/*",
        (
            "contracts.another-door.read contracts.another-door.set contracts.tcp-keepalive "
            "contracts.connect.options-while-connecting options.state.closed options.state.reset "
            "options.state.both-shut"
        ),
    ),
    (
        "options/TCP_KEEP*",
        f"contracts.another-door.keepalive contracts.tcp-keepalive {_NEWER}.keepalive-time",
    ),
    (
        "options/SO_REUSEADDR/*",
        (
            f"{_OPTIONS}.reuse {_OPTIONS}.shares-address state.port-release state.port-sharing "
            "state.reuse"
        ),
    ),
    ("options/SO_LINGER/*", f"{_OPTIONS}.linger state.port-release.reset"),
    ("limits/SO_LINGER/*", f"{_OPTIONS}.linger"),
    ("limits/*BUF/modulo", f"{_OPTIONS}.buffer-size"),
    ("options/IP_TOS/*", f"{_OPTIONS}.tos options.state.inherited"),
    ("options/SO_OOBINLINE/*", "urgent.inline"),
    ("options/IP*_MULTICAST_LOOP/*", "options.multicast.loop-value"),
    ("limits/IP_ADD_MEMBERSHIP/*", f"{_NEWER}.group-by-index options.multicast"),
    ("limits/IPV6_JOIN_GROUP/*", "options.multicast.unknown-interface"),
    ("limits/SO_BINDTODEVICE/ignored", "options.effect.unknown-device"),
    (
        "limits/getsockopt/*",
        f"options.length.read-long options.length.read-short {_NEWER}.privileged-number",
    ),
    ("limits/bind/other-loopback-refused", f"state.reuse.other-address {_NEWER}.source-group"),
    ("errors/setsockopt/ENOPROTOOPT*", "options.read-only.set options.length.set"),
    ("errors/bind/EINVAL*", f"{_TCP_SOCKET}.bind-again state.ipv6-scope.missing"),
    (
        "errors/bind/EADDRINUSE*",
        f"{_TCP_SOCKET}.bind state.reuse state.port-release state.bind",
    ),
    ("errors/bind/EADDRNOTAVAIL*", "options.effect.freebind"),
    (
        "errors/connect/EISCONN*",
        (
            f"{_TIMEOUT}.already-connected {_TCP_SOCKET}.from-connected "
            f"{_TCP_SOCKET}.from-std-connected contracts.connect.already-listening"
        ),
    ),
    (
        "errors/connect/ECONNREFUSED*",
        f"{_TIMEOUT}.refused contracts.socket.two-addresses",
    ),
    (
        "errors/connect/EINPROGRESS*",
        (
            f"{_TIMEOUT} {_TCP_SOCKET}.connect-consumes {_TCP_SOCKET}.connect-error "
            f"{_TCP_SOCKET}.self-connect"
        ),
    ),
    (
        "calls/connect/nothing",
        (
            f"{_TIMEOUT}.connects {_TIMEOUT}.zero {_TIMEOUT}.zero-then "
            f"{_TCP_SOCKET}.connect-consumes readiness.writable.connect-completed"
        ),
    ),
    (
        "calls/mode/*",
        (
            f"{_TIMEOUT}.blocking-afterwards {_TIMEOUT}.mode-after-failure "
            f"{_TIMEOUT}.mode-after-timeout {_TCP_SOCKET}.nonblocking"
        ),
    ),
    ("calls/cloexec/*", f"{_TCP_SOCKET}.cloexec"),
    (
        "calls/close/leaks",
        f"{_TCP_SOCKET}.dropped state.port-release.closed data.rights-limit.discarded",
    ),
    ("errors/local_addr/always", f"{_TCP_SOCKET}.local-addr-unbound"),
    ("cells/descriptor/taken-out", "creation.descriptor"),
    ("errors/recv/EAGAIN*", "data.read-write.read-as-recv options.ioctl.fionbio-effect"),
    ("errors/recv/EINVAL*", "urgent.receive urgent.byte data.flags.on-receive"),
    ("errors/recvmsg/EAGAIN*", "data.error-queue.empty data.error-queue.turned-off"),
    ("errors/send/ENOTCONN*", "data.read-write.write-as-send"),
    ("errors/send/EPIPE*", "urgent.send.after-shutdown"),
    ("errors/send/EOPNOTSUPP*", "data.flags.on-send"),
    ("flags/*/MSG_OOB-dropped", "urgent.receive urgent.byte urgent.send"),
    ("flags/recvfrom/MSG_PEEK-dropped", f"{_NEWER}.peek-sender"),
    ("data/recv/last-byte-lost", "contracts.socket.threads"),
    ("data/recv/reversed", "urgent.receive.waitall-stops data.read-write"),
    ("data/count/one-less", "urgent.send.count"),
    ("data/recvmsg/MSG_OOB-*", "urgent.byte.flag-clear urgent.receive.message-flag"),
    ("data/recvmsg/control-lost", "data.rights-limit.excess data.rights-use.carries"),
    ("readiness/poll/POLL*", "readiness.events readiness.writable"),
)
"""A glob, and the rules with spaces between them."""


def named(fault: Fault) -> Fault:
    """The fault with all rules that name what it breaks."""
    more = [
        rule for glob, rules in ALSO if fnmatchcase(fault.name, glob) for rule in rules.split()
    ]
    rules = tuple(dict.fromkeys((*fault.rules, *more)))
    return replace(fault, rules=rules) if more else fault
