"""Errors that are swallowed, or that are others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sockspec.errors import SocketError
from sockspec.faults.fault import Fault, error, instead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sockspec.faults.fault import Wrong

__all__ = ["faults"]

# primitive, the right error, another that implementations have been seen to give, who says so
_ERRORS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("bind", "EINVAL", "EADDRINUSE", ("state.bind",)),
    ("bind", "EADDRINUSE", "EINVAL", ("state",)),
    ("bind", "EADDRNOTAVAIL", "EINVAL", ("state.bind",)),
    ("bind", "EAFNOSUPPORT", "EADDRNOTAVAIL", ("state.bind",)),
    ("listen", "EOPNOTSUPP", "EINVAL", ("state",)),
    ("listen", "EINVAL", "EISCONN", ("state.listen",)),
    ("connect", "ECONNREFUSED", "ETIMEDOUT", ("state",)),
    ("connect", "EINPROGRESS", "EAGAIN", ("state.connect",)),
    ("connect", "EISCONN", "EALREADY", ("state.connect",)),
    ("connect", "EALREADY", "EINPROGRESS", ("state.connect",)),
    ("connect", "EAFNOSUPPORT", "EINVAL", ("state.connect-address", "state.dual-stack")),
    ("connect", "ENOENT", "ECONNREFUSED", ("state.unix",)),
    ("connect", "EPROTOTYPE", "ECONNREFUSED", ("state.unix-connect",)),
    ("accept", "EINVAL", "EBADF", ("state.accept",)),
    ("accept", "EOPNOTSUPP", "EINVAL", ("state.accept",)),
    ("accept", "EAGAIN", "EINVAL", ("state.accept",)),
    ("peer_addr", "ENOTCONN", "EINVAL", ("state.peer-addr",)),
    ("shutdown", "ENOTCONN", "EINVAL", ("state.shutdown",)),
    ("shutdown", "EINVAL", "ENOTCONN", ("state.shutdown",)),
    ("recv", "EAGAIN", "ETIMEDOUT", ("data",)),
    ("recv", "ENOTCONN", "EINVAL", ("state.recv",)),
    ("recv", "ECONNRESET", "EPIPE", ("state",)),
    ("recv", "ECONNREFUSED", "EAGAIN", ("data.connected-datagram",)),
    ("recv", "EINVAL", "EAGAIN", ("urgent",)),
    ("recv", "EOPNOTSUPP", "EPROTOTYPE", ("urgent.refusals",)),
    ("send", "EAGAIN", "ENOBUFS", ("data.partial",)),
    ("send", "EPIPE", "ENOTCONN", ("state.send",)),
    ("send", "ENOTCONN", "EPIPE", ("state.send",)),
    ("send", "EDESTADDRREQ", "EINVAL", ("state.send",)),
    ("send", "ECONNREFUSED", "EPIPE", ("data.connected-datagram",)),
    ("send", "EMSGSIZE", "EINVAL", ("data.datagram-size",)),
    ("send", "EOPNOTSUPP", "EINVAL", ("urgent.refusals",)),
    ("sendto", "EAFNOSUPPORT", "EINVAL", ("data.udp",)),
    ("sendto", "EMSGSIZE", "ENOBUFS", ("data.datagram-size",)),
    ("sendto", "EPROTOTYPE", "EINVAL", ("data.unix-datagram", "state.unix")),
    ("sendto", "ENOENT", "ECONNREFUSED", ("data.unix-datagram", "state.unix")),
    ("sendmsg", "EMSGSIZE", "EINVAL", ("data",)),
    ("sendmsg", "ENOTCONN", "EDESTADDRREQ", ("data.unix-datagram",)),
    ("recvmsg", "EAGAIN", "ETIMEDOUT", ("data",)),
    ("getsockopt", "ENOPROTOOPT", "EOPNOTSUPP", ("options.unsupported",)),
    ("setsockopt", "ENOPROTOOPT", "EOPNOTSUPP", ("options.unsupported",)),
    ("setsockopt", "EDOM", "EINVAL", ("options.timeout",)),
    ("new", "EAFNOSUPPORT", "EINVAL", ("creation.socket",)),
    ("new", "EPROTONOSUPPORT", "EINVAL", ("creation.socket",)),
    ("new", "ESOCKTNOSUPPORT", "EINVAL", ("creation.socket",)),
    ("pair", "EOPNOTSUPP", "EINVAL", ("creation.pair",)),
    ("close", "EBADF", "EINVAL", ("creation.close",)),
)

# primitive, the error that is swallowed, what is returned, who says that it fails
_SWALLOWED: tuple[tuple[str, str, Any, tuple[str, ...]], ...] = (
    ("bind", "EINVAL", None, ("state.bind",)),
    ("bind", "EADDRINUSE", None, ("state",)),
    ("bind", "EADDRNOTAVAIL", None, ("state.bind",)),
    ("bind", "EAFNOSUPPORT", None, ("state.bind",)),
    ("listen", "EOPNOTSUPP", None, ("state.listen",)),
    ("listen", "EINVAL", None, ("state.listen",)),
    ("connect", "ECONNREFUSED", None, ("state",)),
    ("connect", "EINPROGRESS", None, ("state.connect",)),
    ("connect", "EISCONN", None, ("state",)),
    ("connect", "EALREADY", None, ("state.connect",)),
    ("connect", "EAFNOSUPPORT", None, ("state.connect-address", "state.dual-stack")),
    ("connect", "ENOENT", None, ("state.unix",)),
    ("shutdown", "ENOTCONN", None, ("state.shutdown",)),
    ("shutdown", "EINVAL", None, ("state.shutdown",)),
    ("recv", "EAGAIN", b"", ("data",)),
    ("recv", "ENOTCONN", b"", ("state.recv",)),
    ("recv", "ECONNRESET", b"", ("state",)),
    ("recv", "ECONNREFUSED", b"", ("data.connected-datagram",)),
    ("recv", "EINVAL", b"", ("urgent",)),
    ("send", "EAGAIN", 0, ("data.partial",)),
    ("send", "EPIPE", 0, ("state",)),
    ("send", "ENOTCONN", 0, ("state.send",)),
    ("send", "EDESTADDRREQ", 0, ("state.send",)),
    ("send", "EMSGSIZE", 0, ("data.datagram-size",)),
    ("send", "ECONNREFUSED", 0, ("data.connected-datagram",)),
    ("sendto", "EAFNOSUPPORT", 0, ("data.udp",)),
    ("sendto", "EMSGSIZE", 0, ("data.datagram-size",)),
    ("sendto", "ENOENT", 0, ("data.unix-datagram", "state.unix")),
    ("sendmsg", "EMSGSIZE", 0, ("data",)),
    ("setsockopt", "ENOPROTOOPT", None, ("options.unsupported",)),
    ("setsockopt", "EDOM", None, ("options.timeout",)),
    ("close", "EBADF", None, ("creation.close",)),
)


def _other(right: str, wrong: str) -> Wrong:
    def called(call: Wrong, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except SocketError as answered:
            if answered.symbol != right:
                raise
            raise error(wrong, answered.call) from None

    return called


def _none(symbol: str, returned: Any) -> Wrong:
    def called(call: Wrong, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except SocketError as answered:
            if answered.symbol != symbol:
                raise
            return returned

    return called


def _always(symbol: str, call: str) -> Wrong:
    def called(_call: Wrong, *_arguments: Any) -> Any:
        raise error(symbol, call)

    return called


def faults() -> Iterator[Fault]:
    """The table."""
    for primitive, right, wrong, rules in _ERRORS:
        yield Fault(
            f"errors/{primitive}/{right}-is-{wrong}",
            f"{primitive} fails with {wrong} where it has to fail with {right}",
            rules,
            instead(**{primitive: _other(right, wrong)}),
            ((primitive, right),),
        )
    for primitive, symbol, returned, rules in _SWALLOWED:
        yield Fault(
            f"errors/{primitive}/{symbol}-swallowed",
            f"{primitive} succeeds where it has to fail with {symbol}",
            rules,
            instead(**{primitive: _none(symbol, returned)}),
            ((primitive, symbol),),
        )
    for primitive, rules in (
        ("dup", ("contracts.try-clone",)),
        ("local_addr", ("contracts.address",)),
    ):
        yield Fault(
            f"errors/{primitive}/always",
            f"{primitive} always fails",
            rules,
            instead(**{primitive: _always("EIO", primitive)}),
        )
